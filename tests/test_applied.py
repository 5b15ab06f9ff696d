"""Batched ReLU networks beside complex steps, and optimisers beside their formulas written out."""

import numpy as np
import pytest

from lazyrich.nonlinear.classifiers import network, optimisers

WIDTHS, GAINS = (5, 6, 4, 3), (0.7, 1.0, 0.25)


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def networks(rng, n=2):
    return network.stacked([network.normal(rng, WIDTHS, (1.0, 1.0, 1.0)) for _ in range(n)])


def complex_loss(weights, inputs, labels):
    """Mean cross entropy of one network, analytic in its weights: max(z, 0) by the sign of the real part."""
    z = inputs
    for w, gain in zip(weights[:-1], GAINS[:-1], strict=True):
        z = gain * z @ w
        z = np.where(z.real > 0, z, 0)
    outputs = GAINS[-1] * z @ weights[-1]
    right = outputs[np.arange(len(labels)), labels]
    return (np.log(np.exp(outputs).sum(1)) - right).mean()


class TestNetwork:
    def test_gradients_are_those_of_a_complex_step(self, rng):
        weights = networks(rng)
        inputs, labels = rng.standard_normal((2, 7, 5)), rng.integers(0, 3, (2, 7))
        activities, outputs = network.forward(weights, inputs, GAINS)
        losses, slope = network.cross_entropy(outputs, labels)
        found = network.gradients(weights, activities, slope, GAINS)
        for b in range(2):
            one = [w[b] for w in weights]
            assert losses[b] == pytest.approx(complex_loss(one, inputs[b], labels[b]), rel=1e-13)
            for layer, w in enumerate(one):
                for place in np.ndindex(w.shape):
                    moved = [x.astype(complex) for x in one]
                    moved[layer][place] += 1e-30j
                    expected = complex_loss(moved, inputs[b], labels[b]).imag / 1e-30
                    assert found[layer][b][place] == pytest.approx(expected, rel=1e-11, abs=1e-15)

    def test_shared_inputs_and_labels(self, rng):
        weights, inputs, labels = networks(rng), rng.standard_normal((7, 5)), rng.integers(0, 3, 7)
        for together, apart in zip(
            self.loss_and_gradients(weights, inputs, labels),
            self.loss_and_gradients(weights, np.stack([inputs] * 2), np.stack([labels] * 2)),
            strict=True,
        ):
            np.testing.assert_allclose(together, apart, rtol=1e-13)

    @staticmethod
    def loss_and_gradients(weights, inputs, labels):
        activities, outputs = network.forward(weights, inputs, GAINS)
        losses, slope = network.cross_entropy(outputs, labels)
        return [losses, *network.gradients(weights, activities, slope, GAINS)]

    def test_relative_scale_keeps_the_function(self, rng):
        one, inputs = network.normal(rng, WIDTHS, (1.0, 1.0, 1.0)), rng.standard_normal((7, 5))
        scaled = network.stacked([network.relative_scale(one, alpha) for alpha in (0.1, 1.0, 8.0)])
        _, outputs = network.forward(scaled, inputs)
        np.testing.assert_allclose(outputs[0], outputs[1], rtol=1e-13)
        np.testing.assert_allclose(outputs[2], outputs[1], rtol=1e-13)
        np.testing.assert_allclose(scaled[0][2], one[0] / 8)

    def test_precision_is_kept(self, rng):
        weights = [w.astype(np.float32) for w in networks(rng)]
        inputs, labels = rng.standard_normal((7, 5)).astype(np.float32), rng.integers(0, 3, 7)
        assert all(x.dtype == np.float32 for x in self.loss_and_gradients(weights, inputs, labels))

    def test_large_outputs_do_not_overflow(self):
        loss, slope = network.cross_entropy(np.array([[[1e4, 0.0], [0.0, 1e4]]]), np.array([0, 0]))
        assert loss[0] == 5e3
        np.testing.assert_array_equal(slope[0], [[0, 0], [-0.5, 0.5]])

    def test_accuracy(self):
        outputs = np.array([[[1.0, 2.0], [3.0, 0.0]], [[2.0, 1.0], [3.0, 0.0]]])
        np.testing.assert_array_equal(network.accuracy(outputs, np.array([1, 0])), [1.0, 0.5])


class TestOptimisers:
    def test_momentum(self, rng):
        start, gradient = rng.standard_normal((2, 3, 4)), rng.standard_normal((3, 2, 3, 4))
        w, v, rates = start.copy(), 0.0, np.array([0.1, 0.3])
        weights = [start.copy()]
        optimiser = optimisers.Momentum(weights, 0.9)
        for g in gradient:
            optimiser.step(weights, [g], rates)
            v = 0.9 * v + g
            w = w - rates[:, None, None] * v
        np.testing.assert_allclose(weights[0], w, rtol=1e-13)

    def test_adamw(self, rng):
        start, gradient = rng.standard_normal((2, 3, 4)), rng.standard_normal((5, 2, 3, 4))
        w, m, v, rates = start.copy(), 0.0, 0.0, np.array([0.1, 0.3])
        weights = [start.copy()]
        optimiser = optimisers.AdamW(weights, betas=(0.9, 0.98), decay=0.5, epsilon=1e-6)
        for k, g in enumerate(gradient, start=1):
            optimiser.step(weights, [g], rates)
            m, v = 0.9 * m + 0.1 * g, 0.98 * v + 0.02 * g**2
            w = w * (1 - 0.5 * rates[:, None, None])
            w = w - rates[:, None, None] * (m / (1 - 0.9**k)) / (np.sqrt(v / (1 - 0.98**k)) + 1e-6)
        np.testing.assert_allclose(weights[0], w, rtol=1e-12)

    @pytest.mark.parametrize("kind", [optimisers.Momentum, optimisers.AdamW])
    def test_those_kept_go_on_as_if_alone(self, rng, kind):
        gradient = rng.standard_normal((6, 3, 2, 2))
        all_three, fewer = ([np.ones((3, 2, 2))] for _ in range(2))
        whole, part = kind(all_three), kind(fewer)
        for k, g in enumerate(gradient):
            whole.step(all_three, [g], 0.1)
            if k == 3:
                part.keep([0, 2])
                fewer = [w[[0, 2]] for w in fewer]
            part.step(fewer, [g[[0, 2]] if k >= 3 else g], 0.1)
        np.testing.assert_array_equal(fewer[0], all_three[0][[0, 2]])

    def test_schedules(self):
        assert optimisers.cosine(2.0, 0, 10) == 2
        assert optimisers.cosine(2.0, 5, 10) == pytest.approx(1)
        assert optimisers.cosine(2.0, 12, 10) == 0
        assert [optimisers.warm_up(2.0, k, 10, 0.1) for k in (0, 10, 50)] == [0.2, 2, 2]
        assert optimisers.warm_up(2.0, 5, 10, 0.1) == pytest.approx(1.1)
