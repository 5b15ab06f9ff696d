"""Gradient descent against a plain loop, itself in any batch, and the flow it follows."""

import numpy as np
import pytest

import lazyrich as lr
from lazyrich.linear import descent


def plain(w1, w2, sigma_yx, sigma_xx, rate, steps):
    for _ in range(steps):
        error = sigma_yx - w2 @ w1 @ sigma_xx
        w1, w2 = w1 + rate * w2.T @ error, w2 + rate * error @ w1.T
    return w1, w2


def draw(n_runs=None, shape=(4, 3, 5), seed=0):
    n_in, n_hidden, n_out = shape
    rng = np.random.default_rng(seed)
    lead = () if n_runs is None else (n_runs,)
    return (
        rng.standard_normal((*lead, n_hidden, n_in)) / 2,
        rng.standard_normal((*lead, n_out, n_hidden)) / 2,
        rng.standard_normal((*lead, n_out, n_in)),
    )


def correlation(kind, n_in):
    root = np.random.default_rng(3).standard_normal((n_in, n_in))
    return {"whitened": None, "isotropic": 0.25, "full": np.eye(n_in) / 2 + root @ root.T / (4 * n_in)}[kind]


@pytest.mark.parametrize("kind", ["whitened", "isotropic", "full"])
@pytest.mark.parametrize("path", ["one", "lanes", "blas"])
@pytest.mark.parametrize("shape", [(4, 3, 5), (1, 1, 1), (1, 2, 3)])
def test_is_the_plain_recursion(kind, path, shape, monkeypatch):
    if path == "blas":
        monkeypatch.setattr(descent, "COMPILED_UP_TO", 0)
    n_runs = 40 if path == "lanes" else 3  # more than one block of lanes
    w1, w2, sigma = draw(n_runs, shape)
    sigma_xx = correlation(kind, shape[0])
    rates = np.linspace(0.002, 0.01, n_runs)  # far from the edge of stability, where rounding would grow
    result = lr.gradient_descent(w1, w2, lr.Task(sigma, sigma_xx), learning_rate=rates, steps=50, record_every=25)
    full = np.eye(shape[0]) * (1 if sigma_xx is None else sigma_xx) if np.ndim(sigma_xx) < 2 else sigma_xx
    for run in range(n_runs):
        v1, v2 = plain(w1[run], w2[run], sigma[run], full, rates[run], 50)
        assert np.abs(result.w1[run, -1] - v1).max() < 1e-13
        assert np.abs(result.w2[run, -1] - v2).max() < 1e-13
    assert result.times.shape == (n_runs, 3)
    assert list(result.steps) == [0, 25, 50]
    assert np.array_equal(result.w1[:, 0], w1)


@pytest.mark.parametrize("path", ["lanes", "blas"])
def test_a_run_does_not_depend_on_its_neighbours(path, monkeypatch):
    if path == "blas":
        monkeypatch.setattr(descent, "COMPILED_UP_TO", 0)
    w1, w2, sigma = draw(70)
    many = lr.gradient_descent(w1, w2, sigma, learning_rate=0.01, steps=200)
    few = lr.gradient_descent(w1[40:52], w2[40:52], sigma[40:52], learning_rate=0.01, steps=200)
    assert np.array_equal(many.w1[40:52], few.w1)
    assert np.array_equal(many.w2[40:52], few.w2)


def test_inputs_are_left_alone():
    w1, w2, sigma = draw()
    before = w1.copy(), w2.copy(), sigma.copy()
    trajectory = lr.gradient_descent(w1, w2, sigma, learning_rate=0.01, steps=10)
    for old, new in zip(before, (w1, w2, sigma), strict=True):
        assert np.array_equal(old, new)
    assert np.array_equal(trajectory.start[0], w1)


def test_records_where_asked():
    w1, w2, sigma = draw()
    trajectory = lr.gradient_descent(w1, w2, sigma, learning_rate=0.1, steps=10, record_at=[0, 3, 7])
    assert list(trajectory.steps) == [0, 3, 7]
    assert trajectory.times == pytest.approx([0, 0.3, 0.7])
    assert trajectory.weights(2)[0].shape == w1.shape
    every = lr.gradient_descent(w1, w2, sigma, learning_rate=0.1, steps=10, record_every=4)
    assert list(every.steps) == [0, 4, 8, 10]


@pytest.mark.parametrize("lam", [-2.0, 0.0, 0.5])
def test_error_is_first_order_in_the_learning_rate(lam):
    rng = np.random.default_rng(2)
    w1, w2 = lr.lambda_balanced_weights(lam, 4, 4, 4, rng=rng, scale=0.4)
    sigma = rng.standard_normal((4, 4)) / 2
    if np.linalg.det(w2 @ w1) * np.linalg.det(sigma) < 0:
        sigma[0] *= -1
    rates, errors = np.array([0.008, 0.004, 0.002, 0.001]), []
    for rate in rates:
        trajectory = lr.gradient_descent(
            w1, w2, sigma, learning_rate=rate, steps=round(4 / rate), record_every=round(0.08 / rate)
        )
        exact = lr.exact_solution(w1, w2, sigma, trajectory.times, lam=lam)
        errors.append(np.abs(trajectory.network_function - exact.network_function).max())
    order = np.polyfit(np.log(rates), np.log(errors), 1)[0]
    assert order == pytest.approx(1, abs=0.1)


def test_batched_observables_have_the_shape_of_runs():
    w1, w2, sigma = draw(6)
    batch = lr.gradient_descent(w1, w2, sigma, learning_rate=0.01, steps=20, record_every=5)
    assert batch.loss().shape == (6, 5)
    assert batch.kernel_distance().shape == (6, 5)
    assert batch.balance_drift.shape == (6,)
    alone = lr.gradient_descent(w1[2], w2[2], sigma[2], learning_rate=0.01, steps=20, record_every=5)
    assert batch.loss()[2] == pytest.approx(alone.loss(), rel=1e-12)
    assert batch.kernel_distance()[2] == pytest.approx(alone.kernel_distance(), rel=1e-12)


def test_divergence_names_run_lam_and_learning_rate():
    w1, w2, sigma = draw(3)
    rates = [0.01, 5.0, 0.01]
    with pytest.raises(ValueError, match=r"diverged before step \d+ \(run 1, λ = .*, learning_rate η = 5\)"):
        lr.gradient_descent(w1, w2, sigma, learning_rate=rates, steps=2000)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate must be finite and larger than 0"),
        ({"steps": -1}, "steps must be a whole number of at least 0"),
        ({"steps": 1.5}, "steps must be a whole number"),
        ({"record_at": [3, 2]}, "record_at must ascend strictly"),
        ({"record_at": [0, 99]}, "within 0 … steps = 10"),
        ({"record_at": np.array([5, 3], np.uint8)}, "record_at must ascend strictly"),
        ({"record_every": 0}, "record_every must be"),
        ({"steps": None}, "steps must be a whole number"),
        ({"steps": np.inf}, "steps must be a whole number"),
        ({"learning_rate": []}, "learning_rate must be finite"),
        ({"learning_rate": 1j}, "learning_rate must hold real numbers"),
        ({"record_at": [0, 5], "record_every": 5}, "not both"),
        ({"w1": np.ones((2, 2, 3, 4)), "w2": np.ones((2, 2, 5, 3))}, "take one leading axis of runs"),
        ({"task": np.ones((2, 2, 5, 4))}, "sigma_yx of the task takes one leading axis of runs"),
        ({"record_at": [[0], [1, 2]]}, "record_at must be an array, or nested lists of one length"),
        ({"task": np.ones((7, 5, 4)), "learning_rate": [0.1, 0.1]}, "agree in their number of runs"),
    ],
)
def test_bad_input(change, message):
    w1, w2, sigma = draw()
    good = {"w1": w1, "w2": w2, "task": sigma, "learning_rate": 0.01, "steps": 10}
    with pytest.raises(ValueError, match=message):
        lr.gradient_descent(**{**good, **change})
