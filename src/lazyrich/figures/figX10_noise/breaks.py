"""Where the law breaks: steps so large that the network jitters around its fit, and networks that do not fit."""

import numpy as np

from ...linear.initialisation import weights_with_function
from ...linear.noise import balance_drift
from ...linear.noisy_modes import balancing_rate, jitter, jittering_scale
from ...linear.observables import balance, layer_singular_values
from ...linear.stochastic import stochastic_gradient_descent
from ...linear.tasks import task_from_singular_values
from ...pipeline.common import drawn

CHUNK = 10_000  # first steps at once


def add_starts(config, seeds, starts):
    s = config["singular_values"]
    n, rng = len(s), seeds.rng("misfit")
    sigma_yx = task_from_singular_values(s, n, n, rng=rng).sigma_yx
    direction = rng.standard_normal((n, n))
    columns = {"direction": (direction / np.linalg.norm(direction))[None]}
    columns |= {"misfit_seed": seeds.rng("misfit steps").integers(2**53)}
    columns |= {"jitter_seed": seeds.rng("jitter").integers(2**53)}
    starts.add(**columns, **drawn(weights_with_function(sigma_yx, config["lam"], n, rng=rng), sigma_yx))


def add_theory(config, starts, jitter_rows, curve, misfit):
    part, n, lam, start = config["jitter"], len(config["singular_values"]), config["lam"], starts.iloc[0]
    s, kappa, setting = np.full(n, part["singular_value"]), np.hypot(config["lam"], 2 * part["singular_value"]), 0
    for batch in part["batches"]:
        unit = 1 / jitter(1.0, batch, n, kappa)  # the η at which x = 1
        for share in part["shares"]:
            rate = share * unit
            steps = max(1, round(part["until"] / balancing_rate(n, n, rate, batch, part["noise"]) / rate))
            passed = balancing_rate(n, n, rate, batch, part["noise"]) * rate * steps
            columns = {"batch": batch, "share": share, "learning_rate": rate, "n_steps": steps, "passed": passed}
            jitter_rows.add(setting=setting, **columns, speed_up=_speed_up(passed, lam, s, rate, batch))
            setting += 1
    shares = np.linspace(0, part["shares"][-1], part["n_curve"])
    unit = 1 / jitter(1.0, 1, n, kappa)
    found = [_speed_up(part["until"], lam, s, share * unit, 1) for share in shares]
    curve.add(place=np.arange(shares.size), share=shares, speed_up=np.array(found))
    losses = np.geomspace(*10.0 ** np.array(config["misfit"]["log_loss"]), config["misfit"]["n_curve"])
    misfit.add(place=np.arange(losses.size), loss=losses, speed_up=np.array([_drift(config, start, x) for x in losses]))


def _speed_up(passed, lam, s, rate, batch):
    """ln λ₀/λ(t) over ht."""
    return np.log(lam / jittering_scale(np.array([passed]), lam, s, rate, batch)[0]) / passed


def misfit_task(config, start, loss):
    """Σyx of a task that `start` misses by a misfit with `loss` times the loss of the noise."""
    return start.sigma_yx + start.direction * config["noise"] * np.sqrt(start.n_out * loss)


def _drift(config, start, loss):
    """tr dΔ/dt over that at the fit."""
    how = {name: config[name] for name in ("learning_rate", "batch", "noise")}
    away = balance_drift(start.w1, start.w2, misfit_task(config, start, loss), **how)
    return np.trace(away) / np.trace(balance_drift(start.w1, start.w2, **how))


def add_jitter(config, data, rows):
    part, n = config["jitter"], len(config["singular_values"])
    start = layer_singular_values(np.full(n, part["singular_value"]), config["lam"])
    seed = int(data["task/misfit_starts"]["jitter_seed"].iloc[0])
    for run in data["theory/jitter"].itertuples():
        weights = (np.broadcast_to(np.diag(s), (part["n_runs"], n, n)) for s in start)
        found = stochastic_gradient_descent(
            *weights, part["singular_value"] * np.eye(n), learning_rate=run.learning_rate, batch=int(run.batch),
            noise=part["noise"], steps=int(run.n_steps), record_at=[0, int(run.n_steps)],
            rng=np.random.default_rng([seed, run.setting]),
        )  # fmt: skip
        # of the mean over runs, as the law is about the expectation; its error by the runs
        lams = balance(found.w1[:, -1], found.w2[:, -1]).lam
        mean = np.log(config["lam"] / lams.mean()) / run.passed
        error = lams.std(ddof=1) / lams.mean() / np.sqrt(part["n_runs"]) / run.passed
        compared = {"deviation_speed_up": abs(mean / run.speed_up - 1), "share": run.share}
        rows.add(setting=run.setting, batch=run.batch, speed_up=mean, standard_error=error, **compared)


def add_misfit(config, data, rows):
    part, start = config["misfit"], data["task/misfit_starts"].iloc[0]
    how = {name: config[name] for name in ("learning_rate", "batch", "noise")}
    fit = np.trace(balance_drift(start.w1, start.w2, **how)) * config["learning_rate"]
    before = balance(start.w1, start.w2).lam
    rng = np.random.default_rng(start.misfit_seed)
    for place, loss in enumerate(10.0 ** np.linspace(*part["log_loss"], part["n_losses"])):
        changes, left = [], part["n_steps"]
        while left:
            weights = (np.broadcast_to(w, (min(left, CHUNK), *w.shape)) for w in (start.w1, start.w2))
            task = misfit_task(config, start, loss)
            found = stochastic_gradient_descent(*weights, task, **how, steps=1, rng=rng, record_at=[1])
            changes.append(balance(found.w1[:, 0], found.w2[:, 0]).lam - before)
            left -= len(changes[-1])
        sped = np.concatenate(changes) * start.n_hidden / fit
        error = sped.std(ddof=1) / np.sqrt(sped.size)
        theory = _drift(config, start, loss)
        gap = {"deviation_speed_up": abs(sped.mean() / theory - 1), "standard_errors": (sped.mean() - theory) / error}
        rows.add(place=place, loss=loss, speed_up=sped.mean(), standard_error=error, **gap)
