"""How right `diagnose` is, beside an independent integration: `python benchmarks/diagnosis.py [--networks 1000]`.

Networks of ten families of weights, widths 1 to 256, on tasks of full and of low rank, with equal and with spread
singular values, whitened and not. Each is integrated as it is, tightly, within a budget; what that does not reach is
counted apart and not judged. A regime agrees where `diagnose` says lazy and the reference has a kernel that neither
turns nor grows beyond the cuts, or both say that it does; kernels that only grow are counted. Some ten minutes for
1000 networks, on one core.
"""

import argparse
import time
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

import lazyrich as lr
from diagnosis_networks import FAMILIES, network
from diagnosis_reference import reference

FRACTION = 0.9
LAZY, GROWN = 0.05, 10.0  # as `lazyrich.linear.diagnosis` has them
BUDGET = 4.0  # nominal seconds of the reference for a network
# a time of less than this part of the longest is not compared relative to itself: it may be 0 by rounding
SHORT = 1e-3
# the reference passes a saddle at a share of less than SLOW; nearer to 0.1 than CLEAR to either side the cut decides
SLOW, CLEAR = 0.1, 2.0


class Judged(NamedTuple):
    """What one network gives; NaN and None where the reference does not say."""

    family: str
    time: float
    never: bool | None
    kernel: float
    regime: bool | None
    grown: bool | None
    saddle: bool | None
    missed: bool | None
    flagged: bool
    cost: float
    label: str


def judged(stream, k, budget=BUDGET):
    family, w1, w2, task = network(stream, k)
    began = time.perf_counter()
    found = lr.diagnose(w1, w2, task, fraction=FRACTION)
    cost = time.perf_counter() - began
    truth = reference(w1, w2, task, FRACTION, budget)
    mine = np.array([mode.time for mode in found.modes])
    known = np.isfinite(truth.times)
    both = known & np.isfinite(mine)
    scale = np.maximum(truth.times, SHORT * truth.times[known].max(initial=0.0))
    error = np.max(np.abs(mine[both] - truth.times[both]) / np.maximum(scale[both], 1e-300), initial=0.0)
    said = any(word in " ".join(found.saddles) for word in ("beside", "wait", "rounding", "start is one"))
    silent = found.regime == "delayed rich"
    return Judged(
        family,
        error if truth.whole else np.nan,
        bool(np.isinf(mine).any()) if truth.whole else None,
        abs(found.kernel_distance - truth.kernel),
        ("lazy" in found.regime) == (truth.kernel <= LAZY and truth.growth <= GROWN) if truth.whole else None,
        bool(truth.kernel <= LAZY and truth.growth > GROWN) if truth.whole else None,
        bool(said and truth.share > CLEAR * SLOW) if truth.whole else None,
        bool(not said and not silent and truth.share < SLOW / CLEAR) if truth.whole else None,
        bool(found.uncertain),
        1e3 * cost,
        f"{k}: {family} {w1.shape[1]}-{w1.shape[0]}-{w2.shape[0]}",
    )


def line(name, rows):
    """A line of the table."""

    def of(field):
        return np.array([value for row in rows if (value := getattr(row, field)) is not None], float)

    times, kernels, costs = of("time"), of("kernel"), of("cost")
    whole = np.isfinite(kernels)
    times, kernels = times[np.isfinite(times)], kernels[whole]

    def quantile(values, q):
        return f"{np.quantile(values, q):.1e}" if values.size else "-"

    def share(field):
        return f"{of(field).mean():.2%}" if of(field).size else "-"

    parts = [
        f"{name:14s} {len(rows):5d} {whole.sum():5d}",
        *(quantile(times, q) for q in (0.5, 0.9, 1)),
        share("never"),
        *(quantile(kernels, q) for q in (0.5, 0.9, 1)),
        share("regime"),
        share("grown"),
        share("saddle"),
        share("missed"),
        share("flagged"),
        f"{np.median(costs):.0f} / {costs.max():.0f}",
    ]
    return "  ".join(parts)


HEAD = (
    "family         networks whole  time error (median, 90%, max)  false never  kernel error (median, 90%, max)  "
    "regime agrees  kernel only grows  false saddle  missed saddle  flagged  ms (median / max)"
)


def wrong(row):
    """Why a network misses the goal, or ''."""
    reasons = {
        "time": row.time > 0.05,
        "never": bool(row.never),
        "kernel": row.kernel > 0.02,
        "regime": row.regime is False,
        "false saddle": bool(row.saddle),
        "missed saddle": bool(row.missed),
    }
    return ", ".join(name for name, true in reasons.items() if true)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", type=int, default=1000)
    parser.add_argument("--stream", default="held out", help="name of the random stream of the networks")
    given = parser.parse_args(arguments)
    with threadpool_limits(1):
        rows = [judged(given.stream, k) for k in range(given.networks)]
    print(HEAD)
    for family in FAMILIES:
        if mine := [row for row in rows if row.family == family]:
            print(line(family, mine))
    print(line("all", rows))
    missed = [row for row in rows if wrong(row)]
    right = 1 - sum(not row.flagged for row in missed) / max(1, sum(row.regime is not None for row in rows))
    print(f"of those that are judged within 5% in time, 0.02 in the kernel, no false word, or flagged: {right:.1%}")
    for row in missed:
        print(f"  {row.label}: {wrong(row)} ({row.time:.2g}, {row.kernel:.2g}){' flagged' if row.flagged else ''}")
    short = [row.label for row in rows if np.isnan(row.kernel)]
    print(f"not judged, the reference would take longer than its budget: {len(short)}", *short, sep="\n  ")


if __name__ == "__main__":
    main()
