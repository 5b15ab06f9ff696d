"""What figD2 measures of a reversal: strengths of the modes, when they pass, and the law of that time."""

import numpy as np

from ...linear.observables import transpose
from ...linear.sequence import TaskSequence


def both(sigma_yx):
    """The sequence of a task and its reversal, or of several side by side."""
    return TaskSequence(np.stack([sigma_yx, -sigma_yx]))


def escape_time(config):
    """t* of each mode: when rounding of relative size `rounding` has grown to order 1 at the saddle of λ = 0."""
    return np.log(1 / config["rounding"]) / np.array(config["singular_values"])


def trusted_until(config):
    """Time after the reversal until which rounding moves nothing that is seen at λ = 0."""
    return config["trusted"] * escape_time(config).min()


def strengths(function, sigma_yx):
    """uᵀ W2W1 v along the task's singular pairs, (..., T, m), from W2W1 (..., T, n_out, n_in) and its task(s)."""
    u, _, vt = np.linalg.svd(sigma_yx)
    rotated = transpose(u)[..., None, :, :] @ function @ transpose(vt)[..., None, :, :]
    return np.diagonal(rotated, axis1=-2, axis2=-1)


def half_time(times, a, targets):
    """When each strength a (..., T, m) first rises through half of its target, inf if it does not; (..., m)."""
    passed = a >= targets / 2
    k = np.maximum(passed.argmax(-2), 1)[..., None, :]
    before, after = (np.take_along_axis(a, j, -2)[..., 0, :] for j in (k - 1, k))
    k = k[..., 0, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        time = times[k - 1] + (times[k] - times[k - 1]) * (targets / 2 - before) / (after - before)
    return np.where(passed.any(-2), time, np.inf)


def recorded_steps(config, part):
    """Recorded steps of a stage: about every `record_interval` of time, denser at first, the last included.

    `part` of the config has its `learning_rate` and `until`.
    """
    rate = part["learning_rate"]
    n_steps = round(part["until"] / rate)
    n = round(n_steps * rate / config["record_interval"])
    dense = np.geomspace(1, n_steps, n // 4 + 1)
    return np.unique(np.append(np.linspace(0, n_steps, n + 1), dense).round().astype(int))


def moments(config, part, number):
    """Columns of the recorded moments of one stage: steps and time run on from the stage before."""
    steps = recorded_steps(config, part)
    steps = steps + number * steps[-1]
    return {"task": number, "step": steps, "t": steps * part["learning_rate"]}


def half_times(trajectory, s):
    """When each mode of a trajectory is at half of its target."""
    a = strengths(trajectory.network_function, trajectory.sigma_yx)
    return half_time(trajectory.times, a, s)


def measure(trajectory, s):
    """Time at which the last mode is half learned, loss over time, and what is left of it at the end: (...)."""
    left = np.abs(trajectory.network_function[..., -1, :, :] - trajectory.sigma_yx).max((-2, -1))
    return half_times(trajectory, s).max(-1), trajectory.loss(), left / s.max()
