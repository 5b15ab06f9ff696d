"""figX8: a learning rate for each layer is a relative scale.

equal   the same function and the same λ̂ at several ratios of the rates: one curve, whatever the weights are
single  one start of the funnel with orthogonal layers, W2ᵀW2 = W1W1ᵀ = σ²I, trained at several ratios ρ = η1/η2:
        λ̂ = σ²(√ρ − 1/√ρ)
ratio   kernel distance from such starts to convergence against ρ, for a funnel, a square and an inverted funnel,
        over random tasks and starts: the exact solution, and at some ρ descent with two rates
neuron  one hidden neuron: the solution of Kunin et al. (2024) at its own rates beside that of the matrices

The tables hold λ̂ as `lam`, the common rate √(η1η2) as `learning_rate`, and times in its units.
"""

import numpy as np

from ...linear import layer_rates_descent as layer_rates
from ...linear.descent import simulate
from ...linear.initialisation import Weights, random_rotation, weights_with_function
from ...linear.layer_rates import common_rate, from_equal_rates, to_equal_rates
from ...linear.observables import kernel_distance
from ...linear.riccati import exact_solution
from ...linear.tasks import task_from_singular_values
from ...neuron.solution import neuron_solution
from ...pipeline.common import (
    add_start,
    add_statistics,
    deviation,
    grouped,
    run_row,
    start,
    thinned,
    with_matching_sign,
)
from ...pipeline.records import Records


def rates_of(ratio, learning_rate=1.0):
    """(η1, η2) of ratio ρ = η1/η2 and common rate √(η1η2)."""
    return learning_rate * np.sqrt(ratio), learning_rate / np.sqrt(ratio)


def task(config, seeds):
    runs, records = [], Records()
    s = config["singular_values"]

    def add(panel, weights, drawn, lam, widths, ratio, until, draw=0):
        rate = config["step"] / np.hypot(lam, 2 * max(s))
        add_start(records, len(runs), weights, drawn)
        records.add(len(runs), "task", "ratio", ratio)
        runs.append(run_row(panel, lam, widths, "two rates", rate, round(until / rate), draw))

    n = config["equal"]["width"]
    rng = seeds.rng("equal")
    drawn = task_from_singular_values(s, n, n, rng=rng)
    small = config["equal"]["function"] * rng.standard_normal((n, n))
    balanced = weights_with_function(small, config["equal"]["lam"], n, rng=rng)
    balanced = with_matching_sign(balanced, drawn.sigma_yx)
    for ratio in config["ratios"]:
        weights = from_equal_rates(*balanced, rates_of(ratio))
        add("equal", weights, drawn, config["equal"]["lam"], (n, n, n), ratio, config["until"])
    for shape, widths in config["shapes"].items():
        for draw in range(config["n_draws"]):
            weights, drawn = _orthogonal(config, seeds.rng("orthogonal", shape, draw), s, *widths)
            for ratio in _ratios(config):
                lam = config["size"] ** 2 * (np.sqrt(ratio) - 1 / np.sqrt(ratio))
                add(shape, weights, drawn, lam, widths, ratio, config["until"] * max(1.0, abs(lam)), draw)
                if shape == "funnel" and draw == 0 and ratio in config["ratios"]:
                    add("single", weights, drawn, lam, widths, ratio, config["until"])
    for draw in range(config["n_draws"]):
        rng = seeds.rng("neuron", draw)
        target, w, a = rng.standard_normal((1, config["n_in"])), rng.standard_normal((1, config["n_in"])), rng.normal()
        for ratio in config["ratios"]:
            records.add_matrices(len(runs), "task", "w1", w)
            records.add_matrices(len(runs), "task", "w2", [[a]])
            records.add_matrices(len(runs), "task", "sigma_yx", target)
            records.add(len(runs), "task", "ratio", ratio)
            w1, w2 = to_equal_rates(w, np.array([[a]]), rates_of(ratio))
            lam = float((w2**2).sum() - (w1**2).sum())
            runs.append(run_row("neuron", lam, (config["n_in"], 1, 1), "two rates", draw=draw))
    return runs, records


def _ratios(config):
    """Of the sweep, ascending: a grid, and those simulated."""
    grid = np.logspace(*config["log_ratio"], config["n_ratios"])
    return sorted({*(float(f"{ratio:.6g}") for ratio in grid), *map(float, config["ratios"])})


def _orthogonal(config, rng, s, n_in, n_hidden, n_out):
    """A start with W2ᵀW2 = W1W1ᵀ = σ²I, and a task whose determinant has the same sign if all widths are equal."""
    drawn = task_from_singular_values(s, n_in, n_out, rng=rng)
    w1 = config["size"] * random_rotation(n_in, rng)[:n_hidden]
    w2 = config["size"] * random_rotation(n_out, rng)[:, :n_hidden]
    return with_matching_sign(Weights(w1, w2), drawn.sigma_yx), drawn


def _ratio(data, run):
    return data.number("ratio", run.run_id, "task")


def _solution(data, run, times):
    """The exact solution of the rescaled weights."""
    w1, w2, sigma_yx = start(data, run)
    return exact_solution(*to_equal_rates(w1, w2, rates_of(_ratio(data, run))), sigma_yx, times, lam=run.lam)


def theory(config, data):
    records = Records()
    for run in [*data.panel("equal"), *data.panel("single")]:
        even = np.linspace(0, 1, config["n_records"])
        steps = np.unique((run.n_steps * even**2).round().astype(int))  # dense where curves are steep
        solution = _solution(data, run, steps * run.learning_rate)
        n = run.n_in * run.n_out
        function = solution.network_function.reshape(-1, n)
        records.add(run.run_id, "theory", "network_function", function, steps, solution.times)
        records.add(run.run_id, "theory", "loss", solution.loss(), steps, solution.times)
    for shape in config["shapes"]:
        for runs in grouped(data.panel(shape), lambda run: run.lam):
            ends = []
            for run in runs:
                end = run.n_steps * run.learning_rate
                solution = _solution(data, run, np.array([0.0, end]))
                ends.append(solution.kernel_distance()[-1])
                left = ((solution.network_function[-1] - solution.sigma_yx) ** 2).sum() / (solution.sigma_yx**2).sum()
                records.add(run.run_id, "theory", "final_distance", ends[-1], run.n_steps, end)
                records.add(run.run_id, "theory", "left", left, run.n_steps, end)
            add_statistics(records, runs[0].run_id, "theory", "final_distance", np.array(ends))
    times = np.linspace(0, config["until"], config["n_neuron_times"])
    for run in data.panel("neuron"):
        w1, w2, sigma_yx = start(data, run)
        rates = rates_of(_ratio(data, run))
        matrices = exact_solution(*to_equal_rates(w1, w2, rates), sigma_yx, times)
        eta_w, eta_a = rates
        neuron = neuron_solution(w2[0, 0], w1[0], sigma_yx[0], times, rates=(eta_a, eta_w))
        found = deviation(matrices.network_function[:, 0], neuron.beta)
        records.add(run.run_id, "theory", "deviation_neuron", found)
    return records


def _kernel_distance(start_weights, w1, w2, rates):
    """Of the tangent kernel with these rates, the layers' parts weighted by them: that of the rescaled weights."""
    return kernel_distance(*to_equal_rates(*start_weights, rates), *to_equal_rates(w1, w2, rates))


def simulation(config, data):
    records = Records()
    for run in [*data.panel("equal"), *data.panel("single")]:
        _curves(config, data, records, run)
    for shape in config["shapes"]:
        runs = [run for run in data.panel(shape) if _ratio(data, run) in config["ratios"]]
        for same in grouped(runs, lambda run: run.lam):
            _ends(data, records, same)
    return records


def _curves(config, data, records, run):
    """Descent with two rates, beside descent with one of the rescaled weights and beside the integrated flow."""
    steps, times, exact = data.numbers("network_function", run.run_id, "theory")
    ratio, run_id = _ratio(data, run), run.run_id
    w1, w2, sigma_yx = start(data, run)
    found1, found2 = layer_rates.descend(w1, w2, sigma_yx, rates_of(ratio, run.learning_rate), steps)
    function = (found2 @ found1).reshape(exact.shape)
    records.add(run_id, "simulation", "network_function", function, steps, times)
    loss = 0.5 * ((function - sigma_yx.ravel()) ** 2).sum(1)
    records.add(run_id, "simulation", "loss", loss, steps, times)
    records.add(run_id, "simulation", "deviation_network_function", deviation(function, exact))
    hat = to_equal_rates(w1, w2, rates_of(ratio))
    one = simulate(*hat, sigma_yx, learning_rate=run.learning_rate, steps=run.n_steps, record_at=steps)
    same = deviation(function, one.network_function.reshape(exact.shape))
    records.add(run_id, "theory", "deviation_equal_rates", same)
    few = thinned(steps, config["n_flow_times"])
    flow1, flow2 = layer_rates.flow(w1, w2, sigma_yx, rates_of(ratio), times[few])
    found = deviation((flow2 @ flow1).reshape(len(few), -1), exact[few])
    records.add(run_id, "flow", "deviation_network_function", found)


def _ends(data, records, runs):
    """Kernel distance at the end of descent with two rates, of runs with one λ̂."""
    first = runs[0]
    rates = rates_of(_ratio(data, first), first.learning_rate)
    w1, w2, sigma_yx = (np.array(arrays) for arrays in zip(*(start(data, run) for run in runs), strict=True))
    end1, end2 = (w[:, -1] for w in layer_rates.descend(w1, w2, sigma_yx, rates, [first.n_steps]))
    ends = _kernel_distance((w1, w2), end1, end2, rates)
    time = first.n_steps * common_rate(rates)
    for run, end in zip(runs, ends, strict=True):
        records.add(run.run_id, "simulation", "final_distance", end, run.n_steps, time)
    add_statistics(records, first.run_id, "simulation", "final_distance", ends)
    exact = np.array([data.number("final_distance", run.run_id, "theory") for run in runs])
    records.add(first.run_id, "simulation", "deviation_absolute_final_distance", np.abs(ends - exact).max())
