"""figX5: every hidden width, from a bottleneck of one to wider than inputs and outputs.

A run is a shape, a hidden width and a λ for which λ-balanced weights exist, its draws are the steps.

map        kernel distance from start to convergence and what is learned of the task, over λ and width; at one |λ| of
           either sign, and at λ = 0, the time that takes
agreement  descent and, for the first draw, the integrated flow beside the exact solution
course     loss over time at one λ and several widths, for one draw
"""

import numpy as np

from ...linear.descent import simulate
from ...linear.flow import gradient_flow
from ...linear.initialisation import gaussian_weights, infeasible, weights_with_singular_values
from ...linear.riccati import exact_solution
from ...linear.tasks import task_from_correlation, task_from_singular_values
from ...linear.turning import expected_turn, kernel_turn, loss_plateau
from ...pipeline.common import RANGE, add_start, add_statistics, deviation, run_row, start, thinned, time_to_fall
from ...pipeline.records import Records


def task(config, seeds):
    runs, records = [], Records()
    agreement, course = config["agreement"], config["course"]
    draws = np.arange(max(config["n_draws"], course["draw"] + 1))
    tasks = {shape: [_task(config, seeds, shape, draw).sigma_yx for draw in draws] for shape in config["shapes"]}

    def weights(shape, n_hidden, lam, draw):
        return _draw(config, seeds, shape, n_hidden, lam, draw, tasks[shape][draw])

    def add(panel, shape, n_hidden, lam, rate=0.0, until=0.0):
        n_in, n_out = config["shapes"][shape]
        if infeasible(lam, n_in, n_hidden, n_out):
            return
        drawn = draws[: config["n_draws"]]
        starts = zip(*(weights(shape, n_hidden, lam, draw) for draw in drawn), strict=True)
        for name, matrices in zip(("w1", "w2"), starts, strict=True):
            records.add_matrices(len(runs), "task", name, np.array(matrices), drawn)
        if panel == "agreement" or not any(run["init"] == shape for run in runs):
            records.add_matrices(len(runs), "task", "sigma_yx", np.array(tasks[shape])[drawn], drawn)
        n_steps = round(until / rate) if rate else 0
        runs.append(run_row(panel, lam, (n_in, n_hidden, n_out), shape, rate, n_steps))

    for shape in config["shapes"]:
        for n_hidden in config["n_hidden"]:
            for lam in config["lambdas"]:
                add("map", shape, n_hidden, lam)
            for lam in agreement["lambdas"]:
                add("agreement", shape, n_hidden, lam, agreement["learning_rate"], agreement["until"])
    shape, lam, draw = course["shape"], course["lambda"], course["draw"]
    rate = course["relative_rate"] / abs(lam)
    for n_hidden in course["n_hidden"]:
        n_in, n_out = config["shapes"][shape]
        learned = task_from_correlation(tasks[shape][draw])
        add_start(records, len(runs), weights(shape, n_hidden, lam, draw), learned)
        runs.append(run_row("course", lam, (n_in, n_hidden, n_out), shape, rate, round(course["until"] / rate), draw))
    return runs, records


def singular_values(config, shape):
    """s̃ in equal steps from the strongest to the weakest, as many as the smaller of inputs and outputs."""
    return np.linspace(config["strongest"], config["weakest"], min(config["shapes"][shape]))


def _task(config, seeds, shape, draw):
    rng = seeds.rng("task", shape, draw)
    return task_from_singular_values(singular_values(config, shape), *config["shapes"][shape], rng=rng)


def _draw(config, seeds, shape, n_hidden, lam, draw, sigma_yx):
    """A start of Algorithm 1, its directions drawn and not an SVD's choice; one function and directions at every λ."""
    n_in, n_out = config["shapes"][shape]
    rng = seeds.rng("strengths", shape, n_hidden, draw)
    first, second = gaussian_weights(n_in, n_hidden, n_out, std=config["scale"], rng=rng)
    s = np.linalg.svd(second @ first, compute_uv=False)[: min(n_in, n_hidden, n_out)]
    rng = seeds.rng("directions", shape, n_hidden, draw)
    weights = weights_with_singular_values(lam, s, n_in, n_hidden, n_out, rng=rng)
    if n_in == n_out <= n_hidden and np.linalg.det(weights.w2 @ weights.w1) * np.linalg.det(sigma_yx) < 0:
        weights.w1[:, 0] *= -1  # the parity saddle is figE2's subject
    return weights


def _starts(data, run):
    """(w1, w2, Σyx) of every draw; the tasks of a shape are stored with its first run."""
    first = next(other for other in data.runs if other.init == run.init)
    w1, w2 = (data.matrices(name, run.run_id, "task")[2] for name in ("w1", "w2"))
    return w1, w2, data.matrices("sigma_yx", first.run_id, "task")[2]


def theory(config, data):
    records = Records()
    records.add(0, "theory", "delay_lambda", config["delay"]["lambda"])
    for run in data.panel("map"):
        _converged(config, data, records, run)
        if abs(run.lam) in (0, config["delay"]["lambda"]):
            _delayed(config, data, records, run)
    for run in data.panel("agreement"):
        steps = _recorded(config, run)
        solutions = _solutions(data, run, steps * run.learning_rate)
        for name in ("loss", "kernel_distance"):
            values = np.array([getattr(solution, name)() for solution in solutions])
            records.add(run.run_id, "theory", name, values.T, steps, steps * run.learning_rate)
    for run in data.panel("course"):
        w1, w2, sigma_yx = start(data, run)
        steps = np.unique(np.geomspace(1, run.n_steps, config["course"]["n_records"]).round().astype(int))
        solution = exact_solution(w1, w2, sigma_yx, steps * run.learning_rate, lam=run.lam)
        unit = (sigma_yx**2).sum() / 2
        records.add(run.run_id, "theory", "loss", solution.loss() / unit, steps, solution.times)
        records.add(run.run_id, "theory", "plateau", loss_plateau(w1, w2, sigma_yx, run.lam))
        records.add(run.run_id, "theory", "floor", _floor(config, run) / unit)
    return records


def _solutions(data, run, times):
    starts = zip(*_starts(data, run), strict=True)
    return [exact_solution(w1, w2, sigma_yx, times, lam=run.lam) for w1, w2, sigma_yx in starts]


def _floor(config, run):
    """½ Σ s̃² of the modes beyond the hidden width: the least loss of a rank N_h (Eckart and Young)."""
    return (singular_values(config, run.init)[run.n_hidden :] ** 2).sum() / 2


def _converged(config, data, records, run):
    solutions = _solutions(data, run, np.array([0.0, config["until"]]))
    distance = np.array([solution.kernel_distance()[-1] for solution in solutions])
    records.add(run.run_id, "theory", "final_distance", distance, np.arange(distance.size))
    add_statistics(records, run.run_id, "theory", "final_distance", distance)
    final = np.array([solution.loss()[-1] for solution in solutions])
    floor, unit = _floor(config, run), (singular_values(config, run.init) ** 2).sum() / 2
    records.add(run.run_id, "theory", "floor", floor / unit)
    records.add(run.run_id, "theory", "floor_reached", final.mean() / unit)
    records.add(run.run_id, "theory", "floor_excess", np.abs(final - floor).max() / unit)
    # the share of each mode that W2W1 has learned against 1 for the first N_h, 0 for the others
    target = np.arange(min(run.n_in, run.n_out)) < run.n_hidden
    shares = np.array([_learned(config, run, solution) for solution in solutions])
    records.add(run.run_id, "theory", "modes_wrong", np.abs(shares - target).max())
    if run.lam == 0:
        return
    law = np.array([kernel_turn(*starting, run.lam) for starting in zip(*_starts(data, run), strict=True)])
    records.add(run.run_id, "theory", "law_gap", np.abs(law - distance).max())
    expected = expected_turn(run.n_hidden, _large(run), target.size)
    records.add(run.run_id, "theory", "expected_distance", expected)
    if expected > 0:
        error = law.std(ddof=1) / np.sqrt(law.size)
        records.add(run.run_id, "theory", "expected_z", (law.mean() - expected) / error)
    if abs(run.lam) == max(config["lambdas"]):
        records.add(run.run_id, "theory", f"distance_{_regime(run)}", distance.mean())


def _large(run):
    """The outer width that faces the large layer."""
    return run.n_out if run.lam > 0 else run.n_in


def _regime(run):
    """Where a large |λ| is lazy: the large layer spans all its inputs, or outputs, and has nothing to turn to."""
    return "rich" if run.lam == 0 else "lazy" if run.n_hidden == _large(run) else "delayed"


def _learned(config, run, solution):
    u, s, vt = np.linalg.svd(solution.sigma_yx, full_matrices=False)
    return ((u.T @ solution.network_function[-1]) * vt).sum(-1) / s


def _delayed(config, data, records, run):
    """Times at which the loss is within `learned` of its floor, in units of ½‖Σyx‖²."""
    delay, unit = config["delay"], (singular_values(config, run.init) ** 2).sum() / 2
    times = np.geomspace(delay["least"], delay["largest"], delay["n_times"])
    excess = np.array([solution.loss() for solution in _solutions(data, run, times)]) - _floor(config, run)
    learned = time_to_fall(times, np.maximum(excess, 1e-300), delay["learned"] * unit)
    records.add(run.run_id, "theory", "not_learned", (learned >= times[-1]).sum())
    add_statistics(records, run.run_id, "theory", "log_time", np.log10(learned))
    records.add(run.run_id, "theory", f"time_{_regime(run)}", 10 ** np.log10(learned).mean())


def _recorded(config, run):
    return np.unique(np.geomspace(1, run.n_steps, config["agreement"]["n_records"]).round().astype(int))


def simulation(config, data):
    records = Records()
    for run in data.panel("agreement"):
        w1, w2, sigma_yx = _starts(data, run)
        steps = _recorded(config, run)
        descent = simulate(w1, w2, sigma_yx, learning_rate=run.learning_rate, steps=run.n_steps, record_at=steps)
        few = thinned(steps, config["agreement"]["n_flow_times"])
        flow = gradient_flow(w1[0], w2[0], sigma_yx[0], steps[few] * run.learning_rate)
        for name, gap in (("loss", deviation), ("kernel_distance", _difference)):
            exact = data.numbers(name, run.run_id, "theory")[2].T  # (draws, K)
            by_draw = [gap(a, b) for a, b in zip(getattr(descent, name)(), exact, strict=True)]
            records.add(run.run_id, "simulation", f"deviation_{name}", by_draw, np.arange(len(by_draw)))
            add_statistics(records, run.run_id, "simulation", f"deviation_{name}", by_draw, RANGE)
            records.add(run.run_id, "flow", f"deviation_{name}", gap(getattr(flow, name)(), exact[0, few]))
    for run in data.panel("course"):
        w1, w2, sigma_yx = start(data, run)
        steps, times, exact = data.numbers("loss", run.run_id, "theory")
        descent = simulate(w1, w2, sigma_yx, learning_rate=run.learning_rate, steps=run.n_steps, record_at=steps)
        loss = descent.loss() / ((sigma_yx**2).sum() / 2)
        records.add(run.run_id, "simulation", "loss", loss, steps, times)
        records.add(run.run_id, "simulation", "deviation_loss", deviation(loss, exact[:, 0]))
    return records


def _difference(distance, exact):
    """Of distances that already are relative to the kernel."""
    return float(np.abs(distance - exact).max())
