"""The reference integrator: conserves what the flow conserves and follows Σxx of any kind."""

import numpy as np
import pytest

import lazyrich as lr


def draw(seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((3, 4)) / 2, rng.standard_normal((5, 3)) / 2, rng.standard_normal((5, 4)), rng


def test_conserves_the_balance_of_any_weights():
    w1, w2, sigma, _ = draw()
    flow = lr.gradient_flow(w1, w2, sigma, [0.0, 1.0, 10.0])
    assert flow.balance_drift < 1e-10
    assert flow.loss()[-1] < flow.loss()[0]


def test_is_the_limit_of_descent_with_correlated_inputs():
    w1, w2, sigma, rng = draw()
    root = rng.standard_normal((4, 6))
    sigma_xx = root @ root.T / 6
    flow = lr.gradient_flow(w1, w2, lr.Task(sigma, sigma_xx), [0.0, 2.0], tau=2.0)
    descent = lr.gradient_descent(w1, w2, lr.Task(sigma, sigma_xx), learning_rate=1e-4, steps=10_000)
    assert np.abs(flow.qqt[-1] - descent.qqt[-1]).max() < 1e-3


def test_time_zero_alone():
    w1, w2, sigma, _ = draw()
    assert np.array_equal(lr.gradient_flow(w1, w2, sigma, [0.0]).w1[0], w1)


def test_bad_input():
    w1, w2, sigma, _ = draw()
    with pytest.raises(ValueError, match="its transpose would fit"):
        lr.gradient_flow(w1, w2, sigma.T, [0.0])
    with pytest.raises(ValueError, match="method must be one of DOP853, RK45"):
        lr.gradient_flow(w1, w2, sigma, [0.0], method="Euler")


def test_one_correlation_a_run_makes_runs():
    w1, w2, sigma, rng = draw()
    root = rng.standard_normal((2, 4, 6))
    both = lr.gradient_flow(w1, w2, lr.Task(sigma, root @ root.swapaxes(1, 2) / 6), [0.0, 1.0])
    alone = lr.gradient_flow(w1, w2, lr.Task(sigma, root[1] @ root[1].T / 6), [0.0, 1.0])
    np.testing.assert_allclose(both.loss()[1], alone.loss(), rtol=1e-9)
