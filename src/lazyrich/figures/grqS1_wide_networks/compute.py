"""grqS1: wide and deep linear networks (Kunin et al. 2024, Section 4 and Appendix B, which have no figure).

Loss and kernel over time for four shapes with neurons of one δ, the tangent operator at isotropic δ beside the
published formula, and the functions that deep networks learn from a single example.
"""

import numpy as np

from ...linear.descent import gradient_descent
from ...linear.flow import gradient_flow
from ...linear.initialisation import lambda_balanced_weights
from ...neuron import deep, wide
from ...neuron.simulation import deep_flow
from ...pipeline.common import deviation, drawn, stacked, thinned
from ...pipeline.frames import each, one
from ...pipeline.stages import Rows


def _learning_rate(config, delta, widths):
    """η so that η times the typical fastest rate, √(δ² + 4|β*|²) of the neurons that share a direction, is the same."""
    return config["step"] / np.hypot(delta, 2.0) * min(widths) / widths[1]


def task(config, seeds):
    starts, isotropic = Rows(), Rows()
    for shape, (d, h, c) in config["shapes"].items():
        for delta in config["deltas"]:
            rate = _learning_rate(config, delta, (d, h, c))
            regime = wide.regime(d, h, c, delta > 0) if delta != 0 else "rich"
            n_steps = int(config["until_lazy" if regime == "lazy" else "until"] / rate)
            how = {"regime": regime, "learning_rate": rate, "n_steps": n_steps}
            for draw in range(config["n_draws"]):
                target = seeds.rng("target", shape, draw).standard_normal((c, d))
                rng = seeds.rng("start", shape, draw)  # the same directions at every δ
                weights = wide.random_neurons(delta, config["strength"], d, h, c, rng=rng)
                found = drawn(weights, target / np.linalg.norm(target))
                starts.add(shape=shape, delta=delta, draw=draw, **how, **found)
    block = config["isotropic"]
    for d, h, c in block["shapes"]:
        for delta in block["deltas"]:
            which = {"n_in": d, "n_hidden": h, "n_out": c, "delta": delta}
            for draw in range(config["n_draws"]):
                rng = seeds.rng("isotropic", d, h, c, draw)
                w1, w2 = lambda_balanced_weights(delta, d, h, c, rng=rng, scale=block["scale"])
                isotropic.add(**which, draw=draw, w1=w1[None], w2=w2[None])
    return {"starts": starts, "isotropic": isotropic}


def _single(config):
    """(β at the start, Xᵀy, XᵀX) of the single example."""
    x = np.array(config["deep"]["x"])
    return np.array(config["deep"]["beta"]), x * config["deep"]["y"], np.outer(x, x)


def theory(config, data):
    starts, isotropic, deep_ends = Rows(), Rows(), Rows()
    for run in data["task/starts"].itertuples():
        betas = run.w1[:, :, None] * run.w2.T[:, None, :]  # of each neuron, (h, d, c)
        by_neuron = wide.tangent_operator_by_neuron(betas, np.full(run.n_hidden, run.delta))
        gap = deviation(by_neuron, wide.tangent_operator(run.w1, run.w2))
        starts.add(shape=run.shape, delta=run.delta, draw=run.draw, deviation_by_neuron=gap)
    for run in data["task/isotropic"].itertuples():
        beta, operator = (run.w2 @ run.w1).T, wide.tangent_operator(run.w1, run.w2)
        corrected = wide.isotropic_tangent_operator(beta, run.delta, run.n_hidden)
        isotropic.add(
            **{name: getattr(run, name) for name in ("n_in", "n_hidden", "n_out", "delta", "draw")},
            published_holds=run.delta == 0 or run.n_hidden == (run.n_out if run.delta > 0 else run.n_in),
            deviation_isotropic=deviation(corrected, operator),
            mismatch_published=deviation(wide.published_tangent_operator(beta, run.delta), operator),
        )
    for layers in config["deep"]["hidden_layers"]:
        beta_1, beta_2 = deep.learned_function(*_single(config), layers)
        deep_ends.add(hidden_layers=layers, beta_1=beta_1, beta_2=beta_2)
    return {"starts": starts, "isotropic": isotropic, "deep": deep_ends}


def simulation(config, data):
    tables = {name: Rows() for name in ("curves", "ends", "agreement", "deep_flow", "deep_agreement")}
    for runs in each(data["task/starts"], "shape", "delta"):
        _descend(tables, config, runs)
    start, xty, xtx = _single(config)
    times = np.linspace(0, config["deep"]["until"], config["deep"]["n_times"])
    for layers in config["deep"]["hidden_layers"]:
        beta = deep_flow(start, xty, layers, times, xtx=xtx)
        learned = [one(data["theory/deep"], name, hidden_layers=layers) for name in ("beta_1", "beta_2")]
        tables["deep_flow"].add(hidden_layers=layers, t=times, beta_1=beta[:, 0], beta_2=beta[:, 1])
        tables["deep_agreement"].add(hidden_layers=layers, deviation_learned=deviation(beta[-1], learned))
    return tables


def _descend(tables, config, runs):
    """Loss and kernel distance of the draws of one shape and δ, and the first draw beside the integrated flow."""
    first = next(runs.itertuples())
    w1, w2, sigma_yx = stacked(runs, "w1", "w2", "sigma_yx")
    until = first.n_steps
    steps = np.unique(np.logspace(0, np.log10(until), config["n_times"]).round().astype(int))
    descent = gradient_descent(w1, w2, sigma_yx, learning_rate=first.learning_rate, steps=until, record_at=steps)
    which, times = {"shape": first.shape, "delta": first.delta}, steps * first.learning_rate
    loss, distance = descent.loss(), descent.kernel_distance()
    for draw, of_draw in zip(runs["draw"], zip(loss, distance, strict=True), strict=True):
        tables["curves"].add(**which, draw=draw, step=steps, t=times, loss=of_draw[0], kernel_distance=of_draw[1])
    fitted = loss <= config["fitted"]
    tables["ends"].add(
        **which,
        draw=runs["draw"],
        regime=first.regime,
        kernel_distance=distance[:, -1],
        fit_time=np.where(fitted.any(1), times[fitted.argmax(1)], times[-1]),  # the last time where it is not reached
    )
    early = np.flatnonzero(times <= config["flow"]["until"])
    few = early[thinned(early, config["flow"]["n_times"])]
    flow = gradient_flow(w1[0], w2[0], sigma_yx[0], times[few])
    tables["agreement"].add(
        **which,
        deviation_loss=deviation(loss[0, few], flow.loss()),
        deviation_kernel_distance=deviation(distance[0, few], flow.kernel_distance()),
    )
