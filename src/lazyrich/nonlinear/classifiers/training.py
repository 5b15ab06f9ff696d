"""Stochastic gradient descent of B classifiers side by side, each until it fits its examples."""

import numpy as np

from . import network, optimisers


def train(weights, gains, inputs, labels, which, rngs, *, rate, momentum, batch, n_epochs, fitted):
    """Train on mean cross entropy, in place, with a cosine schedule, in batches newly drawn every epoch.

    Parameters
    ----------
    weights, gains : as in `network`; all networks are of one shape
    inputs (S, P, d), labels (S, P) : S data sets of P examples
    which (B,) : the data set of each network
    rngs : S generators, which order the examples of each data set
    rate, momentum : learning rate at the start, 0 at the end of n_epochs; momentum
    batch, n_epochs : examples in a step; passes through the data, at most
    fitted : a network stops after an epoch with a smaller mean loss than this

    Returns
    -------
    (epochs (B,), mean loss of the last one (B,))
    """
    n_nets, n = len(which), labels.shape[1]
    epochs, losses = np.zeros(n_nets, int), np.full(n_nets, np.inf)
    active, going = np.arange(n_nets), [w.copy() for w in weights]
    optimiser = optimisers.Momentum(going, momentum)
    for epoch in range(n_epochs):
        now = optimisers.cosine(rate, epoch, n_epochs)
        order = np.stack([rng.permutation(n) for rng in rngs])[which[active]]
        sets, total = which[active][:, None], np.zeros(len(active))
        for first in range(0, n, batch):
            chosen = order[:, first : first + batch]
            activities, outputs = network.forward(going, inputs[sets, chosen], gains)
            loss, slope = network.cross_entropy(outputs, labels[sets, chosen])
            optimiser.step(going, network.gradients(going, activities, slope, gains), now)
            total += loss * chosen.shape[1]
        epochs[active], losses[active] = epoch + 1, total / n
        done = losses[active] < fitted
        if done.any() or epoch + 1 == n_epochs:
            for w, trained in zip(weights, going, strict=True):
                w[active] = trained
            active = active[~done]
            optimiser.keep(~done)
            going = [w[~done] for w in going]
        if not len(active):
            break
    return epochs, losses
