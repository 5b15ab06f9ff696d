"""Sweeps in parts: the same bytes however many jobs compute them, and what every rule states for a scheduler."""

import json
import re

import pytest

from figures import ROOT, compute, config_block
from lazyrich import __main__ as command
from lazyrich.pipeline import dictionary, parquet, sweep

SMALL = {
    "fig5": {
        "lambdas": [-3, 0, 3],
        "simulated_lambdas": [0, 3],
        "n_draws": 5,
        "until": 5.0,
        "dynamics": {"lambdas": [3], "relative_rate": 0.5, "largest_rate": 0.02, "n_records": 5},
    },
    "figA2": {
        "n_draws": 3,
        "scales": {"least": 0.01, "largest": 10.0, "map": 3, "control": 2},
        "lambdas": {"least": 0.1, "largest": 10.0, "map": 2, "control": 2},
        "corners": {"step": 0.1, "until": 2.0, "n_records": 10},
    },
    "grq1": {
        "plane": {"n_steps": 50, "n_records": 3, "n_draws": 1, "n_hidden": 4},
        "sweep": {
            **{"n_in": 5, "n_hidden": 4, "n_examples": 20, "n_test": 20, "n_tau": 4, "n_delta": 3},
            **{"checkpoints": [10, 50], "n_small": 1, "n_draws": 2, "block": 4},
        },
        "published": {"n_in": 5, "n_hidden": 4, "n_examples": 20, "n_test": 20, "checkpoints": [10], "n_draws": 1},
    },
    "figE1": {
        "n_draws": 5,
        "order": {"sizes": [2], "lambdas": [0, 3], "learning_rates": [0.02, 0.01], "until": 1.0, "n_records": 4},
        "scale": {"size": 2, "lambdas": [-10, 1], "learning_rate": 0.01, "until": 1.0, "n_records": 4},
        "floor": {"lambdas": [1], "singular_values": [2.0, 1.0], "scale": 0.1, "until": 1.0, "n_times": 3},
    },
    "figE2": {
        "singular_values": [1.0, 1.0],
        "n_draws": 10,
        "n_shown": 2,
        "record_interval": 0.5,
        "lambdas": [1.0e-7, 1.0e-6, 1],
        "learning_rates": [0.02, 0.01],
        "slope_rates_until": 0.02,
    },
}
STAGES = dict.fromkeys(SMALL, ("theory", "simulation")) | {"grq1": ("simulation",)}


def block_of(name):
    """The figure's block of config.yaml with the small values over it."""
    block, small = config_block(name), SMALL[name]
    return {
        **block,
        **{k: {**block[k], **v} if name == "grq1" and isinstance(v, dict) else v for k, v in small.items()},
    }


@pytest.fixture(params=SMALL)
def name(request, monkeypatch):
    monkeypatch.setattr(sweep, "BLOCK", 4)  # so that a small sweep has several blocks, the last not full
    return request.param


def run(stage, name, folder, *more):
    block = json.dumps(block_of(name), sort_keys=True)
    command.main([stage, name, "--results", str(folder), "--seed", "1", "--config", block, *map(str, more)])


@pytest.mark.parametrize("n", [2, 3, 50])
def test_the_bytes_do_not_depend_on_the_number_of_parts(name, n, tmp_path):
    compute(name, tmp_path / "one", block_of(name))
    folder = tmp_path / "parts"
    for stage in [stage for stage in command.STAGES if stage not in STAGES[name]]:
        run(stage, name, folder)
    for stage in STAGES[name]:
        for k in reversed(range(n)):  # in any order
            run(stage, name, folder, "--part", k, n)
        parts = [folder / f"parts/{stage}-{k}-of-{n}.parquet" for k in range(n)]
        rows = [parquet.read(part, sweep.PART).num_rows for part in parts]
        assert sum(rows) > 4, "several blocks"
        assert rows[0] > 0
        # gathered, not computed again
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sweep, "_rows", None)
            run(stage, name, folder, "--parts", *parts)
    for table in dictionary.tables(name):
        one, gathered = (tmp_path / place / f"{table}.parquet" for place in ("one", "parts"))
        assert one.read_bytes() == gathered.read_bytes(), table


def test_a_missing_part_is_named(tmp_path):
    name = "fig5"
    run("task", name, tmp_path)
    run("theory", name, tmp_path, "--part", 0, 2)
    with pytest.raises(SystemExit, match=r"no part of theory holds row \d+ of the sweep: run snakemake again"):
        run("theory", name, tmp_path, "--parts", tmp_path / "parts/theory-0-of-2.parquet")


def test_every_rule_states_one_thread_its_memory_and_its_minutes():
    for file in sorted((ROOT / "workflow/rules").glob("*.smk")):
        rules = re.split(r"^ *rule\b.*:$", file.read_text(encoding="utf-8"), flags=re.M)[1:]
        for rule in rules:
            for stated in ("threads: 1\n", "mem_mb=", "runtime="):
                assert stated in rule, f"{file.name}: {stated} is missing in\n{rule}"
