"""Has any number moved? Every table condensed to a few numbers, compared with committed ones.

A group is what shares figure, panel, source and quantity; the times of the records and the columns of the runs table
are groups too. Its numbers x, in the order of run, task, step and entry, are condensed to how many there are, the
largest size, and a fingerprint

    Σ_i w_i g(x_i / s_i) − Σ_r w_r log s_r,    g(u) = ½ log(1 + u²/u₀²) + ¹⁄₁₀ sign(u) u²/(u² + u₀²),

s the largest size in the run and task that the number belongs to, w weights between 1 and 2 that tell places apart.
g is a logarithm above u₀ and nothing below, and tells the signs. It rises with |u|: a number below the largest moves
the sum one way, and a larger largest moves every other number and its own log s the other way, so that no part of one
number's change cancels another. A relative change of 1e-6 moves the fingerprint by 4.5e-7 or more if the number is at
least u₀ = 5e-7 of the largest of its curve, however many there are (two within that change of each other and of the
largest aside). Another BLAS or another processor moves it by some 1e-8: what it moves further is decided by
rounding, and is left out by name in `workflow/ledger/drift.yaml`.
"""

from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from ..files import replacing
from ..tables import TableError
from .selection import numbers

FLOOR = 5e-7
TOLERANCE = 2e-7
OF_SIGN = 0.1  # below ½, so that g rises with |u|
GOLDEN = (np.sqrt(5) - 1) / 2
KEY = ["figure", "panel", "source", "quantity"]
COLUMNS = [*KEY, "count", "largest", "fingerprint"]


def _weights(n):
    return 1 + np.modf(np.arange(1, n + 1) * GOLDEN)[0]


def _condense(records):
    """(count, largest, fingerprint) of the records of one group."""
    records = records.sort_values(["run_id", "task_index", "step", "index"], kind="stable")
    x = numbers(records)
    lengths = records["matrix"].map(len).to_numpy() if records["matrix"].notna().any() else 1
    curve = np.repeat(records.groupby(["run_id", "task_index"], sort=False).ngroup().to_numpy(), lengths)
    size = np.zeros(curve.max() + 1)
    np.maximum.at(size, curve, np.abs(x))
    known = size > 0
    square = (x / np.where(known, size, 1.0)[curve] / FLOOR) ** 2
    terms = _weights(x.size) * (np.log1p(square) / 2 + OF_SIGN * np.sign(x) * square / (square + 1))
    scales = _weights(size.size)[known] * np.log(size[known])
    return x.size, float(size.max()), float(terms.sum() - scales.sum())


def check(rules):
    """The rules as they are, or ValueError for one that has an unknown key or no reason."""
    for rule in rules:
        unknown = set(rule) - {*KEY, "tolerance", "up_to", "why"}
        if unknown or "why" not in rule or not set(KEY) & set(rule):
            raise ValueError(f"drift.yaml: a rule has {', '.join(KEY)}, tolerance, up_to and why; got {rule}")
    return rules


def _rule(rules, what):
    """The first rule that fits a group, or an empty one."""
    fitting = (rule for rule in rules if all(fnmatchcase(what[k], rule[k]) for k in KEY if k in rule))
    return next(fitting, {"tolerance": TOLERANCE})


def condensed(results, figures, rules=()):
    """The COLUMNS of every group of every figure that no rule leaves out; runs and times of records included."""
    rows, rules = [], check(rules)
    for figure in figures:
        watched = []
        for keys, group in results.records(figure).groupby(["panel", "source", "quantity"], sort=True):
            what = dict(zip(KEY, (figure, *keys), strict=True))
            rule = _rule(rules, what)
            if "up_to" in rule:
                group = group[group["t"] <= rule["up_to"]]
            if len(group) and {"up_to", "tolerance"} & set(rule):
                rows.append((*what.values(), *_condense(group)))
                watched.append(group)
        for (panel, source), group in pd.concat(watched).groupby(["panel", "source"], sort=True):
            rows.append((figure, panel, source, "t", *_condense(group.assign(value=group["t"], matrix=None))))
        for panel, runs in results.runs(figure).groupby("panel", sort=True):
            for name in runs.columns.difference(["run_id", "panel", "init"]):
                column = runs.assign(value=runs[name].astype(float), matrix=None, task_index=0, step=0, index=0)
                rows.append((figure, panel, "runs", name, *_condense(column)))
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(KEY, ignore_index=True)


def compared(expected, got, rules=()):
    """A sentence for each group that is missing, new, or has moved; an empty list if nothing drifted."""
    both = expected.merge(got, on=KEY, how="outer", suffixes=("_expected", ""), indicator="found")
    moved = []
    for row in both.itertuples():
        name = f"{row.figure}, panel {row.panel}, {row.source}: {row.quantity}"
        tolerance = _rule(rules, row._asdict()).get("tolerance", TOLERANCE)
        if row.found == "left_only":
            moved.append(f"{name}: expected {int(row.count_expected)} numbers, got none")
        elif row.found == "right_only":
            moved.append(f"{name}: expected none, got {int(row.count)} numbers that have no reference")
        elif row.count_expected != row.count:
            moved.append(f"{name}: expected {int(row.count_expected)} numbers, got {int(row.count)}")
        elif not abs(row.fingerprint - row.fingerprint_expected) <= tolerance:
            change = abs(row.fingerprint - row.fingerprint_expected)
            moved.append(
                f"{name}: expected fingerprint {row.fingerprint_expected!r}, got {row.fingerprint!r}: changed by "
                f"{change:.2g}, allowed {tolerance:g} (largest number: expected {row.largest_expected:.15g}, "
                f"got {row.largest:.15g})"
            )
    return moved


def read(path):
    """Reference numbers as `write` left them; TableError if they are not."""
    try:
        text = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
        if list(text.columns) != COLUMNS:
            raise ValueError(f"its columns are {list(text.columns)}, not {COLUMNS}")
        table = text.assign(**{name: text[name].map(float) for name in COLUMNS[len(KEY) :]})
        if (twice := table[table.duplicated(KEY)]).size:
            raise ValueError(f"{', '.join(twice.iloc[0][KEY])} is there twice")
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise TableError(f"{path} does not hold reference numbers ({reason}); restore it from git") from error
    return table


def write(path, table):
    """Reference numbers as text, one group a line, with the digits that the comparison needs."""
    rounded = table.assign(fingerprint=table["fingerprint"].round(9), largest=table["largest"].map("{:.12g}".format))
    with replacing(path) as partial:
        rounded.to_csv(partial, sep="\t", index=False, lineterminator="\n")
