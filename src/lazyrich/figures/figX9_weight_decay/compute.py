"""figX9: what weight decay does: the relative scale falls as e^{−2γt}, so that a lazy start ends rich.

tasks, starts    a teacher of few modes, Σyx with noise, and λ-balanced starts of one function at several λ₀
curves           training loss, test loss and kernel distance over time, from λ₀ and from 0, with decay and without
ends, late       test loss at the end against γ: soft thresholding in closed form, and the exact solution
forgetting       when a mode of noise has lost half, against λ₀ and γ; network_falls, when a network's test loss falls
strengths, kappa modes against |λ(t)|/2γ, for many λ₀ and γ: one curve, in closed form (`modes`)
shapes           singular values of the end for several shapes
relu             ReLU networks: Δ of every neuron, and when they generalise (`relu`)
"""

from ...pipeline.stages import Rows
from . import modes, networks, relu


def task(config, seeds):
    tasks, starts, shapes, relu_data, relu_starts = Rows(), Rows(), Rows(), Rows(), Rows()
    n = config["width"]
    counts = {config["lam"]: config["n_draws"], 0.0: config["n_draws"]}  # λ₀ -> draws
    for part, name in (("descent", "lambdas"), ("forgetting", "network")):
        for lam in config[part][name]:
            counts[lam] = max(counts.get(lam, 0), config[part]["n_draws"])
    for draw in range(config["n_draws"]):
        sigma_yx, teacher = networks.noisy_task(config, seeds.rng("task", draw))
        tasks.add(draw=draw, n_in=n, n_out=n, sigma_yx=sigma_yx[None], teacher=teacher[None])
        for lam in sorted(lam for lam, count in counts.items() if draw < count):
            w1, w2 = networks.start(config, lam, sigma_yx, seeds.rng("start", draw))
            starts.add(lam=lam, draw=draw, n_in=n, n_hidden=n, n_out=n, w1=w1[None], w2=w2[None])
    networks.shape_starts(config["shapes"], seeds, shapes)
    part = config["relu"]
    for draw in range(part["n_draws"]):
        relu_data.add(draw=draw, **relu.data(part, seeds.rng("relu data", draw)))
        for lam in part["lambdas"]:
            relu_starts.add(lam=lam, draw=draw, **relu.start(part, lam, seeds.rng("relu start", draw)))
    return {**{"tasks": tasks, "starts": starts, "shapes": shapes, "relu_data": relu_data, "relu_starts": relu_starts}}


def _runs(data):
    """The starts, each with its task."""
    return data["task/starts"].merge(data["task/tasks"].drop(columns=["n_in", "n_out"]), on="draw")


def theory(config, data):
    names = (
        *("curves", "edges", "ends", "late", "network_falls"),
        *("forgetting", "strengths", "kappa", "shapes"),
    )
    rows = {name: Rows() for name in names}
    runs = _runs(data)
    networks.add_curves(config, runs, rows["curves"])
    networks.add_ends(config, data["task/tasks"], runs, rows["edges"], rows["ends"], rows["late"])
    networks.add_network_times(config, runs, rows["network_falls"])
    modes.add_laws(config, rows["forgetting"], rows["strengths"], rows["kappa"])
    networks.add_shape_ends(config["shapes"], data["task/shapes"], rows["shapes"])
    return rows


def simulation(config, data):
    names = (
        *("curves", "agreement", "forgetting", "shapes", "shape_agreement"),
        *("relu_curves", "relu_end", "relu_falls", "relu_coarse"),
    )
    rows = {name: Rows() for name in names}
    networks.add_descents(config, _runs(data), rows["curves"], rows["agreement"])
    part = config["forgetting"]
    for gamma in part["weight_decays"]:
        for lam in part["descent"]:
            found = modes.descended_time(part["ratio"], lam, gamma, part["step"])
            law = modes.time_left(lam, gamma, modes.kappa(part["ratio"]))
            compared = {"deviation_t": abs(found / law - 1), "step_size": part["step"]}
            rows["forgetting"].add(lam=lam, weight_decay=gamma, t=found, **compared)
    networks.add_shape_descents(config["shapes"], data["task/shapes"], rows["shapes"], rows["shape_agreement"])
    relu.add_runs(
        config["relu"],
        config["fallen"],
        data,
        rows["relu_curves"],
        rows["relu_end"],
        rows["relu_falls"],
        rows["relu_coarse"],
    )
    return rows
