"""Wall and CPU seconds of rivals in turn, as rows of a benchmarks table, and powers fitted to them."""

import os
import platform
import resource
from importlib.metadata import version
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple

import numpy as np

from lazyrich.figures.figP1_speed import tables as speed
from lazyrich.pipeline import parquet

# from where on a power is fitted: below, the cost of calls hides that of the arithmetic
LEAST = {"n": 20, "T": 0}
FITTED = ("exact", "time by time", "DOP853")


class Cost(NamedTuple):
    """Seconds on the clock, and of processors: of this process and of those that it has waited for."""

    wall: float
    cpu: float


def now():
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(perf_counter(), process_time() + children.ru_utime + children.ru_stime)


def cost(function):
    """(Cost of one call, its answer)."""
    begin = now()
    answer = function()
    return Cost(*np.subtract(now(), begin).tolist()), answer


def in_turn(functions, budget=1.0, rounds=10, keep=lambda answer: answer):
    """Least Cost of each of {name: function}, called in turn, and what to keep of the first answers.

    The first calls are not counted: they also ask the system for memory that later ones get back.
    """
    answers = {name: keep(function()) for name, function in functions.items()}
    best, spent = dict.fromkeys(functions, Cost(np.inf, np.inf)), 0.0
    for _ in range(rounds):
        for name, function in functions.items():
            took = cost(function)[0]
            best[name] = Cost(*map(min, best[name], took))
            spent += took.wall
        if spent > budget:
            break
    return best, answers


def rows(group, best, ours, shape=(0, 0, 0), lam=0.0, size=0, errors=None, work=None, peaks=None):
    """Rows of the table from the least Cost of each method, over its units of `work` if they are given."""
    units = {method: (work or {}).get(method, 1) for method in best}
    unit = best[ours].cpu / units[ours]
    for method, (wall, cpu) in best.items():
        value = cpu / units[method]
        yield {
            **{"group": group, "method": method, "lam": lam, "size": size, "ratio": value / unit},
            **dict(zip(("n_in", "n_hidden", "n_out"), shape, strict=True)),
            **{"cpu": value, "wall": wall / units[method], "error": (errors or {}).get(method)},
            "peak": (peaks or {}).get(method),
        }


def fits(measured):
    """Powers of n at each T, and of T at each n, of the time in equal widths: the two ends of each fitted line."""
    square = [r for r in measured if r["group"] == "exact solution" and r["n_in"] == r["n_hidden"] == r["n_out"]]
    for name, along, fixed in (("n", "n_in", "size"), ("T", "size", "n_in")):
        for method in FITTED:
            for at in sorted({r[fixed] for r in square}):
                points = [r for r in square if r[fixed] == at and r["method"] == method and r[along] >= LEAST[name]]
                if len(points) < 2:
                    continue
                logs = np.log([[r[along], r["cpu"]] for r in points])
                slope, height = np.polyfit(*logs.T, 1).tolist()
                for end in (points[0], points[-1]):
                    value = float(np.exp(height + slope * np.log(end[along])))
                    yield {**end, "group": f"fit in {name}", "cpu": value, "exponent": slope, "wall": None}


def write(folder, measured, fitted, machine):
    """Write what was measured and fitted as the tables of `figP1_speed/tables.yaml`, a file each."""
    rows = {"times": measured, "fits": fitted}
    rows |= {f"{name}s": [row for row in measured if row[name] is not None] for name in ("error", "peak")}
    for name, table in speed.tables().items():
        kind = name.split("/")[1]
        columns = {column: np.array([row[column] for row in rows[kind]]) for column in table.columns}
        parquet.write(folder / f"{kind}.parquet", table, columns, {"machine": machine})


def line(row):
    """A row as a line to read."""
    shape = "-".join(str(row[k]) for k in ("n_in", "n_hidden", "n_out")) if row["n_in"] else ""
    said = f"{row['group']:>15} {row['method']:>22} {shape:>12} {row['size'] or '':>6} {row['cpu']:10.3g} s CPU"
    if row["wall"] is not None:
        said += f" {row['wall']:10.3g} s {row['ratio']:8.2f}×"
    if row["error"] is not None:
        said += f"  error {row['error']:.0e}"
    if row["peak"] is not None:
        said += f"  peak {row['peak']:.0f} MB"
    return said + (f"  power {row['exponent']:.2f}" if "exponent" in row else "")


def machine():
    """What it was measured on, in one line."""
    info = Path("/proc/cpuinfo")
    names = [
        x.split(":")[1].strip() for x in (info.read_text() if info.exists() else "").splitlines() if "model name" in x
    ]
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "numba"))
    model = names[0] if names else platform.machine()
    where = f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    return f"{where}; Python {platform.python_version()}, {packages}"
