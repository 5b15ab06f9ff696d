"""Modular addition: its network beside the formula pair by pair, gradients beside complex steps, and when it stops."""

import numpy as np
import pytest

from lazyrich.nonlinear.classifiers import modular, optimisers

P, D, H = 5, 3, 4
TAUS = np.array([0.5, 2.0])


@pytest.fixture
def weights():
    rng = np.random.default_rng(2)
    return [np.stack(layer) for layer in zip(*(modular.start(rng, P, D, H, 1.5) for _ in TAUS), strict=True)]


def by_pair(weights, tau):
    """Logits of one network, one pair after the other; analytic in the weights."""
    embedding, hidden, readout = weights
    outputs = []
    for x in range(P):
        for y in range(P):
            z = np.concatenate([embedding[x], embedding[y]]) @ hidden
            outputs.append(tau * np.where(z.real > 0, z, 0) @ readout)
    return np.array(outputs)


def test_pairs():
    inputs, labels = modular.pairs(P)
    assert inputs.shape == (P * P, 2 * P)
    for k, (x, y) in enumerate((x, y) for x in range(P) for y in range(P)):
        assert (np.flatnonzero(inputs[k]) == [x, P + y]).all()
        assert labels[k] == (x + y) % P


def test_logits_are_those_of_the_formula(weights):
    outputs = modular.logits(weights, modular.pairs(P)[0], TAUS)
    for b, tau in enumerate(TAUS):
        np.testing.assert_allclose(outputs[b], by_pair([w[b] for w in weights], tau), rtol=1e-13, atol=1e-15)


def test_gradients_are_those_of_a_complex_step(weights):
    inputs, labels = modular.pairs(P)
    some = np.random.default_rng(0).permutation(P * P)[:17]
    losses, gradients = modular.loss_and_gradients(weights, inputs[some], labels[some], TAUS)

    def loss(one, tau):
        outputs = by_pair(one, tau)[some]
        return (np.log(np.exp(outputs).sum(1)) - outputs[np.arange(some.size), labels[some]]).mean()

    for b, tau in enumerate(TAUS):
        one = [w[b] for w in weights]
        assert losses[b] == pytest.approx(loss(one, tau), rel=1e-13)
        for layer, w in enumerate(one):
            for place in np.ndindex(w.shape):
                moved = [x.astype(complex) for x in one]
                moved[layer][place] += 1e-30j
                assert gradients[layer][b][place] == pytest.approx(loss(moved, tau).imag / 1e-30, rel=1e-10, abs=1e-15)


def train(weights, taus, **changed):
    inputs, labels = modular.pairs(P)
    trained = np.arange(P * P) % 4 > 0
    settings = {
        "rate": 0.02, "betas": (0.9, 0.98), "decay": 1.0, "warm_up": (10, 0.1), "checks": np.arange(0, 61, 5),
        "threshold": 0.6,
    } | changed  # fmt: skip
    return modular.train(weights, taus, inputs, labels, trained, **settings)


def test_training_is_adamw_at_a_rate_over_tau_squared(weights):
    inputs, labels = modular.pairs(P)
    trained = np.arange(P * P) % 4 > 0
    found = [w.copy() for w in weights]
    train(found, TAUS, checks=[0, 7], threshold=2.0)
    for b, tau in enumerate(TAUS):
        one = [w[b : b + 1].copy() for w in weights]
        optimiser = optimisers.AdamW(one, (0.9, 0.98), 1.0)
        for k in range(7):
            _, gradients = modular.loss_and_gradients(one, inputs[trained], labels[trained], TAUS[b : b + 1])
            optimiser.step(one, gradients, 0.02 / tau**2 * (0.1 + 0.9 * k / 10))
        for w, expected in zip(found, one, strict=True):
            np.testing.assert_allclose(w[b], expected[0], rtol=1e-10)


def test_a_network_stops_when_both_parts_are_known(weights):
    together = [w.copy() for w in weights]
    reached, accuracies = train(together, TAUS, threshold=0.4, checks=np.arange(0, 401, 5))
    assert (reached >= 0).any()
    for b in range(2):
        alone = [w[b : b + 1].copy() for w in weights]
        one, curve = train(alone, TAUS[b : b + 1], threshold=0.4, checks=np.arange(0, 401, 5))
        np.testing.assert_array_equal(one[0], reached[b])
        np.testing.assert_array_equal(curve[0], accuracies[b])
        for w, other in zip(alone, together, strict=True):
            np.testing.assert_allclose(w[0], other[b], rtol=1e-7)
        for j in range(2):
            at = np.flatnonzero(accuracies[b, :, j] >= 0.4)
            assert reached[b, j] == (5 * at[0] if at.size else -1)


def test_the_threshold_may_not_be_reached(weights):
    reached, _ = train([w.copy() for w in weights], TAUS, threshold=2.0, checks=[0, 5])
    assert (reached == -1).all()
