"""The exact neuron: published and 50-digit values, the integrated flow, its symmetries.

Errors are relative to the norm of the trajectory, max over t of |a(t)|, of |w(t)| and of |β(t)|: entries cross zero.
"""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import lazyrich as lr
from cases import EPS
from lazyrich.linear import initialisation
from lazyrich.neuron import basins, bias, reference

ORTHOGONAL = {"beta": [-1.0, 0.0], "xty": [0.0, 1.0]}
ROOT_HALF = np.sqrt(0.5)
DELTAS = (0.0, 1e-12, -1e-12, 1e-3, -1e-3, 0.5, -0.5, 3.0, -3.0, 100.0, -100.0, 1e4, -1e4)


@st.composite
def neurons(draw, deltas=DELTAS, most=20, sizes=(1e-3, 0.1, 1.0, 10.0)):
    """(w, a, xty, rates): from β and δ, or any a, 0 included, beside any w; rates (η_w, η_a) 1 or not."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    d = draw(st.integers(1, most))
    rates = draw(st.sampled_from([(1.0, 1.0), (2.0, 0.5), (0.1, 3.0)]))
    xty = rng.standard_normal(d) * draw(st.sampled_from([0.01, 1.0, 10.0]))
    beta = rng.standard_normal(d) * draw(st.sampled_from(sizes))
    w, a = lr.neuron_start(beta, draw(st.sampled_from(deltas)), sign=draw(st.sampled_from([1, -1])), rates=rates)
    kind = draw(st.sampled_from(["start", "a = 0", "any a", "along"]))
    if kind == "a = 0":
        a = 0.0
    elif kind == "any a":
        a = rng.standard_normal()
    elif kind == "along":
        w = xty / np.linalg.norm(xty) * np.linalg.norm(w)
    return w, float(a), xty, rates


def relative(solution, w, a):
    """Largest error of w, a and β, each relative to the norm of the trajectory."""
    beta = a[..., None] * w

    def error(value, exact):
        return np.abs(value - exact).max() / max(np.linalg.norm(exact, axis=-1).max(), 1e-300)

    return max(error(solution.w, w), error(solution.a[..., None], a[..., None]), error(solution.beta, beta))


@pytest.mark.parametrize(
    ("delta", "a", "w", "mu", "phi", "distance"),
    [
        (-2, 0.17211556203946, [-1.394656066704, 0.290788965234032],
         0.24520420254471, 0.204112758536439, 0.0432476206877233),
        (0, 0.790188527520357, [-0.51208505225974, 0.601802964662795],
         0.624397909024789, np.tanh(1), 0.116005131677195),
        (2, 1.53456390758241, [-0.065935150200481, 0.592063292581669],
         0.914175650627397, 0.993856004780585, 0.0109156531398406),
    ],
)  # fmt: skip
def test_values_at_time_one(delta, a, w, mu, phi, distance):
    solution = lr.neuron_solution(*lr.neuron_start(ORTHOGONAL["beta"], delta), ORTHOGONAL["xty"], [1.0])
    got = [*solution.a, *solution.w[0], *solution.mu, *solution.phi, *solution.kernel_distance()]
    assert got == pytest.approx([a, *w, mu, phi, distance], rel=1e-12)


def test_values_late_downstream():
    solution = lr.neuron_solution(*lr.neuron_start(ORTHOGONAL["beta"], -4), ORTHOGONAL["xty"], [10.0])
    got = [*solution.a, *solution.w[0], *solution.phi, *solution.kernel_distance()]
    expected = [0.232057501656249, -1.75713954098551, 0.98301135170464, 0.488230221659325, 0.223282328158723]
    assert got == pytest.approx(expected, rel=1e-12)


def test_values_where_a_crosses_zero():
    solution = lr.neuron_solution(*lr.neuron_start([0.0, -1.0], -2), [0.5, 0.5], [0.0, 2.0])
    assert solution.a[0] > 0
    got = [solution.a[1], *solution.w[1], solution.phi[1], solution.kernel_distance()[1]]
    expected = [-0.340364023489352, -0.108484575261989, -1.45054429970825, -0.75787392013531, 0.00882029114831148]
    assert got == pytest.approx(expected, rel=1e-12)
    assert solution.final_sign == -1


def test_values_with_learning_rates():
    solution = lr.neuron_solution([0.7, -0.4, 0.2], 0.3, [1, 0.5, -0.25], [0.7], rates=(2, 0.5))
    got = [solution.delta, *solution.a, *solution.w[0], *solution.kernel_distance()]
    expected = [-0.165, 0.43776055126424, 1.04082190708828, -0.102866743694201, 0.0514333718471003, 0.0617670787386105]
    assert got == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("delta", "a", "beta"),
    [
        (-1, 0.8231685483029, (1.0014080921, 0.36597650902099)),
        (0, 0.96732837071701, (0.80762279763173, 0.47257290631433)),
        (2, 1.5581768354771, (0.75029170199828, 0.68993025277332)),
    ],
)
def test_values_of_one_example(delta, a, beta):
    x = np.array([0.5, 1.0])
    solution = lr.neuron_solution(*lr.neuron_start([0.4, 0.05], delta), 1.1 * x, [1.0], xtx=np.outer(x, x))
    assert [*solution.a, *solution.beta[0]] == pytest.approx([a, *beta], rel=1e-10)


def test_values_of_the_start():
    """At λ = δ the layers of one hidden unit have the singular values of the first paper."""
    w, a = lr.neuron_start([[-1.0, 0.0], [-1.0, 0.0]], [2.0, -2.0])
    assert a == pytest.approx([1.55377397403004, 0.643594252905583], rel=1e-14)
    assert w[:, 0] == pytest.approx([-0.643594252905583, -1.55377397403004], rel=1e-14)
    for delta in (-30.0, 0.0, 0.7, 1e4):
        w, a = lr.neuron_start([0.6, -0.8], delta)
        s1, s2 = lr.layer_singular_values(1.0, delta)
        assert [np.linalg.norm(w), a] == pytest.approx([float(s1), float(s2)], rel=1e-15)
        assert lr.balance(w[None], [[a]]).lam == pytest.approx(delta, abs=8 * EPS * (a**2 + w @ w))


@given(neurons(), st.lists(st.floats(-4, 6), min_size=1, max_size=3))
def test_matches_50_digits(neuron, exponents):
    w, a, xty, rates = neuron
    times = np.sort(np.append(10.0 ** np.array(exponents), [0.0, 1e6]))
    solution = lr.neuron_solution(w, a, xty, times, rates=rates)
    assume(solution.margin > 0)
    exact = reference.neuron_values(w, a, xty, times, rates=rates)
    assert relative(solution, *exact) <= max(1e-13, 20 * EPS / solution.margin)


@pytest.mark.parametrize("delta", [1e-12, 1e-6, -1e-12, -1e-3, 0.5, -2.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_start_away_from_the_target_keeps_a_given_delta(delta, sign):
    """From β opposite to β* all that leads away from the saddle is δ: the weights show too little of it."""
    rates, times = (2.0, 0.5), [0.0, 1.0, 5.0, 10.0, 14.0, 20.0, 1e3]
    w, a = lr.neuron_start([0.0, -1.0], delta, sign=sign, rates=rates)
    solution = lr.neuron_solution(w, a, [0.0, 1.0], times, rates=rates, delta=delta)
    start = reference.start([0.0, -1.0], delta, sign=sign, rates=rates)
    exact = reference.neuron_values(*start, [0.0, 1.0], times, rates=rates)
    assert relative(solution, *exact) <= 1e-13
    assert solution.final_sign == (sign if delta > 0 else -sign)


def test_the_reference_solves_the_flow():
    """Differentiated in 50 digits, at δ of both signs and across a = 0."""
    xty = [mp.mpf("0.5"), mp.mpf("0.25"), mp.mpf(-1)]
    for a0, w0 in ((0.3, (0.7, -0.4, 0.2)), (0.0, (1.0, 0.5, 2.0)), (2.0, (0.3, 0.1, 0.1)), (-0.1, (2.0, 1.0, -1.5))):
        with mp.workdps(60):

            def component(t, k, a0=a0, w0=w0):
                w, a = reference.neuron(w0, a0, xty, t, rates=(0.25, 2))
                return a if k == 0 else w[k - 1]

            t = mp.mpf("0.8")
            a, *w = (component(t, k) for k in range(4))
            g = [a * x - y for x, y in zip(w, xty, strict=True)]
            speed = [-2 * mp.fsum(x * y for x, y in zip(w, g, strict=True)), *(-a * y / 4 for y in g)]
            for k in range(4):
                assert abs(mp.diff(lambda s, k=k: component(s, k), t) - speed[k]) < 1e-25


@given(neurons(deltas=(0.0, 1e-3, -1e-3, 1.0, -1.0, 4.0, -20.0), most=6, sizes=(0.1, 1.0)), st.floats(0.1, 8))
def test_matches_the_integrated_flow(neuron, until):
    w, a, xty, rates = neuron
    times = np.linspace(0, until / max(1, np.linalg.norm(xty)), 4)
    solution = lr.neuron_solution(w, a, xty, times, rates=rates)
    assume(solution.margin > 1e-4)
    flow = lr.neuron_flow(w, a, xty, times, rates=rates)
    assert relative(solution, flow.w, flow.a) <= 1e-8
    assert np.abs(solution.kernel_distance() - flow.kernel_distance()).max() <= 1e-8
    assert np.abs(flow.conserved - flow.delta).max() <= 1e-9 * (abs(flow.delta) + (a**2 + w @ w))
    assert np.abs(solution.loss() - flow.loss()).max() <= 1e-8 * max(1e-300, flow.loss().max())


@given(neurons(deltas=(0.0, 0.5, -2.0, 4.0), most=5, sizes=(0.1, 1.0)), st.integers(1, 4), st.sampled_from([0.3, 2.0]))
def test_low_rank_data_match_the_integrated_flow(neuron, rank, size):
    """XᵀX = λP: what the projector leaves of w moves as the whitened problem in time λt."""
    w, a, xty, rates = neuron
    d = w.size
    basis = np.linalg.qr(np.random.default_rng(d).standard_normal((d, d)))[0][:, : min(rank, d)]
    xtx, xty = size * basis @ basis.T, (xty @ basis) @ basis.T / max(1, np.linalg.norm(xty))
    assume(np.linalg.norm(xty) > 1e-6)
    times = [0.0, 0.5, 3.0]
    solution = lr.neuron_solution(w, a, xty, times, xtx=xtx, rates=rates)
    assume(solution.margin > 1e-4)
    flow = lr.neuron_flow(w, a, xty, times, xtx=xtx, rates=rates)
    assert relative(solution, flow.w, flow.a) <= 1e-8
    assert solution.loss()[-1] <= solution.loss()[0] * (1 + 1e-12)
    assert np.abs(solution.kernel_distance() - flow.kernel_distance()).max() <= 1e-8


def test_isotropic_inputs_are_a_change_of_time():
    w, a = lr.neuron_start([0.3, -0.2], -1.0)
    plain = lr.neuron_solution(w, a, [1.0, 0.5], [1.5])
    scaled = lr.neuron_solution(w, a, [3.0, 1.5], [0.5], xtx=3.0)
    matrix = lr.neuron_solution(w, a, [3.0, 1.5], [0.5], xtx=3 * np.eye(2))
    assert relative(scaled, plain.w, plain.a) < 1e-15
    assert relative(matrix, plain.w, plain.a) < 1e-15


@given(neurons(), st.floats(1e-3, 1e3))
def test_conserves_delta(neuron, until):
    w, a, xty, rates = neuron
    solution = lr.neuron_solution(w, a, xty, [0.0, until / 2, until, 1e6], rates=rates)
    scale = rates[0] * solution.a**2 + rates[1] * (solution.w**2).sum(-1)
    assert (np.abs(solution.conserved - solution.delta) <= 1e-13 * scale.max()).all()
    assert relative(solution, np.vstack([w, solution.w[1:]]), np.r_[a, solution.a[1:]]) <= 4 * EPS


@given(neurons(most=8), st.floats(1e-3, 20), st.integers(0, 99))
def test_rotation_covariance_and_mirror(neuron, time, seed):
    w, a, xty, rates = neuron
    rotation = initialisation.random_rotation(w.size, np.random.default_rng(seed))
    solution = lr.neuron_solution(w, a, xty, [time], rates=rates)
    allowed = max(1e-12, 100 * EPS / max(solution.margin, EPS))
    assume(allowed < 1e-9)
    rotated = lr.neuron_solution(rotation @ w, a, rotation @ xty, [time], rates=rates)
    assert relative(rotated, solution.w @ rotation.T, solution.a) <= allowed
    mirrored = lr.neuron_solution(-w, -a, xty, [time], rates=rates)
    assert (mirrored.a == -solution.a).all()
    assert (mirrored.w == -solution.w).all()


@given(neurons(), st.floats(1e-3, 5), st.floats(1e-3, 5))
def test_semigroup(neuron, first, second):
    w, a, xty, rates = neuron
    whole = lr.neuron_solution(w, a, xty, [first, first + second], rates=rates)
    assume(whole.margin > 1e-3)
    onward = lr.neuron_solution(whole.w[0], whole.a[0], xty, [0.0, second], rates=rates)
    assert relative(onward, whole.w, whole.a) <= max(1e-12, 100 * EPS / onward.margin)


def test_starts_and_tasks_broadcast():
    rng = np.random.default_rng(0)
    a, w, xty = rng.standard_normal(3), rng.standard_normal((3, 4)), rng.standard_normal((5, 1, 4))
    times = np.linspace(0, 3, 7)
    solution = lr.neuron_solution(w, a, xty, times, rates=(2, 0.5))
    assert solution.a.shape == (5, 3, 7)
    assert solution.w.shape == solution.beta.shape == (5, 3, 7, 4)
    assert solution.tangent_operator.shape == (5, 3, 7, 4, 4)
    alone = lr.neuron_solution(w[1], a[1], xty[2, 0], times, rates=(2, 0.5))
    assert relative(alone, solution.w[2, 1], solution.a[2, 1]) < 1e-15
    for name in ("mu", "phi", "nu", "conserved", "published_kernel_distance", "tangent_velocity"):
        assert getattr(solution, name)[2, 1] == pytest.approx(getattr(alone, name), rel=1e-12, abs=1e-14), name
    for name in ("loss", "kernel_distance"):
        got, expected = getattr(solution, name)()[2, 1], getattr(alone, name)()
        assert got == pytest.approx(expected, rel=1e-12, abs=1e-14), name
    flow = lr.neuron_flow(w, a, xty, [0.0, 1.0], rates=(2, 0.5))
    assert np.abs(flow.a - lr.neuron_solution(w, a, xty, [0.0, 1.0], rates=(2, 0.5)).a).max() < 1e-9


def test_kernel_distance_is_that_of_the_kernel_and_depends_on_the_inputs():
    """Against explicit n × n kernels; two more inputs that w does not use change it."""
    rng = np.random.default_rng(3)
    x = np.linalg.qr(rng.standard_normal((6, 3)))[0]  # whitened
    rates, a, w, beta = (2.0, 0.5), 0.4, rng.standard_normal(3), rng.standard_normal(3)
    solution = lr.neuron_solution(w, a, beta, [0.0, 0.3, 2.0], rates=rates)

    def kernel(w, a):
        """Gradients of a w·x, each with its rate."""
        gradient = np.hstack([np.sqrt(rates[1]) * x @ w[:, None], np.sqrt(rates[0]) * a * x])
        return gradient @ gradient.T

    kernels = [kernel(*z) for z in zip(solution.w, solution.a, strict=True)]
    cosine = [(k * kernels[0]).sum() / np.linalg.norm(k) / np.linalg.norm(kernels[0]) for k in kernels]
    assert solution.kernel_distance() == pytest.approx(1 - np.array(cosine), abs=1e-14)
    for k, m in zip(kernels, solution.tangent_operator, strict=True):
        assert np.abs(x @ m @ x.T - k).max() < 1e-14
    wider = lr.neuron_solution(np.append(w, [0, 0]), a, np.append(beta, [0, 0]), [2.0], rates=rates)
    assert abs(wider.kernel_distance()[0] - solution.kernel_distance()[2]) > 1e-3


def test_tangent_operator_moves_by_the_function_alone():
    rates, xtx, h = (2.0, 0.5), 1.5 * np.eye(2), 1e-4
    for form in (xtx, 1.5):
        times = 0.7 + h * np.array([-1, 0, 1])
        solution = lr.neuron_solution([0.7, -0.4], 0.3, [1.0, 0.5], times, xtx=form, rates=rates)
        m = solution.tangent_operator
        assert (m[2] - m[0]) / (2 * h) == pytest.approx(solution.tangent_velocity[1], rel=1e-6)


def test_kernel_distance_at_the_end_and_as_published():
    """Figure 3c: end points 0.8947 … 0.0015; the printed normaliser is off by up to 0.19 on the way."""
    deltas = np.array([-4.0, -2, -1, 0, 1, 2, 4])
    start = lr.neuron_start([[-1.0, 0.0]] * 7, deltas)
    ends = lr.neuron_solution(*start, [0.0, 1.0], [1e4]).kernel_distance()[:, 0]
    expected = [0.8947205422, 0.7132564579, 0.4864456563, 0.2, 0.0501397095, 0.0124072589, 0.0014686825]
    assert ends == pytest.approx(expected, abs=1e-10)
    solution = lr.neuron_solution(*start, [0.0, 1.0], np.linspace(0, 20, 2001))
    distance = solution.kernel_distance()
    off = np.abs(solution.published_kernel_distance - distance).max(-1)
    assert off == pytest.approx([0.054, 0.139, 0.189, 0.106, 0.020, 0.004, 0.0], abs=1e-3)
    assert distance[3].max() <= 0.2 + 1e-12 < solution.published_kernel_distance[3].max()
    at_two = lr.neuron_solution(*start, [0.0, 1.0], [2.0]).kernel_distance()[:4, 0]
    assert at_two == pytest.approx([0.0081, 0.0914, 0.2763, 0.1859], abs=5e-5)


@pytest.mark.parametrize("delta", [-4.0, -1.0, 0.0, 2.0])
def test_reduced_equations_and_closed_nu(delta):
    """The tanh form of ν, and μ̇ = κ(φ|β*| − μ), φ̇ = (2pμ|β*|/(κ − δ))(1 − φ²), by central differences."""
    rates, xty, h = (2.0, 0.5), np.array([0.3, 0.9]), 1e-4
    w, a = lr.neuron_start([0.4, -0.1], delta, rates=rates)
    times = np.array([0.5, 1.0, 2.5])
    before, now, after = (lr.neuron_solution(w, a, xty, times + k * h, rates=rates) for k in (-1, 0, 1))
    s, p = np.linalg.norm(xty), rates[0] * rates[1]
    kappa = np.hypot(delta, 2 * np.sqrt(p) * now.mu)
    speed = kappa * (now.phi * s - now.mu)
    assert (after.mu - before.mu) / (2 * h) == pytest.approx(speed, rel=1e-6)
    turning = (kappa + delta) / (2 * now.mu) * s * (1 - now.phi**2)
    assert (after.phi - before.phi) / (2 * h) == pytest.approx(turning, rel=1e-6)
    # ν at unit rates: W·B*/A = η_a w·β*/a
    root, nu0 = np.hypot(delta, 2 * np.sqrt(p) * s), rates[1] * w @ xty / a
    x = (delta + 2 * nu0) / root
    grown = np.tanh(root * times / 2 + np.arctanh(x if abs(x) < 1 else 1 / x))
    nu = -delta / 2 + root / 2 * (grown if abs(x) < 1 else 1 / grown)
    assert rates[1] * now.nu == pytest.approx(nu, rel=1e-12)


@pytest.mark.parametrize("delta", [-3.0, 0.0, 0.5, 100.0])
def test_one_input_is_an_aligned_mode(delta):
    """d = 1: β̇ = √(δ² + 4β²)(s − β), the mode of the first paper at λ = δ."""
    times = np.linspace(0, 5, 11)
    solution = lr.neuron_solution(*lr.neuron_start([0.1], delta), [2.0], times, delta=delta)
    assert solution.beta[:, 0] == pytest.approx(lr.mode_strength(times, 2.0, 0.1, delta), rel=1e-13)


def test_scalar_mode_values():
    got = [lr.neuron_solution(*lr.neuron_start([0.1], delta), [2.0], [0.5]).beta[0, 0] for delta in (1, -1, 0)]
    assert got == pytest.approx([1.1640825004816, 1.1640825004816, 0.56000912433015], rel=1e-12)


@pytest.mark.parametrize("target", [0.0, 1e-200, 1e-9])
@pytest.mark.parametrize("start", [(1.0, 0.5), (0.5, 1.0), (1.0, 1.0), (0.0, 1.0), (-1.0, 1.0)])
def test_no_target_or_hardly_any(target, start):
    """At β* = 0 a and w shrink to the larger's rest; nothing divides by |β*|."""
    a, w = start
    solution = lr.neuron_solution([w, 0.0], a, [target, 0.0], [0.0, 1.0, 1e6])
    assert np.isfinite(solution.w).all()
    assert np.abs(solution.conserved - solution.delta).max() <= 16 * EPS  # a² and w² are 1 at most
    flow = lr.neuron_flow([w, 0.0], a, [target, 0.0], [0.0, 1.0])
    assert np.abs(solution.a[:2] - flow.a).max() < 1e-10


@pytest.mark.parametrize("delta", [0.0, 1e4, -1e4])
def test_no_overflow_at_any_time(delta):
    """Warnings are errors in these tests."""
    times = [0.0, 1e-300, 1e-3, 1.0, 1e6, 1e300]
    solution = lr.neuron_solution(*lr.neuron_start([1.0, -0.5], delta), [0.3, 1.0], times)
    assert np.isfinite(solution.w).all()
    assert np.abs(solution.beta[-1] - [0.3, 1.0]).max() < 1e-13


def test_descent_takes_euler_steps_of_the_flow():
    rates, xtx, eta = (2.0, 0.5), np.array([[1.0, 0.3], [0.3, 0.5]]), 0.05
    a, w, xty = np.array([0.4, -0.2]), np.array([[1.0, -0.5], [0.3, 0.2]]), np.array([0.6, 0.4])
    run = lr.neuron_descent(w, a, xty, learning_rate=eta, steps=20, record_every=1, xtx=xtx, rates=rates)
    assert run.a.shape == (2, 21)
    for k in range(20):
        g = run.beta[:, k] @ xtx - xty
        assert run.a[:, k + 1] == pytest.approx(run.a[:, k] - eta * rates[1] * (run.w[:, k] * g).sum(-1), rel=1e-13)
        assert run.w[:, k + 1] == pytest.approx(run.w[:, k] - eta * rates[0] * run.a[:, k, None] * g, rel=1e-12)
    errors = []
    for steps in (500, 1000):
        run = lr.neuron_descent([1.0, -0.5], 0.4, xty, learning_rate=2.0 / steps, steps=steps, rates=rates)
        errors.append(np.abs(run.beta - lr.neuron_solution([1.0, -0.5], 0.4, xty, run.times, rates=rates).beta).max())
    assert errors[1] / errors[0] == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"w": 1.0}, r"w must have shape \(..., d\)"),
        ({"w": [np.nan, 1.0]}, "w holds NaN"),
        ({"a": ["x"]}, "a must hold real numbers"),
        ({"a": [1.0, 2.0, 3.0], "w": np.ones((2, 2))}, "w and a must agree"),
        ({"xty": [1.0]}, r"xty must have shape \(..., 2\)"),
        ({"xty": np.ones((3, 2)), "a": [1.0, 2.0], "w": np.ones((2, 2))}, "w, a and xty must agree"),
        ({"times": [1.0, 0.5]}, "ascending"),
        ({"rates": (1.0, 0.0)}, "eta_a must be a finite number larger than 0; got 0.0"),
        ({"rates": 2.0}, r"rates must be the pair \(eta_w, eta_a\) of w and a; got 2.0"),
        ({"w": 1.0, "a": [0.5, 0.2]}, r"w comes first since version 0\.2: w is \(..., d\), a is \(...\)"),
        ({"w": [1.0, 2.0], "a": np.ones((2, 2))}, r"got shapes \(2,\) of w and \(2, 2\) of a\. w comes first"),
        ({"w": [1.0, 2.0], "a": [1.0, 2.0]}, r"for many a beside one w pass w\[None\]"),
        ({"xtx": [[1.0, 0.0], [0.0, 2.0]]}, "multiple of a projector.*neuron_flow"),
        ({"xtx": [[1.0, 2.0], [0.0, 2.0]]}, "symmetric"),
        ({"xtx": [[0.0, 0.0], [0.0, -1.0]]}, "positive semidefinite"),
        ({"xtx": [[1.0, 0.0], [0.0, 0.0]]}, "range of xtx"),
        ({"xtx": -1.0}, "xtx must be"),
        ({"delta": 3.0}, r"delta must be .*0.71.*; got 3.0"),
    ],
)
def test_bad_input(change, message):
    good = {"w": [0.5, 0.2], "a": 1.0, "xty": [1.0, 2.0], "times": [0.0, 1.0]}
    with pytest.raises(ValueError, match=message):
        lr.neuron_solution(**{**good, **change})


@pytest.mark.parametrize("lead", [(), (1,), (2,), (3,)])
@pytest.mark.parametrize(
    "call",
    [
        lambda *z: lr.neuron_solution(*z, [0.0, 1.0]),
        lambda *z: lr.neuron_flow(*z, [0.0, 1.0]),
        lambda *z: lr.neuron_descent(*z, learning_rate=0.1, steps=1),
        basins.final_sign,
        bias.learned_function,
    ],
)
def test_swapped_layers_are_never_taken(call, lead):
    """Two starts of two inputs too, where every axis has the same length."""
    w, a, xty = np.ones((*lead, 2)), np.ones(lead), np.array([1.0, 0.5])
    call(w, a, xty)
    with pytest.raises(ValueError, match=r"w comes first since version 0\.2"):
        call(a, w, xty)


def test_layers_and_rates_come_in_the_order_of_the_network():
    """The neuron with (η_w, η_a) is the network with (η1, η2) = (η_w, η_a), and has its loss."""
    rates, xty, times = (2.0, 0.5), np.array([1.0, 0.25, -0.5]), np.linspace(0, 2, 5)
    start = lr.neuron_start([0.3, -0.4, 0.1], -0.7, sign=-1, rates=rates)
    assert start._fields == ("w", "a")
    assert start.a < 0
    assert start.a * start.w == pytest.approx([0.3, -0.4, 0.1], rel=1e-14)
    assert rates[0] * start.a**2 - rates[1] * start.w @ start.w == pytest.approx(-0.7, rel=1e-14)
    solution = lr.neuron_solution(*start, xty, times, rates=rates)
    layers = lr.to_equal_rates(start.w[None], start.a[None, None], rates)
    network = lr.exact_solution(*layers, xty[None], times)  # √(η_w η_a) = 1
    assert solution.beta == pytest.approx(network.network_function[:, 0], rel=1e-12)
    assert solution.loss() == pytest.approx(network.loss(), rel=1e-12)
    assert solution.kernel_distance() == pytest.approx(network.kernel_distance(), rel=1e-12, abs=1e-15)


def test_one_time_of_a_vanishing_kernel_does_not_lose_the_others():
    """On the surface at δ = 0 both layers fall as e⁻ᵗ: small they have a distance, at zero none."""
    times = [0.0, 1.0, 300.0, 700.0, 1e3]
    solution = lr.neuron_solution([4.0, 0.0], -4.0, [1.0, 0.0], times)
    assert 0 < abs(solution.a[3]) < 1e-300
    assert solution.a[4] == 0
    distance = solution.kernel_distance()
    assert np.abs(distance[:4]).max() < 1e-15  # they keep their directions
    assert np.isnan(distance[4])
    both = lr.neuron_solution([[4.0, 0.0], [0.5, 1.0]], [-4.0, 1.0], [1.0, 0.0], times)
    alone = lr.neuron_solution([0.5, 1.0], 1.0, [1.0, 0.0], times)
    assert both.kernel_distance()[1] == pytest.approx(alone.kernel_distance(), rel=1e-12)
    # of one example X sees a and the first input only, which are zero here
    unseen = lr.neuron_solution([0.0, 1.5], 0.0, [1.0, 0.0], times, xtx=np.diag([1.0, 0.0]))
    assert np.isnan(unseen.kernel_distance()).all()


@pytest.mark.parametrize("power", [-450, -200, 200, 230])
def test_kernel_distance_does_not_depend_on_the_size_of_the_weights(power):
    one, scaled = (lr.neuron_flow([0.3 * s, -0.4 * s], 0.6 * s, [s**2, 0.0], [0.0, 0.0]) for s in (1.0, 2.0**power))
    for trajectory, s in ((one, 1.0), (scaled, 2.0**power)):
        trajectory.w, trajectory.a = np.array([[0.3, -0.4], [0.5, 0.1]]) * s, np.array([0.6, 0.9]) * s
    assert one.kernel_distance()[1] > 0.01
    assert (scaled.kernel_distance() == one.kernel_distance()).all()


@given(st.integers(0, 10**6), st.sampled_from(["float16", "float32"]), st.integers(1, 6), st.booleans())
def test_data_in_less_than_double_precision(seed, dtype, d, single):
    """XᵀX of one example, or of orthonormal columns, is what it is up to the rounding of its type."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((1 if single else d + 3, d)) if single else np.linalg.qr(rng.standard_normal((d + 3, d)))[0]
    x = x.astype(dtype)
    y = rng.standard_normal(len(x)).astype(dtype)
    w, a, times = rng.standard_normal(d), rng.standard_normal(), [0.0, 0.3, 1.0]
    found = lr.neuron_solution(w, a, x.T @ y, times, xtx=x.T @ x)
    x, y = x.astype(float), y.astype(float)
    exact = lr.neuron_flow(w, a, x.T @ y, times, xtx=x.T @ x)
    assert np.abs(found.beta - exact.beta).max() < 40 * d * np.finfo(dtype).eps * (1 + np.abs(y).max()) * (
        1 + w @ w + a * a
    )


@pytest.mark.parametrize("dtype", [float, np.float32])
def test_other_data_are_refused_at_any_precision(dtype):
    with pytest.raises(ValueError, match="multiple of a projector"):
        lr.neuron_solution([1.0, 1.0], 1.0, [1.0, 1.0], [1.0], xtx=np.diag([1.0, 1.001]).astype(dtype))
    with pytest.raises(ValueError, match="symmetric"):
        lr.neuron_solution([1.0, 1.0], 1.0, [1.0, 1.0], [1.0], xtx=np.array([[1.0, 1e-3], [0, 1]], dtype))


@pytest.mark.parametrize("delta", [1.0, -1.0])
@pytest.mark.parametrize("size", [1e-100, 1e-170, 1e-250])
def test_a_start_of_a_small_function_keeps_it(delta, size):
    w, a = lr.neuron_start([0.6 * size, -0.8 * size], delta)
    assert a * w / size == pytest.approx([0.6, -0.8], rel=1e-14)


def test_bad_start():
    with pytest.raises(ValueError, match="beta must not be zero"):
        lr.neuron_start([0.0, 0.0], -1.0)
    with pytest.raises(ValueError, match="sign must be"):
        lr.neuron_start([1.0, 0.0], -1.0, sign=0)
    w, a = lr.neuron_start([0.0, 0.0], 4.0)
    assert (*w, a) == (0.0, 0.0, 2.0)
