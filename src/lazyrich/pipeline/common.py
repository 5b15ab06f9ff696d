"""What several figures share when they compute: starts in tables, sizes of steps, deviations, times."""

import numpy as np


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


def stable_steps(times, lam, largest):
    """The least number of steps of stable descent in a time of the flow: t κ/2, κ = √(λ² + 4s̃²), s̃ the `largest`.

    Descent is stable for η below 2/κ: a large |λ| makes a unit of time cost more steps.
    """
    return np.asarray(times) * np.hypot(lam, 2 * np.asarray(largest)) / 2


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
