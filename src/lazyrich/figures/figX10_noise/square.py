"""Square networks that fit their task: λ* under label noise by its law, with jitter, and by stochastic descent."""

import numpy as np

from ...linear.initialisation import weights_with_function
from ...linear.noisy_modes import balancing_rate, jittering_scale
from ...linear.observables import balance, kernel_distance
from ...linear.stochastic import stochastic_gradient_descent
from ...linear.tasks import task_from_singular_values
from ...pipeline.common import drawn, stacked, step_size
from ...pipeline.frames import only

SETTING = ("learning_rate", "batch", "noise", "lam")


def settings(config):
    """(block, values of η, B, σ, λ₀): the first setting, those with one value replaced, and at last that of panel D."""
    first, last = ({name: block[name] for name in SETTING} for block in (config, config["kernel"]))
    others = [first | {name: value} for name in SETTING for value in config["others"][name]]
    return [*((config, setting) for setting in [first, *others]), (config["kernel"], last)]


def add_starts(config, seeds, starts):
    for k, (block, setting) in enumerate(settings(config)):
        s = block["singular_values"]
        n, seed = len(s), seeds.rng("square descent", k).integers(2**53)
        steps = n_steps(n, n, config["until"], setting)
        for draw in range(block["n_draws"]):
            rng = seeds.rng("square", draw)  # the same directions in every setting
            sigma_yx = task_from_singular_values(s, n, n, rng=rng).sigma_yx
            weights = weights_with_function(sigma_yx, setting["lam"], n, rng=rng)
            columns = {"n_steps": steps, "descent_seed": seed, **drawn(weights, sigma_yx)}
            starts.add(setting=k, draw=draw, **setting, **columns)


def n_steps(n_in, n_out, until, setting):
    """Steps until ht = `until`."""
    rate = balancing_rate(n_in, n_out, setting["learning_rate"], setting["batch"], setting["noise"])
    return max(1, round(until / rate / setting["learning_rate"]))


def records(last, n_records):
    """Recorded steps, evenly."""
    return np.unique(np.linspace(0, last, n_records).round().astype(int))


def add_theory(config, starts, curves, balanced):
    for setting, runs in starts.groupby("setting"):
        run = runs.iloc[0]
        steps = records(run.n_steps, config["n_records"])
        rate, t = (
            balancing_rate(run.n_in, run.n_out, run.learning_rate, run.batch, run.noise),
            steps * run.learning_rate,
        )
        s = np.linalg.svd(run.sigma_yx, compute_uv=False)
        law = run.lam * np.exp(-rate * t)
        faster = jittering_scale(rate * t, run.lam, s, run.learning_rate, run.batch)
        rng = np.random.default_rng(0)  # only turns the hidden layer, which the kernel does not see
        ways = [weights_with_function(run.sigma_yx, lam, run.n_hidden, rng=rng) for lam in faster]
        w1, w2 = (np.stack(layer) for layer in zip(*ways, strict=True))
        rich = weights_with_function(run.sigma_yx, 0.0, run.n_hidden, rng=rng)
        balanced.add(setting=setting, kernel_distance=kernel_distance(run.w1, run.w2, *rich))
        columns = {"step": steps, "t": t, "passed": rate * t, "law": law, "law_with_jitter": faster}
        curves.add(setting=setting, **columns, kernel_distance=kernel_distance(run.w1, run.w2, w1, w2))


def add_descents(data, curves, agreement):
    for setting, runs in data["task/starts"].groupby("setting"):
        law, run = only(data["theory/curves"], setting=setting), runs.iloc[0]
        w1, w2, sigma_yx = stacked(runs, "w1", "w2", "sigma_yx")
        found = stochastic_gradient_descent(
            w1, w2, sigma_yx, learning_rate=run.learning_rate, batch=int(run.batch), noise=run.noise,
            steps=int(run.n_steps), rng=np.random.default_rng(run.descent_seed), record_at=law["step"],
        )  # fmt: skip
        lams = balance(found.w1, found.w2).lam
        size = np.linalg.norm(sigma_yx, axis=(-2, -1))[:, None]
        losses = (np.linalg.norm(found.network_function - sigma_yx[:, None], axis=(-2, -1)) / size) ** 2
        distances = found.kernel_distance()
        for k, draw in enumerate(runs["draw"]):
            columns = {"nearest_lam": lams[k], "kernel_distance": distances[k], "relative_loss": losses[k]}
            moments = {name: law[name].to_numpy() for name in ("step", "t", "passed")}
            curves.add(setting=setting, draw=draw, **moments, **columns)
        mean, error = lams.mean(0), lams.std(0, ddof=1) / np.sqrt(len(runs))
        agreement.add(
            setting=setting,
            **{name: run[name] for name in SETTING},
            deviation_law=np.abs(mean - law["law"]).max() / abs(run.lam),
            deviation_jitter=np.abs(mean - law["law_with_jitter"]).max() / abs(run.lam),
            standard_error=error.max() / abs(run.lam),
            step_size=step_size(run.learning_rate, run.lam, sigma_yx[0]),
        )
