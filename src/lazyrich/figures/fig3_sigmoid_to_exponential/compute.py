"""fig3: one mode from lazy to rich (Domine et al. 2025, Fig. 3 and Theorem 5.1).

Singular values of W2W1 from a task-aligned start at three λ; the transition function γ(t; λ) over the
rescaled time √(4s̃² + λ²)·t; and its distance from the sigmoid (λ → 0) and the exponential (|λ| → ∞).
"""

import numpy as np

from ...linear.descent import gradient_descent
from ...linear.exact import exact_solution
from ...linear.flow import gradient_flow
from ...linear.initialisation import aligned_weights
from ...linear.modes import mode_strength, mode_transition
from ...linear.tasks import task_from_singular_values
from ...pipeline.common import deviation, drawn, step_size, thinned
from ...pipeline.frames import only
from ...pipeline.stages import Rows


def task(config, seeds):
    starts = Rows()
    targets = np.array(config["singular_values"])
    n = len(targets)
    sigma_yx = task_from_singular_values(targets, n, n, rng=seeds.rng("task")).sigma_yx
    for k, lam in enumerate(config["lambdas"]):
        weights = aligned_weights(lam, sigma_yx, np.full(n, config["initial"]), n, rng=seeds.rng("start", k))
        rate, n_steps = config["learning_rate"], config["n_steps"]
        starts.add(lam=lam, learning_rate=rate, n_steps=n_steps, **drawn(weights, sigma_yx))
    return {"starts": starts}


def _mode_strengths(network_function, sigma_yx):
    """ũ_αᵀ W2W1 ṽ_α, (K, n): signed singular values in the task's directions."""
    u, _, vt = np.linalg.svd(sigma_yx)
    return np.einsum("oa,koi,ai->ka", u, network_function, vt)


def _add(rows, lam, steps, times, strengths):
    """A row for each mode at each moment."""
    n = strengths.shape[1]
    modes = np.tile(np.arange(n), len(steps))
    rows.add(lam=lam, step=np.repeat(steps, n), mode=modes, t=np.repeat(times, n), strength=strengths.ravel())


def theory(config, data):
    return _modes(config, data) | _transitions(config) | _limits(config)


def _modes(config, data):
    """Strengths of the modes by the closed form, and how far the general solution is from it."""
    modes, agreement = Rows(), Rows()
    targets = np.array(config["singular_values"])
    for run in data["task/starts"].itertuples():
        steps = np.arange(0, run.n_steps + 1, config["record_every"])
        times = steps * run.learning_rate
        solution = exact_solution(run.w1, run.w2, run.sigma_yx, times, lam=run.lam)
        closed = mode_strength(times[:, None], targets, config["initial"], run.lam)
        general = _mode_strengths(solution.network_function, run.sigma_yx)
        _add(modes, run.lam, steps, times, closed)
        agreement.add(lam=run.lam, deviation_riccati=deviation(general, closed))
    return {"modes": modes, "agreement": agreement}


def _transitions(config):
    """The transition function over rescaled time, and what it approaches at both ends of λ."""
    transition, limits = Rows(), Rows()
    s, a0 = config["transition_target"], config["initial"]
    rescaled = np.linspace(0, config["transition_until"], config["n_transition_times"])
    for lam in config["transition_lambdas"]:
        share = mode_transition(rescaled / np.hypot(2 * s, lam), s, a0, lam)
        transition.add(lam=lam, rescaled_time=rescaled, share=share)
    sigmoid = mode_transition(rescaled / (2 * s), s, a0, 0.0)
    limits.add(rescaled_time=rescaled, sigmoid=sigmoid, exponential=-np.expm1(-rescaled))
    return {"transition": transition, "limits": limits}


def _limits(config):
    """How far the transition function is from each limit, and the power of |λ| with which that goes."""
    distances, slopes = Rows(), Rows()
    s, a0 = config["transition_target"], config["initial"]
    for limit in ("sigmoid", "exponential"):
        lams = np.array(config[f"{limit}_lambdas"], float)
        found = []
        for lam in lams:
            # far denser than any curve drawn: the distance is a maximum over time
            times = np.linspace(0, 40 / np.hypot(2 * s, lam), 20_001)
            share = mode_transition(times, s, a0, lam)
            end = mode_transition(times, s, a0, 0.0) if limit == "sigmoid" else -np.expm1(-lam * times)
            found.append(np.abs(share - end).max())
        distances.add(limit=limit, lam=lams, distance=found)
        slopes.add(limit=limit, slope=np.polyfit(np.log(lams), np.log(found), 1)[0])
    return {"distances": distances, "slopes": slopes}


def simulation(config, data):
    modes, agreement = Rows(), Rows()
    for run in data["task/starts"].itertuples():
        exact_modes = only(data["theory/modes"], lam=run.lam).pivot(index=["step", "t"], columns="mode")
        steps, times = (exact_modes.index.get_level_values(name).to_numpy() for name in ("step", "t"))
        exact = exact_modes["strength"].to_numpy()
        w1, w2, sigma_yx, rate = run.w1, run.w2, run.sigma_yx, run.learning_rate
        descent = gradient_descent(w1, w2, sigma_yx, learning_rate=rate, steps=run.n_steps, record_at=steps)
        strengths = _mode_strengths(descent.network_function, sigma_yx)
        _add(modes, run.lam, steps, times, strengths)
        few = thinned(steps, config["n_flow_times"])
        flow = _mode_strengths(gradient_flow(w1, w2, sigma_yx, times[few]).network_function, sigma_yx)
        agreement.add(
            lam=run.lam,
            deviation_strength=deviation(strengths, exact),
            deviation_flow_strength=deviation(flow, exact[few]),
            step_size=step_size(rate, run.lam, sigma_yx),
        )
    return {"modes": modes, "agreement": agreement}
