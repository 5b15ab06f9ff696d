"""figZ1: one aligned mode, by its closed form and by gradient descent. The smallest figure there can be."""

import numpy as np

from ...linear.descent import simulate
from ...linear.initialisation import aligned_weights
from ...linear.modes import mode_strength
from ...pipeline.common import deviation, run_row
from ...pipeline.records import Records


def task(config, seeds):
    records = Records()
    target = np.array([[config["target"]]])
    weights = aligned_weights(1.0, target, [config["initial"]], 1, rng=seeds.rng("start"))
    records.add_matrices(0, "task", "w1", weights.w1)
    records.add_matrices(0, "task", "w2", weights.w2)
    records.add_matrices(0, "task", "sigma_yx", target)
    return [run_row("mode", 1.0, (1, 1, 1), "aligned", config["learning_rate"], config["n_steps"])], records


def theory(config, data):
    records, (run,) = Records(), data.runs
    steps = np.arange(run.n_steps + 1)
    times = steps * run.learning_rate
    records.add(0, "theory", "strength", mode_strength(times, config["target"], config["initial"], 1.0), steps, times)
    return records


def simulation(config, data):
    records, (run,) = Records(), data.runs
    w1, w2, sigma_yx = (data.matrix(name, 0) for name in ("w1", "w2", "sigma_yx"))
    descent = simulate(w1, w2, sigma_yx, learning_rate=run.learning_rate, steps=run.n_steps, record_every=1)
    exact = data.numbers("strength", 0, "theory")[2]
    records.add(0, "simulation", "deviation_strength", deviation(descent.network_function[:, 0], exact))
    return records
