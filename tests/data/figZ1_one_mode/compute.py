"""figZ1: one aligned mode, by its closed form and by gradient descent. The smallest figure there can be."""

import numpy as np

from ...linear.descent import gradient_descent
from ...linear.initialisation import aligned_weights
from ...linear.modes import mode_strength
from ...pipeline.common import deviation, drawn, step_size
from ...pipeline.stages import Rows

LAM = 1.0


def task(config, seeds):
    start = Rows()
    target = np.array([[config["target"]]])
    weights = aligned_weights(LAM, target, [config["initial"]], 1, rng=seeds.rng("start"))
    start.add(**drawn(weights, target))
    return {"start": start}


def theory(config, data):
    mode = Rows()
    steps = np.arange(config["n_steps"] + 1)
    times = steps * config["learning_rate"]
    mode.add(step=steps, t=times, strength=mode_strength(times, config["target"], config["initial"], LAM))
    return {"mode": mode}


def simulation(config, data):
    agreement = Rows()
    start, exact, rate = data["task/start"].iloc[0], data["theory/mode"], config["learning_rate"]
    descent = gradient_descent(
        start.w1, start.w2, start.sigma_yx, learning_rate=rate, steps=config["n_steps"], record_at=exact["step"]
    )
    agreement.add(
        deviation_strength=deviation(descent.network_function[:, 0, 0], exact["strength"].to_numpy()),
        step_size=step_size(rate, LAM, start.sigma_yx),
    )
    return {"agreement": agreement}
