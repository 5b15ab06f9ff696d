"""grq6c: same function at the start, error that falls with α and examples, parts, the tables and the drawing."""

import json

import matplotlib
import numpy as np
import pytest

from figures import STAGES, assert_mistakes, assert_nothing_is_clipped, compute, config_block, fixtures
from lazyrich import __main__ as command
from lazyrich.nonlinear.classifiers import network
from lazyrich.nonlinear.classifiers.training import descend
from lazyrich.pipeline import tables

matplotlib.use("Agg")
CONFIG = {
    **config_block("grq6c"), "n_classes": 4, "n_symbols": 4, "synonyms": 2, "n_hidden": 32, "learning_rate": 3.2,
    "alphas": [0.1, 10], "published_needed": [11700, 5300], "n_examples": [50, 100, 200], "n_test": 200, "batch": 16,
    "n_epochs": 40, "compared": 100, "n_draws": 2,
}  # fmt: skip

results, data, figure = fixtures("grq6c", CONFIG)


def test_tables_are_of_their_schema(results):
    assert tables.read(results / "runs.parquet", "runs").num_rows == 2 * 3 * 2


def test_the_function_at_the_start_is_the_same(data):
    for run in data.runs:
        if data.number("n_examples", run.run_id, "task") == 50:
            assert data.number("deviation_start", run.run_id, "theory") < 1e-13


def test_errors(data):
    errors = np.array([data.number("test_error", run.run_id, "simulation") for run in data.runs]).reshape(2, 3, 2)
    assert (np.diff(errors, axis=1) < 0).all(), "more examples, less error"
    assert (errors[..., 0] > errors[..., 1]).all(), "downstream needs more examples"
    np.testing.assert_allclose(
        [data.number("test_error_mean", k, "simulation") for k in range(6)], errors.mean(0).ravel(), rtol=1e-12
    )


def test_examples_needed(data):
    """Where the line through two points of (log P, log error) is at the threshold."""
    for draw in range(2):
        for alpha in CONFIG["alphas"]:
            runs = [run for run in data.runs if run.draw == draw and run.lam == alpha]
            errors = [data.number("test_error", run.run_id, "simulation") for run in runs]
            needed = data.number("needed", runs[0].run_id, "simulation")
            if min(errors) < 0.1 < max(errors):
                expected = np.interp(-np.log(0.1), -np.log(np.maximum(errors, 0.0025)), np.log(CONFIG["n_examples"]))
                assert needed == pytest.approx(np.exp(expected))
            else:
                assert needed == pytest.approx(200 if min(errors) > 0.1 else 50)
            assert data.number("reached", runs[0].run_id, "simulation") == (min(errors) < 0.1)


@pytest.mark.parametrize("n", [2, 5])
def test_the_bytes_do_not_depend_on_the_number_of_parts(results, tmp_path, n):
    compute("grq6c", tmp_path, CONFIG, ("task", "theory"))
    given = ["--results", str(tmp_path), "--seed", "1", "--config", json.dumps(CONFIG, sort_keys=True)]
    for k in range(n):
        command.main(["simulation", "grq6c", *given, "--part", str(k), str(n)])
    parts = [str(tmp_path / f"parts/simulation-{k}-of-{n}.parquet") for k in range(n)]
    command.main(["simulation", "grq6c", *given, "--parts", *parts])
    for stage in ("runs", *STAGES):
        assert (tmp_path / f"{stage}.parquet").read_bytes() == (results / f"{stage}.parquet").read_bytes(), stage


def test_training_side_by_side_is_training_alone():
    """Networks that stop at different epochs, on two data sets, beside each trained by itself."""
    rng = np.random.default_rng(0)
    inputs, labels = rng.standard_normal((2, 30, 5)), rng.integers(0, 2, (2, 30))
    start = network.stacked([network.relative_scale(network.normal(rng, (5, 20, 2), (1, 1)), a) for a in (0.3, 1, 3)])
    which, gains = np.array([0, 1, 1]), (0.5, 0.1)
    settings = {"rate": 3.0, "momentum": 0.9, "batch": 8, "n_epochs": 60, "fitted": 0.05}
    together = [w.copy() for w in start]
    rngs = [np.random.default_rng(s) for s in (5, 6)]
    epochs, losses = descend(together, gains, inputs, labels, which, rngs, **settings)
    assert len(set(epochs)) > 1
    assert (losses[epochs < 60] < 0.05).all()
    for b, s in enumerate(which):
        alone = [w[b : b + 1].copy() for w in start]
        one = descend(
            alone, gains, inputs[s : s + 1], labels[s : s + 1], np.zeros(1, int), [np.random.default_rng(5 + s)],
            **settings,
        )  # fmt: skip
        assert (one[0][0], one[1][0]) == (epochs[b], pytest.approx(losses[b]))
        for w, other in zip(alone, together, strict=True):
            np.testing.assert_allclose(w[0], other[b], rtol=1e-9)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"synonyms": 9}, ["grq6c.synonyms = 9 must be at most 8 for n_classes", "at most 8 for n_symbols"]),
        ({"n_test": 120000}, ["grq6c.n_test = 120000 must leave n_examples = 16000 of the 131072 strings"]),
        ({"alphas": [33, 10, 3, 1, 0.3, 0.1]}, ["grq6c.alphas = .* must ascend"]),
        ({"published_needed": [1]}, ["one for each of grq6c.alphas"]),
        ({"compared": 7000}, ["grq6c.compared = 7000 is not in"]),
        ({"levels": 6, "synonyms": 4}, ["more than can be numbered"]),
        ({"levels": 6, "branching": 8}, ["grq6c.levels = 6 makes some 1e22547 strings"]),
    ],
)
def test_mistakes_in_the_config_are_named(change, said):
    assert_mistakes("grq6c", change, said)


def test_figure(figure):
    tree, errors, needed = figure.get_axes()
    assert len(tree.lines) == 2 + 4 + 8
    assert [text.get_text() for text in tree.texts][-5:-1] == ["class", "level 1", "level 2", "string"]
    assert (len(errors.lines), len(errors.collections)) == (2 + 1, 2)
    assert len(needed.lines) == 2 * 2 + 2
    assert_nothing_is_clipped(figure)
