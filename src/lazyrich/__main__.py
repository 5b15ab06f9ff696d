"""`python -m lazyrich STAGE NAME …`: what every rule of the workflow calls.

STAGE is task, theory, simulation or figure; NAME is a figure, which has a folder in lazyrich.figures. A stage reads the
Parquet tables before it in --results and writes its own there.
"""

import argparse
import gc
import json
import os
import sys
import time
from importlib import import_module
from pathlib import Path

from .pipeline.folders import STAGES, figure


def _parser():
    parser = argparse.ArgumentParser(prog="python -m lazyrich", description=__doc__.splitlines()[0])
    parser.add_argument("stage", choices=[*STAGES, "figure"])
    parser.add_argument("name", help="a figure, such as fig5")
    parser.add_argument("--results", type=Path, required=True, help="folder of the experiment's tables")
    parser.add_argument("--config", help="the experiment's block of config.yaml, as JSON (not for figure)")
    parser.add_argument("--seed", type=int, help="root seed (not for figure)")
    part = "compute only part K of N, into parts/ (theory and simulation of a sweep)"
    parser.add_argument("--part", type=int, nargs=2, metavar=("K", "N"), help=part)
    parser.add_argument("--parts", type=Path, nargs="*", help="gather these parts instead of computing them")
    parser.add_argument("--figure", type=Path, nargs="+", help="files to draw: .pdf, .svg, .png (figure only)")
    return parser


def compute(stage, name, results, config, seed, part=None, parts=None):
    """Run one stage of one experiment, or one part of it: read the tables before it, write its own."""
    from .pipeline import sweep, tables
    from .pipeline.records import Data
    from .pipeline.seeds import Seeds

    experiment = import_module(figure(name).module("compute"))
    origin = tables.provenance(name, stage, config, seed)
    if stage == "task":
        runs, records = experiment.task(config, Seeds(seed, name))
        tables.write(results / "runs.parquet", "runs", tables.runs_table(runs), origin)
    else:
        data = Data.read(results, STAGES[: STAGES.index(stage)])
        if part:
            records = sweep.part(experiment, stage, config, data, *part)
            stage = "parts/{}-{}-of-{}".format(stage, *part)
        elif hasattr(experiment, f"{stage}_rows"):
            rows = sweep.all_rows(experiment, stage, config, data, parts)
            records = getattr(experiment, stage)(config, data, rows)
        else:
            records = getattr(experiment, stage)(config, data)
    tables.write(results / f"{stage}.parquet", "records", records.table(), origin)


def draw(name, results, files):
    """Draw one figure from its tables."""
    from .pipeline.records import Data

    # not by an import statement: the style is no dependency of the stages that compute
    style = import_module("lazyrich.pipeline.drawing.style")
    module = import_module(figure(name).module("draw"))
    style.use()
    drawn = module.draw(Data.read(results, STAGES))
    for file in files:
        style.save(drawn, file)


class WithoutPandas:
    """An import hook for a stage's own process: pyarrow imports pandas where there is one, which no stage uses."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "pandas":
            raise ModuleNotFoundError("a stage needs no pandas", name=name)


def main(arguments=None):
    given = _parser().parse_args(arguments)
    started = time.perf_counter()
    try:
        if given.stage == "figure":
            draw(given.name, given.results, given.figure)
        else:
            block = json.loads(given.config)
            compute(given.stage, given.name, given.results, block, given.seed, given.part, given.parts)
    except (ValueError, OSError) as error:
        sys.exit(f"{given.stage} of {given.name}: {error}")
    print(f"{given.stage} of {given.name}: done in {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    # before anything imports numpy: the number of BLAS threads changes the last bits of a result
    for _name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "GOTO", "VECLIB"):
        os.environ[f"{_name}_NUM_THREADS"] = "1"
    sys.meta_path.insert(0, WithoutPandas)
    if "figure" in sys.argv[1:2]:
        gc.disable()  # what a drawing leaves behind is little, and looking for it takes a tenth of the time
    main()
