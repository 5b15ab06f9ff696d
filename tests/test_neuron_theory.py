"""Limits, basins and implicit bias of the neuron, and wide and deep networks: values, flows, independent routes."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import minimize

import lazyrich as lr
from lazyrich.neuron import basins, bias, deep, limits
from lazyrich.neuron.start import kappa, layer_squares
from test_neuron import neurons

X = np.array([0.5, 1.0])  # Figure 4b: one example, y = 1.1
ONE_EXAMPLE = {"xty": 1.1 * X, "xtx": np.outer(X, X)}
START = [0.4, 0.05]


def data_of(rng, n, d):
    """(XᵀX, Xᵀy, X, y) of n examples, of size 1."""
    x, y = rng.standard_normal((n, d)) / np.sqrt(d), rng.standard_normal(n)
    return x.T @ x, x.T @ y, x, y


class TestLimits:
    target, beta = np.array([0.0, 1.0]), np.array([-1.0, 0.3])

    def error(self, name, delta):
        if name == "upstream":
            times = np.linspace(0, 10, 401) / delta
            expected = limits.upstream_function(times, self.beta, self.target, delta)
            got = lr.neuron_solution(*lr.neuron_start(self.beta, delta), self.target, times).beta
            return np.linalg.norm(got - expected, axis=-1).max()
        if name == "fast":
            times = np.linspace(0, 10, 401) / delta
            expected = limits.downstream_function(times, self.beta, self.target, -delta)
            got = lr.neuron_solution(*lr.neuron_start(self.beta, -delta), self.target, times).beta
            return np.linalg.norm(got - expected, axis=-1).max()
        times = np.linspace(0, 10, 401) * delta
        solution = lr.neuron_solution(*lr.neuron_start(self.beta, -delta), self.target, times)
        return np.abs(solution.phi - limits.downstream_alignment(times, solution.phi[0], 1.0, -delta)).max()

    @pytest.mark.parametrize("name", ["upstream", "fast", "slow"])
    def test_error_falls_as_the_square(self, name):
        errors = np.array([self.error(name, delta) for delta in (10.0, 100.0, 1e3, 1e4)])
        assert errors[-1] < 5e-8
        assert errors[:-1] / errors[1:] == pytest.approx(100, rel=0.1)

    def test_starts_and_scales_broadcast(self):
        betas, deltas, times = np.stack([self.beta, -self.beta]), np.array([10.0, 30.0]), np.linspace(0, 1, 5)
        for law, sign in ((limits.upstream_function, 1), (limits.downstream_function, -1)):
            both = law(times, betas, self.target, sign * deltas)
            assert both.shape == (2, 5, 2)
            assert (both[1] == law(times, betas[1], self.target, sign * 30.0)).all()
        with pytest.raises(ValueError, match="beta must not be zero"):
            limits.downstream_function(times, [0.0, 0.0], self.target, -1.0)

    def test_slow_value(self):
        assert limits.downstream_alignment(3.0, 0.2, 1.0, -4.0) == pytest.approx(0.39667788675208, rel=1e-13)

    def test_delay_is_proportional_to_delta(self):
        """Rates enter by their product only; φ at |δ|·t is the same for every δ."""
        first = limits.downstream_alignment(3.0, 0.2, 1.0, -4.0, rates=(2.0, 0.5))
        assert limits.downstream_alignment(30.0, 0.2, 1.0, -40.0) == pytest.approx(first, rel=1e-14)

    @pytest.mark.parametrize("sign", [1, -1])
    def test_balanced(self, sign):
        """Alignment is exact at every size; the sigmoid is exact once aligned."""
        rates, times, xty = (2.0, 0.5), np.linspace(0, 4, 9), np.array([0.0, 1.3])
        w, a = lr.neuron_start(self.beta, 0.0, sign=sign, rates=rates)
        solution = lr.neuron_solution(w, a, xty, times, rates=rates)
        expected = limits.balanced_alignment(times, solution.phi[0], 1.3, rates=rates, sign=sign)
        assert solution.phi == pytest.approx(expected, abs=1e-14)
        w, a = lr.neuron_start([0.0, 0.01], 0.0, sign=sign, rates=rates)
        solution = lr.neuron_solution(w, a, xty, times, rates=rates, delta=0.0)
        expected = limits.balanced_magnitude(times, sign * 0.01, 1.3, rates=rates)
        assert solution.mu == pytest.approx(expected, rel=1e-13)

    def test_tangent_operator(self):
        for delta in (1e6, -1e6):
            w, a = lr.neuron_start(self.beta, delta)
            m = lr.neuron_solution(w, a, self.target, [0.0]).tangent_operator[0]
            assert np.abs(m / abs(delta) - limits.tangent_operator(self.beta, delta) / abs(delta)).max() < 1e-11
        with pytest.raises(ValueError, match="delta must not be zero"):
            limits.tangent_operator(self.beta, 0.0)


class TestBasins:
    @given(neurons(sizes=(0.1, 1.0)))
    def test_sign_is_that_of_the_late_solution(self, neuron):
        w, a, xty, rates = neuron
        sign = basins.final_sign(w, a, xty, rates=rates)
        solution = lr.neuron_solution(w, a, xty, [1e9], rates=rates)
        assume(solution.margin > 0)
        assert np.sign(solution.a[0]) == sign == solution.final_sign
        s = np.sqrt(rates[0] * rates[1]) * np.linalg.norm(xty)
        delta = rates[0] * a**2 - rates[1] * w @ w
        printed = rates[1] * np.sqrt(rates[0]) * w @ xty + np.sqrt(rates[0]) * a / 2 * (delta + np.hypot(delta, 2 * s))
        assume(solution.margin > 1e-10)
        assert np.sign(printed) == sign
        if delta >= 0:
            assert sign == np.sign(a)

    def test_sign_matches_the_integrated_flow(self):
        rng = np.random.default_rng(5)
        a, w = rng.standard_normal(12), rng.standard_normal((12, 2))
        xty = np.array([0.4, 0.9])
        assert (basins.final_sign(w, a, xty) == np.sign(lr.neuron_flow(w, a, xty, [60.0]).a[:, 0])).all()

    @pytest.mark.parametrize("delta", [0.0, -1e-8, -2.0, -10.0, -50.0])
    def test_surface(self, delta):
        """Points on it have δ, tend to the saddle, and part to both sides; no 0/0 at any time."""
        target = np.array([1.0, 0.25])
        s = np.linalg.norm(target)
        b, e = target / s, np.array([-target[1], target[0]]) / s
        for a in (-4.0, 0.7):
            along, across = basins.separating_surface(a, s, delta)
            w = along * b + across * e
            assert a**2 - w @ w == pytest.approx(delta, abs=1e-13 * (a**2 + w @ w))
            solution = lr.neuron_solution(w, a, target, [0.0, 10.0 / s, 1e3, 1e6], delta=delta)
            assert solution.margin < 1e-14
            assert abs(solution.a[1]) < 1e-3
            assert np.isfinite(solution.w).all()
            for side in (1, -1):
                assert basins.final_sign(w, a + side * 1e-3, target) == side

    def test_exactly_on_the_surface_it_stays_at_the_saddle(self):
        times = [0.0, 1.0, 10.0, 400.0, 1e3, 1e6]
        at_zero = lr.neuron_solution([4.0, 0.0], -4.0, [1.0, 0.0], times)
        assert (at_zero.margin, at_zero.final_sign) == (0.0, 0.0)
        assert np.abs(at_zero.a[3:]).max() < 1e-100
        still = lr.neuron_solution([0.0, 1.5], 0.0, [1.0, 0.0], times)  # a = w·β* = 0 is a saddle point
        assert (still.a == 0).all()
        assert (still.w == [0.0, 1.5]).all()

    def test_so_near_the_surface_that_it_leaves_late(self):
        """P₊ ~ 10⁻³²⁰: a tends to 0 for 700 units of time, and then to its branch."""
        solution = lr.neuron_solution([4.0, 1e-150], -4.0, [1.0, 0.0], [10.0, 300.0, 1e4], delta=0.0)
        assert np.abs(solution.a[1]) < 1e-80
        assert solution.beta[2] == pytest.approx([1.0, 0.0], abs=1e-14)

    def test_known_end_points(self):
        """Figure 7: a(200) from the surface at a = −4, β* = (1, 0.25), moved by ±10⁻³."""
        w = np.array([[3.88057, 0.9701425], [2.58551183, -3.36379675], [1.62856617, -4.83195325]])
        for sign, ends in ((1, [1.01330, 0.65949, 0.32413]), (-1, [-1.01724, -0.66133, -0.32439])):
            solution = lr.neuron_solution(w, np.full(3, -4 + sign * 1e-3), [1.0, 0.25], [200.0])
            assert solution.a[:, 0] == pytest.approx(ends, abs=2e-5)
        along, across = basins.separating_surface(-4.0, np.sqrt(1.0625), np.array([0.0, -2.0, -10.0]))
        target = np.array([1.0, 0.25]) / np.sqrt(1.0625)
        roots = along[:, None] * target + across[:, None] * [target[1], -target[0]]
        assert np.abs(roots - w).max() < 1e-5

    def test_bad_input(self):
        with pytest.raises(ValueError, match="delta must not be positive"):
            basins.separating_surface(1.0, 1.0, 1.0)
        with pytest.raises(ValueError, match="read it off the end of neuron_flow"):
            basins.final_sign([1.0, 1.0], 0.1, [1.0, 1.0], xtx=np.diag([1.0, 2.0]))


class TestBias:
    @pytest.mark.parametrize(
        ("delta", "expected"),
        [
            (-4, (1.55107694016637, 0.324461529916815)),
            (-1, (1.18817486206189, 0.505912568969056)),
            (0, (0.943004323155315, 0.628497838422343)),
            (1, (0.803396478668536, 0.698301760665732)),
            (4, (0.747882546281105, 0.726058726859447)),
        ],
    )
    def test_values(self, delta, expected):
        w, a = lr.neuron_start(START, delta)
        learned = bias.learned_function(w, a, **ONE_EXAMPLE)
        assert learned == pytest.approx(expected, rel=1e-13)
        end = lr.neuron_solution(w, a, times=[1e4], **ONE_EXAMPLE).beta[0]
        assert learned == pytest.approx(end, rel=1e-13)
        if delta == -4:
            assert (learned - [0.44, 0.88]) @ [-2, 1] / np.sqrt(5) == pytest.approx(-1.24222178322223, rel=1e-13)

    def test_potential_values(self):
        potential, slope = bias.potential(1.5, [-2, 0, 2]), bias.potential_slope(0.5, [-2, 0, 2])
        assert potential == pytest.approx([3.2123402092734, 1.73205080756888, -0.311299530825906], rel=1e-13)
        assert slope == pytest.approx([2.05817102727149, 1, 0.485868271756646], rel=1e-13)

    @pytest.mark.parametrize("delta", [-1e3, -1.0, 0.0, 2.0])
    def test_gradient_is_the_derivative(self, delta):
        beta, rates, h = np.array([0.3, -0.8, 0.1]), (3.0, 0.5), 1e-5
        steps = h * np.eye(3)
        up, down = (
            bias.potential(np.linalg.norm(beta + sign * steps, axis=-1), delta, rates=rates) for sign in (1, -1)
        )
        gradient = bias.potential_gradient(beta, delta, rates=rates)
        assert (up - down) / (2 * h) == pytest.approx(gradient, rel=1e-5 if abs(delta) > 10 else 1e-8, abs=1e-9)
        assert (bias.potential_gradient(np.zeros(3), delta) == 0).all()

    @given(neurons(deltas=(0.0, 0.5, 4.0, -1.0, -4.0), most=6), st.integers(1, 5), st.sampled_from([1, -1]))
    def test_learned_function_is_stationary_and_fits(self, neuron, n, sign):
        """The general minimiser's conditions: Xβ = y, and ∇Ψ − σ√(2η_a)√(η_aη_w) w(0) in the row space."""
        w, a, _, rates = neuron
        rng = np.random.default_rng(w.size)
        n = min(n, w.size)
        xtx, xty, x, y = data_of(rng, n, w.size)
        assume(np.linalg.cond(x) < 1e3)
        learned = bias.learned_function(w, a, xty, xtx=xtx, rates=rates, sign=sign)
        assert np.abs(x @ learned - y).max() < 1e-9 * max(1, np.abs(learned).max())
        delta = rates[0] * a**2 - rates[1] * w @ w
        free = bias.potential_gradient(learned, delta, rates=rates) - bias.linear_coefficient(w, sign, rates=rates)
        rows = np.linalg.qr(x.T)[0]
        rest = free - rows @ (rows.T @ free)
        # δ beside a larger |w|²: the weights show it to ε|w|², and so √(κ − δ)
        assert np.abs(rest).max() <= 1e-9 * max(1.0, np.abs(free).max())

    @pytest.mark.parametrize("seed", range(6))
    def test_minimiser_and_long_flow(self, seed):
        """The constrained minimum by BFGS, the closed form, and the end of the flow for general X: one function."""
        rng = np.random.default_rng(seed)
        d, n, rates = 5, 1 + seed % 4, ((1.0, 1.0), (2.0, 0.5))[seed % 2]
        delta = [-4.0, -1.0, 0.0, 0.5, 4.0, -2.0][seed]
        xtx, xty, x, y = data_of(rng, n, d)
        w, a = lr.neuron_start(rng.standard_normal(d) * 0.5, delta, rates=rates)
        if seed == 5:
            w, a = w - 3 * x.T @ np.linalg.solve(x @ x.T, y), 0.1  # starts away from the target: a changes sign
        flow = lr.neuron_flow(w, a, xty, [3000.0], xtx=xtx, rates=rates, method="LSODA", rtol=1e-11, atol=1e-13)
        sign = np.sign(flow.a[0])
        assert seed != 5 or sign != np.sign(a)
        learned = bias.learned_function(w, a, xty, xtx=xtx, rates=rates, sign=sign)
        assert np.abs(flow.beta[0] - learned).max() < 1e-8
        delta = rates[0] * a**2 - rates[1] * w @ w
        least = np.linalg.lstsq(x, y)[0]
        null = np.linalg.svd(x)[2][n:].T
        pull = bias.linear_coefficient(w, sign, rates=rates)

        def objective(z):
            beta = least + null @ z
            gradient = bias.potential_gradient(beta, delta, rates=rates) - pull
            return bias.potential(np.linalg.norm(beta), delta, rates=rates) - pull @ beta, null.T @ gradient

        best = minimize(objective, np.zeros(d - n), jac=True, method="BFGS", options={"gtol": 1e-9})
        assert np.abs(least + null @ best.x - learned).max() < 1e-6

    def test_sign_is_known_without_a_flow_where_it_can_be(self):
        rng = np.random.default_rng(1)
        xtx, xty, *_ = data_of(rng, 2, 4)
        w, a = lr.neuron_start(rng.standard_normal(4), 1.0, sign=-1)
        by_sign = bias.learned_function(w, a, xty, xtx=xtx, sign=-1)
        assert (bias.learned_function(w, a, xty, xtx=xtx) == by_sign).all()
        w = rng.standard_normal((50, 2))
        learned = bias.learned_function(w, 0.2, **ONE_EXAMPLE)
        ends = lr.neuron_solution(w, 0.2, times=[1e4], **ONE_EXAMPLE)
        assert (ends.final_sign < 0).any()
        assert np.abs(learned - ends.beta[:, 0]).max() < 1e-11

    def test_limits(self):
        nearest, scaled = bias.nearest_fit(START, **ONE_EXAMPLE), bias.scaled_fit(START, **ONE_EXAMPLE)
        assert nearest == pytest.approx([0.74, 0.73], rel=1e-13)
        assert scaled == pytest.approx([1.76, 0.22], rel=1e-13)
        for delta, limit in ((1e5, nearest), (-1e5, scaled)):
            w, a = lr.neuron_start(START, delta)
            assert np.abs(bias.learned_function(w, a, **ONE_EXAMPLE) - limit).max() < 1e-8
        with pytest.raises(ValueError, match="rank one"):
            bias.scaled_fit(START, [1.0, 1.0])
        with pytest.raises(ValueError, match="positive overlap"):
            bias.scaled_fit([-0.4, 0.0], **ONE_EXAMPLE)


def test_layer_squares_lose_no_digits():
    """κ − δ at δ ≫ |β| is 2η_aη_w|β|²/δ, not a difference."""
    inputs, readout = layer_squares(1e-3, 1e8, rates=(2.0, 0.5))
    assert (inputs, readout) == pytest.approx((1e-14, 1e8), rel=1e-14)
    assert layer_squares(1e-3, -1e8).readout == pytest.approx(1e-14, rel=1e-14)
    assert kappa(2.0, 3.0) == 5.0
    assert layer_squares(0.0, 0.0) == (0.0, 0.0)


class TestDeep:
    @pytest.mark.parametrize(
        ("layers", "expected"),
        [
            (1, (0.943004323155315, 0.628497838422343)),
            (2, (1.06260656759725, 0.568696716201377)),
            (3, (1.14571805970719, 0.527140970146403)),
            (5, (1.25795363338407, 0.471023183307966)),
        ],
    )
    def test_values(self, layers, expected):
        assert deep.learned_function(START, **ONE_EXAMPLE, hidden_layers=layers) == pytest.approx(expected, rel=1e-12)

    @pytest.mark.parametrize("layers", [1, 2, 4])
    def test_velocity_is_that_of_the_layers(self, layers):
        """L scalar layers and one vector layer, all of size r, moved by their own gradients."""
        beta, gradient = np.array([0.3, -0.8]), np.array([0.5, 0.2])
        r = np.linalg.norm(beta) ** (1 / (layers + 1))
        b = beta / np.linalg.norm(beta)
        vector, scalar = -(r**layers) * gradient, -(r**layers) * b @ gradient
        expected = r**layers * vector + layers * r ** (layers - 1) * scalar * r * b
        assert deep.velocity(beta, gradient, layers) == pytest.approx(expected, rel=1e-13)

    @pytest.mark.parametrize("seed", range(6))
    def test_matches_the_flow_and_the_minimiser(self, seed):
        rng = np.random.default_rng(seed)
        layers, n = 1 + seed % 4, 1 + seed % 3
        xtx, xty, x, y = data_of(rng, n, 4)
        start = np.linalg.lstsq(x, y)[0] + 0.5 * rng.standard_normal(4)

        def velocity(_, beta):
            return deep.velocity(beta, xtx @ beta - xty, layers)

        end = solve_ivp(velocity, (0, 3000), start, method="LSODA", rtol=1e-11, atol=1e-13).y[:, -1]
        learned = deep.learned_function(start, xty, xtx, layers)
        assert np.abs(end - learned).max() < 1e-8
        null = np.linalg.svd(x)[2][n:].T
        best = minimize(lambda z: deep.potential(learned + null @ z, start, layers), np.zeros(4 - n), method="BFGS")
        assert np.abs(best.x).max() < 1e-3
        h = 1e-6 * null.T
        slope = (deep.potential(learned + h, start, layers) - deep.potential(learned - h, start, layers)) / 2e-6
        assert np.abs(slope).max() < 1e-8

    def test_one_layer_is_the_neuron(self):
        rng = np.random.default_rng(0)
        xtx, xty, *_ = data_of(rng, 2, 6)
        beta = rng.standard_normal(6) * 1e-3 + xty
        expected = bias.learned_function(*lr.neuron_start(beta, 0.0), xty, xtx=xtx, sign=1, delta=0.0)
        assert deep.learned_function(beta, xty, xtx, 1) == pytest.approx(expected, rel=1e-12)

    def test_extremes(self):
        """Starts of any size: the equation is solved for the logarithm."""
        for size in (1e-100, 1e-8, 1e8, 1e100):
            learned = deep.learned_function([0.4 * size, 0.05 * size], **ONE_EXAMPLE, hidden_layers=3)
            assert np.isfinite(learned).all()
            assert learned @ X == pytest.approx(1.1, rel=1e-12 * max(1, np.abs(learned).max()))
        with pytest.raises(ValueError, match="not zero"):
            deep.learned_function([0.0, 0.0], **ONE_EXAMPLE, hidden_layers=1)
