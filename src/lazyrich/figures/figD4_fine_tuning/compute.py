"""figD4: fine-tuning, after a change of the relative scale that keeps the network function.

A network is pre-trained at λ_PT until it has learned task 1. Its weights are then replaced by weights of the same W2W1
at another relative scale, λ_FT, and it learns task 2. Three parts, of which the last two are one after the other:

pretraining grid, grid   losses over time for every pair of λ_PT and λ_FT, one pair of tasks
pretraining              many pairs of tasks at one λ_PT
<shape>                  of these, the time at which the loss of task 2 has fallen to a threshold, and how far
                         the kernel moves from the change to convergence, against λ_FT

The square network has its pairs twice: as drawn but for a mirror image that gives det Σ1 and det Σ2 one sign
('square'), and opposite signs ('opposite'), where the way from Σ1 to Σ2 passes a saddle.

Pre-training is task 0 and fine-tuning task 1. The clock of the second starts at the change: its times span decades.
"""

import numpy as np

from ...linear.descent import simulate
from ...linear.initialisation import lambda_balanced_weights, weights_with_function
from ...linear.passage import time_to_loss
from ...linear.riccati import exact_solution
from ...linear.sequence import TaskSequence
from ...linear.tasks import task_from_correlation, task_from_singular_values
from ...pipeline.common import add_sequence, deviation, grouped, run_row, sequence, thinned, with_matching_sign
from ...pipeline.records import Records
from .fine_tuning import MEASURED, SIGNS, add_lazy_times, add_measured, add_summary, is_delayed, shapes, time_to_pass

TASKS = 2


def task(config, seeds):
    runs, records = [], Records()

    def pretraining(panel, lam, group, draw):
        widths = shapes(config)[group]
        # the pairs of both squares are the same up to the mirror image
        rng = seeds.rng("square" if group in SIGNS else group, draw)
        tasks = _pair(config, group, widths, rng)
        weights = lambda_balanced_weights(lam, *widths, rng=rng, scale=config["scale"])
        run_id, rate = len(runs), _rate(config, lam, widths)
        add_sequence(records, run_id, with_matching_sign(weights, tasks[0].sigma_yx), tasks)
        # the hidden rotation of the weights after the change, which no observable sees
        records.add(run_id, "task", "rotation_seed", rng.integers(2**31))
        n_steps = round(config["pretraining_until"] / rate)
        runs.append(run_row(panel, lam, widths, "lambda_balanced", rate, n_steps, draw))
        return run_id

    def fine_tuning(panel, lam, group, draw, pretrained_by):
        widths = shapes(config)[group]
        rate = _rate(config, lam, widths)
        until = config["until"] * (max(1.0, abs(lam)) if is_delayed(lam, widths) else 1.0)
        records.add(len(runs), "task", "pretrained_by", pretrained_by)
        records.add(len(runs), "task", "step_size", rate * np.hypot(lam, 2 * max(config["singular_values"])))
        runs.append(run_row(panel, lam, widths, "pretrained", rate, round(until / rate), draw))

    for lam_pt in config["grid"]["pretraining_lambdas"]:
        run_id = pretraining("pretraining grid", lam_pt, "square", 0)
        for lam in config["grid"]["lambdas"]:
            fine_tuning("grid", lam, "square", 0, run_id)
    for group in shapes(config):
        draws = range(config["n_draws"])
        pretrained = [pretraining("pretraining", config["pretraining_lambda"], group, draw) for draw in draws]
        for lam in config["lambdas"]:
            if lam == 0 and group == "opposite":
                continue  # a saddle, not the task
            for draw in draws:
                fine_tuning(group, lam, group, draw, pretrained[draw])
    return runs, records


def _pair(config, group, widths, rng):
    n_in, _, n_out = widths
    s = config["singular_values"]
    first, second = (task_from_singular_values(s, n_in, n_out, rng=rng) for _ in range(TASKS))
    sign = np.linalg.det(first.sigma_yx) * np.linalg.det(second.sigma_yx) if group in SIGNS else 1.0
    if sign * SIGNS.get(group, 1.0) < 0:
        mirror = np.ones(n_in)
        mirror[0] = -1.0
        second = task_from_correlation(second.sigma_yx * mirror)
    return first, second


def _rate(config, lam, widths):
    """η of a run, in units of its fastest rate; larger where the delay is long, and only the slow phase is measured."""
    relative = config["delayed_relative_rate" if is_delayed(lam, widths) else "relative_rate"]
    return min(config["largest_rate"], relative / np.hypot(lam, 2 * max(config["singular_values"])))


def _steps(run, n):
    """Steps of a run in about equal ratios, the first and the last among them."""
    return np.unique(np.append(0, np.geomspace(1, run.n_steps, n).round())).astype(int)


def theory(config, data):
    records, functions, kept = Records(), {}, []
    for run in data.panel("pretraining grid") + data.panel("pretraining"):
        w1, w2, tasks = sequence(data, run, TASKS)
        steps = _steps(run, config["grid"]["n_records"])
        solution = TaskSequence(tasks[:1]).exact(w1, w2, steps * run.learning_rate, lam=run.lam)[0]
        w1, w2 = solution.weights(-1)
        functions[run.run_id] = w2 @ w1
        _pretrained(records, run, "theory", steps, solution.loss(), functions[run.run_id], tasks[0])
    curves = []
    for run in data.panel("grid"):
        (w1, w2), sigma_2 = _start(data, run, functions, kept)
        steps = _steps(run, config["grid"]["n_records"])
        solution = TaskSequence([sigma_2]).exact(w1, w2, steps * run.learning_rate, lam=run.lam)[0]
        curves.append(_curve(records, run, "theory", steps, solution.loss()))
    _spread(records, data, "theory", curves)
    for group in shapes(config):
        measured = {}
        for run in data.panel(group):
            (w1, w2), sigma_2 = _start(data, run, functions, kept)
            end = np.array([run.n_steps * run.learning_rate])
            level = config["threshold"] * ((w2 @ w1 - sigma_2) ** 2).sum() / 2
            time = time_to_loss(w1, w2, sigma_2, level, lam=run.lam)
            if time > end[0]:
                raise ValueError(
                    f"figD4.until = {config['until']:g} is too short: at λ = {run.lam:g} in panel {group!r} the loss "
                    f"passes the threshold at t = {time:.3g}, and the run ends at t = {end[0]:.3g}"
                )
            distance = exact_solution(w1, w2, sigma_2, end, lam=run.lam).kernel_distance()[0]
            add_measured(records, run, "theory", measured, time, distance)
        add_summary(config, records, data, group, "theory", measured)
    first = data.panel("grid")[0].run_id
    records.add(first, "theory", "deviation_function_kept", max(kept))
    records.add(first, "theory", "threshold", config["threshold"])
    add_lazy_times(config, records, data)
    return records


def _start(data, run, functions, kept):
    """Where fine-tuning starts, and Σ2: the function at the end of pre-training at the run's own relative scale."""
    pretrained = data.runs[int(data.number("pretrained_by", run.run_id, "task"))]
    function = functions[pretrained.run_id]
    rng = np.random.default_rng(int(data.number("rotation_seed", pretrained.run_id, "task")))
    weights = weights_with_function(function, run.lam, run.n_hidden, rng=rng)
    kept.append(deviation(weights.w2 @ weights.w1, function))
    return weights, data.matrix("sigma_yx", pretrained.run_id, task_index=1)


def _pretrained(records, run, source, steps, loss, function, sigma_1):
    """How far the function is from task 1 at the end, and the loss over time, in units of that of the map 0."""
    records.add(run.run_id, source, "deviation_task_learned", deviation(function, sigma_1))
    loss = loss / (0.5 * (sigma_1**2).sum())
    if run.panel == "pretraining grid":
        records.add(run.run_id, source, "loss", loss, steps, steps * run.learning_rate)
    return loss


def _curve(records, run, source, steps, loss):
    """Loss of task 2 over time, in units of its value at the change."""
    loss = loss / loss[0]
    records.add(run.run_id, source, "loss", loss, steps, steps * run.learning_rate, task_index=1)
    return loss


def _spread(records, data, source, curves):
    """The largest difference between two λ_PT over time and λ_FT, in units of the loss at the change."""
    pairs = list(zip(data.panel("grid"), curves, strict=True))
    groups = grouped(pairs, lambda pair: pair[0].lam)
    spread = max(np.ptp([curve for _, curve in group], axis=0).max() for group in groups)
    records.add(data.panel("grid")[0].run_id, source, "spread_pretraining", spread)


def simulation(config, data):
    records, functions, kept = Records(), {}, []
    for run in data.panel("pretraining grid"):
        w1, w2, tasks = sequence(data, run, TASKS)
        steps, _, exact = data.numbers("loss", run.run_id, "theory")
        descent = _descend([run], [w1], [w2], tasks[:1], steps)
        functions[run.run_id] = descent.network_function[0, -1]
        loss = _pretrained(records, run, "simulation", steps, descent.loss()[0], functions[run.run_id], tasks[0])
        records.add(run.run_id, "simulation", "deviation_loss", _difference(loss, exact))
    for runs in grouped(data.panel("pretraining"), lambda run: (run.n_in, run.n_out)):
        w1, w2, tasks = (list(part) for part in zip(*(sequence(data, run, TASKS) for run in runs), strict=True))
        sigma_1, steps = [first for first, _ in tasks], np.array([runs[0].n_steps])
        descent = _descend(runs, w1, w2, sigma_1, steps)
        for k, run in enumerate(runs):
            functions[run.run_id] = descent.network_function[k, -1]
            _pretrained(records, run, "simulation", steps, descent.loss()[k], functions[run.run_id], sigma_1[k])
    curves, worst = [], 0.0
    for run in data.panel("grid"):
        (w1, w2), sigma_2 = _start(data, run, functions, kept)
        steps, _, exact = data.numbers("loss", run.run_id, "theory", task_index=1)
        descent = _descend([run], [w1], [w2], [sigma_2], steps)
        curves.append(_curve(records, run, "simulation", steps, descent.loss()[0]))
        off = _difference(curves[-1], exact)
        worst = max(worst, off)
        records.add(run.run_id, "simulation", "deviation_loss", off, task_index=1)
    _spread(records, data, "simulation", curves)
    first = data.panel("grid")[0].run_id
    records.add(first, "simulation", "deviation_loss_worst", worst)
    for group in shapes(config):
        measured, worst = {}, dict.fromkeys(MEASURED, 0.0)
        for runs in grouped(data.panel(group), lambda run: run.lam):
            if runs[0].lam not in config["simulated_lambdas"]:
                continue
            weights, sigma_2 = zip(*(_start(data, run, functions, kept) for run in runs), strict=True)
            w1, w2 = zip(*weights, strict=True)
            steps = _steps(runs[0], config["n_looks"])
            descent = _descend(runs, w1, w2, sigma_2, steps)
            times = time_to_pass(config["threshold"], descent.times, descent.loss())
            for run, time, distance in zip(runs, times, descent.kernel_distance()[:, -1], strict=True):
                add_measured(records, run, "simulation", measured, time, distance)
            for name in MEASURED:
                exact = [data.number(name, run.run_id, "theory", task_index=1) for run in runs]
                descended = np.array(measured[runs[0].lam][name])
                # times relative to each; distances as they are, which is relative to the kernel
                off = np.abs(descended - exact) / (exact if name == "time_to_threshold" else 1.0)
                worst[name] = max(worst[name], off.max())
                records.add(runs[0].run_id, "simulation", f"deviation_{name}", off.max())
        add_summary(config, records, data, group, "simulation", measured)
        for name, value in worst.items():
            records.add(data.panel(group)[0].run_id, "simulation", f"deviation_{name}_worst", value)
    records.add(first, "simulation", "deviation_function_kept", max(kept))
    _flow(config, records, data)
    return records


def _descend(runs, w1, w2, sigma_yx, steps):
    """Gradient descent of runs that share η and their steps, recorded at `steps`."""
    arrays = (np.array(part) for part in (w1, w2, sigma_yx))
    return simulate(*arrays, learning_rate=runs[0].learning_rate, steps=runs[0].n_steps, record_at=steps)


def _difference(loss, exact):
    """Largest difference of losses that both are in units of the first."""
    return float(np.abs(loss - exact[:, 0]).max())


def _flow(config, records, data):
    """The whole sequence by the reference integrator at some of the recorded times, for the grid."""
    functions, worst = {}, 0.0
    for run in data.panel("pretraining grid"):
        w1, w2, tasks = sequence(data, run, TASKS)
        w1, w2 = TaskSequence(tasks[:1]).flow(w1, w2, [0, run.n_steps * run.learning_rate])[0].weights(-1)
        functions[run.run_id] = w2 @ w1
    for run in data.panel("grid"):
        (w1, w2), sigma_2 = _start(data, run, functions, [])
        _, times, exact = data.numbers("loss", run.run_id, "theory", task_index=1)
        some = thinned(times, config["grid"]["n_flow_times"])
        some = np.append(0, some[some > 0])
        loss = TaskSequence([sigma_2]).flow(w1, w2, times[some])[0].loss()
        worst = max(worst, _difference(loss / loss[0], exact[some]))
    records.add(data.panel("grid")[0].run_id, "flow", "deviation_loss_worst", worst)
