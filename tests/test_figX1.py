"""figX1: the order of the theory's error off balance, the widths from which it is small, the tables and the drawing."""

import matplotlib
import numpy as np
import pytest

from figures import assert_nothing_is_clipped, config_block, fixtures
from lazyrich.figures.figX1_nearly_balanced import departures
from lazyrich.linear.initialisation import standard_weights
from lazyrich.linear.observables import balance, kernel_distance
from lazyrich.pipeline import tables
from lazyrich.pipeline.config_values import mistakes_of

matplotlib.use("Agg")
FULL = config_block("figX1")
EVERY = FULL["schemes"]
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


def test_tables_are_of_their_schema(results):
    assert tables.read(results / "runs.parquet", "runs").num_rows == 3 * 2 * 4 + 3 * 3


def test_from_balanced_weights_the_theory_is_the_flow(data):
    runs = [run for run in data.panel("perturbed") if data.number("size", run.run_id, "task") == 0]
    assert [run.lam for run in runs] == CONFIG["perturbed"]["lambdas"]
    assert max(data.number("deviation_network_function", run.run_id, "flow") for run in runs) < 1e-9


def test_the_error_is_first_order_in_the_distance(data):
    for lam in CONFIG["perturbed"]["lambdas"]:
        first = [run for run in data.panel("perturbed") if run.lam == lam][1]
        assert data.number("order_function", first.run_id, "flow") == pytest.approx(1, abs=0.1)
        assert 0.2 < data.number("per_imbalance_function", first.run_id, "flow") < 2


def median(data, family, n_in, scheme, name):
    run = next(run for run in data.panel(family) if run.n_in == n_in and run.init == scheme)
    return data.number(f"departure_{name}_median", run.run_id, "flow")


@pytest.mark.parametrize("scheme", EVERY)
def test_only_a_fixed_hidden_width_helps(data, scheme):
    for name in ("function", "kernel", "time"):
        assert median(data, "fixed", 256, scheme, name) < 0.1
    assert median(data, "narrow", 16, scheme, "function") > 0.1
    assert median(data, "wide", 10, scheme, "function") > 0.3
    assert median(data, "wide", 10, scheme, "time") > 0.5
    assert data.number("trusted_from_every", 0, "flow") == 256


def test_the_distance_from_balance_is_that_of_the_weights(data):
    run = next(run for run in data.panel("fixed") if run.init == "he" and run.n_in == 256)
    relative = data.numbers("relative_imbalance", run.run_id, "task")[2][0]
    drawn = [standard_weights("he", run.n_in, run.n_hidden, run.n_out, rng=np.random.default_rng(k)) for k in range(60)]
    other = [
        balance(w1, w2).residual / np.linalg.norm(w2.T @ w2 + w1 @ w1.T) for w1, w2 in drawn
    ]  # other draws of the same law
    assert np.mean(relative) == pytest.approx(np.mean(other), rel=4 * np.std(other) / np.mean(other) / np.sqrt(8))
    squares = data.numbers("imbalance", run.run_id, "task")[2][0] ** 2
    mean = data.number("imbalance", run.run_id, "theory") ** 2
    assert np.mean(squares) == pytest.approx(mean, abs=4 * np.std(squares) / np.sqrt(8))


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
        ({"fitted_until": 1e-3}, "figX1.fitted_until = 0.001"),
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
