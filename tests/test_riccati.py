"""The exact solution against 60 digits, an independent integrator, its symmetries and its limits."""

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import lazyrich as lr
from cases import EPS, problems, tolerance
from lazyrich.linear import initialisation, reference, riccati

CASES = json.loads((Path(__file__).parent / "data/exact_qqt.json").read_text())
CASES = CASES["cases"] if isinstance(CASES, dict) else CASES


def relative(a, b):
    """Largest difference at each time relative to the largest entry at that time."""
    return np.abs(a - b).max((-2, -1)) / np.abs(b).max((-2, -1))


def random_rotation(n, seed):
    return initialisation.random_rotation(n, np.random.default_rng(seed))


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['n_in']}-{c['n_hidden']}-{c['n_out']} lam={c['lam']:g}")
@pytest.mark.parametrize("small", [0, 10**9], ids=["lapack", "householder"])
def test_committed_60_digit_values(case, small, monkeypatch):
    monkeypatch.setattr(riccati, "SMALL", small)
    solution = lr.exact_solution(case["w1"], case["w2"], case["sigma_yx"], case["times"], lam=case["lam"])
    assert relative(solution.qqt, np.array(case["qqt"])).max() < 1e-14


@given(problems(), st.lists(st.floats(-3, 3), min_size=1, max_size=3), st.booleans())
def test_matches_60_digits(problem, exponents, small):
    times = np.sort(np.append(10.0 ** np.array(exponents), [0.0, 1e3 if abs(problem.lam) <= 100 else 50.0]))
    solution = problem.solve(times)
    try:
        exact = reference.qqt(
            problem.w1, problem.w2, problem.sigma_yx, problem.lam, times, problem.tau, problem.sigma_xx
        )
    except ValueError:  # B singular, and so late that mpmath would take minutes
        assume(False)
    before = riccati.SMALL
    riccati.SMALL = 10**9 if small else 0
    try:
        qqt = solution.qqt
    finally:
        riccati.SMALL = before
    assert np.isfinite(qqt).all()
    diagnostics = solution.diagnostics
    if diagnostics.saddle:
        # rounding grows as e^{t ln(1/ε)/horizon} on the way out of the saddle, and then decides
        inside = times < diagnostics.horizon / 2
        late = np.exp(times / diagnostics.horizon * np.log(1 / EPS), where=inside, out=np.full(times.shape, np.inf))
        error, allowed = np.abs(qqt - exact).max((1, 2)) / np.abs(exact).max(), 1e-12 + 100 * EPS * late
    else:
        error, allowed = relative(qqt, exact), tolerance(solution, 1e-12)
    assert (error <= allowed).all(), (error, allowed, diagnostics)


@given(problems(lams=(0.0, 1e-6, -1e-3, 0.5, -2.0, 10.0), scales=(0.1, 1.0)), st.floats(0.1, 8))
def test_matches_the_integrated_flow(problem, until):
    times = np.linspace(0, until, 4)
    solution = problem.solve(times)
    assume(not solution.diagnostics.saddle)
    flow = lr.gradient_flow(problem.w1, problem.w2, problem.task, times, tau=problem.tau)
    scale = np.abs(flow.qqt).max()
    allowed = tolerance(solution, 1e-9)
    assert np.abs(solution.qqt - flow.qqt).max() <= allowed * scale
    assert np.abs(solution.loss() - flow.loss()).max() <= allowed * max(flow.loss().max(), scale)
    if (np.abs(problem.w1).max() > 0) and scale > 1e-6:
        assert np.abs(solution.kernel_distance() - flow.kernel_distance()).max() <= 10 * allowed


@given(problems(), st.floats(0, 5), st.floats(0, 5))
def test_semigroup(problem, first, second):
    """Going on from the weights at t1 is the same as going through: what chains tasks."""
    whole = problem.solve([first, first + second])
    assume(whole.diagnostics.relative_error < 1e-9)
    w1, w2 = whole.weights(0)
    onward = lr.exact_solution(w1, w2, problem.task, [second], tau=problem.tau, lam=problem.lam)
    allowed = max(tolerance(whole, 1e-11), tolerance(onward, 1e-11))
    assert np.abs(onward.qqt[0] - whole.qqt[1]).max() <= allowed * np.abs(whole.qqt).max()


@given(problems(), st.floats(0, 20), st.integers(0, 99))
def test_rotation_covariance(problem, time, seed):
    """Σ → AΣBᵀ with the layers rotated alike rotates the solution."""
    n_in, n_hidden, n_out = problem.shape
    a, b, r = (random_rotation(n, seed) for n in (n_out, n_in, n_hidden))
    solution = problem.solve([time])
    rotated = lr.exact_solution(
        r @ problem.w1 @ b.T,
        a @ problem.w2 @ r.T,
        lr.Task(a @ problem.sigma_yx @ b.T, problem.sigma_xx),
        [time],
        tau=problem.tau,
        lam=problem.lam,
    )
    assume(solution.diagnostics.relative_error < 1e-9)
    expected = a @ solution.network_function[0] @ b.T
    error = np.abs(rotated.network_function[0] - expected).max()
    assert error <= tolerance(solution, 1e-11) * np.abs(solution.qqt).max()


@given(problems(), st.floats(0, 20))
def test_layer_swap(problem, time):
    """The transposed network at −λ: W1 and W2ᵀ change places."""
    solution = problem.solve([time])
    assume(solution.diagnostics.relative_error < 1e-9)
    swapped = lr.exact_solution(
        problem.w2.T,
        problem.w1.T,
        lr.Task(problem.sigma_yx.T, problem.sigma_xx),
        [time],
        tau=problem.tau,
        lam=-problem.lam,
    )
    scale = np.abs(solution.qqt).max() * tolerance(solution, 1e-11)
    assert np.abs(swapped.network_function[0].T - solution.network_function[0]).max() <= scale
    assert np.abs(swapped.input_representation - solution.output_representation).max() <= scale


@given(problems(), st.floats(0, 20), st.sampled_from([0.3, 7.0]))
def test_time_rescaling(problem, time, factor):
    """τ and t only occur as t/τ; Σxx = cI is τ/c and Σyx/c."""
    args = (problem.w1, problem.w2)
    solution = problem.solve([time])
    assume(solution.diagnostics.relative_error < 1e-9)
    tau, c, lam = problem.tau, problem.sigma_xx, problem.lam
    slower = lr.exact_solution(*args, problem.task, [time * factor], tau=tau * factor, lam=lam)
    whitened = lr.exact_solution(*args, problem.sigma_yx / c, [time], tau=tau / c, lam=lam)
    for other in (slower, whitened):
        scale = np.abs(solution.qqt).max() * tolerance(solution, 1e-11)
        assert np.abs(other.qqt - solution.qqt).max() <= scale


@given(problems())
def test_conserves_lam_and_is_positive(problem):
    times = np.array([0.0, 0.1, 1.0, 10.0, 1e3, 1e6])
    solution = problem.solve(times)
    scale = np.abs(solution.qqt).max()
    balance = solution.balance()
    assert np.abs(balance.lam - problem.lam).max() <= 1e-12 * scale
    assert balance.residual.max() <= 1e-12 * scale
    assert solution.balance_drift <= 1e-12 * scale
    values = np.linalg.eigvalsh(solution.qqt)
    assert values.min() >= -1e-13 * scale
    rank = min(problem.shape[1], values.shape[1])
    assert values[:, : values.shape[1] - rank].max(initial=0.0) <= 1e-13 * scale


@given(problems(kinds=("full",), lams=(1e-3, -0.5, 2.0, -30.0, 100.0, 1e3), scales=(0.1, 1.0)))
def test_limit_is_the_best_approximation_of_rank_n_hidden(problem):
    solution = problem.solve([1e12])
    u, s, vt = np.linalg.svd(problem.sigma_yx / problem.sigma_xx, full_matrices=False)
    k = min(problem.shape[1], s.size)
    gap = s[k - 1] - (s[k] if k < s.size else 0.0)
    assume(gap > 1e-3 and solution.diagnostics.relative_error < 1e-10 and s[k - 1] > 1e-2)
    best = (u[:, :k] * s[:k]) @ vt[:k]
    # relative to the function itself, not to the larger QQᵀ: large |λ| costs the function no digits
    assert np.abs(solution.network_function[0] - best).max() <= 1e-12 * s[0]


@given(problems(), st.floats(-6, 6))
def test_start_is_returned_at_time_zero(problem, exponent):
    solution = problem.solve([0.0, 10.0**exponent])
    q = np.vstack([problem.w1.T, problem.w2])
    assert np.abs(solution.qqt[0] - q @ q.T).max() <= 1e-14 * max(1e-300, np.abs(q @ q.T).max())
    assert solution.kernel_distance()[0] <= 1e-28


@pytest.mark.parametrize("lam", [0.0, 1e-12, -1e-12, 1.0, -1e3, 1e3])
@pytest.mark.parametrize("shape", [(3, 3, 3), (5, 3, 4), (3, 3, 7), (7, 3, 3), (4, 2, 4)])
def test_no_overflow_at_any_time(lam, shape):
    """Warnings are errors in these tests: nothing may overflow or divide by zero, to t = 1e6 and past it."""
    rng = np.random.default_rng(4)
    w1, w2 = lr.lambda_balanced_weights(lam, *shape, rng=rng, scale=1e-3)
    sigma = rng.standard_normal((shape[2], shape[0]))
    solution = lr.exact_solution(w1, w2, sigma, [0, 1e-300, 1e-6, 1, 1e3, 1e6, 1e9, 1e300], lam=lam)
    for value in (solution.qqt, solution.network_function, solution.loss(), solution.kernel_distance()):
        assert np.isfinite(value).all()


@pytest.mark.parametrize("small", [0, 10**9], ids=["lapack", "householder"])
def test_dead_hidden_units_stay_dead(small, monkeypatch):
    """Columns of K that are exactly zero: no weights at all, and one unit without any."""
    monkeypatch.setattr(riccati, "SMALL", small)
    times = [0.0, 1.0, 1e3, 1e6]
    nothing = lr.exact_solution(np.zeros((3, 4)), np.zeros((5, 3)), np.ones((5, 4)), times)
    assert (nothing.qqt == 0).all()
    w1, w2 = lr.lambda_balanced_weights(0.0, 4, 2, 5, rng=np.random.default_rng(0))
    sigma = np.random.default_rng(1).standard_normal((5, 4))
    wider = np.vstack([w1, np.zeros((1, 4))]), np.hstack([w2, np.zeros((5, 1))])
    expected = lr.exact_solution(w1, w2, sigma, times, lam=0.0)
    assert relative(lr.exact_solution(*wider, sigma, times, lam=0.0).qqt, expected.qqt).max() < 1e-13


@pytest.mark.parametrize("small", [0, 10**9], ids=["lapack", "householder"])
@pytest.mark.parametrize("shape", [(2, 2, 2), (3, 3, 3), (4, 2, 4), (2, 4, 2)])
def test_whole_numbers_on_a_saddle(shape, small, monkeypatch):
    """Rows of K that are exactly zero, or exactly dependent: nothing may divide 0 by 0, however late."""
    monkeypatch.setattr(riccati, "SMALL", small)
    n_in, n_hidden, n_out = shape
    rng = np.random.default_rng(0)
    sigma = np.diag(np.arange(n_in, 0, -1.0))
    for _ in range(50):
        w1 = rng.integers(-1, 2, (n_hidden, n_in))
        w2 = w1.T * rng.choice([-1, 1], (n_out, 1))  # W2ᵀW2 = W1W1ᵀ
        solution = lr.exact_solution(w1, w2, sigma, [0.0, 1.0, 10.0, 500.0, 1e3, 1e6])
        assert np.isfinite(solution.qqt).all()
        assert np.abs(solution.qqt[0] - np.vstack([w1.T, w2]) @ np.vstack([w1.T, w2]).T).max() < 1e-13
        if not solution.diagnostics.saddle:
            exact = reference.qqt(w1, w2, sigma, 0.0, [1.0, 10.0])
            scale = max(1.0, np.abs(exact).max())
            assert np.abs(solution.qqt[1:3] - exact).max() <= tolerance(solution, 1e-12) * scale


def test_goes_on_from_near_a_saddle():
    """The weights are small there, and their rounding is that of what they have been."""
    for seed in range(6):
        w1, w2 = lr.lambda_balanced_weights(0.0, 1, 3, 1, rng=np.random.default_rng(seed), scale=0.5)
        sigma = -np.sign(w2 @ w1)
        whole = lr.exact_solution(w1, w2, sigma, [10.0, 11.0])
        onward = lr.exact_solution(*whole.weights(0), sigma, [1.0], lam=whole.lam)
        assert np.abs(onward.qqt[0] - whole.qqt[1]).max() < 1e-15


def test_later_changes_of_the_arguments_change_nothing():
    w1, w2 = lr.lambda_balanced_weights(0.0, 3, 3, 3, rng=np.random.default_rng(0))
    times, sigma = np.array([0.0, 1.0, 2.0]), np.eye(3)
    solution = lr.exact_solution(w1, w2, sigma, times)
    descent = lr.gradient_descent(w1, w2, sigma, learning_rate=0.1, steps=20)
    before = [lr.exact_solution(w1, w2, sigma, times).kernel_distance(), descent.loss(), descent.kernel_distance()]
    for array in (w1, w2, sigma, times):
        array *= 3
    after = [solution.kernel_distance(), descent.loss(), descent.kernel_distance()]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("lam", [30.0, 100.0, 1e3])
def test_slow_rates_of_the_delayed_rich_regime_keep_their_digits(lam):
    """The plateau decays at r = √(s²+λ²/4) − λ/2: at t of order 1/r the exponent must not be a rounded difference."""
    rng = np.random.default_rng(8)
    w1, w2 = lr.lambda_balanced_weights(lam, 2, 2, 4, rng=rng, scale=0.1)
    sigma = np.linalg.qr(rng.standard_normal((4, 2)))[0]
    times = np.array([1.0, 3.0]) * lam
    solution = lr.exact_solution(w1, w2, sigma, times, lam=lam)
    exact = reference.qqt(w1, w2, sigma, lam, times)
    error = np.abs(solution.network_function - exact[:, 2:, :2]).max()
    assert error <= 2e-14  # of a function of order 1, though QQᵀ is of order λ


class TestDiagnostics:
    @staticmethod
    def start(sign, seed=0, lam=0.0):
        """A square zero-balanced start with det(W2W1)·det Σ of the given sign."""
        rng = np.random.default_rng(seed)
        sigma = rng.standard_normal((4, 4))
        w1, w2 = lr.lambda_balanced_weights(lam, 4, 4, 4, rng=rng, scale=0.3)
        if np.sign(np.linalg.det(w2 @ w1) * np.linalg.det(sigma)) != sign:
            w1[:, 0] *= -1
        return w1, w2, sigma

    @pytest.mark.parametrize("seed", range(20))
    def test_parity_saddle_is_reported(self, seed):
        w1, w2, sigma = self.start(-1, seed)
        diagnostics = lr.exact_solution(w1, w2, sigma, [0.0], lam=0.0).diagnostics
        assert diagnostics.saddle
        smallest = np.linalg.svd(sigma, compute_uv=False)[-1]
        assert diagnostics.horizon == pytest.approx(np.log(1 / EPS) / smallest, rel=1e-9)

    @pytest.mark.parametrize("seed", range(20))
    def test_matching_signs_are_no_saddle(self, seed):
        diagnostics = lr.exact_solution(*self.start(1, seed), [0.0], lam=0.0).diagnostics
        assert not diagnostics.saddle
        assert diagnostics.horizon == np.inf

    def test_small_lam_is_ill_conditioned_but_no_saddle(self):
        w1, w2, sigma = self.start(1, 3, lam=1e-6)
        diagnostics = lr.exact_solution(w1, w2, sigma, [0.0], lam=1e-6).diagnostics
        assert not diagnostics.saddle
        assert diagnostics.relative_error < 1e-8

    def test_full_reversal_has_the_earliest_horizon(self):
        """Trained on Σ, then asked for −Σ: every mode is stuck, the fastest leaves first."""
        w1, w2, sigma = self.start(1, 1)
        trained = lr.exact_solution(w1, w2, sigma, [1e3], lam=0.0).weights(0)
        reversed_ = lr.exact_solution(*trained, -sigma, [0.0], lam=0.0).diagnostics
        assert reversed_.saddle
        assert reversed_.horizon == pytest.approx(np.log(1 / EPS) / np.linalg.norm(sigma, 2), rel=1e-9)

    def test_horizon_is_in_units_of_time(self):
        w1, w2, sigma = self.start(-1, 0)
        plain = lr.exact_solution(w1, w2, sigma, [0.0], lam=0.0).diagnostics.horizon
        slower = lr.exact_solution(w1, w2, lr.Task(2 * sigma, 2.0), [0.0], tau=6.0, lam=0.0).diagnostics.horizon
        assert slower == pytest.approx(3 * plain)

    def test_widths_without_a_saddle(self):
        """Unequal widths, wide hidden layers and rank-deficient tasks have directions to spare."""
        rng = np.random.default_rng(0)
        for shape in [(5, 3, 3), (3, 3, 5), (3, 6, 3), (4, 2, 4)]:
            w1, w2 = lr.lambda_balanced_weights(0.0, *shape, rng=rng, scale=0.3)
            sigma = rng.standard_normal((shape[2], shape[0]))
            expected = shape == (3, 6, 3) and np.linalg.det(w2 @ w1) * np.linalg.det(sigma) < 0
            assert lr.exact_solution(w1, w2, sigma, [0.0], lam=0.0).diagnostics.saddle == expected


class TestLam:
    def test_is_inferred(self):
        rng = np.random.default_rng(0)
        for lam in (0.0, 1e-6, -3.0, 1e3):
            w1, w2 = lr.lambda_balanced_weights(lam, 4, 4, 4, rng=rng, scale=0.5)
            assert lr.exact_solution(w1, w2, np.eye(4), [0.0]).lam == pytest.approx(lam, rel=1e-9, abs=16 * EPS)

    def test_zero_is_exactly_zero(self):
        w1, w2 = lr.lambda_balanced_weights(0.0, 4, 3, 5, rng=np.random.default_rng(0), scale=0.5)
        assert lr.exact_solution(w1, w2, np.ones((5, 4)), [0.0]).lam == 0.0

    def test_unbalanced_weights_are_refused(self):
        w1, w2 = lr.gaussian_weights(3, 3, 3, scale=1.0, rng=np.random.default_rng(0))
        with pytest.raises(ValueError, match="not λ-balanced"):
            lr.exact_solution(w1, w2, np.eye(3), [0.0])

    def test_a_wrong_lam_is_refused(self):
        w1, w2 = lr.lambda_balanced_weights(1.0, 3, 3, 3, rng=np.random.default_rng(0))
        with pytest.raises(ValueError, match=r"at λ = 1.1 \(nearest λ: 1\)"):
            lr.exact_solution(w1, w2, np.eye(3), [0.0], lam=1.1)


def test_memory_stays_near_the_answer():
    n, n_times = 120, 200
    rng = np.random.default_rng(0)
    w1, w2 = lr.lambda_balanced_weights(1.0, n, n, n, rng=rng, scale=0.1)
    solution = lr.exact_solution(w1, w2, rng.standard_normal((n, n)), np.linspace(0, 5, n_times))
    tracemalloc.start()
    answer = solution.network_function
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.shape == (n_times, n, n)
    assert peak < 1.5 * answer.nbytes


def test_chunks_of_times_do_not_change_the_result(monkeypatch):
    rng = np.random.default_rng(0)
    w1, w2 = lr.lambda_balanced_weights(1.0, 4, 3, 5, rng=rng)
    arguments = (w1, w2, rng.standard_normal((5, 4)), np.linspace(0, 5, 57))
    whole = lr.exact_solution(*arguments).qqt
    monkeypatch.setattr(riccati, "CHUNK_SIZE", 5 * w1.shape[0] * 9)
    assert np.abs(lr.exact_solution(*arguments).qqt - whole).max() < 1e-14


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"w1": np.ones((2, 3, 4))}, "must have the same leading axes"),
        ({"w1": [["a"]]}, "w1 must hold real numbers"),
        ({"w2": np.ones((3, 5))}, r"w2 must be a matrix of shape \(n_out, 3\); got shape \(3, 5\)"),
        ({"task": np.ones((4, 5))}, r"shape \(5, 4\); got shape \(4, 5\); its transpose would fit"),
        ({"task": np.full((5, 4), np.nan)}, "Σyx, holds NaN"),
        ({"times": [0.0, 2.0, 1.0]}, "ascending"),
        ({"times": [-1.0]}, "ascending order from 0"),
        ({"times": [0.0, np.inf]}, "times holds NaN or infinity"),
        ({"times": []}, "at least one time"),
        ({"tau": 0.0}, "tau must be a finite number larger than 0; got 0.0"),
        ({"task": lr.Task(np.ones((5, 4)), np.diag([1.0, 1, 1, 2]))}, "Whiten them"),
        ({"task": lr.Task(np.ones((4, 5)))}, "its transpose would fit"),
        ({"times": [1j]}, "times must hold real numbers"),
        ({"balance_tolerance": np.nan}, "balance_tolerance must be a finite number"),
        ({"lam": np.nan}, "lam must be a finite number"),
        ({"lam": "two"}, "lam must be a finite number; got 'two'"),
    ],
)
def test_bad_input(change, message):
    w1, w2 = lr.lambda_balanced_weights(1.0, 4, 3, 5, rng=np.random.default_rng(0))
    good = {"w1": w1, "w2": w2, "task": np.ones((5, 4)), "times": [0.0, 1.0]}
    with pytest.raises(ValueError, match=message):
        lr.exact_solution(**{**good, **change})
