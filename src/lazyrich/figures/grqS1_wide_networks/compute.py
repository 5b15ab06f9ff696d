"""grqS1: wide and deep linear networks (Kunin et al. 2024, Section 4 and Appendix B, which have no figure).

Loss and kernel over time for four shapes with neurons of one δ (`lam` in the tables), the tangent operator at
isotropic δ beside the published formula, and the functions that deep networks learn from a single example.
"""

import numpy as np

from ...linear.descent import simulate
from ...linear.flow import gradient_flow
from ...linear.initialisation import lambda_balanced_weights
from ...neuron import deep, wide
from ...neuron.simulation import deep_flow
from ...pipeline.common import deviation, run_row, thinned
from ...pipeline.records import Records

QUANTITIES = ("loss", "kernel_distance")


def _learning_rate(config, delta, widths):
    """η so that η times the typical fastest rate, √(δ² + 4|β*|²) of the neurons that share a direction, is the same."""
    return config["step"] / np.hypot(delta, 2.0) * min(widths) / widths[1]


def task(config, seeds):
    runs, records = [], Records()
    for shape, (d, h, c) in config["shapes"].items():
        for delta in config["deltas"]:
            rate = _learning_rate(config, delta, (d, h, c))
            regime = wide.regime(d, h, c, delta > 0) if delta != 0 else "rich"
            n_steps = int(config["until_lazy" if regime == "lazy" else "until"] / rate)
            for draw in range(config["n_draws"]):
                target = seeds.rng("target", shape, draw).standard_normal((c, d))
                rng = seeds.rng("start", shape, draw)  # the same directions at every δ
                w1, w2 = wide.random_neurons(delta, config["strength"], d, h, c, rng=rng)
                for name, matrix in (("w1", w1), ("w2", w2), ("sigma_yx", target / np.linalg.norm(target))):
                    records.add_matrices(len(runs), "task", name, matrix)
                runs.append(run_row(shape, delta, (d, h, c), regime, rate, n_steps, draw))
    isotropic = config["isotropic"]
    for d, h, c in isotropic["shapes"]:
        for delta in isotropic["deltas"]:
            exact = delta == 0 or h == (c if delta > 0 else d)
            for draw in range(config["n_draws"]):
                rng = seeds.rng("isotropic", d, h, c, draw)
                weights = lambda_balanced_weights(delta, d, h, c, rng=rng, scale=isotropic["scale"])
                records.add_matrices(len(runs), "task", "w1", weights.w1)
                records.add_matrices(len(runs), "task", "w2", weights.w2)
                init = "published holds" if exact else "published fails"
                runs.append(run_row("isotropic", delta, (d, h, c), init, draw=draw))
    for layers in config["deep"]["hidden_layers"]:
        runs.append(run_row("deep", 0.0, (2, 1, 1), "rank one", draw=layers))
    return runs, records


def _weights(data, run):
    return data.matrix("w1", run.run_id), data.matrix("w2", run.run_id)


def _single(config):
    """(β at the start, Xᵀy, XᵀX) of the single example."""
    x = np.array(config["deep"]["x"])
    return np.array(config["deep"]["beta"]), x * config["deep"]["y"], np.outer(x, x)


def theory(config, data):
    records = Records()
    for run in (run for shape in config["shapes"] for run in data.panel(shape)):
        w1, w2 = _weights(data, run)
        betas = w1[:, :, None] * w2.T[:, None, :]  # of each neuron, (h, d, c)
        by_neuron = wide.tangent_operator_by_neuron(betas, np.full(run.n_hidden, run.lam))
        records.add(run.run_id, "theory", "deviation_by_neuron", deviation(by_neuron, wide.tangent_operator(w1, w2)))
    for run in data.panel("isotropic"):
        w1, w2 = _weights(data, run)
        beta, operator = (w2 @ w1).T, wide.tangent_operator(w1, w2)
        corrected = wide.isotropic_tangent_operator(beta, run.lam, run.n_hidden)
        records.add(run.run_id, "theory", "deviation_isotropic", deviation(corrected, operator))
        published = deviation(wide.published_tangent_operator(beta, run.lam), operator)
        records.add(run.run_id, "theory", "mismatch_published", published)
    start, xty, xtx = _single(config)
    for run in data.panel("deep"):
        records.add(run.run_id, "theory", "learned", deep.learned_function(start, xty, xtx, run.draw)[None])
    return records


def simulation(config, data):
    records = Records()
    for shape in config["shapes"]:
        for delta in config["deltas"]:
            _descend(records, config, data, [run for run in data.panel(shape) if run.lam == delta])
    start, xty, xtx = _single(config)
    times = np.linspace(0, config["deep"]["until"], config["deep"]["n_times"])
    for run in data.panel("deep"):
        beta = deep_flow(start, xty, run.draw, times, xtx)
        learned = data.numbers("learned", run.run_id, "theory")[2][0]
        records.add(run.run_id, "flow", "beta", beta, np.arange(times.size), times)
        records.add(run.run_id, "flow", "deviation_learned", deviation(beta[-1], learned))
    return records


def _descend(records, config, data, runs):
    """Loss and kernel distance over draws of one shape and δ, and the first draw beside the integrated flow."""
    first = runs[0]
    w1, w2 = (np.stack(layer) for layer in zip(*(_weights(data, run) for run in runs), strict=True))
    sigma_yx = np.stack([data.matrix("sigma_yx", run.run_id) for run in runs])
    until = first.n_steps
    steps = np.unique(np.logspace(0, np.log10(until), config["n_times"]).round().astype(int))
    descent = simulate(w1, w2, sigma_yx, learning_rate=first.learning_rate, steps=until, record_at=steps)
    times, run_id = steps * first.learning_rate, first.run_id
    loss, distance = descent.loss(), descent.kernel_distance()
    logs = np.log(np.maximum(loss, config["floor"]))
    records.add(run_id, "simulation", "loss_mean", np.exp(logs.mean(0)), steps, times)
    for name, sign in (("low", -1), ("high", 1)):
        records.add(run_id, "simulation", f"loss_{name}", np.exp(logs.mean(0) + sign * logs.std(0)), steps, times)
        band = distance.mean(0) + sign * distance.std(0)
        records.add(run_id, "simulation", f"kernel_distance_{name}", band, steps, times)
    records.add(run_id, "simulation", "kernel_distance_mean", distance.mean(0), steps, times)
    records.add(run_id, "simulation", "final_kernel_distance", distance[:, -1].mean())
    records.add(run_id, "simulation", "final_kernel_distance_std", distance[:, -1].std())
    fitted = loss <= config["fitted"]
    fit_time = np.where(fitted.any(1), times[fitted.argmax(1)], times[-1])  # the last time where it is not reached
    records.add(run_id, "simulation", "fit_time", np.median(fit_time))
    early = np.flatnonzero(times <= config["flow"]["until"])
    few = early[thinned(early, config["flow"]["n_times"])]
    flow = gradient_flow(w1[0], w2[0], sigma_yx[0], times[few])
    for name, values, reference in (
        ("loss", loss[0, few], flow.loss()),
        ("kernel_distance", distance[0, few], flow.kernel_distance()),
    ):
        records.add(run_id, "simulation", f"deviation_{name}", deviation(values, reference))
