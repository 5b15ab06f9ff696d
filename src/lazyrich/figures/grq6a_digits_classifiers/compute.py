"""grq6a: what moves in a deep ReLU network at several relative scales α (Kunin et al. 2024, Fig. 6a).

Networks without biases learn handwritten digits. Nothing closed is known here but the start: `theory` says that α
changes no output, `simulation` trains, and measures how far parameters, activations and kernel are from those of the
start, at images that are not learned.
"""

import numpy as np

from ...data import digits
from ...linear.observables import cosine_distance
from ...nonlinear.classifiers import network, recorded, tangent
from ...pipeline import classifiers
from ...pipeline.stages import Rows

DISTANCES = ("parameter_distance", "hamming_distance", "kernel_distance")
QUANTITIES = (*DISTANCES, "train_accuracy", "test_accuracy")


def task(config, seeds):
    draws, layers = Rows(), Rows()
    widths = (digits.SIDE**2, *[config["n_hidden"]] * config["hidden_layers"], digits.N_CLASSES)
    classifiers.add_draws(draws, layers, seeds, "digits", config["n_draws"], widths)
    return {"draws": draws, "layers": layers}


def theory(config, data):
    starts, alphas = Rows(), config["alphas"]
    _, (images, _) = classifiers.digit_sets(data["task/draws"], config)
    weights = classifiers.starts(data["task/layers"], alphas)
    outputs = network.forward(weights, images[:, None, : config["n_probe"]])[1]
    classifiers.add_start_deviations(starts, alphas, outputs)
    return {"starts": starts}


def simulation(config, data):
    curves, ends, draws = Rows(), Rows(), data["task/draws"]
    steps = np.unique(
        np.append([0, config["early"]], np.logspace(0, np.log10(config["n_steps"]), config["n_records"]).round())
    ).astype(int)
    found = _trained(config, draws, classifiers.starts(data["task/layers"], config["alphas"]), steps)
    for s, draw in enumerate(draws["draw"]):
        for k, alpha in enumerate(config["alphas"]):
            values = {name: of_all[s, k] for name, of_all in found.items()}
            curves.add(draw=draw, alpha=alpha, step=steps, **values)
            last = {name: curve[-1] for name, curve in values.items()}
            early = {name: values[name][steps == config["early"]][0] for name in DISTANCES}
            shares = {f"early_share_{name}": early[name] / last[name] if last[name] > 0 else 0.0 for name in DISTANCES}
            ends.add(draw=draw, alpha=alpha, **last, **shares)
    return {"curves": curves, "ends": ends}


def _trained(config, draws, weights, steps):
    """QUANTITIES over training, (draws, α, steps) each."""
    (images, labels), test = classifiers.digit_sets(draws, config)
    probe = test[0][:, None, : config["n_probe"]]
    start = [w.copy() for w in weights]
    patterns, kernel = tangent.patterns(start, probe), tangent.kernel(start, probe)
    settings = {"rate": config["learning_rate"], "batch": config["batch"], "record_at": steps}
    orders = classifiers.generators(draws["order_seed"])
    curves = []  # (quantity, draw, α) of every record
    for _, now in recorded.train(weights, images, labels, orders, **settings):
        distances = (
            tangent.parameter_distance(now, start),
            tangent.hamming_distance(tangent.patterns(now, probe), patterns),
            cosine_distance(tangent.kernel(now, probe), kernel),
        )
        accuracies = [classifiers.accuracies(network, now, *part) for part in ((images, labels), test)]
        curves.append([*distances, *accuracies])
    return dict(zip(QUANTITIES, np.moveaxis(curves, 0, -1), strict=True))
