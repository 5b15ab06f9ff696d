"""Sizes at the ends of float64, conditions at the ends of what can be solved: right, or refused with the size named."""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import lazyrich as lr
from cases import EPS
from lazyrich.linear import observables
from lazyrich.linear.readout import train_readout


def draw(seed=0, shape=(4, 3, 5)):
    n_in, n_hidden, n_out = shape
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n_hidden, n_in)), rng.standard_normal((n_out, n_hidden)), rng


class TestKernelDistance:
    @given(st.integers(-300, 300), st.integers(-300, 300), st.integers(0, 999), st.sampled_from([None, 1e-200, 1e150]))
    def test_does_not_see_the_size_of_either_network(self, first, second, seed, inputs):
        w1, w2, rng = draw(seed)
        v1, v2, _ = draw(seed + 1)
        sigma_xx = None
        if inputs:
            root = rng.standard_normal((4, 6))
            sigma_xx = root @ root.T
        expected = lr.kernel_distance(w1, w2, v1, v2, sigma_xx)
        a, b = 10.0**first, 10.0**second
        scaled = sigma_xx if sigma_xx is None else inputs * sigma_xx
        assert lr.kernel_distance(a * w1, a * w2, b * v1, b * v2, scaled) == pytest.approx(expected, rel=1e-12)

    def test_one_small_network_of_a_batch(self):
        w1, w2, _ = draw()
        v1, v2, _ = draw(1)
        sizes = 10.0 ** np.array([-200, 0, 200])[:, None, None]
        found = lr.kernel_distance(w1, w2, sizes * v1, sizes * v2)
        assert found == pytest.approx(np.full(3, lr.kernel_distance(w1, w2, v1, v2)), rel=1e-12)

    def test_networks_of_different_widths_are_refused(self):
        w1, w2, _ = draw()
        v1, v2, _ = draw(1, (4, 3, 1))
        with pytest.raises(ValueError, match=r"same inputs and outputs; got .*\(5, 3\).*\(1, 3\)"):
            lr.kernel_distance(w1, w2, v1, v2)
        with pytest.raises(ValueError, match=r"same inputs and outputs; got .*\(3, 1\).*\(3, 4\)"):
            lr.kernel_distance(w1[:, :1], w2, w1, w2)
        with pytest.raises(ValueError, match="leading axes"):
            lr.kernel_distance(*(np.stack([w] * 2) for w in (w1, w2)), *(np.stack([w] * 3) for w in (w1, w2)))

    def test_hidden_widths_may_differ(self):
        w1, w2, _ = draw()
        wider = np.vstack([w1, np.zeros((2, 4))]), np.hstack([w2, np.zeros((5, 2))])
        assert lr.kernel_distance(w1, w2, *wider) <= 1e-30


@given(st.integers(-140, 139), st.integers(0, 999))
def test_balance_scales_as_the_square(exponent, seed):
    w1, w2, _ = draw(seed)
    c = 10.0**exponent
    found, expected = lr.balance(c * w1, c * w2), lr.balance(w1, w2)
    for a, b in zip(found, expected, strict=True):
        assert a / c / c == pytest.approx(b, rel=1e-12)
    assert lr.relative_imbalance(c * w1, c * w2) == pytest.approx(lr.relative_imbalance(w1, w2), rel=1e-12)


def test_cosine_distance_has_no_size():
    a, b = draw()[0], draw(1)[0]
    expected = observables.cosine_distance(a, b)
    assert observables.cosine_distance(1e-200 * a, 1e200 * b) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("size", [1e100, 1e-200, 1e300])
@pytest.mark.parametrize(
    "call",
    [
        lambda w1, w2: lr.exact_solution(w1, w2, np.eye(2), [0.0, 1.0]),
        lambda w1, w2: lr.gradient_flow(w1, w2, np.eye(2), [0.0, 1.0]),
        lambda w1, w2: lr.gradient_descent(w1, w2, np.eye(2), learning_rate=0.1, steps=2),
        lambda w1, w2: lr.nearest_balanced(w1, w2),
    ],
)
def test_weights_whose_squares_are_lost_are_refused(call, size):
    with pytest.raises(ValueError, match=r"entry of w1 and w2 must be 0, or from 1e-140 to 1e\+70; got .*other units"):
        call(size * np.eye(2), size * np.eye(2))


def test_a_task_whose_squares_are_lost_is_refused():
    for task in (1e200 * np.eye(2), lr.Task(1e60 * np.eye(2), 1e-90)):
        with pytest.raises(ValueError, match=r"of sigma_yx over that of sigma_xx must be at most 1e\+140"):
            lr.exact_solution(np.eye(2), np.eye(2), task, [0.0])
    with pytest.raises(ValueError, match=r"entry of w1 and w2, for their squares, must be at most 1e\+140"):
        lr.balance(1e160 * np.eye(2), np.eye(2))


@pytest.mark.parametrize("c", [1e-60, 1e-30, 1e30, 1e60])
def test_the_exact_solution_in_other_units(c):
    """c times the weights and c² times the task is the same problem at 1/c² of the time."""
    w1, w2 = lr.lambda_balanced_weights(1.0, 4, 3, 5, rng=np.random.default_rng(0), scale=0.5)
    sigma, times = np.random.default_rng(1).standard_normal((5, 4)), np.linspace(0, 4, 5)
    one = lr.exact_solution(w1, w2, sigma, times)
    other = lr.exact_solution(c * w1, c * w2, c**2 * sigma, times / c**2)
    assert np.abs(other.network_function / c**2 - one.network_function).max() < 1e-13
    assert other.loss() / c**4 == pytest.approx(one.loss(), rel=1e-12)
    assert other.kernel_distance() == pytest.approx(one.kernel_distance(), rel=1e-10, abs=1e-28)


class TestModes:
    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            ((0.5, 1.0, 0.1, 1e78), np.log(0.9 / 0.5) / 1e78),  # an exponential at the rate |λ|
            ((0.5, 1.0, 0.1, 1e160), np.log(0.9 / 0.5) / 1e160),
            ((1e-200, 1.0, 1e-201, 0.0), np.log(10) / 2),
            ((0.5, 1.0, 1e-300, 0.0), np.log(1e300) / 2),
            ((2e-300, 0.0, 4e-300, 0.0), 1 / 8e-300),
            ((0.5e200, 1e200, 0.1e200, 0.0), np.log(9) / 2e200),
        ],
    )
    def test_time_to_reach_at_the_ends(self, arguments, expected):
        assert lr.time_to_reach(*arguments) == pytest.approx(expected, rel=1e-13)

    @given(
        st.integers(-290, 290),
        st.sampled_from([0.0, 0.3, 1.0]),
        st.sampled_from([1e-6, 0.2, -0.7, 3.0]),
        st.sampled_from([0.0, 1e-9, 1.0, 40.0]),
    )
    def test_all_sizes_are_one_in_other_units(self, exponent, target, initial, lam):
        c, times = 10.0**exponent, np.array([0.0, 0.1, 1.0, 10.0])
        scaled = lr.mode_strength(times / c, c * target, c * initial, c * lam) / c
        assert scaled == pytest.approx(lr.mode_strength(times, target, initial, lam), rel=1e-12, abs=1e-13)
        value = 0.6 * initial + 0.4 * target
        expected = lr.time_to_reach(value, target, initial, lam)
        assert lr.time_to_reach(c * value, c * target, c * initial, c * lam) * c == pytest.approx(expected, rel=1e-10)

    @given(st.floats(-70, 70), st.floats(-70, 70), st.floats(-70, 70), st.booleans(), st.floats(-3, 3))
    def test_sizes_far_apart_against_60_digits(self, s, a0, c, up, t):
        target, initial, lam = 10.0**s, 10.0**a0 * (1 if up else -1), 10.0**c
        time = 10.0**t / np.hypot(target, lam / 2)
        with mp.workdps(400):
            exact = _mode(time, target, initial, lam)
        found = lr.mode_strength(time, target, initial, lam)
        assert abs(found - exact) <= 1e-12 * (abs(exact) if up else max(target, -initial))

    @pytest.mark.parametrize("size", [1e-140, 1.0, 1e150, 1e299])
    @pytest.mark.parametrize("start", [1e-120, 1e-10, 0.1])
    @pytest.mark.parametrize("lam", [0.0, 3.0])
    def test_deep_modes_of_two_layers_are_these(self, size, start, lam):
        if size == 1.0 or start > 1e-100:  # else refused: the layers' strengths are too far apart
            arguments = 0.5 * size, size, start * size, np.array([lam * size])
            expected = lr.time_to_reach(*arguments[:3], lam * size)
            assert lr.deep_time_to_reach(*arguments) == pytest.approx(expected, rel=1e-12)

    def test_late_times_are_the_end(self):
        assert lr.mode_strength(1e300, 1e200, 1.0, 0.0) == 1e200
        assert lr.mode_strength([1e300], 1e-5, 1e200, 1e150) == pytest.approx(1e-5)

    def test_shapes_that_do_not_fit(self):
        with pytest.raises(ValueError, match=r"must broadcast; got shapes \(\), \(2,\), \(3,\)"):
            lr.mode_strength(0.0, [1, 2], [1, 2, 3], 0.0)


def _mode(time, target, initial, lam):
    t, s, a0, c = (mp.mpf(float(v)) for v in (time, target, initial, lam / 2))
    if s == a0:
        return float(s)
    u = mp.sinh(2 * mp.sqrt(s * s + c * c) * t + mp.asinh((s * a0 + c * c) / (c * abs(s - a0))))
    return float(c * (s * u - c) / (s + c * u) if a0 < s else c * (s * u + c) / (c * u - s))


class TestLoss:
    """Right to rounding of ½ tr Σyy at any condition of Σxx, and of itself where the map is nearly the best."""

    @staticmethod
    def exact(function, sigma_yx, sigma_xx, trace):
        with mp.workdps(60):
            w, yx, xx = (mp.matrix(a.tolist()) for a in (function, sigma_yx, sigma_xx))
            cross = mp.fsum((yx.T * w)[i, i] for i in range(w.cols))
            square = w * xx * w.T
            return float(mp.mpf(trace) / 2 - cross + mp.fsum(square[i, i] for i in range(w.rows)) / 2)

    @pytest.mark.parametrize("condition", [1.0, 1e4, 1e8, 1e12, 1e14])
    @pytest.mark.parametrize("distance", [1.0, 1e-3, 1e-6])
    @pytest.mark.parametrize("seed", range(5))
    def test_against_60_digits(self, condition, distance, seed):
        rng = np.random.default_rng(seed)
        q = np.linalg.qr(rng.standard_normal((5, 5)))[0]
        x = (q * np.geomspace(1, condition**-0.5, 5)) @ np.linalg.qr(rng.standard_normal((5, 5)))[0] * np.sqrt(5)
        best = rng.standard_normal((3, 5))
        task = lr.Task.from_data(x, best @ x, rows=False)
        function = best + distance * rng.standard_normal((3, 5))
        found = observables.loss(function, task.sigma_yx, task.sigma_xx, task.sigma_yy_trace)
        exact = self.exact(function, task.sigma_yx, task.sigma_xx, task.sigma_yy_trace)
        assert abs(found - exact) <= 1e-14 * task.sigma_yy_trace
        # without what cancels: the distance itself keeps its digits as far as Σyx has them
        excess = observables.loss(function, task.sigma_yx, task.sigma_xx)
        true = (((function - best) @ x) ** 2).sum() / 10
        rounded = 100 * EPS * np.sqrt(condition * task.sigma_yy_trace)  # of Σyx c^{−½}
        assert abs(excess - true) <= 1e-13 * true + 1e-14 * np.sqrt(true * task.sigma_yy_trace) + rounded**2

    def test_directions_that_the_inputs_lack_do_not_count(self):
        rng = np.random.default_rng(0)
        x = np.vstack([rng.standard_normal((3, 9)), np.zeros((2, 9))])
        y = rng.standard_normal((4, 9))
        task = lr.Task.from_data(x, y, rows=False)
        function = rng.standard_normal((4, 5))
        found = observables.loss(function, task.sigma_yx, task.sigma_xx, task.sigma_yy_trace)
        assert found == pytest.approx(((y - function @ x) ** 2).sum() / 18, rel=1e-13)

    def test_of_many_runs(self):
        rng = np.random.default_rng(0)
        root = rng.standard_normal((6, 4, 9))
        xx, yx, function = (
            root @ root.swapaxes(1, 2) / 9,
            rng.standard_normal((6, 3, 4)),
            rng.standard_normal((6, 3, 4)),
        )
        for k in range(6):
            alone = observables.loss(function[k], yx[k], xx[k], 9.0)
            assert observables.loss(function, yx, xx, 9.0)[k] == pytest.approx(alone, rel=1e-13)


class TestFlow:
    @pytest.mark.parametrize("scale", [1e-12, 1e-20, 1e-40])
    def test_small_starts_keep_their_digits(self, scale):
        w1, w2 = lr.lambda_balanced_weights(0.0, 4, 3, 5, rng=np.random.default_rng(0), scale=1.0)
        w1, w2 = scale * w1, scale * w2
        sigma = np.random.default_rng(1).standard_normal((5, 4))
        times = np.linspace(0, 1.5 * np.log(1 / scale) / np.linalg.norm(sigma, 2), 5)
        flow, exact = lr.gradient_flow(w1, w2, sigma, times), lr.exact_solution(w1, w2, sigma, times, lam=0.0)
        for a, b in zip(flow.network_function, exact.network_function, strict=True):
            assert np.abs(a - b).max() < 1e-10 * np.abs(b).max()

    def test_a_large_problem_is_the_same_problem(self):
        w1, w2, rng = draw()
        sigma, c = rng.standard_normal((5, 4)), 1e6
        one = lr.gradient_flow(w1, w2, sigma, [0.0, 2.0])
        other = lr.gradient_flow(c * w1, c * w2, c**2 * sigma, [0.0, 2.0 / c**2])
        assert np.abs(other.network_function / c**2 - one.network_function).max() < 1e-10

    @pytest.mark.parametrize(("small", "time"), [(1e-12, 5.0), (1e-15, 17.2), (1e-30, 20.0)])
    def test_a_small_mode_beside_a_large_one_takes_an_atol_below_it(self, small, time):
        start, sigma = np.diag([1.0, small]), np.diag([1.0, 2.0])
        found = lr.gradient_flow(start, start, sigma, [time], atol=1e-45).network_function[0, 1, 1]
        assert found == pytest.approx(lr.mode_strength(time, 2.0, small**2, 0.0), rel=1e-9)

    @settings(max_examples=40)
    @given(
        st.sampled_from([-140, -90, -85, -80, -40, -31, 0, 31, 65]),
        st.sampled_from([-200, -60, 0, 60, 200]),
        st.sampled_from([0, -200, 130]),
        st.integers(0, 99),
        st.booleans(),
    )
    def test_all_sizes_and_rates_are_one_in_other_units(self, exponent, slow, inputs, seed, full):
        # times, and tasks, that float64 holds
        assume(-300 < slow - 2 * exponent - inputs < 300 and -300 <= 2 * exponent + inputs <= 139)
        w1, w2, rng = draw(seed)
        root, times = rng.standard_normal((4, 9)), np.array([0.0, 0.3, 1.0])
        sigma_xx = root @ root.T / 9 if full else 0.7
        sigma_yx = rng.standard_normal((5, 4)) * 0.5
        one = lr.gradient_flow(w1, w2, lr.Task(sigma_yx, sigma_xx), times, atol=1e-13)
        c, tau, v = 10.0**exponent, 10.0**slow, 10.0**inputs
        task = lr.Task(v * c * c * sigma_yx, v * sigma_xx)
        other = lr.gradient_flow(
            c * w1, c * w2, task, times * 10.0 ** (slow - 2 * exponent - inputs), tau=tau, atol=c * 1e-13
        )
        assert np.abs(other.w1 / c - one.w1).max() < 1e-10
        assert np.abs(other.w2 / c - one.w2).max() < 1e-10
        assert (other.start[0] == c * w1).all()

    def test_tiny_weights_without_a_task_or_with_one(self):
        w1, w2, _ = draw()
        for sigma in (np.zeros((5, 4)), np.full((5, 4), 1e-300)):
            flow = lr.gradient_flow(1e-85 * w1, 1e-85 * w2, sigma, [0.0, 1e170])
            one = lr.gradient_flow(w1, w2, np.zeros((5, 4)), [0.0, 1.0])
            assert flow.w1 / 1e-85 == pytest.approx(one.w1, abs=1e-10)

    def test_zero_weights_stay(self):
        flow = lr.gradient_flow(np.zeros((2, 3)), np.zeros((4, 2)), np.ones((4, 3)), [0.0, 1.0])
        assert not flow.qqt.any()

    def test_a_given_tolerance_is_absolute_and_checked(self):
        w1, w2, rng = draw()
        sigma = rng.standard_normal((5, 4))
        rough = lr.gradient_flow(1e-6 * w1, 1e-6 * w2, sigma, [0.0, 1.0], atol=1e-5, rtol=1e-3)
        fine = lr.gradient_flow(1e-6 * w1, 1e-6 * w2, sigma, [0.0, 1.0])
        assert np.abs(rough.w1[-1] - fine.w1[-1]).max() > 1e-12
        with pytest.raises(ValueError, match="atol must be a finite number larger than 0"):
            lr.gradient_flow(w1, w2, sigma, [0.0], atol=-1.0)


class TestDivergence:
    @pytest.mark.parametrize("steps", [5, 6, 7, 8])
    def test_is_seen_by_size_before_overflow(self, steps):
        rng = np.random.default_rng(0)
        w1, w2 = lr.lambda_balanced_weights(1.0, 5, 5, 5, rng=rng, scale=0.5)
        with pytest.raises(ValueError, match=r"diverged before step .*learning_rate η = 0.8"):
            lr.gradient_descent(w1, w2, 3 * rng.standard_normal((5, 5)), learning_rate=0.8, steps=steps)

    @given(st.integers(0, 10**6), st.sampled_from([1e-3, 1.0, 5.0]), st.sampled_from([None, 1e-4]))
    def test_the_reach_holds_all_that_the_flow_does(self, seed, scale, condition):
        from lazyrich.linear.descent import _reach

        w1, w2, rng = draw(seed)
        sigma_xx = 1.0
        if condition:
            q = np.linalg.qr(rng.standard_normal((4, 4)))[0]
            sigma_xx = (q * np.geomspace(1, condition, 4)) @ q.T
        fit = rng.standard_normal((5, 4))
        task = lr.Task(fit @ (sigma_xx * np.eye(4) if condition is None else sigma_xx), sigma_xx)
        w1 = scale * w1
        flow = lr.gradient_flow(w1, w2, task, [0.0, 0.1, 1.0, 3.0], rtol=1e-6)
        reach = _reach(w1[None], w2[None], task)[0]
        for w in (flow.w1, flow.w2):
            assert np.linalg.norm(w, axis=(1, 2)).max() <= reach * (1 + 1e-6)

    @given(
        st.sampled_from([1e-140, 1e-100, 1e-85, 1e-30, 1.0, 1e60]),
        st.sampled_from([0.0, 1e-170, 1.0]),
        st.integers(0, 999),
    )
    def test_small_problems_do_not_diverge(self, c, task, seed):
        """Nor do they move where the task is zero or tiny beside them, and other units change nothing."""
        w1, w2, rng = draw(seed)
        sigma = task * rng.standard_normal((5, 4))
        rate = 0.01
        one = lr.gradient_descent(w1, w2, sigma, learning_rate=rate, steps=20)
        other = lr.gradient_descent(c * w1, c * w2, c * c * sigma, learning_rate=rate / c / c, steps=20)
        assert other.w1 / c == pytest.approx(one.w1, rel=1e-10, abs=1e-12)
        still = lr.gradient_descent(1e-85 * w1, 1e-85 * w2, 1e-100 * sigma, learning_rate=0.1, steps=3)
        assert (still.w1[-1] == still.w1[0]).all() or task == 1.0

    def test_is_seen_within_ten_times_the_reach(self):
        with pytest.raises(ValueError, match="diverged before step 3"):
            lr.gradient_descent([[0.083]], [[0.083]], [[1.0]], learning_rate=6.186, steps=3)

    @given(st.integers(0, 10**6), st.floats(0.1, 3.0))
    def test_bounded_descent_is_left_alone(self, seed, factor):
        """At the edge of stability and past it: what has stayed bounded for 300 steps is no divergence."""
        w1, w2, rng = draw(seed, (2, 2, 2))
        sigma = rng.standard_normal((2, 2))
        rate = factor / max(np.linalg.norm(w1, 2) ** 2 + np.linalg.norm(w2, 2) ** 2, 2 * np.linalg.norm(sigma, 2))
        v1, v2 = w1, w2
        with np.errstate(all="ignore"):
            for _ in range(400):
                error = sigma - v2 @ v1
                v1, v2 = v1 + rate * v2.T @ error, v2 + rate * error @ v1.T
        if np.abs(v1).max() < 1e3:
            lr.gradient_descent(w1, w2, sigma, learning_rate=rate, steps=300, record_every=1)

    def test_of_a_readout_too(self):
        hidden = np.random.default_rng(0).standard_normal((2, 3, 4))
        hidden[1] *= 0.1
        with pytest.raises(ValueError, match="descent of readout 0 diverged with learning_rate η = 1"):
            train_readout(hidden, np.ones((2, 4)), learning_rate=1.0, steps=10)
        train_readout(hidden[1:], np.ones((1, 4)), learning_rate=1.0, steps=10)

    def test_descent_at_the_edge_is_left_alone(self):
        """It overshoots, oscillates, and is no divergence."""
        start = [[1.5]], [[0.1]]
        path = lr.gradient_descent(*start, [[1.0]], learning_rate=0.9, steps=200)
        assert np.isfinite(path.loss()).all()
