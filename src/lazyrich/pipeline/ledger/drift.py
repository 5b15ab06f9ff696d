"""Has any number moved? Numbers of every table compared with committed ones, each in its own units.

A number x passes beside its reference if |x − reference| ≤ 1e-6 |reference| + floor · scale; scale and floor are what
the figure's data dictionary says of the value (`dictionary`). What rounding decides is not compared but bounded.

Long curves are thinned (`_chosen`): of each value, panel and source some numbers of every run, or of 64 runs spread
evenly, are watched. How many there are in all is watched too, with the times, the steps and the columns of the runs.
A reference is a text file a figure; a line that begins with a value's name is followed by a line for each number:
its run, task, step, entry (nothing stands for 0), and itself.
"""

import csv
from collections import namedtuple

import numpy as np
import pandas as pd

from ..files import replacing
from ..tables import TableError
from .dictionary import Dictionary

RTOL = 1e-6
PER_VALUE = 32  # numbers watched of a value in one panel, from one source …
RUNS = 64  # … or one of each run, up to so many runs
GOLDEN = (np.sqrt(5) - 1) / 2
NAME = ["stage", "panel", "source", "quantity"]
PLACE = ["run_id", "task_index", "step", "index"]
TITLE = [*NAME, "numbers", "shapes"]

# numbers: how many there are; place (K, 4), value (K,): the chosen ones; allowed (K,): the floor times the scale;
# said: {column: (K,)} for messages; bounded, outside: how many numbers are bounded, sentences about those beyond
Watched = namedtuple("Watched", "numbers shapes place value allowed said bounded outside")


def _chosen(lengths):
    """Which of Σ lengths numbers are watched, `lengths` (R,) those of each run: positions in the order of the runs.

    Golden-ratio steps spread the places within a run, and differ from run to run.
    """
    starts = np.cumsum(lengths) - lengths
    runs = np.unique(np.linspace(0, len(lengths) - 1, min(RUNS, len(lengths))).round().astype(int))
    each = max(1, PER_VALUE // len(runs))
    place = np.modf((np.arange(1, each + 1) + each * np.arange(len(runs))[:, None]) * GOLDEN)[0]
    positions = starts[runs, None] + (place * lengths[runs, None]).astype(int)
    few = [np.arange(starts[r], starts[r] + lengths[r]) for r in runs if lengths[r] <= each]
    return np.unique(np.concatenate([positions.ravel(), [0, lengths.sum() - 1], *few]))


def _watched(entry, group, title):
    """What is watched of the records of one value in one panel from one source, sorted by PLACE."""
    t = group["t"].to_numpy()
    _, panel, source, _ = title
    floor, least, most = entry.limits(source, panel, t)
    decided = np.isnan(floor)
    shapes = group.loc[group["n_rows"].notna(), ["n_rows", "n_cols"]].drop_duplicates().astype(int)
    lengths = np.array([1 if matrix is None else len(matrix) for matrix in group["matrix"]], int)
    bounded = int(lengths[decided].sum()), _outside(group[decided], least[decided], most[decided])
    kept, floor, lengths = group[~decided], floor[~decided], lengths[~decided]
    matrices = kept["matrix"].to_numpy()
    if not lengths.sum():
        none = np.empty(0)
        return Watched(0, "", np.empty((0, 4), int), none, none, {}, *bounded)
    run = kept[["run_id", "task_index"]].to_numpy()
    first = np.flatnonzero(np.r_[True, (run[1:] != run[:-1]).any(1)])
    chosen = _chosen(np.add.reduceat(lengths, first))
    ends = np.cumsum(lengths)
    row = np.searchsorted(ends, chosen, side="right")
    entry_of = chosen - (ends - lengths)[row]
    value = kept["value"].to_numpy()[row]
    for k, (r, e) in enumerate(zip(row, entry_of, strict=True)):
        if matrices[r] is not None:
            value[k] = matrices[r][e]
    place = kept[PLACE].to_numpy()[row]
    place[:, 3] += entry_of  # of a matrix; a number has its own index
    said = {"λ": kept["lam"].to_numpy()[row], "t": kept["t"].to_numpy()[row]}
    named = ",".join(f"{r}x{c}" for r, c in shapes.to_numpy())
    return Watched(int(lengths.sum()), named, place, value, floor[row] * entry.scale, said, *bounded)


def _outside(group, least, most):
    """A sentence for what rounding decides if a number of it is beyond its bounds."""
    for row, low, high in zip(group.itertuples(), least, most, strict=True):
        values = np.array([row.value] if row.matrix is None else row.matrix)
        if not ((values >= low) & (values <= high)).all():
            worst = values[np.argmax(np.maximum(low - values, values - high))]
            return [
                f"run {row.run_id}, task {row.task_index}, step {row.step}: got {worst:.10g}; rounding decides this "
                f"value, and keeps it between {low:g} and {high:g}"
            ]
    return []


def watched(results, figure, dictionary=None):
    """{(stage, panel, source, quantity): Watched} of all tables of a figure; DictionaryError for what it lacks."""
    dictionary = dictionary or Dictionary.of(figure)
    records = results.records(figure)
    times = records.drop_duplicates(["stage", "panel", "source", *PLACE[:3], "t"])
    plain = {"index": 0, "n_rows": np.nan, "n_cols": np.nan, "matrix": None}
    tables = [
        records,
        *(times.assign(quantity=name, value=times[name].astype(float), **plain) for name in ("t", "step")),
    ]
    runs = results.runs(figure).assign(stage="runs", source="runs", task_index=0, step=0, t=0.0, **plain)
    columns = runs.columns.difference([*NAME, *PLACE, "t", "n_rows", "n_cols", "matrix"], sort=False)
    found = {}
    for name in columns:
        values = runs[name]
        if not pd.api.types.is_numeric_dtype(values):  # a kind: which one it is in the order of the alphabet
            tables += [
                runs.assign(quantity=f"{name} {kind}", value=(values == kind).astype(float))
                for kind in sorted(set(values))
            ]
        else:
            tables.append(runs.assign(quantity=name, value=values.astype(float)))
    kept = pd.concat([table[[*NAME, *PLACE, "t", "value", "n_rows", "n_cols", "matrix", "lam"]] for table in tables])
    kept = kept.sort_values([*NAME, *PLACE], kind="stable", ignore_index=True)
    for title, group in kept.groupby(NAME, sort=False):
        found[title] = _watched(dictionary_entry(dictionary, title), group, title)
    return found


def dictionary_entry(dictionary, title):
    """What the dictionary says of (stage, panel, source, quantity); of a kind of runs, what it says of the column."""
    stage, _, _, quantity = title
    return dictionary[quantity.split(" ")[0] if stage == "runs" else quantity]


def number(value):
    """A number with the digits that the comparison needs."""
    return f"{value:.10g}"


def write(path, found):
    """The reference of a figure as text."""
    with replacing(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        file.write("# table, panel, source, value, how many, matrices; below it: run, task, step, entry, number\n")
        for title, one in found.items():
            file.write("\t".join([*title, str(one.numbers), one.shapes]) + "\n")
            for place, value in zip(one.place, one.value, strict=True):
                file.write("\t" + "\t".join(str(p or "") for p in place) + f"\t{number(value)}\n")


def read(path):
    """{(stage, panel, source, quantity): Watched} of a reference that `write` left; TableError if it is not one."""
    found, name = {}, None
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for line in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                if line[0].startswith("#"):
                    continue
                if line[0]:
                    *name, numbers, shapes = line
                    name = tuple(name)
                    if len(name) != len(NAME) or name in found:
                        raise ValueError(f"{' '.join(name)} is there twice or not whole")
                    found[name] = int(numbers), shapes, [], []
                else:
                    _, *place, value = line
                    found[name][2].append([int(p or 0) for p in place])
                    found[name][3].append(float(value))
        if not found:
            raise ValueError("it is empty")
        return {
            name: Watched(numbers, shapes, np.reshape(place, (-1, 4)).astype(int), np.array(value), None, {}, 0, [])
            for name, (numbers, shapes, place, value) in found.items()
        }
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise TableError(f"{path} does not hold reference numbers ({reason}); restore it from git") from error


def moved(expected, got):
    """Which of the chosen numbers are further from their reference than allowed, and by how many times: (K,), (K,)."""
    allowed = RTOL * np.abs(expected.value) + got.allowed
    times = np.abs(got.value - expected.value) / allowed
    return ~(times <= 1), times


def compared(figure, expected, got):
    """A sentence for each value of a figure that is missing, new, or has moved; an empty list if nothing drifted."""
    said = []
    for title in sorted({*expected, *got}):
        stage, panel, source, quantity = title
        name = f"{figure}, {stage}.parquet, panel {panel}, {source}: {quantity}"
        if title not in got:
            said.append(f"{name}: expected {expected[title].numbers} numbers, got none")
            continue
        now = got[title]
        said += [f"{name}, {one}" for one in now.outside]
        if title not in expected:
            said.append(f"{name}: expected none, got {now.numbers} numbers that have no reference")
            continue
        before = expected[title]
        if (before.numbers, before.shapes) != (now.numbers, now.shapes):
            sizes = (
                f"{one.numbers} numbers" + (f" in matrices {one.shapes}" if one.shapes else "") for one in (before, now)
            )
            said.append("{}: expected {}, got {}".format(name, *sizes))
        elif not np.array_equal(before.place, now.place):
            k = int(np.argmax((before.place != now.place).any(1))) if len(before.place) == len(now.place) else 0
            one, other = (", ".join(map(str, place[k])) for place in (before.place, now.place))
            said.append(f"{name}: expected run, task, step, entry {one}; got {other}")
        else:
            beyond, times = moved(before, now)
            if beyond.any():
                said.append(f"{name}, {_worst(before, now, beyond, times)}")
    return said


def _worst(before, now, beyond, times):
    k = int(np.argmax(np.where(np.isnan(times), np.inf, times)))
    run, task, step, entry = now.place[k]
    keys = "".join(f", {name} = {values[k]:g}" for name, values in now.said.items())
    allowed = RTOL * abs(before.value[k]) + now.allowed[k]
    return (
        f"run {run}, task {task}, step {step}, entry {entry}{keys}: expected {before.value[k]:.10g}, "
        f"got {now.value[k]:.10g}, allowed ±{allowed:.2g} ({beyond.sum()} of {len(times)} watched numbers moved)"
    )
