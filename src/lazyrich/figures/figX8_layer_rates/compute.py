"""figX8: a learning rate for each layer is a relative scale.

curves   learning at several ratios ρ = η1/η2 of the rates: the same function and the same λ̂ at each (one curve,
         whatever the weights are), or the same start, a funnel with orthogonal layers, W2ᵀW2 = W1W1ᵀ = σ²I, so
         that λ̂ = σ²(√ρ − 1/√ρ)
end      kernel distance from such starts to convergence against ρ, for a funnel, a square and an inverted funnel,
         over random tasks and starts: the exact solution, and at some ρ descent with two rates
neurons  one hidden neuron: the solution of Kunin et al. (2024) at its own rates beside that of the matrices

The tables hold λ̂ as `lam`, the common rate √(η1η2) as `learning_rate`, and times in its units.
"""

import numpy as np

from ...linear import layer_rates_descent as layer_rates
from ...linear.descent import gradient_descent
from ...linear.exact import exact_solution
from ...linear.initialisation import Weights, random_rotation, weights_with_function
from ...linear.layer_rates import from_equal_rates, to_equal_rates
from ...linear.observables import kernel_distance
from ...linear.plain_descent import descend
from ...linear.tasks import task_from_singular_values
from ...neuron.solution import neuron_solution
from ...pipeline.common import deviation, drawn, stacked, thinned, with_matching_sign
from ...pipeline.frames import each, only
from ...pipeline.stages import Rows


def rates_of(ratio, learning_rate=1.0):
    """(η1, η2) of ratio ρ = η1/η2 and common rate √(η1η2)."""
    return learning_rate * np.sqrt(ratio), learning_rate / np.sqrt(ratio)


def task(config, seeds):
    curves, starts, ratios, neurons = Rows(), Rows(), Rows(), Rows()
    for ratio, start in _one_function(config, seeds.rng("equal")):
        curves.add(same="function", ratio=ratio, **_clock(config, config["equal"]["lam"]), **start)
    drawn_starts = {
        (shape, draw): _orthogonal(config, seeds.rng("orthogonal", shape, draw), *widths)
        for shape, widths in config["shapes"].items()
        for draw in range(config["n_draws"])
    }
    for (shape, draw), start in drawn_starts.items():
        starts.add(shape=shape, draw=draw, **start)
    for ratio in _ratios(config):
        lam = config["size"] ** 2 * (np.sqrt(ratio) - 1 / np.sqrt(ratio))
        ratios.add(ratio=ratio, **_clock(config, lam, max(1.0, abs(lam))))
        if ratio in config["ratios"]:
            curves.add(same="start", ratio=ratio, **_clock(config, lam), **drawn_starts["funnel", 0])
    for draw in range(config["n_draws"]):
        rng = seeds.rng("neuron", draw)
        target, w, a = rng.standard_normal((1, config["n_in"])), rng.standard_normal((1, config["n_in"])), rng.normal()
        neurons.add(draw=draw, **drawn((w, np.array([[a]])), target))
    return {"curves": curves, "starts": starts, "ratios": ratios, "neurons": neurons}


def _clock(config, lam, longer=1.0):
    """λ̂, learning rate and steps of a run."""
    rate = config["step"] / np.hypot(lam, 2 * max(config["singular_values"]))
    return {"lam": lam, "learning_rate": rate, "n_steps": round(config["until"] * longer / rate)}


def _one_function(config, rng):
    """(ratio, start) with one function and one λ̂ at each ratio."""
    n = config["equal"]["width"]
    learned = task_from_singular_values(config["singular_values"], n, n, rng=rng)
    small = config["equal"]["function"] * rng.standard_normal((n, n))
    balanced = weights_with_function(small, config["equal"]["lam"], n, rng=rng)
    balanced = with_matching_sign(balanced, learned.sigma_yx)
    for ratio in config["ratios"]:
        yield ratio, drawn(from_equal_rates(*balanced, rates_of(ratio)), learned.sigma_yx)


def _orthogonal(config, rng, n_in, n_hidden, n_out):
    """A start with W2ᵀW2 = W1W1ᵀ = σ²I, and a task whose determinant has the same sign if all widths are equal."""
    learned = task_from_singular_values(config["singular_values"], n_in, n_out, rng=rng)
    w1 = config["size"] * random_rotation(n_in, rng)[:n_hidden]
    w2 = config["size"] * random_rotation(n_out, rng)[:, :n_hidden]
    return drawn(with_matching_sign(Weights(w1, w2), learned.sigma_yx), learned.sigma_yx)


def _ratios(config):
    """Of the sweep, ascending: a grid, and those simulated."""
    grid = np.logspace(*config["log_ratio"], config["n_ratios"])
    return sorted({*(float(f"{ratio:.6g}") for ratio in grid), *map(float, config["ratios"])})


def _solution(run, times):
    """The exact solution of the rescaled weights."""
    return exact_solution(*to_equal_rates(run.w1, run.w2, rates_of(run.ratio)), run.sigma_yx, times, lam=run.lam)


def theory(config, data):
    curves, end, neurons = Rows(), Rows(), Rows()
    for run in data["task/curves"].itertuples():
        even = np.linspace(0, 1, config["n_records"])
        steps = np.unique((run.n_steps * even**2).round().astype(int))  # dense where curves are steep
        solution = _solution(run, steps * run.learning_rate)
        _add_curve(curves, run, steps, solution.network_function, solution.loss())
    for run in data["task/starts"].merge(data["task/ratios"], how="cross").itertuples():
        solution = _solution(run, np.array([0.0, run.n_steps * run.learning_rate]))
        left = ((solution.network_function[-1] - solution.sigma_yx) ** 2).sum() / (solution.sigma_yx**2).sum()
        distance = solution.kernel_distance()[-1]
        end.add(shape=run.shape, ratio=run.ratio, draw=run.draw, kernel_distance=distance, left=left)
    times = np.linspace(0, config["until"], config["n_neuron_times"])
    for run in data["task/neurons"].itertuples():
        for ratio in config["ratios"]:
            neurons.add(ratio=ratio, draw=run.draw, **_neuron(run, rates_of(ratio), times))
    return {"curves": curves, "end": end, "neurons": neurons}


def _add_curve(rows, run, steps, function, loss):
    columns = {"t": steps * run.learning_rate, "loss": loss, "n_in": run.n_in, "n_out": run.n_out}
    rows.add(same=run.same, ratio=run.ratio, step=steps, **columns, network_function=function)


def _neuron(run, rates, times):
    """λ̂ of a neuron, and how far the matrices' solution is from its own."""
    w1, w2 = to_equal_rates(run.w1, run.w2, rates)
    matrices = exact_solution(w1, w2, run.sigma_yx, times)
    neuron = neuron_solution(w=run.w1[0], a=run.w2[0, 0], xty=run.sigma_yx[0], times=times, rates=rates)
    return {
        "lam": float((w2**2).sum() - (w1**2).sum()),
        "deviation_network_function": deviation(matrices.network_function[:, 0], neuron.beta),
    }


def simulation(config, data):
    curves, agreement, end, end_agreement = Rows(), Rows(), Rows(), Rows()
    for run in data["task/curves"].itertuples():
        exact = only(data["theory/curves"], same=run.same, ratio=run.ratio)
        steps, (reference,) = exact["step"].to_numpy(), stacked(exact, "network_function")
        found1, found2 = _descend(run.w1[None], run.w2[None], run.sigma_yx, run, steps)
        function = (found2 @ found1)[0]
        loss = 0.5 * ((function - run.sigma_yx).reshape(len(steps), -1) ** 2).sum(1)
        _add_curve(curves, run, steps, function, loss)
        compared = _compared(config, run, steps, function, reference)
        agreement.add(same=run.same, ratio=run.ratio, lam=run.lam, **compared, step_size=config["step"])
    starts = data["task/starts"]
    for shape in each(starts, "shape"):
        for run in only(data["task/ratios"], ratio=config["ratios"]).itertuples():
            key = {"shape": shape["shape"].iloc[0], "ratio": run.ratio}
            found = _end(shape, run)
            end.add(**key, draw=shape["draw"], kernel_distance=found)
            exact = only(data["theory/end"], **key)["kernel_distance"].to_numpy()
            worst = np.abs(found - exact).max()
            end_agreement.add(**key, lam=run.lam, deviation_absolute=worst, step_size=config["step"])
    return {"curves": curves, "agreement": agreement, "end": end, "end_agreement": end_agreement}


def _descend(w1, w2, sigma_yx, run, steps):
    """Weights (starts, steps, ...) of each layer, by a rate for each."""
    rates = np.reshape(rates_of(run.ratio, run.learning_rate), (2, 1))
    return descend(lambda w1, w2: layer_rates.gradients(w1, w2, sigma_yx), (w1, w2), rates, steps)


def _compared(config, run, steps, function, exact):
    """Descent with two rates beside the exact solution, descent with one of the rescaled weights, and the flow."""
    hat = to_equal_rates(run.w1, run.w2, rates_of(run.ratio))
    one = gradient_descent(*hat, run.sigma_yx, learning_rate=run.learning_rate, steps=run.n_steps, record_at=steps)
    few = thinned(steps, config["n_flow_times"])
    flow1, flow2 = layer_rates.flow(run.w1, run.w2, run.sigma_yx, rates_of(run.ratio), steps[few] * run.learning_rate)
    return {
        "deviation_network_function": deviation(function, exact),
        "deviation_equal_rates": deviation(function, one.network_function),
        "deviation_flow_network_function": deviation(flow2 @ flow1, exact[few]),
    }


def _end(starts, run):
    """Kernel distance at the end of descent with two rates, the layers' parts of the kernel weighted by them."""
    rates = rates_of(run.ratio, run.learning_rate)
    w1, w2, sigma_yx = stacked(starts, "w1", "w2", "sigma_yx")
    end1, end2 = (w[:, -1] for w in _descend(w1, w2, sigma_yx, run, [run.n_steps]))
    return kernel_distance(*to_equal_rates(w1, w2, rates), *to_equal_rates(end1, end2, rates))
