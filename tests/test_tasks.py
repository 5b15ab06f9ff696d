"""Tasks: whitened where they say so, and the semantic hierarchy of the paper."""

import numpy as np
import pytest

import lazyrich as lr


def test_random_regression_is_whitened():
    task = lr.random_regression(4, 3, 10, rng=np.random.default_rng(0), target_std=2.0)
    assert np.abs(task.sigma_xx - np.eye(4)).max() < 1e-14
    assert task.sigma_yx.shape == (3, 4)
    assert task.sigma_yy_trace == pytest.approx((task.y**2).sum() / 10)


def test_given_singular_values():
    task = lr.task_from_singular_values([3.0, 1.0], 4, 3, rng=np.random.default_rng(0))
    assert np.linalg.svd(task.sigma_yx, compute_uv=False) == pytest.approx([3, 1, 0], abs=1e-14)
    assert np.abs(task.sigma_xx - np.eye(4)).max() < 1e-14


def test_semantic_hierarchy_is_the_papers():
    task = lr.semantic_hierarchy()
    assert list(task.y[:, 0]) == [1, 1, 1, 0, 1, 0, 0, 0]
    assert list(task.y[:, 1]) == [1, 1, 1, 0, -1, 0, 0, 0]
    assert np.allclose(task.sigma_xx, np.eye(8) / 8)
    # the effective task is Σyx/c with c = 1/8
    s = np.linalg.svd(8 * task.sigma_yx, compute_uv=False)
    assert s == pytest.approx(np.sqrt([8, 8, 4, 4, 2, 2, 2, 2]))


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_semantic_hierarchy_of_any_depth(depth):
    task = lr.semantic_hierarchy(depth)
    assert task.y.shape == (2**depth, 2**depth)
    assert np.linalg.matrix_rank(task.y) == 2**depth
    assert np.allclose(task.y @ task.y.T, np.diag(np.diag(task.y @ task.y.T)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: lr.random_regression(4, 3, 2, rng=np.random.default_rng(0)), "n_examples must be .* at least 4"),
        (lambda: lr.random_regression(4, 3, 9, rng=None), "rng must be a numpy.random.Generator"),
        (lambda: lr.Task(np.ones((2, 3)), np.ones((2, 4))), r"y must be a matrix of shape \(n_out, 3\)"),
        (lambda: lr.task_from_singular_values([1, 1, 1], 2, 2, rng=np.random.default_rng(0)), "at most 2"),
        (lambda: lr.semantic_hierarchy(0), "depth must be"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
