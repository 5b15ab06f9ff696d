"""Limits of training against the exact solution at a late time, dense kernels, and sampled noise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

import lazyrich as lr
from lazyrich.linear import limits


def matched(lam, sigma_yx, n_hidden, rng):
    """A λ-balanced start that is on no saddle's manifold at λ = 0."""
    w1, w2 = lr.lambda_balanced_weights(lam, sigma_yx.shape[1], n_hidden, sigma_yx.shape[0], rng=rng, scale=0.5)
    if len({*w1.shape, *w2.shape}) == 1 and np.linalg.det(w2 @ w1) * np.linalg.det(sigma_yx) < 0:
        w1[:, 0] *= -1
    return w1, w2


@pytest.mark.parametrize("sigma_xx", [1.0, 0.125])
@pytest.mark.parametrize("lam", [-100.0, -2.0, 0.0, 1e-3, 10.0])
@pytest.mark.parametrize("shape", [(4, 4, 4), (5, 3, 4), (3, 2, 5)])
def test_representations_are_where_the_exact_solution_ends(shape, lam, sigma_xx):
    n_in, n_hidden, n_out = shape
    rng = np.random.default_rng(7)
    sigma_yx = lr.task_from_singular_values([3.0, 2.0, 1.0, 0.5][: min(n_in, n_out)], n_in, n_out, rng=rng).sigma_yx
    w1, w2 = matched(lam, sigma_yx, n_hidden, rng)
    late = lr.exact_solution(w1, w2, lr.Task(sigma_yx, sigma_xx), [1e5], lam=lam)
    expected = limits.converged_representations(sigma_yx, lam, n_hidden, sigma_xx)
    scale = np.abs(late.qqt).max()
    assert np.abs(late.input_representation[0] - expected.input).max() < 1e-13 * scale
    assert np.abs(late.output_representation[0] - expected.output).max() < 1e-13 * scale


@pytest.mark.parametrize(("shape", "lam"), [((4, 4, 4), 3.0), ((4, 4, 4), -3.0), ((3, 5, 5), 2.0), ((5, 5, 3), -2.0)])
def test_unused_directions_keep_the_relative_scale(shape, lam):
    n_in, n_hidden, n_out = shape
    rng = np.random.default_rng(3)
    sigma_yx = lr.task_from_singular_values([2.0, 1.0], n_in, n_out, rng=rng).sigma_yx
    w1, w2 = lr.lambda_balanced_weights(lam, *shape, rng=rng)
    late = lr.exact_solution(w1, w2, sigma_yx, [1e4], lam=lam)
    expected = limits.converged_representations(sigma_yx, lam, n_hidden)
    assert np.abs(late.input_representation[0] - expected.input).max() < 1e-13
    assert np.abs(late.output_representation[0] - expected.output).max() < 1e-13


def test_degenerate_singular_values_do_not_leave_a_basis_behind():
    task = lr.semantic_hierarchy()
    s = np.linalg.norm(task.y, axis=1)
    v = task.y.T / s
    for lam in (-10.0, 0.0, 10.0):
        strength = (np.hypot(lam, 2 * s) - lam) / 2
        found = limits.converged_representations(task.sigma_yx, lam, 8, sigma_xx=1 / 8)
        assert np.abs(found.input - (v * strength) @ v.T).max() < 1e-13
        assert np.abs(found.output - np.diag(strength + lam)).max() < 1e-13


def test_what_the_task_does_not_decide_is_refused():
    with pytest.raises(ValueError, match="singular values 2 and 3 of the task are equal"):
        limits.converged_representations(np.eye(3), 0.0, 2)
    with pytest.raises(ValueError, match="1 hidden directions are not used by the task"):
        limits.converged_representations(np.diag([1.0, 0.0, 0.0]), 1.0, 2)
    with pytest.raises(ValueError, match="no λ-balanced weights exist"):
        limits.converged_representations(np.ones((2, 4)), 1.0, 3)


@pytest.mark.parametrize("lam", [-30.0, -1.0, 0.0, 2.0, 300.0])
def test_kernel_excess_is_that_of_the_dense_kernel(lam):
    rng = np.random.default_rng(1)
    s = np.array([2.0, 1.0, 0.5, 0.0])
    w1, w2 = lr.weights_with_singular_values(lam, s, 4, 4, 4, rng=rng)
    dense = np.linalg.norm(lr.ntk(w1, w2, np.eye(4)) - abs(lam) * np.eye(16))
    assert limits.kernel_excess(s, lam) == pytest.approx(dense, rel=1e-10)
    assert limits.kernel_excess(s, [lam, 1e9])[1] * 1e9 == pytest.approx(limits.kernel_excess(s, 1e6) * 1e6, rel=1e-11)


@given(st.floats(-1e3, 1e3), st.integers(1, 5), st.integers(1, 5))
def test_parameter_noise_is_that_of_the_layers_norms(lam, n_in, n_out):
    n_hidden = min(n_in, n_out)
    s = np.linspace(2, 0.5, n_hidden)
    w1, w2 = lr.weights_with_singular_values(lam, s, n_in, n_hidden, n_out, rng=np.random.default_rng(0))
    std, c = 0.3, 0.5
    norms = n_in * (w2**2).sum() + n_out * (w1**2).sum()
    expected = c / 2 * (std**2 * norms + std**4 * n_in * n_hidden * n_out)
    assert limits.parameter_noise_loss(s, lam, n_in, n_out, std, c) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("lam", [-3.0, 0.0, 3.0])
def test_noise_formulas_against_sampled_noise(lam):
    rng = np.random.default_rng(11)
    s, std, n = np.array([2.0, 1.0]), 0.2, 40_000
    w1, w2 = lr.weights_with_singular_values(lam, s, 2, 2, 3, rng=rng)
    x = np.sqrt(2) * np.eye(2)  # P = 2, whitened
    y = w2 @ w1 @ x

    def z(outputs, expected):
        losses = ((outputs - y) ** 2).sum((-2, -1)) / (2 * x.shape[1])
        return (losses.mean() - expected) / (losses.std(ddof=1) / np.sqrt(n))

    noisy = w2 @ w1 @ (x + std * rng.standard_normal((n, *x.shape)))
    assert abs(z(noisy, limits.input_noise_loss(s, std))) < 4
    first = w1 + std * rng.standard_normal((n, *w1.shape))
    noisy = (w2 + std * rng.standard_normal((n, *w2.shape))) @ first @ x
    assert abs(z(noisy, limits.parameter_noise_loss(s, lam, 2, 3, std))) < 4


@given(st.lists(st.floats(0.05, 20), min_size=1, max_size=5), st.integers(1, 9), st.integers(1, 9))
def test_least_noise_scale_is_the_minimum(singular_values, n_in, n_out):
    found = limits.least_noise_scale(singular_values, n_in, n_out)

    def loss(lam):
        return limits.parameter_noise_loss(singular_values, lam, n_in, n_out, 1.0)

    reach = 10 * max(singular_values) + abs(found)
    best = minimize_scalar(loss, bounds=(-reach, reach), method="bounded", options={"xatol": 1e-10 * reach}).x
    assert found == pytest.approx(best, abs=1e-5 * reach)
    assert loss(found) <= loss(best) * (1 + 1e-14)


def test_least_noise_scale_of_the_papers_shapes():
    assert limits.least_noise_scale([3.0, 1.0, 0.2], 4, 4) == 0
    # 3-3-6: Σ λ/√(λ²+4s²) = 3·(6 − 3)/(6 + 3) = 1, whose root is 0.99314… (bisected in integers of 1e-12)
    s, low, high = np.array([1.0, 2.0, 1.5]), 0, 2 * 10**12
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if (middle / np.hypot(middle, 2e12 * s)).sum() < 1 else (low, middle)
    assert limits.least_noise_scale(s, 3, 6) == pytest.approx(low * 1e-12, abs=2e-12)
    assert limits.least_noise_scale(s, 3, 6) == pytest.approx(0.9931, abs=1e-4)
    assert limits.least_noise_scale(s, 6, 3) == pytest.approx(-limits.least_noise_scale(s, 3, 6), rel=1e-13)
    assert limits.least_noise_scale([1.5], 3, 6) == pytest.approx(limits.least_noise_scale_of_mode(1.5, 3, 6))


@pytest.mark.parametrize("bad", [[], [0.0, 1.0], [np.nan], [[1.0]]])
def test_least_noise_scale_refuses(bad):
    with pytest.raises(ValueError, match="larger than 0"):
        limits.least_noise_scale(bad, 2, 3)
