# What the rules share: the registry of figures, the checked config, code as an input.
import json
import os

import yaml

from lazyrich import dependencies
from lazyrich.relu import cost

# figure -> part of the paper; its experiment, drawing, config block and caption have the same name
FIGURES = {
    "fig1": "Main text",
    "fig2": "Main text",
    "fig3": "Main text",
    "fig4": "Main text",
    "fig5": "Main text",
    "figA1": "Appendix",
    "figA2": "Appendix",
    "figC1": "Appendix",
    "figC2": "Appendix",
    "figD1": "Appendix",
    "figD2": "Appendix",
    "figD3": "Appendix",
    "figD4": "Appendix",
    "figE1": "Beyond the paper",
    "figE2": "Beyond the paper",
    "figX1": "Beyond the paper",
    "figX2": "Beyond the paper",
    "figX3": "Beyond the paper",
    "figX4": "Beyond the paper",
    "figX5": "Beyond the paper",
    "figX6": "Beyond the paper",
    "figX7": "Beyond the paper",
    "figX8": "Beyond the paper",
    "grq1": "Get rich quick",
    "grq2": "Get rich quick",
    "grq3": "Get rich quick",
    "grq4": "Get rich quick",
    "grq5": "Get rich quick",
    "grq6a": "Get rich quick",
    "grq6b": "Get rich quick",
    "grq6c": "Get rich quick",
    "grq6d": "Get rich quick",
    "grq7": "Get rich quick",
    "grq8": "Get rich quick",
    "grqS1": "Get rich quick",
}
# experiments whose runs do not need each other -> how many runs there are; a training of some seconds counts as many
SWEEPS = {
    "fig5": lambda c: len(c["shapes"]) * len(c["lambdas"]) * c["n_draws"],
    "figA2": lambda c: (2 * c["lambdas"]["map"] + 1) * c["n_draws"],
    "grq1": lambda c: c["sweep"]["n_tau"]
    * c["sweep"]["n_delta"]
    * c["sweep"]["n_draws"],
    "figE1": lambda c: c["n_draws"]
    * (
        len(c["order"]["sizes"]) * len(c["order"]["lambdas"])
        + len(c["scale"]["lambdas"])
    ),
    "figE2": lambda c: c["n_draws"],
    "grq6c": lambda c: 100 * len(c["n_examples"]) * len(c["alphas"]) * c["n_draws"],
    "grq6d": lambda c: 150 * len(c["taus"]) * len(c["alphas"]) * c["n_draws"],
}
# and the stages of them that are one sum over all runs, or too short to be split
IN_ONE = {("grq1", "theory"), ("grq6c", "theory"), ("grq6d", "theory")}
SUFFIXES = ["pdf", "svg", "png"]
TABLES = ["runs", "task", "theory", "simulation"]

try:
    config = checks.check(
        config,
        yaml.load(
            (REPOSITORY / "workflow/schemas/config.schema.yaml").read_text(
                encoding="utf-8"
            ),
            Loader=checks.LOADER,
        ),
    )
except checks.ConfigError as error:
    raise refusal(error) from None


wildcard_constraints:
    experiment="|".join(FIGURES),
    stage="theory|simulation",
    part=r"\d+",
    parts=r"\d+",


def code_of(*modules):
    """Source files that the modules need, relative to the working directory."""
    return [
        os.path.relpath(file)
        for file in dependencies.files("lazyrich.__main__", *modules)
    ]


def drawing(figure, part, suffix):
    """The file of a figure in one format; vector formats are in Snakemake's report."""
    path = f"<figures>/{figure}.{suffix}"
    if suffix == "png":
        return path
    labels = {"figure": figure, "format": suffix}
    return report(path, caption=f"../report/{figure}.rst", category=part, labels=labels)


def experiment_code(wildcards):
    return code_of(f"lazyrich.experiments.{wildcards.experiment}")


def experiment_config(wildcards):
    return json.dumps(config[wildcards.experiment], sort_keys=True)


def tables_before(wildcards):
    names = TABLES[: TABLES.index(wildcards.stage)]
    return [f"<results>/{wildcards.experiment}/{name}.parquet" for name in names]


def n_runs(experiment):
    """Runs of a sweep; 0 for the other experiments."""
    return SWEEPS[experiment](config[experiment]) if experiment in SWEEPS else 0


def n_parts(experiment, stage):
    """Jobs that compute a stage of an experiment."""
    split = (experiment, stage) not in IN_ONE
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
