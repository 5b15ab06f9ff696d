"""figX4: is it λ, or just large weights? Relative scale and size of the start, each without the other.

Size is (‖W1‖² + ‖W2‖²)/N, N the input width. Four series of starts:

map           kernel distance from start to convergence, over λ and size: λ-balanced weights exist for |λ| < size
fixed_size    over λ at one size; beside it random weights with the same layer norms
fixed_lambda  over size at one λ; beside it random weights with equal layer norms, λ* = 0 on average, at two widths
imbalance     at one size: balanced weights at every λ, two shapes, and random weights, the wider the less balanced
"""

import numpy as np
import pandas as pd

from ...linear.exact import exact_solution
from ...linear.flow import gradient_flow
from ...linear.observables import kernel_distance
from ...linear.passage import time_to_loss
from ...linear.tasks import task_from_singular_values
from ...pipeline.common import deviation, stacked
from ...pipeline.frames import each, only
from ...pipeline.stages import Rows
from .size import balanced_of_norm, curvature, descend_until_learned, imbalance, task_cosine, unbalanced_of_norms

SERIES = ("map", "fixed_size", "fixed_lambda", "imbalance")
BALANCED = ["lam", "size", "share", "n_hidden", "n_out", "draw"]  # columns that tell balanced starts from each other
PLACE = ["start", *BALANCED]
MEASURED = ["kernel_distance", "task_cosine", "time", "steps"]


def task(config, seeds):
    n = len(config["singular_values"])
    tasks, starts = Rows(), {name: Rows() for name in SERIES}
    draws = [(n_out, draw) for n_out in (n, config["imbalance"]["wide_out"]) for draw in range(config["n_draws"])]
    problems = {at: _draw(config, seeds, *at) for at in draws}
    for (n_out, draw), (sigma_yx, _) in problems.items():
        tasks.add(n_in=n, n_out=n_out, draw=draw, sigma_yx=sigma_yx[None])
    for name, start, size, lam, share, n_hidden, n_out in _points(config, n):
        for draw in range(config["n_draws"]):
            sigma_yx, direction = problems[n_out, draw]
            # one stream for all sizes and λ: the same directions in both
            if start == "balanced":
                w1, w2 = balanced_of_norm(direction, lam, n * size, n_hidden, rng=seeds.rng("hidden", draw))
                unbalance = abs(lam) / size
            else:
                norms = np.sqrt(n * np.array([size - lam, size + lam]) / 2)
                rng = seeds.rng("unbalanced", n_hidden, draw)
                w1, w2 = unbalanced_of_norms(*norms, (n, n_hidden, n_out), sigma_yx, rng=rng)
                unbalance = imbalance(w1, w2)
            place = dict(zip(PLACE, (start, lam, size, share, n_hidden, n_out, draw), strict=True))
            starts[name].add(**place, n_in=n, w1=w1[None], w2=w2[None], imbalance=unbalance)
    return {"tasks": tasks, **starts}


def _points(config, n):
    """(series, start, size, λ, λ/size, N_h, N_o) of all starts."""
    for size in config["sizes"]:
        for lam in _lambdas(config, size):
            yield "map", "balanced", size, lam, lam / size, n, n
    block = config["fixed_size"]
    shares = [("balanced", size, share) for size in block["sizes"] for share in block["shares"]]
    shares += [("unbalanced", block["simulated_size"], share) for share in block["simulated_shares"]]
    for start, size, share in shares:
        yield "fixed_size", start, size, share * size, share, n, n
    block = config["fixed_lambda"]
    for lam in block["lambdas"]:
        for size in _sizes(block, max(block["least"], lam / config["edge"])):
            yield "fixed_lambda", "balanced", size, lam, lam / size, n, n
    for width in block["unbalanced_widths"]:
        for size in block["simulated_sizes"]:
            yield "fixed_lambda", "unbalanced", size, 0.0, 0.0, width, n
    block = config["imbalance"]
    for n_out, sign in ((n, 1), (block["wide_out"], -1), (block["wide_out"], 1)):
        for gap in block["gaps"]:
            share = sign * (1 - gap)
            if share or (n_out, sign) != (block["wide_out"], 1):  # λ = 0 is among those of the other sign
                yield "imbalance", "balanced", block["size"], share * block["size"], share, n, n_out
    for width in block["widths"]:
        yield "imbalance", "unbalanced", block["size"], 0.0, 0.0, width, n


def _sizes(block, least):
    """The sizes of a curve, evenly spaced by ratio. One that descent has too is the same number to the last bit."""
    sizes = np.geomspace(least, block["largest"], block["n_sizes"])
    simulated = np.array(block["simulated_sizes"], dtype=float)
    same = np.isclose(sizes[:, None], simulated)
    return np.where(same.any(axis=1), simulated[same.argmax(axis=1)], sizes)


def _lambdas(config, size):
    """λ of the map at one size: 0, and just below each size up to it, with either sign."""
    magnitudes = [config["edge"] * other for other in config["sizes"] if other <= size]
    return [*(-m for m in reversed(magnitudes)), 0.0, *magnitudes]


def _draw(config, seeds, n_out, draw):
    """Σyx, and the direction of W2W1 at the start; where square, with determinants of one sign (else: figE2)."""
    n = len(config["singular_values"])
    sigma_yx = task_from_singular_values(
        config["singular_values"], n, n_out, rng=seeds.rng("task", n_out, draw)
    ).sigma_yx
    direction = seeds.rng("function", n_out, draw).standard_normal((n_out, n))
    if n_out == n and np.linalg.det(direction) * np.linalg.det(sigma_yx) < 0:
        direction[:, 0] *= -1
    return sigma_yx, direction


def _starts(data, name):
    """The starts of a series, with their tasks."""
    return data[f"task/{name}"].merge(data["task/tasks"], on=["n_in", "n_out", "draw"], how="left")


def theory(config, data):
    tables = {name: Rows() for name in SERIES}
    found = {name: _converged(config, name, only(_starts(data, name), start="balanced")) for name in SERIES}
    for name in SERIES:
        tables[name].add(**found[name])
    spread = _spread(only(found["fixed_lambda"], lam=0))
    return {**tables, "explained": _explained(found["map"], config["n_draws"]), "spread": spread}


def _converged(config, name, starts):
    """Kernel distance from start to convergence, cosine with the task's structure, and at some starts the time."""
    ends = []
    for run in starts.itertuples():
        end = exact_solution(run.w1, run.w2, run.sigma_yx, np.array([0.0, config["until"]]), lam=run.lam)
        of_run = [end.kernel_distance()[-1], task_cosine(*end.weights(-1), run.sigma_yx)]
        if name == "fixed_lambda":
            level = _level(config, run.sigma_yx)
            time = time_to_loss(run.w1, run.w2, run.sigma_yx, level, lam=run.lam)
            of_run += [time, time * max(curvature(run.w1, run.w2), curvature(*end.weights(-1))) / 2]
        ends.append(of_run)
    return starts[BALANCED].assign(**dict(zip(MEASURED, np.transpose(ends), strict=False)))


def _spread(found):
    """Of each draw the range of the distances over sizes, relative to the largest."""
    rows = Rows()
    for of_draw in each(found, "draw"):
        distance = of_draw["kernel_distance"]
        rows.add(draw=of_draw["draw"].iloc[0], spread_at_zero=np.ptp(distance) / distance.max())
    return rows


def _level(config, sigma_yx):
    """The loss at which a task counts as learned."""
    return config["learned"] * (sigma_yx**2).sum((-2, -1)) / 2


def _explained(found, n_draws):
    """Of the variance of the kernel distance over the map's cells, the part that a grouping of the cells explains.

    Σ_groups n_g (mean_g − mean)² / Σ_cells (value − mean)², for each draw by itself: by λ, by size, by λ/size.
    """
    rows, values = Rows(), found["kernel_distance"].to_numpy().reshape(-1, n_draws)  # (cells, draws)
    total = ((values - values.mean(0)) ** 2).sum(0)
    for name in ("lam", "size", "share"):
        key = np.round(only(found, draw=0)[name].to_numpy(), 9)
        groups = [values[key == group] for group in np.unique(key)]
        between = sum(len(group) * (group.mean(0) - values.mean(0)) ** 2 for group in groups)
        rows.add(grouping=name, draw=np.arange(n_draws), explained=between / total)
    return rows


def simulation(config, data):
    asked = {name: _descending(config, name, _starts(data, name)) for name in SERIES[1:]}
    found = pd.concat(asked, names=["series", "row"]).reset_index("series").reset_index(drop=True)
    found[MEASURED] = np.nan
    for part in each(found, "n_in", "n_hidden", "n_out"):
        w1, w2, sigma_yx = stacked(part, "w1", "w2", "sigma_yx")
        level = _level(config, sigma_yx)
        end1, end2, times = descend_until_learned(w1, w2, sigma_yx, level=level, **config["descent"])
        steps = times * np.maximum(curvature(w1, w2), curvature(end1, end2)) / 2
        measured = kernel_distance(w1, w2, end1, end2), task_cosine(end1, end2, sigma_yx), times, steps
        found.loc[part.index, MEASURED] = np.column_stack(measured)
    tables = {name: Rows() for name in asked}
    for name in asked:
        tables[name].add(**only(found, series=name)[[*PLACE, *MEASURED]])
    for name in ("fixed_size", "fixed_lambda"):
        tables[f"{name}_agreement"] = _agreement(data, name, only(found, series=name, start="balanced"))
    tables["flow_agreement"] = _against_flow(config, only(found, series="fixed_size", start="unbalanced", draw=0))
    return tables


def _descending(config, name, starts):
    """The starts of a series that are trained by descent: all unbalanced ones, and some balanced ones."""
    chosen = starts["start"] == "unbalanced"
    if name == "fixed_size":
        block = config["fixed_size"]
        chosen |= (starts["size"] == block["simulated_size"]) & starts["share"].isin(block["simulated_shares"])
    if name == "fixed_lambda":
        sizes = config["fixed_lambda"]["simulated_sizes"]
        chosen |= (starts["lam"] == 0) & starts["size"].isin(sizes)
    return starts[chosen]


def _agreement(data, name, found):
    """Descent from balanced starts beside the exact solution."""
    rows = Rows()
    both = found.merge(data[f"theory/{name}"], on=BALANCED, suffixes=("", "_exact"))
    for draws in each(both, "lam", "size"):
        gap = deviation(*draws[["kernel_distance", "kernel_distance_exact"]].to_numpy().T)
        rows.add(**draws[["lam", "size"]].iloc[0], deviation_kernel_distance=gap)
    return rows


def _against_flow(config, found):
    """One draw of each unbalanced start at one size, by the integrator: no exact solution is known."""
    rows = Rows()
    for run in found.itertuples():
        times = np.array([0.0, config["flow_until"]])
        flow = gradient_flow(run.w1, run.w2, run.sigma_yx, times, rtol=1e-8, atol=1e-10)
        gap = deviation(run.kernel_distance, flow.kernel_distance()[-1])
        rows.add(lam=run.lam, size=run.size, draw=run.draw, deviation_flow_distance=gap)
    return rows
