"""Has any number moved? Numbers of every table compared with committed ones, each in its own units.

A number x passes beside its reference if |x − reference| ≤ 1e-6 |reference| + floor · scale; scale and floor are what
the figure's data dictionary says of its column. Whole numbers have the floor alone: a seed is right or wrong. What
rounding decides is not compared but bounded. Texts are compared as they are.

Of a long column some numbers are watched, spread evenly; how many there are in all is watched too. A reference is a
text file a figure; a line that begins with a table and a column is followed by a line for each number: its row, its
entry in the row (nothing stands for 0), and itself.
"""

import csv
from typing import NamedTuple

import numpy as np

from .. import dictionary, frames
from ..files import replacing
from ..parquet import TableError

RTOL = 1e-6
PER_COLUMN = 200  # numbers watched of a column
GOLDEN = (np.sqrt(5) - 1) / 2


class Watched(NamedTuple):
    """What is watched of one column."""

    numbers: int  # how many there are
    place: np.ndarray  # (K, 2), row and entry of the chosen ones
    value: np.ndarray  # (K,), numbers or texts
    allowed: np.ndarray | None = None  # (K,), the floor times the scale
    bounded: int = 0  # how many more rounding decides
    outside: tuple = ()  # a sentence about those of them beyond their bounds
    rtol: float = RTOL


def _chosen(n):
    """Which of n numbers are watched: the first, the last, and others at golden-ratio steps."""
    if n <= PER_COLUMN:
        return np.arange(n)
    places = (np.modf(np.arange(1, PER_COLUMN - 1) * GOLDEN)[0] * n).astype(int)
    return np.unique([0, n - 1, *places])


def limits(column, frame):
    """(floor, least, most) of each row (rows,); the floor is NaN where rounding decides. And which `but` fit no row."""
    found = np.full((3, len(frame)), np.nan)
    left, unused = np.ones(len(frame), bool), []
    for where, limit in column.but:
        fits = left & frames.meets(frame, where, column.where)
        found[:, fits] = np.array(limit)[:, None]
        left &= ~fits
        if not fits.any():
            unused.append(f"{column.where}, but: fits no row, or another one fits first: {where}")
    found[:, left] = np.array(column.limits)[:, None]
    return found, unused


def _watched(column, frame, keys):
    cells = frame[column.name].to_list()
    if column.type == "text":
        chosen = _chosen(len(cells))
        place = np.column_stack([chosen, np.zeros_like(chosen)])
        return Watched(len(cells), place, np.array([cells[k] for k in chosen], object), np.zeros(len(chosen)))
    (floor, least, most), _ = limits(column, frame)
    lengths = np.array([np.size(cell) for cell in cells])
    decided = np.isnan(floor)
    outside = _outside(cells, decided, least, most, keys, frame)
    kept = np.flatnonzero(~decided)
    ends = np.cumsum(lengths[kept])
    chosen = _chosen(int(ends[-1]) if ends.size else 0)
    within = np.searchsorted(ends, chosen, side="right")
    row, entry = kept[within], chosen - (ends - lengths[kept])[within]
    value = np.array([np.ravel(cells[r])[e] for r, e in zip(row, entry, strict=True)], float)
    place = np.column_stack([row, entry]).reshape(-1, 2)
    rtol = 0.0 if column.type == "integer" else RTOL
    allowed = floor[row] * column.scale
    return Watched(int(lengths[kept].sum()), place, value, allowed, int(lengths[decided].sum()), outside, rtol)


def _outside(cells, decided, least, most, keys, frame):
    """A sentence for what rounding decides if a number of it is beyond its bounds."""
    for row in np.flatnonzero(decided):
        values, low, high = np.ravel(cells[row]), least[row], most[row]
        if not ((values >= low) & (values <= high)).all():
            worst = values[np.argmax(np.maximum(low - values, values - high))]
            place = frames.place(frame, keys, row)
            return (
                f"{place}: got {worst:.10g}; rounding decides this value, and keeps it between {low:g} and {high:g}",
            )
    return ()


def watched(results, figure, titles=None):
    """{(table, column): Watched} of all tables of a figure, or of some columns."""
    return {
        (table.name, column.name): _watched(column, results.frame(figure, table.name), table.keys)
        for table in dictionary.tables(figure).values()
        for column in table.columns.values()
        if titles is None or (table.name, column.name) in titles
    }


def unused(results, figure):
    """Sentences that name exceptions of the dictionary that fit no row."""
    return [
        sentence
        for table in dictionary.tables(figure).values()
        for column in table.columns.values()
        for sentence in limits(column, results.frame(figure, table.name))[1]
    ]


def number(value):
    """A number with the digits that the comparison needs, a whole one with all of them, or a text."""
    if isinstance(value, str):
        return value
    return f"{value:.0f}" if abs(value) < 2**53 and value == int(value) else f"{value:.10g}"


def write(path, found):
    """The reference of a figure as text."""
    with replacing(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        file.write("# table, column, how many numbers; below it: row, entry, number\n")
        for title, one in found.items():
            file.write("\t".join([*title, str(one.numbers)]) + "\n")
            for place, value in zip(one.place, one.value, strict=True):
                file.write("\t" + "\t".join(str(p or "") for p in place) + f"\t{number(value)}\n")


def read(path):
    """{(table, column): Watched} of a reference that `write` left; TableError if it is not one."""
    found, title = {}, None
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for line in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                if line[0].startswith("#"):
                    continue
                if line[0]:
                    *title, numbers = line
                    title = tuple(title)
                    if len(title) != 2 or title in found:
                        raise ValueError(f"{' '.join(title)} is there twice or not whole")
                    found[title] = int(numbers), [], []
                else:
                    _, *place, value = line
                    found[title][1].append([int(p or 0) for p in place])
                    found[title][2].append(value)
        if not found:
            raise ValueError("it is empty")
        return {
            title: Watched(numbers, np.reshape(place, (-1, 2)).astype(int), _values(values))
            for title, (numbers, place, values) in found.items()
        }
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise TableError(f"{path} does not hold reference numbers ({reason}); restore it from git") from error


def _values(texts):
    try:
        return np.array([float(text) for text in texts])
    except ValueError:
        return np.array(texts, object)


def moved(expected, got):
    """Which of the chosen numbers are further from their reference than allowed, and by how many times: (K,), (K,)."""
    if object in (expected.value.dtype, got.value.dtype):
        other = expected.value.astype(str) != got.value.astype(str)
        return other, np.where(other, np.inf, 0.0)
    allowed = got.rtol * np.abs(expected.value) + got.allowed
    with np.errstate(divide="ignore", invalid="ignore"):
        times = np.where(expected.value == got.value, 0.0, np.abs(got.value - expected.value) / allowed)
    return ~(times <= 1), times


def compared(results, figure, expected, got):
    """A sentence for each column of a figure that is missing, new, or has moved; an empty list if nothing drifted."""
    said = []
    for title in sorted({*expected, *got}):
        name = f"{figure}, {', '.join(title)}"
        if title not in got:
            said.append(f"{name}: expected {expected[title].numbers} numbers, got none")
            continue
        now = got[title]
        said += [f"{name} at {one}" for one in now.outside]
        if title not in expected:
            said.append(f"{name}: expected none, got {now.numbers} numbers that have no reference")
            continue
        before = expected[title]
        if before.numbers != now.numbers or not np.array_equal(before.place, now.place):
            said.append(f"{name}: expected {before.numbers} numbers, got {now.numbers}, or in other rows")
            continue
        beyond, times = moved(before, now)
        if beyond.any():
            said.append(f"{name} at {_worst(results, figure, title[0], before, now, beyond, times)}")
    return said


def _worst(results, figure, table, before, now, beyond, times):
    k = int(np.argmax(np.where(np.isnan(times), np.inf, times)))
    row, entry = now.place[k]
    keys = frames.place(results.frame(figure, table), dictionary.tables(figure)[table].keys, row)
    allowed = ""
    if now.value.dtype != object and before.value.dtype != object:
        allowed = f", allowed ±{now.rtol * abs(before.value[k]) + now.allowed[k]:.2g}"
    return (
        f"{keys}{f', entry {entry}' if entry else ''}: expected {number(before.value[k])}, "
        f"got {number(now.value[k])}{allowed} ({beyond.sum()} of {len(times)} watched numbers moved)"
    )
