"""fig4: representations of a semantic hierarchy, rich and lazy, and what noise costs (Domine et al. 2025, Fig. 4).

balanced   W1ᵀW1 and W2W2ᵀ after training from λ-balanced weights, by descent, by the exact solution at the
           same time, and for t → ∞
gaussian   the same after training from small and from large Gaussian weights, by descent, several draws
noise_*    converged networks of two shapes at many λ: the loss that noise adds, formula and sampled noise
"""

import numpy as np

from ...linear import limits
from ...linear.descent import simulate
from ...linear.initialisation import gaussian_weights, lambda_balanced_weights
from ...linear.observables import balance, input_representation, output_representation
from ...linear.riccati import exact_solution
from ...linear.tasks import semantic_hierarchy, task_from_singular_values
from ...pipeline import semantic
from ...pipeline.common import add_start, deviation, grouped, run_row, start
from ...pipeline.records import Records
from ...pipeline.semantic import LAYERS

NOISES = ("input", "parameter")
STARTS = ("small", "large")


def task(config, seeds):
    runs, records = [], Records()
    hierarchy = semantic_hierarchy()
    n = hierarchy.x.shape[0]
    descent = {k: config[k] for k in ("learning_rate", "n_steps")}

    def add(row, weights, task):
        add_start(records, len(runs), weights, task)
        records.add_matrices(len(runs), "task", "x", task.x)
        records.add_matrices(len(runs), "task", "y", task.y)
        runs.append(row)

    for k, lam in enumerate(config["lambdas"]):
        weights = semantic.balanced_start(lam, hierarchy, config["scale"], seeds.rng("balanced", k))
        add(run_row("balanced", lam, (n, n, n), "lambda_balanced", **descent), weights, hierarchy)
    for size in STARTS:
        block = config["gaussian"][size]
        for draw in range(config["gaussian"]["n_draws"]):
            rng = seeds.rng("gaussian", size, draw)
            weights = gaussian_weights(n, block["n_hidden"], n, std=block["std"], rng=rng)
            row = run_row("gaussian", 0.0, (n, block["n_hidden"], n), f"{size}_gaussian", draw=draw, **descent)
            add({**row, "lam": balance(*weights).lam}, weights, hierarchy)
    for k, (name, noisy, widths) in enumerate(_noise_networks(config, seeds, hierarchy)):
        for j, lam in enumerate(config["noise"]["lambdas"]):
            rng = seeds.rng("noise start", k, j)
            if len(set(widths)) == 1:
                weights = semantic.balanced_start(lam, noisy, config["scale"], rng)
            else:
                weights = lambda_balanced_weights(lam, *widths, rng=rng, scale=config["scale"])
            for noise in NOISES:
                # below 2^53, so that the number is exact in the table
                seed = seeds.rng(f"{noise} noise", k, j).integers(2**53)
                records.add(len(runs), "task", f"{noise}_noise_seed", seed)
            add(run_row(name, lam, widths, "lambda_balanced"), weights, noisy)
    u, s, vt = semantic.directions(hierarchy)
    for quantity, matrix in {"u": u, "s": np.diag(s), "vt": vt}.items():
        records.add_matrices(0, "task", quantity, matrix)
    for layer, compared in semantic.structures(hierarchy).items():
        records.add_matrices(0, "task", f"structure_{layer}", compared[1])
    return runs, records


def _noise_networks(config, seeds, hierarchy):
    """Panel, task and widths of the two networks: the hierarchy's square one, and one of unequal widths."""
    n = hierarchy.x.shape[0]
    block = config["noise"]["unequal"]
    n_in, n_out = block["n_in"], block["n_out"]
    unequal = task_from_singular_values(block["singular_values"], n_in, n_out, rng=seeds.rng("unequal task"))
    yield "noise_square", hierarchy, (n, n, n)
    yield "noise_unequal", unequal, (n_in, len(block["singular_values"]), n_out)


def theory(config, data):
    records = Records()
    hierarchy = semantic_hierarchy()
    c, compared = semantic.input_scale(hierarchy), semantic.structures(hierarchy)
    for run in data.panel("balanced"):
        w1, w2, sigma_yx = start(data, run)
        end = run.n_steps * run.learning_rate
        solution = exact_solution(w1, w2, sigma_yx, [end], sigma_xx=c, lam=run.lam)
        limit = limits.converged_representations(sigma_yx, run.lam, run.n_hidden, c)
        reached = solution.input_representation[0], solution.output_representation[0]
        for layer, at_end, final in zip(LAYERS, reached, limit, strict=True):
            records.add_matrices(run.run_id, "theory", layer, at_end, run.n_steps, end)
            records.add_matrices(run.run_id, "theory", f"limit_{layer}", final)
            records.add(run.run_id, "theory", f"largest_{layer}", np.abs(final).max())
            records.add(run.run_id, "theory", f"deviation_limit_{layer}", deviation(at_end, final))
        for quantity, value in semantic.likeness(limit, compared).items():
            records.add(run.run_id, "theory", quantity, value)
    for panel in ("noise_square", "noise_unequal"):
        _noise_theory(config["noise"], data, panel, records)
    return records


def _noise_theory(block, data, panel, records):
    """Converged networks by the exact solution, the noise formulas at their λ, and the curves over λ."""
    std, added = block["std"], []
    runs = data.panel(panel)
    for run in runs:
        w1, w2, sigma_yx = start(data, run)
        c = _input_scale(data, run)
        solution = exact_solution(w1, w2, sigma_yx, [block["until"]], sigma_xx=c, lam=run.lam)
        trained = solution.weights(-1)
        records.add_matrices(run.run_id, "theory", "trained_w1", trained[0])
        records.add_matrices(run.run_id, "theory", "trained_w2", trained[1])
        s = np.linalg.svd(sigma_yx / c, compute_uv=False)[: run.n_hidden]
        formula = {
            "input": limits.input_noise_loss(s, std),
            "parameter": limits.parameter_noise_loss(s, run.lam, run.n_in, run.n_out, std, c),
        }
        # the same from the trained weights themselves
        w1, w2 = trained
        norms = run.n_in * (w2**2).sum() + run.n_out * (w1**2).sum()
        of_weights = {
            "input": std**2 * ((w2 @ w1) ** 2).sum() / 2,
            "parameter": c * (std**2 * norms + std**4 * run.n_in * run.n_hidden * run.n_out) / 2,
        }
        for noise in NOISES:
            records.add(run.run_id, "theory", f"{noise}_noise", formula[noise])
            records.add(run.run_id, "theory", f"trained_{noise}_noise", of_weights[noise])
            gap = deviation(np.array([of_weights[noise]]), np.array([formula[noise]]))
            records.add(run.run_id, "theory", f"deviation_{noise}_noise", gap)
        added.append(of_weights["input"])
    first = runs[0]
    lams = np.linspace(min(block["lambdas"]), max(block["lambdas"]), block["n_curve"])
    curves = {
        "input": np.full(lams.size, limits.input_noise_loss(s, std)),
        "parameter": limits.parameter_noise_loss(s, lams, first.n_in, first.n_out, std, c),
    }
    records.add(first.run_id, "theory", "curve_lam", lams, np.arange(lams.size))
    for noise, curve in curves.items():
        records.add(first.run_id, "theory", f"curve_{noise}_noise", curve, np.arange(lams.size))
    best = limits.least_noise_scale(s, first.n_in, first.n_out)
    records.add(first.run_id, "theory", "least_noise_lam", best)
    least = limits.parameter_noise_loss(s, best, first.n_in, first.n_out, std, c)
    records.add(first.run_id, "theory", "least_parameter_noise", least)
    records.add(first.run_id, "theory", "spread_input_noise", (max(added) - min(added)) / np.mean(added))


def _input_scale(data, run):
    """The number c of Σxx = cI of a run's task."""
    x = data.matrix("x", run.run_id)
    return float((x[0] ** 2).mean())


def simulation(config, data):
    records = Records()
    hierarchy = semantic_hierarchy()
    c, compared = semantic.input_scale(hierarchy), semantic.structures(hierarchy)
    alike = {}
    for run, w1, w2 in _descents(data, c):
        reached = input_representation(w1), output_representation(w2)
        end = run.n_steps * run.learning_rate
        if run.draw == 0:
            for layer, matrix in zip(LAYERS, reached, strict=True):
                records.add_matrices(run.run_id, "simulation", layer, matrix, run.n_steps, end)
                if run.panel == "balanced":
                    exact = data.matrix(layer, run.run_id, "theory")
                    records.add(run.run_id, "simulation", f"deviation_{layer}", deviation(matrix, exact))
                else:
                    records.add(run.run_id, "simulation", f"largest_{layer}", np.abs(matrix).max())
        lam, residual = balance(w1, w2)
        records.add(run.run_id, "simulation", "lam_end", lam, run.n_steps, end)
        records.add(run.run_id, "simulation", "residual_end", residual, run.n_steps, end)
        # of a network that fits exactly nothing is left to fit: ‖W2W1 − Y‖/‖Y‖
        misfit = np.linalg.norm(w2 @ w1 - hierarchy.y) / np.linalg.norm(hierarchy.y)
        records.add(run.run_id, "simulation", "misfit", misfit, run.n_steps, end)
        for quantity, value in semantic.likeness(reached, compared).items():
            records.add(run.run_id, "simulation", quantity, value, run.n_steps, end)
            alike.setdefault((run.panel, run.init, quantity), []).append((run.run_id, value))
    for (panel, _, quantity), draws in alike.items():
        if panel == "gaussian":
            first, values = draws[0][0], np.array([value for _, value in draws])
            records.add(first, "simulation", f"mean_{quantity}", values.mean(0), config["n_steps"])
            records.add(first, "simulation", f"sd_{quantity}", values.std(0), config["n_steps"])
    noisy = data.panel("noise_square") + data.panel("noise_unequal")
    scores = np.array([_sample_noise(config["noise"], data, run, records) for run in noisy])
    for noise, score in zip(NOISES, scores.T, strict=True):
        records.add(noisy[0].run_id, "simulation", f"largest_{noise}_noise_z", np.abs(score).max())
    return records


def _descents(data, sigma_xx):
    """Every run that is trained by descent with its last (w1, w2); runs of one shape in one batch."""
    trained = data.panel("balanced") + data.panel("gaussian")
    for runs in grouped(trained, lambda run: (run.panel, run.n_hidden)):
        w1, w2, sigma_yx = (np.array(a) for a in zip(*(start(data, run) for run in runs), strict=True))
        steps, rate = runs[0].n_steps, runs[0].learning_rate
        end = simulate(w1, w2, sigma_yx, learning_rate=rate, steps=steps, record_at=[steps], sigma_xx=sigma_xx)
        yield from zip(runs, *end.weights(-1), strict=True)


def _sample_noise(block, data, run, records):
    """Mean and standard error of the loss that sampled noise adds, and its distance z from the formula in them."""
    x, y = data.matrix("x", run.run_id), data.matrix("y", run.run_id)
    w1, w2 = (data.matrix(f"trained_{name}", run.run_id, "theory") for name in ("w1", "w2"))
    n, std = block["n_draws"], block["std"]

    def noise(kind, *shapes):
        rng = np.random.default_rng(int(data.number(f"{kind}_noise_seed", run.run_id, "task")))
        return (std * rng.standard_normal((n, *shape)) for shape in shapes)

    (on_x,) = noise("input", x.shape)
    on_1, on_2 = noise("parameter", w1.shape, w2.shape)
    outputs = {"input": w2 @ w1 @ (x + on_x), "parameter": (w2 + on_2) @ (w1 + on_1) @ x}
    before = ((w2 @ w1 @ x - y) ** 2).sum() / (2 * x.shape[1])
    scores = []
    for kind, output in outputs.items():
        added = ((output - y) ** 2).sum((-2, -1)) / (2 * x.shape[1]) - before
        mean, error = added.mean(), added.std(ddof=1) / np.sqrt(n)
        z = (mean - data.number(f"{kind}_noise", run.run_id, "theory")) / error
        for name, value in {"mean": mean, "error": error, "z": z}.items():
            records.add(run.run_id, "simulation", f"{kind}_noise_{name}", value)
        scores.append(z)
    return scores
