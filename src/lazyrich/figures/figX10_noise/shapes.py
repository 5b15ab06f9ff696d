"""Unequal widths: the balance of each mode by the law in closed form and by stochastic descent, and what it costs."""

import numpy as np

from ...linear.initialisation import weights_with_function
from ...linear.limits import least_noise_scale_of_mode, parameter_noise_loss
from ...linear.noisy_modes import balancing_rate, mode_balance, resting_balance
from ...linear.observables import input_representation, output_representation, transpose
from ...linear.stochastic import stochastic_gradient_descent
from ...linear.tasks import task_from_singular_values
from ...pipeline.common import drawn, stacked, step_size
from ...pipeline.frames import only
from . import square

SMALL = 1e-8  # standard deviation of noise on weights whose fourth-order cost is rounding


def add_starts(config, seeds, starts):
    part = config["shapes"]
    for shape, (n_in, n_hidden, n_out) in part["widths"].items():
        steps = square.n_steps(n_in, n_out, config["until"], config)
        seed = seeds.rng("shape descent", shape).integers(2**53)
        for lam in part["lambdas"]:
            for draw in range(part["n_draws"]):
                rng = seeds.rng("shape", shape, draw)
                sigma_yx = task_from_singular_values(part["singular_values"], n_in, n_out, rng=rng).sigma_yx
                weights = weights_with_function(sigma_yx, lam, n_hidden, rng=rng)
                columns = {"n_steps": steps, "descent_seed": seed, **drawn(weights, sigma_yx)}
                starts.add(shape=shape, lam=lam, draw=draw, **columns)


def add_theory(config, starts, modes, rests, costs):
    part = config["shapes"]
    s = np.array(part["singular_values"])
    for (shape, lam), runs in starts.groupby(["shape", "lam"], sort=False):
        run = runs.iloc[0]
        steps, rate = square.records(run.n_steps, config["n_records"]), _rate(config, run)
        t = steps * config["learning_rate"]
        for mode, first in enumerate(lam / np.hypot(lam, 2 * s)):
            found = mode_balance(rate * t, first, run.n_in, run.n_out)
            modes.add(shape=shape, lam=lam, mode=mode, step=steps, t=t, passed=rate * t, balance=found)
    for shape, (n_in, _, n_out) in part["widths"].items():
        best = least_noise_scale_of_mode(1.0, n_in, n_out)
        cheapest, rest = best / np.hypot(best, 2.0), resting_balance(n_in, n_out)
        rests.add(
            shape=shape, n_in=n_in, n_out=n_out, rest=rest, cheapest=cheapest, deviation_rest=abs(cheapest - rest)
        )
        b = np.linspace(-part["largest_balance"], part["largest_balance"], part["n_curve"])
        lams = 2 * np.sinh(np.arctanh(b))  # of a mode of s = 1
        least = parameter_noise_loss([1.0], best, n_in, n_out, SMALL)
        cost = parameter_noise_loss([1.0], lams, n_in, n_out, SMALL) / least
        costs.add(shape=shape, place=np.arange(b.size), balance=b, cost=cost)


def _rate(config, run):
    return balancing_rate(run.n_in, run.n_out, config["learning_rate"], config["batch"], config["noise"])


def add_descents(config, data, modes, agreement):
    s = np.array(config["shapes"]["singular_values"])
    for shape, runs in data["task/shape_starts"].groupby("shape", sort=False):
        run = runs.iloc[0]
        law = only(data["theory/modes"], shape=shape)
        moments = only(law, lam=run.lam, mode=0)
        w1, w2, sigma_yx = stacked(runs, "w1", "w2", "sigma_yx")
        found = stochastic_gradient_descent(
            w1, w2, sigma_yx, learning_rate=config["learning_rate"], batch=config["batch"], noise=config["noise"],
            steps=int(run.n_steps), rng=np.random.default_rng(run.descent_seed), record_at=moments["step"],
        )  # fmt: skip
        first, second = squares(found.w1, found.w2, sigma_yx, s.size)  # (runs, times, modes)
        balances = (second - first) / (second + first)
        costs = (run.n_in * second + run.n_out * first) / (2 * np.sqrt(run.n_in * run.n_out) * s)
        at = {name: moments[name].to_numpy() for name in ("step", "t", "passed")}
        for k, (lam, draw) in enumerate(zip(runs["lam"], runs["draw"], strict=True)):
            for mode in range(s.size):
                place = {"shape": shape, "lam": lam, "draw": draw, "mode": mode}
                modes.add(**place, **at, balance=balances[k, :, mode], cost=costs[k, :, mode])
        for lam in runs["lam"].unique():
            mean = balances[(runs["lam"] == lam).to_numpy()].mean(0).T
            expected = np.stack([only(law, lam=lam, mode=mode)["balance"] for mode in range(s.size)])
            size = step_size(config["learning_rate"], lam, sigma_yx[0])
            agreement.add(shape=shape, lam=lam, deviation_balance=np.abs(mean - expected).max(), step_size=size)


def squares(w1, w2, sigma_yx, n_modes):
    """w1² and w2² of the task's modes, vᵀW1ᵀW1v and uᵀW2W2ᵀu, (runs, times, modes) each."""
    u, _, vt = np.linalg.svd(sigma_yx)

    def along(directions, representation):
        return np.einsum("rkn,rtnm,rkm->rtk", directions, representation, directions)

    return (
        along(vt[:, :n_modes], input_representation(w1)),
        along(transpose(u)[:, :n_modes], output_representation(w2)),
    )
