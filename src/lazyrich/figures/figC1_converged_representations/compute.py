"""figC1: representations of the semantic hierarchy at convergence against λ, and the kernel's way to a constant.

Each layer's representation is compared with I, ṼS̃Ṽᵀ and ṼS̃²Ṽᵀ (Ũ for the outputs): the distance
1 − cosine of the matrices, and the cosine of their traceless parts. ‖NTK − |λ|I‖_F falls as 1/|λ|. Each
layer's distance from its own limit, the larger one's from I and the smaller one's from ṼS̃²Ṽᵀ, falls as λ⁻⁴:
relative to its size a layer is off by s²/λ², and 1 − cosine is half the square of that.
"""

import numpy as np

from ...linear import limits
from ...linear.descent import simulate
from ...linear.observables import balance, input_representation, output_representation
from ...linear.riccati import exact_solution
from ...linear.tasks import semantic_hierarchy
from ...pipeline import semantic
from ...pipeline.common import add_start, deviation, run_row, start
from ...pipeline.records import Records
from ...pipeline.semantic import LAYERS


def task(config, seeds):
    runs, records = [], Records()
    for side in (-1, 1):
        if sum(side * lam >= config["slope_from"] for lam in config["lambdas"]) < 2:
            raise ValueError(
                f"lambdas must hold at least two values of each sign with |λ| ≥ slope_from = {config['slope_from']:g}, "
                f"for an exponent to be fitted; got {config['lambdas']}"
            )
    hierarchy = semantic_hierarchy()
    n = hierarchy.x.shape[0]
    for k, lam in enumerate(config["lambdas"]):
        weights = semantic.balanced_start(lam, hierarchy, config["scale"], seeds.rng("start", k))
        # as many steps at every λ: both the largest stable η and the time to converge are as 1/|λ|
        rate = config["learning_rate"] / max(1.0, abs(lam))
        runs.append(run_row("scale", lam, (n, n, n), "lambda_balanced", rate, config["n_steps"]))
        add_start(records, k, weights, hierarchy)
    return runs, records


def theory(config, data):
    records = Records()
    hierarchy = semantic_hierarchy()
    c, compared, s = semantic.input_scale(hierarchy), semantic.structures(hierarchy), semantic.directions(hierarchy).s
    n = s.size

    def converged(lams):
        """Both representations for t → ∞ at each λ, (K, N, N)."""
        both = [limits.converged_representations(hierarchy.sigma_yx, lam, n, c) for lam in lams]
        return tuple(np.array(layer) for layer in zip(*both, strict=True))

    lams = np.array([run.lam for run in data.runs])
    final = converged(lams)
    measured = {**semantic.likeness(final, compared), "kernel_excess": limits.kernel_excess(s, lams)}
    for k, run in enumerate(data.runs):
        w1, w2, sigma_yx = start(data, run)
        end = run.n_steps * run.learning_rate
        solution = exact_solution(w1, w2, sigma_yx, [end], sigma_xx=c, lam=run.lam)
        reached = solution.input_representation[0], solution.output_representation[0]
        for layer, at_end, limit in zip(LAYERS, reached, final, strict=True):
            records.add_matrices(run.run_id, "theory", layer, at_end, run.n_steps, end)
            records.add(run.run_id, "theory", f"deviation_limit_{layer}", deviation(at_end, limit[k]))
        for quantity, value in measured.items():
            records.add(run.run_id, "theory", quantity, value[k])
    _add_slopes(config, "theory", lams, measured, records)

    records.add(0, "theory", "linear_below", config["linear_below"])
    lams, index = _curve(config), np.arange(config["n_curve"])
    curves = {
        **semantic.likeness(converged(lams), compared),
        "kernel_excess": limits.kernel_excess(s, lams),
        "lam": lams,
    }
    for quantity, curve in curves.items():
        records.add(0, "theory", f"curve_{quantity}", curve, index)
    return records


def _curve(config):
    """λ of the curves: equally spaced in asinh, so that they are as dense near 0 as far from it."""
    end = np.arcsinh(max(abs(lam) for lam in config["lambdas"]) / config["linear_below"])
    return config["linear_below"] * np.sinh(np.linspace(-end, end, config["n_curve"]))


def simulation(config, data):
    records = Records()
    hierarchy = semantic_hierarchy()
    c, compared = semantic.input_scale(hierarchy), semantic.structures(hierarchy)
    w1, w2, sigma_yx = (np.array(a) for a in zip(*(start(data, run) for run in data.runs), strict=True))
    rates, steps = np.array([run.learning_rate for run in data.runs]), config["n_steps"]
    descent = simulate(w1, w2, sigma_yx, learning_rate=rates, steps=steps, record_at=[steps], sigma_xx=c)
    w1, w2 = descent.weights(-1)
    reached = input_representation(w1), output_representation(w2)
    lams = np.array([run.lam for run in data.runs])
    measured = {**semantic.likeness(reached, compared), "kernel_excess": _kernel_excess(*reached, lams)}
    for k, run in enumerate(data.runs):
        end = steps * run.learning_rate
        for quantity, value in {**measured, "lam_end": balance(w1, w2).lam}.items():
            records.add(run.run_id, "simulation", quantity, value[k], steps, end)
        for layer, matrix in zip(LAYERS, reached, strict=True):
            exact = data.matrix(layer, run.run_id, "theory")
            records.add(run.run_id, "simulation", f"deviation_{layer}", deviation(matrix[k], exact))
        exact = data.number("kernel_excess", run.run_id, "theory")
        gap = deviation(measured["kernel_excess"][k], np.array(exact))
        records.add(run.run_id, "simulation", "deviation_kernel_excess", gap)
    _add_slopes(config, "simulation", lams, measured, records)
    return records


def _kernel_excess(a, b, lam):
    """‖I ⊗ A + B ⊗ I − |λ|I‖_F of the tangent kernel with inputs X = I, from its factors A and B."""
    n = a.shape[-1]
    b = b - np.abs(lam)[:, None, None] * np.eye(n)
    traces = np.trace(a, axis1=-2, axis2=-1) * np.trace(b, axis1=-2, axis2=-1)
    return np.sqrt(n * (a**2).sum((-2, -1)) + 2 * traces + n * (b**2).sum((-2, -1)))


def _add_slopes(config, source, lams, measured, records):
    """Exponents of |λ| over |λ| ≥ `slope_from`, at negative and at positive λ, and both layers' to their limits."""
    lazy, rich = 0, -1  # I for the layer of the larger weights, ṼS̃²Ṽᵀ for the other one
    for side in (-1, 1):
        far = side * lams >= config["slope_from"]
        to_limit = {
            "kernel_excess": measured["kernel_excess"],
            LAYERS[0]: measured[f"distance_{LAYERS[0]}"][:, lazy if side < 0 else rich],
            LAYERS[1]: measured[f"distance_{LAYERS[1]}"][:, rich if side < 0 else lazy],
        }
        for quantity, value in to_limit.items():
            slope = np.polyfit(np.log(np.abs(lams[far])), np.log(value[far]), 1)[0]
            records.add(0, source, f"slope_{quantity}_{'negative' if side < 0 else 'positive'}", slope)
