"""figX1: what of the theory is left when the weights are only nearly balanced (beyond the paper).

Weights as they are commonly drawn are not λ-balanced. Each is compared with the exact solution from the nearest
balanced weights: the same function, λ* = tr(W2ᵀW2 − W1W1ᵀ)/N_h, or λ = 0 where no λ*-balanced weights exist.

fixed     N_h fixed, N_i and N_o growing: the only way to grow in which weights become balanced in norm
narrow    a fixed ratio of widths with a hidden layer narrower than the others
wide      a fixed ratio with one wider than both, where λ = 0 is all there is
perturbed balanced weights, moved off balance by a part ε of their size at the same function

The draws share their normal numbers between the schemes. Flows run in the fewest dimensions that hold them
(`nearly_balanced.compressed`), which is exact; distances of kernels count the whole network's widths.
"""

import numpy as np

from ...linear.flows import gradient_flows
from ...linear.initialisation import infeasible, lambda_balanced_weights, layer_variances
from ...linear.nearly_balanced import compressed, nearest_scale, random_direction, relative_imbalance, unbalanced
from ...linear.random_start import expected
from ...pipeline.common import deviation, grouped, run_row
from ...pipeline.records import Records
from .departures import departure, exact_path, flow_path, learned_at, nearest_solution

FAMILIES = ("fixed", "narrow", "wide")
QUANTITIES = ("function", "kernel", "time")  # of `departure`


def shape(config, family, n_in):
    """(N_i, N_h, N_o) of a family at one width."""
    if family == "fixed":
        return n_in, config["fixed"]["n_hidden"], n_in * config["fixed"]["out_ratio"]
    one, hidden, out = config[family]["ratio"]
    return n_in, n_in * hidden // one, n_in * out // one


def _variances(config, scheme, widths):
    return (config["gaussian_std"] ** 2,) * 2 if scheme == "gaussian" else layer_variances(scheme, *widths)


def _task(config, widths, rng):
    """Factors, left and right, of a task of every rank the network has, with outputs of variance near 1."""
    n_in, _, n_out = widths
    rank = min(widths)
    u, v = (np.linalg.qr(rng.standard_normal((n, rank)))[0] for n in (n_out, n_in))
    return np.sqrt(n_out / rank) * np.linspace(*config["spectrum"], rank) * u, v


def task(config, seeds):
    runs, records = [], Records()
    for family in FAMILIES:
        for n_in in config[family]["n_in"]:
            _random_starts(runs, records, config, seeds, family, n_in)
    part = config["perturbed"]
    for lam in part["lambdas"]:
        for size in (0.0, *part["sizes"]):
            starts = []
            for draw in range(config["n_draws"]):
                rng = seeds.rng("perturbed", draw)  # the same function and direction at every λ and size
                weights = lambda_balanced_weights(lam, *part["shape"], rng=rng, scale=part["scale"])
                left, right = _task(config, part["shape"], rng)
                direction = random_direction(part["shape"][1], rng=rng)
                starts.append((*unbalanced(*weights, direction, size), left @ right.T))
            _add_starts(records, len(runs), starts)
            scales = [nearest_scale(w1, w2) if size else lam for w1, w2, _ in starts]
            records.add(len(runs), "task", "scale", np.array(scales)[None])
            if size:
                distances = [relative_imbalance(w1, w2) for w1, w2, _ in starts]
                records.add(len(runs), "task", "relative_imbalance", np.array(distances)[None])
            records.add(len(runs), "task", "size", size)
            runs.append(run_row("perturbed", lam, part["shape"], "lambda_balanced", draw=len(runs)))
    return runs, records


def _add_starts(records, run_id, starts):
    """Weights and tasks of every draw, with the draw as the step."""
    for name, matrices in zip(("w1", "w2", "sigma_yx"), zip(*starts, strict=True), strict=True):
        records.add_matrices(run_id, "task", name, np.array(matrices), np.arange(len(starts)))


def _random_starts(runs, records, config, seeds, family, n_in):
    """A run a scheme: how balanced each draw is, and, on the first one, the normal numbers themselves, compressed."""
    widths = shape(config, family, n_in)
    (_, n_hidden, n_out), first = widths, len(runs)
    with_dynamics = n_in <= max(config[family]["dynamics"].values())
    starts, measured = [], {scheme: [] for scheme in config["schemes"]}
    for draw in range(config["n_draws"]):
        rng = seeds.rng(family, n_in, draw)
        z1, z2 = rng.standard_normal((n_hidden, n_in)), rng.standard_normal((n_out, n_hidden))
        if with_dynamics:
            starts.append(compressed(z1, z2, *_task(config, widths, rng))[:3])
        grams = z1 @ z1.T, z2.T @ z2
        for scheme, rows in measured.items():
            rows.append(_imbalance(grams, _variances(config, scheme, widths), widths))
    for scheme, rows in measured.items():
        for name, values in zip(("scale", "imbalance", "relative_imbalance"), np.transpose(rows), strict=True):
            records.add(len(runs), "task", name, values[None])
        mean = expected(*widths, _variances(config, scheme, widths)).lam
        runs.append(run_row(family, mean, widths, scheme, draw=first))
    if with_dynamics:
        _add_starts(records, first, starts)


def _imbalance(grams, variances, widths):
    """(λ*, or 0 where there is none; ‖D − λ*I‖; the same over ‖M‖) from Z1Z1ᵀ and Z2ᵀZ2 of unit normal numbers."""
    first, second = (variance * gram for variance, gram in zip(variances, grams, strict=True))
    difference = second - first
    lam = np.trace(difference) / len(difference)
    distance = np.sqrt(max((difference**2).sum() - len(difference) * lam**2, 0.0))
    return 0.0 if infeasible(lam, *widths) else lam, distance, distance / np.linalg.norm(second + first)


def trained(config, run):
    """Whether the run is followed in time."""
    return run.panel == "perturbed" or run.n_in <= config[run.panel]["dynamics"][run.init]


def _starts(config, data, run):
    """(w1, w2, sigma_yx, λ) of every draw; `run.draw` is the run that holds the numbers."""
    w1, w2, sigma_yx = (data.matrices(name, run.draw, "task")[2] for name in ("w1", "w2", "sigma_yx"))
    if run.panel != "perturbed":
        first, second = np.sqrt(_variances(config, run.init, (run.n_in, run.n_hidden, run.n_out)))
        w1, w2 = first * w1, second * w2
    return zip(w1, w2, sigma_yx, data.numbers("scale", run.run_id, "task")[2][0], strict=True)


def places(config):
    """Times of a run as parts of its last one."""
    return np.concatenate([[0.0], np.geomspace(config["earliest"], 1.0, config["n_times"])])


def theory(config, data):
    """When to stop: `until` times the time at which the exact solution has learned to `learned`."""
    records = Records()
    records.add(0, "theory", "tolerance", config["tolerance"])
    for run in data.runs:
        if run.panel != "perturbed":
            variances = _variances(config, run.init, (run.n_in, run.n_hidden, run.n_out))
            squared = expected(run.n_in, run.n_hidden, run.n_out, variances).distance
            records.add(run.run_id, "theory", "imbalance", np.sqrt(squared))
            records.add(run.run_id, "theory", "followed", float(trained(config, run)))
        if not trained(config, run):
            continue
        horizons = []
        for start in _starts(config, data, run):
            w1, w2, sigma_yx, lam = start
            fastest = np.hypot(lam, 2 * max(np.linalg.norm(sigma_yx, 2), np.linalg.norm(w2 @ w1, 2)))
            times = np.append(0.0, np.geomspace(1e-2, config["longest"], config["n_search"])) / fastest
            loss = nearest_solution(start, times).loss()
            learned = loss < config["learned"] * loss[0]
            horizons.append(config["until"] * times[np.argmax(learned) if learned.any() else -1])
        records.add(run.run_id, "theory", "horizon", np.array(horizons)[None])
    return records


def simulation(config, data):
    records, departures = Records(), {}
    for run in data.runs:
        if trained(config, run):
            departures[run.run_id] = _compare(records, config, data, run)
    shown = [run.run_id for place in config["shown"] for run in data.runs if [run.panel, run.init, run.n_in] == place]
    records.add(0, "flow", "shown", np.array(shown)[None])
    trusted = []
    for family in FAMILIES:
        for runs in grouped(data.panel(family), lambda run: run.init):
            trusted.append((family, _over_width(records, config, data, runs, departures)))
    fixed = [n_in for family, n_in in trusted if family == "fixed"]
    records.add(0, "flow", "trusted_from_every", max(fixed) if min(fixed) > 0 else 0)
    for runs in grouped(data.panel("perturbed"), lambda run: run.lam):
        _over_size(records, config, data, runs[1:], departures)
    ratios = []
    for run in (run for run in data.runs if run.panel != "perturbed" and run.run_id in departures):
        ratios.extend(departures[run.run_id][:, 0] / data.numbers("relative_imbalance", run.run_id, "task")[2][0])
    records.add(0, "flow", "ratio_below_one", np.mean(np.array(ratios) <= 1))
    return records


def _compare(records, config, data, run):
    """The integrated flow of every draw beside the exact solution from the nearest balanced weights."""
    starts = list(_starts(config, data, run))
    w1, w2, sigma_yx = (np.array(arrays) for arrays in list(zip(*starts, strict=True))[:3])
    times = data.numbers("horizon", run.run_id, "theory")[2].T * places(config)
    balanced = run.panel == "perturbed" and data.number("size", run.run_id, "task") == 0
    tolerance = config["balanced_rtol" if balanced else "rtol"]
    flow = gradient_flows(w1, w2, sigma_yx, times, rtol=tolerance, atol=tolerance / 100)
    departures, furthest = [], []
    for k, start in enumerate(starts):
        counted = run.n_in, run.n_out
        theory = exact_path(start, times[k], counted)
        truth = flow_path(flow.w1[k], flow.w2[k], start[2], counted)
        departures.append(departure(times[k], truth, theory, config["level"]))
        furthest.append(deviation(theory.function, truth.function))
        if k == 0 and [run.panel, run.init, run.n_in] in config["shown"]:
            steps, units = np.arange(len(times[0])), times[0] / learned_at(times[0], truth, config["level"])
            for source, path in (("flow", truth), ("theory", theory)):
                records.add(run.run_id, source, "relative_loss", path.loss / path.loss[0], steps, units)
    if balanced:
        records.add(run.run_id, "flow", "deviation_network_function", max(furthest))
        return None
    for name, values in zip(QUANTITIES, np.transpose(departures), strict=True):
        records.add(run.run_id, "flow", f"departure_{name}", values[None])
        _add_quantiles(records, config, run, "flow", f"departure_{name}", values)
    return np.array(departures)


def _add_quantiles(records, config, run, source, name, values):
    for part, quantile in zip(("low", "median", "high"), config["quantiles"], strict=True):
        records.add(run.run_id, source, f"{name}_{part}", np.quantile(values, quantile))


def _slope(x, y):
    """Of log y against log x."""
    return np.polyfit(np.log(x), np.log(y), 1)[0]


def _over_width(records, config, data, runs, departures):
    """How the distance from balance and the departures change with width, and from where they may be trusted."""
    first = runs[0].run_id
    for name in ("imbalance", "relative_imbalance"):
        values = [data.numbers(name, run.run_id, "task")[2][0] for run in runs]
        for run, draws in zip(runs, values, strict=True):
            _add_quantiles(records, config, run, "simulation", name, draws)
        slope = _slope([run.n_in for run in runs], np.median(values, axis=1))
        records.add(first, "simulation", f"slope_{name}", slope)
    followed = [run for run in runs if run.run_id in departures]
    medians = np.array([np.median(departures[run.run_id], axis=0) for run in followed])
    for name, values in zip(QUANTITIES, medians.T, strict=True):
        records.add(first, "flow", f"slope_departure_{name}", _slope([run.n_in for run in followed], values))
    # the least width from which on every median is within the tolerance, 0 if there is none
    beyond = np.flatnonzero((medians > config["tolerance"]).any(1))
    k = beyond[-1] + 1 if beyond.size else 0
    trusted = followed[k].n_in if k < len(followed) else 0
    records.add(first, "flow", "trusted_from", trusted)
    return trusted


def _over_size(records, config, data, runs, departures):
    """The order of each departure in the size of the perturbation, and its size beside it."""
    sizes = [np.median(data.numbers("relative_imbalance", run.run_id, "task")[2]) for run in runs]
    fitted = [k for k, run in enumerate(runs) if data.number("size", run.run_id, "task") <= config["fitted_until"]]
    medians = np.array([np.median(departures[run.run_id], axis=0) for run in runs])
    for name, values in zip(QUANTITIES, medians.T, strict=True):
        order = _slope([sizes[k] for k in fitted], values[fitted])
        records.add(runs[0].run_id, "flow", f"order_{name}", order)
        records.add(runs[0].run_id, "flow", f"per_imbalance_{name}", values[fitted[0]] / sizes[fitted[0]])
    for run, size in zip(runs, sizes, strict=True):
        records.add(run.run_id, "flow", "imbalance_median", size)
