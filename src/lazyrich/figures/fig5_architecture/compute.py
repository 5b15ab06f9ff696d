"""fig5: architecture decides where a large relative scale is lazy (Domine et al. 2025, Fig. 5).

final     kernel distance from start to convergence against λ, for a funnel, a square and an inverted funnel:
          mean and standard deviation over random tasks and starts, the exact solution and, at some λ, descent
dynamics  the same distance over time for one draw: where λ is large and the network is not lazy, the kernel
          waits for a time of order λ/s̃² before it turns (delayed rich)
"""

import numpy as np

from ...linear.descent import simulate
from ...linear.initialisation import lambda_balanced_weights
from ...linear.riccati import exact_solution
from ...linear.tasks import task_from_correlation
from ...pipeline.common import add_start, deviation, grouped, run_row, start, starts, with_matching_sign
from ...pipeline.records import Records
from ...pipeline.sweep import in_blocks


def task(config, seeds):
    runs, records = [], Records()

    def add(panel, block, shape, lam, draw):
        n_in, n_hidden, n_out = config["shapes"][shape]
        # one stream for all λ: the same task and the same network function at each
        rng = seeds.rng(shape, draw)
        drawn = task_from_correlation(config["target_std"] * rng.standard_normal((n_out, n_in)))
        weights = lambda_balanced_weights(lam, n_in, n_hidden, n_out, rng=rng, scale=config["scale"])
        add_start(records, len(runs), with_matching_sign(weights, drawn.sigma_yx), drawn)
        rate = min(block["largest_rate"], block["relative_rate"] / abs(lam) if lam else np.inf)
        runs.append(
            run_row(panel, lam, (n_in, n_hidden, n_out), "lambda_balanced", rate, round(config["until"] / rate), draw)
        )

    for shape in config["shapes"]:
        for lam in config["lambdas"]:
            for draw in range(config["n_draws"]):
                add("final", config["final"], shape, lam, draw)
        for lam in config["dynamics"]["lambdas"]:
            add("dynamics", config["dynamics"], shape, lam, 0)
    return runs, records


def blocks(config, data, stage):
    """Runs of equal shape and λ of the sweep, those to be simulated or all."""
    groups = grouped(data.panel("final"), _shape_and_scale)
    asked = [runs for runs in groups if stage == "theory" or runs[0].lam in config["simulated_lambdas"]]
    return [block for runs in asked for block in in_blocks(runs)]


def theory_rows(config, data, runs):
    """Kernel distance at convergence, and the part of the task that is not learned, of each run."""
    rows = []
    for run in runs:
        solution = _solution(data, run, np.array([0, run.n_steps]))
        w1, w2 = solution.weights(-1)
        left = ((w2 @ w1 - solution.sigma_yx) ** 2).sum() / (solution.sigma_yx**2).sum()
        rows.append((solution.kernel_distance()[-1], left))
    return rows


def theory(config, data, rows):
    records = Records()
    for runs in grouped(data.panel("final"), _shape_and_scale):
        ends = []
        for run in runs:
            end, left = rows[run.run_id]
            ends.append(end)
            time = run.n_steps * run.learning_rate
            records.add(run.run_id, "theory", "final_distance", end, run.n_steps, time)
            records.add(run.run_id, "theory", "final_loss", left, run.n_steps, time)
        _summary(records, runs[0], "theory", ends)
        records.add(runs[0].run_id, "theory", "simulated", float(runs[0].lam in config["simulated_lambdas"]))
    for run in data.panel("dynamics"):
        n_records = config["dynamics"]["n_records"]
        steps = np.unique(np.geomspace(1, run.n_steps, n_records).round().astype(int))
        solution = _solution(data, run, steps)
        records.add(run.run_id, "theory", "kernel_distance", solution.kernel_distance(), steps, solution.times)
    return records


def _solution(data, run, steps):
    w1, w2, sigma_yx = start(data, run)
    return exact_solution(w1, w2, sigma_yx, steps * run.learning_rate, lam=run.lam)


def simulation_rows(config, data, runs):
    """Kernel distance at the end of descent of each run."""
    first = runs[0]
    w1, w2, sigma_yx = starts(data, runs)
    descent = simulate(
        w1,
        w2,
        sigma_yx,
        learning_rate=first.learning_rate,
        steps=first.n_steps,
        record_at=np.array([first.n_steps]),
    )
    return descent.kernel_distance()


def simulation(config, data, rows):
    records = Records()
    worst = {}
    for runs in grouped(data.panel("final"), _shape_and_scale):
        first = runs[0]
        if first.lam not in config["simulated_lambdas"]:
            continue
        ends = np.array([rows[run.run_id][0] for run in runs])
        for run, end in zip(runs, ends, strict=True):
            time = run.n_steps * run.learning_rate
            records.add(run.run_id, "simulation", "final_distance", end, run.n_steps, time)
        _summary(records, first, "simulation", ends)
        exact = np.array([data.number("final_distance", run.run_id, "theory") for run in runs])
        _deviations(records, worst, first, "final_distance", ends, exact)
    for run in data.panel("dynamics"):
        steps, times, exact = data.numbers("kernel_distance", run.run_id, "theory")
        w1, w2, sigma_yx = start(data, run)
        descent = simulate(w1, w2, sigma_yx, learning_rate=run.learning_rate, steps=run.n_steps, record_at=steps)
        distance = descent.kernel_distance()
        records.add(run.run_id, "simulation", "kernel_distance", distance, steps, times)
        _deviations(records, worst, run, "kernel_distance", distance, exact[:, 0])
    for (panel, *shape), value in worst.items():
        first = next(run for run in data.panel(panel) if _shape(run) == tuple(shape))
        records.add(first.run_id, "simulation", "deviation_worst", value)
    return records


def _deviations(records, worst, run, quantity, values, exact):
    """The relative deviation, and the absolute one of a distance that already is relative to the kernel."""
    absolute = float(np.abs(values - exact).max())
    records.add(run.run_id, "simulation", f"deviation_{quantity}", deviation(values, exact))
    records.add(run.run_id, "simulation", f"deviation_absolute_{quantity}", absolute)
    key = (run.panel, *_shape(run))
    worst[key] = max(worst.get(key, 0.0), absolute)


def _shape(run):
    return run.n_in, run.n_hidden, run.n_out


def _shape_and_scale(run):
    return _shape(run), run.lam


def _summary(records, first, source, ends):
    """Mean and standard deviation over the draws, on the group's first run."""
    records.add(first.run_id, source, "final_distance_mean", np.mean(ends))
    records.add(first.run_id, source, "final_distance_std", np.std(ends, ddof=1) if len(ends) > 1 else 0.0)
