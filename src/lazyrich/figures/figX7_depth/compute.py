"""figX7: depth. Deep linear networks whose neighbouring layers are balanced, each pair at its own λ_l.

mode N      one aligned mode of N layers, all λ_l = λ: the integral of `deep.modes`, descent and flow of the matrices
shape       how sigmoid a mode's course is, against λ: the time to a tenth of the target over the time to half of it
limit       how far a mode is from that of the shallower network which it becomes at large |λ|
kernel N    kernel distance from random starts to convergence against λ, by descent

`equal` networks have every λ_l = λ; `alternating` ones of three layers (λ, −λ), whose middle layer alone is large.
"""

import numpy as np

from ...deep import network
from ...deep.modes import deep_mode_strength, deep_time_to_reach, fastest_rate, offsets
from ...linear.modes import mode_strength
from ...linear.tasks import task_from_singular_values
from ...pipeline.common import add_statistics, deviation, grouped, run_row, thinned
from ...pipeline.records import Records

LEARNED = 1e-3  # share of the task that a network which has learned may lack


def scales(kind, lam, n_layers):
    """λ_l of the neighbours."""
    return [lam * (1 if kind == "equal" or k % 2 == 0 else -1) for k in range(n_layers - 1)]


def task(config, seeds):
    runs, records = [], Records()
    s = np.array(config["singular_values"])
    n = s.size

    def add(panel, kind, lam, n_layers, draw=0, weights=None, drawn=None, until=0.0):
        lams = scales(kind, lam, n_layers)
        rate = config["step"] / fastest_rate(s.max(), lams)
        records.add(len(runs), "task", "lams", np.array([lams]))
        if weights is not None:
            records.add_matrices(len(runs), "task", "weights", weights.reshape(n_layers * n, n))
            records.add_matrices(len(runs), "task", "sigma_yx", drawn.sigma_yx)
            records.add(len(runs), "task", "step_size", config["step"])
        runs.append(run_row(panel, lam, (n, n, n), kind, rate, int(np.ceil(until / rate)), draw))

    for n_layers in config["n_layers"]:
        for lam in config["lambdas"]:
            until = 3 * deep_time_to_reach(s.max() / 2, s.max(), config["initial"], scales("equal", lam, n_layers))
            for draw in range(config["n_draws"]):
                rng = seeds.rng("mode", n_layers, draw)
                drawn = task_from_singular_values(s, n, n, rng=rng)
                u, _, vt = np.linalg.svd(drawn.sigma_yx)
                start = np.full(n, config["initial"])
                weights = network.balanced_weights(u, start, vt, scales("equal", lam, n_layers), rng=rng)
                add(f"mode {n_layers}", "equal", lam, n_layers, draw, weights, drawn, until)
    swept = config["sweep"]
    lams = np.logspace(*swept["log_lambda"], swept["n_lambdas"])
    for kind, n_layers in [*(("equal", n_layers) for n_layers in config["n_layers"]), ("alternating", 3)]:
        for lam in lams:
            add("shape", kind, lam, n_layers)
        for lam in swept["limit_lambdas"]:
            add("limit", kind, lam, n_layers)
    random = config["random"]
    for kind, n_layers in [*(("equal", n_layers) for n_layers in config["n_layers"]), ("alternating", 3)]:
        for lam in random["lambdas"]:
            slowest = deep_time_to_reach(0.999 * s.min(), s.min(), random["function"] / 10, scales(kind, lam, n_layers))
            for draw in range(config["n_draws"]):
                rng = seeds.rng("random", draw)  # the same task and function at every λ and depth
                drawn = task_from_singular_values(s, n, n, rng=rng)
                u, small, vt = np.linalg.svd(random["function"] * rng.standard_normal((n, n)))
                # the sign that the task's determinant has: λ = 0 cannot change it
                u[:, -1] *= np.sign(np.linalg.det(u @ vt) * np.linalg.det(drawn.sigma_yx))
                weights = network.balanced_weights(u, small, vt, scales(kind, lam, n_layers), rng=rng)
                add(f"kernel {n_layers}", kind, lam, n_layers, draw, weights, drawn, random["factor"] * slowest)
    return runs, records


def _lams(data, run):
    return data.numbers("lams", run.run_id, "task")[2][0]


def _weights(data, run):
    n = run.n_in
    return data.matrix("weights", run.run_id).reshape(-1, n, n), data.matrix("sigma_yx", run.run_id)


def theory(config, data):
    records = Records()
    s = max(config["singular_values"])
    for n_layers in config["n_layers"]:
        for run in (run for run in data.panel(f"mode {n_layers}") if run.draw == 0):
            lams = _lams(data, run)
            steps = np.unique(np.linspace(0, run.n_steps, config["n_records"]).round().astype(int))
            times = steps * run.learning_rate
            strengths = [
                deep_mode_strength(times, target, config["initial"], lams) for target in config["singular_values"]
            ]
            records.add(run.run_id, "theory", "strength", np.transpose(strengths), steps, times)
            half = deep_time_to_reach(s / 2, s, config["initial"], lams)
            records.add(run.run_id, "theory", "time_to_half", half)
            records.add(run.run_id, "theory", "target", s)
            if n_layers == 2:
                closed = mode_strength(times, s, config["initial"], run.lam)
                records.add(run.run_id, "theory", "deviation_two_layers", deviation(strengths[0], closed))
    for run in data.panel("shape"):
        tenth, half = deep_time_to_reach(np.array([s / 10, s / 2]), s, config["initial"], _lams(data, run))
        records.add(run.run_id, "theory", "tenth_over_half", tenth / half)
        # of s̃ − (s̃ − s₀) e^{−Rt}
        exponential = np.log((s - config["initial"]) / (0.9 * s)) / np.log((s - config["initial"]) / (0.5 * s))
        records.add(run.run_id, "theory", "exponential", exponential)
    runs = data.panel("limit")
    for same in grouped(runs, lambda run: (run.init, _lams(data, run).size)):
        distances = []
        for run in same:
            distances.append(_distance_from_limit(config, s, _lams(data, run)))
            records.add(run.run_id, "theory", "distance_from_limit", distances[-1])
        slope = np.polyfit(np.log([run.lam for run in same]), np.log(distances), 1)[0]
        records.add(same[0].run_id, "theory", "slope", slope)
        # u is s²/Π d_k there, and moves the others' a_k² = d_k by u/d_k: λ^−L; of two small layers u = s/√d_k: λ^−3/2
        n_layers = _lams(data, same[0]).size + 1
        records.add(same[0].run_id, "theory", "slope_off", slope + (n_layers if same[0].init == "equal" else 1.5))
    return records


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
    records = Records()
    for n_layers in config["n_layers"]:
        for runs in grouped(data.panel(f"mode {n_layers}"), lambda run: run.lam):
            _modes(config, data, records, runs)
    for n_layers in config["n_layers"]:
        for kind in ("equal", "alternating"):
            runs = [run for run in data.panel(f"kernel {n_layers}") if run.init == kind]
            if runs:
                _kernel(data, records, runs)
    return records


def _modes(config, data, records, runs):
    """Descent of every draw, the flow of the first, beside the integral."""
    first = runs[0]
    steps, times, exact = data.numbers("strength", first.run_id, "theory")
    weights, sigma_yx = (np.array(part) for part in zip(*(_weights(data, run) for run in runs), strict=True))
    rates = np.full(len(runs), first.learning_rate)
    path = network.descend(weights, sigma_yx, rates, steps)
    strengths = _strengths(network.network_function(path), sigma_yx[:, None])
    off = [deviation(one, exact) for one in strengths]
    records.add(first.run_id, "simulation", "strength", strengths[0], steps, times)
    records.add(first.run_id, "simulation", "deviation_strength", max(off))
    drift = np.abs(network.balance(path) - network.balance(weights)[:, None]).max((1, 2, 3, 4))
    records.add(first.run_id, "simulation", "balance_drift", drift.max())
    few = thinned(steps, config["n_flow_times"])
    flow = network.flow(weights[0], sigma_yx[0], times[few])
    found = _strengths(network.network_function(flow), sigma_yx[0])
    records.add(first.run_id, "flow", "deviation_strength", deviation(found, exact[few]))


def _strengths(function, sigma_yx):
    """Diagonal of the network function in the task's directions, (..., N)."""
    u, _, vt = np.linalg.svd(sigma_yx)
    return np.einsum("...ab,...bc,...ca->...a", u.swapaxes(-2, -1), function, vt.swapaxes(-2, -1))


def _kernel(data, records, runs):
    """Kernel distance at the end of descent: every λ and draw side by side, each with its own rate and length."""
    weights, sigma_yx = (np.array(part) for part in zip(*(_weights(data, run) for run in runs), strict=True))
    rates, ends = np.array([run.learning_rate for run in runs]), np.array([run.n_steps for run in runs])
    found = np.empty_like(weights)
    step, active, state = 0, np.arange(len(runs)), weights
    for end in np.unique(ends):  # a network that has reached its end is left out
        state = network.descend(state, sigma_yx[active], rates[active], [end - step])[:, 0]
        done = ends[active] == end
        found[active[done]] = state[done]
        active, state, step = active[~done], state[~done], end
    distance = network.kernel_distance(weights, found)
    size = (sigma_yx**2).sum((-2, -1))
    left = ((network.network_function(found) - sigma_yx) ** 2).sum((-2, -1)) / size
    for lam in dict.fromkeys(run.lam for run in runs):
        chosen = [k for k, run in enumerate(runs) if run.lam == lam]
        first = runs[chosen[0]]
        learned = left[chosen] < LEARNED  # at λ = 0 some still rest at a saddle
        records.add(first.run_id, "simulation", "n_unlearned", np.sum(~learned))
        if learned.any():
            add_statistics(records, first.run_id, "simulation", "final_distance", distance[chosen][learned])
