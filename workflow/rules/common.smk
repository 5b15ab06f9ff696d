# What the rules share: the registry of figures, the checked config, code as an input.
import json
import os

from lazyrich.nonlinear.relu import cost
from lazyrich.pipeline import dependencies, dictionary
from lazyrich.pipeline.folders import STAGES, figures

# name -> folder, part of the papers and question: each folder of lazyrich.figures is a figure
FIGURES = figures()
SUFFIXES = ["pdf", "svg", "png"]

try:
    config = checks.check(checks.with_preset(config, CONFIG))
except checks.ConfigError as error:
    raise refusal(error) from None


wildcard_constraints:
    experiment="|".join(FIGURES),
    stage="theory|simulation",
    part=r"\d+",
    parts=r"\d+",


def code_of(*modules):
    """Source files that the modules need, relative to the working directory."""
    return [os.path.relpath(file) for file in dependencies.files(*modules)]


def filled_caption(figure):
    """The caption with its numbers, which is written beside the picture."""
    return f"<figures>/{figure}.rst"


def drawing(figure, suffix):
    """The file of a figure in one format; vector formats are in Snakemake's report."""
    path = f"<figures>/{figure}.{suffix}"
    if suffix == "png":
        return path
    labels = {"figure": figure, "format": suffix}
    caption = os.path.abspath(workflow.pathvars.apply(filled_caption(figure)))
    return report(path, caption=caption, category=FIGURES[figure].part, labels=labels)


def beside(figure, *names):
    """Files of a figure's folder that are there."""
    paths = [FIGURES[figure].folder / name for name in names]
    return [os.path.relpath(path) for path in paths if path.is_file()]


def drawing_code(figure):
    """What a drawing and its caption depend on, besides tables."""
    texts = ("tables.yaml", "claims.yaml", "numbers.yaml", "caption.rst")
    own = [FIGURES[figure].module("draw")]
    if beside(figure, "measures.py"):
        own.append(FIGURES[figure].module("measures"))
    code = code_of("lazyrich.pipeline.drawing.__main__", *own)
    return [*code, *beside(figure, *texts)]


def experiment_code(wildcards):
    """What the stages of an experiment depend on, besides tables and config."""
    name = wildcards.experiment
    code = code_of("lazyrich.__main__", FIGURES[name].module("compute"))
    return [*code, *beside(name, "tables.yaml")]


def experiment_config(wildcards):
    """What decides the tables of an experiment, as JSON: not how it is drawn."""
    block = config[wildcards.experiment]
    return json.dumps({k: v for k, v in block.items() if k != "draw"}, sort_keys=True)


def tables_before(figure, stage):
    """Names of the tables that a stage reads."""
    stages = STAGES[: STAGES.index(stage)]
    return [table for before in stages for table in dictionary.files(figure, before)]


def tables_of(figure):
    """The files of all tables of a figure."""
    return [
        f"<results>/{figure}/{table}"
        for stage in STAGES
        for table in dictionary.files(figure, stage)
    ]


def n_runs(experiment):
    """Runs of a sweep; 0 for the other experiments."""
    count = getattr(checks.of_figure(experiment), "n_runs", None)
    return count(config[experiment]) if count else 0


def n_parts(experiment, stage):
    """Jobs that compute a stage of an experiment."""
    split = stage not in getattr(checks.of_figure(experiment), "IN_ONE", ())
    return max(1, -(-n_runs(experiment) // config["runs_per_job"])) if split else 1


def predicted_cost():
    """Of the sweep of grq1, the one that may take days."""
    return cost.predict(config["grq1"]["sweep"], config["runs_per_job"])


def memory_of(experiment):
    """MB that a stage may take: at most 400 were measured, 770 in a sweep of 100,000 runs."""
    least = 1000 + n_runs(experiment) // 100
    return (
        max(least, predicted_cost().megabytes_per_job)
        if experiment == "grq1"
        else least
    )


def memory(wildcards):
    return memory_of(wildcards.experiment)


def minutes(wildcards):
    """Minutes that a part may take."""
    return predicted_cost().minutes_allowed if wildcards.experiment == "grq1" else 30


if n_parts("grq1", "simulation") > 1 and workflow.is_main_process:
    print(f"Predicted for the sweep of grq1: {predicted_cost()}", file=sys.stderr)


def parts_of(stage):
    """The parts of a stage, as an input function: none unless there are more than runs_per_job runs."""

    def parts(wildcards):
        if stage == "task":
            return []
        name = wildcards.experiment
        n = n_parts(name, stage)
        file = f"<results>/{name}/parts/{stage}-{{}}-of-{n}.parquet"
        return [file.format(k) for k in range(n)] if n > 1 else []

    return parts


def whole_config():
    """All that decides the results, as JSON: not where they go, nor how the work is divided."""
    return json.dumps(
        {
            k: v
            for k, v in config.items()
            if k not in ("pathvars", "formats", "runs_per_job")
        }
    )
