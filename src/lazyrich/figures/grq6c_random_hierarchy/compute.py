"""grq6c: how many examples of a hierarchical task a network needs (Kunin et al. 2024, Fig. 6c).

A ReLU network of three hidden layers, in mean-field parametrisation, learns which class a string of the Random
Hierarchy Model is made from. First layer / α, readout · α: the same function at the start, α > 1 upstream. Error on new
strings against the number of examples, and how many it takes to be below a threshold.

Nothing closed is known here but the start: `theory` says how many strings there are, that α changes no output, and
what the paper's figure shows; it also follows one string through the levels.
"""

import numpy as np

from ...data import hierarchy
from ...nonlinear.classifiers import network
from ...nonlinear.classifiers.training import train
from ...pipeline.common import time_to_fall
from ...pipeline.frames import each, one, only
from ...pipeline.stages import Rows

N_CHECKED = 200  # strings at which the networks of a draw are compared at the start


def task(config, seeds):
    tables = {name: Rows() for name in ("networks", "draws", "rules", "layers")}
    shape = [config[name] for name in ("n_classes", "n_symbols", "synonyms", "branching", "levels")]
    widths, n = _widths(config), config["n_test"] + max(config["n_examples"])
    for draw in range(config["n_draws"]):
        for n_examples in config["n_examples"]:
            n_steps = config["n_epochs"] * -(-n_examples // config["batch"])
            which = {"draw": draw, "n_examples": n_examples, "alpha": config["alphas"]}
            tables["networks"].add(**which, learning_rate=config["learning_rate"], n_steps=n_steps)
        for level, tuples in enumerate(hierarchy.rules(seeds.rng("rules", draw), *shape), start=1):
            for symbol, becomes in enumerate(tuples):
                which = {"draw": draw, "level": level, "symbol": symbol, "synonym": np.arange(len(becomes))}
                tables["rules"].add(**which, branching=config["branching"], becomes=becomes)
        numbers = seeds.rng("strings", draw).choice(_n_strings(config), n, replace=False)
        start = network.normal(seeds.rng("start", draw), widths, (1.0,) * (len(widths) - 1))
        for layer, w in enumerate(start, start=1):
            which = {"draw": draw, "layer": layer, "fan_in": w.shape[0], "fan_out": w.shape[1]}
            tables["layers"].add(**which, weights=w[None])
        order_seed = seeds.rng("order", draw).integers(2**32)
        tables["draws"].add(draw=draw, order_seed=order_seed, n_drawn=n, strings=numbers[None])
    return tables


def blocks(config, data, stage):
    """Networks that see the same examples, all α of one draw; every other draw in the other order, to cost alike."""
    draws = [each(networks, "n_examples") for networks in each(data["task/networks"], "draw")]
    return [block for k, draw in enumerate(draws) for block in draw[:: -1 if k % 2 else 1]]


def theory(config, data):
    tables = {name: Rows() for name in ("model", "starts", "published", "example")}
    tables["model"].add(n_strings=_n_strings(config))
    for draw in range(config["n_draws"]):
        strings, _ = _strings(config, data, draw, slice(N_CHECKED))
        networks = network.stacked([_start(data, draw), *(_scaled(data, draw, alpha) for alpha in config["alphas"])])
        inputs = hierarchy.one_hot(strings, config["n_symbols"])
        (base, *others) = network.forward(networks, inputs, _gains(config))[1]
        for alpha, outputs in zip(config["alphas"], others, strict=True):
            gap = np.abs(outputs - base).max() / np.abs(base).max()
            tables["starts"].add(draw=draw, alpha=alpha, deviation_start=gap)
    tables["published"].add(alpha=config["alphas"], needed=config["published_needed"])
    levels, classes = hierarchy.derivations(_rules(config, data, 0), _numbers(data, 0, slice(1)))
    for level, symbols in enumerate([classes, *(symbols[0] for symbols in levels)]):
        tables["example"].add(level=level, place=np.arange(len(symbols)), symbol=symbols)
    return tables


def simulation_rows(config, data, networks):
    """Test error, epochs and last training loss of the networks of a block."""
    draw, n, n_test = networks["draw"].iloc[0], networks["n_examples"].iloc[0], config["n_test"]
    strings, classes = _strings(config, data, draw, slice(n_test + n))
    inputs = hierarchy.one_hot(strings, config["n_symbols"], np.float32)
    scaled = network.stacked([_scaled(data, draw, alpha) for alpha in networks["alpha"]])
    weights = [w.astype(np.float32) for w in scaled]
    order = np.random.default_rng([one(data["task/draws"], "order_seed", draw=draw), n])
    epochs, losses = train(
        weights,
        _gains(config),
        inputs[None, n_test:],
        classes[None, n_test:],
        np.zeros(len(networks), int),
        [order],
        rate=config["learning_rate"],
        momentum=config["momentum"],
        batch=config["batch"],
        n_epochs=config["n_epochs"],
        fitted=config["fitted"],
    )
    right = np.zeros(len(networks))
    for first in range(0, n_test, 1000):
        some = slice(first, min(first + 1000, n_test))
        outputs = network.forward(weights, inputs[some], _gains(config))[1]
        right += network.accuracy(outputs, classes[some]) * (some.stop - first)
    return np.column_stack([1 - right / n_test, epochs, losses])


def simulation(config, data, rows):
    tables = {name: Rows() for name in ("networks", "needed", "draws")}
    networks = data["task/networks"]
    errors, epochs, losses = np.array([rows[k] for k in networks.index]).T
    which = {name: networks[name] for name in ("draw", "n_examples", "alpha")}
    tables["networks"].add(**which, test_error=errors, epochs=epochs.astype(int), train_loss=losses)
    errors = errors.reshape(config["n_draws"], len(config["n_examples"]), len(config["alphas"]))
    floored = np.maximum(errors, 0.5 / config["n_test"])  # less than one of the strings tested
    log_n = time_to_fall(np.log10(config["n_examples"]), np.moveaxis(floored, 1, 2), config["threshold"])
    reached = (errors < config["threshold"]).any(1)
    for draw, needed in enumerate(10**log_n):
        which = {"draw": draw, "alpha": config["alphas"], "threshold": config["threshold"]}
        tables["needed"].add(**which, needed=needed, reached=reached[draw])
        tables["draws"].add(draw=draw, needed_ratio=needed[0] / needed[-1])  # α ascends
    return tables


def _widths(config):
    """Layer widths from inputs to outputs."""
    n_in = config["n_symbols"] * config["branching"] ** config["levels"]
    return [n_in, *[config["n_hidden"]] * config["hidden_layers"], config["n_classes"]]


def _gains(config):
    """1/√fan_in of the hidden layers, 1/fan_in of the readout (mean field)."""
    *hidden, last = _widths(config)[:-1]
    return [*(1 / np.sqrt(n) for n in hidden), 1 / last]


def _n_strings(config):
    return hierarchy.n_strings(*(config[name] for name in ("n_classes", "synonyms", "branching", "levels")))


def _numbers(data, draw, chosen):
    """Numbers of the chosen of a draw's strings, those to test on first."""
    return one(data["task/draws"], "strings", draw=draw)[chosen].astype(int)


def _strings(config, data, draw, chosen):
    """These strings and their classes."""
    return hierarchy.strings(_rules(config, data, draw), _numbers(data, draw, chosen))


def _rules(config, data, draw):
    """The tuples of every level, (symbols, synonyms, branching)."""
    shape = (-1, config["synonyms"], config["branching"])
    levels = each(only(data["task/rules"], draw=draw), "level")
    return [np.stack(rules["becomes"].to_list()).astype(int).reshape(shape) for rules in levels]


def _start(data, draw):
    return only(data["task/layers"], draw=draw)["weights"].to_list()


def _scaled(data, draw, alpha):
    return network.relative_scale(_start(data, draw), alpha)
