"""What label noise does to balance: the law against sampled steps, its closed form, and stochastic descent."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

import lazyrich as lr
from cases import problems
from lazyrich.linear import limits
from lazyrich.linear import noisy_modes as noise
from lazyrich.linear.observables import transpose

HOW = {"learning_rate": 0.1, "batch": 2, "noise": 0.8}


def difference(w1, w2):
    return transpose(w2) @ w2 - w1 @ transpose(w1)


def draw(shape=(3, 4, 5), seed=0):
    n_in, _, n_out = shape
    rng = np.random.default_rng(seed)
    w1, w2 = lr.gaussian_weights(*shape, scale=0.7, rng=rng)
    root = rng.standard_normal((n_in, n_in))
    return w1, w2, lr.Task(rng.standard_normal((n_out, n_in)), np.eye(n_in) / 3 + root @ root.T / n_in)


@pytest.mark.parametrize("shape", [(3, 4, 5), (6, 3, 2), (4, 4, 4)])
@pytest.mark.parametrize("kind", ["fit", "misfit", "correlated"])
def test_the_law_is_the_mean_of_sampled_steps(shape, kind):
    """Each entry of the mean over steps is within 4.5 of its standard errors."""
    w1, w2, task = draw(shape)
    task = {"fit": w2 @ w1, "misfit": task.sigma_yx, "correlated": task}[kind]
    n_steps, start = 60_000, [np.broadcast_to(w, (60_000, *w.shape)) for w in (w1, w2)]
    found = lr.stochastic_gradient_descent(*start, task, **HOW, steps=1, rng=np.random.default_rng(3))
    rates = (difference(found.w1[:, 1], found.w2[:, 1]) - difference(w1, w2)) / HOW["learning_rate"]
    law = lr.balance_drift(w1, w2, None if kind == "fit" else task, **HOW)
    z = (rates.mean(0) - law) / (rates.std(0, ddof=1) / np.sqrt(n_steps))
    assert np.abs(z).max() < 4.5
    assert np.abs(rates.mean(0) - law).max() < 0.04 * np.abs(law).max()


@given(problems(most=4, lams=(0.0, 0.5, -1.0, 2.0, 30.0), scales=(0.1, 1.0)))
@settings(max_examples=40)
def test_at_the_fit_the_law_with_a_task_is_that_without_one(problem):
    n_in, _, n_out = problem.shape
    law = lr.balance_drift(problem.w1, problem.w2, **HOW)
    with_task = lr.balance_drift(problem.w1, problem.w2, problem.w2 @ problem.w1, **HOW)
    size = 0.1 * 0.8**2 / 2 * (n_out * (problem.w1**2).sum() + n_in * (problem.w2**2).sum())
    assert np.abs(with_task - law).max() < 1e-13 * size + 1e-300
    assert np.abs(law - law.T).max() < 1e-14 * size + 1e-300
    expected = 0.1 * 0.8**2 / 2 * (n_out * (problem.w1**2).sum() - n_in * (problem.w2**2).sum())
    assert np.trace(law) == pytest.approx(expected, abs=1e-13 * size)


def test_in_equal_widths_balance_is_lost_at_one_rate():
    w1, w2 = lr.lambda_balanced_weights(2.5, 4, 3, 4, rng=np.random.default_rng(1))
    law = lr.balance_drift(w1, w2, **HOW)
    assert law == pytest.approx(-noise.balancing_rate(4, 4, **HOW) * difference(w1, w2), abs=1e-14)


def test_it_is_the_step_of_a_weight_decay_by_the_widths():
    """The law is that of decay W1 ← −½εN_o W1, W2 ← −½εN_i W2: the gradient of ¼ε times fig4E's cost."""
    w1, w2, _ = draw()
    epsilon, decay1, decay2 = 0.1 * 0.8**2 / 2, 5, 3
    step1, step2 = -0.5 * epsilon * decay1 * w1, -0.5 * epsilon * decay2 * w2
    change = transpose(step2) @ w2 + transpose(w2) @ step2 - step1 @ w1.T - w1 @ step1.T
    assert lr.balance_drift(w1, w2, **HOW) == pytest.approx(change, abs=1e-14)


def test_leading_axes_are_runs():
    weights = [draw(seed=seed)[:2] for seed in range(3)]
    stacked = [np.stack(layer) for layer in zip(*weights, strict=True)]
    task = draw()[2]
    together = lr.balance_drift(*stacked, task, **HOW)
    assert together == pytest.approx(np.stack([lr.balance_drift(*each, task, **HOW) for each in weights]), abs=1e-13)


@pytest.mark.parametrize(("n_in", "n_out"), [(2, 8), (8, 2), (4, 4), (1, 100)])
@pytest.mark.parametrize("start", [-0.99, -0.3, 0.0, 0.6, 0.999])
def test_a_mode_follows_the_closed_form(n_in, n_out, start):
    """Against the equation of w1 and w2 themselves, of a mode with w1 w2 = s, at several s."""
    harmonic = 2 * n_in * n_out / (n_in + n_out)
    times = np.array([0.0, 0.5, 1.0, 3.0]) / harmonic

    def flow(t, d):
        first, second = (np.hypot(d, 2 * s) - d) / 2, (np.hypot(d, 2 * s) + d) / 2
        return n_out * first - n_in * second

    for s in (0.2, 3.0):
        d = 2 * s * np.sinh(np.arctanh(start))
        found = solve_ivp(flow, [0, times[-1]], [d], t_eval=times, method="DOP853", rtol=1e-11, atol=1e-12).y[0]
        law = noise.mode_balance(times * harmonic, start, n_in, n_out)
        assert law == pytest.approx(found / np.hypot(found, 2 * s), abs=1e-8)


@given(st.floats(-0.999, 0.999), st.floats(0, 30), st.integers(1, 50), st.integers(1, 50))
def test_what_falls_exponentially_does(start, passed, n_in, n_out):
    rest = noise.resting_balance(n_in, n_out)
    balance = float(noise.mode_balance(passed, start, n_in, n_out))
    assert min(start, rest) - 1e-12 <= balance <= max(start, rest) + 1e-12

    def parts(balance):
        first, second = np.sqrt((1 - balance) / (1 + balance)), np.sqrt((1 + balance) / (1 - balance))
        return np.array([n_in * second, n_out * first]) * second**rest

    size = max(parts(start).sum(), parts(balance).sum())
    assert abs(-np.diff(parts(balance)) + np.diff(parts(start)) * np.exp(-passed)).max() < 1e-11 * size


@pytest.mark.parametrize(("n_in", "n_out"), [(2, 8), (8, 2), (5, 5)])
def test_modes_rest_where_noise_on_the_weights_costs_least(n_in, n_out):
    lam = limits.least_noise_scale_of_mode(0.7, n_in, n_out)
    assert noise.resting_balance(n_in, n_out) == pytest.approx(lam / np.hypot(lam, 1.4), abs=1e-14)
    assert noise.mode_balance(60.0, -0.9, n_in, n_out) == pytest.approx(noise.resting_balance(n_in, n_out), abs=1e-12)
    s1, s2 = lr.layer_singular_values(np.array([0.7]), lam)
    w1, w2 = np.zeros((1, n_in)), np.zeros((n_out, 1))
    w1[0, 0], w2[0, 0] = s1[0], s2[0]
    assert abs(lr.balance_drift(w1, w2, **HOW)).max() < 1e-15


def test_the_law_with_jitter_is_the_equation_it_solves():
    s, rate, batch = np.array([1.4, 1.1, 0.6]), 0.03, 4

    def slope(t, y):
        shares = noise.jitter(rate, batch, 3, np.hypot(np.exp(y), 2 * s))
        return [-1 / (1 - shares.mean())]

    found = solve_ivp(slope, [0, 3], [np.log(4)], t_eval=[0, 1, 3], rtol=1e-10, atol=1e-12).y[0]
    law = noise.jittering_scale(np.array([0, 1.0, 3.0]), -4.0, s, rate, batch)
    assert law == pytest.approx(-np.exp(found), rel=1e-8)
    without = noise.jittering_scale(np.array([0, 1.0, 3.0]), 4.0, s, 1e-12, batch)
    assert without == pytest.approx(4 * np.exp([0, -1, -3]), rel=1e-10)


@pytest.mark.parametrize("sigma_xx", [1.0, 0.25, "matrix"])
def test_stochastic_descent_is_the_plain_loop(sigma_xx):
    w1, w2, task = draw()
    if sigma_xx != "matrix":
        task = lr.Task(task.sigma_yx, sigma_xx)
    found = lr.stochastic_gradient_descent(
        w1, w2, task, **HOW, steps=7, record_at=[0, 3, 7], rng=np.random.default_rng(5)
    )
    full = np.eye(3) * task.sigma_xx if np.ndim(task.sigma_xx) == 0 else task.sigma_xx
    values, vectors = np.linalg.eigh(full)
    root, target = vectors @ np.diag(np.sqrt(values)) @ vectors.T, task.sigma_yx @ np.linalg.inv(full)
    rng = np.random.default_rng(5)
    a, b = w1, w2
    for step in range(7):
        drawn = rng.standard_normal((3 + 5, 2))
        x = root @ drawn[:3]
        labels = target @ x + HOW["noise"] * drawn[3:]
        g = (labels - b @ a @ x) @ x.T / HOW["batch"]
        a, b = a + HOW["learning_rate"] * b.T @ g, b + HOW["learning_rate"] * g @ a.T
        if step == 2:
            assert np.abs(found.w1[1] - a).max() < 1e-12
    assert np.abs(found.w2[2] - b).max() < 1e-12
    assert found.w1.shape == (3, 4, 3)
    assert list(found.steps) == [0, 3, 7]
    assert found.times == pytest.approx([0, 0.3, 0.7])
    assert np.array_equal(found.w1[0], w1)
    assert found.kernel_distance().shape == found.loss().shape == (3,)


def test_a_large_batch_without_noise_is_gradient_descent():
    w1, w2, task = draw()
    how = {"learning_rate": 0.02, "steps": 40, "record_every": 20}
    found = lr.stochastic_gradient_descent(w1, w2, task, batch=50_000, noise=0, rng=np.random.default_rng(1), **how)
    plain = lr.gradient_descent(w1, w2, task, **how)
    assert np.abs(found.w1 - plain.w1).max() < 0.01
    assert np.array_equal(found.times, plain.times)


def test_runs_have_rates_and_tasks_of_their_own():
    weights = [np.stack(layer) for layer in zip(*(draw(seed=seed)[:2] for seed in range(3)), strict=True)]
    sigma_yx = np.stack([draw(seed=seed)[2].sigma_yx for seed in range(3)])
    how = {"batch": 4, "noise": 0.1, "steps": 5, "rng": np.random.default_rng(1)}
    found = lr.stochastic_gradient_descent(*weights, sigma_yx, learning_rate=[0.01, 0.02, 0.03], **how)
    assert found.times[:, -1] == pytest.approx([0.05, 0.1, 0.15])
    assert found.w1.shape == (3, 6, 4, 3)
    one = lr.stochastic_gradient_descent(weights[0][0], weights[1][0], sigma_yx, learning_rate=0.01, **how)
    assert one.w1.shape == (3, 6, 4, 3)
    assert np.array_equal(one.w1[2, 0], weights[0][0])


def test_the_same_stream_gives_the_same_descent():
    w1, w2, task = draw()
    runs = [
        lr.stochastic_gradient_descent(w1, w2, task, **HOW, steps=5, rng=np.random.default_rng(seed)).w1
        for seed in (2, 2, 3)
    ]
    assert np.array_equal(runs[0], runs[1])
    assert np.abs(runs[0] - runs[2]).max() > 1e-3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rate": 0}, "learning_rate must be"),
        ({"batch": 0}, "batch must be a whole number of at least 1; got 0"),
        ({"batch": 1.5}, "batch must be a whole number"),
        ({"noise": -1.0}, r"noise must not be negative; got -1.0"),
        ({"noise": np.nan}, "noise must be a finite number"),
        ({"task": np.zeros((2, 2))}, "must be a matrix of shape"),
        ({"w1": np.zeros((2, 3))}, "w2 must be a matrix of shape"),
    ],
)
def test_both_refuse_what_makes_no_sense(change, message):
    w1, w2, task = draw()
    given = {"w1": w1, "w2": w2, "task": task, **HOW} | change
    with pytest.raises(ValueError, match=message):
        lr.balance_drift(**given)
    with pytest.raises(ValueError, match=message):
        lr.stochastic_gradient_descent(**given, steps=2, rng=np.random.default_rng(1))


def test_runs_that_do_not_fit_together_are_refused():
    w1, w2, task = draw()
    three, two = (np.stack([w1] * 3), np.stack([w2] * 3)), np.stack([task.sigma_yx] * 2)
    with pytest.raises(ValueError, match="w1 and task must agree in their leading axes of runs"):
        lr.balance_drift(*three, two, **HOW)
    rng = np.random.default_rng(1)
    with pytest.raises(ValueError, match="must agree in one leading axis of runs"):
        lr.stochastic_gradient_descent(*three, two, **HOW, steps=1, rng=rng)
    with pytest.raises(ValueError, match="must agree in one leading axis of runs"):
        lr.stochastic_gradient_descent(three[0][None], three[1][None], task, **HOW, steps=1, rng=rng)


def test_what_float64_cannot_hold_is_refused():
    w1, w2, _ = draw()
    with pytest.raises(ValueError, match="the drift of these weights, task and noise is beyond float64"):
        lr.balance_drift(1e60 * w1, 1e60 * w2, np.full((5, 3), 1e130), **HOW)
    with pytest.raises(ValueError, match="beyond float64"):
        lr.balance_drift(w1, w2, **HOW | {"noise": 1e160})


def test_a_seed_is_no_generator_and_large_steps_diverge():
    w1, w2, task = draw()
    with pytest.raises(ValueError, match=r"rng must be a numpy.random.Generator"):
        lr.stochastic_gradient_descent(w1, w2, task, **HOW, steps=1, rng=1)
    how = HOW | {"learning_rate": 5.0}
    with pytest.raises(ValueError, match=r"gradient descent diverged .* learning rate η = 5: lower it"):
        lr.stochastic_gradient_descent(w1, w2, task, **how, steps=100, rng=np.random.default_rng(1))
