"""grq6d: grokking in modular arithmetic over scale τ and relative scale α (Kunin et al. 2024, Fig. 6d and 12).

A network learns x + y mod p from some of the pairs; embedding / α, logits · τ, learning rate / τ². `lam` in the tables
is α, `tau` a record of each run. When does it know the examples, and when the others?

Nothing closed is known here but the start: `theory` says that its outputs are those of α = 1 divided by α.
"""

import numpy as np

from ...nonlinear.classifiers import modular
from ...pipeline.common import add_statistics, grouped, run_row
from ...pipeline.records import Records

PANEL = "sweep"
PARTS = ("train", "validation")


def task(config, seeds):
    runs, records = [], Records()
    p, d, h, std = (config[name] for name in ("modulus", "n_embedding", "n_hidden", "embedding_std"))
    for draw in range(config["n_draws"]):
        first = len(runs)
        for tau in config["taus"]:
            for alpha in _alphas(config, tau):
                row = run_row(PANEL, alpha, (2 * p, h, p), f"tau {tau:g}", config["learning_rate"] / tau**2)
                runs.append(row | {"n_steps": config["n_steps"], "draw": draw})
                records.add(len(runs) - 1, "task", "tau", tau)
        start = modular.start(seeds.rng("start", draw), p, d, h, std)
        for name, w in zip(("embedding", "hidden", "readout"), start, strict=True):
            records.add_matrices(first, "task", name, w)
        order = seeds.rng("split", draw).permutation(p * p)
        records.add_matrices(first, "task", "trained", (order < round(config["train_fraction"] * p * p))[None])
    return runs, records


def blocks(config, data, stage):
    """Networks of one draw and τ."""
    return list(grouped(data.panel(PANEL), lambda run: (run.draw, run.init)))


def theory(config, data):
    records = Records()
    inputs, _ = modular.pairs(config["modulus"])
    for name in ("alphas", "shown_alphas"):
        records.add(0, "theory", name, np.sort(config[name])[None])
    for name in ("shown_tau", "threshold"):
        records.add(0, "theory", name, config[name])
    for runs in grouped(data.panel(PANEL), lambda run: run.draw):
        start = _start(data, runs[0])
        records.add(runs[0].run_id, "theory", "embedding_share", start[0].size / sum(w.size for w in start))
        same = [run for run in runs if run.init == runs[0].init]
        alphas = np.array([1.0, *(run.lam for run in same)])
        one, *others = modular.logits(_scaled(start, alphas), inputs, np.ones(len(alphas)))
        for run, outputs in zip(same, others, strict=True):
            difference = np.abs(run.lam * outputs - one).max() / np.abs(one).max()
            records.add(run.run_id, "theory", "deviation_start", difference)
    return records


def simulation_rows(config, data, runs):
    """Steps to the threshold on either part, −1 if it was not reached, then both accuracies check by check."""
    first = next(run for run in data.panel(PANEL) if run.draw == runs[0].draw)
    inputs, labels = modular.pairs(config["modulus"])
    tau = data.number("tau", runs[0].run_id, "task")
    reached, accuracies = modular.train(
        [w.astype(np.float32) for w in _scaled(_start(data, first), np.array([run.lam for run in runs]))],
        np.full(len(runs), tau),
        inputs.astype(np.float32),
        labels,
        data.matrix("trained", first.run_id)[0] > 0,
        rate=config["learning_rate"],
        betas=config["betas"],
        decay=config["weight_decay"],
        warm_up=(config["warm_up_steps"], config["warm_up_from"]),
        checks=_checks(config),
        threshold=config["threshold"],
    )
    return np.hstack([reached, accuracies.reshape(len(runs), -1)])


def simulation(config, data, rows):
    records = Records()
    runs = data.panel(PANEL)
    steps = {}  # (τ, α) -> steps (draws, 2)
    for group in grouped(runs, lambda run: (run.init, run.lam)):
        reached = np.array([rows[run.run_id][:2] for run in group])
        ended = np.where(reached < 0, config["n_steps"], reached)
        cell = data.number("tau", group[0].run_id, "task"), group[0].lam
        steps[cell] = np.maximum(ended, 1)  # what is known from the start has no logarithm
        for j, part in enumerate(PARTS):
            for run, value in zip(group, ended[:, j], strict=True):
                records.add(run.run_id, "simulation", f"{part}_steps", value)
            records.add(group[0].run_id, "simulation", f"{part}_unfinished", (reached[:, j] < 0).sum())
            add_statistics(records, group[0].run_id, "simulation", f"{part}_steps", ended[:, j])
        records.add(group[0].run_id, "simulation", "times_later_min", (ended[:, 1] / np.maximum(ended[:, 0], 1)).min())
        if cell[0] == config["shown_tau"] and cell[1] in config["shown_alphas"]:
            _curves(records, config, group, rows)
    _comparisons(records, config, runs, steps)
    return records


def _curves(records, config, group, rows):
    """Accuracies over the steps that are shown: mean and range over draws."""
    checks = _checks(config)
    shown = checks <= config["shown_steps"]
    curves = np.array([rows[run.run_id][2:].reshape(-1, 2)[shown] for run in group])
    for j, part in enumerate(PARTS):
        add_statistics(
            records, group[0].run_id, "simulation", f"{part}_accuracy", curves[:, :, j], axis=0, step=checks[shown]
        )


def _comparisons(records, config, runs, steps):
    """Where the map of steps to know the held-out pairs is extreme, and how it changes with α and with τ."""
    taus, alphas = config["taus"], config["alphas"]
    grid = np.array([[steps[tau, alpha][:, 1] for alpha in alphas] for tau in taus])  # (τ, α, draws)
    mean = grid.mean(-1)
    for name, place in (("best", mean.argmin()), ("worst", mean.argmax())):
        i, j = np.unravel_index(place, mean.shape)
        records.add(0, "simulation", f"{name}_tau", taus[i])
        records.add(0, "simulation", f"{name}_alpha", alphas[j])
    over_taus = np.exp(np.log(grid).mean((0, 2)))  # geometric mean over τ and draws
    ids = {run.lam: run.run_id for run in reversed(runs) if run.draw == 0}
    for alpha, typical, fastest, slowest in zip(alphas, over_taus, grid[0], grid[-1], strict=True):
        records.add(ids[alpha], "simulation", "typical_steps", typical)
        records.add(ids[alpha], "simulation", "tau_ratio_min", (slowest / fastest).min())
    for alpha, ratio in zip(alphas, over_taus[:-1] / over_taus[1:], strict=False):
        records.add(ids[alpha], "simulation", "typical_ratio", ratio)
    records.add(0, "simulation", "alpha_ratio", over_taus[0] / over_taus[-1])
    shown = [steps[config["shown_tau"], alpha][:, 1] for alpha in config["shown_alphas"]]
    for draw in range(config["n_draws"]):
        run_id = next(run.run_id for run in runs if run.draw == draw)
        by_alpha = np.log10(grid[:, :, draw]).mean(0)  # a line through it: powers of ten a power of ten of α
        records.add(run_id, "simulation", "slope", np.polyfit(np.log10(alphas), by_alpha, 1)[0])
        records.add(run_id, "simulation", "shown_ratio", shown[0][draw] / shown[-1][draw])


def _alphas(config, tau):
    return sorted({*config["alphas"], *(config["shown_alphas"] if tau == config["shown_tau"] else ())})


def _checks(config):
    """Steps at which accuracy is measured: fine at first, where training ends, then coarse."""
    fine, coarse = config["check_every"]
    return np.unique([*range(0, config["fine_until"], fine), *range(0, config["n_steps"] + 1, coarse)])


def _start(data, run):
    return [data.matrix(name, run.run_id) for name in ("embedding", "hidden", "readout")]


def _scaled(start, alphas):
    """Networks side by side, embedding / α."""
    embedding, *others = start
    return [embedding / alphas[:, None, None], *(np.stack([w] * len(alphas)) for w in others)]
