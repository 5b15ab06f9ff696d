"""fig1: a minimal model of rich and lazy (Domine et al. 2025, Fig. 1).

dynamics  outputs ŷ = W2W1X over time, one an (output, example) pair, from λ-balanced starts with the same small
          network function at each λ
random    W2ᵀW2 − W1W1ᵀ of LeCun initialisation at one ratio of widths, ever wider, and what it is expected to be
"""

import numpy as np

from ...linear.descent import simulate
from ...linear.flow import gradient_flow
from ...linear.initialisation import lambda_balanced_weights, layer_variances, standard_weights
from ...linear.random_start import expected, measured, relative_distance
from ...linear.riccati import exact_solution
from ...linear.tasks import random_regression
from ...pipeline.common import add_start, deviation, run_row, start, thinned
from ...pipeline.records import Records

SCHEME = "lecun"


def task(config, seeds):
    widths = {k: config[k] for k in ("n_in", "n_hidden", "n_out")}
    regression = random_regression(
        config["n_in"],
        config["n_out"],
        config["n_examples"],
        rng=seeds.rng("task"),
        target_std=np.sqrt(config["target_variance"]),
    )
    runs, records = [], Records()
    for lam in config["lambdas"]:
        # one stream for all λ: the same network function at each
        rng, scale = seeds.rng("start"), np.sqrt(config["weight_variance"])
        add_start(records, len(runs), lambda_balanced_weights(lam, **widths, rng=rng, scale=scale), regression)
        records.add_matrices(len(runs), "task", "x", regression.x)
        runs.append(
            run_row("dynamics", lam, widths.values(), "lambda_balanced", config["learning_rate"], config["n_steps"])
        )
    for factor in config["random"]["factors"]:
        shape = [factor * n for n in config["random"]["widths"]]
        w1, w2 = standard_weights(SCHEME, *shape, rng=seeds.rng("random", factor))
        shown = slice(config["random"]["n_shown"])
        records.add_matrices(len(runs), "task", "balance", (w2.T @ w2 - w1 @ w1.T)[shown, shown])
        for name, value in measured(w1, w2)._asdict().items():
            records.add(len(runs), "task", name, value)
        runs.append(run_row("random", expected(*shape, layer_variances(SCHEME, *shape)).lam, shape, SCHEME))
    return runs, records


def _outputs(data, run, trajectory):
    """Ŷ = W2W1X as (K, n_out·P)."""
    outputs = trajectory.network_function @ data.matrix("x", run.run_id)
    return outputs.reshape(len(outputs), -1)


def theory(config, data):
    records = Records()
    for run in data.panel("dynamics"):
        steps = np.arange(0, run.n_steps + 1, config["record_every"])
        w1, w2, sigma_yx = start(data, run)
        solution = exact_solution(w1, w2, sigma_yx, steps * run.learning_rate, lam=run.lam)
        records.add(run.run_id, "theory", "outputs", _outputs(data, run, solution), steps, solution.times)
    for run in data.panel("random"):
        shape = run.n_in, run.n_hidden, run.n_out
        moments = expected(*shape, layer_variances(SCHEME, *shape))
        records.add(run.run_id, "theory", "lam", moments.lam)
        records.add(run.run_id, "theory", "diagonal_std", np.sqrt(moments.diagonal))
        records.add(run.run_id, "theory", "off_diagonal_std", np.sqrt(moments.off_diagonal))
        distance = relative_distance(moments.distance, run.n_hidden, moments.lam)
        records.add(run.run_id, "theory", "relative_distance", distance)
        n_shown = min(config["random"]["n_shown"], run.n_hidden)
        records.add_matrices(run.run_id, "theory", "balance", moments.lam * np.eye(n_shown))
    return records


def simulation(config, data):
    records = Records()
    runs = data.panel("dynamics")
    steps, times, _ = data.numbers("outputs", runs[0].run_id, "theory")
    few = thinned(steps, config["n_flow_times"])
    starts = [start(data, run) for run in runs]
    w1, w2, sigma_yx = (np.array(part) for part in zip(*starts, strict=True))
    descent = simulate(w1, w2, sigma_yx, learning_rate=config["learning_rate"], steps=steps[-1], record_at=steps)
    learned = []
    for k, run in enumerate(runs):
        outputs = descent.network_function[k] @ data.matrix("x", run.run_id)
        outputs = outputs.reshape(len(steps), -1)
        exact = data.numbers("outputs", run.run_id, "theory")[2]
        records.add(run.run_id, "simulation", "outputs", outputs, steps, times)
        records.add(run.run_id, "simulation", "deviation_outputs", deviation(outputs, exact))
        flow = gradient_flow(*starts[k], times[few])
        records.add(run.run_id, "flow", "deviation_outputs", deviation(_outputs(data, run, flow), exact[few]))
        late = np.abs(outputs - outputs[-1]).max(1) > 0.01 * np.abs(outputs[-1]).max()
        learned.append(times[np.flatnonzero(late)[-1] + 1])
        records.add(run.run_id, "simulation", "learned_after", learned[-1])  # all outputs within 1 % of their end
    records.add(runs[0].run_id, "simulation", "shown_until", min(config["shown_beyond"] * max(learned), times[-1]))
    for run in data.panel("random"):
        squared, lam = (data.number(name, run.run_id, "task") for name in ("distance", "lam"))
        records.add(run.run_id, "simulation", "relative_distance", relative_distance(squared, run.n_hidden, lam))
        for name in ("diagonal", "off_diagonal"):
            records.add(run.run_id, "simulation", f"{name}_std", np.sqrt(data.number(name, run.run_id, "task")))
    return records
