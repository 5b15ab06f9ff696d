"""The law of the delayed rich regime against the exact solution, 60 digits and its own limits."""

import mpmath as mp
import numpy as np
import pytest

import lazyrich as lr
from cases import EPS
from lazyrich.linear import delay
from lazyrich.linear.initialisation import random_rotation

N_IN, N_OUT = 5, 10
LAMS = (10.0, 30.0, 100.0, 300.0, 1000.0)


def problem(lam, seed, target=1.0):
    """Σyx with equal singular values and a λ-balanced random start, the same network function at every λ."""
    rng = np.random.default_rng(seed)
    sigma_yx = target * random_rotation(N_OUT, rng)[:, :N_IN] @ random_rotation(N_IN, rng).T
    return *lr.lambda_balanced_weights(lam, N_IN, N_IN, N_OUT, rng=rng, scale=0.1), sigma_yx


def diagonal(lam):
    """A start with all principal angles at 45°."""
    rng = np.random.default_rng(0)
    u, v = random_rotation(N_OUT, rng), random_rotation(N_IN, rng)
    start = 0.01 * (u[:, :N_IN] + u[:, N_IN:]) / np.sqrt(2) @ random_rotation(N_IN, rng)
    return *lr.weights_with_function(start, lam, N_IN, rng=rng), u[:, :N_IN] @ v.T


@pytest.mark.parametrize("target", [1.0, 2.0])
@pytest.mark.parametrize("relative", LAMS)
def test_every_start_follows_the_law(relative, target):
    lam = relative * target
    slow = np.linspace(0, 8, 401)
    times = slow / delay.slow_rate(target, lam)
    late = times > 10 / lam
    for seed in range(20):
        w1, w2, sigma_yx = problem(lam, seed, target)
        exact = lr.exact_solution(w1, w2, sigma_yx, times, lam=lam)
        angles = delay.principal_angles(w2, sigma_yx)
        zero_map = (sigma_yx**2).sum() / 2
        error = np.abs(exact.loss() - delay.loss_law(slow, angles, target))[late].max() / zero_map
        assert error < 1e-2
        assert error < 2 / relative**2  # the law's order, with room for its worst start
        assert np.abs(exact.kernel_distance() - delay.kernel_law(slow, angles))[late].max() < 3 / relative**2


@pytest.mark.parametrize("lam", LAMS[1:])
def test_the_numbers_of_the_45_degree_start(lam):
    slow = np.linspace(0, 16, 4001)
    w1, w2, sigma_yx = diagonal(lam)
    exact = lr.exact_solution(w1, w2, sigma_yx, slow / delay.slow_rate(1.0, lam), lam=lam)
    loss, distance = exact.loss() / (N_IN / 2), exact.kernel_distance()
    assert np.interp(-0.25, -loss, slow) == pytest.approx(np.log(3) / 2, abs=0.01)
    assert np.interp(distance[-1] / 2, distance, slow) == pytest.approx(-np.log(np.tan(np.pi / 12)), abs=0.01)
    late = (loss < 1e-6) & (loss > 1e-11)
    assert np.polyfit(slow[late], np.log(loss[late]), 1)[0] / -2 == pytest.approx(1, abs=1e-6)


def test_closed_times_at_45_degrees():
    angles = delay.principal_angles(*diagonal(100.0)[1:])
    assert angles.cos2 == pytest.approx(np.full(N_IN, 0.5), rel=1e-13)
    assert delay.plateau(angles) == pytest.approx(0.5)
    assert delay.delay(angles) == pytest.approx(np.log(3) / 2, rel=1e-13)
    assert delay.kernel_law(-np.log(np.tan(np.pi / 12)), angles) == pytest.approx(0.25, rel=1e-13)
    assert delay.kernel_law(400.0, angles) == pytest.approx(0.5)


@pytest.mark.parametrize("fraction", [0.9, 0.5, 1e-3, 1e-9])
def test_delay_inverts_the_law(fraction):
    for seed in range(10):
        _, w2, sigma_yx = problem(30.0, seed)
        angles = delay.principal_angles(w2, sigma_yx)
        at = delay.delay(angles, fraction)
        assert delay.loss_law(at, angles) == pytest.approx(fraction * delay.loss_law(0.0, angles), rel=1e-12)


@pytest.mark.parametrize("lam", [0.0, 1.0, -30.0, 1e5, 1e12])
def test_slow_rate_keeps_its_digits(lam):
    with mp.workdps(60):
        s, half = mp.mpf("0.3"), abs(mp.mpf(lam)) / 2
        exact = float(mp.sqrt(s * s + half * half) - half)
    assert delay.slow_rate(0.3, lam) == pytest.approx(exact, rel=1e-15 * 4, abs=0)


def test_slow_rate_is_an_eigenvalue_of_the_flow():
    from lazyrich.linear.eigenbasis import eigenbasis

    *_, sigma_yx = problem(30.0, 0, target=1.5)
    assert eigenbasis(sigma_yx, 30.0).excess[:N_IN] == pytest.approx(np.full(N_IN, delay.slow_rate(1.5, 30.0)))


@pytest.mark.parametrize("tilt", [0.0, 1e-6, 1e-9])
def test_small_and_right_angles_keep_their_digits(tilt):
    """One direction of W2 at `tilt` from the task's, the other at `tilt` from its complement."""
    c, s = np.cos(tilt), np.sin(tilt)
    w2 = np.array([[c, 0], [0, s], [s, 0], [0, c]])
    angles = delay.principal_angles(w2, np.eye(4)[:, :2])
    # to the rounding of a unit vector's entries, where 1 − cos² would keep 1e-8
    assert np.sqrt(angles.sin2) == pytest.approx([s, c], rel=0, abs=8 * EPS)
    assert np.sqrt(angles.cos2) == pytest.approx([c, s], rel=0, abs=8 * EPS)
    assert delay.plateau(angles) == pytest.approx(0.5)
    # the right angle never turns, a nearly right one after a time −log tilt
    expected = np.inf if tilt == 0 else 0.5 * np.log(1 / s**2)
    assert delay.delay(angles, 0.5 - 1e-3 if tilt == 0 else 0.5) == pytest.approx(expected, rel=1e-6)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        late = delay.loss_law(np.array([0.0, 1e3, 1e300]), angles)
        assert delay.kernel_law(1e300, angles) == pytest.approx(0.0 if tilt == 0 else 0.5)
    assert late[1:] == pytest.approx(0.5 if tilt == 0 else 0.0, abs=1e-200)


def test_an_aligned_start_has_no_plateau():
    angles = delay.principal_angles(np.eye(3)[:, :2] * 5, np.eye(3)[:, :2])
    assert (delay.plateau(angles), delay.delay(angles)) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("w2", "sigma_yx", "said"),
    [
        (np.eye(3)[:, :2], np.diag([2.0, 1.0, 0.0])[:, :2], "equal singular values"),
        (np.zeros((3, 2)) + 1, np.eye(3)[:, :2], "full rank"),
        (np.eye(3)[:, :2], np.eye(3)[:, :1], "sigma_yx"),
        (np.eye(3)[:, :2], np.zeros((3, 2)), "equal singular values"),
    ],
)
def test_what_the_law_does_not_cover_is_refused(w2, sigma_yx, said):
    with pytest.raises(ValueError, match=said):
        delay.principal_angles(w2, sigma_yx)
