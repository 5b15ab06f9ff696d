"""fig2: exact dynamics over gradient descent for three relative scales (Domine et al. 2025, Fig. 2).

Loss, W2W1, W1ᵀW1, W2W2ᵀ and entries of the NTK of one unequal-width network on one random regression,
started λ-balanced at each λ; beside them the deviation of descent and of DOP853 from the exact solution.
"""

import numpy as np

from ...linear.descent import gradient_descent
from ...linear.exact import exact_solution
from ...linear.flow import gradient_flow
from ...linear.initialisation import lambda_balanced_weights
from ...linear.tasks import Task, random_regression
from ...pipeline.common import deviation, drawn, stacked, step_size, thinned
from ...pipeline.frames import only
from ...pipeline.stages import Rows


def task(config, seeds):
    examples, entries, starts = Rows(), Rows(), Rows()
    widths = {k: config[k] for k in ("n_in", "n_hidden", "n_out")}
    regression = random_regression(
        config["n_in"],
        config["n_out"],
        config["n_examples"],
        rng=seeds.rng("task"),
        target_std=config["target_std"],
    )
    examples.add(
        n_in=config["n_in"],
        n_examples=config["n_examples"],
        x=regression.x[None],
        sigma_yy_trace=regression.sigma_yy_trace,
    )
    kernel_rows = config["n_out"] * config["n_examples"]
    rows, columns = seeds.rng("ntk entries").integers(kernel_rows, size=(2, config["n_ntk_entries"]))
    columns[: len(columns) // 2] = rows[: len(rows) // 2]  # half of them diagonal
    entries.add(entry=np.arange(len(rows)), kernel_row=rows, kernel_column=columns)
    for lam in config["lambdas"]:
        # one stream for all λ: the same network function at each
        weights = lambda_balanced_weights(lam, **widths, rng=seeds.rng("start"), scale=config["scale"])
        rate, n_steps = config["learning_rate"], config["n_steps"]
        starts.add(lam=lam, learning_rate=rate, n_steps=n_steps, **drawn(weights, regression.sigma_yx))
    return {"data": examples, "ntk_entries": entries, "starts": starts}


def _task(data, run):
    return Task(run.sigma_yx, sigma_yy_trace=data["task/data"]["sigma_yy_trace"].iloc[0])


def _measured(data, trajectory):
    """Every observable of the figure by name, one of each a moment (K, ...)."""
    examples, entries = data["task/data"].iloc[0], data["task/ntk_entries"]
    kernel_rows, kernel_columns = entries["kernel_row"].to_numpy(), entries["kernel_column"].to_numpy()
    return {
        "loss": trajectory.loss(),
        "network_function": trajectory.network_function,
        "input_representation": trajectory.input_representation,
        "output_representation": trajectory.output_representation,
        "ntk": trajectory.ntk_entries(examples["x"], kernel_rows, kernel_columns),
    }


def _add(rows, run, steps, times, measured):
    widths = {"n_in": run.n_in, "n_out": run.n_out, "n_entries": measured["ntk"].shape[1]}
    rows.add(lam=run.lam, step=steps, t=times, **widths, **measured)


def theory(config, data):
    dynamics = Rows()
    for run in data["task/starts"].itertuples():
        steps = np.arange(0, run.n_steps + 1, config["record_every"])
        solution = exact_solution(run.w1, run.w2, _task(data, run), steps * run.learning_rate, lam=run.lam)
        _add(dynamics, run, steps, solution.times, _measured(data, solution))
    return {"dynamics": dynamics}


def simulation(config, data):
    dynamics, agreement = Rows(), Rows()
    for run in data["task/starts"].itertuples():
        exact = only(data["theory/dynamics"], lam=run.lam)
        steps, times, rate = exact["step"].to_numpy(), exact["t"].to_numpy(), run.learning_rate
        descent = gradient_descent(
            run.w1, run.w2, _task(data, run), learning_rate=rate, steps=run.n_steps, record_at=steps
        )
        few = thinned(steps, config["n_flow_times"])
        flow = gradient_flow(run.w1, run.w2, _task(data, run), times[few])
        measured, integrated, deviations = _measured(data, descent), _measured(data, flow), {}
        for name, values in measured.items():
            (reference,) = stacked(exact, name)
            deviations[f"deviation_{name}"] = deviation(values, reference)
            deviations[f"deviation_flow_{name}"] = deviation(integrated[name], reference[few])
        _add(dynamics, run, steps, times, measured)
        size = step_size(rate, run.lam, run.sigma_yx)
        agreement.add(lam=run.lam, **deviations, flow_balance_drift=flow.balance_drift, step_size=size)
    return {"dynamics": dynamics, "agreement": agreement}
