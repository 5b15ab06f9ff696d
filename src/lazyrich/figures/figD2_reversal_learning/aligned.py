"""Rows of figD2's aligned start: loss, strengths and phase line over the reversal, at λ = 0 what rounding decides."""

import numpy as np

from ...linear.modes import mode_strength
from ...pipeline.common import deviation, step_size
from ...pipeline.frames import only
from . import reversal


def add_theory(config, tables, run, stages):
    """The exact solution at one λ, beside the mode formula and the phase line."""
    s = np.array(config["singular_values"])
    start, formula = _compare_formula(config, tables, run, stages, s)
    _add_stages(config, tables, run, stages, s, **_limits(config, s, start))
    least = s.min()
    side = np.geomspace(config["phase"]["least"] * least, least, config["phase"]["n_points"])
    a = np.concatenate([-side[::-1], side[:-1]])
    tables["phase"].add(lam=run.lam, strength=a, velocity=np.hypot(run.lam, 2 * a) * (least - a))
    if run.lam == 0:
        tables["formula"].add(loss=0.5 * ((s - formula) ** 2).sum(1), **_moments(config, 1))


def _limits(config, s, start):
    """What is expected at λ = 0: columns of the separatrix, and of the modes."""
    half, long = 0.5 * (s**2).sum(), np.linspace(0, config["stuck_until"], config["n_stuck"])[:, None]
    loss = 0.5 * ((s - mode_strength(long, s, start, 0.0)) ** 2).sum(1)
    separatrix = {
        "half_square": half,
        "trusted_until": reversal.trusted_until(config),
        "rounding_below": config["time"]["rounding_below"],
        "floor_formula": loss.min() / half,
    }
    return {"separatrix": separatrix, "modes": {"target": s, "expected_escape": reversal.escape_time(config)}}


def add_descent(config, data, tables, run):
    """The same by descent, and how far it is from the exact solution."""
    s, rate = np.array(config["singular_values"]), config["learning_rate"]
    steps = reversal.recorded_steps(config, config)
    how = {"learning_rate": rate, "steps": int(steps[-1]), "record_every": 1}
    stages = reversal.both(run.sigma_yx).descent(run.w1, run.w2, **how)
    for number, (loss, a) in enumerate(_add_stages(config, tables, run, stages, s)):
        gaps = {}
        for table, name, values in (("aligned", "loss", loss), ("strengths", "strength", a.ravel())):
            exact = only(data[f"theory/{table}"], lam=run.lam, task=number, reliable=True)[name].to_numpy()
            gaps[f"deviation_{name}"] = deviation(values[: exact.size], exact)  # reliable ones come first
        size = step_size(rate, run.lam, run.sigma_yx)
        tables["agreement"].add(lam=run.lam, task=number, **gaps, step_size=size)
    a = reversal.strengths(stages[1].network_function, stages[1].sigma_yx)[:, s.argmin()]
    velocity = (a[2:] - a[:-2]) / (2 * rate)
    # denser early, when it moves fast
    at = np.unique(np.geomspace(1, velocity.size, config["phase"]["n_records"]).astype(int)) - 1
    at = at[stages[1].times[at + 1] <= reversal.trusted_until(config)]
    step = steps[-1] + at + 1
    tables["phase"].add(lam=run.lam, step=step, t=step * rate, strength=a[1:-1][at], velocity=velocity[at])


def _moments(config, number):
    return reversal.moments(config, config, number)


def _reliable(config, run, number, times):
    """Which records of a stage rounding does not decide."""
    return np.broadcast_to((number == 0) | (run.lam != 0) | (times <= reversal.trusted_until(config)), times.shape)


def _add_stages(config, tables, run, stages, s, separatrix=None, modes=None):
    """Loss and strengths of both stages, which are returned, and their ends; at λ = 0 with more columns."""
    steps, found = reversal.recorded_steps(config, config), []
    for number, trajectory in enumerate(stages):
        at = slice(None) if trajectory.times.size == steps.size else steps
        a = reversal.strengths(trajectory.network_function, trajectory.sigma_yx)[at]
        loss, times = trajectory.loss()[at], trajectory.times[at]
        reliable, moments = _reliable(config, run, number, times), _moments(config, number)
        tables["aligned"].add(lam=run.lam, **moments, loss=loss, reliable=reliable)
        each = {name: np.repeat(values, s.size) for name, values in moments.items() if name != "task"}
        tables["strengths"].add(
            **{"lam": run.lam, "task": number, "mode": np.tile(np.arange(s.size), times.size), **each},
            **{"strength": a.ravel(), "reliable": np.repeat(reliable, s.size)},
        )
        found.append((loss, a))
    residual = deviation(stages[0].network_function[-1], stages[0].sigma_yx)
    tables["ends"].add(lam=run.lam, residual=residual, loss=loss[-1])
    if run.lam == 0:
        relative = loss / (0.5 * (s**2).sum())
        below = times[relative < 1]
        tables["separatrix"].add(
            floor=relative[reliable].min(),
            time_below=below[0] if below.size else times[-1],
            **(separatrix or {}),
        )
        escape = np.minimum(reversal.half_time(times, a, s), times[-1])
        tables["modes"].add(mode=np.arange(s.size), escape=escape, **(modes or {}))
    return found


def _compare_formula(config, tables, run, stages, s):
    """The solution against the mode formula, which nothing rounds off the saddle; where that is reversed, and how."""
    times, start, formula = stages[0].times[:, None], config["initial"], None
    for number, trajectory in enumerate(stages):
        start = start if number == 0 else -formula[-1]
        formula = mode_strength(times, s, start, run.lam)
        known = _reliable(config, run, number, times[:, 0])
        a = reversal.strengths(trajectory.network_function, trajectory.sigma_yx)
        apart = deviation(a[known], formula[known])
        tables["agreement"].add(lam=run.lam, task=number, deviation_formula=apart)
    return start, formula
