"""grq6c: same function at the start, error that falls with α and examples, parts, the tables and the drawing."""

import json

import matplotlib
import numpy as np
import pytest

from figures import assert_mistakes, assert_nothing_is_clipped, assert_same_bytes, compute, config_block, fixtures
from lazyrich import __main__ as command
from lazyrich.nonlinear.classifiers import network
from lazyrich.nonlinear.classifiers.training import train
from lazyrich.pipeline.frames import one, only

matplotlib.use("Agg")
CONFIG = {
    **config_block("grq6c"), "n_classes": 4, "n_symbols": 4, "synonyms": 2, "n_hidden": 32, "learning_rate": 3.2,
    "alphas": [0.1, 10], "published_needed": [11700, 5300], "n_examples": [50, 100, 200], "n_test": 200, "batch": 16,
    "n_epochs": 40, "n_draws": 2,
}  # fmt: skip

results, data, figure = fixtures("grq6c", CONFIG)


def test_a_row_for_each_network(data):
    assert len(data["task/networks"]) == len(data["simulation/networks"]) == 2 * 3 * 2
    assert len(data["theory/starts"]) == len(data["simulation/needed"]) == 2 * 2
    assert [len(strings) for strings in data["task/draws"]["strings"]] == [200 + 200] * 2
    assert list(data["theory/example"].groupby("level").size()) == [1, 2, 4, 8]


def test_the_function_at_the_start_is_the_same(data):
    assert data["theory/starts"]["deviation_start"].max() < 1e-13


def test_errors(data):
    errors = data["simulation/networks"].set_index(["draw", "n_examples", "alpha"])["test_error"].unstack("n_examples")
    assert (errors.diff(axis=1).iloc[:, 1:] < 0).all(axis=None), "more examples, less error"
    by_alpha = errors.stack().unstack("alpha")
    assert (by_alpha[0.1] > by_alpha[10]).all(), "downstream needs more examples"


def test_examples_needed(data):
    """Where the line through two points of (log P, log error) is at the threshold."""
    for found in data["simulation/needed"].itertuples():
        errors = only(data["simulation/networks"], draw=found.draw, alpha=found.alpha)["test_error"]
        if min(errors) < 0.1 < max(errors):
            expected = np.interp(-np.log(0.1), -np.log(np.maximum(errors, 0.0025)), np.log(CONFIG["n_examples"]))
            assert found.needed == pytest.approx(np.exp(expected))
        else:
            assert found.needed == pytest.approx(200 if min(errors) > 0.1 else 50)
        assert found.reached == (min(errors) < 0.1)
    for draw, ratio in data["simulation/draws"].set_index("draw")["needed_ratio"].items():
        needed = [one(data["simulation/needed"], "needed", draw=draw, alpha=alpha) for alpha in CONFIG["alphas"]]
        assert ratio == needed[0] / needed[1]


@pytest.mark.parametrize("n", [2, 5])
def test_the_bytes_do_not_depend_on_the_number_of_parts(results, tmp_path, n):
    compute("grq6c", tmp_path, CONFIG, ("task", "theory"))
    given = ["--results", str(tmp_path), "--seed", "1", "--config", json.dumps(CONFIG, sort_keys=True)]
    for k in range(n):
        command.main(["simulation", "grq6c", *given, "--part", str(k), str(n)])
    parts = [str(tmp_path / f"parts/simulation-{k}-of-{n}.parquet") for k in range(n)]
    command.main(["simulation", "grq6c", *given, "--parts", *parts])
    assert_same_bytes(results, tmp_path)


def test_training_side_by_side_is_training_alone():
    """Networks that stop at different epochs, on two data sets, beside each trained by itself."""
    rng = np.random.default_rng(0)
    inputs, labels = rng.standard_normal((2, 30, 5)), rng.integers(0, 2, (2, 30))
    start = network.stacked([network.relative_scale(network.normal(rng, (5, 20, 2), (1, 1)), a) for a in (0.3, 1, 3)])
    which, gains = np.array([0, 1, 1]), (0.5, 0.1)
    settings = {"rate": 3.0, "momentum": 0.9, "batch": 8, "n_epochs": 60, "fitted": 0.05}
    together = [w.copy() for w in start]
    rngs = [np.random.default_rng(s) for s in (5, 6)]
    epochs, losses = train(together, gains, inputs, labels, which, rngs, **settings)
    assert len(set(epochs)) > 1
    assert (losses[epochs < 60] < 0.05).all()
    for b, s in enumerate(which):
        alone = [w[b : b + 1].copy() for w in start]
        one = train(
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
