"""What several figures share when they compute: runs, starts and tasks in tables, steps, deviations."""

import numpy as np

RANGE = ("mean", "min", "max")  # of the statistics, those that need no normal distribution


def drawn(weights, sigma_yx):
    """Columns n_in, n_hidden, n_out, w1, w2 and sigma_yx of one row: a start and its task."""
    w1, w2 = weights
    return {
        **{"n_in": w1.shape[1], "n_hidden": w1.shape[0], "n_out": w2.shape[0]},
        **{"w1": w1[None], "w2": w2[None], "sigma_yx": sigma_yx[None]},
    }


def stacked(frame, *names):
    """Columns of vectors or matrices, all of one shape, as one array (rows, ...) each."""
    return [np.stack(frame[name].to_list()) for name in names]


def sequences(tasks, column, *keys):
    """{keys: a column of the tasks of one sequence, (tasks, ...)} of a table with a row for each task."""
    return {key: np.stack(part.to_list()) for key, part in tasks.groupby(list(keys), sort=False)[column]}


def step_size(learning_rate, lam, sigma_yx):
    """ηκ, κ = √(λ² + 4s̃²) the fastest rate of the flow, s̃ the largest singular value of Σyx."""
    return learning_rate * np.hypot(lam, 2 * np.linalg.norm(sigma_yx, 2))


def run_row(panel, lam, widths, init, learning_rate=0.0, n_steps=0, draw=0):
    """A row of the runs table; `widths` are n_in, n_hidden, n_out."""
    shape = dict(zip(("n_in", "n_hidden", "n_out"), widths, strict=True))
    return {
        "panel": panel,
        "draw": draw,
        "lam": lam,
        **shape,
        "init": init,
        "learning_rate": learning_rate,
        "n_steps": n_steps,
    }


def add_start(records, run_id, weights, task):
    """Store a run's start and what gradient flow sees of its task."""
    records.add_matrices(run_id, "task", "w1", weights.w1)
    records.add_matrices(run_id, "task", "w2", weights.w2)
    records.add_matrices(run_id, "task", "sigma_yx", task.sigma_yx)
    records.add(run_id, "task", "sigma_yy_trace", task.sigma_yy_trace)


def start(data, run):
    """(w1, w2, sigma_yx) of a run, as `add_start` stored them."""
    return tuple(data.matrix(name, run.run_id) for name in ("w1", "w2", "sigma_yx"))


def starts(data, runs):
    """[w1, w2, sigma_yx] of runs of equal shape, each as one array (runs, ·, ·)."""
    return [np.array(arrays) for arrays in zip(*(start(data, run) for run in runs), strict=True)]


def add_sequence(records, run_id, weights, tasks):
    """Store a run's start and its tasks, in the order of learning: the task's number is the `task_index`."""
    add_start(records, run_id, weights, tasks[0])
    for k, task in enumerate(tasks[1:], start=1):
        records.add_matrices(run_id, "task", "sigma_yx", task.sigma_yx, task_index=k)
        records.add(run_id, "task", "sigma_yy_trace", task.sigma_yy_trace, task_index=k)


def sequence(data, run, n_tasks):
    """(w1, w2, [Σyx of each task]) of a run, as `add_sequence` stored them."""
    sigmas = [data.matrix("sigma_yx", run.run_id, task_index=k) for k in range(n_tasks)]
    return data.matrix("w1", run.run_id), data.matrix("w2", run.run_id), sigmas


def with_matching_sign(weights, sigma_yx):
    """The start, mirrored in one input if W2W1 is square and its determinant has not the sign of det Σyx.

    Such a start would pass a saddle if |λ| is small, and end there if λ = 0 (the README's parity saddle).
    """
    function = weights.w2 @ weights.w1
    square = function.shape[0] == function.shape[1] == weights.w1.shape[0]
    if square and np.linalg.det(function) * np.linalg.det(sigma_yx) < 0:
        mirror = np.ones(function.shape[1])
        mirror[0] = -1.0
        return weights._replace(w1=weights.w1 * mirror)
    return weights


def deviation(values, reference):
    """max |values − reference| / max |reference|, over everything: unsigned, so that nothing cancels."""
    difference = np.abs(values - reference).max()
    return float(difference / np.abs(reference).max()) if difference > 0 else 0.0


def thinned(steps, n):
    """About n of the recorded steps' positions, the last included."""
    return np.unique(np.linspace(0, len(steps) - 1, n).round().astype(int))


def grouped(runs, key):
    """Lists of the runs with the same key, in the order in which a key first comes."""
    groups = {}
    for run in runs:
        groups.setdefault(key(run), []).append(run)
    return groups.values()


def add_statistics(records, run_id, source, name, values, of=("mean", "std", "min", "max"), axis=None, **place):
    """Statistics over draws as `name_mean` and so on; `axis` is numpy's, `place` (step, task_index) the records'."""
    for statistic in of:
        records.add(run_id, source, f"{name}_{statistic}", getattr(np, statistic)(values, axis=axis), **place)


def time_to_fall(times, values, threshold):
    """When falling values (..., T) are first below the threshold, between records linear in their logarithm; (...).

    Those that never are get the last time.
    """
    below = values < threshold
    k = np.maximum(below.argmax(-1), 1)
    before, after = (np.log(np.take_along_axis(values, j[..., None], -1)[..., 0]) for j in (k - 1, k))
    with np.errstate(divide="ignore", invalid="ignore"):
        time = times[k - 1] + (times[k] - times[k - 1]) * (before - np.log(threshold)) / (before - after)
    return np.where(below[..., 0], times[0], np.where(below.any(-1), time, times[-1]))
