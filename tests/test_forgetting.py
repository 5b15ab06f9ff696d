"""Forgetting in closed form, against the losses of networks that were trained, and its rate against their slope."""

import numpy as np
import pytest

import lazyrich as lr
from lazyrich.linear import forgetting as f
from lazyrich.linear import observables


def _problem(seed, n_in=4, n_hidden=4, n_out=4, lam=1.0, n_tasks=3):
    rng = np.random.default_rng(seed)
    weights = lr.lambda_balanced_weights(lam, n_in, n_hidden, n_out, rng=rng, scale=0.5)
    tasks = [lr.random_regression(n_in, n_out, 4 * n_in, rng=rng, target_std=4.0) for _ in range(n_tasks)]
    return weights, tasks


def _data_loss(function, task):
    """‖Y − W X‖²/(2P) from the examples."""
    return ((task.y - function @ task.x) ** 2).sum() / (2 * task.x.shape[1])


@pytest.mark.parametrize("lam", [-3.0, -1.0, 1.0, 3.0])
def test_it_is_what_the_examples_losses_say_at_every_scale(lam):
    weights, tasks = _problem(1, lam=lam)
    sigmas = [task.sigma_yx for task in tasks]
    ends = [s.network_function[-1] for s in lr.TaskSequence(sigmas).exact(*weights, [0, 80])]
    for i, task in enumerate(tasks):
        for j in range(3):
            for k in range(3):
                measured = _data_loss(ends[k], task) - _data_loss(ends[j], task)
                assert f.forgetting(sigmas[i], sigmas[j], sigmas[k]) == pytest.approx(measured, abs=1e-12)


@pytest.mark.parametrize(("n_in", "n_hidden", "n_out", "lam"), [(5, 2, 4, -1.0), (4, 3, 6, 2.0)])
def test_a_bottleneck_forgets_what_its_rank_could_hold(n_in, n_hidden, n_out, lam):
    weights, tasks = _problem(2, n_in, n_hidden, n_out, lam)
    sigmas, c = [task.sigma_yx for task in tasks], 0.6
    stages = lr.TaskSequence([lr.Task(sigma, c) for sigma in sigmas]).flow(*weights, [0, 150], tau=0.7)
    ends = [stage.network_function[-1] for stage in stages]
    for i in range(3):
        loss = [observables.loss(end, sigmas[i], c) for end in ends]
        for j, k in ((0, 1), (1, 2), (0, 2)):
            expected = f.forgetting(sigmas[i], sigmas[j], sigmas[k], n_hidden, c)
            assert expected == pytest.approx(loss[k] - loss[j], rel=1e-9, abs=1e-9)
    # it is not the formula of the whole tasks
    whole = f.forgetting(sigmas[0], sigmas[0], sigmas[1], None, c)
    assert abs(f.forgetting(sigmas[0], sigmas[0], sigmas[1], n_hidden, c) - whole) > 0.1


def test_nothing_cancels_between_tasks_that_nearly_agree():
    rng = np.random.default_rng(3)
    sigma, change = rng.standard_normal((2, 4, 4))
    small = 2.0**-30  # so that sigma + small · change differs from sigma by a rounded, known matrix
    near = sigma + small * change
    exact = near - sigma
    assert f.forgetting(sigma, sigma, near) == pytest.approx((exact**2).sum() / 2, rel=1e-13)


def test_it_adds_up_along_a_sequence_and_broadcasts():
    rng = np.random.default_rng(4)
    sigmas = rng.standard_normal((7, 3, 3, 5))
    i, j, k = sigmas[:, 0], sigmas[:, 1], sigmas[:, 2]
    there_and_on = f.forgetting(i, j, k, 2) + f.forgetting(i, k, i, 2)
    assert there_and_on.shape == (7,)
    np.testing.assert_allclose(there_and_on, f.forgetting(i, j, i, 2), rtol=0, atol=1e-12)
    assert f.forgetting(i[0], j[0], k[0], 2) == pytest.approx(f.forgetting(i, j, k, 2)[0], rel=1e-13)
    assert np.array_equal(f.learned_map(i, 3), i)


@pytest.mark.parametrize("balanced", [True, False])
def test_velocity_and_rate_are_slopes_of_the_flow(balanced):
    weights, tasks = _problem(5, 3, 2, 4, lam=2.0)
    if not balanced:
        weights = lr.gaussian_weights(3, 2, 4, scale=0.7, rng=np.random.default_rng(6))
    tau, c, step = 1.4, 0.8, 1e-4
    sigma_i, sigma_k = tasks[0].sigma_yx, tasks[1].sigma_yx
    flow = lr.gradient_flow(*weights, lr.Task(sigma_k, c), [0, 0.3 - step, 0.3, 0.3 + step], tau=tau)
    w1, w2 = flow.weights(2)
    before, after = flow.network_function[1], flow.network_function[3]
    slope = (after - before) / (2 * step)
    velocity = f.function_velocity(w1, w2, sigma_k, tau, c)
    np.testing.assert_allclose(velocity, slope, rtol=0, atol=1e-6 * np.abs(slope).max())
    loss_slope = (observables.loss(after, sigma_i, c) - observables.loss(before, sigma_i, c)) / (2 * step)
    assert f.forgetting_rate(w1, w2, sigma_k, sigma_i, tau, c) == pytest.approx(loss_slope, rel=1e-6)


def test_the_rate_adds_up_to_the_forgetting():
    weights, tasks = _problem(7)
    sigmas = [task.sigma_yx for task in tasks]
    nodes, gauss = np.polynomial.legendre.leggauss(20)
    edges = np.append(0, np.geomspace(0.02, 40, 40))
    half = np.diff(edges)[:, None] / 2
    times = (edges[:-1, None] + half * (1 + nodes)).ravel()
    first, second = lr.TaskSequence(sigmas[:2]).exact(*weights, np.append(0, np.append(times, 60)))
    rate = f.forgetting_rate(second.w1, second.w2, sigmas[1], sigmas[2])[1:-1]
    total = (rate.reshape(-1, 20) * gauss * half).sum()
    assert total == pytest.approx(f.forgetting(sigmas[2], sigmas[0], sigmas[1]), rel=1e-10)
    assert first.lam == second.lam


def test_what_makes_no_sense_is_refused():
    sigma = np.eye(2)
    with pytest.raises(ValueError, match="n_hidden"):
        f.forgetting(sigma, sigma, sigma, 0)
    with pytest.raises(ValueError, match="sigma_xx"):
        f.forgetting(sigma, sigma, sigma, None, 0.0)
    with pytest.raises(ValueError, match="tau"):
        f.function_velocity(sigma, sigma, sigma, tau=-1.0)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda one, row: f.forgetting(one, row, row.T), "must be of one shape"),
        (lambda one, row: f.forgetting_rate(one, one, row, one), "sigma_yx must be a matrix of shape"),
        (lambda one, row: f.forgetting_rate(one, one, one, row), "sigma_i must be a matrix of shape"),
        (lambda one, row: f.forgetting_rate(one, one, one, one, sigma_xx=-1), "sigma_xx must be"),
        (lambda one, row: f.function_velocity(one, one, one * np.nan), "sigma_yx holds NaN"),
    ],
)
def test_what_would_broadcast_unseen_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call(np.eye(3), np.ones((1, 3)))
