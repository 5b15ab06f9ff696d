"""When the exact solution passes a loss: against a mode in closed form, the integrator, and what is never reached."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lazyrich as lr
from lazyrich.linear import modes
from lazyrich.linear.passage import time_to_loss


@settings(max_examples=40)
@given(
    target=st.floats(0.1, 5),
    initial=st.floats(0.01, 3),
    lam=st.sampled_from([-300.0, -3.0, -1e-3, 0.0, 1e-3, 1.0, 30.0]),
    fraction=st.sampled_from([0.5, 1e-2, 1e-8]),
)
def test_one_mode_passes_when_its_closed_form_does(target, initial, lam, fraction):
    if abs(target - initial) < 1e-3:
        return
    w1, w2 = lr.aligned_weights(lam, np.array([[target]]), [initial], 1, rng=np.random.default_rng(0))
    level = fraction * (target - initial) ** 2 / 2
    value = target + np.sqrt(fraction) * (initial - target)
    expected = modes.time_to_reach(value, target, initial, lam)
    assert time_to_loss(w1, w2, np.array([[target]]), level, lam=lam) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("widths", [(4, 3, 3), (3, 3, 3), (3, 3, 6)])
@pytest.mark.parametrize("lam", [0.0, 5.0])
def test_the_integrator_has_that_loss_at_that_time(widths, lam):
    rng = np.random.default_rng(3)
    w1, w2 = lr.lambda_balanced_weights(lam, *widths, rng=rng, scale=1.0)
    sigma_yx = rng.standard_normal((widths[2], widths[0]))
    best = ((np.linalg.svd(sigma_yx, compute_uv=False)[widths[1] :]) ** 2).sum() / 2
    level = best + 0.05
    time = time_to_loss(w1, w2, sigma_yx, level)
    loss = lr.gradient_flow(w1, w2, sigma_yx, [0, time]).loss()
    assert 0 < time < np.inf
    assert loss[1] == pytest.approx(level, rel=1e-9)


def test_what_is_there_already_takes_no_time():
    w1, w2 = lr.lambda_balanced_weights(1.0, 3, 3, 3, rng=np.random.default_rng(0))
    assert time_to_loss(w1, w2, w2 @ w1, 1e-20) == 0.0


def test_what_a_bottleneck_keeps_from_being_learned_is_never_reached():
    sigma_yx = np.diag([3.0, 2.0, 1.0])
    w1, w2 = lr.lambda_balanced_weights(1.0, 3, 2, 3, rng=np.random.default_rng(0))
    assert time_to_loss(w1, w2, sigma_yx, 0.4) == np.inf
    assert time_to_loss(w1, w2, sigma_yx, 0.6) < np.inf


def test_a_saddle_is_not_left_by_rounding():
    """At λ = 0 the determinant keeps its sign: half a mode is the best that can be had."""
    sigma_yx = np.diag([2.0, 1.0])
    w1, w2 = lr.aligned_weights(0.0, sigma_yx, [0.1, -0.1], 2, rng=np.random.default_rng(0))
    assert time_to_loss(w1, w2, sigma_yx, 0.25) == np.inf
    assert time_to_loss(w1, w2, sigma_yx, 0.55) < 10


def test_a_task_brings_its_input_correlation():
    """Σxx = cI is the whitened problem of Σyx/c with its time over c and c times its loss."""
    w1, w2 = lr.lambda_balanced_weights(1.0, 3, 2, 2, rng=np.random.default_rng(0))
    sigma = np.random.default_rng(1).standard_normal((2, 3))
    whitened = time_to_loss(w1, w2, sigma, 0.3)
    assert time_to_loss(w1, w2, lr.Task(0.25 * sigma, 0.25), 0.25 * 0.3) == pytest.approx(4 * whitened, rel=1e-10)
    single = (w.astype(np.float32) for w in (w1, w2))
    assert time_to_loss(*single, sigma, 0.3) == pytest.approx(whitened, rel=1e-5)
