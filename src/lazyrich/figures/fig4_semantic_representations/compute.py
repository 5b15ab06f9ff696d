"""fig4: representations of a semantic hierarchy, rich and lazy, and what noise costs (Domine et al. 2025, Fig. 4).

balanced  W1ᵀW1 and W2W2ᵀ after training from λ-balanced weights, by descent, by the exact solution at the
          same time, and for t → ∞
gaussian  the same after training from small and from large Gaussian weights, by descent, several draws
noise     converged networks of two shapes at many λ: the loss that noise adds, formula and sampled noise
"""

import numpy as np

from ...linear import limits
from ...linear.descent import gradient_descent
from ...linear.exact import exact_solution
from ...linear.initialisation import gaussian_weights, lambda_balanced_weights
from ...linear.observables import balance, input_representation, output_representation
from ...linear.tasks import Task, semantic_hierarchy, task_from_singular_values
from ...pipeline import semantic
from ...pipeline.common import deviation, drawn, stacked, step_size
from ...pipeline.frames import each, one, only
from ...pipeline.semantic import LAYERS
from ...pipeline.stages import Rows

NOISES = ("input", "parameter")
SIZES = ("small", "large")


def task(config, seeds):
    modes, structures, balanced, gaussian, networks, converging = (Rows() for _ in range(6))
    hierarchy = semantic_hierarchy()
    n = hierarchy.x.shape[0]
    u, s, vt = semantic.directions(hierarchy)
    modes.add(mode=np.arange(n), singular_value=s, u=u.T, v=vt)
    for layer, compared in semantic.structures(hierarchy).items():
        structures.add(layer=layer, structure=compared[1][None])
    descent = {k: config[k] for k in ("learning_rate", "n_steps")}
    for k, lam in enumerate(config["lambdas"]):
        weights = semantic.balanced_start(lam, hierarchy, config["scale"], seeds.rng("balanced", k))
        balanced.add(lam=lam, **descent, **drawn(weights, hierarchy.sigma_yx))
    for size in SIZES:
        block = config["gaussian"][size]
        for draw in range(config["gaussian"]["n_draws"]):
            rng = seeds.rng("gaussian", size, draw)
            weights = gaussian_weights(n, block["n_hidden"], n, scale=block["std"], rng=rng)
            lam = balance(*weights).lam
            gaussian.add(size=size, draw=draw, lam=lam, **descent, **drawn(weights, hierarchy.sigma_yx))
    for k, (name, noisy, n_hidden) in enumerate(_networks(config, seeds, hierarchy)):
        (n_in, n_examples), n_out = noisy.x.shape, len(noisy.y)
        sizes = {"n_in": n_in, "n_out": n_out, "n_examples": n_examples}
        networks.add(network=name, **sizes, x=noisy.x[None], y=noisy.y[None])
        for j, lam in enumerate(config["noise"]["lambdas"]):
            rng = seeds.rng("noise start", k, j)
            if n_in == n_hidden == n_out:
                weights = semantic.balanced_start(lam, noisy, config["scale"], rng)
            else:
                weights = lambda_balanced_weights(lam, n_in, n_hidden, n_out, rng=rng, scale=config["scale"])
            seed = {f"{noise}_noise_seed": seeds.rng(f"{noise} noise", k, j).integers(2**53) for noise in NOISES}
            converging.add(network=name, lam=lam, **seed, **drawn(weights, noisy.sigma_yx))
    return {
        **{"modes": modes, "structures": structures, "balanced": balanced, "gaussian": gaussian},
        **{"networks": networks, "converging": converging},
    }


def _networks(config, seeds, hierarchy):
    """Name, task and hidden width of the two networks: the hierarchy's square one, and one of unequal widths."""
    yield "square", hierarchy, len(hierarchy.x)
    block = config["noise"]["unequal"]
    s, rng = block["singular_values"], seeds.rng("unequal task")
    yield "unequal", task_from_singular_values(s, block["n_in"], block["n_out"], rng=rng), len(s)


def theory(config, data):
    layers, trained, noise, curves, networks = (Rows() for _ in range(5))
    hierarchy = semantic_hierarchy()
    c, compared = semantic.input_scale(hierarchy), semantic.structures(hierarchy)
    for run in data["task/balanced"].itertuples():
        end = run.n_steps * run.learning_rate
        solution = exact_solution(run.w1, run.w2, Task(run.sigma_yx, c), [end], lam=run.lam)
        limit = limits.converged_representations(run.sigma_yx, run.lam, run.n_hidden, c)
        alike = semantic.likeness(limit, compared)
        reached = solution.input_representation[0], solution.output_representation[0]
        for layer, at_end, final in zip(LAYERS, reached, limit, strict=True):
            matrices = {"representation": at_end[None], "limit": final[None]}
            gap = deviation(at_end, final)
            layers.add(lam=run.lam, layer=layer, **matrices, deviation_limit=gap, **alike[layer])
    for network in data["task/networks"].itertuples():
        starts = only(data["task/converging"], network=network.network)
        _noise_theory(config["noise"], network, starts, trained, noise, curves, networks)
    return {"layers": layers, "trained": trained, "noise": noise, "noise_curves": curves, "networks": networks}


def _noise_theory(block, network, starts, trained, noise, curves, networks):
    """Converged networks by the exact solution, the noise formulas at their λ, and the curves over λ."""
    name, n_in, n_out, std, c = network.network, network.n_in, network.n_out, block["std"], _input_scale(network)
    first = starts.iloc[0]
    s = np.linalg.svd(first["sigma_yx"] / c, compute_uv=False)[: first["n_hidden"]]
    added = []
    for run in starts.itertuples():
        solution = exact_solution(run.w1, run.w2, Task(run.sigma_yx, c), [block["until"]], lam=run.lam)
        w1, w2 = solution.weights(-1)
        shape = {"n_in": n_in, "n_hidden": run.n_hidden, "n_out": n_out}
        trained.add(network=name, lam=run.lam, **shape, w1=w1[None], w2=w2[None])
        formula = {
            "input": limits.input_noise_loss(s, std),
            "parameter": limits.parameter_noise_loss(s, run.lam, n_in, n_out, std, c),
        }
        # the same from the trained weights themselves
        norms = n_in * (w2**2).sum() + n_out * (w1**2).sum()
        of_weights = {
            "input": std**2 * ((w2 @ w1) ** 2).sum() / 2,
            "parameter": c * (std**2 * norms + std**4 * n_in * run.n_hidden * n_out) / 2,
        }
        for kind in NOISES:
            gap = deviation(np.array([of_weights[kind]]), np.array([formula[kind]]))
            values = {"loss": formula[kind], "trained_loss": of_weights[kind], "deviation_loss": gap}
            noise.add(network=name, lam=run.lam, noise=kind, **values)
        added.append(of_weights["input"])
    lams = np.linspace(min(block["lambdas"]), max(block["lambdas"]), block["n_curve"])
    of_formula = limits.parameter_noise_loss(s, lams, n_in, n_out, std, c)
    curves.add(network=name, lam=lams, noise="input", loss=limits.input_noise_loss(s, std))
    curves.add(network=name, lam=lams, noise="parameter", loss=of_formula)
    best = limits.least_noise_scale(s, n_in, n_out)
    networks.add(
        network=name,
        least_lam=best,
        least_loss=limits.parameter_noise_loss(s, best, n_in, n_out, std, c),
        input_spread=(max(added) - min(added)) / np.mean(added),
    )


def _input_scale(network):
    """The number c of Σxx = cI of a network's task."""
    return float((network.x[0] ** 2).mean())


def simulation(config, data):
    tables = {name: Rows() for name in ("balanced", "balanced_layers", "gaussian", "gaussian_layers", "noise")}
    hierarchy = semantic_hierarchy()
    c, compared = semantic.input_scale(hierarchy), semantic.structures(hierarchy)
    for start, run, alike in _descents(data["task/balanced"], c, hierarchy, compared):
        tables["balanced"].add(lam=start.lam, **run)
        size = step_size(start.learning_rate, start.lam, start.sigma_yx)
        for layer, found in alike.items():
            exact = one(data["theory/layers"], "representation", lam=start.lam, layer=layer)
            gap = deviation(found["representation"][0], exact)
            tables["balanced_layers"].add(
                lam=start.lam, layer=layer, **found, deviation_representation=gap, step_size=size
            )
    for starts in each(data["task/gaussian"], "size"):
        for start, run, alike in _descents(starts, c, hierarchy, compared):
            place = {"size": start.size, "draw": start.draw}
            tables["gaussian"].add(**place, **run)
            for layer, found in alike.items():
                tables["gaussian_layers"].add(**place, layer=layer, **found)
    for network in data["task/networks"].itertuples():
        for start in only(data["task/converging"], network=network.network).itertuples():
            _sample_noise(config["noise"], data, network, start, tables["noise"])
    return tables


def _descents(starts, c, hierarchy, compared):
    """Each start with columns of its network after descent, and with {layer: columns}; all descend in one batch."""
    w1, w2, sigma_yx = stacked(starts, "w1", "w2", "sigma_yx")
    rate, steps = starts["learning_rate"].iloc[0], starts["n_steps"].iloc[0]
    end = gradient_descent(w1, w2, Task(sigma_yx, c), learning_rate=rate, steps=steps, record_at=[steps])
    for start, w1, w2 in zip(starts.itertuples(), *end.weights(-1), strict=True):
        lam, residual = balance(w1, w2)
        # of a network that fits exactly nothing is left to fit: ‖W2W1 − Y‖/‖Y‖
        misfit = np.linalg.norm(w2 @ w1 - hierarchy.y) / np.linalg.norm(hierarchy.y)
        reached = input_representation(w1), output_representation(w2)
        alike = semantic.likeness(reached, compared)
        for layer, matrix in zip(LAYERS, reached, strict=True):
            alike[layer]["representation"] = matrix[None]
        yield start, {"lam_end": lam, "residual_end": residual, "misfit": misfit}, alike


def _sample_noise(block, data, network, start, rows):
    """Mean and standard error of the loss that sampled noise adds, and its distance z from the formula in them."""
    place = {"network": start.network, "lam": start.lam}
    trained, x, y = only(data["theory/trained"], **place).iloc[0], network.x, network.y
    w1, w2, n = trained["w1"], trained["w2"], block["n_draws"]

    def noise(seed, *shapes):
        rng = np.random.default_rng(seed)
        return (block["std"] * rng.standard_normal((n, *shape)) for shape in shapes)

    (on_x,) = noise(start.input_noise_seed, x.shape)
    on_1, on_2 = noise(start.parameter_noise_seed, w1.shape, w2.shape)
    outputs = {"input": w2 @ w1 @ (x + on_x), "parameter": (w2 + on_2) @ (w1 + on_1) @ x}
    before = ((w2 @ w1 @ x - y) ** 2).sum() / (2 * x.shape[1])
    for kind, output in outputs.items():
        added = ((output - y) ** 2).sum((-2, -1)) / (2 * x.shape[1]) - before
        mean, error = added.mean(), added.std(ddof=1) / np.sqrt(n)
        z = (mean - one(data["theory/noise"], "loss", **place, noise=kind)) / error
        rows.add(**place, noise=kind, loss=mean, standard_error=error, z=z)
