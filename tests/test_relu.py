"""ReLU networks: scales, kernel and distances beside their definitions, descent beside a plain loop."""

import numpy as np
import pytest

from cases import EPS
from lazyrich.linear.observables import cosine_distance
from lazyrich.nonlinear.relu import alignment, network, scale
from lazyrich.nonlinear.relu.descent import train

W = np.array([[1, 0.1], [0.6, -0.8], [-0.5, 1]])
A = np.array([2, -1, 0.5])
X = np.array([[1, 0], [0, 1], [0.6, 0.8]])


@pytest.mark.parametrize(
    ("delta", "tau", "expected"),
    [(1, 0.1, 10.0004999375131), (-1, 0.1, 0.0999950008747938), (0.25, 0.5, 1.27201964951407), (0, 2, 1)],
)
def test_alpha(delta, tau, expected):
    assert scale.alpha(delta, tau) == pytest.approx(expected, rel=1e-14)


def test_layer_lengths():
    assert scale.layer_lengths(1, 0.1) == pytest.approx((1.00004999375131, 0.00999950008747938), rel=1e-14)
    assert scale.layer_lengths(0.25, 0.5) == pytest.approx((0.636009824757034, 0.393075688878712), rel=1e-14)


def test_lengths_have_the_scales_asked_for():
    tau, delta = np.meshgrid(np.logspace(-3, 3, 13), [-100, -1, -1e-9, 0, 1e-9, 1, 100])
    a, w = scale.layer_lengths(delta, tau)
    np.testing.assert_allclose(a * w, tau**2, rtol=1e-14)
    np.testing.assert_allclose(a**2 - w**2, delta, atol=1e-15 * (a**2 + w**2).max())


@pytest.mark.parametrize("tau", [0, -1, np.nan])
def test_a_scale_that_is_not_positive(tau):
    with pytest.raises(ValueError, match="tau must be larger than 0"):
        scale.alpha(1, tau)


def test_tangent_kernel():
    expected = [[6.36, 0.1, 3.08], [0.1, 5.26, 3.968], [3.08, 3.968, 4.9624]]
    kernel = network.tangent_kernel(W, A, X)
    np.testing.assert_allclose(kernel, expected, atol=1e-14)
    other = network.tangent_kernel(np.array([[1, 0.3], [0.5, -1], [-1, 0.2]]), np.array([1, -2, 1]), X)
    assert cosine_distance(kernel, other) == pytest.approx(0.12011103404847412, abs=1e-14)


def test_tangent_kernel_is_of_the_gradients():
    rng = np.random.default_rng(3)
    w, a, x = rng.standard_normal((5, 3)), rng.standard_normal(5), rng.standard_normal((7, 3))
    rows = [np.concatenate([np.maximum(w @ one, 0), np.outer(a * (w @ one > 0), one).ravel()]) for one in x]
    np.testing.assert_allclose(network.tangent_kernel(w, a, x), np.array(rows) @ np.array(rows).T, atol=1e-13)


def test_symmetrised_network_is_zero():
    rng = np.random.default_rng(4)
    w, a = network.symmetrised(network.on_the_sphere(rng, 6, 3), rng.choice([-1.0, 1.0], 6))
    assert np.abs(network.outputs(w, a, network.on_the_sphere(rng, 9, 3))).max() < 12 * 4 * EPS


def test_distances():
    turned = W * [[1], [-1], [1]]  # one neuron of three sees the other half of the inputs
    assert network.hamming_distance(W, turned, X) == pytest.approx(1 / 3)
    assert network.hamming_distance(W, 2 * W, X) == 0
    assert network.parameter_distance(W + 1, A - 2, W, A) == pytest.approx(np.sqrt(6 + 12))


def test_alignment():
    teacher = np.array([[1, 0], [0, 1]]), np.array([1.0, -1])
    assert alignment.teacher_cosine(np.array([[2.0, 0], [0, 3]]), np.array([1, -1]), *teacher) == pytest.approx(1)
    assert alignment.teacher_cosine(np.array([[2.0, 0], [0, 3]]), np.array([-1, 1]), *teacher) == pytest.approx(0)
    assert alignment.turning_angle(np.array([[1.0, 0], [0, 1]]), np.array([[1.0, 1], [0, 5]])) == pytest.approx(22.5)
    right_round = np.array([[1.0, 0], [0, 1]]), np.array([[-1.0, 1], [0, -5]])
    assert alignment.turning_angle(*right_round) == pytest.approx((135 + 180) / 2)
    assert alignment.turning_angle(*right_round, lines=True) == pytest.approx(45 / 2)


def test_descent_beside_a_loop_over_neurons_and_examples():
    rng = np.random.default_rng(5)
    w, a = rng.standard_normal((2, 4, 3)), rng.standard_normal((2, 4))
    x, y, rates = rng.standard_normal((6, 3)), rng.standard_normal(6), np.array([0.02, 0.05])
    recorded = list(train(w, a, x, y, rates, [0, 1, 7]))
    assert [step for step, *_ in recorded] == [0, 1, 7]
    np.testing.assert_array_equal(recorded[0][1], w)
    for net, rate in enumerate(rates):
        w_now, a_now = w[net].copy(), a[net].copy()
        for _ in range(7):
            w_step, a_step = np.zeros_like(w_now), np.zeros_like(a_now)
            residual = [sum(a_now[k] * max(w_now[k] @ one, 0) for k in range(4)) for one in x] - y
            for one, r in zip(x, residual, strict=True):
                for k in range(4):
                    a_step[k] += 2 / 6 * r * max(w_now[k] @ one, 0)
                    w_step[k] += 2 / 6 * r * a_now[k] * (w_now[k] @ one > 0) * one
            w_now, a_now = w_now - rate * w_step, a_now - rate * a_step
        np.testing.assert_allclose(recorded[-1][1][net], w_now, atol=1e-13)
        np.testing.assert_allclose(recorded[-1][2][net], a_now, atol=1e-13)


def test_descent_conserves_delta_to_first_order_in_its_step():
    rng = np.random.default_rng(6)
    w, a = rng.standard_normal((1, 4, 3)), rng.standard_normal((1, 4))
    x, y = rng.standard_normal((6, 3)), rng.standard_normal(6)
    drifts = []
    for rate, steps in ((0.002, 1000), (0.001, 2000)):
        ((_, w_end, a_end),) = train(w, a, x, y, [rate], [steps])
        drifts.append(np.abs((a_end**2 - (w_end**2).sum(-1)) - (a**2 - (w**2).sum(-1))).max())
    assert 1.7 < drifts[0] / drifts[1] < 2.3
