"""ReLU students over a grid of (τ, δ): problems in the tables, and training."""

from dataclasses import dataclass

import numpy as np

from ...linear.observables import cosine_distance
from ...nonlinear.relu import descent, network, scale
from ...pipeline.frames import each, only

QUANTITIES = ("test_loss", "kernel_distance", "hamming_distance", "parameter_distance", "train_loss")
MEASURED = (*QUANTITIES, "delta_drift")


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


def drawn_problem(seeds, names, config, teacher):
    """Columns of one row: the data, a teacher's directions and readouts, and the base start."""
    d, half, (w, a) = config["n_in"], config["n_hidden"] // 2, teacher
    return {
        "n_in": d,
        "n_examples": config["n_examples"],
        "inputs": network.on_the_sphere(seeds.rng(*names, "inputs"), config["n_examples"], d)[None],
        "n_test": config["n_test"],
        "test_inputs": network.on_the_sphere(seeds.rng(*names, "test"), config["n_test"], d)[None],
        "n_pairs": half,
        "directions": network.on_the_sphere(seeds.rng(*names, "directions"), half, d)[None],
        "signs": seeds.rng(*names, "signs").choice([-1.0, 1.0], (1, half)),
        "n_teacher": len(a),
        "teacher_w": w[None],
        "teacher_a": a[None],
    }


def problem(data, students):
    """The problem that these students share; without test inputs they are tested on the training inputs."""
    first = students.iloc[0]
    row = only(data["task/problems"], problem=first["problem"], draw=first["draw"]).iloc[0]
    teacher = row["teacher_w"], row["teacher_a"]
    inputs, test = row["inputs"], row["test_inputs"] if row["n_test"] else row["inputs"]
    targets, test_targets = (network.outputs(*teacher, x) for x in (inputs, test))
    return Problem(inputs, targets, test, test_targets, teacher, row["directions"], row["signs"])


def scales(students):
    """(τ, δ) of students, as arrays."""
    return students["tau"].to_numpy(), students["delta"].to_numpy()


def measure(problem, w, a, start_w, start_a, deltas):
    """What became of each network, {quantity: (B,)}."""
    kernels = (network.tangent_kernel(*net, problem.inputs) for net in zip(w, a, strict=True))  # one at a time: large
    starts = (network.tangent_kernel(*net, problem.inputs) for net in zip(start_w, start_a, strict=True))
    pairs = zip(kernels, starts, strict=True)
    conserved = a**2 - (w**2).sum(-1)
    return {
        "test_loss": ((network.outputs(w, a, problem.test_inputs) - problem.test_targets) ** 2).mean(-1),
        "kernel_distance": np.array([cosine_distance(*pair) for pair in pairs]),
        "hamming_distance": network.hamming_distance(w, start_w, problem.inputs),
        "parameter_distance": network.parameter_distance(w, a, start_w, start_a),
        "train_loss": ((network.outputs(w, a, problem.inputs) - problem.targets) ** 2).mean(-1),
        "delta_drift": np.abs(conserved - deltas[:, None]).max(-1),
    }


def blocks(config, students):
    """Students of one draw that take equally long steps, at most config's `block` together."""
    size = config["block"]
    strides = students.assign(stride=[stride(config, tau) for tau in students["tau"]])
    return [part[k : k + size] for part in each(strides, "draw", "stride") for k in range(0, len(part), size)]


def steps(config, tau):
    """The gradient steps at which a student of this scale is measured."""
    return np.array(config["checkpoints"]) // stride(config, tau)


def times(config):
    """Times ητ² × step of the checkpoints, which all scales share."""
    return np.array(config["checkpoints"]) * config["rate"]


def train(config, data, students):
    """Train the networks of one block: each of MEASURED at each checkpoint, a row for each network (B, 6 K)."""
    drawn = problem(data, students)
    taus, deltas = scales(students)
    start, rates = drawn.start(taus, deltas), students["learning_rate"].to_numpy()
    trained = descent.train(*start, drawn.inputs, drawn.targets, rates, steps(config, taus[0]), dtype=np.float32)
    found = [measure(drawn, w, a, *start, deltas) for _, w, a in trained]
    return np.stack([[at[name] for at in found] for name in MEASURED]).reshape(-1, len(students)).T
