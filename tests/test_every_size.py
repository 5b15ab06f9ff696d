"""Every public function at every size: the same answer in other units, or a ValueError with what to do; no warning."""

import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import lazyrich as lr

RNG = np.random.default_rng(0)
W1, W2 = lr.lambda_balanced_weights(1.0, 3, 2, 4, rng=RNG, scale=0.5)
FUNCTION, X, Y = RNG.standard_normal((4, 3)), RNG.standard_normal((3, 5)), RNG.standard_normal((4, 5))
W, XTY, TIMES = np.array([0.3, -0.2, 0.5]), np.array([1.0, 2.0, -1.0]), np.array([0.0, 0.5, 2.0])
UNBALANCED = RNG.standard_normal((4, 2))


def _rng():
    return np.random.default_rng(1)


def _exact(c):
    solution = lr.exact_solution(c * W1, c * W2, c * c * FUNCTION, TIMES / c / c)
    return solution.network_function, solution.output_representation, solution.kernel_distance()


def _units_of_data(c):
    solution = lr.exact_solution(W1, W2, lr.Task(c * FUNCTION, c, c), TIMES, tau=c)
    return solution.network_function, solution.loss()


def _neuron(c):
    s = lr.neuron_solution(c * W, 0.4 * c, c * c * XTY, TIMES / c / c)
    return s.w, s.a, s.mu, s.nu, s.phi, s.kernel_distance(), s.final_sign, s.margin, s.published_kernel_distance


def _inputs(c):
    """Inputs c times as large, which the first layer makes up for."""
    s = lr.neuron_solution(W / c, 0.4, c * XTY, TIMES, xtx=c * c, rates=(1 / c / c, 1.0))
    return s.w, s.a, s.loss(), s.kernel_distance()


def _of_data(c, **given):
    task = lr.Task.from_data(**{"x": X, "y": Y, "rows": False} | given)
    return task.sigma_yx, task.sigma_xx


# what stands at c, and the powers of c as which its parts grow
CALLS = {
    "rsm_input of w1": (lambda c: [lr.rsm_input(c * W1, X)], [2]),
    "rsm_input of x": (lambda c: [lr.rsm_input(W1, c * X)], [2]),
    "rsm_output of w2": (lambda c: [lr.rsm_output(c * W2[:2], Y[:2])], [-2]),
    "rsm_output of y": (lambda c: [lr.rsm_output(W2, c * Y)], [2]),
    "ntk of weights": (lambda c: [lr.ntk(c * W1, c * W2, X)], [2]),
    "ntk of x": (lambda c: [lr.ntk(W1, W2, c * X)], [2]),
    "ntk of both": (lambda c: [lr.ntk(c * W1, c * W2, X / c)], [0]),
    "ntk_entries": (lambda c: [lr.ntk_entries(c * W1, c * W2, X, [0, 1], [0, 6])], [2]),
    "balance": (lambda c: lr.balance(c * W1, c * UNBALANCED), [2, 2]),
    "nearest_balanced": (lambda c: lr.nearest_balanced(c * W1, c * UNBALANCED), [1, 1]),
    "unbalanced_weights_like": (lambda c: lr.unbalanced_weights_like(c * W1, c * W2, rng=_rng()), [1, 1]),
    "a smaller layer": (lambda c: lr.unbalanced_weights_like(c * W1, W2, rng=_rng()), [1, 0]),
    "lambda_balanced_weights": (lambda c: lr.lambda_balanced_weights(c * c, 3, 2, 4, rng=_rng(), scale=c), [1, 1]),
    "zero_balanced_weights": (lambda c: lr.zero_balanced_weights(3, 2, 4, rng=_rng(), scale=c), [1, 1]),
    "gaussian_weights": (lambda c: lr.gaussian_weights(3, 2, 4, rng=_rng(), scale=(c, 1.0)), [1, 0]),
    "standard_weights": (lambda c: lr.standard_weights("torch", 3, 2, 4, rng=_rng(), gains=(c, c)), [1, 1]),
    "aligned_weights": (lambda c: lr.aligned_weights(c * c, FUNCTION, [c * c, 0], 2, rng=_rng()), [1, 1]),
    "weights_with_function": (lambda c: lr.weights_with_function(c * c * W2 @ W1, c * c, 2, rng=_rng()), [1, 1]),
    "layer_singular_values": (lambda c: lr.layer_singular_values(np.array([0, 1, 3]) * c * c, c * c), [1, 1]),
    "from_data of x": (lambda c: _of_data(c, x=c * X), [1, 2]),
    "from_data of y": (lambda c: _of_data(c, y=c * Y), [1, 0]),
    "whitened": (lambda c: _of_data(c, x=c * X, whiten=True), [0, 0]),
    "to_equal_rates": (lambda c: lr.to_equal_rates(W1, W2, (c, c)), [0, 0]),
    "to_equal_rates of weights": (lambda c: lr.to_equal_rates(c * c * W1, W2, (c * c, 1 / c / c)), [1, 1]),
    "exact_solution": (_exact, [2, 2, 0]),
    "exact_solution's tau": (lambda c: [lr.exact_solution(W1, W2, FUNCTION, c * TIMES, tau=c).loss()], [0]),
    "exact_solution, late": (lambda c: [lr.exact_solution(W1, W2, FUNCTION, [0, 1e3 * max(c, 1.0)]).loss()], [0]),
    "exact_solution's task": (_units_of_data, [0, 1]),
    "neuron_solution": (_neuron, [1, 1, 2, 2, 0, 0, 0, 0, 0]),
    "neuron_solution's inputs": (_inputs, [-1, 0, 0, 0]),
    "neuron_start": (lambda c: lr.neuron_start(c * c * XTY, c * c * np.array([0.7, 0.0, -0.7]), sign=-1), [1, 1]),
    "mode_strength": (lambda c: [lr.mode_strength(TIMES / c, 2.0 * c, 0.1 * c, 0.3 * c)], [1]),
    "time_to_reach": (lambda c: [lr.time_to_reach(c, 2.0 * c, 0.1 * c, 0.3 * c)], [-1]),
}


def _outcome(call):
    """What the call gives, and what it says where it refuses."""
    try:
        return call(), None
    except ValueError as error:
        return None, str(error)


@pytest.mark.parametrize("name", CALLS)
@given(exponent=st.integers(-150, 150))
@example(-149)
@example(-80)
@example(149)
def test_is_the_same_in_other_units_or_refused_in_words(name, exponent):
    """c² and its inverse are numbers of float64 too; what is below 1e-290 of it may be lost."""
    call, powers = CALLS[name]
    c = 10.0**exponent
    found, refusal = _outcome(lambda: call(c))
    if refusal:
        assert re.search(" must be .*; got ", refusal)
        assert abs(exponent) >= 68, refusal
        return
    for part, expected, power in zip(found, call(1.0), powers, strict=True):
        scale = c**power if power else 1.0
        np.testing.assert_allclose(part, expected * scale, rtol=0, atol=1e-12 * scale * np.abs(expected).max() + 1e-290)


@pytest.mark.parametrize("name", CALLS)
@given(exponent=st.floats(150, 307), up=st.booleans())
def test_is_finite_or_refused_at_the_ends_of_float64(name, exponent, up):
    c = float(10.0**exponent) if up else float(10.0**-exponent)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # where the arguments are made
        found, refusal = _outcome(lambda: CALLS[name][0](c))
    if refusal:
        assert re.search(" must be | must not be zero|holds NaN or infinity", refusal)
        return
    assert all(np.isfinite(part).all() for part in found)
