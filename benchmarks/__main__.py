"""How fast, in one run: `python benchmarks --output build/benchmarks`, or a part of it with `--groups`.

Rivals take turns, so that all meet the same machine; of several calls the least counts; one BLAS thread. CPU seconds
are what is compared, since others' load does not enter them; the ratios are to be read, no two runs agree in seconds.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
GROUPS = ("exact", "decay", "tall", "descent", "parquet", "start", "drawing", "workflow")


def one_thread_and_this_source():
    """For this process, before it imports numpy, and for those that it starts."""
    for name in ("OMP", "OPENBLAS", "MKL"):
        os.environ[f"{name}_NUM_THREADS"] = "1"
    source = str(REPOSITORY / "src")
    os.environ["PYTHONPATH"] = os.pathsep.join([source, os.environ.get("PYTHONPATH", "")])
    sys.path.insert(0, source)


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--groups", nargs="+", choices=GROUPS, default=GROUPS)
    parser.add_argument("--largest", type=int, default=200, help="largest width of the exact solution")
    parser.add_argument("--tallest", type=int, default=10_000, help="most outputs of the tall networks")
    parser.add_argument("--times", type=int, nargs="+", default=[200, 1000, 10_000], help="numbers of times")
    parser.add_argument("--steps", type=int, default=20_000, help="steps of gradient descent")
    parser.add_argument(
        "--budget", type=float, default=1.0, help="seconds for the rivals of one shape and number of times"
    )
    parser.add_argument("--cold", action="store_true", help="also the full workflow from nothing: many minutes")
    parser.add_argument("--output", type=Path, default=Path("build/benchmarks"), help="folder of the tables")
    given = parser.parse_args(arguments)

    import computing
    import stopwatch
    import waiting

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        calls = {
            "exact": lambda: computing.exact_solution(given.largest, given.times, given.budget),
            "decay": lambda: computing.weight_decay(given.largest, given.budget),
            "tall": lambda: computing.tall(given.tallest, given.budget),
            "descent": lambda: computing.descent(given.steps, given.budget),
            "parquet": lambda: computing.table(folder, given.budget),
            "start": waiting.start,
            "drawing": lambda: waiting.drawing(folder),
            "workflow": lambda: waiting.workflow(folder, given.cold),
        }
        machine = stopwatch.machine()
        print(machine)
        measured = []
        for group in given.groups:
            for row in calls[group]():
                measured.append(row)
                print(stopwatch.line(row), flush=True)
    fits = list(stopwatch.fits(measured))
    for row in fits:
        print(stopwatch.line(row))
    stopwatch.write(given.output, measured, fits, machine)


if __name__ == "__main__":
    one_thread_and_this_source()
    main()
