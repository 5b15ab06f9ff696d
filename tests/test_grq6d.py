"""grq6d: what is trained, training known long before the rest, faster upstream and at small τ, tables and drawing."""

import json

import matplotlib
import numpy as np
import pytest

from figures import (
    STAGES,
    assert_mistakes,
    assert_nothing_is_clipped,
    assert_same_bytes,
    compute,
    config_block,
    fixtures,
    tables_in,
)
from lazyrich import __main__ as command
from lazyrich.figures.grq6d_modular_addition import compute as grq6d
from lazyrich.pipeline.frames import only
from lazyrich.pipeline.ledger import measures
from lazyrich.pipeline.ledger.results import Results

matplotlib.use("Agg")
CONFIG = {
    **config_block("grq6d"), "taus": [0.5, 0.75], "alphas": [0.1, 10], "shown_tau": 0.5, "shown_alphas": [0.1, 10],
    "shown_steps": 500, "n_steps": 3000, "n_draws": 1,
}  # fmt: skip
TINY = {**CONFIG, "modulus": 5, "n_embedding": 4, "n_hidden": 8, "shown_steps": 10, "n_steps": 20, "fine_until": 5}

results, data, figure = fixtures("grq6d", CONFIG)


def test_a_row_for_each_network_and_pair(data):
    assert len(data["task/networks"]) == len(data["simulation/networks"]) == 2 * 2
    assert len(data["task/pairs"]) == 31**2
    assert set(data["simulation/curves"]["tau"]) == {0.5}


def test_task(data):
    assert data["task/pairs"]["trained"].sum() == 577
    assert data["task/starts"]["embedding"].iloc[0].std() == pytest.approx(10, rel=0.05)
    share = data["theory/model"]["embedding_share"].iloc[0]
    assert share == pytest.approx(31 * 64 / (31 * 64 + 128 * 128 + 128 * 31))
    assert data["theory/starts"]["deviation_start"].max() < 1e-13


def test_grokking(data):
    networks = data["simulation/networks"]
    assert (networks["validation_steps"] > 5 * networks["train_steps"]).all(), "the training pairs are known first"
    steps = networks.pivot(index="tau", columns="alpha", values="validation_steps")
    assert (steps[0.1] > 1.2 * steps[10]).all(), "upstream is faster"
    assert (steps.loc[0.75] > steps.loc[0.5]).all(), "and so is small τ"
    assert steps.max(axis=None) < CONFIG["n_steps"]
    assert not networks["validation_unfinished"].any()
    draw = data["simulation/draws"].iloc[0]
    assert draw["shown_ratio"] == steps.loc[0.5, 0.1] / steps.loc[0.5, 10]
    assert draw["slope"] == pytest.approx(np.log10(steps[10] / steps[0.1]).mean() / 2)


def test_measures(data, tmp_path, results):
    """Geometric means over τ of the steps, and how they fall with α."""
    (tmp_path / "grq6d").symlink_to(results)
    found, which = Results(tmp_path), {"table": "simulation/networks", "column": "validation_steps"}
    steps = data["simulation/networks"].pivot(index="tau", columns="alpha", values="validation_steps")
    expected = np.sqrt(steps[0.1].prod() / steps[10].prod())
    for name in ("least_fall", "whole_fall"):
        assert measures.of_figure("grq6d")[name](found, "grq6d", **which) == pytest.approx(expected)


def test_curves_reach_the_threshold_when_it_is_said(data):
    for run in only(data["simulation/networks"], tau=0.5).itertuples():
        curve = only(data["simulation/curves"], alpha=run.alpha)
        for part in grq6d.PARTS:
            accuracy, known = curve[f"{part}_accuracy"].to_numpy(), getattr(run, f"{part}_steps")
            if known <= curve["step"].max():
                assert curve["step"].iloc[np.argmax(accuracy >= 0.99)] == known
            else:
                assert accuracy.max() < 0.99


def test_what_is_not_finished_takes_the_most_steps(tmp_path):
    networks = tables_in("grq6d", compute("grq6d", tmp_path, TINY))["simulation/networks"]
    assert ((networks["validation_steps"] == 20) == networks["validation_unfinished"]).all()
    assert networks["validation_unfinished"].iloc[-1]


def test_the_bytes_do_not_depend_on_the_number_of_parts(tmp_path):
    for name in ("one", "parts"):
        compute("grq6d", tmp_path / name, TINY, STAGES if name == "one" else STAGES[:2])
    given = ["--results", str(tmp_path / "parts"), "--seed", "1", "--config", json.dumps(TINY, sort_keys=True)]
    for k in range(2):
        command.main(["simulation", "grq6d", *given, "--part", str(k), "2"])
    parts = [str(tmp_path / f"parts/parts/simulation-{k}-of-2.parquet") for k in range(2)]
    command.main(["simulation", "grq6d", *given, "--parts", *parts])
    assert_same_bytes(tmp_path / "one", tmp_path / "parts")


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
