"""figX7: depth. Deep linear networks whose neighbouring layers are balanced, each pair at its own λ_l.

modes   aligned modes, all λ_l = λ: the integral of `deep.modes`, descent and flow of the matrices
shapes  how sigmoid a mode's course is, against λ: the time to a tenth of the target over the time to half of it
limits  how far a mode is from that of the shallower network which it becomes at large |λ|
end     kernel distance from random starts to convergence against λ, by descent

`equal` networks have every λ_l = λ; `alternating` ones of three layers (λ, −λ), whose middle layer alone is large.
"""

import numpy as np

from ...deep import network
from ...deep.modes import deep_mode_strength, deep_time_to_reach, fastest_rate, offsets
from ...linear.modes import mode_strength
from ...linear.observables import cosine_distance
from ...linear.plain_descent import descend
from ...linear.tasks import task_from_singular_values
from ...pipeline.common import deviation, stacked, thinned
from ...pipeline.frames import each, only
from ...pipeline.stages import Rows

LEARNED = 1e-3  # share of the task that a network which has learned may lack


def scales(kind, lam, depth):
    """λ_l of the neighbours."""
    return [lam * (1 if kind == "equal" or k % 2 == 0 else -1) for k in range(depth - 1)]


def networks(config):
    """What the λ_l are, and the depth, of all networks."""
    return [*(("equal", depth) for depth in config["n_layers"]), ("alternating", 3)]


def task(config, seeds):
    targets, modes, random = Rows(), Rows(), Rows()
    s = np.array(config["singular_values"])
    n = s.size
    targets.add(mode=np.arange(n), target=s)
    for depth in config["n_layers"]:
        for lam in config["lambdas"]:
            lams = scales("equal", lam, depth)
            until = 3 * deep_time_to_reach(s.max() / 2, s.max(), config["initial"], lams)
            for draw in range(config["n_draws"]):
                rng = seeds.rng("mode", depth, draw)
                sigma_yx = task_from_singular_values(s, n, n, rng=rng).sigma_yx
                u, _, vt = np.linalg.svd(sigma_yx)
                weights = network.balanced_weights(u, np.full(n, config["initial"]), vt, lams, rng=rng)
                modes.add(depth=depth, lam=lam, draw=draw, **_start(config, weights, sigma_yx, lams, until))
    function = config["random"]["function"]
    for kind, depth in networks(config):
        for lam in config["random"]["lambdas"]:
            lams = scales(kind, lam, depth)
            until = config["random"]["factor"] * deep_time_to_reach(0.999 * s.min(), s.min(), function / 10, lams)
            for draw in range(config["n_draws"]):
                rng = seeds.rng("random", draw)  # the same task and function at every λ and depth
                sigma_yx = task_from_singular_values(s, n, n, rng=rng).sigma_yx
                u, small, vt = np.linalg.svd(function * rng.standard_normal((n, n)))
                # the sign that the task's determinant has: λ = 0 cannot change it
                u[:, -1] *= np.sign(np.linalg.det(u @ vt) * np.linalg.det(sigma_yx))
                weights = network.balanced_weights(u, small, vt, lams, rng=rng)
                place = {"scales": kind, "depth": depth, "lam": lam, "draw": draw}
                random.add(**place, **_start(config, weights, sigma_yx, lams, until))
    return {"targets": targets, "modes": modes, "random": random}


def _start(config, weights, sigma_yx, lams, until):
    rate = config["step"] / fastest_rate(max(config["singular_values"]), lams)
    n_steps = int(np.ceil(until / rate))
    columns = {"width": len(sigma_yx), "learning_rate": rate, "n_steps": n_steps}
    return {**columns, "weights": weights[None], "sigma_yx": sigma_yx[None]}


def theory(config, data):
    modes, halves, two_layers = Rows(), Rows(), Rows()
    s, initial = max(config["singular_values"]), config["initial"]
    for run in only(data["task/modes"], draw=0).itertuples():
        lams = scales("equal", run.lam, run.depth)
        steps = np.unique(np.linspace(0, run.n_steps, config["n_records"]).round().astype(int))
        times = steps * run.learning_rate
        for mode, target in enumerate(config["singular_values"]):
            strength = deep_mode_strength(times, target, initial, lams)
            modes.add(depth=run.depth, lam=run.lam, mode=mode, step=steps, t=times, strength=strength)
            if run.depth == 2 and mode == 0:
                closed = mode_strength(times, s, initial, run.lam)
                two_layers.add(lam=run.lam, deviation_strength=deviation(strength, closed))
        halves.add(depth=run.depth, lam=run.lam, time=deep_time_to_reach(s / 2, s, initial, lams))
    shapes, exponential, limits, slopes = Rows(), Rows(), Rows(), Rows()
    for kind, depth in networks(config):
        for lam in np.logspace(*config["sweep"]["log_lambda"], config["sweep"]["n_lambdas"]):
            tenth, half = deep_time_to_reach(np.array([s / 10, s / 2]), s, initial, scales(kind, lam, depth))
            shapes.add(scales=kind, depth=depth, lam=lam, tenth_over_half=tenth / half)
        lams = config["sweep"]["limit_lambdas"]
        distances = [_distance_from_limit(config, s, scales(kind, lam, depth)) for lam in lams]
        limits.add(scales=kind, depth=depth, lam=lams, distance=distances)
        slope = np.polyfit(np.log(lams), np.log(distances), 1)[0]
        # u is s²/Π d_k there, and moves the others' a_k² = d_k by u/d_k: λ^−L; of two small layers u = s/√d_k: λ^−3/2
        slopes.add(scales=kind, depth=depth, slope=slope, slope_off=slope + (depth if kind == "equal" else 1.5))
    # of s̃ − (s̃ − s₀) e^{−Rt}
    exponential.add(tenth_over_half=np.log((s - initial) / (0.9 * s)) / np.log((s - initial) / (0.5 * s)))
    return {
        **{"modes": modes, "halves": halves, "two_layers": two_layers, "shapes": shapes},
        **{"exponential": exponential, "limits": limits, "slopes": slopes},
    }


def _distance_from_limit(config, s, lams):
    """max over time |s(t) − limit|/s̃, the limit of large |λ|: one layer (an exponential), or two at λ = 0."""
    d = offsets(lams)
    rate = d[d > 0].prod()
    half = deep_time_to_reach(s / 2, s, config["initial"], lams)
    times = np.linspace(0, 4 * half, config["sweep"]["n_times"])
    found = deep_mode_strength(times, s, config["initial"], lams)
    if (d == 0).sum() == 1:
        limit = s + (config["initial"] - s) * np.exp(-rate * times)
    else:
        # s = √R a b of the two small layers: their product a b tends to s̃/√R, in time √R·√R t
        limit = mode_strength(np.sqrt(rate) * times, s, config["initial"], 0.0)
    return float(np.abs(found - limit).max() / s)


def simulation(config, data):
    modes, drift, agreement, end = Rows(), Rows(), Rows(), Rows()
    for starts in each(data["task/modes"], "depth", "lam"):
        _modes(config, data, starts, modes, drift, agreement)
    for starts in each(data["task/random"], "scales", "depth"):
        distance, learned = _ends(starts)
        place = {name: starts[name] for name in ("scales", "depth", "lam", "draw")}
        end.add(**place, kernel_distance=distance, learned=learned)
    return {"modes": modes, "drift": drift, "agreement": agreement, "end": end}


def _modes(config, data, starts, modes, drift, agreement):
    """Descent of every draw, the flow of the first, beside the integral."""
    place = {"depth": starts["depth"].iloc[0], "lam": starts["lam"].iloc[0]}
    theory = each(only(data["theory/modes"], **place), "mode")
    steps, times = theory[0]["step"].to_numpy(), theory[0]["t"].to_numpy()
    exact = np.stack([mode["strength"] for mode in theory], -1)
    weights, sigma_yx = stacked(starts, "weights", "sigma_yx")
    (path,) = descend(lambda w: [network.gradient(w, sigma_yx)], [weights], starts["learning_rate"], steps)
    strengths = _strengths(network.network_function(path), sigma_yx[:, None])
    for mode, strength in enumerate(strengths[0].T):
        modes.add(**place, mode=mode, step=steps, t=times, strength=strength)
    moved = np.abs(network.balance(path) - network.balance(weights)[:, None]).max((1, 2, 3, 4))
    drift.add(**place, draw=starts["draw"], balance_drift=moved)
    few = thinned(steps, config["n_flow_times"])
    found = _strengths(network.network_function(network.flow(weights[0], sigma_yx[0], times[few])), sigma_yx[0])
    agreement.add(
        **place,
        deviation_strength=max(deviation(one, exact) for one in strengths),
        deviation_flow_strength=deviation(found, exact[few]),
        step_size=config["step"],
    )


def _strengths(function, sigma_yx):
    """Diagonal of the network function in the task's directions, (..., N)."""
    u, _, vt = np.linalg.svd(sigma_yx)
    return np.einsum("...ab,...bc,...ca->...a", u.swapaxes(-2, -1), function, vt.swapaxes(-2, -1))


def _ends(starts):
    """Kernel distance at the end of descent, and whether the task is learned: every λ and draw side by side."""
    weights, sigma_yx = stacked(starts, "weights", "sigma_yx")
    rates, ends = starts["learning_rate"].to_numpy(), starts["n_steps"].to_numpy()
    found = np.empty_like(weights)
    step, active, state = 0, np.arange(len(starts)), weights
    for end in np.unique(ends):  # a network that has reached its end is left out
        tasks = sigma_yx[active]
        (path,) = descend(lambda w, tasks=tasks: [network.gradient(w, tasks)], [state], rates[active], [end - step])
        state = path[:, 0]
        done = ends[active] == end
        found[active[done]] = state[done]
        active, state, step = active[~done], state[~done], end
    left = ((network.network_function(found) - sigma_yx) ** 2).sum((-2, -1)) / (sigma_yx**2).sum((-2, -1))
    distance = cosine_distance(network.tangent_kernel(weights), network.tangent_kernel(found))
    return distance, left < LEARNED  # at λ = 0 some still rest at a saddle
