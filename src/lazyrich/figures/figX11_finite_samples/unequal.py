"""Finite samples where the widths are unequal, so that the sign of λ matters: one is lazy, the other delayed rich."""

import numpy as np

from ...linear.exact import exact_solution
from ...linear.initialisation import lambda_balanced_weights
from ...linear.observables import loss
from ...linear.tasks import task_from_singular_values
from . import networks


def add_tasks(config, seeds, tasks, starts):
    """Σ and Σ̂ of each spectrum, as far as its rank fits, and starts of one function."""
    part = config["unequal"]
    n_in, n_hidden, n_out = part["widths"]
    size = networks.noise_size(config, part["n_examples"])
    for draw in range(config["n_draws"]):
        for name in part["spectra"]:
            s = networks.singular_values(config, name)[: min(n_in, n_out)]
            s *= config["norm"] / np.linalg.norm(s)
            sigma = task_from_singular_values(s, n_in, n_out, rng=seeds.rng("unequal teacher", draw)).sigma_yx
            noise = seeds.rng("unequal noise", draw).standard_normal(sigma.shape)
            key = {"spectrum": name, "draw": draw, "n_in": n_in, "n_out": n_out}
            tasks.add(**key, teacher=sigma[None], sigma_yx=(sigma + size * noise)[None])
        for lam in part["lambdas"]:
            rng = seeds.rng("unequal start", draw)
            w1, w2 = lambda_balanced_weights(lam, n_in, n_hidden, n_out, rng=rng, scale=config["scale"])
            key = {"lam": lam, "draw": draw, "n_in": n_in, "n_hidden": n_hidden, "n_out": n_out}
            starts.add(**key, w1=w1[None], w2=w2[None])


def add_best(config, tasks, starts, rows):
    """The best stopping time and the test loss there."""
    part = config["unequal"]
    later = np.geomspace(10 ** config["log_first"], part["until"], config["n_times"] - 1)
    times = np.append(0.0, later)
    for run in starts.merge(tasks[["spectrum", "draw", "teacher", "sigma_yx"]], on="draw").itertuples():
        function = exact_solution(run.w1, run.w2, run.sigma_yx, times, lam=run.lam).network_function
        losses = loss(function, run.teacher)
        place = losses.argmin()
        key = {"spectrum": run.spectrum, "lam": run.lam, "draw": run.draw}
        rows.add(**key, t=times[place], test_loss=losses[place], start_loss=losses[0])
