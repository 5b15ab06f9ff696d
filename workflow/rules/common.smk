# What the rules share: the registry of figures, the checked config, code as an input.
import json
import os

import yaml

from lazyrich import dependencies

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
    "grq1": "Get rich quick",
    "grq2": "Get rich quick",
    "grq3": "Get rich quick",
    "grq4": "Get rich quick",
    "grq7": "Get rich quick",
    "grq8": "Get rich quick",
    "grqS1": "Get rich quick",
}
# experiments whose runs do not need each other -> how many runs there are
SWEEPS = {
    "fig5": lambda c: len(c["shapes"]) * len(c["lambdas"]) * c["n_draws"],
    "figA2": lambda c: (2 * c["lambdas"]["map"] + 1) * c["n_draws"],
}
SUFFIXES = ["pdf", "svg", "png"]
TABLES = ["runs", "task", "theory", "simulation"]

try:
    config = checks.check(
        config,
        yaml.safe_load(
            (REPOSITORY / "workflow/schemas/config.schema.yaml").read_text(
                encoding="utf-8"
            )
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


def memory(wildcards):
    """MB that a stage may take: at most 400 were measured, 770 in a sweep of 100,000 runs."""
    return 1000 + n_runs(wildcards.experiment) // 100


def parts_of(stage):
    """The parts of a stage, as an input function: none unless the sweep has more than runs_per_job runs."""

    def parts(wildcards):
        name = wildcards.experiment
        n = -(-n_runs(name) // config["runs_per_job"])
        file = f"<results>/{name}/parts/{stage}-{{}}-of-{n}.parquet"
        return [file.format(k) for k in range(n)] if n > 1 else []

    return parts


def whole_config():
    """All that decides the results, as JSON: not where they go, nor how the work is divided."""
    return json.dumps(
        {k: v for k, v in config.items() if k not in ("pathvars", "runs_per_job")}
    )
