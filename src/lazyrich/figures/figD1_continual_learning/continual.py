"""What figD1 measures of one sequence of tasks, whether it was learned by the exact solution or by descent."""

from itertools import pairwise

import numpy as np

from ...linear.forgetting import forgetting, forgetting_rate
from ...linear.observables import loss
from ...linear.riccati import exact_solution
from ...linear.sequence import TaskSequence
from ...pipeline.common import add_statistics, deviation, sequence


def exact_stages(data, run, n_tasks, steps):
    """The tasks' Σyx and the exact solution of each stage at these steps of it."""
    w1, w2, sigmas = sequence(data, run, n_tasks)
    return sigmas, TaskSequence(sigmas).exact(w1, w2, steps * run.learning_rate, lam=run.lam)


def excess(function, sigmas):
    """Loss of each task above the least that a linear map can have, (…, n_tasks)."""
    return np.stack([loss(function, sigma) for sigma in sigmas], axis=-1)


def clock(run, k, steps):
    """Steps and times of stage k, counted from the start of the sequence."""
    steps = k * run.n_steps + steps
    return steps, steps * run.learning_rate


def forgetting_formula(sigmas):
    """F_i(T_{k−1} → T_k), (n_tasks − 1, n_tasks): one row a switch, one column a task i."""
    return np.array([[forgetting(s, before, after) for s in sigmas] for before, after in pairwise(sigmas)])


def measured_forgetting(data, run, sigmas, ends):
    """The same from the losses on all examples, before and after, of the network functions `ends`."""
    traces = [data.number("sigma_yy_trace", run.run_id, "task", task_index=i) for i in range(len(sigmas))]
    losses = [[loss(end, s, sigma_yy_trace=trace) for s, trace in zip(sigmas, traces, strict=True)] for end in ends]
    return np.diff(np.array(losses), axis=0)


def record_forgetting(records, run, source, sigmas, ends, measured):
    """Forgetting of each switch, its deviation from the formula, and the largest loss at which a task is left."""
    for k, cost in enumerate(measured, start=1):
        records.add(run.run_id, source, "forgetting", cost, k * run.n_steps, task_index=k)
    records.add(run.run_id, source, "deviation_forgetting", deviation(measured, forgetting_formula(sigmas)))
    records.add(run.run_id, source, "loss_final", max(loss(e, s) for e, s in zip(ends, sigmas, strict=True)))


def record_over_all(records, run_id, source, measured):
    """`measured` (λ, draws, switches, tasks): its spread over λ, and what is forgotten some switches after learning."""
    records.add(run_id, source, "spread_forgetting", np.ptp(measured, axis=0).max() / np.abs(measured).max())
    n_tasks = measured.shape[-1]
    for since in range(1, n_tasks):
        cost = [measured[0, :, i : i + since, i].sum(1) for i in range(n_tasks - since)]
        add_statistics(records, run_id, source, "forgetting_since", cost, step=since)


def switches(run, sigmas, stages, steps):
    """Of one sequence: the time to forget half after each switch, and the kernel distances of all stages."""
    times = steps * run.learning_rate
    distances = np.array([stage.kernel_distance()[-1] for stage in stages])
    left = [loss(stage.network_function, sigmas[k]) for k, stage in enumerate(stages[1:])]
    half = np.array([_time_to_forget_half(times, values) for values in left])
    return {"half_time": half, "kernel_distance": distances[1:], "kernel_distance_first": distances[:1]}


def _time_to_forget_half(times, values):
    """When the loss of the task just left has first made half of its way, linear between records."""
    half = (values[0] + values[-1]) / 2
    k = max(1, int(np.argmax(values >= half)))
    return times[k - 1] + (times[k] - times[k - 1]) * (half - values[k - 1]) / (values[k] - values[k - 1])


def record_switches(records, run_id, source, measured):
    """Mean, s.d., least and largest over all draws and switches, and the mean of each switch."""
    for name in measured[0]:
        values = np.array([one[name] for one in measured])
        add_statistics(records, run_id, source, name, values)
        if values.shape[1] > 1:
            records.add(run_id, source, f"{name}_by_switch", values.mean(0))


def _euler_law(run, start, sigmas):
    """Of each stage, max |W2W1 of descent − exact| by figE1's law, η κ max|Σ_k − W2W1(0)|/(2e), κ² = λ² + 4s̃².

    It is the deviation of one mode that decays at rate κ, here the fastest that the stage has on its way.
    """
    maps = [start, *sigmas]
    norms = [np.linalg.norm(each, 2) for each in maps]
    jumps = [np.abs(after - before).max() for before, after in pairwise(maps)]
    fastest = [np.hypot(run.lam, 2 * max(pair)) for pair in pairwise(norms)]
    return run.learning_rate * np.array(fastest) * jumps / (2 * np.e)


def record_deviation(records, run, sigmas, stages, exact):
    """W2W1 of descent from the solution, over all stages: relative, and beside the law that figE1 measures."""
    pairs = [(stage.network_function, solution.network_function) for stage, solution in zip(stages, exact, strict=True)]
    values, reference = (np.concatenate(functions) for functions in zip(*pairs, strict=True))
    records.add(run.run_id, "simulation", "deviation_network_function", deviation(values, reference))
    worst = np.array([np.abs(a - b).max() for a, b in pairs])
    law = _euler_law(run, reference[0], sigmas)
    records.add(run.run_id, "simulation", "deviation_over_law", (worst / law).max())


def _rated(config, run, steps):
    """Of the recorded steps those with one next to them on both sides."""
    return (steps > 0) & (steps * run.learning_rate < config["shown"])


def record_rate(config, records, run, sigmas, stages, steps):
    """dL_i/dt from the formula, and how far central differences of the exact loss are from it, step by step."""
    fractions, drawn = np.array(config["difference_steps"]), _rated(config, run, steps)
    worst, largest = np.zeros(fractions.size), 0.0
    for k, stage in enumerate(stages[1:], start=1):
        at, t = clock(run, k, steps[drawn])
        w1, w2, times = stage.w1[drawn], stage.w2[drawn], stage.times[drawn]
        rate = np.stack([forgetting_rate(w1, w2, sigmas[k], sigma) for sigma in sigmas], axis=-1)
        records.add(run.run_id, "theory", "forgetting_rate", rate, at, t, task_index=k)
        largest = max(largest, np.abs(rate).max())
        # in units of the time of the fastest mode
        for j, h in enumerate(fractions / np.hypot(run.lam, 2 * np.linalg.norm(sigmas[k], 2))):
            both = [exact_solution(*stage.start, sigmas[k], times + sign * h, lam=run.lam) for sign in (-1, 1)]
            before, after = (excess(solution.network_function, sigmas) for solution in both)
            worst[j] = max(worst[j], np.abs((after - before) / (2 * h) - rate).max())
    worst /= largest
    for fraction, value in zip(fractions, worst, strict=True):
        records.add(run.run_id, "theory", "deviation_rate_by_difference", value, round(1 / fraction))
    records.add(run.run_id, "theory", "deviation_rate", worst.min())
    order = np.log(worst[0] / worst[1]) / np.log(fractions[0] / fractions[1])
    records.add(run.run_id, "theory", "difference_order", order)


def record_descent_rate(config, records, data, run, sigmas, stages, steps):
    """dL_i/dt of descent, from the step before to the step after."""
    drawn = np.flatnonzero(_rated(config, run, steps))
    pairs = []
    for k, stage in enumerate(stages[1:], start=1):
        at, t = clock(run, k, steps[drawn])
        losses = excess(stage.network_function, sigmas)
        rate = (losses[drawn + 1] - losses[drawn - 1]) / (2 * run.learning_rate)
        records.add(run.run_id, "simulation", "forgetting_rate", rate, at, t, task_index=k)
        pairs.append((rate, data.numbers("forgetting_rate", run.run_id, "theory", k)[2]))
    values, reference = (np.concatenate(rates) for rates in zip(*pairs, strict=True))
    records.add(run.run_id, "simulation", "deviation_forgetting_rate", deviation(values, reference))
