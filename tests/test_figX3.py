"""figX3: real data whitened and raw, where the theory holds and where it does not, the tables and the drawing."""

import matplotlib
import numpy as np
import pytest

from figures import assert_nothing_is_clipped, assert_same_bytes, compute, config_block, fixtures
from lazyrich.data import diabetes
from lazyrich.figures.figX3_real_data import real
from lazyrich.pipeline.config import mistakes_of
from lazyrich.pipeline.frames import one, only

matplotlib.use("Agg")
BLOCK = config_block("figX3")
CONFIG = {
    **BLOCK, "lambdas": [-1, 0, 1, 3], "simulated_lambdas": [-1, 0, 1], "n_draws": 3, "n_times": 16,
    "steps": {"whitened": 0.05, "raw": 0.2},
}  # fmt: skip

results, data, figure = fixtures("figX3", CONFIG)


@pytest.fixture(scope="module")
def digits():
    return real.digits_problem(16)


def test_diabetes_is_what_it_is_elsewhere():
    measured, progression = diabetes.load()
    assert measured.shape == (442, 10)
    assert list(measured[0]) == [59, 2, 32.1, 101, 157, 93.2, 38, 4, 4.8598, 87]
    assert (progression.min(), progression.max(), progression.sum()) == (25, 346, 67243)
    problem = real.diabetes_problem()
    # R² = 0.5177 of the full linear model is well known
    assert (problem.whitened.sigma_yx**2).sum() == pytest.approx(0.5177, abs=5e-5)


def test_components_are_the_principal_ones(digits):
    x = np.random.default_rng(0).standard_normal((5, 40))
    x -= x.mean(1, keepdims=True)
    scores, kept = real.leading_components(x, 2)
    s = np.linalg.svd(x, compute_uv=False)
    np.testing.assert_allclose(np.linalg.norm(scores, axis=1), s[:2])
    assert kept == pytest.approx((s[:2] ** 2).sum() / (s**2).sum())
    assert digits.kept == pytest.approx(0.849, abs=1e-3)


@pytest.mark.parametrize("problem", [real.digits_problem(16), real.diabetes_problem()], ids=["digits", "diabetes"])
def test_whitened_and_raw_inputs_have_the_same_span_and_floor(problem):
    n_in = problem.raw.x.shape[0]
    np.testing.assert_allclose(problem.whitened.sigma_xx, np.eye(n_in), atol=1e-12)
    assert np.trace(problem.raw.sigma_xx) / n_in == pytest.approx(1)
    assert np.abs(problem.raw.y.mean(1)).max() < 1e-12
    left = [np.linalg.lstsq(part.x.T, part.y.T)[1].sum() for part in (problem.whitened, problem.raw)]
    assert left[0] == pytest.approx(left[1])


def test_centred_classes_have_nine_directions(digits):
    s = np.linalg.svd(digits.whitened.sigma_yx, compute_uv=False)
    assert s[8] > 0.15
    assert s[9] < 1e-14


def test_a_row_for_each_start(data):
    n_starts, n_descended = 2 * 2 * 4 * 3, 2 * 2 * 3 * 3  # data sets, inputs, λ, draws
    assert len(data["task/data"]) == 2 * 2
    assert len(data["task/modes"]) == 2 * (10 + 1)
    assert len(data["task/starts"]) == n_starts / 2
    assert len(data["task/descents"]) == n_starts / 3
    assert len(data["theory/end"]) == n_starts
    assert len(data["simulation/end"]) == n_descended
    assert len(data["simulation/agreement"]) == n_descended / 2
    assert len(data["simulation/predicted"]) == n_descended / 2 * 2 / 3  # raw, from λ = 0 on
    assert len(data["simulation/order"]) == 2 * 2 * 3
    for stage in ("theory", "simulation"):
        ends = data[f"{stage}/curves"].groupby(["data_set", "inputs", "lam", "draw"]).tail(1)
        assert len(ends) == n_descended
        assert len(ends.merge(data[f"{stage}/end"])) == n_descended  # the kernel distance is that of the end


def test_stages_are_deterministic(results, tmp_path):
    assert_same_bytes(compute("figX3", tmp_path, CONFIG), results)


@pytest.mark.parametrize("name", ["digits", "diabetes"])
def test_the_theory_holds_on_whitened_inputs_only(data, name):
    white, raw = (only(data["simulation/end"], data_set=name, inputs=inputs) for inputs in ("whitened", "raw"))
    for quantity, least in (("network_function", 0.7), ("loss", 0.25)):
        assert white.groupby("lam")[f"departure_{quantity}"].quantile(0.9).max() < 0.02
        assert raw.groupby("lam")[f"departure_{quantity}"].quantile(0.1).min() > least
    agreement = only(data["simulation/agreement"], data_set=name)
    for quantity in ("network_function", "loss", "kernel_distance"):
        assert agreement[f"deviation_{quantity}"].max() < 0.03


@pytest.mark.parametrize("name", ["digits", "diabetes"])
def test_descent_ends_at_the_floor(data, name):
    floor = one(data["task/data"], "floor", data_set=name, inputs="whitened")
    problem = real.digits_problem(16) if name == "digits" else real.diabetes_problem()
    x, y = problem.whitened.x, problem.whitened.y
    assert floor == pytest.approx(np.linalg.lstsq(x.T, y.T)[1].sum() / (2 * x.shape[1]))
    ends = only(data["simulation/curves"], data_set=name, inputs="whitened").groupby(["lam", "draw"])["loss"].last()
    assert ends.groupby("lam").median().to_numpy() == pytest.approx(floor, rel=1e-4)


def test_the_order_and_the_end_survive_raw_inputs(data):
    assert only(data["simulation/order"], inputs="raw")["lazier_towards_positive"].all()
    assert only(data["simulation/predicted"], lam=[0, 1])["departure_end"].max() < 2e-3
    assert one(data["task/data"], "floor_as_if_whitened", data_set="diabetes", inputs="raw") < 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"digits": {**BLOCK["digits"], "n_hidden": 5}}, "bottleneck"),
        ({"digits": {**BLOCK["digits"], "n_hidden": 12}}, "n_hidden = 12"),
        ({"lambdas": [1, 0, -1]}, "must ascend"),
        ({"draw": {"drawn_lambdas": [1]}}, "needs 0"),
        ({"from_t": 1e4}, "before the last time"),
    ],
)
def test_impossible_values_are_refused(change, said):
    assert any(said in mistake for mistake in mistakes_of("figX3", BLOCK | change))
    assert list(mistakes_of("figX3", BLOCK)) == []


def test_figure(figure):
    axes = figure.get_axes()
    assert [len(a.lines) for a in axes[:6]] == [7, 20, 7, 7, 6, 7]
    assert [len(a.containers) for a in axes[6:8]] == [6, 6]
    assert len(axes[8].lines) == 4
    assert_nothing_is_clipped(figure)
