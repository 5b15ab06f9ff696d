"""grq6d: grokking in modular arithmetic over scale τ and relative scale α (Kunin et al. 2024, Fig. 6d and 12).

A network learns x + y mod p from some of the pairs; embedding / α, logits · τ, learning rate / τ². When does it know
the examples, and when the others?

Nothing closed is known here but the start: `theory` says that its outputs are those of α = 1 divided by α.
"""

import numpy as np

from ...nonlinear.classifiers import modular
from ...pipeline.frames import each, only
from ...pipeline.stages import Rows

PARTS = ("train", "validation")


def task(config, seeds):
    networks, starts, pairs = Rows(), Rows(), Rows()
    p, d, h, std = (config[name] for name in ("modulus", "n_embedding", "n_hidden", "embedding_std"))
    for draw in range(config["n_draws"]):
        for tau in config["taus"]:
            which = {"draw": draw, "tau": tau, "alpha": _alphas(config, tau)}
            networks.add(**which, learning_rate=config["learning_rate"] / tau**2, n_steps=config["n_steps"])
        embedding, hidden, readout = modular.start(seeds.rng("start", draw), p, d, h, std)
        widths = {"modulus": p, "n_embedding": d, "n_concatenated": 2 * d, "n_hidden": h}
        starts.add(draw=draw, **widths, embedding=embedding[None], hidden=hidden[None], readout=readout[None])
        order = seeds.rng("split", draw).permutation(p * p)
        x, y = np.divmod(np.arange(p * p), p)
        pairs.add(draw=draw, x=x, y=y, trained=order < round(config["train_fraction"] * p * p))
    return {"networks": networks, "starts": starts, "pairs": pairs}


def blocks(config, data, stage):
    """Networks of one draw and τ."""
    return each(data["task/networks"], "draw", "tau")


def theory(config, data):
    starts, model = Rows(), Rows()
    inputs, _ = modular.pairs(config["modulus"])
    alphas = np.array([1.0, *_alphas(config, config["taus"][0])])
    for draw in range(config["n_draws"]):
        base, *others = modular.logits(_scaled(data, draw, alphas), inputs, np.ones(len(alphas)))
        for alpha, outputs in zip(alphas[1:], others, strict=True):
            gap = np.abs(alpha * outputs - base).max() / np.abs(base).max()
            starts.add(draw=draw, alpha=alpha, deviation_start=gap)
    sizes = [w.size for w in _start(data, 0)]
    model.add(embedding_share=sizes[0] / sum(sizes))
    return {"starts": starts, "model": model}


def simulation_rows(config, data, networks):
    """Steps to the threshold on either part, −1 if it was not reached, then both accuracies check by check."""
    draw, alphas = networks["draw"].iloc[0], networks["alpha"].to_numpy()
    inputs, labels = modular.pairs(config["modulus"])
    reached, accuracies = modular.train(
        [w.astype(np.float32) for w in _scaled(data, draw, alphas)],
        networks["tau"].to_numpy(),
        inputs.astype(np.float32),
        labels,
        only(data["task/pairs"], draw=draw)["trained"].to_numpy(),
        rate=config["learning_rate"],
        betas=config["betas"],
        decay=config["weight_decay"],
        warm_up=(config["warm_up_steps"], config["warm_up_from"]),
        checks=_checks(config),
        threshold=config["threshold"],
    )
    return np.hstack([reached, accuracies.reshape(len(networks), -1)])


def simulation(config, data, rows):
    networks, curves, draws = Rows(), Rows(), Rows()
    known, checks = data["task/networks"][["draw", "tau", "alpha"]].copy(), _checks(config)
    shown = checks <= config["shown_steps"]
    reached = np.array([rows[k][:2] for k in known.index]).astype(int)
    for part, steps in zip(PARTS, reached.T, strict=True):
        known[f"{part}_steps"] = np.where(steps < 0, config["n_steps"], steps)
        known[f"{part}_unfinished"] = steps < 0
    networks.add(**known, threshold=config["threshold"])
    for run in only(known, tau=config["shown_tau"], alpha=config["shown_alphas"]).itertuples():
        accuracies = rows[run.Index][2:].reshape(-1, 2)[shown]
        which = {"draw": run.draw, "tau": run.tau, "alpha": run.alpha, "step": checks[shown]}
        curves.add(**which, train_accuracy=accuracies[:, 0], validation_accuracy=accuracies[:, 1])
    for of_draw in each(known, "draw"):
        draws.add(draw=of_draw["draw"].iloc[0], **_compared(config, of_draw))
    return {"networks": networks, "curves": curves, "draws": draws}


def _compared(config, of_draw):
    """How the steps to know the held-out pairs change with α in one draw."""
    steps = of_draw.pivot(index="tau", columns="alpha", values="validation_steps")
    steps = np.maximum(steps, 1)  # what is known from the start has no logarithm
    by_alpha = np.log10(steps[config["alphas"]].to_numpy()).mean(0)
    shown = steps.loc[config["shown_tau"], config["shown_alphas"]].to_numpy()
    return {
        # of a line through it: powers of ten a power of ten of α
        "slope": np.polyfit(np.log10(config["alphas"]), by_alpha, 1)[0],
        "shown_ratio": shown[0] / shown[-1],
    }


def _alphas(config, tau):
    return sorted({*config["alphas"], *(config["shown_alphas"] if tau == config["shown_tau"] else ())})


def _checks(config):
    """Steps at which accuracy is measured: fine at first, where training ends, then coarse."""
    fine, coarse = config["check_every"]
    return np.unique([*range(0, config["fine_until"], fine), *range(0, config["n_steps"] + 1, coarse)])


def _start(data, draw):
    start = only(data["task/starts"], draw=draw).iloc[0]
    return [start[name] for name in ("embedding", "hidden", "readout")]


def _scaled(data, draw, alphas):
    """Networks of one draw side by side, embedding / α."""
    embedding, *others = _start(data, draw)
    return [embedding / alphas[:, None, None], *(np.stack([w] * len(alphas)) for w in others)]
