"""What figD1 measures of one sequence of tasks, whether it was learned by the exact solution or by descent.

A function adds to `tables`, {name: Rows}; `sigmas` are the tasks' Σyx, `stages` the trajectories on each, at `steps`.
"""

from itertools import pairwise

import numpy as np

from ...linear.exact import exact_solution
from ...linear.forgetting import forgetting, forgetting_rate
from ...linear.observables import loss
from ...pipeline.common import deviation, stable_steps


def key_of(run):
    """The keys of a run."""
    return {"curriculum": run.curriculum, "lam": run.lam, "draw": run.draw}


def excess(function, sigmas):
    """Loss of each task above the least that a linear map can have, (…, n_tasks)."""
    return np.stack([loss(function, sigma) for sigma in sigmas], axis=-1)


def clock(run, k, steps):
    """Columns step and t of stage k, counted from the start of the sequence."""
    steps = k * run.n_steps + steps
    return {"step": steps, "t": steps * run.learning_rate}


def forgetting_formula(sigmas):
    """F_i(T_{k−1} → T_k), (n_tasks − 1, n_tasks): one row a switch, one column a task i."""
    return np.array([[forgetting(s, before, after) for s in sigmas] for before, after in pairwise(sigmas)])


def measured_forgetting(sigmas, traces, stages):
    """The same from the losses on all examples, before and after each switch; `traces` are tr Σyy."""
    ends = [stage.network_function[-1] for stage in stages]
    losses = [[loss(end, s, sigma_yy_trace=trace) for s, trace in zip(sigmas, traces, strict=True)] for end in ends]
    return np.diff(np.array(losses), axis=0)


def add_by_task(rows, name, values, **key):
    """A row for each entry of `values` (K, n_tasks): for each task that it is `of_task`; keys are K numbers or one."""
    n_rows, n_tasks = values.shape
    columns = {column: np.repeat(np.broadcast_to(given, n_rows), n_tasks) for column, given in key.items()}
    rows.add(**columns, of_task=np.tile(np.arange(n_tasks), n_rows), **{name: values.ravel()})


def add_switches(tables, run, sigmas, stages, steps):
    """The loss at which each task is left, how far the kernel has moved, and how fast the task before is forgotten."""
    left = [loss(stage.network_function[-1], sigma) for stage, sigma in zip(stages, sigmas, strict=True)]
    distances = [stage.kernel_distance()[-1] for stage in stages]
    tables["ends"].add(**key_of(run), task=np.arange(len(stages)), loss=left, kernel_distance=distances)
    times = steps * run.learning_rate
    half = [_time_to_forget_half(times, loss(b.network_function, s)) for b, s in zip(stages[1:], sigmas, strict=False)]
    largest = [max(pair) for pair in pairwise([np.linalg.norm(s, 2) for s in sigmas])]
    half_steps = stable_steps(half, run.lam, largest)
    tables["switches"].add(**key_of(run), task=np.arange(1, len(stages)), half_time=half, half_steps=half_steps)


def _time_to_forget_half(times, values):
    """When the loss of the task just left has first made half of its way, linear between records."""
    half = (values[0] + values[-1]) / 2
    k = max(1, int(np.argmax(values >= half)))
    return times[k - 1] + (times[k] - times[k - 1]) * (half - values[k - 1]) / (values[k] - values[k - 1])


def add_curves(config, tables, run, sigmas, stages, steps):
    """Every task's loss, and W2W1 at the λ that is shown, over the drawn part of each stage."""
    drawn = steps * run.learning_rate <= config["shown"]
    for k, stage in enumerate(stages):
        at, function = clock(run, k, steps[drawn]), stage.network_function[drawn]
        add_by_task(tables["curves"], "loss", excess(function, sigmas), lam=run.lam, task=k, **at)
        if run.lam == config["shown_lambda"]:
            shape = {"n_in": run.n_in, "n_out": run.n_out}
            tables["functions"].add(lam=run.lam, task=k, **at, **shape, network_function=function)


def add_zero(config, tables, run, sigmas, stage, steps):
    """Loss of the second task while it is learned at λ = 0. Stuck, it is at least half of s̃_min².

    Returned is the least soon after the switch, over this; and the times after it at which it is below half of it.
    """
    times, values, zero = steps * run.learning_rate, stage.loss(), config["zero"]
    key, shown = {"curriculum": run.curriculum, "draw": run.draw}, times <= zero["shown"]
    if run.draw < zero["n_shown"]:
        tables["zero_curves"].add(**key, **clock(run, 1, steps[shown]), loss=values[shown])
    over_saddle = values / (np.linalg.svd(sigmas[1], compute_uv=False)[-1] ** 2 / 2)
    tables["zero"].add(**key, loss_over_saddle=over_saddle[shown][-1])
    return over_saddle[times <= zero["stuck_until"]].min(), times[over_saddle < 0.5]


def _euler_law(run, start, sigmas):
    """Of each stage, max |W2W1 of descent − exact| by figE1's law, η κ max|Σ_k − W2W1(0)|/(2e), κ² = λ² + 4s̃².

    It is the deviation of one mode that decays at rate κ, here the fastest that the stage has on its way.
    """
    maps = [start, *sigmas]
    norms = [np.linalg.norm(each, 2) for each in maps]
    jumps = [np.abs(after - before).max() for before, after in pairwise(maps)]
    fastest = [np.hypot(run.lam, 2 * max(pair)) for pair in pairwise(norms)]
    return run.learning_rate * np.array(fastest) * jumps / (2 * np.e)


def descent_deviations(run, sigmas, stages, exact):
    """W2W1 of descent from the solution, over all stages: relative, and beside the law that figE1 measures."""
    pairs = [(stage.network_function, solution.network_function) for stage, solution in zip(stages, exact, strict=True)]
    values, reference = (np.concatenate(functions) for functions in zip(*pairs, strict=True))
    worst = np.array([np.abs(a - b).max() for a, b in pairs])
    law = _euler_law(run, reference[0], sigmas)
    return {
        "deviation_network_function": deviation(values, reference),
        "deviation_over_law": (worst / law).max(),
    }


def _rated(config, run, steps):
    """Positions of the recorded steps with one next to them on both sides."""
    return np.flatnonzero((steps > 0) & (steps * run.learning_rate < config["shown"]))


def add_rates(config, tables, run, sigmas, stages, steps):
    """dL_i/dt from the formula, and how far central differences of the exact loss are from it, step by step."""
    fractions, drawn = np.array(config["difference_steps"]), _rated(config, run, steps)
    worst, largest = np.zeros(fractions.size), 0.0
    for k, stage in enumerate(stages[1:], start=1):
        w1, w2, times = stage.w1[drawn], stage.w2[drawn], stage.times[drawn]
        rate = np.stack([forgetting_rate(w1, w2, sigmas[k], sigma) for sigma in sigmas], axis=-1)
        add_by_task(tables["rates"], "rate", rate, lam=run.lam, task=k, **clock(run, k, steps[drawn]))
        largest = max(largest, np.abs(rate).max())
        # in units of the time of the fastest mode
        for j, h in enumerate(fractions / np.hypot(run.lam, 2 * np.linalg.norm(sigmas[k], 2))):
            both = [exact_solution(*stage.start, sigmas[k], times + sign * h, lam=run.lam) for sign in (-1, 1)]
            before, after = (excess(solution.network_function, sigmas) for solution in both)
            worst[j] = max(worst[j], np.abs((after - before) / (2 * h) - rate).max())
    worst /= largest
    order = np.log(worst[0] / worst[1]) / np.log(fractions[0] / fractions[1])
    tables["differences"].add(lam=run.lam, difference=fractions, deviation_rate=worst)
    tables["rates_agreement"].add(lam=run.lam, deviation_rate=worst.min(), difference_order=order)


def add_descent_rates(config, tables, run, sigmas, stages, steps, exact):
    """dL_i/dt of descent, from the step before to the step after; `exact` is the table of the exact ones."""
    drawn, rates = _rated(config, run, steps), []
    for k, stage in enumerate(stages[1:], start=1):
        losses = excess(stage.network_function, sigmas)
        rates.append((losses[drawn + 1] - losses[drawn - 1]) / (2 * run.learning_rate))
        add_by_task(tables["rates"], "rate", rates[-1], lam=run.lam, task=k, **clock(run, k, steps[drawn]))
    off = deviation(np.concatenate(rates).ravel(), exact["rate"].to_numpy())
    tables["rates_agreement"].add(lam=run.lam, deviation_rate=off, step_size=run.step_size)
