"""What the check of drift sees: one watched number after the other is changed, and the changes that it reports counted.

Two ways, both with a relative change of 1e-5. Every watched number that is above 1e-4 of its scale is compared with
its changed self: one number's verdict does not depend on another's. And once in every column of every table the number
is changed in the table itself, which then goes the whole way: watched, compared, named.

Numbers whose dictionary allows more than 5e-10 of their scale are counted apart: rounding decides what comes after.
"""

import numpy as np
import pandas as pd

from . import drift
from .dictionary import Dictionary

CHANGE = 1e-5
LEAST = 1e-4  # of the scale: what a change of 1e-5 of a smaller number means, nobody could say
DECIDED = 5e-10
COUNTS = ["numbers", "bounded", "watched", "decided", "large", "seen"]


def _expected(watched):
    """As `drift.read` gives it: with the digits that a reference has."""
    return watched._replace(value=np.array([float(drift.number(x)) for x in watched.value]), allowed=None)


def _large(one, scale):
    """Which numbers are compared closely, and large enough to be changed by something that has a meaning."""
    return (np.abs(one.value) > LEAST * scale) & (one.allowed <= DECIDED * scale)


def each_number(found, dictionary):
    """A row for each value with its COUNTS, of all numbers and of those bounded, watched, decided by rounding, large
    enough to be changed, and seen when they are."""
    rows = []
    for title, one in found.items():
        scale = drift.dictionary_entry(dictionary, title).scale
        large = _large(one, scale)
        seen, _ = drift.moved(_expected(one), one._replace(value=one.value * (1 + CHANGE)))
        counts = (one.allowed > DECIDED * scale).sum(), large.sum(), (seen & large).sum()
        rows.append((*title, one.numbers + one.bounded, one.bounded, one.value.size, *map(int, counts)))
    return pd.DataFrame(rows, columns=[*drift.NAME, *COUNTS])


class _Changed:
    """The tables of one figure, cut to one value in one panel from one source, with one number of it changed."""

    def __init__(self, results, figure, title, place, column):
        stage, panel, source, quantity = title
        records, self._runs = results.records(figure), results.runs(figure)
        run, task, step, entry = place
        if stage == "runs":
            self._records = records.iloc[:1]
            changed = self._runs.copy()
            changed[column] = changed[column].astype(float)
            changed.loc[changed["run_id"] == run, column] = _other(
                column, changed.loc[changed["run_id"] == run, column]
            )
            self._runs = changed
            return
        chosen = (records["stage"] == stage) & (records["panel"] == panel) & (records["source"] == source)
        if column in ("value", "matrix"):
            chosen &= records["quantity"] == quantity
        records = records[chosen].copy()
        here = (records["run_id"] == run) & (records["task_index"] == task) & (records["step"] == step)
        if column == "matrix":
            row = records.index[here][0]
            matrix = records.at[row, "matrix"].copy()
            matrix[entry] = _other("matrix", matrix[entry])
            records.at[row, "matrix"] = matrix
        else:
            here &= (records["index"] == entry) | (column != "value")
            records[column] = records[column].astype(float)
            records.loc[here, column] = _other(column, records.loc[here, column])
        self._records = records

    def records(self, figure):
        return self._records

    def runs(self, figure):
        return self._runs


def _other(column, value):
    """The number changed: an integer by one, another by its relative change."""
    whole = column in ("step", "draw", "n_in", "n_hidden", "n_out", "n_steps")
    return value + 1 if whole else value * (1 + CHANGE)


def each_column(results, figure, found, dictionary, rng):
    """(columns in which a number was changed, sentences about those whose change was not reported)."""
    tried, missed = 0, []
    places = {}
    for title, one in found.items():
        stage, _, _, quantity = title
        column = quantity if stage == "runs" or quantity in ("t", "step") else "matrix" if one.shapes else "value"
        large = np.flatnonzero(_large(one, drift.dictionary_entry(dictionary, title).scale))
        if large.size and " " not in column:
            places.setdefault((stage, column), []).append((title, large))
    for (stage, column), choices in places.items():
        title, large = choices[rng.integers(len(choices))]
        k = rng.choice(large)
        changed = drift.watched(_Changed(results, figure, title, found[title].place[k], column), figure, dictionary)
        tried += 1
        said = drift.compared(
            figure, {title: _expected(found[title])}, {title: changed[title]} if title in changed else {}
        )
        if not said:
            missed.append(f"{figure}, {stage}.parquet, {column} of {title[3]}, run {found[title].place[k][0]}")
    return tried, missed


def power(results, figures):
    """(each_number's table with the figure, columns tried, sentences about the columns that were missed)."""
    rng = np.random.default_rng(1)
    tables, tried, missed = [], 0, []
    for figure in figures:
        dictionary = Dictionary.of(figure)
        found = drift.watched(results, figure, dictionary)
        tables.append(each_number(found, dictionary).assign(figure=figure))
        one, unseen = each_column(results, figure, found, dictionary, rng)
        tried, missed = tried + one, missed + unseen
    return pd.concat(tables, ignore_index=True), tried, missed


def text(table, tried, missed):
    """What was found, for a terminal."""
    grouped = table.groupby("stage", sort=False)[COUNTS].sum()
    lines = [
        "table         numbers  bounded  watched  decided by rounding  above 1e-4 of its scale  seen, changed by 1e-5"
    ]
    for stage, row in [*grouped.iterrows(), ("all", grouped.sum())]:
        lines.append(
            f"{stage:<10} {row['numbers']:>10} {row['bounded']:>8} {row['watched']:>8} {row['decided']:>20} "
            f"{row['large']:>24} {row['seen']:>8} = {row['seen'] / row['large']:.3%}"
        )
    unseen = table[table["seen"] < table["large"]]
    for row in unseen.itertuples():
        lines.append(
            f"  unseen: {row.large - row.seen} of {row.large}, {row.figure}, {row.stage}, {row.panel}: {row.quantity}"
        )
    lines.append(f"changed in the table itself: {tried} columns, {tried - len(missed)} reported")
    return "\n".join([*lines, *(f"  not reported: {one}" for one in missed)])
