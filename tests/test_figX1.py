"""figX1: the order of the theory's error off balance, the widths from which it is small, the tables and the drawing."""

from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest

from figures import assert_nothing_is_clipped, config_block, fixtures
from lazyrich.figures.figX1_nearly_balanced import departures, measures, powers
from lazyrich.linear.initialisation import standard_weights
from lazyrich.linear.observables import balance, kernel_distance
from lazyrich.pipeline.config import mistakes_of
from lazyrich.pipeline.frames import one, only

matplotlib.use("Agg")
FULL = config_block("figX1")
EVERY = FULL["schemes"]
ERRORS = ["network_function", "kernel_distance", "time_to_learn"]
CONFIG = {
    **FULL,
    "n_draws": 8,
    "fixed": {**FULL["fixed"], "n_in": [8, 256], "dynamics": dict.fromkeys(EVERY, 256)},
    "narrow": {**FULL["narrow"], "n_in": [8, 16], "dynamics": dict.fromkeys(EVERY, 16)},
    "wide": {**FULL["wide"], "n_in": [8, 10], "dynamics": dict.fromkeys(EVERY, 10)},
    "perturbed": {**FULL["perturbed"], "sizes": [1e-3, 0.03]},
    "n_times": 60,
    "shown": [["fixed", "lecun", 8], ["wide", "lecun", 8]],
}

results, data, figure = fixtures("figX1", CONFIG)


def test_a_row_for_each_start(data):
    random, perturbed = 3 * 2 * 4 * 8, 3 * 3 * 8
    assert len(data["task/random"]) == len(data["theory/horizon"]) == len(data["simulation/departures"]) == random
    assert len(data["task/numbers"]) == 3 * 2 * 8
    assert len(data["task/perturbed"]) == len(data["theory/perturbed_horizon"]) == perturbed
    assert len(data["simulation/perturbed_departures"]) == 3 * 2 * 8
    assert len(data["simulation/curves"]) == 2 * (60 + 1)


def test_from_balanced_weights_the_theory_is_the_flow(data):
    agreement = data["simulation/agreement"]
    assert list(agreement["lam"]) == CONFIG["perturbed"]["lambdas"]
    assert agreement["deviation_network_function"].max() < 1e-9
    assert only(data["task/perturbed"], size=0)["relative_imbalance"].max() < 1e-14


def test_the_error_is_first_order_in_the_distance(data):
    moved = powers.with_distance(data["simulation/perturbed_departures"], data["task/perturbed"])
    assert powers.of_distance(moved, "network_function").to_numpy() == pytest.approx(np.ones(3), abs=0.1)
    medians = only(moved, size=1e-3).groupby("lam")[["network_function", "relative_imbalance"]].median()
    assert (medians["network_function"] / medians["relative_imbalance"]).between(0.2, 2).all()


@pytest.mark.parametrize("scheme", EVERY)
def test_only_a_fixed_hidden_width_helps(data, scheme):
    medians = only(data["simulation/departures"], scheme=scheme).groupby(["family", "n_in"])[ERRORS].median()
    assert (medians.loc["fixed", 256] < 0.1).all()
    assert medians.loc[("narrow", 16), "network_function"] > 0.1
    assert medians.loc[("wide", 10), "network_function"] > 0.3
    assert medians.loc[("wide", 10), "time_to_learn"] > 0.5


def test_the_width_from_which_the_theory_is_trusted(data):
    tables = SimpleNamespace(frame=lambda figure, table: data[table])
    asked = {"columns": ERRORS, "table": "simulation/departures", "where": {"family": "fixed"}}
    assert measures.trusted_from(tables, "figX1", tolerance=0.1, **asked) == 256
    assert measures.trusted_from(tables, "figX1", tolerance=1e-9, **asked) == 0
    assert measures.trusted_from(tables, "figX1", tolerance=1e9, **asked) == 8


def test_the_distance_from_balance_is_that_of_the_weights(data):
    rows = only(data["task/random"], family="fixed", scheme="he", n_in=256)
    relative, squares, start = rows["relative_imbalance"], rows["imbalance"] ** 2, rows.iloc[0]
    drawn = [
        standard_weights("he", start.n_in, start.n_hidden, start.n_out, rng=np.random.default_rng(k)) for k in range(60)
    ]
    other = [
        balance(w1, w2).residual / np.linalg.norm(w2.T @ w2 + w1 @ w1.T) for w1, w2 in drawn
    ]  # other draws of the same law
    assert np.mean(relative) == pytest.approx(np.mean(other), rel=4 * np.std(other) / np.mean(other) / np.sqrt(8))
    mean = one(data["theory/imbalance"], "imbalance", family="fixed", scheme="he", n_in=256) ** 2
    assert np.mean(squares) == pytest.approx(mean, abs=4 * np.std(squares, ddof=0) / np.sqrt(8))


def test_departures_are_of_what_they_say():
    rng = np.random.default_rng(5)
    w1, w2, sigma_yx = rng.standard_normal((4, 2, 3)), rng.standard_normal((4, 3, 2)), rng.standard_normal((3, 3))
    path = departures.flow_path(w1, w2, sigma_yx, (3, 3))
    np.testing.assert_allclose(path.kernel, kernel_distance(w1[0], w2[0], w1, w2, 1.0), atol=1e-14)
    assert departures.departure(np.arange(4.0), path, path, 0.1) == (0, 0, 0)
    doubled = departures.flow_path(w1, 2 * w2, sigma_yx, (3, 3))
    error, _, _ = departures.departure(np.arange(4.0), path, doubled, 0.1)
    way = np.linalg.norm(sigma_yx - w2[0] @ w1[0])
    assert error == pytest.approx(np.linalg.norm(w2 @ w1, axis=(1, 2)).max() / way)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"fixed": {**FULL["fixed"], "n_hidden": 9}}, "figX1.fixed.n_hidden = 9"),
        ({"narrow": {**FULL["narrow"], "ratio": [1, 2, 1]}}, r"figX1.narrow.ratio = \[1, 2, 1\]"),
        ({"wide": {**FULL["wide"], "ratio": [1, 2, 2]}}, r"figX1.wide.ratio = \[1, 2, 2\]"),
        ({"narrow": {**FULL["narrow"], "n_in": [8, 9, 16]}}, "figX1.narrow.n_in holds 9"),
        ({"schemes": ["lecun"], "shown": [["fixed", "he", 8]]}, r"figX1.shown holds \['fixed', 'he', 8\]"),
        ({"perturbed": {**FULL["perturbed"], "shape": [2, 4, 6]}}, "figX1.perturbed.lambdas holds -2"),
        ({"draw": {**FULL["draw"], "fitted_until": 1e-3}}, "figX1.draw.fitted_until = 0.001"),
        ({"wide": {**FULL["wide"], "dynamics": {"lecun": 8}}}, "figX1.wide.dynamics"),
    ],
)
def test_impossible_values_are_refused(change, named):
    assert list(mistakes_of("figX1", FULL)) == []
    with pytest.raises(AssertionError, match=named):
        raise AssertionError("\n".join(mistakes_of("figX1", {**FULL, **change})))


def test_figure(figure):
    axes = figure.get_axes()
    assert len(axes) == 9
    assert [len(a.containers) for a in axes] == [12, 12, 0, 12, 12, 12, 0, 0, 0]
    assert len(axes[2].lines) == 4
    assert [len(a.lines) for a in axes[6:]] == [24 + 3 + 1] * 3
    assert [len(a.collections) for a in axes[6:]] == [3] * 3
    assert_nothing_is_clipped(figure)
