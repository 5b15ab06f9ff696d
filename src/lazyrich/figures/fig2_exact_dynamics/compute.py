"""fig2: exact dynamics over gradient descent for three relative scales (Domine et al. 2025, Fig. 2).

Loss, W2W1, W1ᵀW1, W2W2ᵀ and entries of the NTK of one unequal-width network on one random regression,
started λ-balanced at each λ; beside them the deviation of descent and of DOP853 from the exact solution.
"""

import numpy as np

from ...linear.descent import simulate
from ...linear.flow import gradient_flow
from ...linear.initialisation import lambda_balanced_weights
from ...linear.riccati import exact_solution
from ...linear.tasks import random_regression
from ...pipeline.common import add_start, deviation, run_row, start, thinned
from ...pipeline.records import Records

OBSERVABLES = ("loss", "network_function", "input_representation", "output_representation", "ntk")


def task(config, seeds):
    widths = {k: config[k] for k in ("n_in", "n_hidden", "n_out")}
    regression = random_regression(
        config["n_in"],
        config["n_out"],
        config["n_examples"],
        rng=seeds.rng("task"),
        target_std=config["target_std"],
    )
    kernel_rows = config["n_out"] * config["n_examples"]
    rows, columns = seeds.rng("ntk entries").integers(kernel_rows, size=(2, config["n_ntk_entries"]))
    columns[: len(columns) // 2] = rows[: len(rows) // 2]  # half of them diagonal
    runs, records = [], Records()
    for run_id, lam in enumerate(config["lambdas"]):
        # one stream for all λ: the same network function at each
        weights = lambda_balanced_weights(lam, **widths, rng=seeds.rng("start"), scale=config["scale"])
        runs.append(
            run_row("dynamics", lam, widths.values(), "lambda_balanced", config["learning_rate"], config["n_steps"])
        )
        add_start(records, run_id, weights, regression)
        records.add_matrices(run_id, "task", "x", regression.x)
        records.add_matrices(run_id, "task", "ntk_index", np.array([rows, columns]))
    return runs, records


def _measure(data, run, trajectory):
    """Every observable of the figure as (K, entries), and its name."""
    rows, columns = data.matrix("ntk_index", run.run_id).astype(int)
    x = data.matrix("x", run.run_id)
    values = {
        "loss": trajectory.loss(data.number("sigma_yy_trace", run.run_id, "task")),
        "ntk": trajectory.ntk_entries(x, rows, columns),
        "network_function": trajectory.network_function,
        "input_representation": trajectory.input_representation,
        "output_representation": trajectory.output_representation,
    }
    return {name: value.reshape(len(value), -1) for name, value in values.items()}


def theory(config, data):
    records = Records()
    for run in data.runs:
        steps = np.arange(0, run.n_steps + 1, config["record_every"])
        w1, w2, sigma_yx = start(data, run)
        solution = exact_solution(w1, w2, sigma_yx, steps * run.learning_rate, lam=run.lam)
        for name, value in _measure(data, run, solution).items():
            records.add(run.run_id, "theory", name, value, steps, solution.times)
    return records


def simulation(config, data):
    records = Records()
    for run in data.runs:
        steps, times, _ = data.numbers("loss", run.run_id, "theory")
        w1, w2, sigma_yx = start(data, run)
        descent = simulate(w1, w2, sigma_yx, learning_rate=run.learning_rate, steps=run.n_steps, record_at=steps)
        few = thinned(steps, config["n_flow_times"])
        flow = gradient_flow(w1, w2, sigma_yx, times[few])
        measured, integrated = _measure(data, run, descent), _measure(data, run, flow)
        for name in OBSERVABLES:
            exact = data.numbers(name, run.run_id, "theory")[2]
            records.add(run.run_id, "simulation", name, measured[name], steps, times)
            records.add(run.run_id, "simulation", f"deviation_{name}", deviation(measured[name], exact))
            records.add(run.run_id, "flow", f"deviation_{name}", deviation(integrated[name], exact[few]))
        records.add(run.run_id, "flow", "balance_drift", flow.balance_drift)
    return records
