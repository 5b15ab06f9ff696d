"""Weight decay: the exact solution against 40 digits, an independent integrator, descent, its laws and its limits."""

import json

import mpmath as mp
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import decay_reference
import lazyrich as lr
from cases import EPS, problems, tolerance
from lazyrich.linear import bessel, riccati
from lazyrich.linear.decay_blocks import DecayBlocks

CASES = json.loads(decay_reference.FILE.read_text())
GAMMAS = st.floats(-3, 1).map(lambda exponent: 10.0**exponent)


def relative(a, b):
    return np.abs(a - b).max((-2, -1)) / np.abs(b).max((-2, -1))


def weights(lam, shape, seed, scale=0.3):
    return lr.lambda_balanced_weights(lam, *shape, rng=np.random.default_rng(seed), scale=scale)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"λ={c['lam']:g} γ={c['weight_decay']:g}")
@pytest.mark.parametrize("small", [0, 10**9], ids=["lapack", "householder"])
def test_40_digit_values(case, small, monkeypatch):
    monkeypatch.setattr(riccati, "SMALL", small)
    given = (case[name] for name in ("w1", "w2", "sigma_yx", "times"))
    solution = lr.exact_solution(*given, lam=case["lam"], weight_decay=case["weight_decay"])
    assert relative(solution.qqt, np.array(case["qqt"])).max() < 1e-13


def test_the_reference_is_what_its_file_holds():
    case = min(CASES, key=lambda c: c["times"][-1] * len(c["qqt"][0]))
    given = (case[name] for name in ("w1", "w2", "sigma_yx", "weight_decay", "times"))
    assert relative(decay_reference.qqt(*given), np.array(case["qqt"])).max() < 1e-15


@given(problems(lams=(0.0, 1e-6, -1e-3, 0.5, -2.0, 10.0), scales=(0.1, 1.0)), GAMMAS, st.floats(0.1, 8))
def test_matches_the_integrated_flow(problem, gamma, until):
    gamma *= max(np.linalg.norm(problem.sigma_yx, 2), 0.1)
    times = np.linspace(0, until / max(1.0, gamma), 4)
    solution = problem.solve(times, weight_decay=gamma)
    assume(not solution.diagnostics.saddle)
    flow = lr.gradient_flow(
        problem.w1, problem.w2, problem.task, times, tau=problem.tau, weight_decay=gamma, atol=1e-60
    )
    scale, allowed = np.abs(flow.qqt).max(), tolerance(solution, 1e-9)
    assert np.abs(solution.qqt - flow.qqt).max() <= allowed * scale
    assert np.abs(solution.loss() - flow.loss()).max() <= allowed * max(flow.loss().max(), scale)
    assert solution.balance_drift <= 1e-12 * scale
    assert flow.balance_drift <= 1e-9 * scale


@given(problems(scales=(1e-3, 0.1, 1.0)), st.floats(-4, 1), st.floats(-3, 4), st.floats(0.05, 0.95))
def test_semigroup(problem, gamma, until, part):
    """A run cut in two is the run, at every λ, γ and time: an error of either would show."""
    gamma, until = 10.0**gamma, 10.0**until
    whole = problem.solve([part * until, until], weight_decay=gamma)
    middle = whole.weights(0)
    # what decays to nothing is compared with nothing
    assume(not whole.diagnostics.saddle and np.abs(whole.qqt[1]).max() > 1e-120)
    how = {"tau": problem.tau, "lam": whole.lam[0], "weight_decay": gamma, "balance_tolerance": 1e-6}
    rest = lr.exact_solution(*middle, problem.task, [until - part * until], **how)
    assume(not rest.diagnostics.saddle)
    assert relative(whole.qqt[1], rest.qqt[0]) <= max(tolerance(whole, 1e-12), tolerance(rest, 1e-12))


@given(problems(scales=(0.1, 1.0)), GAMMAS)
def test_it_stays_balanced_while_lam_decays(problem, gamma):
    times = np.append(0.0, np.geomspace(1e-3, 1e3, 7))
    solution = problem.solve(times, weight_decay=gamma)
    assume(not solution.diagnostics.saddle)
    np.testing.assert_allclose(solution.lam, problem.lam * np.exp(-2 * gamma * times / problem.tau), rtol=1e-12)
    lam, residual = solution.balance()
    # of what decays to nothing beside a saddle only rounding is left: relative to what there was
    assert np.hypot(residual, lam - solution.lam).max() <= 1e-12 * np.abs(solution.qqt).max()


@pytest.mark.parametrize("lam", [-3.0, 0.0, 40.0])
@pytest.mark.parametrize("shape", [(4, 3, 5), (5, 2, 4), (3, 3, 6)])
def test_the_end_is_soft_thresholding(lam, shape):
    w1, w2 = weights(lam if lam >= 0 or shape[0] >= shape[1] else 0.0, shape, 0, scale=1.0)
    sigma_yx = np.random.default_rng(1).standard_normal((shape[2], shape[0]))
    u, s, vt = np.linalg.svd(sigma_yx, full_matrices=False)
    for gamma in (0.01, 0.5, 2.0):
        left = np.where(np.arange(s.size) < shape[1], np.maximum(s - gamma, 0), 0)
        end = lr.exact_solution(w1, w2, sigma_yx, [1e6 / gamma], weight_decay=gamma).network_function[0]
        assert np.abs(end - (u * left) @ vt).max() <= 1e-12 * s[0]


@given(problems(scales=(0.1, 1.0)))
def test_without_decay_nothing_changes(problem):
    times = np.linspace(0, 4, 9)
    plain = problem.solve(times)
    assert np.array_equal(plain.qqt, problem.solve(times, weight_decay=0.0).qqt)
    little = problem.solve(times, weight_decay=1e-13)
    assume(not plain.diagnostics.saddle)
    # a decay of γ changes weights by about γt, and as the start's conditioning lets that grow
    assert relative(little.qqt, plain.qqt).max() <= 1e-13 * 400 * max(1.0, tolerance(plain, 0.0) / EPS) + 1e-11


@given(st.floats(-3, 1), st.floats(-3, 1), st.floats(-2, 1.5), st.floats(-2, 1))
def test_blocks_are_whittaker_functions(s, gamma, lam, t):
    """The growing solution's second component is z^{−½} W_{½,s/2γ}(z), z = λ/2γ: a Morse potential's."""
    s, gamma, lam, t = 10.0**s, 10.0**gamma, 10.0**lam, 10.0**t
    assume(s / gamma < 60 and lam / gamma < 200 and gamma * t < 30)
    blocks = DecayBlocks(np.array([s]), lam, gamma)
    found = blocks.at(np.array([0.0, t]))
    (p, q), size = found.grown[:, 0], found.grows[0] + blocks.h(np.array([0.0, t]))[0]
    ours = (p + q)[1] / (p + q)[0] * np.exp(size[1] - size[0])

    def second(time):
        z = mp.mpf(lam) * mp.exp(-2 * mp.mpf(gamma) * time) / (2 * mp.mpf(gamma))
        return mp.whitw(mp.mpf(1) / 2, mp.mpf(s) / (2 * mp.mpf(gamma)), z) / mp.sqrt(z)

    with mp.workdps(40):
        exact = second(mp.mpf(t)) / second(mp.mpf(0))
    assert abs(ours / exact - 1) <= 1e-12 * (1 + abs(float(mp.log(exact))))


@given(st.floats(-4, 2), st.floats(-17, 2.4), st.floats(-6, 1.3))
def test_bessel_ratios(nu, x0, g):
    a, x0, g = 10.0**nu + 0.5, 10.0**x0, 10.0**g
    ratio, growth = bessel.FallingK(np.array([[a]]), np.array([[x0]])).at(np.array([[g]]))
    below = bessel.i_ratio(np.array([[a]]), np.array([[x0 * np.exp(-g)]]))
    with mp.workdps(40):
        start, end, order = mp.mpf(x0), mp.mpf(x0) * mp.exp(-mp.mpf(g)), mp.mpf(a)
        exact = mp.besselk(order - 1, end) / mp.besselk(order, end)
        exact_i = mp.besseli(order, end) / mp.besseli(order - 1, end)
        size = mp.log(mp.besselk(order, end) / mp.besselk(order, start)) - mp.mpf(g) / 2 + end - start
    assert abs(ratio.item() / exact - 1) < 1e-12
    assert abs(below.item() / exact_i - 1) < 1e-13
    assert abs(growth.item() - size) <= 1e-13 * (1 + a * g + abs(float(size)))


def test_descent_converges_to_the_solution():
    w1, w2 = weights(3.0, (4, 3, 5), 2)
    task, gamma = np.random.default_rng(3).standard_normal((5, 4)), 0.3
    errors = []
    for steps in (1000, 2000, 4000):
        path = lr.gradient_descent(w1, w2, task, learning_rate=4.0 / steps, steps=steps, weight_decay=gamma)
        exact = lr.exact_solution(w1, w2, task, path.times, weight_decay=gamma)
        errors.append(np.abs(path.network_function - exact.network_function).max())
    assert errors[-1] < 1e-2
    np.testing.assert_allclose(np.array(errors[:-1]) / errors[1:], 2.0, rtol=0.05)  # of first order in η


@pytest.mark.parametrize("shape", [(3, 2, 4), (14, 13, 12)], ids=["compiled", "BLAS"])
def test_a_step_of_descent(shape):
    rng = np.random.default_rng(0)
    w1, w2, task = (rng.standard_normal(n) for n in ((shape[1], shape[0]), (shape[2], shape[1]), (shape[2], shape[0])))
    error, eta, gamma = task - w2 @ w1, 0.01, 0.7
    for runs in (1, 9):  # one after the other, and side by side
        many = [np.broadcast_to(w, (runs, *w.shape)) for w in (w1, w2)]
        path = lr.gradient_descent(*many, task, learning_rate=eta, steps=1, record_at=[1], weight_decay=gamma)
        np.testing.assert_allclose(path.w1[0, 0], (1 - eta * gamma) * w1 + eta * w2.T @ error, rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose(path.w2[-1, 0], (1 - eta * gamma) * w2 + eta * error @ w1.T, rtol=1e-13, atol=1e-15)


def test_flow_keeps_the_law_of_balance_from_any_start():
    rng = np.random.default_rng(5)
    w1, w2, x = rng.standard_normal((4, 3)), rng.standard_normal((5, 4)), rng.standard_normal((3, 9))
    flow = lr.gradient_flow(w1, w2, lr.Task(rng.standard_normal((5, 3)), x @ x.T / 9), [0, 1, 2], weight_decay=0.4)
    assert flow.balance_drift < 1e-11
    # and forgets neither γ nor τ
    assert np.linalg.norm(flow.w2[-1].T @ flow.w2[-1] - flow.w1[-1] @ flow.w1[-1].T) > 0.1
    slow = lr.gradient_flow(w1, w2, flow.task, [0, 3, 6], weight_decay=0.4, tau=3.0)
    np.testing.assert_allclose(slow.w1, flow.w1, rtol=1e-10)
    assert slow.balance_drift < 1e-11


@pytest.mark.parametrize("lam", [0.5, -2.0])
def test_sequences(lam):
    w1, w2 = weights(lam, (4, 4, 4), 7)
    rng, times = np.random.default_rng(8), np.linspace(0, 2, 5)
    tasks = lr.TaskSequence(rng.standard_normal((3, 4, 4)))
    exact = tasks.exact(w1, w2, times, weight_decay=0.2, tau=1.5)
    for stage, flow in zip(exact, tasks.flow(w1, w2, times, weight_decay=0.2, tau=1.5), strict=True):
        assert np.abs(stage.qqt - flow.qqt).max() < 1e-9 * np.abs(flow.qqt).max()
    np.testing.assert_allclose(exact[-1].lam[-1], lam * np.exp(-2 * 0.2 * 6 / 1.5), rtol=1e-12)
    descent = tasks.descent(w1, w2, learning_rate=1e-3, steps=1333, weight_decay=0.2)
    assert (
        np.abs(
            descent[-1].network_function[-1]
            - tasks.exact(w1, w2, [0, 1.333], weight_decay=0.2)[-1].network_function[-1]
        ).max()
        < 0.01
    )


def test_batches_wide_networks_and_other_times():
    rng, times = np.random.default_rng(9), np.linspace(0, 3, 7)
    pairs = [weights(lam, (3, 2, 4), seed) for seed, lam in enumerate((0.0, 0.5, 2.0))]
    w1, w2 = (np.array(layer) for layer in zip(*pairs, strict=True))
    task = rng.standard_normal((4, 3))
    batch = lr.exact_solution(w1, w2, task, times, weight_decay=0.3)
    assert batch.lam.shape == (3, 7)
    for run, pair in enumerate(pairs):
        alone = lr.exact_solution(*pair, task, times, weight_decay=0.3)
        assert np.array_equal(batch.qqt[run], alone.qqt)
        np.testing.assert_allclose(alone.at(times[3:]).lam, alone.lam[3:])
        np.testing.assert_allclose(alone.at(times[3:]).qqt, alone.qqt[3:], rtol=1e-13)
    w1, w2 = weights(1.0, (5, 3, 600), 1, scale=0.1)
    wide = lr.exact_solution(w1, w2, (task := rng.standard_normal((600, 5)) / 20), times, weight_decay=0.3)
    flow = lr.gradient_flow(w1, w2, task, times[::3], weight_decay=0.3)
    assert np.abs(wide.network_function[::3] - flow.network_function).max() < 1e-10
    assert np.abs(wide.kernel_distance()[::3] - flow.kernel_distance()).max() < 1e-9
    np.testing.assert_allclose(wide.at([1.0, 2.0]).lam, np.exp([-0.6, -1.2]))


@given(
    st.floats(-2, 1),
    st.sampled_from([1e-6, 0.1, 0.5, -0.3, 2.0]),
    st.sampled_from([0.0, 1e-10, 1e-3, 0.3, -2.0, 30.0]),
    st.floats(-2, 1),
    st.floats(-2, 2),
)
def test_one_mode(target, initial, lam, gamma, time):
    """An aligned mode is that of the whole solution of one input, one hidden unit and one output."""
    target = 10.0**target
    initial, gamma, time = initial * target, 10.0**gamma * target, 10.0**time / target
    root = np.hypot(initial, lam / 2)
    w2 = np.sqrt(root + lam / 2) if lam >= 0 else np.abs(initial) / np.sqrt(root - lam / 2)
    w1 = initial / w2
    solution = lr.exact_solution([[w1]], [[w2]], [[target]], [time / 3, time], lam=lam, weight_decay=gamma, tau=2.0)
    found = lr.mode_strength([time / 3, time], target, initial, lam, weight_decay=gamma, tau=2.0)
    assert np.isfinite(found).all()
    assume(not solution.diagnostics.saddle)
    size = np.abs(solution.qqt).max((1, 2)) + 1e-300
    assert (np.abs(found - solution.network_function[:, 0, 0]) <= tolerance(solution, 1e-12) * size).all()
    mirrored = lr.mode_strength([time / 3, time], -target, -initial, lam, weight_decay=gamma, tau=2.0)
    np.testing.assert_array_equal(mirrored, -found)


@given(
    st.floats(-1, 1),
    st.sampled_from([1e-6, 0.1, 2.0]),
    st.sampled_from([0.0, 1e-3, 0.3, -2.0, 30.0]),
    st.floats(-2, 0.7),
    st.floats(-1, 1.5),
)
def test_times_are_the_first_with_a_strength(target, initial, lam, gamma, time):
    target = 10.0**target
    initial, gamma, time = initial * target, 10.0**gamma * target, 10.0**time / target
    value = lr.mode_strength(time, target, initial, lam, weight_decay=gamma)
    end = lr.mode_strength(1e9 / target, target, initial, lam, weight_decay=gamma)
    assume(min(abs(value - initial), abs(value - end)) > 1e-6 * target and value > 1e-12 * target)
    found = lr.time_to_reach(value, target, initial, lam, weight_decay=gamma)
    assert found <= time * (1 + 1e-6)
    assert abs(lr.mode_strength(found, target, initial, lam, weight_decay=gamma) - value) <= 1e-10 * target
    before = lr.mode_strength(np.linspace(0, found * 0.999, 400), target, initial, lam, weight_decay=gamma)
    assert ((before - value) * np.sign(initial - value) > -1e-10 * target).all()
    assert lr.time_to_reach(target * 3, target, initial, lam, weight_decay=gamma) == np.inf


@pytest.mark.parametrize("lam", [100.0, 1000.0])
@pytest.mark.parametrize("gamma", [0.01, 0.2])
def test_grokking_time(lam, gamma):
    """A mode with s = γ/2 is learned whole, and has lost half at t* = ln(λ₀/2γκ)/2γ, κ = 0.579."""
    expected = np.log(lam / (2 * gamma * 0.579)) / (2 * gamma)
    strengths = lr.mode_strength([10 / lam, expected], gamma / 2, 0.0, lam, weight_decay=gamma) / (gamma / 2)
    assert strengths[0] > 0.99
    np.testing.assert_allclose(strengths[1], 0.5, atol=2e-3)


@pytest.mark.parametrize("start", ["lazy", "LeCun"])
def test_diagnose_says_when_a_network_turns_rich(start):
    rng, task, gamma = np.random.default_rng(0), np.diag([3.0, 2.0, 0.4, 0.2]), 0.3
    lazy = start == "lazy"
    pair = weights(100.0, (4, 4, 4), 0) if lazy else lr.standard_weights("lecun", 4, 6, 4, rng=rng)
    found = lr.diagnose(*pair, task, weight_decay=gamma)
    assert found.decay.numbers_by == ("exact" if lazy else "integrated")
    times = [0, found.decay.turns_rich, 90]
    flow = lr.gradient_flow(*pair, task, times, weight_decay=gamma)
    np.testing.assert_allclose(flow.kernel_distance()[1], 0.05, rtol=0.15)  # at the next time looked at
    np.testing.assert_allclose(found.decay.kernel_distance, flow.kernel_distance()[2], atol=2e-3)
    np.testing.assert_allclose(found.decay.kept, [2.7, 1.7, 0.1, 0.0], atol=2e-3)
    plain = lr.diagnose(*pair, task)
    assert (plain.decay, plain.modes, plain.regime) == (None, found.modes, found.regime)
    if lazy:  # t* = ln(λ₀/2γκ(s̃/γ))/2γ; κ(2/3) is 0.84 by the mode's own closed form
        t, s = found.decay.forgotten[3], 0.2
        after = lr.mode_strength([t * 0.97, t], s, 0.0, 100.0, weight_decay=gamma)
        assert after[0] > 0.4 * s > after[1] * 0.7
        assert "rich from t = " in str(found)
    with pytest.raises(ValueError, match="would take"):
        lr.diagnose(*pair, lr.Task(task, np.diag([1.0, 0.5, 1.0, 1.0])), weight_decay=1e-6)
    if not lazy:
        assert lr.diagnose(*pair, task, weight_decay=1e-6).decay.numbers_by == "nearest balanced"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"weight_decay": -0.1}, "weight_decay must not be negative; got -0.1"),
        ({"weight_decay": [0.1, 0.2]}, "one number, the same for both layers"),
        ({"weight_decay": [[1], [1, 2]]}, "weight_decay must be an array"),
        ({"weight_decay": 1e-300}, "weight_decay must be 0, or from 1e-280"),
        ({"weight_decay": np.nan}, "weight_decay must be a finite number; got nan"),
        ({"weight_decay": "1"}, "weight_decay must be a finite number; got '1'"),
    ],
)
def test_refusals(given, words):
    eye = np.eye(2)
    for solve in (
        lambda: lr.exact_solution(eye, eye, eye, [1.0], **given),
        lambda: lr.gradient_flow(eye, eye, eye, [1.0], **given),
        lambda: lr.gradient_descent(eye, eye, eye, learning_rate=0.1, steps=1, **given),
        lambda: lr.mode_strength(1.0, 1.0, 0.1, 0.0, **given),
        lambda: lr.time_to_reach(0.5, 1.0, 0.1, 0.0, **given),
        lambda: lr.TaskSequence([eye]).exact(eye, eye, [1.0], **given),
        lambda: lr.diagnose(eye, eye, eye, **given),
    ):
        with pytest.raises(ValueError, match=words):
            solve()


@pytest.mark.parametrize("gamma", [1e-12, 1e-3, 5.0, 1e3, 1e8, 1e15, 1e29])
def test_every_decay_and_time_is_served_without_a_warning(gamma):
    w1, w2 = weights(2.0, (4, 3, 3), 1)
    task = np.random.default_rng(1).standard_normal((3, 4))
    solution = lr.exact_solution(w1, w2, task, [0, 1e-30, 1e-6, 1, 1e8], weight_decay=gamma)
    assert np.isfinite(solution.qqt).all()
    found = lr.diagnose(w1, w2, task, weight_decay=gamma).decay
    assert 0 <= found.kernel_distance <= 1
    assert np.isfinite(found.kept).all()
    assert lr.time_to_reach(1e-14, 0, 0, 1e3, weight_decay=gamma) == np.inf


@given(st.integers(-100, 100))
def test_modes_with_decay_are_one_in_other_units(exponent):
    c = 10.0**exponent
    one = lr.mode_strength(1.5, 1.0, 0.1, 2.0, weight_decay=0.5)
    np.testing.assert_allclose(lr.mode_strength(1.5 / c, c, 0.1 * c, 2 * c, weight_decay=0.5 * c) / c, one, rtol=1e-12)
    time = lr.time_to_reach(0.3, 1.0, 0.1, 2.0, weight_decay=0.5)
    found = lr.time_to_reach(0.3 * c, c, 0.1 * c, 2 * c, weight_decay=0.5 * c)
    np.testing.assert_allclose(found * c, time, rtol=1e-10)
    many = lr.time_to_reach(np.full(2100, 0.3), 1.0, 0.1, 2.0, weight_decay=0.5) if exponent == 0 else time
    np.testing.assert_allclose(many, time, rtol=1e-12)


def test_a_step_that_takes_more_than_the_weights_is_refused():
    with pytest.raises(ValueError, match="learning_rate times weight_decay must be below 1"):
        lr.gradient_descent(np.eye(2), np.eye(2), np.eye(2), learning_rate=0.5, steps=1, weight_decay=2.0)
