"""figX4: is it λ, or just large weights? Relative scale and size of the start, each without the other.

A run is one kind of start, its draws are the steps; size is (‖W1‖² + ‖W2‖²)/N, N the input width.

map         kernel distance from start to convergence, over λ and size: λ-balanced weights exist for |λ| < size
fixed size  over λ at one size; beside it random weights with the same layer norms
fixed λ     over size at one λ; beside it random weights with equal layer norms, λ* = 0 on average, at two widths
imbalance   at one size: balanced weights at every λ, two shapes, and random weights, the wider the less balanced
"""

import numpy as np

from ...linear.flow import gradient_flow
from ...linear.observables import kernel_distance
from ...linear.passage import time_to_loss
from ...linear.riccati import exact_solution
from ...linear.tasks import task_from_singular_values
from ...pipeline.common import add_statistics, deviation, grouped, run_row
from ...pipeline.records import Records
from ...pipeline.size import balanced_of_norm, descend_until_learned, imbalance, task_cosine, unbalanced_of_norms

PANELS = ("map", "fixed size", "fixed lambda", "imbalance")


def task(config, seeds):
    n, draws = len(config["singular_values"]), np.arange(config["n_draws"])
    runs, records = [], Records()
    tasks = {n_out: [_draw(config, seeds, n_out, k) for k in draws] for n_out in (n, config["imbalance"]["wide_out"])}

    def add(panel, init, size, lam=0.0, n_hidden=n, n_out=n, descended=False):
        starts = []
        for k in draws:
            sigma_yx, direction = tasks[n_out][k]
            # one stream for all sizes and λ: the same directions in both
            if init == "balanced":
                w1, w2 = balanced_of_norm(direction, lam, n * size, n_hidden, rng=seeds.rng("hidden", k))
            else:
                norms = np.sqrt(n * np.array([size - lam, size + lam]) / 2)
                rng = seeds.rng("unbalanced", n_hidden, k)
                w1, w2 = unbalanced_of_norms(*norms, (n, n_hidden, n_out), sigma_yx, rng=rng)
            starts.append((w1, w2, sigma_yx))
        w1, w2, sigma_yx = (np.array(part) for part in zip(*starts, strict=True))
        for name, matrices in (("w1", w1), ("w2", w2), ("sigma_yx", sigma_yx)):
            records.add_matrices(len(runs), "task", name, matrices, draws)
        records.add(len(runs), "task", "size", size)
        records.add(len(runs), "task", "descended", descended or init == "unbalanced")
        if init == "balanced":
            records.add(len(runs), "task", "imbalance_mean", abs(lam) / size)
        else:
            add_statistics(records, len(runs), "task", "imbalance", imbalance(w1, w2))
        runs.append(run_row(panel, lam, (n, n_hidden, n_out), init))

    for size in config["sizes"]:
        for lam in _lambdas(config, size):
            add("map", "balanced", size, lam)
    block = config["fixed_size"]
    for size in block["sizes"]:
        for share in block["shares"]:
            descended = size == block["simulated_size"] and share in block["simulated_shares"]
            add("fixed size", "balanced", size, share * size, descended=descended)
    for share in block["simulated_shares"]:
        add("fixed size", "unbalanced", block["simulated_size"], share * block["simulated_size"])
    block = config["fixed_lambda"]
    for lam in block["lambdas"]:
        least = max(block["least"], lam / config["edge"])
        for size in np.geomspace(least, block["largest"], block["n_sizes"]):
            descended = lam == 0 and np.isclose(size, block["simulated_sizes"]).any()
            add("fixed lambda", "balanced", size, lam, descended=descended)
    for width in block["unbalanced_widths"]:
        for size in block["simulated_sizes"]:
            add("fixed lambda", "unbalanced", size, n_hidden=width)
    block = config["imbalance"]
    for n_out, sign in ((n, 1), (block["wide_out"], -1), (block["wide_out"], 1)):
        for gap in block["gaps"]:
            add("imbalance", "balanced", block["size"], sign * (1 - gap) * block["size"], n_out=n_out)
    for width in block["widths"]:
        add("imbalance", "unbalanced", block["size"], n_hidden=width)
    return runs, records


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


def _starts(data, run):
    return (data.matrices(name, run.run_id, "task")[2] for name in ("w1", "w2", "sigma_yx"))


def _balanced(data, panel):
    return [run for run in data.panel(panel) if run.init == "balanced"]


def theory(config, data):
    records, distances = Records(), {}
    for run in (run for panel in PANELS for run in _balanced(data, panel)):
        ends, times = [], []
        for w1, w2, sigma_yx in zip(*_starts(data, run), strict=True):
            end = exact_solution(w1, w2, sigma_yx, np.array([0.0, config["until"]]), lam=run.lam)
            ends.append((end.kernel_distance()[-1], task_cosine(*end.weights(-1), sigma_yx)))
            if run.panel == "fixed lambda":
                times.append(time_to_loss(w1, w2, sigma_yx, _level(config, sigma_yx), lam=run.lam))
        distances[run.run_id], cosine = np.array(ends).T
        _measured(records, run, "theory", distances[run.run_id], cosine, times)
    _explained(records, data, distances)
    means = {run_id: distance.mean() for run_id, distance in distances.items()}
    for runs in grouped(_balanced(data, "fixed size"), lambda run: data.number("size", run.run_id, "task")):
        zero = next(run for run in runs if run.lam == 0)
        last = max(runs, key=lambda run: run.lam)
        records.add(last.run_id, "theory", "over_zero", means[last.run_id] / means[zero.run_id])
    for runs in grouped(_balanced(data, "fixed lambda"), lambda run: run.lam):
        records.add(runs[-1].run_id, "theory", "over_least_size", means[runs[-1].run_id] / means[runs[0].run_id])
    zero = np.array([distances[run.run_id] for run in _balanced(data, "fixed lambda") if run.lam == 0])
    first = data.panel("fixed lambda")[0].run_id
    records.add(first, "theory", "spread_at_zero", (np.ptp(zero, axis=0) / zero.max(0)).max())
    return records


def _level(config, sigma_yx):
    """The loss at which a task counts as learned."""
    return config["learned"] * (sigma_yx**2).sum((-2, -1)) / 2


def _measured(records, run, source, distance, cosine, times):
    """Distances of all draws, and statistics of everything."""
    records.add(run.run_id, source, "kernel_distance", distance, np.arange(len(distance)))
    add_statistics(records, run.run_id, source, "kernel_distance", distance)
    add_statistics(records, run.run_id, source, "task_cosine", cosine)
    if len(times):
        add_statistics(records, run.run_id, source, "log_time", np.log10(times), ("mean", "std"))


def _explained(records, data, distances):
    """Of the variance of the kernel distance over the map's cells, the part that a grouping of the cells explains.

    Σ_groups n_g (mean_g − mean)² / Σ_cells (value − mean)², for each draw by itself: by λ, by size, by λ/size.
    """
    runs = data.panel("map")
    values = np.array([distances[run.run_id] for run in runs])  # (cells, draws)
    lam, size = np.array([(run.lam, data.number("size", run.run_id, "task")) for run in runs]).T
    total = ((values - values.mean(0)) ** 2).sum(0)
    for name, key in (("lambda", lam), ("size", size), ("relative", np.round(lam / size, 9))):
        groups = [values[key == group] for group in np.unique(key)]
        between = sum(len(group) * (group.mean(0) - values.mean(0)) ** 2 for group in groups)
        add_statistics(records, runs[0].run_id, "theory", f"explained_{name}", between / total)


def simulation(config, data):
    records, distances = Records(), {}
    asked = [run for run in data.runs if data.number("descended", run.run_id, "task")]
    for runs in grouped(asked, lambda run: (run.n_in, run.n_hidden, run.n_out)):
        w1, w2, sigma_yx = (np.concatenate(part) for part in zip(*(_starts(data, run) for run in runs), strict=True))
        level = _level(config, sigma_yx)
        end1, end2, times = descend_until_learned(w1, w2, sigma_yx, level=level, **config["descent"])
        found = kernel_distance(w1, w2, end1, end2), task_cosine(end1, end2, sigma_yx), times
        for run, distance, cosine, time in zip(runs, *(np.split(x, len(runs)) for x in found), strict=True):
            distances[run.run_id] = distance
            _measured(records, run, "simulation", distance, cosine, time)
            if run.init == "balanced":
                exact = data.numbers("kernel_distance", run.run_id, "theory")[2][:, 0]
                records.add(run.run_id, "simulation", "deviation_kernel_distance", deviation(distance, exact))
    _against_flow(config, records, data, distances)
    _collapse(records, data, distances)
    return records


def _against_flow(config, records, data, distances):
    """The first draw of each unbalanced start at one size, by the integrator: no exact solution is known."""
    for run in (run for run in data.panel("fixed size") if run.init == "unbalanced"):
        w1, w2, sigma_yx = (m[0] for m in _starts(data, run))
        flow = gradient_flow(w1, w2, sigma_yx, np.array([0.0, config["flow_until"]]), rtol=1e-8, atol=1e-10)
        end = flow.kernel_distance()[-1]
        records.add(run.run_id, "simulation", "deviation_flow_distance", deviation(distances[run.run_id][0], end))


def _collapse(records, data, distances):
    """Mean distance of each unbalanced start over that of balanced ones of equal imbalance, interpolated."""
    runs = [run for run in data.panel("imbalance") if run.n_out == run.n_in]
    curve = []
    for run in (run for run in runs if run.init == "balanced"):
        mean = data.number("kernel_distance_mean", run.run_id, "theory")
        curve.append((1 - data.number("imbalance_mean", run.run_id, "task"), mean))
    gaps, means = np.log(np.array(sorted(curve)).T)
    for run in (run for run in runs if run.init == "unbalanced"):
        gap = np.log(1 - data.number("imbalance_mean", run.run_id, "task"))
        balanced = np.exp(np.interp(gap, gaps, means))
        records.add(run.run_id, "simulation", "over_balanced", distances[run.run_id].mean() / balanced)
