"""Times of what is waited for: a process to start, a figure to be drawn, the workflow.

Each workflow runs in a folder of its own, from this source, and compiles anew: nothing of another run is found there.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

from stopwatch import Cost, cost, in_turn, rows

REPOSITORY = Path(__file__).resolve().parents[1]
QUICK = ("--configfile", str(REPOSITORY / "config/quick.yaml"))
FIGURE = "fig2"  # the one that is redrawn
IMPORTS = {
    "bare Python": "pass",
    "import lazyrich": "import lazyrich",
    "import exact solution": "import lazyrich; lazyrich.exact_solution",
    "import descent": "import lazyrich.linear.descent_loops",
    "import drawing": "import lazyrich.pipeline.drawing.style",
}


def command(*arguments, folder=REPOSITORY):
    """A function that runs a command; what it prints is shown only if it fails."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "numba")} if folder != REPOSITORY else None

    def run():
        done = subprocess.run(arguments, cwd=REPOSITORY, env=environment, capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)}\n{(done.stdout + done.stderr).decode(errors='replace')}")

    return run


def snakemake(folder, *arguments, cores=2):
    """The workflow with its results in `folder`."""
    folder.mkdir(exist_ok=True)
    where = ("--snakefile", str(REPOSITORY / "Snakefile"), "--directory", str(folder))
    return command(sys.executable, "-m", "snakemake", *where, "--cores", str(cores), *arguments, folder=folder)


def start():
    """A Python process: bare, with the package, and with what a job of the workflow needs."""
    calls = {name: command(sys.executable, "-c", code) for name, code in IMPORTS.items()}
    yield from rows("start", in_turn(calls, 20, 5)[0], "bare Python")


def drawing(folder):
    """One figure from its tables, as its rule draws it."""
    folder = folder / "drawing"
    snakemake(folder, FIGURE, *QUICK)()
    results, files = folder / "build/quick/results" / FIGURE, [str(folder / f"x.{k}") for k in ("pdf", "svg", "png")]
    draw = (sys.executable, "-m", "lazyrich", "figure", FIGURE, "--results", str(results), "--figure")
    calls = {"three formats": command(*draw, *files), "PNG": command(*draw, files[-1])}
    yield from rows("drawing", in_turn(calls, 10, 3)[0], "three formats")


def least(function, times):
    return Cost(*map(min, *(cost(function)[0] for _ in range(times))))


def slowest_drawing(folder):
    """The figure whose drawing took longest, by the workflow's own benchmarks."""
    seconds = {}
    for file in folder.glob("logs/benchmarks/*/figure.tsv"):
        header, row = file.read_text().splitlines()
        seconds[file.parent.name] = float(dict(zip(header.split("\t"), row.split("\t"), strict=True))["s"])
    return max(seconds, key=seconds.get)


def first_paper():
    """Its main text and appendix: fig1 to figD4, not what goes beyond it."""
    names = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    return [name for name in names if re.match(r"fig[A-D]?\d", name)]


def workflow(folder, cold=False):
    """From nothing, with nothing to do, and one figure's redraw: in miniature, and if `cold` in full."""
    quick = folder / "quick"
    best = {
        "quick, from nothing": cost(snakemake(quick, *QUICK))[0],
        "quick, nothing to do": least(snakemake(quick, *QUICK), 3),
        f"quick, redraw of {FIGURE}": least(snakemake(quick, FIGURE, "--forcerun", FIGURE, *QUICK), 3),
    }
    yield from rows("workflow", best, "quick, nothing to do")
    if not cold:
        return
    best = {"first paper, from nothing": cost(snakemake(folder / "first", *first_paper()))[0]}
    yield from rows("workflow", best, "first paper, from nothing")
    full = folder / "full"
    best = {"all, from nothing": cost(snakemake(full))[0], "all, nothing to do": least(snakemake(full), 3)}
    name = slowest_drawing(full)
    best[f"slowest redraw: {name}"] = least(snakemake(full, name, "--forcerun", name), 3)
    yield from rows("workflow", best, "all, nothing to do")
