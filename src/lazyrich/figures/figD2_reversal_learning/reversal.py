"""What figD2 measures of a reversal: strengths of the modes, when they pass, the law of that time, its spread."""

import numpy as np

from ...linear.modes import mode_strength
from ...linear.observables import transpose
from ...pipeline.common import deviation


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


def asymptote(targets, lam):
    """(ln(s̃/|λ|) + (3/2) ln 2)/s̃: from −s̃ to s̃/2 as λ → 0, for `targets` (m,) and `lam` (K,); (K, m).

    The closed form 2κt = asinh((s̃a+c²)/(c(s̃−a))) between its ends, c = |λ|/2 → 0: 2s̃t → ln(8 s̃²/λ²).
    """
    return (np.log(targets / np.abs(lam)[:, None]) + 1.5 * np.log(2)) / targets


def slopes(config, magnitudes, times, above=False):
    """s̃ times the slope of each mode's time (K, m) in log(1/|λ|), fitted on slope_from ≤ |λ| ≤ slope_until·s̃.

    `above` that range: up to |λ| = s̃.
    """
    least, largest = (config["time"][name] for name in ("slope_from", "slope_until"))
    result = []
    for target, column in zip(np.array(config["singular_values"]), times.T, strict=True):
        first, last = (largest * target, target) if above else (least, largest * target)
        # of a grid of equal ratios: an end belongs to the range whatever its last digit
        fitted = (magnitudes > first * (1 - 1e-9)) & (magnitudes < last * (1 + 1e-9))
        result.append(target * np.polyfit(np.log(1 / magnitudes[fitted]), column[fitted], 1)[0])
    return np.array(result)


def recorded_steps(config, run):
    """Recorded steps of a stage: about every `record_interval` of time, denser at first, the last included."""
    n = round(run.n_steps * run.learning_rate / config["record_interval"])
    dense = np.geomspace(1, run.n_steps, n // 4 + 1)
    return np.unique(np.append(np.linspace(0, run.n_steps, n + 1), dense).round().astype(int))


def add_stage(records, run, source, name, stage, steps, values):
    """Values over one stage; steps and time run on from the stage before."""
    steps = steps + stage * run.n_steps
    records.add(run.run_id, source, name, values, steps, steps * run.learning_rate, stage)


def half_times(trajectory, s):
    a = strengths(trajectory.network_function, trajectory.sigma_yx)
    return half_time(trajectory.times, a, s)


def measure(trajectory, s):
    """Time at which the last mode is half learned, loss over time, and what is left of it at the end: (...)."""
    left = np.abs(trajectory.network_function[..., -1, :, :] - trajectory.sigma_yx).max((-2, -1))
    return half_times(trajectory, s).max(-1), trajectory.loss(), left / s.max()


def add_loss(data, records, run, source, stage, steps, loss):
    add_stage(records, run, source, "loss", stage, steps, loss)
    if source == "simulation":
        exact = data.numbers("loss", run.run_id, "theory", stage)[2][:, 0]
        records.add(run.run_id, source, "deviation_loss", deviation(loss, exact), task_index=stage)


def add_aligned(config, records, run, stages, source, data=None):
    """Loss and strengths of both stages, what rounding decides apart; of descent, how far they are from theory.

    Returns the loss of the second stage.
    """
    s, steps = np.array(config["singular_values"]), recorded_steps(config, run)
    residual = deviation(stages[0].network_function[-1], stages[0].sigma_yx)
    records.add(run.run_id, source, "residual_first", residual)
    for stage, trajectory in enumerate(stages):
        at = slice(None) if trajectory.times.size == steps.size else steps
        a = strengths(trajectory.network_function, trajectory.sigma_yx)[at]
        loss, times = trajectory.loss()[at], trajectory.times[at]
        known = (stage == 0) | (run.lam != 0) | (times <= trusted_until(config))
        known = np.broadcast_to(known, times.shape)
        for name, values in (("loss", loss), ("strength", a)):
            add_stage(records, run, source, name, stage, steps[known], values[known])
            if not known.all():
                add_stage(records, run, source, f"{name}_rounding", stage, steps[~known], values[~known])
            if data is not None:
                exact = data.numbers(name, run.run_id, "theory", stage)[2]
                apart = deviation(values[known].reshape(exact.shape), exact)
                records.add(run.run_id, source, f"deviation_{name}", apart, task_index=stage)
    if run.lam != 0:
        records.add(run.run_id, source, "loss_final", loss[-1])
        return loss
    relative = loss / (0.5 * (s**2).sum())
    records.add(run.run_id, source, "floor", relative[known].min())
    if (relative < 1).any():
        records.add(run.run_id, source, "time_below_rounding", times[relative < 1][0])
    escape = half_time(times, a, s)
    for k in np.flatnonzero(np.isfinite(escape)):
        records.add(run.run_id, source, "escape_rounding", escape[k], k)
    return loss


def add_asymmetry(records, run_id, source, losses):
    """How far the loss of the reversal at −λ is from that at λ: in a square net only |λ| matters."""
    pairs = [deviation(losses[-lam], losses[lam]) for lam in losses if lam > 0 and -lam in losses]
    if pairs:
        records.add(run_id, source, "asymmetry", max(pairs))


def add_formula(config, records, run, stages, s):
    """The solution against the mode formula, and at λ = 0 the formula itself: nothing rounds it off the saddle."""
    times, start = stages[0].times[:, None], config["initial"]
    for stage, trajectory in enumerate(stages):
        formula = mode_strength(times, s, start, run.lam)
        known = (stage == 0) | (run.lam != 0) | (times[:, 0] <= trusted_until(config))
        known = np.broadcast_to(known, len(times))
        a = strengths(trajectory.network_function, trajectory.sigma_yx)
        apart = deviation(a[known], formula[known])
        records.add(run.run_id, "theory", "deviation_formula", apart, task_index=stage)
        start = -formula[-1] if stage == 0 else start
    if run.lam == 0:
        add_stage(
            records, run, "theory", "loss_formula", 1, recorded_steps(config, run), 0.5 * ((s - formula) ** 2).sum(1)
        )
        long = np.linspace(0, config["stuck_until"], config["n_stuck"])[:, None]
        loss = 0.5 * ((s - mode_strength(long, s, start, 0.0)) ** 2).sum(1)
        records.add(run.run_id, "theory", "floor_formula", loss.min() / (0.5 * (s**2).sum()))
