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
from ...pipeline.common import deviation, drawn, stacked
from ...pipeline.frames import each, only
from ...pipeline.stages import Rows
from .departures import departure, exact_path, flow_path, learned_at, nearest_solution

FAMILIES = ("fixed", "narrow", "wide")
QUANTITIES = ("network_function", "kernel_distance", "time_to_learn")  # of `departure`


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
    random, numbers, perturbed = Rows(), Rows(), Rows()
    for family in FAMILIES:
        for n_in in config[family]["n_in"]:
            _random_starts(random, numbers, config, seeds, family, n_in)
    for lam in config["perturbed"]["lambdas"]:
        for size in (0.0, *config["perturbed"]["sizes"]):
            for draw in range(config["n_draws"]):
                perturbed.add(lam=lam, size=size, draw=draw, **_perturbed_start(config, seeds, lam, size, draw))
    return {"random": random, "numbers": numbers, "perturbed": perturbed}


def _perturbed_start(config, seeds, lam, size, draw):
    part = config["perturbed"]
    rng = seeds.rng("perturbed", draw)  # the same function and direction at every λ and size
    weights = lambda_balanced_weights(lam, *part["shape"], rng=rng, scale=part["scale"])
    left, right = _task(config, part["shape"], rng)
    moved = unbalanced(*weights, random_direction(part["shape"][1], rng=rng), size)
    return {
        "nearest_lam": nearest_scale(*moved) if size else lam,
        "relative_imbalance": relative_imbalance(*moved),
        **drawn(moved, left @ right.T),
    }


def _random_starts(random, numbers, config, seeds, family, n_in):
    """How balanced each draw of each scheme is, and the normal numbers that the schemes share, compressed."""
    widths = shape(config, family, n_in)
    _, n_hidden, n_out = widths
    followed = n_in <= max(config[family]["dynamics"].values())
    measured = {scheme: [] for scheme in config["schemes"]}
    for draw in range(config["n_draws"]):
        rng = seeds.rng(family, n_in, draw)
        z1, z2 = rng.standard_normal((n_hidden, n_in)), rng.standard_normal((n_out, n_hidden))
        if followed:
            w1, w2, sigma_yx = compressed(z1, z2, *_task(config, widths, rng))[:3]
            numbers.add(
                **{"family": family, "n_in": n_in, "draw": draw},
                **{"kept_in": w1.shape[1], "kept_hidden": len(w1), "kept_out": len(w2)},
                **{"w1": w1[None], "w2": w2[None], "sigma_yx": sigma_yx[None]},
            )
        grams = z1 @ z1.T, z2.T @ z2
        for scheme, rows in measured.items():
            rows.append(_imbalance(grams, _variances(config, scheme, widths), widths))
    for scheme, rows in measured.items():
        lam, distance, relative = np.transpose(rows)
        random.add(
            **{"family": family, "n_in": n_in, "scheme": scheme, "draw": np.arange(len(rows))},
            **{"n_hidden": n_hidden, "n_out": n_out},
            **{"lam": lam, "imbalance": distance, "relative_imbalance": relative},
        )


def _imbalance(grams, variances, widths):
    """(λ*, or 0 where there is none; ‖D − λ*I‖; the same over ‖M‖) from Z1Z1ᵀ and Z2ᵀZ2 of unit normal numbers."""
    first, second = (variance * gram for variance, gram in zip(variances, grams, strict=True))
    difference = second - first
    lam = np.trace(difference) / len(difference)
    distance = np.sqrt(max((difference**2).sum() - len(difference) * lam**2, 0.0))
    return 0.0 if infeasible(lam, *widths) else lam, distance, distance / np.linalg.norm(second + first)


def _random(config, data):
    """Random starts that are followed in time: (keys, their rows, N_i and N_o, [(w1, w2, sigma_yx, λ) of each])."""
    for rows in each(data["task/random"], "family", "n_in", "scheme"):
        run = next(rows.itertuples())
        if run.n_in <= config[run.family]["dynamics"][run.scheme]:
            numbers = only(data["task/numbers"], family=run.family, n_in=run.n_in)
            first, second = np.sqrt(_variances(config, run.scheme, (run.n_in, run.n_hidden, run.n_out)))
            w1, w2, sigma_yx = stacked(numbers, "w1", "w2", "sigma_yx")
            starts = list(zip(first * w1, second * w2, sigma_yx, rows["lam"], strict=True))
            yield {"family": run.family, "n_in": run.n_in, "scheme": run.scheme}, rows, (run.n_in, run.n_out), starts


def _perturbed(data):
    """Balanced starts moved off balance: the same."""
    for rows in each(data["task/perturbed"], "lam", "size"):
        run = next(rows.itertuples())
        starts = list(zip(rows["w1"], rows["w2"], rows["sigma_yx"], rows["nearest_lam"], strict=True))
        yield {"lam": run.lam, "size": run.size}, rows, (run.n_in, run.n_out), starts


def theory(config, data):
    """What is expected of random starts, and when to stop following a start."""
    imbalance, horizon, perturbed = Rows(), Rows(), Rows()
    for rows in each(data["task/random"], "family", "n_in", "scheme"):
        run = next(rows.itertuples())
        widths = run.n_in, run.n_hidden, run.n_out
        moments = expected(*widths, _variances(config, run.scheme, widths))
        key = {"family": run.family, "n_in": run.n_in, "scheme": run.scheme}
        imbalance.add(**key, lam=moments.lam, imbalance=np.sqrt(moments.distance))
    for table, sets in ((horizon, _random(config, data)), (perturbed, _perturbed(data))):
        for key, rows, _, starts in sets:
            table.add(**key, draw=rows["draw"], horizon=[_horizon(config, start) for start in starts])
    return {"imbalance": imbalance, "horizon": horizon, "perturbed_horizon": perturbed}


def _horizon(config, start):
    """`until` times the time at which the exact solution has learned to `learned`."""
    w1, w2, sigma_yx, lam = start
    fastest = np.hypot(lam, 2 * max(np.linalg.norm(sigma_yx, 2), np.linalg.norm(w2 @ w1, 2)))
    times = np.append(0.0, np.geomspace(1e-2, config["longest"], config["n_search"])) / fastest
    loss = nearest_solution(start, times).loss()
    learned = loss < config["learned"] * loss[0]
    return config["until"] * times[np.argmax(learned) if learned.any() else -1]


def simulation(config, data):
    departures, curves, perturbed, agreement = Rows(), Rows(), Rows(), Rows()
    for key, rows, counted, starts in _random(config, data):
        paths = _paths(config, only(data["theory/horizon"], **key), counted, starts, config["rtol"])
        found = _departures(config, paths)
        within = found["network_function"] / rows["relative_imbalance"].to_numpy() <= 1
        departures.add(**key, draw=rows["draw"], **found, within_distance=within)
        if [key["family"], key["scheme"], key["n_in"]] in config["shown"]:
            times, truth, theory = paths[0]
            relative = times / learned_at(times, truth, config["level"])
            losses = {name: path.loss / path.loss[0] for name, path in (("loss", truth), ("theory_loss", theory))}
            curves.add(**key, t=times, relative_time=relative, **losses)
    for key, rows, counted, starts in _perturbed(data):
        tolerance = config["rtol" if key["size"] else "balanced_rtol"]
        paths = _paths(config, only(data["theory/perturbed_horizon"], **key), counted, starts, tolerance)
        if key["size"]:
            perturbed.add(**key, draw=rows["draw"], **_departures(config, paths))
        else:
            furthest = max(deviation(theory.function, truth.function) for _, truth, theory in paths)
            agreement.add(lam=key["lam"], deviation_network_function=furthest)
    return {
        "departures": departures,
        "curves": curves,
        "perturbed_departures": perturbed,
        "agreement": agreement,
    }


def _paths(config, horizons, counted, starts, tolerance):
    """(times, flow, theory) of every start: the integrated flow beside the exact solution from the nearest balance."""
    w1, w2, sigma_yx = (np.array(arrays) for arrays in list(zip(*starts, strict=True))[:3])
    places = np.concatenate([[0.0], np.geomspace(config["earliest"], 1.0, config["n_times"])])
    times = horizons["horizon"].to_numpy()[:, None] * places
    flow = gradient_flows(w1, w2, sigma_yx, times, rtol=tolerance, atol=tolerance / 100)
    return [
        (times[k], flow_path(flow.w1[k], flow.w2[k], start[2], counted), exact_path(start, times[k], counted))
        for k, start in enumerate(starts)
    ]


def _departures(config, paths):
    """{quantity: error of the theory in each draw}."""
    found = [departure(times, truth, theory, config["level"]) for times, truth, theory in paths]
    return dict(zip(QUANTITIES, np.transpose(found), strict=True))
