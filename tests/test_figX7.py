"""Deep networks: the integral of a mode, the matrices beside it, and figX7's tables, numbers and drawing."""

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

import lazyrich as lr
from figures import assert_nothing_is_clipped, config_block, fixtures
from lazyrich.deep import network
from lazyrich.deep.modes import fastest_rate, layer_squares
from lazyrich.linear.observables import cosine_distance
from lazyrich.linear.plain_descent import descend
from lazyrich.pipeline.config import mistakes_of

matplotlib.use("Agg")
CONFIG = {
    **config_block("figX7"), "n_layers": [2, 3], "lambdas": [0, 10], "step": 0.05, "n_records": 31, "n_flow_times": 3,
    "sweep": {"log_lambda": [-3, 2], "n_lambdas": 6, "limit_lambdas": [20, 40], "n_times": 101},
    "random": {"lambdas": [0.1, 10], "function": 0.05, "factor": 2.0}, "n_draws": 4,
}  # fmt: skip

results, data, figure = fixtures("figX7", CONFIG)
scales = st.lists(st.one_of(st.just(0.0), st.floats(-20, 20)), min_size=1, max_size=4)


@settings(deadline=None)
@given(scales, st.floats(0.2, 5), st.floats(1e-4, 0.9))
def test_a_mode_is_that_of_the_integrated_layers(lams, target, share):
    start = share * target
    squares = layer_squares(start, lams)
    scale = 1 + np.abs(lams).max()
    assert np.diff(squares) == pytest.approx(lams, abs=1e-13 * scale)
    assert np.sqrt(squares.prod()) == pytest.approx(start, rel=1e-12)
    end = float(lr.deep_time_to_reach(0.999 * target, target, start, lams))
    times = np.linspace(0, 1.5 * end, 7)

    def velocity(_, a):
        return a.prod() / a * (target - a.prod())

    flow = solve_ivp(velocity, (0, times[-1]), np.sqrt(squares), "DOP853", times, rtol=1e-12, atol=1e-15)
    assert lr.deep_mode_strength(times, target, start, lams) == pytest.approx(flow.y.prod(0), rel=1e-8)


@settings(deadline=None)
@given(st.one_of(st.just(0.0), st.floats(-1e3, 1e3)), st.floats(0.1, 10), st.floats(1e-6, 0.99), st.floats(0, 5))
def test_two_layers_have_the_closed_form(lam, target, share, time):
    times = np.array([0.0, time / np.hypot(lam, 2 * target)])
    expected = lr.mode_strength(times, target, share * target, lam)
    assert lr.deep_mode_strength(times, target, share * target, [lam]) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("lams", [[0.0], [3.0, -1.0], [0.1, 0.1, 0.1], [50.0, 50.0, 50.0, 50.0]])
def test_the_time_to_reach_is_the_inverse(lams):
    strengths = np.array([0.01, 0.2, 1.0, 1.99, 2 - 1e-9])
    times = lr.deep_time_to_reach(strengths, 2.0, 0.01, lams)
    assert lr.deep_mode_strength(times, 2.0, 0.01, lams) == pytest.approx(strengths, rel=1e-12)
    assert times[0] == 0
    assert lr.deep_mode_strength([1e6], 2.0, 0.01, lams)[0] == 2.0
    missing = 2.0 - strengths[-1]
    assert times[-1] - times[-2] == pytest.approx(np.log(0.01 / missing) / fastest_rate(2.0, lams), rel=0.02)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([0.0], 1.0, 1.0, [0]), "initial must be less than target"),
        (([0.0], 1.0, -0.1, [0]), "initial"),
        (([-1.0], 1.0, 0.1, [0]), "none negative"),
        (([0.0], 1.0, 0.1, [np.nan]), "lams must be finite"),
        (([0.0], 1.0, 0.1, []), "lams must be finite"),
        (([0.0], 1.0, 1e-200, [10]), "initial = 1e-200, target = 1 and lams must be nearer"),
        (([0.0], 1.0, 0.1, [1e200] * 5), "beyond float64"),
        (([0.0], 1e300, 1e-299, [1]), "beyond float64"),
        (([0.0], 1.0, 1 - 1e-16, [0, 0, 0]), "not within rounding of target"),
        (([0.0], 1.0, 1 - 1e-14, [7]), "not within rounding of target"),
    ],
)
def test_impossible_modes_are_refused(arguments, said):
    with pytest.raises(ValueError, match=said):
        lr.deep_mode_strength(*arguments)
    if arguments[0] == [0.0]:
        with pytest.raises(ValueError, match=said):
            lr.deep_time_to_reach(arguments[2], *arguments[1:])


@pytest.mark.parametrize(("initial", "lam"), [(1e-17, 0.0), (1e-100, 0.0), (1e-100, 7.0), (1 - 1e-12, -3.0)])
def test_extreme_starts_have_the_closed_form_too(initial, lam):
    times = np.array([0.0, 0.5, 30.0, 116.0, 1e308])
    expected = lr.mode_strength(times[:-1], 1.0, initial, lam)
    found = lr.deep_mode_strength(times, 1.0, initial, [lam])
    assert found[:-1] == pytest.approx(expected, rel=1e-9)
    assert found[-1] == 1.0
    half = (1 + initial) / 2
    assert lr.deep_time_to_reach(half, 1.0, initial, [lam]) == pytest.approx(
        lr.time_to_reach(half, 1.0, initial, lam), rel=1e-3 if initial > 0.9 else 1e-9
    )


def test_a_start_that_takes_for_ever_and_no_strengths_at_all():
    late = lr.deep_mode_strength([0.0, 1e60, 1e300], 1.0, 1e-100, [0.0] * 8)
    assert late == pytest.approx([1e-100, 1e-100, 1.0], rel=1e-9)
    assert lr.deep_mode_strength([], 1.0, 0.1, [1]).shape == lr.deep_time_to_reach([], 1.0, 0.1, [1]).shape == (0,)
    last = lr.deep_time_to_reach(np.nextafter(2.0, 0), 2.0, 0.1, [1, 2])
    assert lr.deep_time_to_reach(2 - 1e-12, 2.0, 0.1, [1, 2]) < last < 20


def _network(lams, seed=0):
    rng = np.random.default_rng(seed)
    u, s, vt = np.linalg.svd(rng.standard_normal((3, 3)))
    return network.balanced_weights(u, s, vt, lams, rng=rng), (u * s) @ vt, rng


def test_starts_are_balanced_and_the_flow_keeps_it():
    lams = [1.5, -0.5, 0.0]
    weights, function, rng = _network(lams)
    assert network.network_function(weights) == pytest.approx(function, abs=1e-13)
    expected = np.array(lams)[:, None, None] * np.eye(3)
    assert network.balance(weights) == pytest.approx(expected, abs=1e-13)
    path = network.flow(weights, rng.standard_normal((3, 3)), np.array([0.0, 0.3, 1.0]))
    assert network.balance(path) == pytest.approx(np.broadcast_to(expected, (3, 3, 3, 3)), abs=1e-10)


def test_the_gradient_is_that_of_the_loss():
    weights, _, rng = _network([0.3, -0.2], 1)
    sigma_yx, direction = rng.standard_normal((3, 3)), rng.standard_normal(weights.shape)

    def loss(eps):
        return 0.5 * ((network.network_function(weights + eps * direction) - sigma_yx) ** 2).sum()

    expected = -(loss(1e-5) - loss(-1e-5)) / 2e-5
    assert (network.gradient(weights, sigma_yx) * direction).sum() == pytest.approx(expected, rel=1e-7)


def kernel_distance(*networks):
    return cosine_distance(*map(network.tangent_kernel, networks))


def test_the_tangent_kernel_is_that_of_the_jacobian():
    weights, _, _ = _network([0.3, -0.2], 2)
    columns = []
    for k in np.ndindex(weights.shape):
        step = np.zeros(weights.shape)
        step[k] = 1e-6
        columns.append(
            (network.network_function(weights + step) - network.network_function(weights - step)).ravel() / 2e-6
        )
    jacobian = np.array(columns).T
    assert network.tangent_kernel(weights) == pytest.approx(jacobian @ jacobian.T, abs=1e-7)
    two = weights[:2]
    assert network.tangent_kernel(two) == pytest.approx(lr.ntk(two[0], two[1], np.eye(3)), abs=1e-12)
    assert kernel_distance(weights, 1.1 * weights) == pytest.approx(0, abs=1e-15)
    one, other = network.tangent_kernel(weights), network.tangent_kernel(_network([0.3, -0.2], 5)[0])
    cosine = (one * other).sum() / np.linalg.norm(one) / np.linalg.norm(other)
    assert kernel_distance(weights, _network([0.3, -0.2], 5)[0]) == pytest.approx(1 - cosine, rel=1e-12)


def test_a_descent_that_diverges_says_so():
    weights, _, _ = _network([0.0])
    with pytest.raises(ValueError, match=r"gradient descent diverged \(run 0\) at learning rate η = 5: lower it"):
        descend(lambda w: [network.gradient(w, np.eye(3))], [weights[None]], [5.0], [0, 200])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"n_layers": [2, 4]}, "figX7.n_layers = [2, 4] must hold 2 and 3"),
        ({"lambdas": [0, 3, 1]}, "figX7.lambdas = [0, 3, 1] must ascend"),
        ({"lambdas": [1, 3]}, "must begin with 0"),
        ({"initial": 0.5}, "figX7.initial = 0.5 must be less than a tenth"),
        ({"random": {**CONFIG["random"], "function": 30}}, "figX7.random.function = 30 must be small"),
        ({"sweep": {**CONFIG["sweep"], "log_lambda": [2, 1]}}, "figX7.sweep.log_lambda = [2, 1] must ascend"),
    ],
)
def test_impossible_values_are_refused(change, said):
    assert any(said in mistake for mistake in mistakes_of("figX7", {**CONFIG, **change}))
    assert not list(mistakes_of("figX7", CONFIG))


def test_theory_descent_and_flow_agree(data):
    agreement = data["simulation/agreement"]
    assert len(agreement) == 2 * 2
    assert agreement["deviation_flow_strength"].max() < 1e-11
    assert agreement["deviation_strength"].between(1e-5, CONFIG["step"]).all()
    assert data["theory/two_layers"]["deviation_strength"].max() < 1e-14
    assert set(data["theory/two_layers"]["lam"]) == set(CONFIG["lambdas"])


def test_large_scales_make_networks_shallow(data):
    assert data["theory/slopes"]["slope_off"].abs().max() < 0.03
    end = data["simulation/end"]
    assert len(end) == len(data["task/random"]) == 3 * 2 * 4
    assert end["learned"].all()
    kernel = end.groupby(["depth", "scales", "lam"])["kernel_distance"].mean()
    assert kernel[2, "equal", 10] < 2e-4
    assert kernel[3, "equal", 10] < 1e-5
    assert kernel[3, "alternating", 10] > 0.03
    assert kernel[3, "equal", 0.1] > kernel[2, "equal", 0.1]


def test_figure(figure):
    axes = figure.get_axes()
    assert [len(a.lines) for a in axes] == [4, 4, 4, 3, 3]
    assert len(axes[4].collections) == 3
    assert_nothing_is_clipped(figure)
