"""Classifiers that start at several relative scales α: their starts and seeds in tables, the same data for every α.

A draw has one base start, of which the network of α has the first layer / α and the last · α, and one data set, one
order of the batches: integers in the tables from which a stage draws them.
"""

import numpy as np

from ..data import digits
from ..nonlinear.classifiers import network
from .frames import each


def add_draws(draws, layers, seeds, name, n_draws, widths, **keys):
    """Rows of every draw: the seeds of its data and batches, and the layers of its base start."""
    # He's for layers before a ReLU
    stds = [*(np.sqrt(2 / n) for n in widths[:-2]), np.sqrt(1 / widths[-2])]
    for draw in range(n_draws):
        for layer, w in enumerate(network.normal(seeds.rng(name, "start", draw), widths, stds), start=1):
            fans = {"fan_in": w.shape[0], "fan_out": w.shape[1]}
            layers.add(**keys, draw=draw, layer=layer, **fans, weights=w[None])
        drawn = {f"{what}_seed": seeds.rng(name, what, draw).integers(2**32) for what in ("data", "order")}
        draws.add(**keys, draw=draw, **drawn)


def generators(seeds):
    """A generator for each of the seeds, a column of the draws."""
    return [np.random.default_rng(seed) for seed in seeds]


def starts(layers, alphas):
    """Weights at the start, every layer (S, A, fan_in, fan_out) over draws and α."""
    bases = [of_draw["weights"].to_list() for of_draw in each(layers, "draw")]
    return network.stacked(
        [network.stacked([network.relative_scale(base, alpha) for alpha in alphas]) for base in bases]
    )


def digit_sets(draws, config):
    """(training images, labels), (test images, labels) of every draw, images (S, n, 64), labels (S, n)."""
    parts = []
    for rng in generators(draws["data_seed"]):
        (x, y), (test_x, test_y) = digits.split(rng, config["n_train"], config["n_test"])
        x, test_x = digits.standardised(x, test_x)
        parts.append((x, y, test_x, test_y))
    x, y, test_x, test_y = (np.stack(part) for part in zip(*parts, strict=True))
    return (x, y), (test_x, test_y)


def add_start_deviations(rows, alphas, outputs, **keys):
    """How far the outputs (S, A, ...) of the starts are from those at the α nearest to 1, relative to the largest."""
    nearest = np.abs(np.log(alphas)).argmin()
    for draw, found in enumerate(outputs):
        size = np.abs(found[nearest]).max()
        gaps = [np.abs(one - found[nearest]).max() / size for one in found]
        rows.add(**keys, draw=draw, alpha=alphas, deviation_start=gaps)


def accuracies(model, weights, inputs, labels):
    """Fraction classified rightly, (S, A); inputs (S, n, ...), a data set after the other: activities are large."""
    sets = enumerate(zip(inputs, labels, strict=True))
    return np.stack([network.accuracy(model.forward([w[s] for w in weights], x)[1], y) for s, (x, y) in sets])
