"""grq6b: how smooth first-layer filters are at several relative scales α (Kunin et al. 2024, Fig. 6b and 11).

Images: `gratings`, one convolutional layer on noisy oriented gratings; `digits`, one hidden layer on handwritten
digits, whose filters are images. Nothing closed is known but the start: `theory` says that α changes no output and how
large the stencil energy of white noise is; `simulation` trains and measures the filters.
"""

import numpy as np

from ...data import digits, gratings
from ...nonlinear.classifiers import convolution, filters, network, recorded
from ...pipeline import classifiers
from ...pipeline.frames import only
from ...pipeline.stages import Rows

MODELS = {"gratings": convolution, "digits": network}
# what the paper leaves open: which border, and whether the stencil's centre is a misprint for 3
STENCILS = {"printed": {}, "inner": {"border": 0}, "laplacian": {"stencil": filters.LAPLACIAN}}


def _side(images, block):
    """Pixels on a side of a filter."""
    return block["filter_size"] if images == "gratings" else digits.SIDE


def task(config, seeds):
    draws, layers = Rows(), Rows()
    for images in MODELS:
        block = config[images]
        n_out = block["n_classes"] if images == "gratings" else digits.N_CLASSES
        widths = (_side(images, block) ** 2, block["n_filters"], n_out)
        classifiers.add_draws(draws, layers, seeds, images, config["n_draws"], widths, images=images)
    return {"draws": draws, "layers": layers}


def _drawn(config, data, images):
    """(training inputs, labels), (test inputs, labels) of every draw, and the weights at the start."""
    draws, layers = (only(data[f"task/{name}"], images=images) for name in ("draws", "layers"))
    sets = classifiers.digit_sets if images == "digits" else _grating_sets
    return *sets(draws, config[images]), classifiers.starts(layers, config["alphas"])


def _grating_sets(draws, block):
    parts, n = [], block["n_train"]
    settings = {name: block[name] for name in ("n_classes", "side", "frequency", "jitter", "noise")}
    for rng in classifiers.generators(draws["data_seed"]):
        images, labels = gratings.draw(rng, n + block["n_test"], **settings)
        parts.append((convolution.patches(images, block["filter_size"], block["stride"]), labels))
    inputs, labels = (np.stack(part) for part in zip(*parts, strict=True))
    return (inputs[:, :n], labels[:, :n]), (inputs[:, n:], labels[:, n:])


def theory(config, data):
    starts, noise = Rows(), Rows()
    for images, model in MODELS.items():
        _, (inputs, _), weights = _drawn(config, data, images)
        outputs = model.forward(weights, inputs[:, None])[1]
        classifiers.add_start_deviations(starts, config["alphas"], outputs, images=images)
        side = _side(images, config[images])
        for stencil, how in STENCILS.items():
            noise.add(images=images, stencil=stencil, energy=filters.white_noise_energy(side, side, **how))
    return {"starts": starts, "white_noise": noise}


def simulation(config, data):
    tables = {name: Rows() for name in ("starts", "energies", "ends", "filters")}
    for images, model in MODELS.items():
        block = config[images]
        train, test, weights = _drawn(config, data, images)
        start = _filters(weights, _side(images, block))[:, 0]  # α changes their size only
        for draw, energies in enumerate(filters.stencil_energy(start)):
            tables["starts"].add(images=images, draw=draw, filter=np.arange(len(energies)), energy=energies)
        settings = {name: block[key] for name, key in (("rate", "learning_rate"), ("batch", "batch"))}
        settings |= {"momentum": block["momentum"], "record_at": [block["n_steps"]], "model": model}
        orders = classifiers.generators(only(data["task/draws"], images=images)["order_seed"])
        for _ in recorded.train(weights, *train, orders, **settings):
            pass
        found = [classifiers.accuracies(model, weights, *part) for part in (train, test)]
        for draw, (of_train, of_test) in enumerate(zip(*found, strict=True)):
            which = {"images": images, "draw": draw, "alpha": config["alphas"]}
            tables["ends"].add(**which, train_accuracy=of_train, test_accuracy=of_test)
        _add_filters(tables, config, images, _filters(weights, _side(images, block)))
    return tables


def _filters(weights, side):
    """First-layer weights (S, A, side², m) as filters (S, A, m, side, side)."""
    columns = np.swapaxes(weights[0], -1, -2)
    return columns.reshape(*columns.shape[:-1], side, side)


def _add_filters(tables, config, images, found):
    """The stencil energy of every filter, and some filters of the first draw."""
    for stencil, how in STENCILS.items():
        for draw, of_draw in enumerate(filters.stencil_energy(found, **how)):
            for alpha, energies in zip(config["alphas"], of_draw, strict=True):
                which = {"images": images, "stencil": stencil, "draw": draw, "alpha": alpha}
                tables["energies"].add(**which, filter=np.arange(len(energies)), energy=energies)
    for alpha, of_alpha in zip(config["alphas"], found[0], strict=True):
        size = np.sqrt((of_alpha**2).sum((-1, -2), keepdims=True))
        shown = (of_alpha / size)[: config["n_shown"]]
        which = {"images": images, "alpha": alpha, "filter": np.arange(len(shown))}
        tables["filters"].add(**which, side=shown.shape[-1], weights=shown)
