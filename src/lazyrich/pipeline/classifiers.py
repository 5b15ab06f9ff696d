"""Classifiers that start at several relative scales α: their runs and starts in tables, the same data for every α.

`lam` in the tables is α. A draw has one base start, of which the network of α has the first layer / α and the last · α,
and one data set, one order of the batches: integers in the tables from which a stage draws them.
"""

import numpy as np

from ..data import digits
from ..nonlinear.classifiers import network
from .common import grouped, run_row


def add_draws(runs, records, seeds, panel, config, alphas, n_draws, widths):
    """Runs of every draw and α, with the draw's start and the seeds of its data and batches at its first run."""
    for draw in range(n_draws):
        first = len(runs)
        for alpha in alphas:
            shape = (widths[0], widths[1], widths[-1])
            row = run_row(panel, alpha, shape, f"alpha {alpha:g}", config["learning_rate"], config["n_steps"], draw)
            runs.append(row)
        # He's for layers before a ReLU
        stds = [*(np.sqrt(2 / n) for n in widths[:-2]), np.sqrt(1 / widths[-2])]
        for layer, w in enumerate(network.normal(seeds.rng(panel, "start", draw), widths, stds), start=1):
            records.add_matrices(first, "task", f"start_layer{layer}", w)
        for name in ("data", "order"):
            records.add(first, "task", f"{name}_seed", seeds.rng(panel, name, draw).integers(2**32))


def draws(data, panel):
    """The runs of a panel, a list for each draw."""
    return list(grouped(data.panel(panel), lambda run: run.draw))


def rng(data, run, name):
    """The generator whose seed a draw's first run has stored as `data` or `order`."""
    return np.random.default_rng(int(data.number(f"{name}_seed", run.run_id, "task")))


def starts(data, panel, n_layers):
    """Weights at the start, every layer (S, A, fan_in, fan_out) over draws and α."""
    found = []
    for runs in draws(data, panel):
        base = [data.matrix(f"start_layer{layer + 1}", runs[0].run_id) for layer in range(n_layers)]
        found.append(network.stacked([network.relative_scale(base, run.lam) for run in runs]))
    return network.stacked(found)


def digit_sets(data, panel, config):
    """(training images, labels), (test images, labels) of every draw, images (S, n, 64), labels (S, n)."""
    parts = []
    for runs in draws(data, panel):
        (x, y), (test_x, test_y) = digits.split(rng(data, runs[0], "data"), config["n_train"], config["n_test"])
        x, test_x = digits.standardised(x, test_x)
        parts.append((x, y, test_x, test_y))
    x, y, test_x, test_y = (np.stack(part) for part in zip(*parts, strict=True))
    return (x, y), (test_x, test_y)


def add_start_deviation(records, runs, outputs):
    """How far the outputs (S, A, ...) of the starts are from those at the α nearest to 1, relative to the largest."""
    for of_draw, found in zip(runs, outputs, strict=True):
        base = found[np.abs(np.log([run.lam for run in of_draw])).argmin()]
        for run, one in zip(of_draw, found, strict=True):
            records.add(run.run_id, "theory", "deviation_start", np.abs(one - base).max() / np.abs(base).max())


def add_band(records, run, name, curves, **place):
    """Mean of curves (S, K) over draws, and a standard deviation below and above, as `name_mean`, `_low`, `_high`."""
    mean, std = curves.mean(0), curves.std(0)
    for statistic, values in (("mean", mean), ("low", mean - std), ("high", mean + std)):
        records.add(run.run_id, "simulation", f"{name}_{statistic}", values, **place)


def accuracies(model, weights, inputs, labels):
    """Fraction classified rightly, (S, A); inputs (S, n, ...), a data set after the other: activities are large."""
    sets = enumerate(zip(inputs, labels, strict=True))
    return np.stack([network.accuracy(model.forward([w[s] for w in weights], x)[1], y) for s, (x, y) in sets])
