"""figX6: what of the linear theory holds for tanh and ReLU networks that start λ-balanced.

curves, end  one task: loss over time, kernel distance and hidden representation at the end, against λ; the linear
             network is the exact solution, tanh and ReLU are descent from the same weights on the same data
sequence     several tasks one after the other: λ*(t) = tr(W2ᵀW2 − W1W1ᵀ)/N_h and the residual

There is no exact solution beside tanh and ReLU: what is recorded is their departure from the linear one.
"""

import numpy as np

from ...linear.exact import exact_solution
from ...linear.initialisation import lambda_balanced_weights
from ...linear.observables import balance, cosine_distance, kernel_distance, transpose
from ...linear.plain_descent import descend
from ...linear.tasks import task_from_singular_values, whitened_inputs
from ...nonlinear import units as nonlinear
from ...pipeline.common import drawn, stacked, step_size
from ...pipeline.frames import only
from ...pipeline.stages import Rows

NONLINEAR = ("tanh", "relu")


def task(config, seeds):
    starts, sequence_starts, sequence_tasks = Rows(), Rows(), Rows()
    n, n_tasks = config["width"], config["sequence"]["n_tasks"]
    for lam in config["lambdas"]:
        for draw in range(config["n_draws"]):
            start, _ = _start(config, seeds, "one", lam, draw, 1)
            starts.add(lam=lam, draw=draw, **start)
    for lam in config["sequence"]["lambdas"]:
        for draw in range(config["n_draws"]):
            start, sigmas = _start(config, seeds, "sequence", lam, draw, n_tasks)
            sequence_starts.add(lam=lam, draw=draw, **start)
            for k, sigma_yx in enumerate(sigmas):
                sequence_tasks.add(lam=lam, draw=draw, task=k, n_in=n, n_out=n, sigma_yx=sigma_yx[None])
    return {"starts": starts, "sequence_starts": sequence_starts, "sequence_tasks": sequence_tasks}


def _start(config, seeds, name, lam, draw, n_tasks):
    """Columns of a start with its data and first task, and Σyx of every task."""
    s, n = config["singular_values"], config["width"]
    rng = seeds.rng(name, draw)  # the same data, tasks and function at every λ and φ
    x = whitened_inputs(rng.standard_normal((n, config["n_examples"]))).T  # a row an example
    weights = lambda_balanced_weights(lam, n, n, n, rng=rng, scale=config["scale"])
    sigmas = [task_from_singular_values(s, n, n, rng=rng).sigma_yx for _ in range(n_tasks)]
    return {
        "learning_rate": config["step"] / np.hypot(lam, 2 * max(s)),
        "n_steps": config["n_steps"],
        **drawn(weights, sigmas[0]),
        "n_examples": config["n_examples"],
        "x": x[None],
    }, sigmas


def _steps(config):
    even = np.linspace(0, 1, config["n_records"])
    return np.unique((config["n_steps"] * even**2).round().astype(int))  # dense where curves are steep


def theory(config, data):
    curves, end = Rows(), Rows()
    steps = _steps(config)
    for run in data["task/starts"].itertuples():
        solution = exact_solution(run.w1, run.w2, run.sigma_yx, steps * run.learning_rate, lam=run.lam)
        loss = solution.loss()
        curves.add(lam=run.lam, draw=run.draw, step=steps, t=solution.times, loss=loss)
        w1, w2 = solution.weights(-1)
        end.add(
            lam=run.lam,
            draw=run.draw,
            kernel_distance=kernel_distance(run.w1, run.w2, w1, w2),
            alignment=nonlinear.representation_alignment(w1, run.x, run.x @ run.sigma_yx.T, "linear"),
            relative_loss=loss[-1] / loss[0],
        )
    return {"curves": curves, "end": end}


def simulation(config, data):
    curves, end, sequence, sequence_end = Rows(), Rows(), Rows(), Rows()
    for activation in ("linear", *NONLINEAR):
        _one(config, data, activation, curves, end)
    for activation in NONLINEAR:
        _sequence(config, data, activation, sequence, sequence_end)
    return {"curves": curves, "end": end, "sequence": sequence, "sequence_end": sequence_end}


def _one(config, data, activation, curves, end):
    starts, steps = data["task/starts"], _steps(config)
    w1, w2, x, sigma_yx = stacked(starts, "w1", "w2", "x", "sigma_yx")
    y = x @ transpose(sigma_yx)
    path1, path2 = _descend(starts, w1, w2, x, y, activation, steps)
    losses = nonlinear.loss(path1, path2, x[:, None], y[:, None], activation)
    alignments = nonlinear.representation_alignment(path1[:, -1], x, y, activation)
    exact = data["theory/curves"]["loss"].to_numpy().reshape(losses.shape)
    for k, run in enumerate(starts.itertuples()):
        place = {"activation": activation, "lam": run.lam, "draw": run.draw}
        first, last = (
            nonlinear.tangent_kernel(*weights, run.x, activation)
            for weights in ((run.w1, run.w2), (path1[k, -1], path2[k, -1]))
        )
        curves.add(**place, step=steps, t=steps * run.learning_rate, loss=losses[k])
        end.add(
            **place,
            kernel_distance=cosine_distance(first, last),
            alignment=alignments[k],
            relative_loss=losses[k, -1] / losses[k, 0],
            deviation_loss=np.abs(losses[k] - exact[k]).max() / exact[k, 0],
            step_size=step_size(run.learning_rate, run.lam, run.sigma_yx),
        )


def _descend(starts, w1, w2, x, y, activation, steps):
    """Weights of every start at the steps, (starts, steps, ...) of each layer."""

    def gradients(w1, w2):
        return nonlinear.gradients(w1, w2, x, y, activation)

    return descend(gradients, (w1, w2), starts["learning_rate"], steps)


def _sequence(config, data, activation, sequence, sequence_end):
    """λ* and the residual relative to the size of the weights, over the tasks."""
    starts, steps = data["task/sequence_starts"], _steps(config)
    w1, w2, x = stacked(starts, "w1", "w2", "x")
    tasks, at, lams, residuals = [], [], [], []
    for k in range(config["sequence"]["n_tasks"]):
        (sigma_yx,) = stacked(only(data["task/sequence_tasks"], task=k), "sigma_yx")
        path1, path2 = _descend(starts, w1, w2, x, x @ transpose(sigma_yx), activation, steps)
        w1, w2 = path1[:, -1], path2[:, -1]
        found = [balance(path1[:, j], path2[:, j]) for j in range(len(steps))]
        size = (path1**2).sum((-2, -1)) + (path2**2).sum((-2, -1))
        later = slice(1 if k else 0, None)  # a task begins where the one before it ended
        at.append((steps + k * config["n_steps"])[later])
        tasks.append(np.full_like(at[-1], k))
        lams.append(np.stack([b.lam for b in found], 1)[:, later])
        residuals.append((np.stack([b.residual for b in found], 1) / size)[:, later])
    at, tasks, lams, residuals = (np.concatenate(parts, -1) for parts in (at, tasks, lams, residuals))
    for run, lam, residual in zip(starts.itertuples(), lams, residuals, strict=True):
        place = {"activation": activation, "lam": run.lam, "draw": run.draw}
        times = at * run.learning_rate
        sequence.add(**place, step=at, t=times, task=tasks, nearest_lam=lam, residual=residual)
        drift = lam - run.lam
        sequence_end.add(**place, drift=drift[-1], largest_drift=np.abs(drift).max(), largest_residual=residual.max())
