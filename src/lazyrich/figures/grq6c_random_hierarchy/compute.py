"""grq6c: how many examples of a hierarchical task a network needs (Kunin et al. 2024, Fig. 6c).

A ReLU network of three hidden layers, in mean-field parametrisation, learns which class a string of the Random
Hierarchy Model is made from. First layer / α, readout · α: the same function at the start. `lam` in the tables is α,
α > 1 upstream. Error on new strings against the number of examples, and how many it takes to be below a threshold.

Nothing closed is known here but the start: `theory` says how many strings there are, that α changes no output, and
what the paper's figure shows; it also follows one string through the levels.
"""

import numpy as np

from ...data import hierarchy
from ...nonlinear.classifiers import network
from ...nonlinear.classifiers.training import descend
from ...pipeline.common import add_statistics, grouped, run_row, time_to_fall
from ...pipeline.records import Records

N_CHECKED = 200  # strings at which the networks of a draw are compared at the start
PANEL = "curve"


def task(config, seeds):
    runs, records = [], Records()
    shape = [config[name] for name in ("n_classes", "n_symbols", "synonyms", "branching", "levels")]
    widths = _widths(config)
    n = config["n_test"] + max(config["n_examples"])
    for draw in range(config["n_draws"]):
        first = len(runs)
        for n_examples in config["n_examples"]:
            for alpha in config["alphas"]:
                steps = config["n_epochs"] * -(-n_examples // config["batch"])
                row = run_row(PANEL, alpha, (widths[0], widths[1], widths[-1]), "mean field", draw=draw)
                runs.append(row | {"learning_rate": config["learning_rate"], "n_steps": steps})
                records.add(len(runs) - 1, "task", "n_examples", n_examples)
        rules = hierarchy.rules(seeds.rng("rules", draw), *shape)
        for level, tuples in enumerate(rules):
            records.add_matrices(first, "task", f"rules_level{level + 1}", tuples.reshape(len(tuples), -1))
        drawn = seeds.rng("strings", draw).choice(_n_strings(config), n, replace=False)
        records.add_matrices(first, "task", "strings", drawn[None])
        for layer, w in enumerate(network.normal(seeds.rng("start", draw), widths, (1.0,) * (len(widths) - 1))):
            records.add_matrices(first, "task", f"start_layer{layer + 1}", w)
        records.add(first, "task", "order_seed", seeds.rng("order", draw).integers(2**32))
    return runs, records


def blocks(config, data, stage):
    """Networks that see the same examples, all α of one draw; every other draw in the other order, to cost alike."""
    found = list(grouped(data.panel(PANEL), lambda run: (run.draw, data.number("n_examples", run.run_id, "task"))))
    n = len(config["n_examples"])
    draws = [found[k : k + n] for k in range(0, len(found), n)]
    return [block for k, draw in enumerate(draws) for block in draw[:: -1 if k % 2 else 1]]


def theory(config, data):
    records = Records()
    for runs in grouped(data.panel(PANEL), lambda run: run.draw):
        records.add(runs[0].run_id, "theory", "n_strings", _n_strings(config))
        same = runs[: len(config["alphas"])]
        strings, _ = _strings(config, data, same[0], slice(N_CHECKED))
        networks = network.stacked(
            [_start(config, data, runs[0].run_id), *(_scaled(config, data, run) for run in same)]
        )
        (one, *others) = network.forward(networks, hierarchy.one_hot(strings, config["n_symbols"]), _gains(config))[1]
        for run, outputs in zip(same, others, strict=True):
            records.add(run.run_id, "theory", "deviation_start", np.abs(outputs - one).max() / np.abs(one).max())
    records.add(0, "theory", "levels", config["levels"])
    records.add(0, "theory", "threshold", config["threshold"])
    for run, needed in zip(data.runs, config["published_needed"], strict=False):
        records.add(run.run_id, "theory", "needed_published", needed)
    number = data.matrix("strings", 0)[0, :1].astype(int)  # the string whose derivation is drawn
    levels, classes = hierarchy.derivations(_rules(config, data, 0), number)
    for level, symbols in enumerate([classes[:, None], *levels]):
        records.add(0, "theory", f"example_level{level}", symbols)
    return records


def simulation_rows(config, data, runs):
    """Test error, epochs and last training loss of the networks of a block."""
    n_test, n = config["n_test"], int(data.number("n_examples", runs[0].run_id, "task"))
    strings, classes = _strings(config, data, runs[0], slice(n_test + n))
    inputs = hierarchy.one_hot(strings, config["n_symbols"], np.float32)
    weights = [w.astype(np.float32) for w in network.stacked([_scaled(config, data, run) for run in runs])]
    order = np.random.default_rng([int(data.number("order_seed", _first(data, runs[0]), "task")), n])
    epochs, losses = descend(
        weights,
        _gains(config),
        inputs[None, n_test:],
        classes[None, n_test:],
        np.zeros(len(runs), int),
        [order],
        rate=config["learning_rate"],
        momentum=config["momentum"],
        batch=config["batch"],
        n_epochs=config["n_epochs"],
        fitted=config["fitted"],
    )
    right = np.zeros(len(runs))
    for first in range(0, n_test, 1000):
        some = slice(first, min(first + 1000, n_test))
        outputs = network.forward(weights, inputs[some], _gains(config))[1]
        right += network.accuracy(outputs, classes[some]) * (some.stop - first)
    return np.column_stack([1 - right / n_test, epochs, losses])


def simulation(config, data, rows):
    records = Records()
    runs = data.panel(PANEL)
    for run in runs:
        for quantity, value in zip(("test_error", "epochs", "train_loss"), rows[run.run_id], strict=True):
            records.add(run.run_id, "simulation", quantity, value)
    shape = config["n_draws"], len(config["n_examples"]), len(config["alphas"])
    errors = np.array([rows[run.run_id][0] for run in runs]).reshape(shape)
    log_n = np.log10(config["n_examples"])
    floored = np.maximum(errors, 0.5 / config["n_test"])  # less than one of the strings tested
    needed = 10 ** time_to_fall(log_n, np.moveaxis(floored, 1, 2), config["threshold"])  # (draws, alphas)
    reached = (errors < config["threshold"]).any(1)
    middle = config["n_examples"].index(config["compared"])
    for k in range(errors[0].size):
        add_statistics(records, k, "simulation", "test_error", errors.reshape(len(errors), -1)[:, k])
    for k, alpha in enumerate(config["alphas"]):
        for draw in range(config["n_draws"]):
            run_id = next(run.run_id for run in runs if run.draw == draw and run.lam == alpha)
            records.add(run_id, "simulation", "needed", needed[draw, k])
            records.add(run_id, "simulation", "reached", float(reached[draw, k]))
        records.add(k, "simulation", "compared_error", errors[:, middle, k].mean())
        add_statistics(records, k, "simulation", "needed", needed[:, k])
    for draw in range(config["n_draws"]):  # α ascends: the first is furthest downstream, the last upstream
        run_id = next(run.run_id for run in runs if run.draw == draw)
        records.add(run_id, "simulation", "needed_ratio", needed[draw, 0] / needed[draw, -1])
        records.add(run_id, "simulation", "error_ratio", floored[draw, middle, 0] / floored[draw, middle, -1])
    return records


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


def _first(data, run):
    """The first run of a draw, with which what its runs share is stored."""
    return next(other.run_id for other in data.panel(PANEL) if other.draw == run.draw)


def _strings(config, data, run, chosen):
    """The chosen of a draw's strings, those to test on first, and their classes."""
    first = _first(data, run)
    return hierarchy.strings(_rules(config, data, first), data.matrix("strings", first)[0, chosen].astype(int))


def _rules(config, data, first):
    shape = (-1, config["synonyms"], config["branching"])
    levels = range(1, config["levels"] + 1)
    return [data.matrix(f"rules_level{level}", first).astype(int).reshape(shape) for level in levels]


def _start(config, data, first):
    return [data.matrix(f"start_layer{layer + 1}", first) for layer in range(config["hidden_layers"] + 1)]


def _scaled(config, data, run):
    return network.relative_scale(_start(config, data, _first(data, run)), run.lam)
