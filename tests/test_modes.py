"""Aligned modes in closed form: every λ, every start, against 60 digits and the general solution."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lazyrich as lr
from lazyrich.linear import reference

LAMS = st.sampled_from([0.0, 1e-12, -1e-12, 1e-6, 1e-2, 0.5, -2.0, 10.0, 300.0, -1e3])
TARGETS = st.one_of(st.sampled_from([0.0, 1.0, -1.0, 1e-3, 30.0]), st.floats(-5, 5, allow_subnormal=False))
STARTS = st.one_of(
    st.sampled_from([0.0, 1e-2, 1e-8, -1e-2, -1e-6, 0.5, -0.5, 3.0, -40.0]), st.floats(-5, 5, allow_subnormal=False)
)
TIMES = st.one_of(st.sampled_from([0.0, 1e-6, 1e3, 1e6]), st.floats(0, 50))


@given(TIMES, TARGETS, STARTS, LAMS)
def test_matches_60_digits(time, target, initial, lam):
    exact = reference.mode(time, target, initial, lam)
    error = abs(lr.mode_strength(time, target, initial, lam) - exact)
    # every digit of the mode itself where it does not cross zero, and of its scale where it does
    size = abs(exact) if initial * target >= 0 else max(abs(target), abs(initial))
    assert error <= 1e-13 * size + 1e-90  # mpmath's own zero


@given(TIMES, TARGETS, LAMS)
def test_started_at_the_target_stays(time, target, lam):
    assert lr.mode_strength(time, target, target, lam) == pytest.approx(target, rel=1e-14, abs=0)


@given(TIMES, TARGETS, STARTS, LAMS)
def test_mirror_and_sign_of_lam(time, target, initial, lam):
    a = lr.mode_strength(time, target, initial, lam)
    assert lr.mode_strength(time, -target, -initial, lam) == -a or target == 0
    assert lr.mode_strength(time, target, initial, -lam) == a


@pytest.mark.parametrize("lam", [0.0, 1e-3, 1.0, -4.0])
@pytest.mark.parametrize("initial", [0.01, 0.7, 5.0, -0.3])
def test_is_the_one_by_one_network(lam, initial):
    times = np.linspace(0, 6, 13)
    w1, w2 = lr.aligned_weights(lam, [[1.5]], [initial], 1, rng=np.random.default_rng(0))
    general = lr.exact_solution(w1, w2, [[1.5]], times, lam=lam).network_function[:, 0, 0]
    assert np.abs(lr.mode_strength(times, 1.5, initial, lam) - general).max() < 1e-13 * max(1, abs(initial))


def test_zero_task_and_zero_lam_decay_as_a_power():
    times = np.array([0.0, 1.0, 1e6])
    assert lr.mode_strength(times, 0.0, -0.5, 0.0) == pytest.approx(-0.5 / (1 + times), rel=1e-14)


def test_the_smallest_starts_and_targets():
    tiny = 5e-324
    assert lr.mode_strength(1.0, 1.0, tiny, 0.0) == pytest.approx(tiny * np.exp(2.0), abs=3 * tiny)
    assert lr.mode_strength(1e3, 1.0, tiny, 0.0) == 1.0
    assert lr.mode_strength(1.0, tiny, 0.5, 0.0) == pytest.approx(0.25)


def test_opposite_start_is_stuck_at_lam_zero_and_passes_otherwise():
    assert abs(lr.mode_strength(1e3, 1.0, -1.0, 0.0)) < 1e-300
    assert lr.mode_strength(60.0, 1.0, -1.0, 1e-12) == pytest.approx(1.0)


@given(st.floats(0.01, 20), st.sampled_from([1.0, -2.0, 0.3]), st.floats(-1, 1), LAMS, st.sampled_from([1.0, 3.0]))
def test_time_to_reach_inverts_strength(time, target, initial, lam, tau):
    if lam == 0 and initial * target <= 0:
        return
    a = lr.mode_strength(time, target, initial, lam, tau=tau)
    if abs(a - target) < 1e-3 or abs(a - initial) < 1e-3:
        return  # too flat to tell the time
    assert lr.time_to_reach(a, target, initial, lam, tau=tau) == pytest.approx(time, rel=1e-9)


def test_time_to_reach_what_is_never_reached():
    assert lr.time_to_reach(1.5, 1.0, 0.1, 2.0) == np.inf  # beyond the target
    assert lr.time_to_reach(0.05, 1.0, 0.1, 2.0) == np.inf  # behind the start
    assert lr.time_to_reach(0.5, 1.0, -0.1, 0.0) == np.inf  # past the saddle at λ = 0
    assert lr.time_to_reach(0.1, 1.0, 0.1, 2.0) == 0.0


def test_transition_has_both_limits():
    times = np.linspace(0, 20, 4001)
    sigmoid = lr.mode_transition(times, 1.0, 0.01, 0.0)
    for lam in (1e-4, 1e-3):
        assert np.abs(lr.mode_transition(times, 1.0, 0.01, lam) - sigmoid).max() < 200 * lam**2
    for lam in (100.0, 1000.0):
        fine = times / lam
        distance = np.abs(lr.mode_transition(fine, 1.0, 0.01, lam) + np.expm1(-lam * fine)).max()
        assert distance * lam**2 == pytest.approx(0.208, abs=0.001)


def test_broadcasts():
    a = lr.mode_strength(np.linspace(0, 1, 5)[:, None, None], [1.0, 2.0], 0.1, np.array([[0.0], [1.0], [2.0]]))
    assert a.shape == (5, 3, 2)


@pytest.mark.parametrize("arguments", [(np.nan, 1, 0, 0), (1, np.inf, 0, 0), (-1, 1, 0, 0), (1, 1, 0, np.nan)])
def test_bad_input(arguments):
    with pytest.raises(ValueError, match=r"NaN|negative"):
        lr.mode_strength(*arguments)


@pytest.mark.parametrize("arguments", [(np.nan, 1, 0, 0), (0.5, 1, 0.1, np.nan), (0.5, 1, 0.1, 1j)])
def test_bad_input_of_the_inverse(arguments):
    with pytest.raises(ValueError, match=r"NaN|real numbers"):
        lr.time_to_reach(*arguments)
