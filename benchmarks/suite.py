"""How fast, in one run: `python benchmarks/suite.py --largest 50 --output build/benchmarks/benchmarks.parquet`.

Rivals take turns, so that all meet the same machine; of several calls the least time counts; one BLAS thread.
The error of the exact solution at many times is that against its own evaluation time by time, of the others
against the exact solution. Seconds vary from run to run and are compared with nothing: read the ratios.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from time import perf_counter

for _name in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{_name}_NUM_THREADS"] = "1"
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(Path(__file__).resolve().parents[1] / "src"), os.environ.get("PYTHONPATH", "")]
)
sys.path[:0] = [os.environ["PYTHONPATH"].split(os.pathsep)[0]]

import numpy as np
import pyarrow as pa
from scipy.integrate import LSODA

import lazyrich as lr
from lazyrich import tables
from rivals import integrate, one_call_a_time, problem

REPOSITORY = Path(__file__).resolve().parents[1]
SIZES, TIMES = (2, 5, 8, 20, 50, 100, 200), (200, 1000, 10_000)
UNEQUAL = ((8, 4, 8), (10, 5, 5), (20, 10, 20), (50, 25, 50), (100, 50, 100))
LSODA_UP_TO = 20  # its workspace is the square of the number of weights
STEPWISE_UP_TO = 50
LARGEST_ANSWER = 2**26  # doubles: half a GiB


def in_turn(functions, budget=1.0, rounds=10):
    """Least seconds of each of {name: function}, called in turn, and the first answers; those calls are not counted."""
    answers = {name: function() for name, function in functions.items()}
    best, spent = dict.fromkeys(functions, np.inf), 0.0
    for _ in range(rounds):
        for name, function in functions.items():
            start = perf_counter()
            function()
            elapsed = perf_counter() - start
            best[name], spent = min(best[name], elapsed), spent + elapsed
        if spent > budget:
            break
    return best, answers


def rows(group, best, ours, shape=(0, 0, 0), lam=0.0, size=0, errors=None):
    """Rows of the table from the least seconds of each method."""
    for method, seconds in best.items():
        yield {
            **{"group": group, "method": method, "lam": lam, "size": size, "value": seconds},
            **dict(zip(("n_in", "n_hidden", "n_out"), shape, strict=True)),
            **{"ratio": seconds / best[ours], "error": (errors or {}).get(method)},
        }


def exact_solution(largest):
    """W2W1 at T equal steps up to t = 10 by every method that can."""
    for shape in [*((n, n, n) for n in SIZES), *UNEQUAL]:
        for n_times in TIMES:
            if max(shape) > largest or n_times * shape[0] * shape[2] > LARGEST_ANSWER:
                continue
            lam = 1.0 if shape[1] <= shape[2] else -1.0
            start, times = problem(*shape, lam), np.linspace(0, 10, n_times)
            methods = {
                "exact": lambda start=start, times=times, lam=lam: (
                    lr.exact_solution(*start, times, lam=lam).network_function
                ),
                "DOP853": lambda start=start, times=times: integrate(*start, times),
            }
            if max(shape) <= LSODA_UP_TO:
                methods["LSODA"] = lambda start=start, times=times: integrate(*start, times, LSODA)
            if len(set(shape)) == 1 and shape[0] <= STEPWISE_UP_TO:
                methods["stepwise"] = lambda start=start, times=times, lam=lam: one_call_a_time(*start, lam, times)
            best, found = in_turn(methods)
            some = np.linspace(0, n_times - 1, 50).astype(int)
            alone = lr.exact_solution(*start, times[some], lam=lam).network_function
            errors = {name: abs(answer[some] - alone).max() / abs(alone).max() for name, answer in found.items()}
            yield from rows("exact solution", best, "exact", shape, lam, n_times, errors)


def descent(steps=20_000):
    """Gradient descent per run and step: one run, 32 side by side, and a Python loop over numpy."""
    for n in (2, 5, 8):
        rng = np.random.default_rng(n)
        starts = [lr.lambda_balanced_weights(1.0, n, n, n, rng=rng, scale=0.1) for _ in range(32)]
        w1, w2 = (np.array(w) for w in zip(*starts, strict=True))
        sigma_yx = rng.standard_normal((n, n)) / 2

        def run(a, b, task=sigma_yx):
            return lr.simulate(a, b, task, learning_rate=1e-3, steps=steps, record_every=steps)

        def loop(a=w1[0], b=w2[0], task=sigma_yx):
            for _ in range(steps // 10):
                error = 1e-3 * (task - b @ a)
                a, b = a + b.T @ error, b + error @ a.T

        work = {"32 runs": 32 * steps, "1 run": steps, "Python loop": steps // 10}
        best, _ = in_turn({"32 runs": partial(run, w1, w2), "1 run": partial(run, w1[0], w2[0]), "Python loop": loop})
        yield from rows("descent", {k: s / work[k] for k, s in best.items()}, "32 runs", (n, n, n), 1.0, steps)


def parquet(folder, count=50_000):
    """A records table of one quantity written and read."""
    from lazyrich.records import Records

    records = Records()
    records.add(
        0, "theory", "curve", np.random.default_rng(0).standard_normal((count // 10, 10)), np.arange(count // 10)
    )
    table, file = records.table(), folder / "theory.parquet"
    best, _ = in_turn(
        {
            "write": lambda: tables.write(file, "records", table, {}),
            "read": lambda: tables.read(file, "records"),
        }
    )
    yield from rows("parquet", best, "write", size=count)


def command(*arguments, cwd=REPOSITORY):
    return lambda: subprocess.run(arguments, cwd=cwd, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)


def start():
    """A Python process, with the package, and with what a job of the workflow needs."""
    imports = {
        "import lazyrich": "import lazyrich",
        "bare Python": "pass",
        "exact solution": "import lazyrich as lr; lr.exact_solution",
        "descent": "import lazyrich.simulation.kernel",
        "drawing": "import lazyrich.plotting.style",
    }
    best, _ = in_turn({name: command(sys.executable, "-c", code) for name, code in imports.items()}, 20, 5)
    yield from rows("start", best, "bare Python")


def workflow(folder):
    """The quick workflow from nothing, when there is nothing to do, and when one figure is to be redrawn.

    Like every run of the quick workflow it writes under build/, here to a folder of its own.
    """
    overlay = folder / "elsewhere.yaml"
    places = ("results", "figures", "logs", "benchmarks")
    overlay.write_text("pathvars:\n" + "".join(f"  {name}: {folder / name}\n" for name in places))
    snakemake = [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", "config/quick.yaml", str(overlay)]

    def seconds(*more):
        begin = perf_counter()
        command(*snakemake, *more)()
        return perf_counter() - begin

    best = {"from nothing": seconds(), "nothing to do": min(seconds() for _ in range(3))}
    best["one figure's redraw"] = min(seconds("fig2", "--forcerun", "fig2") for _ in range(2))
    yield from rows("workflow", best, "nothing to do")


def drawing(folder):
    """fig2 from its tables, as its rule does; quick tables, made if they are not there."""
    snakemake = [sys.executable, "-m", "snakemake", "--cores", "1", "--configfile", "config/quick.yaml"]
    command(*snakemake, "fig2")()
    files = [str(folder / f"fig2.{suffix}") for suffix in ("png", "svg", "pdf")]
    figure = ["-m", "lazyrich", "figure", "fig2", "--results", "build/quick/results/fig2", "--figure"]
    best, _ = in_turn(
        {"three formats": command(sys.executable, *figure, *files), "PNG": command(sys.executable, *figure, files[0])},
        10,
        3,
    )
    yield from rows("drawing", best, "three formats")


def exponents(measured):
    """Fitted powers of the exact solution's time: in n from 20 on, at each T; in T from 1000 on, at each n."""
    ours = [r for r in measured if r["group"] == "exact solution" and r["method"] == "exact"]
    ours = [r for r in ours if r["n_in"] == r["n_hidden"] == r["n_out"]]
    for name, of, fixed, least in (("n", "n_in", "size", 20), ("T", "size", "n_in", 1000)):
        for at in sorted({r[fixed] for r in ours}):
            line = [(r[of], r["value"]) for r in ours if r[fixed] == at and r[of] >= least]
            if len(line) > 1:
                slope = float(np.polyfit(*np.log(line).T, 1)[0])
                shape, size = ((0, 0, 0), at) if name == "n" else ((at, at, at), 0)
                yield {**next(rows("exponent", {name: slope}, name, shape, size=size)), "ratio": 1.0}


GROUPS = ("exact", "descent", "parquet", "start", "drawing", "workflow")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--largest", type=int, default=200, help="largest width of the exact solution")
    parser.add_argument("--groups", nargs="+", choices=GROUPS, default=GROUPS)
    parser.add_argument("--output", type=Path, default=Path("build/benchmarks/benchmarks.parquet"))
    given = parser.parse_args()
    (REPOSITORY / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=REPOSITORY / "build") as name:
        folder, measured = Path(name), []
        calls = {
            "exact": lambda: exact_solution(given.largest),
            "descent": descent,
            "parquet": lambda: parquet(folder),
            "start": start,
            "drawing": lambda: drawing(folder),
            "workflow": lambda: workflow(folder),
        }
        for group in given.groups:
            for row in calls[group]():
                measured.append(row)
                shape = "-".join(str(row[k]) for k in ("n_in", "n_hidden", "n_out"))
                error = "" if row["error"] is None else f"{row['error']:.0e}"
                print(
                    f"{row['group']:>15} {row['method']:>20} {shape:>12} {row['size']:>6} {row['value']:10.3g} s"
                    f" {row['ratio']:8.2f}× {error}",
                    flush=True,
                )
    measured += exponents(measured)
    for row in measured:
        if row["group"] == "exponent":
            print(f"time ~ {row['method']}^{row['value']:.2f} at n = {row['n_in']}, T = {row['size']} (0: fitted over)")
    table = pa.Table.from_pylist(measured, schema=tables.SCHEMAS["benchmarks"])
    tables.write(given.output, "benchmarks", table, {})


if __name__ == "__main__":
    main()
