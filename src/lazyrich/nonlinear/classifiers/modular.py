"""Addition modulo p as classification, and the network that learns it: one embedding for both summands, then an MLP.

The sum x + y mod p of each of the p² pairs. A network is [E, W, U]: embedding E (B, p, d), hidden layer W (B, 2d, h) of
halves W₁ and W₂, readout U (B, h, p); its logits are τ max(E_x W₁ + E_y W₂, 0) U. As E_x W₁ is one of p rows, the
first two layers are one, T = [E W₁; E W₂] (B, 2p, h), of the inputs x and y one-hot.
"""

import numpy as np

from . import network, optimisers


def pairs(p):
    """(inputs (p², 2p), labels (p²,)): both summands one-hot, and their sum."""
    x, y = np.divmod(np.arange(p * p), p)
    return np.hstack([np.eye(p)[x], np.eye(p)[y]]), (x + y) % p


def start(rng, p, d, h, embedding_std):
    """Weights of one network: a Gaussian embedding, the layers uniform within ±1/√fan_in."""
    embedding = embedding_std * rng.standard_normal((p, d))
    return [embedding, *(rng.uniform(-1, 1, (a, b)) / np.sqrt(a) for a, b in ((2 * d, h), (h, p)))]


def _table(weights):
    embedding, hidden, _ = weights
    d = embedding.shape[-1]
    return np.concatenate([embedding @ hidden[:, :d], embedding @ hidden[:, d:]], -2)


def logits(weights, inputs, taus):
    """Outputs (B, n, p) of inputs (n, 2p) at output scales `taus` (B,)."""
    return network.forward([_table(weights), weights[2] * taus[:, None, None]], inputs)[1]


def loss_and_gradients(weights, inputs, labels, taus):
    """(mean cross entropy (B,), its gradients by E, W, U) for inputs (n, 2p) and labels (n,)."""
    embedding, hidden, readout = weights
    p, d = embedding.shape[-2:]
    layers = [_table(weights), readout * taus[:, None, None]]
    activities, outputs = network.forward(layers, inputs)
    loss, slope = network.cross_entropy(outputs, labels)
    of_table, of_readout = network.gradients(layers, activities, slope)
    of_embedding, of_hidden = 0.0, []
    for part, half in ((of_table[:, :p], hidden[:, :d]), (of_table[:, p:], hidden[:, d:])):
        of_embedding = of_embedding + part @ np.swapaxes(half, -1, -2)
        of_hidden.append(np.swapaxes(embedding, -1, -2) @ part)
    return loss, [of_embedding, np.concatenate(of_hidden, -2), of_readout * taus[:, None, None]]


def train(weights, taus, inputs, labels, trained, *, rate, betas, decay, warm_up, checks, threshold):
    """Train networks side by side, all examples a step, by AdamW with learning rate / τ², in place.

    Parameters
    ----------
    weights, taus : B networks and their output scales
    inputs (n, 2p), labels (n,), trained (n,) : all pairs, their sums, and which of them are trained on
    rate, betas, decay : of AdamW; warm_up : steps of a linear warm-up, and the share of the rate it starts from
    checks : ascending steps, from 0, at which accuracy is measured; training ends at the last
    threshold : a network stops when both accuracies have reached it

    Returns
    -------
    (steps (B, 2) at which training and validation accuracy were first seen at the threshold, −1 if they were not;
    accuracies (B, len(checks), 2), those of a network that has stopped as they were)
    """
    n_nets, parts = len(taus), (trained, ~trained)
    reached, accuracies = np.full((n_nets, 2), -1), np.zeros((n_nets, len(checks), 2))
    active, going, taus = np.arange(n_nets), [w.copy() for w in weights], np.asarray(taus, weights[0].dtype)
    optimiser, rates, step = optimisers.AdamW(going, betas, decay), rate / taus**2, 0
    examples = inputs[trained], labels[trained]
    for k, check in enumerate(checks):
        while step < check:
            _, gradients = loss_and_gradients(going, *examples, taus)
            optimiser.step(going, gradients, rates * optimisers.warm_up(1.0, step, *warm_up))
            step += 1
        for j, part in enumerate(parts):
            found = network.accuracy(logits(going, inputs[part], taus), labels[part])
            accuracies[active, k:, j] = found[:, None]
            reached[active[(found >= threshold) & (reached[active, j] < 0)], j] = check
        done = (reached[active] >= 0).all(1) | (k + 1 == len(checks))
        if done.any():
            for w, now in zip(weights, going, strict=True):
                w[active[done]] = now[done]
            optimiser.keep(~done)
            going, active, taus, rates = [w[~done] for w in going], active[~done], taus[~done], rates[~done]
        if not len(active):
            break
    return reached, accuracies
