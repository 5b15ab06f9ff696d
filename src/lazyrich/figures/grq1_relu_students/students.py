"""ReLU students over a grid of (τ, δ): problems in the tables, training, and where each quantity is extreme."""

from dataclasses import dataclass

import numpy as np

from ...nonlinear.relu import network, scale
from ...nonlinear.relu.descent import descend
from ...pipeline.common import grouped

QUANTITIES = ("test_loss", "kernel_distance", "hamming_distance", "parameter_distance", "train_loss")
MEASURED = (*QUANTITIES, "delta_drift")
REGIONS = ("upstream", "balanced", "downstream", "large")  # in the order of their test loss


def cells(config):
    """(τ, δ) of every network of a draw, τ ascending: of a grid, or as listed."""
    if "cells" in config:
        return [tuple(cell) for cell in config["cells"]]
    taus = np.logspace(*config["log_tau"], config["n_tau"])
    deltas = np.linspace(*config["delta"], config["n_delta"])
    return [(float(tau), float(delta)) for tau in taus for delta in deltas]


def stride(config, tau):
    """Steps in one: large scales are less stiff in units of their time 1/τ² and take longer steps."""
    return config["stride"] if tau >= config["stride_from"] else 1


@dataclass
class Problem:
    """Data, teacher and base start that every (τ, δ) of a draw shares."""

    inputs: np.ndarray
    targets: np.ndarray
    test_inputs: np.ndarray
    test_targets: np.ndarray
    teacher: tuple
    directions: np.ndarray
    signs: np.ndarray

    def start(self, taus, deltas):
        """w (B, h, d), a (B, h) of the networks of these scales."""
        w, a = network.symmetrised(self.directions, self.signs)
        a_lengths, w_lengths = scale.layer_lengths(deltas, taus)
        return w_lengths[:, None, None] * w, a_lengths[:, None] * a


def add_problem(records, run_id, seeds, names, config, teacher):
    """Draw data and base start, and store them with the first run of the draw."""
    d, half = config["n_in"], config["n_hidden"] // 2
    matrices = {
        "inputs": network.on_the_sphere(seeds.rng(*names, "inputs"), config["n_examples"], d),
        "directions": network.on_the_sphere(seeds.rng(*names, "directions"), half, d),
        "signs": seeds.rng(*names, "signs").choice([-1.0, 1.0], (1, half)),
        "teacher_w": teacher[0],
        "teacher_a": teacher[1][None],
    }
    if config["n_test"]:
        matrices["test_inputs"] = network.on_the_sphere(seeds.rng(*names, "test"), config["n_test"], d)
    for name, matrix in matrices.items():
        records.add_matrices(run_id, "task", name, matrix)


def problem(data, run):
    """The problem stored with a run."""
    inputs, directions, signs, w, a = (
        data.matrix(name, run.run_id) for name in ("inputs", "directions", "signs", "teacher_w", "teacher_a")
    )
    test = inputs if run.panel == "plane" else data.matrix("test_inputs", run.run_id)
    targets, test_targets = (network.outputs(w, a[0], x) for x in (inputs, test))
    return Problem(inputs, targets, test, test_targets, (w, a[0]), directions, signs[0])


def by_draw(data, panel):
    """The runs of a panel, a list for each draw."""
    runs = data.panel(panel)
    return [[run for run in runs if run.draw == draw] for draw in sorted({run.draw for run in runs})]


def scales(data, runs):
    """(τ, δ) of runs, as arrays."""
    return np.array([data.number("tau", run.run_id, "task") for run in runs]), np.array([run.lam for run in runs])


def measure(problem, w, a, start_w, start_a, deltas):
    """What became of each network, {quantity: (B,)}."""
    kernels = (network.tangent_kernel(*net, problem.inputs) for net in zip(w, a, strict=True))  # one at a time: large
    starts = (network.tangent_kernel(*net, problem.inputs) for net in zip(start_w, start_a, strict=True))
    pairs = zip(kernels, starts, strict=True)
    conserved = a**2 - (w**2).sum(-1)
    return {
        "test_loss": ((network.outputs(w, a, problem.test_inputs) - problem.test_targets) ** 2).mean(-1),
        "kernel_distance": np.array([network.kernel_distance(*pair) for pair in pairs]),
        "hamming_distance": network.hamming_distance(w, start_w, problem.inputs),
        "parameter_distance": network.parameter_distance(w, a, start_w, start_a),
        "train_loss": ((network.outputs(w, a, problem.inputs) - problem.targets) ** 2).mean(-1),
        "delta_drift": np.abs(conserved - deltas[:, None]).max(-1),
    }


def blocks(config, data, panel):
    """Runs whose networks one matrix product holds: of one draw and stride, and at most `block` of them."""
    size = config["block"]
    return [
        runs[k : k + size]
        for of_draw in by_draw(data, panel)
        for runs in grouped(of_draw, lambda run: stride(config, data.number("tau", run.run_id, "task")))
        for k in range(0, len(runs), size)
    ]


def train(config, data, runs):
    """Train the networks of one block: each of MEASURED at each checkpoint, a row for each run (B, 6 K)."""
    first = min(run.run_id for run in data.panel(runs[0].panel) if run.draw == runs[0].draw)
    drawn = problem(data, data.runs[first])
    taus, deltas = scales(data, runs)
    start = drawn.start(taus, deltas)
    rates = np.array([run.learning_rate for run in runs])
    steps = np.array(config["checkpoints"]) // stride(config, taus[0])
    descent = descend(*start, drawn.inputs, drawn.targets, rates, steps, dtype=np.float32)
    found = [measure(drawn, w, a, *start, deltas) for _, w, a in descent]
    return np.stack([[at[name] for at in found] for name in MEASURED]).reshape(-1, len(runs)).T


def add_curves(records, config, data, runs, rows):
    """Record what training the networks of one draw gave; {quantity: (B, K)}."""
    checkpoints = np.array(config["checkpoints"])
    values = np.array([rows[run.run_id] for run in runs]).reshape(len(runs), len(MEASURED), -1)
    for run, tau, of_run in zip(runs, scales(data, runs)[0], values, strict=True):
        for name, curve in zip(MEASURED, of_run, strict=True):
            steps = checkpoints // stride(config, tau)
            records.add(run.run_id, "simulation", name, curve, steps, _times(config))
    return {name: values[:, k] for k, name in enumerate(MEASURED)}


def _times(config):
    return np.array(config["checkpoints"]) * config["rate"]


def add_statistics(records, config, data, panel, curves):
    """Mean and spread over draws of each cell; of a grid also where each quantity is extreme, and regions, by draw."""
    runs = by_draw(data, panel)
    checkpoints = np.array(config["checkpoints"])
    for name in QUANTITIES:
        values = np.stack([curve[name] for curve in curves])
        for k, run in enumerate(runs[0]):
            for statistic, numbers in (("mean", values[:, k].mean(0)), ("std", values[:, k].std(0))):
                records.add(run.run_id, "simulation", f"{name}_{statistic}", numbers, checkpoints, _times(config))
    if panel != "sweep":
        return
    regions = []
    for of_draw, curve in zip(runs, curves, strict=True):
        taus, deltas = scales(data, of_draw)
        for name, find in (("test_loss", np.argmin), *((q, np.argmax) for q in QUANTITIES[1:4])):
            places = find(curve[name], 0)
            for what, numbers in (("tau", taus[places]), ("delta", deltas[places])):
                records.add(of_draw[0].run_id, "simulation", f"{name}_{what}", numbers, checkpoints, _times(config))
        regions.append(_regions(config, curve, taus, deltas))
        for name, number in regions[-1].items():
            records.add(of_draw[0].run_id, "simulation", name, number)
    _over_draws(records, runs[0], np.stack([curve["test_loss"] for curve in curves]), regions, data)


def _over_draws(records, runs, losses, regions, data):
    """Where the mean test loss ends least, and the regions' ratios by the mean and by the mean logarithm of the loss.

    A draw whose upstream students fit the examples and not the teacher rules the mean, not the logarithm.
    """
    taus, deltas = scales(data, runs)
    least = losses[:, :, -1].mean(0).argmin()
    records.add(runs[0].run_id, "simulation", "least_mean_tau", taus[least])
    records.add(runs[0].run_id, "simulation", "least_mean_delta", deltas[least])
    for name, before in zip(REGIONS[1:], REGIONS[:-1], strict=True):
        one, other = (np.array([found[f"region_test_loss_{region}"] for found in regions]) for region in (name, before))
        records.add(runs[0].run_id, "simulation", f"mean_ratio_{name}", one.mean() / other.mean())
        records.add(runs[0].run_id, "simulation", f"typical_ratio_{name}", np.exp(np.log(one / other).mean()))
        records.add(runs[0].run_id, "simulation", f"ordered_share_{name}", (one > other).mean())


def _regions(config, curve, taus, deltas):
    """Final test loss by region, each over the one before, and how much of the upstream switching came early."""
    small = taus <= np.unique(taus)[config["n_small"] - 1] * (1 + 1e-9)
    large = taus >= np.unique(taus)[-config["n_small"]] * (1 - 1e-9)
    chosen = [small & (deltas > 0), small & (deltas == 0), small & (deltas < 0), large]
    losses = [curve["test_loss"][region, -1].mean() for region in chosen]
    found = {f"region_test_loss_{name}": loss for name, loss in zip(REGIONS, losses, strict=True)}
    for name, loss, before in zip(REGIONS[1:], losses[1:], losses[:-1], strict=True):
        found[f"region_ratio_{name}"] = loss / before
    switched = curve["hamming_distance"][chosen[0]].mean(0)
    return found | {"early_hamming_share": switched[0] / switched[-1]}
