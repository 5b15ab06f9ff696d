"""fig3: one mode from lazy to rich (Domine et al. 2025, Fig. 3 and Theorem 5.1).

Singular values of W2W1 from a task-aligned start at three λ; the transition function γ(t; λ) over the
rescaled time √(4s̃² + λ²)·t; and its distance from the sigmoid (λ → 0) and the exponential (|λ| → ∞).
"""

import numpy as np

from ...linear.descent import simulate
from ...linear.flow import gradient_flow
from ...linear.initialisation import aligned_weights
from ...linear.modes import mode_strength, mode_transition
from ...linear.riccati import exact_solution
from ...linear.tasks import task_from_singular_values
from ...pipeline.common import add_start, deviation, run_row, start, thinned
from ...pipeline.records import Records


def task(config, seeds):
    runs, records = [], Records()
    targets = np.array(config["singular_values"])
    n = len(targets)
    aligned = task_from_singular_values(targets, n, n, rng=seeds.rng("task"))
    for run_id, lam in enumerate(config["lambdas"]):
        weights = aligned_weights(
            lam, aligned.sigma_yx, np.full(n, config["initial"]), n, rng=seeds.rng("start", run_id)
        )
        runs.append(run_row("modes", lam, (n, n, n), "aligned", config["learning_rate"], config["n_steps"]))
        add_start(records, run_id, weights, aligned)
    # of the closed form only: one mode, nothing simulated
    for lam in config["transition_lambdas"]:
        runs.append(run_row("transition", lam, (1, 1, 1), "aligned"))
    for limit in ("sigmoid", "exponential"):
        for lam in config[f"{limit}_lambdas"]:
            runs.append(run_row("limits", lam, (1, 1, 1), limit))
    return runs, records


def _mode_strengths(network_function, sigma_yx):
    """ũ_αᵀ W2W1 ṽ_α, (K, n): signed singular values in the task's directions."""
    u, _, vt = np.linalg.svd(sigma_yx)
    return np.einsum("oa,koi,ai->ka", u, network_function, vt)


def theory(config, data):
    records = Records()
    targets, initial = np.array(config["singular_values"]), config["initial"]
    for run in data.panel("modes"):
        steps = np.arange(0, run.n_steps + 1, config["record_every"])
        times = steps * run.learning_rate
        w1, w2, sigma_yx = start(data, run)
        solution = exact_solution(w1, w2, sigma_yx, times, lam=run.lam)
        closed = mode_strength(times[:, None], targets, initial, run.lam)
        general = _mode_strengths(solution.network_function, sigma_yx)
        records.add(run.run_id, "theory", "mode_strength", closed, steps, times)
        records.add(run.run_id, "theory", "deviation_riccati", deviation(general, closed))

    s, a0, n = config["transition_target"], config["initial"], config["n_transition_times"]
    rescaled = np.linspace(0, config["transition_until"], n)
    for run in data.panel("transition"):
        gamma = mode_transition(rescaled / np.hypot(2 * s, run.lam), s, a0, run.lam)
        records.add(run.run_id, "theory", "transition", gamma, np.arange(n), rescaled)
    limits = {"sigmoid": mode_transition(rescaled / (2 * s), s, a0, 0.0), "exponential": -np.expm1(-rescaled)}
    distances = {name: ([], []) for name in limits}
    for run in data.panel("limits"):
        # far denser than any curve drawn: the distance is a maximum over time
        times = np.linspace(0, 40 / np.hypot(2 * s, run.lam), 20_001)
        gamma = mode_transition(times, s, a0, run.lam)
        limit = mode_transition(times, s, a0, 0.0) if run.init == "sigmoid" else -np.expm1(-abs(run.lam) * times)
        distance = np.abs(gamma - limit).max()
        records.add(run.run_id, "theory", "distance", distance)
        distances[run.init][0].append(abs(run.lam))
        distances[run.init][1].append(distance)
    first = data.panel("transition")[0].run_id
    for name, (lams, distance) in distances.items():
        records.add(first, "theory", name, limits[name], np.arange(n), rescaled)
        records.add(first, "theory", f"slope_{name}", np.polyfit(np.log(lams), np.log(distance), 1)[0])
    return records


def simulation(config, data):
    records = Records()
    for run in data.panel("modes"):
        steps, times, exact = data.numbers("mode_strength", run.run_id, "theory")
        w1, w2, sigma_yx = start(data, run)
        descent = simulate(w1, w2, sigma_yx, learning_rate=run.learning_rate, steps=run.n_steps, record_at=steps)
        strengths = _mode_strengths(descent.network_function, sigma_yx)
        records.add(run.run_id, "simulation", "mode_strength", strengths, steps, times)
        records.add(run.run_id, "simulation", "deviation_mode_strength", deviation(strengths, exact))
        few = thinned(steps, config["n_flow_times"])
        flow = _mode_strengths(gradient_flow(w1, w2, sigma_yx, times[few]).network_function, sigma_yx)
        records.add(run.run_id, "flow", "deviation_mode_strength", deviation(flow, exact[few]))
    return records
