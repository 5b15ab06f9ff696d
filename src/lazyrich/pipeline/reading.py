"""The tables for people: `lazyrich.load("fig5", "theory/end")`, and what there is to load."""

import difflib
from pathlib import Path

import pandas as pd

from . import dictionary, folders, parquet


def load(figure: str, table: str, results: str | Path = "results") -> pd.DataFrame:
    """A table of a figure, checked, as a DataFrame.

    Parameters
    ----------
    figure : str
        A figure, such as "fig5".
    table : str
        One of its tables, such as "theory/end"; `tables("fig5")` lists them.
    results : path
        The folder that `snakemake` wrote; the tables of fig5 are in its folder `fig5`.

    Returns
    -------
    pandas.DataFrame
        One row an observation. Cells of vectors and matrices are arrays of their shape. `attrs` says what a `row` is,
        which columns are `keys`, and what each of the `columns` holds, with its unit.

    Raises
    ------
    ValueError
        There is no such figure or table, or its file is missing, damaged or of another version.
    """
    known = dictionary.tables(_figure(figure))
    if table not in known:
        near = difflib.get_close_matches(table, known, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ValueError(f"{figure} has no table {table!r}; {hint}It has {', '.join(known)}")
    described = known[table]
    frame = parquet.read_frame(Path(results) / figure / f"{table}.parquet", described)
    frame.attrs |= {"row": described.row, "keys": described.keys, "columns": _words(described)}
    return frame


def tables(figure: str | None = None) -> pd.DataFrame:
    """What there is to load.

    Parameters
    ----------
    figure : str, optional
        Only this figure's tables, such as "fig5".

    Returns
    -------
    pandas.DataFrame
        A row a column of each table: `figure`, `table`, `row` (what one row is), `column`, `key` (whether it tells rows
        apart), `what` (with the unit) and `shape` of vectors and matrices.

    Raises
    ------
    ValueError
        There is no such figure.
    """
    rows = [
        (
            name,
            table.name,
            table.row,
            column.name,
            column.is_key,
            _words(table)[column.name],
            " × ".join(map(str, column.shape)),
        )
        for name in ([_figure(figure)] if figure else folders.figures())
        for table in dictionary.tables(name).values()
        for column in table.columns.values()
    ]
    return pd.DataFrame(rows, columns=["figure", "table", "row", "column", "key", "what", "shape"])


def _figure(name):
    folders.figure(name)
    return name


def _words(table):
    """{column: what it holds} with its unit."""
    return {c.name: c.what + (f" (units of {c.unit})" if c.unit else "") for c in table.columns.values()}
