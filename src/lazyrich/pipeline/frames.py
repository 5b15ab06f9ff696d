"""Rows of a table by conditions on its columns: the same for figures, claims and the data dictionary.

A condition is a value, a list of values, a {from, to} range (ends included), or for text a pattern such as `fun*`.
"""

from fnmatch import fnmatchcase

import numpy as np

TWO_SIDED = 1.96  # standard errors of a 95% interval


class NoSuchRow(ValueError):
    """Conditions that no row meets, or a column that a table has not."""


def meets(frame, conditions, what="the table"):
    """Which rows of a DataFrame meet all conditions {column: condition}, a bool array."""
    kept = np.ones(len(frame), bool)
    for name, wanted in conditions.items():
        if name not in frame:
            raise NoSuchRow(f"{what} has no column {name!r} to choose by; it has {', '.join(frame.columns)}")
        kept &= _meets(frame[name], wanted, what)
    return kept


def _meets(column, wanted, what):
    text = column.dtype.kind not in "biuf"
    if isinstance(wanted, (list, tuple)):
        return np.any([_meets(column, one, what) for one in wanted], axis=0)
    if isinstance(wanted, dict):
        if text or set(wanted) - {"from", "to"}:
            raise NoSuchRow(f"{what}, {column.name}: a range has from and to, of a column of numbers; got {wanted!r}")
        return ((column >= wanted.get("from", -np.inf)) & (column <= wanted.get("to", np.inf))).to_numpy()
    if isinstance(wanted, str) != text:
        raise NoSuchRow(f"{what}, {column.name} holds {'text' if text else 'numbers'}; cannot choose by {wanted!r}")
    if text and any(sign in wanted for sign in "*?["):
        return column.isin([name for name in column.unique() if fnmatchcase(name, wanted)]).to_numpy()
    return (column == wanted).to_numpy()


def only(frame, **conditions):
    """The rows that meet all conditions; NoSuchRow if there are none."""
    what = frame.attrs.get("table", "the table")
    kept = meets(frame, conditions, what)
    if not kept.any():
        asked = ", ".join(f"{k} = {v!r}" for k, v in conditions.items())
        raise NoSuchRow(f"{what} has no row with {asked}; if it is of another version, run snakemake again")
    return frame[kept]


def one(frame, column, **conditions):
    """The value of a column in the one row that meets all conditions."""
    chosen = only(frame, **conditions)
    if len(chosen) != 1:
        what = frame.attrs.get("table", "the table")
        raise NoSuchRow(f"{what} has {len(chosen)} rows with {conditions!r}; expected one")
    return chosen[column].iloc[0]


def each(frame, *keys):
    """The parts of a table with equal keys, in the order in which these first come."""
    return [part for _, part in frame.groupby(list(keys), sort=False)]


def over_draws(frame, by, column):
    """Columns mean, std and error, half a 95% interval of the mean, of a column over draws, by another one."""
    groups = frame.groupby(by)[column]
    of = groups.mean().to_frame("mean")
    of["std"] = groups.std(ddof=0)
    of["error"] = TWO_SIDED * of["std"] / np.sqrt(groups.size() - 1)
    return of


def place(frame, keys, row):
    """The keys of a row, for messages: `lam = 2.0, draw = 3`."""
    return ", ".join(f"{key} = {frame[key].iloc[row]}" for key in keys) or "the one row"
