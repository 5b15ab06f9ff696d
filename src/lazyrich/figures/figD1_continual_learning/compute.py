"""figD1: continual learning, what is forgotten and how fast (Domine et al. 2025, Section 6; Braun et al. 2022).

chain        random regressions, one after the other, at each of a few λ: W2W1, every task's loss, and what each switch
             costs every task against `linear.forgetting`, the same for all λ; at which rate it is lost
gaussian     the same sequences by theory alone at many λ ≠ 0, each stage long enough for the slowest mode: the time
             after a switch to forget half, and the kernel distance of the switch, against λ
conditioned  tasks with singular values in an interval and determinants of one sign, so that λ = 0 takes part
opposite     the same at λ = 0 with the second task mirrored: det W2W1 would have to change its sign, and cannot

`step` and `t` count from the start of the sequence, `task_index` is the task being learned. Vectors of length n_tasks
hold one entry a task: whose loss, or whose forgetting, it is.
"""

import numpy as np

from ...linear.initialisation import lambda_balanced_weights
from ...linear.sequence import TaskSequence
from ...linear.tasks import random_regression, task_from_correlation, task_from_singular_values
from ...linear.trajectory import Trajectory
from ...pipeline.common import add_sequence, deviation, run_row, sequence, thinned, with_matching_sign
from ...pipeline.records import Records
from .continual import (
    clock,
    exact_stages,
    excess,
    forgetting_formula,
    measured_forgetting,
    record_descent_rate,
    record_deviation,
    record_forgetting,
    record_over_all,
    record_rate,
    record_switches,
    switches,
)


def task(config, seeds):
    runs, records, n = [], Records(), config["size"]
    switched, tasks = config["conditioned"], range(config["n_tasks"])

    def add(panel, draw, lam, drawn, rate, n_steps):
        weights = lambda_balanced_weights(lam, n, n, n, rng=seeds.rng("start", draw), scale=config["scale"])
        if panel in ("conditioned", "opposite"):
            weights = with_matching_sign(weights, drawn[0].sigma_yx)
        add_sequence(records, len(runs), weights, drawn)
        runs.append(run_row(panel, lam, (n, n, n), "lambda_balanced", rate, n_steps, draw))

    for draw in range(config["n_draws"]):
        regressions = [_regression(config, seeds.rng("task", draw, k)) for k in tasks]
        for lam in config["lambdas"]:
            add("chain", draw, lam, regressions, config["learning_rate"], config["n_steps"])
        alike = [_conditioned(config, seeds.rng("conditioned", draw, k)) for k in tasks]
        for lam in switched["lambdas"]:
            rate = switched["largest_rate"]
            if lam:
                rate = min(rate, switched["relative_rate"] / abs(lam))
                slowest = config["learning_rate"] * config["n_steps"] / min(1, abs(lam))
                add("gaussian", draw, lam, regressions, rate, round(slowest / rate))
            add("conditioned", draw, lam, alike, rate, round(switched["until"] / rate))
        opposite, rate = [alike[0], _with_sign(alike[1], -1)], config["zero"]["learning_rate"]
        add("opposite", draw, 0.0, opposite, rate, round(switched["until"] / rate))
    records.add(0, "task", "shown_lambda", config["shown_lambda"])
    records.add(0, "task", "simulated_lambdas", switched["simulated_lambdas"])
    records.add(0, "task", "n_shown", config["zero"]["n_shown"])
    return runs, records


def _regression(config, rng):
    size, examples = config["size"], config["n_examples"]
    return random_regression(size, size, examples, rng=rng, target_std=config["target_std"])


def _conditioned(config, rng):
    """A task with singular values drawn from the interval, and det Σyx > 0."""
    values = np.sort(rng.uniform(*config["conditioned"]["singular_values"], config["size"]))[::-1]
    return _with_sign(task_from_singular_values(values, config["size"], config["size"], rng=rng), 1)


def _with_sign(drawn, sign):
    """The task, mirrored in one input if det Σyx has not this sign."""
    mirror = np.ones(drawn.sigma_yx.shape[1])
    mirror[0] = sign * np.sign(np.linalg.det(drawn.sigma_yx))
    return task_from_correlation(drawn.sigma_yx * mirror)


def _n_tasks(config, run):
    return 2 if run.panel == "opposite" else config["n_tasks"]


def _steps(config, run):
    """Recorded steps of one stage: every one of what is drawn and a few to the end, or equal ratios of time."""
    if run.panel == "chain":
        drawn = round(config["shown"] / run.learning_rate)
        return np.append(np.arange(drawn), np.linspace(drawn, run.n_steps, 20).round().astype(int))
    return np.unique(np.append(0, np.geomspace(1, run.n_steps, config["conditioned"]["n_times"])).round().astype(int))


def theory(config, data):
    records, costs, switched = Records(), {}, {}
    for run in data.runs:
        steps = _steps(config, run)
        sigmas, stages = exact_stages(data, run, _n_tasks(config, run), steps)
        if run.panel == "opposite":
            _record_saddle(config, records, run, "theory", sigmas, stages[1], steps)
            continue
        _measure(records, data, run, "theory", sigmas, stages, steps, costs, switched)
        for k, formula in enumerate(forgetting_formula(sigmas), start=1):
            records.add(run.run_id, "theory", "forgetting_formula", formula, k * run.n_steps, task_index=k)
        if run.panel == "chain" and run.draw == 0:
            _record_curves(config, records, run, "theory", sigmas, stages, steps)
            record_rate(config, records, run, sigmas, stages, steps)
        if run.panel == "conditioned" and run.lam == 0:
            _record_saddle(config, records, run, "theory", sigmas, stages[1], steps)
    _record_statistics(records, data, "theory", costs, switched)
    for run in data.panel("gaussian"):
        if run.draw == 0:
            # |λ| → ∞: W2W1 nears its task as e^(−|λ|t), so that the loss of the last one grows as (1 − e^(−|λ|t))²
            records.add(run.run_id, "theory", "half_time_limit", np.log(2 + np.sqrt(2)) / abs(run.lam))
    return records


def _measure(records, data, run, source, sigmas, stages, steps, costs, switched):
    """What a sequence forgets, recorded; it and the switches are kept by panel and λ for the statistics."""
    ends = [stage.network_function[-1] for stage in stages]
    cost = measured_forgetting(data, run, sigmas, ends)
    record_forgetting(records, run, source, sigmas, ends, cost)
    costs.setdefault((run.panel, run.lam), []).append(cost)
    switched.setdefault((run.panel, run.lam), []).append(switches(run, sigmas, stages, steps))


def _record_statistics(records, data, source, costs, switched):
    """Over draws, at each λ; and over all λ of a panel."""
    for panel in sorted({panel for panel, _ in costs}):
        first = data.panel(panel)[0].run_id
        record_over_all(records, first, source, np.array([cost for (name, _), cost in costs.items() if name == panel]))
        for run in data.panel(panel):
            if run.draw == 0 and (panel, run.lam) in switched:
                record_switches(records, run.run_id, source, switched[panel, run.lam])


def _record_curves(config, records, run, source, sigmas, stages, steps):
    """W2W1 at the λ that is shown, and every task's loss, over the drawn part of each stage."""
    drawn = steps * run.learning_rate <= config["shown"]
    for k, stage in enumerate(stages):
        at, t = clock(run, k, steps[drawn])
        function = stage.network_function[drawn]
        records.add(run.run_id, source, "losses", excess(function, sigmas), at, t, task_index=k)
        if run.lam == config["shown_lambda"]:
            records.add(run.run_id, source, "network_function", function.reshape(at.size, -1), at, t, task_index=k)


def _record_saddle(config, records, run, source, sigmas, stage, steps):
    """Loss of the second task while it is learned at λ = 0. Stuck, it is at least half of s̃_min²."""
    times, values, zero = steps * run.learning_rate, stage.loss(), config["zero"]
    shown = times <= zero["shown"]
    if run.draw < zero["n_shown"]:
        records.add(run.run_id, source, "loss_second", values[shown], *clock(run, 1, steps[shown]), task_index=1)
    stuck = np.linalg.svd(sigmas[1], compute_uv=False)[-1] ** 2 / 2
    records.add(run.run_id, source, "loss_over_saddle_shown", values[shown][-1] / stuck)
    if run.panel == "opposite":
        records.add(run.run_id, source, "loss_over_saddle", values[times <= zero["stuck_until"]].min() / stuck)
        if source == "simulation" and (values < stuck / 2).any():
            records.add(run.run_id, source, "leaves_at", times[np.argmax(values < stuck / 2)])
        if source == "theory":
            records.add(run.run_id, source, "saddle", stage.diagnostics.saddle)
            if stage.diagnostics.saddle:
                records.add(run.run_id, source, "horizon", stage.diagnostics.horizon)


def simulation(config, data):
    records, costs, switched = Records(), {}, {}
    lams = {"chain": config["lambdas"], "conditioned": config["conditioned"]["simulated_lambdas"], "opposite": [0]}
    for panel in lams:
        for lam in lams[panel]:
            runs = [run for run in data.panel(panel) if run.lam == lam]
            steps = _steps(config, runs[0])
            for run, stages in zip(runs, _descend(config, data, runs, steps), strict=True):
                sigmas, exact = exact_stages(data, run, _n_tasks(config, run), steps)
                if run.panel == "opposite":
                    _record_saddle(config, records, run, "simulation", sigmas, stages[1], steps)
                    continue
                _measure(records, data, run, "simulation", sigmas, stages, steps, costs, switched)
                record_deviation(records, run, sigmas, stages, exact)
                if panel == "chain" and run.draw == 0:
                    _record_curves(config, records, run, "simulation", sigmas, stages, steps)
                    record_descent_rate(config, records, data, run, sigmas, stages, steps)
                if lam == 0:
                    _record_saddle(config, records, run, "simulation", sigmas, stages[1], steps)
            _record_flow(config, records, data, runs[0], steps)
    _record_statistics(records, data, "simulation", costs, switched)
    return records


def _descend(config, data, runs, steps):
    """The stages of each run, all runs side by side."""
    first = runs[0]
    w1, w2, sigmas = zip(*(sequence(data, run, _n_tasks(config, run)) for run in runs), strict=True)
    together = TaskSequence(np.array(sigmas).swapaxes(0, 1)).simulate(
        np.array(w1), np.array(w2), learning_rate=first.learning_rate, steps=first.n_steps, record_at=steps
    )
    for r in range(len(runs)):
        yield [
            Trajectory(
                s.times, (s.start[0][r], s.start[1][r]), s.sigma_yx[r], weights=(s.w1[r], s.w2[r]), steps=s.steps
            )
            for s in together
        ]


def _record_flow(config, records, data, run, steps):
    """The exact chain from DOP853 over the whole sequence, QQᵀ; at a saddle as long as it is drawn."""
    w1, w2, sigmas = sequence(data, run, _n_tasks(config, run))
    if run.panel == "opposite":
        steps = steps[steps * run.learning_rate <= config["zero"]["shown"]]
    times = steps[thinned(steps, config["n_flow_times"])] * run.learning_rate
    chain = TaskSequence(sigmas)
    exact, flow = chain.exact(w1, w2, times, lam=run.lam), chain.flow(w1, w2, times)
    worst = max(deviation(b.qqt, a.qqt) for a, b in zip(exact, flow, strict=True))
    records.add(run.run_id, "flow", "deviation_qqt", worst)
