"""ReLU networks under weight decay: Δ = |readout|² − |incoming|² of each neuron falls as e^{−2γt} by homogeneity.

Descent from neurons of one Δ = λ₀, on noisy targets of a ReLU teacher. Its learning rate grows as |λ(t)| falls: the
steps between two records are all of one size, of at most `step` in units of the rate n_hidden |λ|/2 at the first.
"""

from itertools import pairwise

import numpy as np

from ...linear.plain_descent import descend
from ...nonlinear import units
from ...nonlinear.relu.network import on_the_sphere, symmetrised
from ...nonlinear.relu.scale import layer_lengths
from ...pipeline.common import stacked
from ...pipeline.frames import each
from .falls import fall
from .modes import time_left


def data(config, rng):
    """Columns of one draw: inputs and noisy targets to learn from, others to test on, without noise."""
    directions = on_the_sphere(rng, config["n_teacher"], config["n_in"])
    signs = np.where(np.arange(config["n_teacher"]) % 2, -1.0, 1.0)[None]
    x, test_x = (rng.standard_normal((config[n], config["n_in"])) for n in ("n_examples", "n_test"))
    y, test_y = (units.outputs(directions, signs, inputs, "relu") for inputs in (x, test_x))
    y = y + config["noise"] * rng.standard_normal(y.shape)
    widths = {"n_in": config["n_in"], "n_out": 1, "n_examples": config["n_examples"], "n_test": config["n_test"]}
    return {**widths, "x": x[None], "y": y[None], "test_x": test_x[None], "test_y": test_y[None]}


def start(config, lam, rng):
    """Columns of a start whose neurons come in pairs that cancel, all of relative scale λ."""
    n = config["n_hidden"]
    readout, incoming = layer_lengths(lam, np.sqrt(config["size"]))
    w, a = symmetrised(on_the_sphere(rng, n // 2, config["n_in"]), np.ones(n // 2))
    widths = {"n_in": config["n_in"], "n_hidden": n, "n_out": 1}
    return {**widths, "w1": incoming * w[None], "w2": readout * a[None, None]}


def _times(config, lam):
    """Times of the records: dense at first, when the examples are fitted, then even."""
    end = time_left(lam, config["weight_decay"], config["last"])
    early = np.geomspace(0.02 / abs(lam), 0.01 * end, config["n_records"] // 4)
    return np.concatenate([[0.0], early, np.linspace(0.01, 1, config["n_records"] - len(early))[1:] * end])


def add_runs(config, fallen, tables, curves, ends, falls, coarse):
    """Rows of the descents of all starts, when they generalise, and when they do with coarser steps."""
    drawn, gamma = stacked(tables["task/relu_data"], "x", "y", "test_x", "test_y"), config["weight_decay"]
    largest = max(map(abs, config["lambdas"]))
    for starts in each(tables["task/relu_starts"], "lam"):
        lam = starts["lam"].iloc[0]
        times, losses, tests, scales = _descend(config, starts, *drawn)
        early, law = times <= times[-1] / 100, lam * np.exp(-2 * gamma * times)[:, None]
        for k, draw in enumerate(starts["draw"]):
            scale = {"least_scale": scales[k].min(1), "largest_scale": scales[k].max(1)}
            place = np.arange(len(times))
            curves.add(lam=lam, draw=draw, place=place, t=times, loss=losses[k], test_loss=tests[k], **scale)
            ends.add(
                lam=lam,
                draw=draw,
                fitted_loss=losses[k].min(),
                least_early=tests[k][early].min(),
                late_peak=tests[k][~early].max(),
                test_loss=tests[k, -1],
                deviation_scale=np.abs(scales[k] - law).max() / abs(lam),
            )
            falls.add(lam=lam, draw=draw, **_when(times, tests[k], fallen, gamma))
        if abs(lam) == largest:
            coarser = config | {"step": config["step"] * config["coarser"]}
            times, _, tests, _ = _descend(coarser, starts, *drawn)
            for k, draw in enumerate(starts["draw"]):
                coarse.add(lam=lam, draw=draw, **_when(times, tests[k], fallen, gamma))


def _when(times, tests, fallen, gamma):
    found = fall(times, tests, fallen)
    return {"t": found, "delay": 2 * gamma * found}


def _descend(config, starts, x, y, test_x, test_y):
    """Times (T,), losses and test losses (draws, T), Δ of every neuron (draws, T, n_hidden)."""
    gamma, lam = config["weight_decay"], starts["lam"].iloc[0]
    layers, times, records = stacked(starts, "w1", "w2"), _times(config, lam), []

    def slopes(w1, w2):
        down1, down2 = units.gradients(w1, w2, x, y, "relu")
        return down1 - gamma * w1, down2 - gamma * w2

    def record():
        w1, w2 = layers
        scale = (w2**2).sum(1) - (w1**2).sum(2)
        records.append((units.loss(w1, w2, x, y, "relu"), units.loss(w1, w2, test_x, test_y, "relu"), scale))

    record()
    for first, last in pairwise(times):
        rate = config["n_hidden"] * max(abs(lam) * np.exp(-2 * gamma * first), config["floor"]) / 2
        steps = int(np.ceil((last - first) * rate / config["step"]))
        layers = [path[:, -1] for path in descend(slopes, layers, np.full(len(x), (last - first) / steps), [steps])]
        record()
    return times, *(np.stack(column, 1) for column in zip(*records, strict=True))
