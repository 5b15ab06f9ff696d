"""`python -m lazyrich STAGE NAME …`: what the rules that compute call.

STAGE is task, theory or simulation; NAME is a figure, which has a folder in lazyrich.figures. A stage reads the Parquet
tables before it in --results and writes its own there. `python -m lazyrich.pipeline.drawing` draws.
"""

import argparse
import json
import os
import sys
import time
from importlib import import_module
from pathlib import Path

from .pipeline.folders import STAGES, figure


def _parser():
    parser = argparse.ArgumentParser(prog="python -m lazyrich", description=__doc__.splitlines()[0])
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("name", help="a figure, such as fig5")
    parser.add_argument("--results", type=Path, required=True, help="folder of the figure's tables")
    parser.add_argument("--config", required=True, help="the figure's block of config.yaml, as JSON")
    parser.add_argument("--seed", type=int, required=True, help="root seed")
    part = "compute only part K of N, into parts/ (theory and simulation of a sweep)"
    parser.add_argument("--part", type=int, nargs=2, metavar=("K", "N"), help=part)
    parser.add_argument("--parts", type=Path, nargs="*", help="gather these parts instead of computing them")
    return parser


def compute(stage, name, results, config, seed, part=None, parts=None):
    """Run one stage of one figure, or one part of it: read the tables before it, write its own."""
    from .pipeline import parquet, stages, sweep
    from .pipeline.seeds import Seeds

    experiment = import_module(figure(name).module("compute"))
    origin = parquet.provenance(name, stage, config, seed)
    if stage == "task":
        tables = experiment.task(config, Seeds(seed, name))
    else:
        data = stages.Data(results, name, STAGES[: STAGES.index(stage)])
        if part:
            sweep.write_part(results, experiment, stage, config, data, *part)
            return
        in_parts = hasattr(experiment, f"{stage}_rows")
        rows = [sweep.gathered(experiment, stage, config, data, parts)] if in_parts else []
        tables = getattr(experiment, stage)(config, data, *rows)
    stages.write(results, name, stage, tables, origin)


def main(arguments=None):
    given = _parser().parse_args(arguments)
    started = time.perf_counter()
    try:
        block = {key: value for key, value in json.loads(given.config).items() if key != "draw"}
        compute(given.stage, given.name, given.results, block, given.seed, given.part, given.parts)
    except (ValueError, OSError) as error:
        sys.exit(f"{given.stage} of {given.name}: {error}")
    print(f"{given.stage} of {given.name}: done in {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    # before anything imports numpy: the number of BLAS threads changes the last bits of a result
    for _name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "GOTO", "VECLIB"):
        os.environ[f"{_name}_NUM_THREADS"] = "1"
    main()
