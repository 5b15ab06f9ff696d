"""Tall and wide networks in fewer directions: the same numbers as the whole, in memory that grows as their weights."""

import tracemalloc

import numpy as np
import pytest

import lazyrich as lr
from lazyrich.linear import initialisation, nearly_balanced, observables, reduced
from lazyrich.linear.reduced import ReducedSolution

# n_in, n_hidden, n_out, rank of the task
SHAPES = [(3, 4, 30, 3), (30, 4, 3, 3), (40, 3, 45, 2), (5, 3, 40, 0), (2, 1, 9, 1), (3, 9, 40, 2)]
TIMES = np.array([0.0, 0.3, 1.0, 4.0, 50.0])


@pytest.fixture
def small_is_large(monkeypatch):
    """The ways of large widths, taken from a width of 8 on."""
    for module in (observables, reduced, initialisation, nearly_balanced):
        monkeypatch.setattr(module, "WIDE", 8)


def problem(shape, lam, c=1.0):
    n_in, n_hidden, n_out, rank = shape
    if initialisation.infeasible(lam, n_in, n_hidden, n_out):
        lam = 0.0
    rng = np.random.default_rng(7)
    w1, w2 = lr.lambda_balanced_weights(lam, n_in, n_hidden, n_out, rng=rng, scale=0.4)
    sigma = rng.standard_normal((n_out, rank)) @ rng.standard_normal((rank, n_in)) / n_in
    return w1, w2, lr.Task(sigma, c, 40.0), lam


@pytest.mark.parametrize("lam", [-1.0, 0.0, 2.0])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("c", [1.0, 0.25])
def test_is_the_whole_solution(shape, lam, c, monkeypatch):
    w1, w2, task, lam = problem(shape, lam, c)
    whole = lr.exact_solution(w1, w2, task, TIMES, tau=1.5, lam=lam)
    assert isinstance(whole, lr.ExactSolution)
    for module in (observables, reduced):
        monkeypatch.setattr(module, "WIDE", 8)
    few = lr.exact_solution(w1, w2, task, TIMES, tau=1.5, lam=lam)
    assert isinstance(few, ReducedSolution)
    size = np.abs(whole.qqt).max()
    for name in ("network_function", "input_representation", "output_representation", "qqt"):
        assert np.abs(getattr(few, name) - getattr(whole, name)).max() < 1e-12 * size
    assert few.loss() == pytest.approx(whole.loss(), rel=1e-12)
    assert few.kernel_distance() == pytest.approx(whole.kernel_distance(), rel=1e-10, abs=1e-25)
    assert few.balance().lam == pytest.approx(whole.balance().lam, abs=1e-12 * size)
    assert few.balance_drift < 1e-12 * size
    assert few.diagnostics.saddle == whole.diagnostics.saddle
    assert few.diagnostics.sigma_min == pytest.approx(whole.diagnostics.sigma_min, rel=1e-8, abs=1e-13)
    assert (few.lam, few.tau) == (whole.lam, whole.tau)
    (a1, a2), (b1, b2) = few.weights(2), whole.weights(2)
    assert np.abs(a2 @ a1 - b2 @ b1).max() < 1e-12 * size
    assert few.weights(slice(1, 3))[0].shape == (2, *w1.shape)
    assert np.abs(few.w2 @ few.w1 - whole.network_function).max() < 1e-12 * size
    x = np.random.default_rng(0).standard_normal((shape[0], 4))
    entries = [0, 5, 11], [0, 4, 3]
    assert few.ntk_entries(x, *entries) == pytest.approx(whole.ntk_entries(x, *entries), rel=1e-11, abs=1e-12 * size)
    later = few.at([0.5, 2.0])
    assert np.abs(later.network_function - whole.at([0.5, 2.0]).network_function).max() < 1e-12 * size
    assert few.network_function.shape[0] == TIMES.size


def test_runs_and_sequences_of_them(small_is_large):
    rng = np.random.default_rng(0)
    starts = [lr.lambda_balanced_weights(lam, 3, 2, 30, rng=rng, scale=0.3) for lam in (0.0, 1.0)]
    w1, w2 = (np.stack(w) for w in zip(*starts, strict=True))
    tasks = rng.standard_normal((2, 30, 3))
    many = lr.exact_solution(w1, w2, tasks[0], TIMES)
    for k in range(2):
        alone = lr.exact_solution(w1[k], w2[k], tasks[0], TIMES)
        np.testing.assert_array_equal(many.loss()[k], alone.loss())
        np.testing.assert_array_equal(many.kernel_distance()[k], alone.kernel_distance())
    sequence = lr.TaskSequence(tasks)
    for exact, flow in zip(sequence.exact(w1[1], w2[1], [0, 1.0]), sequence.flow(w1[1], w2[1], [0, 1.0]), strict=True):
        assert isinstance(exact, ReducedSolution)
        assert exact.loss() == pytest.approx(flow.loss(), rel=1e-8)


@pytest.mark.parametrize("shape", [(3, 2, 30), (30, 2, 3), (20, 3, 25), (2, 30, 3), (3, 9, 30), (30, 9, 3)])
@pytest.mark.parametrize("lam", [-1.5, 0.0, 2.0])
def test_weights_of_large_widths_are_what_they_say(shape, lam, small_is_large):
    if initialisation.infeasible(lam, *shape):
        lam = 0.0
    n_in, n_hidden, n_out = shape
    rng = np.random.default_rng(1)
    sigma = rng.standard_normal((n_out, n_in))
    function = rng.standard_normal((n_out, 2)) @ rng.standard_normal((2, n_in))
    values = np.array([1.5, 0.5])
    drawn = {
        "drawn": lr.lambda_balanced_weights(lam, *shape, rng=rng, scale=0.5),
        "values": lr.weights_with_singular_values(lam, values, *shape, rng=rng),
        "aligned": lr.aligned_weights(lam, sigma, values, n_hidden, rng=rng),
        "function": lr.weights_with_function(function, lam, n_hidden, rng=rng),
    }
    for name, (w1, w2) in drawn.items():
        assert (w1.shape, w2.shape) == ((n_hidden, n_in), (n_out, n_hidden))
        size = (w1**2).sum() + (w2**2).sum()
        off = w2.T @ w2 - w1 @ w1.T - lam * np.eye(n_hidden)
        assert np.abs(off).max() < 1e-13 * size, name
        for new, old in zip(lr.nearest_balanced(w1, w2, lam), (w1, w2), strict=True):
            assert np.abs(new - old).max() < (1e-6 if lam == 0 else 1e-11) * np.sqrt(size), name
    assert np.abs(drawn["function"].w2 @ drawn["function"].w1 - function).max() < 1e-12 * np.abs(function).max()
    u, _, vt = np.linalg.svd(sigma, full_matrices=False)
    w1, w2 = drawn["aligned"]
    assert np.abs(u.T @ w2 @ w1 @ vt.T)[:2, :2] == pytest.approx(np.diag(values), abs=1e-12)
    w1, w2 = drawn["values"]
    assert np.linalg.svd(w2 @ w1, compute_uv=False)[:2] == pytest.approx(values)


def test_algorithm_1_keeps_the_drawn_function_at_large_widths(small_is_large):
    first, second = lr.gaussian_weights(3, 2, 30, scale=0.5, rng=np.random.default_rng(3))
    for lam in (-1.0, 0.0, 1.0):
        w1, w2 = lr.lambda_balanced_weights(lam, 3, 2, 30, rng=np.random.default_rng(3), scale=0.5)
        assert np.abs(w2 @ w1 - second @ first).max() < 1e-14


@pytest.mark.parametrize("shape", [(3, 2, 30), (30, 2, 3), (20, 3, 25), (2, 30, 3)])
def test_measures_of_large_widths_are_the_same(shape, monkeypatch):
    n_in, n_hidden, n_out = shape
    rng = np.random.default_rng(2)
    w = [rng.standard_normal(s) for s in [(n_hidden, n_in), (n_out, n_hidden)] * 2]
    batch = [np.stack([a, 2 * a]) for a in w]
    root = rng.standard_normal((n_in, n_in))

    def measures():
        yield from lr.balance(*w[:2])
        yield from lr.balance(*batch[:2])
        yield lr.relative_imbalance(*w[:2])
        yield lr.kernel_distance(*w)
        yield lr.kernel_distance(*w[:2], *batch[2:])
        yield lr.kernel_distance(*w, root @ root.T)
        near = [a + 1e-6 * b for a, b in zip(w[:2], w[2:], strict=True)]
        yield lr.kernel_distance(*w[:2], *near)

    before = list(measures())
    for module in (observables, nearly_balanced):
        monkeypatch.setattr(module, "WIDE", 8)
    for one, other in zip(before, measures(), strict=True):
        assert other == pytest.approx(one, rel=1e-8)


def test_memory_grows_as_the_weights():
    """Of 4,000 outputs one square matrix takes 128 MB, one at each of 100 times 12.8 GB."""
    rng, times = np.random.default_rng(0), np.linspace(0, 10, 100)
    sigma = rng.standard_normal((4000, 8)) / 60
    tracemalloc.start()
    for lam in (0.0, 1.0):
        w1, w2 = lr.lambda_balanced_weights(lam, 8, 30, 4000, rng=rng, scale=0.01)
        solution = lr.exact_solution(w1, w2, sigma, times)
        end1, end2 = solution.weights(-1)
        distances = solution.kernel_distance()[-1], lr.kernel_distance(w1, w2, end1, end2)
        assert distances[0] == pytest.approx(distances[1], rel=1e-9)
        assert (np.diff(solution.loss()) < 1e-12).all()
        assert lr.relative_imbalance(*lr.nearest_balanced(end1, end2)) < 1e-7
        assert solution.balance().residual.max() < 1e-12
    # the same with the layers changed about
    wide = lr.exact_solution(w2.T, w1.T, sigma.T, times, lam=-1.0)
    assert wide.loss() == pytest.approx(solution.loss(), rel=1e-10)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6


def test_a_wide_hidden_layer_has_no_square_matrix():
    rng = np.random.default_rng(0)
    tracemalloc.start()
    w1, w2 = lr.lambda_balanced_weights(0.0, 4, 5000, 3, rng=rng, scale=0.1)
    assert lr.balance(w1, w2).residual < 1e-12
    assert lr.relative_imbalance(w1, w2) < 1e-12
    solution = lr.exact_solution(w1, w2, rng.standard_normal((3, 4)), [0.0, 1.0, 3.0])
    assert solution.loss()[-1] < solution.loss()[0]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6
