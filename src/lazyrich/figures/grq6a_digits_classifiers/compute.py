"""grq6a: what moves in a deep ReLU network at several relative scales (Kunin et al. 2024, Fig. 6a).

Networks without biases learn handwritten digits; `lam` in the tables is α. Nothing closed is known here but the start:
`theory` says that α changes no output, `simulation` trains, and measures how far parameters, activations and kernel
are from those of the start, at images that are not learned.
"""

import numpy as np

from ...data import digits
from ...nonlinear.classifiers import network, recorded, tangent
from ...nonlinear.relu.network import kernel_distance
from ...pipeline import classifiers
from ...pipeline.common import add_statistics
from ...pipeline.records import Records

PANEL = "digits"
DISTANCES = ("parameter_distance", "hamming_distance", "kernel_distance")
TINY = np.finfo(float).tiny  # for what has not moved at all
QUANTITIES = (*DISTANCES, "train_accuracy", "test_accuracy")


def task(config, seeds):
    runs, records = [], Records()
    widths = (digits.SIDE**2, *[config["n_hidden"]] * config["hidden_layers"], digits.N_CLASSES)
    classifiers.add_draws(runs, records, seeds, PANEL, config, config["alphas"], config["n_draws"], widths)
    return runs, records


def theory(config, data):
    records = Records()
    _, (images, _) = classifiers.digit_sets(data, PANEL, config)
    weights = classifiers.starts(data, PANEL, config["hidden_layers"] + 1)
    outputs = network.forward(weights, images[:, None, : config["n_probe"]])[1]
    classifiers.add_start_deviation(records, classifiers.draws(data, PANEL), outputs)
    return records


def simulation(config, data):
    records, runs = Records(), classifiers.draws(data, PANEL)
    (images, labels), test = classifiers.digit_sets(data, PANEL, config)
    probe = test[0][:, None, : config["n_probe"]]
    weights = classifiers.starts(data, PANEL, config["hidden_layers"] + 1)
    start = [w.copy() for w in weights]
    patterns, kernel = tangent.patterns(start, probe), tangent.kernel(start, probe)
    steps = np.unique(
        np.append([0, config["early"]], np.logspace(0, np.log10(config["n_steps"]), config["n_records"]).round())
    ).astype(int)
    settings = {"rate": config["learning_rate"], "batch": config["batch"], "record_at": steps}
    orders = [classifiers.rng(data, of_draw[0], "order") for of_draw in runs]
    curves = []  # (quantity, draw, α) of every record
    for _, now in recorded.descend(weights, images, labels, orders, **settings):
        distances = (
            tangent.parameter_distance(now, start),
            tangent.hamming_distance(tangent.patterns(now, probe), patterns),
            kernel_distance(tangent.kernel(now, probe), kernel),
        )
        accuracies = [classifiers.accuracies(network, now, *part) for part in ((images, labels), test)]
        curves.append([*distances, *accuracies])
    values = dict(zip(QUANTITIES, np.moveaxis(curves, 0, -1), strict=True))
    values |= {name: np.maximum(values[name], 0) for name in DISTANCES}  # rounding of the start's kernel
    times = steps * config["learning_rate"]
    for name, of_all in values.items():
        for of_draw, of_runs in zip(runs, of_all, strict=True):
            for run, curve in zip(of_draw, of_runs, strict=True):
                records.add(run.run_id, "simulation", name, curve, steps, times)
        for run, curves in zip(runs[0], np.moveaxis(of_all, 1, 0), strict=True):
            place = {"step": steps, "t": times}
            classifiers.add_band(records, run, name, curves, **place)
    _comparisons(records, runs, values, steps == config["early"])
    return records


def _comparisons(records, runs, values, early):
    """By draw, α descending: how far each α is ahead of the next at the end, and the parameters of α = 1 of the others;
    and how much of each distance came early.
    """
    ends = {name: values[name][..., -1] for name in (*DISTANCES, "test_accuracy")}
    shares = {}
    for name in DISTANCES:
        moved = ends[name] > 0
        shares[name] = np.divide(values[name][..., early][..., 0], ends[name], where=moved, out=np.zeros(moved.shape))
    for s, of_draw in enumerate(runs):
        one = [run.lam for run in of_draw].index(1)
        for k, run in enumerate(of_draw):
            for name in DISTANCES:
                records.add(run.run_id, "simulation", f"early_share_{name}", shares[name][s, k])
            for name in ("hamming_distance", "kernel_distance", "test_accuracy"):
                if k + 1 < len(of_draw):
                    lead = ends[name][s, k] - ends[name][s, k + 1]
                    records.add(run.run_id, "simulation", f"lead_{name}", lead)
                    records.add(run.run_id, "simulation", f"ordered_{name}", float(lead > 0))
            if k != one:
                lead = ends["parameter_distance"][s, one] - ends["parameter_distance"][s, k]
                records.add(run.run_id, "simulation", "lead_parameter_distance", lead)
    for name in DISTANCES:
        upstream, downstream = ends[name].mean(0)[[0, -1]]
        ratio = upstream / max(downstream, TINY)
        records.add(runs[0][0].run_id, "simulation", f"ratio_of_ends_{name}", ratio)
    summed = {f"final_{name}": found for name, found in ends.items()}
    summed |= {f"early_share_{name}": found for name, found in shares.items()}
    summed |= {f"relative_{name}": ends[name] / max(ends[name].mean(0).max(), TINY) for name in DISTANCES}
    for k, run in enumerate(runs[0]):
        for name, found in summed.items():
            add_statistics(records, run.run_id, "simulation", name, found[:, k], ("mean", "std"))
