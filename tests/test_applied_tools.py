"""Tangent kernels, convolution, recorded descent, gratings and smoothness of filters, each computed a second way."""

import numpy as np
import pytest

from lazyrich.data import gratings
from lazyrich.nonlinear.classifiers import convolution, filters, network, optimisers, recorded, tangent
from lazyrich.nonlinear.relu.network import tangent_kernel

WIDTHS = (5, 6, 4, 3)


@pytest.fixture
def rng():
    return np.random.default_rng(8)


def networks(rng, n=2):
    return network.stacked([network.normal(rng, WIDTHS, (0.8, 0.8, 0.8)) for _ in range(n)])


class TestTangent:
    def test_kernel_is_that_of_the_jacobian(self, rng):
        """Every derivative of every output by a complex step; the sign of the real part decides a neuron's state."""
        weights, inputs = networks(rng), rng.standard_normal((7, 5))
        found = tangent.kernel(weights, inputs)
        for b in range(2):
            columns = []
            for layer, w in enumerate(weights):
                for place in np.ndindex(w[b].shape):
                    moved = [x[b].astype(complex) for x in weights]
                    moved[layer][place] += 1e-30j
                    z = inputs
                    for x in moved[:-1]:
                        z = z @ x
                        z = np.where(z.real > 0, z, 0)
                    columns.append((z @ moved[-1]).imag / 1e-30)
            jacobian = np.stack(columns, axis=-1)  # (n, c, parameters)
            expected = np.einsum("icp,jcp->ij", jacobian, jacobian)
            np.testing.assert_allclose(found[b], expected, rtol=1e-12)

    def test_two_layers_beside_the_student_of_one_output(self):
        """Two layers and one output, in numbers that can be added up by hand."""
        w, a = np.array([[1, 0.1], [0.6, -0.8], [-0.5, 1]]), np.array([2, -1, 0.5])
        inputs = np.array([[1, 0], [0, 1], [0.6, 0.8]])
        found = tangent.kernel([w.T[None], a[None, :, None]], inputs)[0]
        expected = [[6.36, 0.1, 3.08], [0.1, 5.26, 3.968], [3.08, 3.968, 4.9624]]
        np.testing.assert_allclose(found, expected, rtol=1e-14)
        np.testing.assert_allclose(found, tangent_kernel(w, a, inputs), rtol=1e-14)

    def test_data_sets_side_by_side(self, rng):
        weights = [np.stack([w, 1.1 * w]) for w in networks(rng, 3)]
        inputs = rng.standard_normal((2, 1, 7, 5))
        found = tangent.kernel(weights, inputs)
        assert found.shape == (2, 3, 7, 7)
        for s in range(2):
            np.testing.assert_allclose(found[s], tangent.kernel([w[s] for w in weights], inputs[s, 0]), rtol=1e-13)

    def test_distances(self, rng):
        weights, inputs = networks(rng, 1), rng.standard_normal((50, 5))
        here = tangent.patterns(weights, inputs)
        assert [p.shape for p in here] == [(1, 50, 6), (1, 50, 4)]
        turned = [-weights[0], *weights[1:]]
        assert tangent.hamming_distance(here, here) == 0
        # every neuron of the first layer has switched
        expected = (1 + (tangent.patterns(turned, inputs)[1] != here[1]).mean()) / 2
        assert tangent.hamming_distance(here, tangent.patterns(turned, inputs)) == pytest.approx(expected)
        assert tangent.parameter_distance(weights, turned) == pytest.approx(2 * np.linalg.norm(weights[0]))


class TestConvolution:
    def test_patches_are_what_a_loop_cuts_out(self, rng):
        images = rng.standard_normal((2, 7, 7))
        found = convolution.patches(images, 3, 2)
        for k in range(2):
            cut = [images[k, i : i + 3, j : j + 3].ravel() for i in (0, 2, 4) for j in (0, 2, 4)]
            np.testing.assert_array_equal(found[k], cut)

    def test_gradients_are_those_of_a_complex_step(self, rng):
        inputs = convolution.patches(rng.standard_normal((6, 5, 5)), 3, 1)
        labels = rng.integers(0, 3, 6)
        weights = [rng.standard_normal((2, 9, 4)), rng.standard_normal((2, 4, 3))]
        activities, outputs = convolution.forward(weights, inputs)
        _, slope = network.cross_entropy(outputs, labels)
        found = convolution.gradients(weights, activities, slope)
        for b in range(2):
            for layer in range(2):
                for place in np.ndindex(weights[layer][b].shape):
                    moved = [w[b].astype(complex) for w in weights]
                    moved[layer][place] += 1e-30j
                    z = inputs @ moved[0]
                    out = np.where(z.real > 0, z, 0).mean(1) @ moved[1]
                    loss = (np.log(np.exp(out).sum(1)) - out[np.arange(6), labels]).mean()
                    assert found[layer][b][place] == pytest.approx(loss.imag / 1e-30, rel=1e-11, abs=1e-15)

    def test_networks_of_several_data_sets(self, rng):
        """(S, A, ...) weights on (S, 1, n, P, k²) patches: each network beside itself alone."""
        inputs = convolution.patches(rng.standard_normal((2, 1, 6, 5, 5)), 3, 1)
        weights = [rng.standard_normal((2, 3, 9, 4)), rng.standard_normal((2, 3, 4, 3))]
        activities, outputs = convolution.forward(weights, inputs)
        assert outputs.shape == (2, 3, 6, 3)
        slope = rng.standard_normal(outputs.shape)
        found = convolution.gradients(weights, activities, slope)
        for s, a in np.ndindex(2, 3):
            alone = [w[s, a] for w in weights]
            kept, out = convolution.forward(alone, inputs[s, 0])
            np.testing.assert_allclose(outputs[s, a], out, rtol=1e-12)
            for g, expected in zip(found, convolution.gradients(alone, kept, slope[s, a]), strict=True):
                np.testing.assert_allclose(g[s, a], expected, rtol=1e-11, atol=1e-13)


class TestRecordedDescent:
    SETTINGS = {"rate": 0.1, "batch": 4, "momentum": 0.9}  # noqa: RUF012

    def start(self, rng):
        return (
            [np.stack([w, w]) for w in networks(rng, 3)],
            rng.standard_normal((2, 10, 5)),
            rng.integers(0, 3, (2, 10)),
        )

    @staticmethod
    def rngs():
        return [np.random.default_rng(s) for s in (1, 2)]

    def test_is_the_descent_of_each_network_alone(self, rng):
        weights, inputs, labels = self.start(rng)
        start = [w.copy() for w in weights]
        steps = [
            step
            for step, _ in recorded.train(weights, inputs, labels, self.rngs(), record_at=[0, 3, 7], **self.SETTINGS)
        ]
        assert steps == [0, 3, 7]
        for s, own in enumerate(self.rngs()):
            order = np.concatenate(
                [own.permutation(10)[:8] for _ in range(4)]
            )  # the last two of an epoch fill no batch
            for a in range(3):
                net = [w[s, a].copy() for w in start]
                optimiser = optimisers.Momentum(net, 0.9)
                for k in range(7):
                    chosen = order[4 * k : 4 * k + 4]
                    activities, outputs = network.forward(net, inputs[s, chosen])
                    _, slope = network.cross_entropy(outputs, labels[s, chosen])
                    optimiser.step(net, network.gradients(net, activities, slope), 0.1)
                for w, alone in zip(weights, net, strict=True):
                    np.testing.assert_allclose(w[s, a], alone, rtol=1e-11)

    def test_a_batch_larger_than_the_data_is_refused(self, rng):
        weights, inputs, labels = self.start(rng)
        with pytest.raises(ValueError, match="batch of 11 is more than the 10"):
            next(recorded.train(weights, inputs, labels, self.rngs(), rate=0.1, batch=11, record_at=[1]))


class TestFilters:
    def test_published_stencil(self):
        w = np.cos(np.arange(25)).reshape(5, 5)
        assert filters.stencil_energy(w) == pytest.approx(1.814022901727785, rel=1e-14)
        assert filters.stencil_energy(w, border=0) == pytest.approx(0.3755663846049161, rel=1e-14)
        assert filters.STENCIL.sum() == -1
        assert filters.LAPLACIAN.sum() == 0

    def test_of_many_filters_at_any_scale(self, rng):
        w = rng.standard_normal((2, 3, 6, 4))
        found = filters.stencil_energy(w)
        assert found.shape == (2, 3)
        assert found[1, 2] == pytest.approx(filters.stencil_energy(-7 * w[1, 2]))

    @pytest.mark.parametrize("stencil", [filters.STENCIL, filters.LAPLACIAN])
    @pytest.mark.parametrize("border", [0, 1])
    def test_white_noise(self, rng, stencil, border):
        drawn = filters.stencil_energy(rng.standard_normal((20000, 9, 8)), stencil, border)
        expected = filters.white_noise_energy(9, 8, stencil, border)
        assert drawn.mean() == pytest.approx(expected, abs=5 * drawn.std() / np.sqrt(20000))

    def test_smooth_filters_have_less(self):
        y, x = np.mgrid[:9, :9]
        slow, fast = (np.cos(2 * np.pi * f * (x + y)) for f in (0.08, 0.4))
        assert filters.stencil_energy(slow) < 1 < filters.white_noise_energy(9, 9) < filters.stencil_energy(fast)


def test_gratings(rng):
    """Without noise and jitter an image is constant across its wave, and its spectrum peaks at class and frequency."""
    settings = {"n_classes": 2, "side": 32, "frequency": (0.125, 0.125), "jitter": 0.0}
    images, labels = gratings.draw(rng, 40, noise=0.0, **settings)
    assert set(labels) == {0, 1}
    assert abs(images).max() <= 1
    spectrum = abs(np.fft.fft2(images)).reshape(40, -1)
    peaks = np.stack(np.unravel_index(spectrum.argmax(1), (32, 32)), axis=1)
    for peak, label in zip(peaks, labels, strict=True):
        assert {tuple(peak), tuple(-peak % 32)} == {((0, 4), (4, 0))[label], ((0, 28), (28, 0))[label]}
    noisy, _ = gratings.draw(rng, 400, noise=1.5, **settings)
    assert noisy.var() == pytest.approx(0.5 + 1.5**2, rel=0.02)
