"""Linear networks on a noisy task of few modes, and the end of training for several shapes: exact, and by descent."""

import numpy as np

from ...linear.descent import gradient_descent
from ...linear.exact import exact_solution
from ...linear.flow import gradient_flow
from ...linear.initialisation import lambda_balanced_weights
from ...linear.observables import balance, loss
from ...linear.tasks import task_from_singular_values
from ...pipeline.common import deviation, drawn, stacked, step_size, thinned, with_matching_sign
from ...pipeline.frames import each, only
from .falls import fall
from .modes import time_left

# |λ|/2γ at the last of the times between which the fall of a test loss is found; its end is later
LAST = 0.01


def noisy_task(config, rng):
    """(Σyx, teacher): a teacher of few modes, and Σyx with noise."""
    n = config["width"]
    teacher = task_from_singular_values(config["singular_values"], n, n, rng=rng).sigma_yx
    return teacher + config["noise"] * rng.standard_normal((n, n)), teacher


def start(config, lam, sigma_yx, rng):
    """A λ-balanced start; from one stream all have the same function, whatever λ is."""
    n = config["width"]
    return with_matching_sign(lambda_balanced_weights(lam, n, n, n, rng=rng, scale=config["scale"]), sigma_yx)


def times(config):
    """Of a curve: 0, and evenly in their logarithm."""
    return np.append(0.0, np.geomspace(10 ** config["log_first"], config["until"], config["n_times"] - 1))


def add_curves(config, runs, curves):
    """The exact solution from λ₀ and from 0, with decay and without."""
    for run in runs[runs["lam"].isin([0.0, config["lam"]])].itertuples():
        for gamma in (0.0, config["weight_decay"]):
            solution = exact_solution(run.w1, run.w2, run.sigma_yx, times(config), lam=run.lam, weight_decay=gamma)
            curves.add(
                **{"lam": run.lam, "weight_decay": gamma, "draw": run.draw},
                **{"place": np.arange(config["n_times"]), "t": times(config), "loss": solution.loss()},
                test_loss=loss(solution.network_function, run.teacher),
                kernel_distance=solution.kernel_distance(),
            )


def add_ends(config, tasks, runs, edges, ends, late):
    """Test loss at the end against γ: soft thresholding in closed form, and the exact solution at a late time."""
    part = config["ends"]
    for run in tasks.itertuples():
        u, s, vt = np.linalg.svd(run.sigma_yx)
        edges.add(draw=run.draw, noise_edge=s[len(config["singular_values"])])
        gammas = np.linspace(*part["weight_decays"], part["n_weight_decays"])
        losses = [loss((u * np.maximum(s - gamma, 0)) @ vt, run.teacher) for gamma in gammas]
        ends.add(weight_decay=np.array([float(f"{gamma:.6g}") for gamma in gammas]), draw=run.draw, test_loss=losses)
    for run in only(runs, lam=config["lam"], draw={"to": part["n_draws"] - 1}).itertuples():
        u, s, vt = np.linalg.svd(run.sigma_yx)
        for gamma in part["late"]:
            moment = np.array([0.0, part["late_time"]])
            solution = exact_solution(run.w1, run.w2, run.sigma_yx, moment, lam=run.lam, weight_decay=gamma)
            function, law = solution.network_function[-1], (u * np.maximum(s - gamma, 0)) @ vt
            losses = {"test_loss": loss(function, run.teacher), "law": loss(law, run.teacher)}
            late.add(weight_decay=gamma, draw=run.draw, **losses, deviation_network_function=deviation(function, law))


def add_network_times(config, runs, rows):
    """When the test loss of the noisy task is above twice its end for the last time."""
    part, gamma = config["forgetting"], config["weight_decay"]
    for run in only(runs, lam=part["network"], draw={"to": part["n_draws"] - 1}).itertuples():
        moments = np.linspace(0, time_left(run.lam, gamma, LAST), part["n_network_times"])
        moments = np.append(moments, config["ends"]["late_time"])
        solution = exact_solution(run.w1, run.w2, run.sigma_yx, moments, lam=run.lam, weight_decay=gamma)
        found = fall(moments, loss(solution.network_function, run.teacher), config["fallen"])
        left = run.lam * np.exp(-2 * gamma * found) / (2 * gamma)
        rows.add(lam=run.lam, draw=run.draw, t=found, delay=2 * gamma * found, left=left)


def add_descents(config, runs, curves, agreement):
    """Descent and the integrator beside the exact solution, for every λ₀ of `descent`."""
    part, gamma = config["descent"], config["weight_decay"]
    chosen = only(runs, lam=part["lambdas"], draw={"to": part["n_draws"] - 1})
    for starts in each(chosen, "lam"):
        lam = starts["lam"].iloc[0]
        w1, w2, sigma_yx, teacher = stacked(starts, "w1", "w2", "sigma_yx", "teacher")
        rate = part["step"] / np.hypot(lam, 2 * max(config["singular_values"]))
        last = config["until"] / rate
        first = max(10 ** config["log_first"] / rate, 1)
        steps = np.unique(np.append(0, np.geomspace(first, last, part["n_records"] - 1).round()).astype(int))
        few = thinned(steps, part["n_flow_times"])
        few = few if few[0] == 0 else np.append(0, few)
        run = gradient_descent(
            w1, w2, sigma_yx, learning_rate=rate, steps=steps[-1], record_at=steps, weight_decay=gamma
        )
        exact = exact_solution(w1, w2, sigma_yx, steps * rate, lam=lam, weight_decay=gamma)
        flow = gradient_flow(w1, w2, sigma_yx, (steps * rate)[few], weight_decay=gamma)
        law = lam * np.exp(-2 * gamma * steps * rate)
        losses, tests = run.loss(), loss(run.network_function, teacher[:, None])
        distances, found, flowing = run.kernel_distance(), balance(run.w1, run.w2), balance(flow.w1, flow.w2)
        size = (run.w1**2).sum((-2, -1)) + (run.w2**2).sum((-2, -1))
        for k, draw in enumerate(starts["draw"]):
            key = {"lam": lam, "draw": draw}
            columns = {"loss": losses[k], "test_loss": tests[k], "kernel_distance": distances[k]}
            scale = {"nearest_lam": found.lam[k], "residual": found.residual[k] / size[k]}
            curves.add(**key, step=steps, t=steps * rate, **columns, **scale)
            reference = exact.network_function[k]
            agreement.add(
                **key,
                deviation_network_function=deviation(run.network_function[k], reference),
                deviation_lam=np.abs(found.lam[k] - law).max() / abs(lam),
                deviation_flow_network_function=deviation(flow.network_function[k], reference[few]),
                deviation_flow_lam=np.abs(flowing.lam[k] - law[few]).max() / abs(lam),
                step_size=step_size(rate, lam, sigma_yx[k]),
            )


def shape_starts(config, seeds, rows):
    """Rows: random tasks and starts of several shapes."""
    for shape, (n_in, n_hidden, n_out) in config["widths"].items():
        for draw in range(config["n_draws"]):
            rng = seeds.rng("shape", shape, draw)
            sigma_yx = config["scale"] * rng.standard_normal((n_out, n_in))
            weights = lambda_balanced_weights(config["lam"], n_in, n_hidden, n_out, rng=rng, scale=config["start"])
            rows.add(shape=shape, draw=draw, **drawn(with_matching_sign(weights, sigma_yx), sigma_yx))


def add_shape_ends(config, starts, rows):
    """Singular values of W2W1 at the end by the exact solution, beside soft thresholding of those of Σyx."""
    for run in starts.itertuples():
        u, s, vt = np.linalg.svd(run.sigma_yx, full_matrices=False)
        for gamma in config["weight_decays"]:
            left = np.maximum(s - gamma, 0) * (np.arange(len(s)) < run.n_hidden)
            moment = np.array([0.0, config["late_time"]])
            solution = exact_solution(run.w1, run.w2, run.sigma_yx, moment, lam=config["lam"], weight_decay=gamma)
            function = solution.network_function[-1]
            rows.add(
                **{"shape": run.shape, "weight_decay": gamma, "draw": run.draw, "mode": np.arange(len(s))},
                **{"task_strength": s, "strength": np.linalg.svd(function, compute_uv=False), "law": left},
                deviation_network_function=deviation(function, (u * left) @ vt),
            )


def add_shape_descents(config, starts, rows, agreement):
    """The same by descent to a time, and how far that is from the exact solution there."""
    rate = config["step"] / np.hypot(config["lam"], 2 * max(np.linalg.norm(s, 2) for s in starts["sigma_yx"]))
    steps = round(config["until"] / rate)
    for runs in each(starts, "shape"):
        w1, w2, sigma_yx = stacked(runs, "w1", "w2", "sigma_yx")
        for gamma in config["weight_decays"]:
            found = gradient_descent(
                w1, w2, sigma_yx, learning_rate=rate, steps=steps, record_at=[0, steps], weight_decay=gamma
            )
            moment = np.array([0.0, steps * rate])
            exact = exact_solution(w1, w2, sigma_yx, moment, lam=config["lam"], weight_decay=gamma).network_function
            for k, draw in enumerate(runs["draw"]):
                key = {"shape": runs["shape"].iloc[0], "weight_decay": gamma, "draw": draw}
                function = found.network_function[k, -1]
                strength = np.linalg.svd(function, compute_uv=False)
                rows.add(**key, mode=np.arange(len(strength)), strength=strength)
                compared = {"deviation_network_function": deviation(function, exact[k, -1])}
                agreement.add(**key, **compared, step_size=step_size(rate, config["lam"], sigma_yx[k]))
