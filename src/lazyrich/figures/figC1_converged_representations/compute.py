"""figC1: representations of the semantic hierarchy at convergence against λ, and the kernel's way to a constant.

Each layer's representation is compared with I, ṼS̃Ṽᵀ and ṼS̃²Ṽᵀ (Ũ for the outputs): the distance
1 − cosine of the matrices, and the cosine of their traceless parts. ‖NTK − |λ|I‖_F falls as 1/|λ|. Each
layer's distance from its own limit, the larger one's from I and the smaller one's from ṼS̃²Ṽᵀ, falls as λ⁻⁴:
relative to its size a layer is off by s²/λ², and 1 − cosine is half the square of that.
"""

import numpy as np

from ...linear import limits
from ...linear.descent import gradient_descent
from ...linear.exact import exact_solution
from ...linear.observables import balance, input_representation, output_representation
from ...linear.tasks import Task, semantic_hierarchy
from ...pipeline import semantic
from ...pipeline.common import deviation, drawn, stacked, step_size
from ...pipeline.frames import only
from ...pipeline.semantic import LAYERS
from ...pipeline.stages import Rows

SIDES = {"negative": -1, "positive": 1}


def task(config, seeds):
    starts = Rows()
    for side in SIDES.values():
        if sum(side * lam >= config["slope_from"] for lam in config["lambdas"]) < 2:
            raise ValueError(
                f"lambdas must hold at least two values of each sign with |λ| ≥ slope_from = {config['slope_from']:g}, "
                f"for an exponent to be fitted; got {config['lambdas']}"
            )
    hierarchy = semantic_hierarchy()
    for k, lam in enumerate(config["lambdas"]):
        weights = semantic.balanced_start(lam, hierarchy, config["scale"], seeds.rng("start", k))
        # as many steps at every λ: both the largest stable η and the time to converge are as 1/|λ|
        rate = config["learning_rate"] / max(1.0, abs(lam))
        starts.add(lam=lam, learning_rate=rate, n_steps=config["n_steps"], **drawn(weights, hierarchy.sigma_yx))
    return {"starts": starts}


def theory(config, data):
    layers, kernel, layer_curves, kernel_curve = (Rows() for _ in range(4))
    hierarchy, starts = semantic_hierarchy(), data["task/starts"]
    c, compared, s = semantic.input_scale(hierarchy), semantic.structures(hierarchy), semantic.directions(hierarchy).s

    def converged(lams):
        """Both representations for t → ∞ at each λ, (K, N, N)."""
        both = [limits.converged_representations(hierarchy.sigma_yx, lam, s.size, c) for lam in lams]
        return tuple(np.array(layer) for layer in zip(*both, strict=True))

    lams = starts["lam"].to_numpy()
    final, excess = converged(lams), limits.kernel_excess(s, lams)
    reached = [], []
    for run in starts.itertuples():
        end = run.n_steps * run.learning_rate
        solution = exact_solution(run.w1, run.w2, Task(run.sigma_yx, c), [end], lam=run.lam)
        reached[0].append(solution.input_representation[0])
        reached[1].append(solution.output_representation[0])
    alike = semantic.likeness(final, compared)
    for layer, at_end, limit in zip(LAYERS, reached, final, strict=True):
        gaps = [deviation(one, other) for one, other in zip(at_end, limit, strict=True)]
        layers.add(lam=lams, layer=layer, representation=at_end, deviation_limit=gaps, **alike[layer])
    kernel.add(lam=lams, kernel_excess=excess)

    on_curve = _curve(config)
    for layer, columns in semantic.likeness(converged(on_curve), compared).items():
        layer_curves.add(lam=on_curve, layer=layer, **columns)
    kernel_curve.add(lam=on_curve, kernel_excess=limits.kernel_excess(s, on_curve))
    return {
        **{"layers": layers, "kernel": kernel, "slopes": _slopes(config, lams, alike, excess)},
        **{"layer_curves": layer_curves, "kernel_curve": kernel_curve},
    }


def _curve(config):
    """λ of the curves: equally spaced in asinh, so that they are as dense near 0 as far from it."""
    end = np.arcsinh(max(abs(lam) for lam in config["lambdas"]) / config["linear_below"])
    return config["linear_below"] * np.sinh(np.linspace(-end, end, config["n_curve"]))


def simulation(config, data):
    layers, kernel = Rows(), Rows()
    hierarchy, starts = semantic_hierarchy(), data["task/starts"]
    c, compared = semantic.input_scale(hierarchy), semantic.structures(hierarchy)
    w1, w2, sigma_yx = stacked(starts, "w1", "w2", "sigma_yx")
    lams, rates, steps = starts["lam"].to_numpy(), starts["learning_rate"].to_numpy(), config["n_steps"]
    descent = gradient_descent(w1, w2, Task(sigma_yx, c), learning_rate=rates, steps=steps, record_at=[steps])
    w1, w2 = descent.weights(-1)
    reached = input_representation(w1), output_representation(w2)
    alike, excess = semantic.likeness(reached, compared), _kernel_excess(*reached, lams)
    sizes = [step_size(run.learning_rate, run.lam, run.sigma_yx) for run in starts.itertuples()]
    for layer, matrices in zip(LAYERS, reached, strict=True):
        exact = only(data["theory/layers"], layer=layer)["representation"]
        gaps = [deviation(one, other) for one, other in zip(matrices, exact, strict=True)]
        layers.add(lam=lams, layer=layer, **alike[layer], deviation_representation=gaps, step_size=sizes)
    exact = data["theory/kernel"]["kernel_excess"].to_numpy()
    gaps = [deviation(one, other) for one, other in zip(excess, exact, strict=True)]
    kernel.add(
        lam=lams,
        lam_end=balance(w1, w2).lam,
        kernel_excess=excess,
        deviation_kernel_excess=gaps,
        step_size=sizes,
    )
    return {"layers": layers, "kernel": kernel, "slopes": _slopes(config, lams, alike, excess)}


def _kernel_excess(a, b, lam):
    """‖I ⊗ A + B ⊗ I − |λ|I‖_F of the tangent kernel with inputs X = I, from its factors A and B."""
    n = a.shape[-1]
    b = b - np.abs(lam)[:, None, None] * np.eye(n)
    traces = np.trace(a, axis1=-2, axis2=-1) * np.trace(b, axis1=-2, axis2=-1)
    return np.sqrt(n * (a**2).sum((-2, -1)) + 2 * traces + n * (b**2).sum((-2, -1)))


def _slopes(config, lams, alike, excess):
    """Exponents of |λ| over |λ| ≥ `slope_from`, at negative and at positive λ: the kernel's, and both layers'."""
    rows = Rows()
    for name, side in SIDES.items():
        far = side * lams >= config["slope_from"]
        larger = "input" if side < 0 else "output"  # this layer goes to I, the other one to ṼS̃²Ṽᵀ
        values = {"kernel_slope": excess}
        for layer in LAYERS:
            values[f"{layer}_slope"] = alike[layer][f"distance_{'identity' if layer == larger else 'task_squared'}"]
        logarithms = {of: np.log(value[far]) for of, value in values.items()}
        rows.add(side=name, **{of: np.polyfit(np.log(np.abs(lams[far])), y, 1)[0] for of, y in logarithms.items()})
    return rows
