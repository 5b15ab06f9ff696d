"""Layers with rates of their own: the rescaling, its simulations, and figX8's tables, numbers and drawing."""

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lazyrich as lr
from figures import assert_nothing_is_clipped, config_block, fixtures
from lazyrich.figures.figX8_layer_rates.compute import rates_of
from lazyrich.linear import layer_rates_descent as layer_rates
from lazyrich.linear.layer_rates import common_rate
from lazyrich.linear.plain_descent import descend
from lazyrich.pipeline.config import mistakes_of
from lazyrich.pipeline.frames import only

matplotlib.use("Agg")
CONFIG = {
    **config_block("figX8"), "ratios": [0.03, 1, 30], "until": 10.0, "n_records": 21, "n_flow_times": 3,
    "log_ratio": [-2, 2], "n_ratios": 5, "n_draws": 3, "n_neuron_times": 5,
}  # fmt: skip

results, data, figure = fixtures("figX8", CONFIG)
rate = st.floats(1e-3, 1e3)


@given(rate, rate, st.integers(0, 2**32 - 1))
def test_rescaling_keeps_the_function_and_the_conserved_quantity(eta1, eta2, seed):
    rng = np.random.default_rng(seed)
    w1, w2 = rng.standard_normal((3, 4)), rng.standard_normal((2, 3))
    hat1, hat2 = lr.to_equal_rates(w1, w2, (eta1, eta2))
    assert hat2 @ hat1 == pytest.approx(w2 @ w1, rel=1e-12, abs=1e-12)
    conserved = np.sqrt(eta1 * eta2) * (w2.T @ w2 / eta2 - w1 @ w1.T / eta1)
    assert hat2.T @ hat2 - hat1 @ hat1.T == pytest.approx(conserved, rel=1e-10, abs=1e-10 * np.abs(conserved).max())
    back = lr.from_equal_rates(hat1, hat2, (eta1, eta2))
    assert back.w1 == pytest.approx(w1, rel=1e-13)
    assert back.w2 == pytest.approx(w2, rel=1e-13)


def descended(w1, w2, sigma_yx, rates, steps):
    """Weights (1, steps, ...) of each layer."""

    def gradients(w1, w2):
        return layer_rates.gradients(w1, w2, sigma_yx)

    return descend(gradients, (w1[None], w2[None]), np.reshape(rates, (2, 1)), steps)


@given(st.floats(0.02, 50), st.integers(0, 2**32 - 1))
def test_one_step_maps_exactly(ratio, seed):
    rng = np.random.default_rng(seed)
    w1, w2, sigma_yx = rng.standard_normal((3, 4)), rng.standard_normal((2, 3)), rng.standard_normal((2, 4))
    rates = rates_of(ratio, 0.01)
    assert common_rate(rates) == pytest.approx(0.01, rel=1e-14)
    step1, step2 = (w[0, -1] for w in descended(w1, w2, sigma_yx, rates, [0, 1]))
    one = lr.gradient_descent(*lr.to_equal_rates(w1, w2, rates), sigma_yx, learning_rate=0.01, steps=1)
    hat1, hat2 = lr.to_equal_rates(step1, step2, rates)
    assert hat1 == pytest.approx(one.w1[-1], abs=1e-13)
    assert hat2 == pytest.approx(one.w2[-1], abs=1e-13)


def test_the_flow_conserves_what_its_rates_say():
    rng = np.random.default_rng(3)
    w1, w2, sigma_yx = rng.standard_normal((3, 4)), rng.standard_normal((2, 3)), rng.standard_normal((2, 4))
    eta1, eta2 = rates = (3.0, 0.2)
    flow1, flow2 = layer_rates.flow(w1, w2, sigma_yx, rates, np.array([0.0, 0.5, 2.0]))
    conserved = flow2.swapaxes(1, 2) @ flow2 / eta2 - flow1 @ flow1.swapaxes(1, 2) / eta1
    assert np.abs(conserved - conserved[0]).max() < 1e-10
    assert np.abs(flow1[-1] - w1).max() > 0.1


def test_the_kernel_with_two_rates_is_that_of_the_rescaled_weights():
    rng = np.random.default_rng(4)
    w1, w2, x = rng.standard_normal((3, 4)), rng.standard_normal((2, 3)), rng.standard_normal((4, 5))
    eta1, eta2 = rates = (4.0, 0.25)
    first = np.kron(w2 @ w2.T, x.T @ x)
    second = np.kron(np.eye(2), x.T @ w1.T @ w1 @ x)
    expected = eta1 * first + eta2 * second
    assert common_rate(rates) * lr.ntk(*lr.to_equal_rates(w1, w2, rates), x) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("rates", [3, (1,), (1, 2, 3), (0, 1), (1, np.nan)])
def test_impossible_rates_are_refused(rates):
    with pytest.raises(ValueError, match=r"rates must be|eta1|eta2"):
        lr.to_equal_rates(np.eye(2), np.eye(2), rates)


def test_a_descent_that_diverges_names_its_rates():
    with pytest.raises(ValueError, match=r"\(run 0\) at learning rate η = 100, 1: lower it"):
        descended(np.eye(2), np.eye(2), 3 * np.eye(2), (100.0, 1.0), [0, 50])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"shapes": {"funnel": [8, 9, 4]}}, "figX8.shapes.funnel = [8, 9, 4] needs n_hidden ≤ n_in and n_out"),
        ({"shapes": {"square": [3, 3, 3]}}, "are more than the square can learn: 3"),
        ({"equal": {"width": 2}}, "figX8.equal.width = 2 must be at least"),
        ({"shapes": {"funnel": [4, 4, 8]}}, "figX8.shapes.funnel = [4, 4, 8] (inputs, hidden neurons, out"),
        ({"shapes": {"square": [4, 4, 5]}}, "is no such shape"),
        ({"size": 3}, "figX8.size = 3 must be at most the root of the largest of figX8.singular_values, 2"),
        ({"log_ratio": [1, -1]}, "figX8.log_ratio = [1, -1] must ascend"),
    ],
)
def test_impossible_values_are_refused(change, said):
    assert any(said in mistake for mistake in mistakes_of("figX8", {**CONFIG, **change}))
    assert not list(mistakes_of("figX8", CONFIG))


def test_a_row_for_each_run(data):
    n_ratios, n_simulated, n_draws = 7, 3, 3
    assert len(data["task/curves"]) == 2 * n_simulated
    assert len(data["task/starts"]) == 3 * n_draws
    assert len(data["task/ratios"]) == n_ratios
    assert len(data["theory/end"]) == 3 * n_ratios * n_draws
    assert len(data["simulation/end"]) == 3 * n_simulated * n_draws
    assert len(data["theory/neurons"]) == n_simulated * n_draws


def test_equal_functions_and_scales_learn_the_same(data):
    curves = only(data["simulation/curves"], same="function").groupby("ratio")["network_function"]
    curves = [np.stack(list(curve)) for _, curve in curves]
    for curve in curves[1:]:
        assert curve == pytest.approx(curves[0], abs=1e-12)
    compared = only(data["simulation/agreement"], same="function")
    assert compared["deviation_equal_rates"].max() < 1e-13
    assert compared["deviation_flow_network_function"].max() < 1e-11
    assert compared["deviation_network_function"].max() < CONFIG["step"]
    assert data["theory/neurons"]["deviation_network_function"].max() < 1e-13


def test_the_ratio_of_the_rates_decides_the_regime(data):
    mean = data["theory/end"].groupby(["shape", "ratio"])["kernel_distance"].mean()
    funnel, square, inverted = (mean[shape] for shape in ("funnel", "square", "inverted"))
    assert funnel[0.01] > 2 * funnel[1] > 4 * funnel[100]
    assert inverted[100] > 2 * inverted[1] > 4 * inverted[0.01]
    assert square[1] > square[0.03] > square[0.01]
    assert square[0.01] == pytest.approx(square[100], rel=1e-6)


def test_figure(figure):
    axes = figure.get_axes()
    assert [len(a.lines) for a in axes[:3]] == [3 * 4 + 4, 6, 3 + 9 + 1]
    assert [len(a.collections) for a in axes[3:]] == [4, 4, 4]
    assert_nothing_is_clipped(figure)
