"""What the check of drift sees: one watched number after the other is changed, and the changes that it reports counted.

Two ways, both with a relative change of 1e-5. Every watched number that is above 1e-4 of its scale is compared with
its changed self: one number's verdict does not depend on another's. And once in every column of every table the number
is changed in the table itself, which then goes the whole way: watched, compared, named.

Numbers whose dictionary allows more than 5e-10 of their scale are counted apart: rounding decides what comes after.
"""

import numpy as np
import pandas as pd

from .. import dictionary
from . import drift

CHANGE = 1e-5
LEAST = 1e-4  # of the scale: what a change of 1e-5 of a smaller number means, nobody could say
DECIDED = 5e-10
NAME = ["figure", "stage", "table", "column"]
COUNTS = ["numbers", "bounded", "watched", "decided", "large", "seen"]


def _expected(watched):
    """As `drift.read` gives it: with the digits that a reference has."""
    return watched._replace(value=np.array([float(drift.number(x)) for x in watched.value]), allowed=None)


def _large(one, scale):
    """Which numbers are compared closely, and large enough to be changed by something that has a meaning."""
    return (np.abs(one.value) > LEAST * scale) & (one.allowed <= DECIDED * scale)


def _counts(one, scale):
    """COUNTS of one column."""
    large = _large(one, scale)
    seen, _ = drift.moved(_expected(one), one._replace(value=one.value * (1 + CHANGE)))
    counts = (one.allowed > DECIDED * scale).sum(), large.sum(), (seen & large).sum()
    return one.numbers + one.bounded, one.bounded, one.value.size, *map(int, counts)


class _Changed:
    """The tables of one figure with one number changed."""

    def __init__(self, results, title, row, entry, column):
        self._results, self._title, self._row, self._entry, self._column = results, title, row, entry, column

    def frame(self, figure, table):
        frame = self._results.frame(figure, table)
        if table != self._title[0]:
            return frame
        cells = frame[self._column.name].to_list()
        if self._column.shape:
            cells[self._row] = cells[self._row].copy()
            cells[self._row].flat[self._entry] *= 1 + CHANGE
        else:
            whole = self._column.type in ("integer", "truth")
            cells[self._row] = cells[self._row] + 1 if whole else cells[self._row] * (1 + CHANGE)
        return frame.assign(**{self._column.name: pd.Series(cells, index=frame.index)})


def power(results, figures):
    """(a row of COUNTS for each column, columns changed in the table itself, sentences about those not reported)."""
    rng = np.random.default_rng(1)
    rows, tried, missed = [], 0, []
    for figure in figures:
        found = drift.watched(results, figure)
        for (table, name), one in found.items():
            column = dictionary.tables(figure)[table].columns[name]
            if column.type == "text":
                continue
            rows.append((figure, table.split("/")[0], table, name, *_counts(one, column.scale)))
            large = np.flatnonzero(_large(one, column.scale))
            if not large.size:
                continue
            k = rng.choice(large)
            changed = _Changed(results, (table, name), *one.place[k], column)
            after = drift.watched(changed, figure, {(table, name)})
            tried += 1
            if not drift.compared(changed, figure, {(table, name): _expected(one)}, after):
                missed.append(f"{figure}, {table}, {name}, row {one.place[k][0]}")
    return pd.DataFrame(rows, columns=[*NAME, *COUNTS]), tried, missed


def text(table, tried, missed):
    """What was found, for a terminal."""
    grouped = table.groupby("stage", sort=False)[COUNTS].sum()
    lines = [
        "stage         numbers  bounded  watched  decided by rounding  above 1e-4 of its scale  seen, changed by 1e-5"
    ]
    for stage, row in [*grouped.iterrows(), ("all", grouped.sum())]:
        lines.append(
            f"{stage:<10} {row['numbers']:>10} {row['bounded']:>8} {row['watched']:>8} {row['decided']:>20} "
            f"{row['large']:>24} {row['seen']:>8} = {row['seen'] / row['large']:.3%}"
        )
    unseen = table[table["seen"] < table["large"]]
    for row in unseen.itertuples():
        lines.append(f"  unseen: {row.large - row.seen} of {row.large}, {row.figure}, {row.table}, {row.column}")
    lines.append(f"changed in the table itself: {tried} columns, {tried - len(missed)} reported")
    return "\n".join([*lines, *(f"  not reported: {one}" for one in missed)])
