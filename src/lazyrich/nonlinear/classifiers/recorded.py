"""Stochastic descent at a constant rate: several networks on each of several data sets, recorded on the way."""

import numpy as np

from . import network, optimisers


def train(weights, inputs, labels, rngs, *, rate, batch, record_at, momentum=0.0, model=network):
    """Train on mean cross entropy; all networks of a data set see the same batches.

    Parameters
    ----------
    weights : layers (S, A, ...), A networks on each of S data sets; changed in place
    inputs (S, n, ...), labels (S, n) : the data sets
    rngs : S generators, which order the examples of each anew every epoch; what fills no batch is left out
    rate, momentum, batch : learning rate, momentum, examples in a step
    record_at : ascending steps at which to stop; 0 is the start
    model : module with `forward` and `gradients` of the networks

    Yields
    ------
    (step, weights) at each of them; the weights go on changing
    """
    n = labels.shape[1]
    if batch > n:
        raise ValueError(f"a batch of {batch} is more than the {n} examples")
    optimiser, of_each = optimisers.Momentum(weights, momentum), np.arange(len(labels))[:, None]
    step, place = 0, n
    for until in record_at:
        while step < until:
            if place + batch > n:
                order, place = np.stack([rng.permutation(n) for rng in rngs]), 0
            chosen = order[:, place : place + batch]
            activities, outputs = model.forward(weights, inputs[of_each, chosen][:, None])
            _, slope = network.cross_entropy(outputs, labels[of_each, chosen][:, None])
            optimiser.step(weights, model.gradients(weights, activities, slope), rate)
            step, place = step + 1, place + batch
        yield step, weights
