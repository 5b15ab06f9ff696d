"""grq6b: how smooth first-layer filters are at several relative scales (Kunin et al. 2024, Fig. 6b and 11).

Panels: `gratings`, one convolutional layer on noisy oriented gratings; `digits`, one hidden layer on handwritten
digits, whose filters are images. `lam` in the tables is α. Nothing closed is known but the start: `theory` says that α
changes no output and how large the stencil energy of white noise is; `simulation` trains and measures the filters.
"""

import numpy as np

from ...data import digits, gratings
from ...nonlinear.classifiers import convolution, filters, network, recorded
from ...pipeline import classifiers
from ...pipeline.common import add_statistics
from ...pipeline.records import Records

PANELS = {"gratings": convolution, "digits": network}
# what the paper leaves open: which border, and whether the stencil's centre is a misprint for 3
VARIANTS = {
    "energy": {},
    "energy_inner": {"border": 0},
    "energy_laplacian": {"stencil": filters.LAPLACIAN},
}


def _side(panel, config):
    """Pixels on a side of a filter."""
    return config["filter_size"] if panel == "gratings" else digits.SIDE


def task(config, seeds):
    runs, records = [], Records()
    for panel in PANELS:
        block = config[panel]
        n_out = block["n_classes"] if panel == "gratings" else digits.N_CLASSES
        widths = (_side(panel, block) ** 2, block["n_filters"], n_out)
        classifiers.add_draws(runs, records, seeds, panel, block, config["alphas"], config["n_draws"], widths)
    return runs, records


def _sets(data, panel, config):
    """(training inputs, labels), (test inputs, labels) of every draw."""
    if panel == "digits":
        return classifiers.digit_sets(data, panel, config)
    parts, n = [], config["n_train"]
    settings = {name: config[name] for name in ("n_classes", "side", "frequency", "jitter", "noise")}
    for runs in classifiers.draws(data, panel):
        images, labels = gratings.draw(classifiers.rng(data, runs[0], "data"), n + config["n_test"], **settings)
        parts.append((convolution.patches(images, config["filter_size"], config["stride"]), labels))
    inputs, labels = (np.stack(part) for part in zip(*parts, strict=True))
    return (inputs[:, :n], labels[:, :n]), (inputs[:, n:], labels[:, n:])


def theory(config, data):
    records = Records()
    for panel, model in PANELS.items():
        runs, side = classifiers.draws(data, panel), _side(panel, config[panel])
        _, (inputs, _) = _sets(data, panel, config[panel])
        outputs = model.forward(classifiers.starts(data, panel, 2), inputs[:, None])[1]
        classifiers.add_start_deviation(records, runs, outputs)
        for name, variant in VARIANTS.items():
            noise = filters.white_noise_energy(side, side, **variant)
            records.add(runs[0][0].run_id, "theory", f"white_noise_{name}", noise)
    return records


def simulation(config, data):
    records = Records()
    for panel, model in PANELS.items():
        block, runs = config[panel], classifiers.draws(data, panel)
        train, test = _sets(data, panel, block)
        weights = classifiers.starts(data, panel, 2)
        start = filters.stencil_energy(_images(weights, _side(panel, block)))
        add_statistics(records, runs[0][0].run_id, "simulation", "start_energy", start[:, 0], ("mean", "std"))
        settings = {name: block[key] for name, key in (("rate", "learning_rate"), ("batch", "batch"))}
        settings |= {"momentum": block["momentum"], "record_at": [block["n_steps"]], "model": model}
        orders = [classifiers.rng(data, of_draw[0], "order") for of_draw in runs]
        for _ in recorded.descend(weights, *train, orders, **settings):
            pass
        for name, part in (("train", train), ("test", test)):
            _add_accuracies(records, runs, name, classifiers.accuracies(model, weights, *part))
        _add_energies(records, config, runs, _images(weights, _side(panel, block)))
    return records


def _images(weights, side):
    """First-layer weights (S, A, side², m) as filters (S, A, m, side, side)."""
    columns = np.swapaxes(weights[0], -1, -2)
    return columns.reshape(*columns.shape[:-1], side, side)


def _add_accuracies(records, runs, name, found):
    for k, run in enumerate(runs[0]):
        add_statistics(records, run.run_id, "simulation", f"{name}_accuracy", found[:, k], ("mean", "std"))
    for of_draw, values in zip(runs, found, strict=True):
        for run, value in zip(of_draw, values, strict=True):
            records.add(run.run_id, "simulation", f"{name}_accuracy", value)
    means = found.mean(0)
    records.add(runs[0][0].run_id, "simulation", f"{name}_accuracy_range", means.max() - means.min())


def _add_energies(records, config, runs, found):
    """Energies by filter, their medians by draw and in the mean, what α multiplies the median by, and their density."""
    for name, variant in VARIANTS.items():
        energies = filters.stencil_energy(found, **variant)  # (S, A, m)
        medians = np.median(energies, axis=-1)
        for s, of_draw in enumerate(runs):
            for k, run in enumerate(of_draw):
                records.add(run.run_id, "simulation", f"{name}_median", medians[s, k])
                if k + 1 < len(of_draw):  # the next α is the next smaller one
                    ratio = medians[s, k] / medians[s, k + 1]
                    records.add(run.run_id, "simulation", f"{name}_ratio", ratio)
        means = medians.mean(0)
        for k, run in enumerate(runs[0]):
            add_statistics(records, run.run_id, "simulation", f"{name}_of_medians", medians[:, k], ("mean", "std"))
            if k + 1 < len(means):
                records.add(run.run_id, "simulation", f"{name}_mean_ratio", means[k] / means[k + 1])
        if name == "energy":
            _add_densities(records, config, runs[0], energies)
    for run, of_run in zip(runs[0], found[0], strict=True):
        size = np.sqrt((of_run**2).sum((-1, -2), keepdims=True))
        shown = (of_run / size)[: config["n_shown"]]
        records.add_matrices(run.run_id, "simulation", "filters", shown, np.arange(len(shown)))


def _add_densities(records, config, runs, energies):
    """Density of the energy over the filters of all draws, for each α, on one grid."""
    grid = np.linspace(0, 1.1 * energies.max(), config["n_grid"])
    for k, run in enumerate(runs):
        density = _density(energies[:, k].ravel(), grid)
        records.add(run.run_id, "simulation", "energy_density", density[None])
        records.add(run.run_id, "simulation", "energy_grid", grid[None])


def _density(values, grid):
    """Density of values as a sum of Gaussians, of the width n^(−1/5) standard deviations (Scott's rule)."""
    width = values.std(ddof=1) * values.size ** (-1 / 5)
    z = (grid[:, None] - values) / width
    return np.exp(-(z**2) / 2).mean(1) / (width * np.sqrt(2 * np.pi))
