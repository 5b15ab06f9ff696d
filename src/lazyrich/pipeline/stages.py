"""What a stage writes while it computes, and what it reads of the stages before it.

A stage gives {name: Rows} for the tables that the figure's dictionary declares under it; `Data` holds them as
DataFrames by their full names, such as data["theory/end"].
"""

from pathlib import Path

import numpy as np

from . import arrow, dictionary, parquet
from .folders import STAGES
from .parquet import TableError


class Rows:
    """Rows of one table being collected."""

    def __init__(self):
        self._added = []

    def add(self, **columns):
        """One row or several: a number or text for all of them, or an array whose first axis is the rows.

        (K,) is a column of K rows, (K, m) has a vector in each, (K, r, c) a matrix.
        """
        arrays = {name: np.asarray(values) for name, values in columns.items()}
        lengths = {len(array) for array in arrays.values() if array.ndim}
        if len(lengths) > 1:
            shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items() if array.ndim)
            raise ValueError(f"the columns of one addition have as many rows each; got {shapes}")
        if self._added and set(arrays) != set(self._added[0][1]):
            raise ValueError(f"columns {', '.join(arrays)} are added to rows of {', '.join(self._added[0][1])}")
        self._added.append((lengths.pop() if lengths else 1, arrays))

    def columns(self):
        """{name: column} of everything collected: numpy arrays, and lists for vectors and matrices."""
        if not self._added:
            return {}
        return {name: self._column([(n, arrays[name]) for n, arrays in self._added]) for name in self._added[0][1]}

    @staticmethod
    def _column(parts):
        if all(array.ndim == 0 for _, array in parts):  # single rows, of which there may be thousands
            return np.repeat(np.array([array[()] for _, array in parts]), [n for n, _ in parts])
        if all(array.ndim < 2 for _, array in parts):
            return np.concatenate([np.broadcast_to(array, n) for n, array in parts])
        lengths = np.concatenate([np.full(n, array[0].size if n else 0) for n, array in parts])
        flat = np.concatenate([array.ravel() for _, array in parts])
        return arrow.lists(lengths, flat, "number" if flat.dtype.kind == "f" else "integer")


class Data:
    """The tables of a figure, read when they are asked for: data["theory/end"] is a DataFrame."""

    def __init__(self, folder, figure, stages=STAGES):
        self._folder, self._figure, self._stages, self._read = Path(folder), figure, stages, {}

    def __getitem__(self, name):
        if name not in self._read:
            known = dictionary.tables(self._figure)
            if name not in known or known[name].stage not in self._stages:
                there = ", ".join(table.name for table in known.values() if table.stage in self._stages)
                raise TableError(f"{self._figure} has no table {name!r} here; there are {there}")
            self._read[name] = parquet.read_frame(self._folder / f"{name}.parquet", known[name])
        return self._read[name]


def write(folder, figure, stage, tables, origin):
    """Write what a stage has computed, {name: Rows}: just the tables that the dictionary declares."""
    declared = {table.name.split("/")[1]: table for table in dictionary.of_stage(figure, stage)}
    if set(tables) != set(declared):
        raise TableError(
            f"{figure}: {stage} gives the tables {', '.join(tables)}; tables.yaml declares {', '.join(declared)}"
        )
    for name, table in declared.items():
        parquet.write(Path(folder) / stage / f"{name}.parquet", table, tables[name].columns(), origin)
