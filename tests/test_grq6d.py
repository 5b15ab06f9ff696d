"""grq6d: what is trained, training known long before the rest, faster upstream and at small τ, tables and drawing."""

import json

import matplotlib
import numpy as np
import pytest

from figures import STAGES, assert_mistakes, assert_nothing_is_clipped, compute, config_block, fixtures
from lazyrich import __main__ as command
from lazyrich.figures.grq6d_modular_addition import compute as grq6d
from lazyrich.pipeline import tables
from lazyrich.pipeline.records import Data

matplotlib.use("Agg")
CONFIG = {
    **config_block("grq6d"), "taus": [0.5, 0.75], "alphas": [0.1, 10], "shown_tau": 0.5, "shown_alphas": [0.1, 10],
    "shown_steps": 500, "n_steps": 3000, "n_draws": 1,
}  # fmt: skip
TINY = {**CONFIG, "modulus": 5, "n_embedding": 4, "n_hidden": 8, "shown_steps": 10, "n_steps": 20, "fine_until": 5}

results, data, figure = fixtures("grq6d", CONFIG)


def test_tables_are_of_their_schema(results):
    assert tables.read(results / "runs.parquet", "runs").num_rows == 2 * 2


def test_task(data):
    trained = data.matrix("trained", 0)
    assert trained.shape == (1, 31**2)
    assert trained.sum() == 577
    assert data.matrix("embedding", 0).std() == pytest.approx(10, rel=0.05)
    assert data.number("embedding_share", 0, "theory") == pytest.approx(31 * 64 / (31 * 64 + 128 * 128 + 128 * 31))
    for run in data.runs[:2]:
        assert data.number("deviation_start", run.run_id, "theory") < 1e-13


def test_grokking(data):
    steps = np.array(
        [[data.number(f"{part}_steps", run.run_id, "simulation") for part in grq6d.PARTS] for run in data.runs]
    ).reshape(2, 2, 2)  # τ, α, part
    assert (steps[..., 1] > 5 * steps[..., 0]).all(), "the training pairs are known first"
    assert (steps[:, 0, 1] > 1.2 * steps[:, 1, 1]).all(), "upstream is faster"
    assert (steps[1, :, 1] > steps[0, :, 1]).all(), "and so is small τ"
    assert steps.max() < CONFIG["n_steps"]
    assert (data.number("best_tau", 0, "simulation"), data.number("best_alpha", 0, "simulation")) == (0.5, 10)


def test_curves_reach_the_threshold_when_it_is_said(data):
    for run in data.runs[:2]:
        for part in grq6d.PARTS:
            step, _, accuracy = data.numbers(f"{part}_accuracy_mean", run.run_id, "simulation")
            known = data.number(f"{part}_steps", run.run_id, "simulation")
            if known <= step[-1]:
                assert step[np.argmax(accuracy[:, 0] >= 0.99)] == known
            else:
                assert accuracy.max() < 0.99


def test_what_is_not_finished_is_counted_and_takes_the_most_steps(tmp_path):
    data = Data.read(compute("grq6d", tmp_path, TINY), STAGES)
    for run in data.runs:
        unfinished = data.number("validation_unfinished", run.run_id, "simulation")
        assert (data.number("validation_steps", run.run_id, "simulation") == 20) == bool(unfinished)
    assert unfinished == 1


def test_the_bytes_do_not_depend_on_the_number_of_parts(tmp_path):
    for name in ("one", "parts"):
        compute("grq6d", tmp_path / name, TINY, STAGES if name == "one" else STAGES[:2])
    given = ["--results", str(tmp_path / "parts"), "--seed", "1", "--config", json.dumps(TINY, sort_keys=True)]
    for k in range(2):
        command.main(["simulation", "grq6d", *given, "--part", str(k), "2"])
    parts = [str(tmp_path / f"parts/parts/simulation-{k}-of-2.parquet") for k in range(2)]
    command.main(["simulation", "grq6d", *given, "--parts", *parts])
    one, gathered = (tmp_path / name / "simulation.parquet" for name in ("one", "parts"))
    assert one.read_bytes() == gathered.read_bytes()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"taus": [1, 0.5]}, ["grq6d.taus = .* must ascend"]),
        ({"shown_tau": 2}, ["grq6d.shown_tau = 2 is not in"]),
        ({"n_steps": 1500}, ["grq6d.shown_steps = 2000 must be at most n_steps = 1500"]),
        ({"shown_steps": 1995}, ["grq6d.shown_steps = 1995 must be a multiple of check_every's 10"]),
        ({"weight_decay": 25}, ["grq6d.weight_decay = 25 must be less than 25, τ² over"]),
        ({"fine_until": 6000}, ["grq6d.fine_until = 6000 must be at most n_steps = 5000"]),
        ({"train_fraction": 0.9999}, ["one part of the 961 pairs empty"]),
    ],
)
def test_mistakes_in_the_config_are_named(change, said):
    assert_mistakes("grq6d", change, said)


def test_figure(figure):
    curves, steps, *maps = figure.get_axes()[:4]
    assert (len(curves.lines), len(curves.collections)) == (2 * 2, 2)
    assert (len(steps.lines), len(steps.collections)) == (2, 2)
    for axes in maps:
        assert axes.images[0].get_array().shape == (2, 2)
        assert len(axes.texts) == 4 + 1
    assert_nothing_is_clipped(figure)


def test_what_is_known_from_the_start_has_a_logarithm(tmp_path):
    compute(
        "grq6d", tmp_path, CONFIG | {"threshold": 1e-9, "n_steps": 20, "shown_steps": 10, "fine_until": 5, "n_draws": 1}
    )
