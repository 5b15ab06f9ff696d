"""figD1: continual learning, what is forgotten and how fast (Domine et al. 2025, Section 6; Braun et al. 2022).

chain        random regressions, one after the other, at each of a few λ: W2W1, every task's loss, and what each switch
             costs every task against `linear.forgetting`, the same for all λ; at which rate it is lost
gaussian     the same sequences by theory alone at many λ ≠ 0, each stage long enough for the slowest mode: the time
             after a switch to forget half, and the kernel distance of the switch, against λ
conditioned  tasks with singular values in an interval and determinants of one sign, so that λ = 0 takes part
opposite     the same at λ = 0 with the second task mirrored: det W2W1 would have to change its sign, and cannot

These are the curricula. `step` and `t` count from the start of the sequence, `task` is the task being learned, and
`of_task` the one whose loss, or whose forgetting, it is.
"""

import numpy as np

from ...linear.initialisation import lambda_balanced_weights
from ...linear.sequence import TaskSequence
from ...linear.tasks import random_regression, task_from_correlation, task_from_singular_values
from ...linear.trajectory import Trajectory
from ...pipeline.common import deviation, sequences, stacked, step_size, thinned, with_matching_sign
from ...pipeline.frames import each, only
from ...pipeline.stages import Rows
from .continual import (
    add_by_task,
    add_curves,
    add_descent_rates,
    add_rates,
    add_switches,
    add_zero,
    descent_deviations,
    forgetting_formula,
    key_of,
    measured_forgetting,
)

BOTH = (  # of theory and of simulation
    *("forgetting", "agreement", "ends", "switches", "spread", "curves", "functions"),
    *("rates", "rates_agreement", "zero", "zero_curves", "saddle"),
)


def task(config, seeds):
    tasks, starts = Rows(), Rows()
    for draw in range(config["n_draws"]):
        curricula = _curricula(config, seeds, draw)
        for curriculum, drawn in curricula.items():
            for k, one in enumerate(drawn):
                columns = {"n_in": config["size"], "n_out": config["size"], "sigma_yx": one.sigma_yx[None]}
                tasks.add(curriculum=curriculum, draw=draw, task=k, **columns, sigma_yy_trace=one.sigma_yy_trace)
        for curriculum, lam, rate, n_steps in _clocks(config):
            columns = _start(config, seeds.rng("start", draw), curriculum, lam, curricula[curriculum])
            largest = max(step_size(rate, lam, one.sigma_yx) for one in curricula[curriculum])
            clock = {"learning_rate": rate, "n_steps": n_steps, "step_size": largest}
            starts.add(curriculum=curriculum, lam=lam, draw=draw, **clock, **columns)
    return {"tasks": tasks, "starts": starts}


def _curricula(config, seeds, draw):
    """{curriculum: its tasks} of one draw."""
    regressions = [_regression(config, seeds.rng("task", draw, k)) for k in range(config["n_tasks"])]
    alike = [_conditioned(config, seeds.rng("conditioned", draw, k)) for k in range(config["n_tasks"])]
    opposite = [alike[0], _with_sign(alike[1], -1)]
    return {"chain": regressions, "gaussian": regressions, "conditioned": alike, "opposite": opposite}


def _clocks(config):
    """(curriculum, λ, learning rate, steps of a task) of each sequence."""
    switched = config["conditioned"]
    for lam in config["lambdas"]:
        yield "chain", lam, config["learning_rate"], config["n_steps"]
    for lam in switched["lambdas"]:
        rate = switched["largest_rate"]
        if lam:
            rate = min(rate, switched["relative_rate"] / abs(lam))
            slowest = config["learning_rate"] * config["n_steps"] / min(1, abs(lam))
            yield "gaussian", lam, rate, round(slowest / rate)
        yield "conditioned", lam, rate, round(switched["until"] / rate)
    rate = config["zero"]["learning_rate"]
    yield "opposite", 0.0, rate, round(switched["until"] / rate)


def _start(config, rng, curriculum, lam, tasks):
    n = config["size"]
    weights = lambda_balanced_weights(lam, n, n, n, rng=rng, scale=config["scale"])
    if curriculum in ("conditioned", "opposite"):
        weights = with_matching_sign(weights, tasks[0].sigma_yx)
    return {"n_in": n, "n_hidden": n, "n_out": n, "w1": weights.w1[None], "w2": weights.w2[None]}


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


def _tasks(data):
    """{(curriculum, draw): Σyx of its tasks}, and the same of tr Σyy."""
    return [sequences(data["task/tasks"], column, "curriculum", "draw") for column in ("sigma_yx", "sigma_yy_trace")]


def _steps(config, run):
    """Recorded steps of one stage: every one of what is drawn and a few to the end, or equal ratios of time."""
    if run.curriculum == "chain":
        drawn = round(config["shown"] / run.learning_rate)
        return np.append(np.arange(drawn), np.linspace(drawn, run.n_steps, 20).round().astype(int))
    return np.unique(np.append(0, np.geomspace(1, run.n_steps, config["conditioned"]["n_times"])).round().astype(int))


def _exact(run, sigmas, steps):
    """The exact solution of each stage at these steps of it."""
    return TaskSequence(sigmas).exact(run.w1, run.w2, steps * run.learning_rate, lam=run.lam)


def theory(config, data):
    tables = {name: Rows() for name in (*BOTH, "formula", "differences", "limit", "horizon")}
    (tasks, traces), costs, horizons = _tasks(data), {}, {}
    for (curriculum, draw), sigmas in tasks.items():
        if curriculum != "opposite":
            formula = forgetting_formula(sigmas)
            switch = np.arange(1, len(sigmas))
            add_by_task(tables["formula"], "forgetting", formula, curriculum=curriculum, draw=draw, task=switch)
    for run in data["task/starts"].itertuples():
        sigmas, steps = tasks[run.curriculum, run.draw], _steps(config, run)
        stages = _exact(run, sigmas, steps)
        if run.curriculum == "opposite":
            least, _ = add_zero(config, tables, run, sigmas, stages[1], steps)
            found = stages[1].diagnostics
            tables["saddle"].add(draw=run.draw, loss_over_saddle=least, saddle=bool(found.saddle))
            if found.saddle:
                horizons[run.draw] = found.horizon
            continue
        off = _add_run(config, tables, costs, run, sigmas, traces, stages, steps)
        tables["agreement"].add(**key_of(run), deviation_forgetting=off)
        if run.curriculum == "chain" and run.draw == 0:
            add_rates(config, tables, run, sigmas, stages, steps)
    _add_spread(tables, costs)
    tables["horizon"].add(draw=np.array([*horizons], int), horizon=np.array([*horizons.values()], float))
    lams = np.array([lam for lam in config["conditioned"]["lambdas"] if lam])
    # |λ| → ∞: W2W1 nears its task as e^(−|λ|t), so that the loss of the last one grows as (1 − e^(−|λ|t))²
    tables["limit"].add(lam=lams, half_time=np.log(2 + np.sqrt(2)) / np.abs(lams))
    return tables


def _add_run(config, tables, costs, run, sigmas, traces, stages, steps):
    """What is measured of a sequence; the deviation of its forgetting from the formula is returned."""
    cost = measured_forgetting(sigmas, traces[run.curriculum, run.draw], stages)
    costs.setdefault(run.curriculum, {}).setdefault(run.lam, []).append(cost)
    add_by_task(tables["forgetting"], "forgetting", cost, **key_of(run), task=np.arange(1, len(sigmas)))
    add_switches(tables, run, sigmas, stages, steps)
    if run.curriculum == "chain" and run.draw == 0:
        add_curves(config, tables, run, sigmas, stages, steps)
    if run.curriculum == "conditioned" and run.lam == 0:
        add_zero(config, tables, run, sigmas, stages[1], steps)
    return deviation(cost, forgetting_formula(sigmas))


def _add_spread(tables, costs):
    """How much of what is forgotten depends on λ, over all draws."""
    for curriculum, by_lam in costs.items():
        measured = np.array(list(by_lam.values()))  # (λ, draws, switches, tasks)
        tables["spread"].add(curriculum=curriculum, spread=np.ptp(measured, axis=0).max() / np.abs(measured).max())


def simulation(config, data):
    tables = {name: Rows() for name in (*BOTH, "flow", "leaving")}
    (tasks, traces), costs, leaving = _tasks(data), {}, {}
    for runs in _simulated(config, data):
        first = next(runs.itertuples())
        steps = _steps(config, first)
        drawn_tasks = [tasks[first.curriculum, draw] for draw in runs["draw"]]
        learned = _descend(runs, drawn_tasks, steps)
        for run, sigmas, stages in zip(runs.itertuples(), drawn_tasks, learned, strict=True):
            if run.curriculum == "opposite":
                least, left = add_zero(config, tables, run, sigmas, stages[1], steps)
                tables["saddle"].add(draw=run.draw, loss_over_saddle=least)
                if left.size:
                    leaving[run.draw] = left[0]
                continue
            off = _add_run(config, tables, costs, run, sigmas, traces, stages, steps)
            others = descent_deviations(run, sigmas, stages, _exact(run, sigmas, steps))
            tables["agreement"].add(**key_of(run), deviation_forgetting=off, **others, step_size=run.step_size)
            if run.curriculum == "chain" and run.draw == 0:
                exact = only(data["theory/rates"], lam=run.lam)
                add_descent_rates(config, tables, run, sigmas, stages, steps, exact)
        _add_flow(config, tables, first, drawn_tasks[0], steps)
    _add_spread(tables, costs)
    tables["leaving"].add(draw=np.array([*leaving], int), leaves_at=np.array([*leaving.values()], float))
    return tables


def _simulated(config, data):
    """Runs with a curriculum and λ that are learned by descent."""
    for runs in each(only(data["task/starts"], curriculum=["chain", "conditioned", "opposite"]), "curriculum", "lam"):
        curriculum, lam = runs[["curriculum", "lam"]].iloc[0]
        if curriculum != "conditioned" or lam in config["conditioned"]["simulated_lambdas"]:
            yield runs


def _descend(runs, tasks, steps):
    """The stages of each run, all runs side by side."""
    w1, w2 = stacked(runs, "w1", "w2")
    rate, n_steps = runs["learning_rate"].iloc[0], runs["n_steps"].iloc[0]
    together = TaskSequence(np.array(tasks).swapaxes(0, 1)).descent(
        w1, w2, learning_rate=rate, steps=n_steps, record_at=steps
    )
    for r in range(len(runs)):
        yield [
            Trajectory(
                s.times, (s.start[0][r], s.start[1][r]), s.task.run(r), weights=(s.w1[r], s.w2[r]), steps=s.steps
            )
            for s in together
        ]


def _add_flow(config, tables, run, sigmas, steps):
    """The exact chain from DOP853 over the whole sequence, QQᵀ; at a saddle as long as it is drawn."""
    if run.curriculum == "opposite":
        steps = steps[steps * run.learning_rate <= config["zero"]["shown"]]
    steps = steps[thinned(steps, config["n_flow_times"])]
    exact = _exact(run, sigmas, steps)
    flow = TaskSequence(sigmas).flow(run.w1, run.w2, steps * run.learning_rate)
    worst = max(deviation(b.qqt, a.qqt) for a, b in zip(exact, flow, strict=True))
    tables["flow"].add(curriculum=run.curriculum, lam=run.lam, deviation_qqt=worst)
