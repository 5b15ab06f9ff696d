"""Observables against their definitions, computed the long way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lazyrich as lr
from lazyrich.linear import observables


def draw(seed=0, n_in=3, n_hidden=2, n_out=4):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n_hidden, n_in)), rng.standard_normal((n_out, n_hidden)), rng


def test_ntk_is_the_gram_matrix_of_output_gradients():
    w1, w2, rng = draw()
    x = rng.standard_normal((3, 5))
    step, gradients = 1e-6, []
    for w in (w1, w2):
        for index in np.ndindex(w.shape):
            w[index] += step
            up = w2 @ w1 @ x
            w[index] -= 2 * step
            gradients.append(((up - w2 @ w1 @ x) / (2 * step)).ravel())
            w[index] += step
    gram = np.array(gradients).T @ np.array(gradients)
    assert np.allclose(lr.ntk(w1, w2, x), gram, atol=1e-8)


def test_ntk_entries_are_those_of_the_dense_kernel():
    w1, w2, rng = draw()
    x = rng.standard_normal((3, 5))
    rows, columns = rng.integers(20, size=(2, 50))
    assert np.allclose(lr.ntk_entries(w1, w2, x, rows, columns), lr.ntk(w1, w2, x)[rows, columns])


def test_dense_ntk_is_refused_above_a_size():
    w1, w2, _ = draw()
    with pytest.raises(ValueError, match=r"dense NTK of 8000 × 8000 would take 0.5 GiB; the limit is 4096 rows"):
        lr.ntk(w1, w2, np.ones((3, 2000)))


@given(st.integers(0, 10**6), st.booleans())
def test_kernel_distance_is_that_of_the_dense_kernels(seed, whitened):
    w1, w2, rng = draw(seed)
    v1, v2, _ = draw(seed + 1)
    x = np.sqrt(3) * np.eye(3) if whitened else rng.standard_normal((3, 6))
    a, b = lr.ntk(w1, w2, x), lr.ntk(v1, v2, x)
    expected = 1 - (a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b)
    sigma_xx = None if whitened else x @ x.T / 6
    assert lr.kernel_distance(w1, w2, v1, v2, sigma_xx) == pytest.approx(expected, abs=1e-12)


def test_a_small_kernel_distance_keeps_its_digits():
    """1 − cosine would be lost in rounding below 1e-16; the distance is second order in the change."""
    w1, w2, rng = draw()
    change = rng.standard_normal(w1.shape)
    near, far = (lr.kernel_distance(w1, w2, w1 + eps * change, w2) for eps in (1e-9, 1e-4))
    assert near / far == pytest.approx(1e-10, rel=1e-3)


def test_kernel_distance_of_zero_weights_is_refused():
    with pytest.raises(ValueError, match="all zero"):
        lr.kernel_distance(np.zeros((2, 2)), np.zeros((2, 2)), np.eye(2), np.eye(2))


@given(st.floats(-1e3, 1e3), st.lists(st.floats(0, 10), min_size=1, max_size=4))
def test_layer_singular_values(lam, s):
    s1, s2 = lr.layer_singular_values(s, lam)
    assert s1 * s2 == pytest.approx(np.array(s), rel=1e-14, abs=1e-300)
    assert s2**2 - s1**2 == pytest.approx(lam, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("lam", [-2.0, 0.0, 1e-3, 2.0])
def test_theorem_5_2_holds_along_a_trajectory(lam):
    rng = np.random.default_rng(1)
    w1, w2 = lr.lambda_balanced_weights(lam, 4, 3, 3, rng=rng)
    solution = lr.exact_solution(w1, w2, rng.standard_normal((3, 4)), np.linspace(0, 6, 7), lam=lam)
    for k in range(7):
        v1, v2 = solution.weights(k)
        expected = lr.layer_singular_values(np.linalg.svd(v2 @ v1, compute_uv=False), lam)
        assert np.abs(np.linalg.svd(v1, compute_uv=False) - expected[0]).max() < 1e-10
        assert np.abs(np.linalg.svd(v2, compute_uv=False) - expected[1]).max() < 1e-10


def test_loss_is_the_mean_squared_error():
    w1, w2, rng = draw()
    x, y = rng.standard_normal((3, 7)), rng.standard_normal((4, 7))
    task = lr.Task.from_data(x, y, rows=False)
    value = observables.loss(w2 @ w1, task.sigma_yx, task.sigma_xx, task.sigma_yy_trace)
    assert value == pytest.approx(((y - w2 @ w1 @ x) ** 2).sum() / 14)
    isotropic = lr.Task.from_data(2 * np.eye(3), y[:, :3], rows=False)
    value = observables.loss(w2 @ w1, isotropic.sigma_yx, isotropic.sigma_xx[0, 0], isotropic.sigma_yy_trace)
    assert value == pytest.approx(((y[:, :3] - 2 * w2 @ w1) ** 2).sum() / 6)


def test_rsms():
    w1, w2, rng = draw(n_in=3, n_hidden=2, n_out=2)
    x = rng.standard_normal((3, 5))
    hidden = w1 @ x
    assert np.allclose(lr.rsm_input(w1, x), hidden.T @ hidden)
    y = w2 @ hidden
    assert np.allclose(lr.rsm_output(w2, y), y.T @ np.linalg.pinv(w2 @ w2.T) @ y)
    assert np.allclose(lr.rsm_output(w2, y), lr.rsm_input(w1, x))


def test_balance_finds_the_nearest_scale():
    w1, w2, _ = draw()
    lam, residual = lr.balance(w1, w2)
    for other in (lam - 1e-3, lam + 1e-3):
        assert np.linalg.norm(w2.T @ w2 - w1 @ w1.T - other * np.eye(2)) > residual
    assert lr.balance(np.array([w1] * 5), np.array([w2] * 5)).lam.shape == (5,)


def test_equal_kernels_are_at_distance_zero_and_not_below():
    a, alpha = np.sqrt(0.7) * np.eye(3), 0.1
    assert lr.kernel_distance(a, a, np.sqrt(0.7 + alpha) * np.eye(3), np.sqrt(0.7 - alpha) * np.eye(3)) >= 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: lr.rsm_input([1, 2, 3], np.eye(3)),
            r"w1 must be a matrix of shape \(n_hidden, n_in\); got shape \(3,\)",
        ),
        (lambda: lr.rsm_input(np.eye(3), np.eye(2)), r"x must be a matrix of shape \(3, P\)"),
        (lambda: lr.rsm_output([1, 2, 3], np.eye(3)), "w2 must be a matrix"),
        (lambda: lr.rsm_output(np.eye(3), np.eye(2)), "y must be a matrix"),
        (lambda: lr.ntk_entries(np.eye(2), np.eye(2), np.eye(2), [0, 1], [0]), "vectors of one length"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("rows", [[-1], [20], [0.5]])
def test_ntk_entries_outside_the_kernel_are_refused(rows):
    w1, w2, rng = draw()
    with pytest.raises(ValueError, match="rows must be whole numbers from 0 to n_out · P − 1 = 19"):
        lr.ntk_entries(w1, w2, rng.standard_normal((3, 5)), rows, [0])
