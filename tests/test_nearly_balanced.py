"""Nearly balanced weights: nearest balanced ones, how far they are, unbalancing, compression, many flows at once."""

import numpy as np
import pytest

import lazyrich as lr
from lazyrich.linear import nearly_balanced as nb
from lazyrich.linear.flows import gradient_flows
from lazyrich.linear.initialisation import gaussian_weights, random_rotation
from lazyrich.linear.observables import balance

SHAPES = [(5, 3, 4), (3, 3, 3), (2, 4, 6), (6, 4, 2), (8, 3, 3), (3, 7, 3)]


def rng(*key):
    return np.random.default_rng([11, *key])


def feasible(lam, shape):
    return not nb.infeasible(lam, *shape)


CASES = [(lam, shape) for lam in (-2.0, -1e-3, 0.0, 0.5, 30.0) for shape in SHAPES if feasible(lam, shape)]


@pytest.mark.parametrize(("lam", "shape"), CASES)
def test_balanced_weights_are_their_own_nearest(lam, shape):
    w1, w2 = lr.lambda_balanced_weights(lam, *shape, rng=rng(*shape), scale=0.7)
    assert nb.relative_imbalance(w1, w2) < 1e-13
    for new, old in zip(nb.nearest_balanced(w1, w2, lam), (w1, w2), strict=True):
        np.testing.assert_allclose(new, old, atol=1e-7 if lam == 0 else 1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_nearest_balanced_keeps_the_function_and_has_the_scale(shape):
    w1, w2 = gaussian_weights(*shape, scale=(0.5, 0.9), rng=rng(*shape))
    lam = nb.nearest_scale(w1, w2)
    new1, new2 = nb.nearest_balanced(w1, w2)
    np.testing.assert_allclose(new2 @ new1, w2 @ w1, atol=1e-13)
    found = balance(new1, new2)
    assert found.lam == pytest.approx(lam, abs=1e-13)
    assert found.residual < 1e-12
    inferred = balance(w1, w2).lam
    assert lam == (inferred if feasible(inferred, shape) else 0)


def test_a_wide_hidden_layer_leaves_only_zero():
    w1, w2 = gaussian_weights(3, 7, 4, scale=(0.1, 1.0), rng=rng(1))
    assert balance(w1, w2).lam > 0
    assert nb.nearest_scale(w1, w2) == 0
    with pytest.raises(ValueError, match="no λ-balanced weights exist"):
        nb.nearest_balanced(w1, w2, 1.0)


def test_relative_imbalance_has_no_scale_and_no_rotation_and_is_at_most_one():
    w1, w2 = gaussian_weights(4, 3, 5, scale=1.0, rng=rng(2))
    once = nb.relative_imbalance(w1, w2)
    a, b, c = (random_rotation(n, rng(3, n)) for n in (4, 3, 5))
    assert nb.relative_imbalance(7 * b @ w1 @ a, 7 * c @ w2 @ b.T) == pytest.approx(once, rel=1e-12)
    assert 0 < once < 1
    disjoint = np.diag([1.0, 0.0]), np.diag([0.0, 1.0])
    assert nb.relative_imbalance(*disjoint) == pytest.approx(1)
    with pytest.raises(ValueError, match="all zero"):
        nb.relative_imbalance(np.zeros((2, 2)), np.zeros((2, 2)))


def test_unbalanced_keeps_the_function_and_moves_the_balance_to_first_order():
    w1, w2 = lr.lambda_balanced_weights(1.5, 6, 4, 6, rng=rng(4), scale=0.5)
    direction = nb.random_direction(4, rng=rng(5))
    assert np.linalg.norm(direction) == pytest.approx(1)
    assert abs(np.trace(direction)) < 1e-15
    size = np.linalg.norm(w2.T @ w2 + w1 @ w1.T)
    errors = []
    for epsilon in (1e-3, 1e-2):
        new1, new2 = nb.unbalanced(w1, w2, direction, epsilon)
        np.testing.assert_allclose(new2 @ new1, w2 @ w1, atol=1e-14)
        moved = new2.T @ new2 - new1 @ new1.T - 1.5 * np.eye(4)
        errors.append(np.linalg.norm(moved - epsilon * size * direction) / size)
        assert nb.relative_imbalance(new1, new2) == pytest.approx(epsilon, rel=2 * epsilon)
    assert errors[1] / errors[0] == pytest.approx(100, rel=0.05)
    with pytest.raises(ValueError, match="neither layer"):
        nb.unbalanced(np.zeros((2, 3)), np.zeros((3, 2)), np.eye(2), 0.1)


@pytest.mark.parametrize("shape", [(30, 3, 40), (3, 40, 4), (5, 5, 5)])
def test_compression_is_exact(shape):
    n_in, n_hidden, n_out = shape
    w1, w2 = gaussian_weights(*shape, scale=0.3, rng=rng(*shape))
    left, right = rng(6).standard_normal((n_out, 2)), rng(7).standard_normal((n_in, 2))
    small = nb.compressed(w1, w2, left, right)[:3]
    assert small[0].shape[1] == min(n_in, n_hidden + 2)
    assert small[1].shape[0] == min(n_out, n_hidden + 2)
    assert small[0].shape[0] == min(n_hidden, small[0].shape[1] + small[1].shape[0])
    times = np.array([0.0, 0.3, 1.0])
    whole = lr.gradient_flow(w1, w2, left @ right.T, times)
    part = lr.gradient_flow(*small, times)
    np.testing.assert_allclose(part.loss(), whole.loss(), rtol=1e-9, atol=1e-12)
    for old, new in ((whole.w1, part.w1), (whole.w2, part.w2)):
        np.testing.assert_allclose((new**2).sum((1, 2)), (old**2).sum((1, 2)), rtol=1e-10)


def test_many_flows_are_each_the_flow():
    w1, w2, tasks = (
        np.array([rng(8, k, j).standard_normal(n) for k in range(3)]) for j, n in enumerate([(3, 4), (5, 3), (5, 4)])
    )
    times = np.array([1.0, 2.0, 0.5])[:, None] * np.array([0.0, 0.1, 0.4, 1.0])
    flows = gradient_flows(w1, w2, tasks, times, rtol=1e-12, atol=1e-14)
    for k in range(3):
        one = lr.gradient_flow(w1[k], w2[k], tasks[k], times[k])
        np.testing.assert_allclose(flows.network_function[k], one.network_function, atol=1e-9)
        np.testing.assert_allclose(flows.kernel_distance()[k], one.kernel_distance(), atol=1e-9)
    with pytest.raises(ValueError, match="same multiples"):
        gradient_flows(w1, w2, tasks, times + np.eye(3, 4))
