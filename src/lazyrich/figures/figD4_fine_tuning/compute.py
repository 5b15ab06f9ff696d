"""figD4: fine-tuning, after a change of the relative scale that keeps the network function.

A network is pre-trained at λ_PT until it has learned task 1. Its weights are then replaced by weights of the same W2W1
at another relative scale, λ_FT, and it learns task 2. The tables hold λ_PT as `pretraining_lam`, λ_FT as `lam`.

curves  losses over time for every pair of λ_PT and λ_FT, one pair of tasks
end     many pairs of tasks at one λ_PT: the time at which the loss of task 2 has fallen to a threshold, and how far
        the kernel moves from the change to convergence, against λ_FT

The square network has its pairs twice: as drawn but for a mirror image that gives det Σ1 and det Σ2 one sign
('square'), and opposite signs ('opposite'), where the way from Σ1 to Σ2 passes a saddle.

The clock of fine-tuning starts at the change: its times span decades.
"""

import numpy as np

from ...linear.descent import gradient_descent
from ...linear.exact import exact_solution
from ...linear.flow import gradient_flow
from ...linear.initialisation import lambda_balanced_weights
from ...linear.passage import time_to_loss
from ...pipeline.common import sequences, stable_steps, thinned, with_matching_sign
from ...pipeline.frames import each, only
from ...pipeline.stages import Rows
from .fine_tuning import SIGNS, Changes, even, shapes, sides, spread, time_to_pass, two_tasks
from .sides import is_delayed


def task(config, seeds):
    tasks, starts, scales = Rows(), Rows(), Rows()
    grid = config["grid"]
    for pairs, widths in shapes(config).items():
        for draw in range(config["n_draws"]):
            in_grid = grid["pretraining_lambdas"] if pairs == "square" and draw == 0 else []
            for lam in dict.fromkeys([*in_grid, config["pretraining_lambda"]]):
                two, start = _pretraining(config, seeds, pairs, draw, lam)
                starts.add(pairs=pairs, pretraining_lam=lam, draw=draw, **start)
            tasks.add(pairs=pairs, draw=draw, task=[0, 1], n_in=widths[0], n_out=widths[2], sigma_yx=two)
        in_grid = grid["lambdas"] if pairs == "square" else []
        for lam in sorted({*in_grid, *config["lambdas"]}):
            if lam == 0 and pairs == "opposite":
                continue  # a saddle, not the task
            until = config["until"] * (max(1.0, abs(lam)) if is_delayed(lam, widths) else 1.0)
            scales.add(pairs=pairs, lam=lam, **_clock(config, lam, widths, until), threshold=config["threshold"])
    return {"tasks": tasks, "starts": starts, "scales": scales}


def _pretraining(config, seeds, pairs, draw, lam):
    """Σyx of two tasks, (2, n_out, n_in), and the columns of a start of pre-training."""
    widths = shapes(config)[pairs]
    # the pairs of both squares are the same up to the mirror image
    rng = seeds.rng("square" if pairs in SIGNS else pairs, draw)
    two = two_tasks(config, pairs, widths, rng)
    weights = lambda_balanced_weights(lam, *widths, rng=rng, scale=config["scale"])
    w1, w2 = with_matching_sign(weights, two[0])
    return two, {
        **_clock(config, lam, widths, config["pretraining_until"]),
        **dict(zip(("n_in", "n_hidden", "n_out"), widths, strict=True)),
        **{"w1": w1[None], "w2": w2[None], "rotation_seed": rng.integers(2**31)},
    }


def _clock(config, lam, widths, until):
    """η of a run, in units of its fastest rate; larger where the delay is long, and only the slow phase is measured."""
    relative = config["delayed_relative_rate" if is_delayed(lam, widths) else "relative_rate"]
    fastest = np.hypot(lam, 2 * max(config["singular_values"]))
    rate = min(config["largest_rate"], relative / fastest)
    return {"learning_rate": rate, "n_steps": round(until / rate), "step_size": rate * fastest}


def _steps(run, n):
    """Steps of a run in about equal ratios, the first and the last among them."""
    return np.unique(np.append(0, np.geomspace(1, run.n_steps, n).round())).astype(int)


def _grid(config, data):
    """The starts of pre-training and the relative scales of fine-tuning whose losses are recorded over time."""
    starts = only(data["task/starts"], pairs="square", draw=0, pretraining_lam=config["grid"]["pretraining_lambdas"])
    return starts, only(data["task/scales"], pairs="square", lam=config["grid"]["lambdas"])


def theory(config, data):
    tasks = sequences(data["task/tasks"], "sigma_yx", "pairs", "draw")
    starts, changes = data["task/starts"], Changes()
    curves, (grid, _) = Rows(), _grid(config, data)
    for start in starts.itertuples():
        first, steps = tasks[start.pairs, start.draw][0], _steps(start, config["grid"]["n_records"])
        solution = exact_solution(start.w1, start.w2, first, steps * start.learning_rate, lam=start.pretraining_lam)
        w1, w2 = solution.weights(-1)
        changes.functions[start.Index] = w2 @ w1
        if start.Index in grid.index:
            loss = solution.loss() / (0.5 * (first**2).sum())  # of the map 0
            _add_curve(curves, start, steps, loss, pretraining_lam=start.pretraining_lam)
    return {
        "pretraining_curves": curves,
        **_exact_curves(config, data, tasks, changes),
        **_exact_end(config, data, tasks, changes),
        "pretraining": changes.learned(starts, tasks),
        "changes": changes.kept(),
    }


def _exact_curves(config, data, tasks, changes):
    """Losses of fine-tuning over time."""
    rows, curves, (grid, scales) = Rows(), {}, _grid(config, data)
    for start in grid.itertuples():
        for scale in scales.itertuples():
            steps, second = _steps(scale, config["grid"]["n_records"]), tasks["square", 0][1]
            weights = changes.weights(start, scale.lam)
            loss = exact_solution(*weights, second, steps * scale.learning_rate, lam=scale.lam).loss()
            curves[start.pretraining_lam, scale.lam] = relative = loss / loss[0]
            _add_curve(rows, scale, steps, relative, pretraining_lam=start.pretraining_lam, lam=scale.lam)
    return {"curves": rows, "spread": spread(curves)}


def _exact_end(config, data, tasks, changes):
    """What is measured of each pair at each λ_FT, and what is concluded."""
    rows, found, limit = Rows(), {}, Rows()
    for scale, starts in _fine_tuning(config, data, config["lambdas"]):
        measured = [
            _measured(config, changes.weights(start, scale.lam), tasks[start.pairs, start.draw][1], scale)
            for start in starts.itertuples()
        ]
        _add_end(config, rows, found, starts, scale, *np.array(measured).T)
    for lam in filter(None, config["lambdas"]):
        # |λ| → ∞ where the kernel is lazy, |λ|I: the loss falls as e^{−2|λ|t}
        time = np.log(1 / config["threshold"]) / (2 * abs(lam))
        steps = stable_steps(time, lam, max(config["singular_values"]))
        limit.add(lam=lam, time_to_threshold=time, steps_to_threshold=steps)
    return {"end": rows, "limit": limit, "sides": sides(config, found), "even": even(found)}


def _fine_tuning(config, data, lams):
    """(scale, starts) of pairs at relative scales after the change."""
    for scale in only(data["task/scales"], lam=lams).itertuples():
        yield scale, only(data["task/starts"], pairs=scale.pairs, pretraining_lam=config["pretraining_lambda"])


def _measured(config, weights, sigma_yx, scale):
    """When the loss passes the threshold, and how far the kernel has moved at the end."""
    w1, w2 = weights
    until = scale.n_steps * scale.learning_rate
    level = config["threshold"] * ((w2 @ w1 - sigma_yx) ** 2).sum() / 2
    time = time_to_loss(w1, w2, sigma_yx, level, lam=scale.lam)
    if time > until:
        raise ValueError(
            f"figD4.until = {config['until']:g} is too short: at λ = {scale.lam:g} of the pairs {scale.pairs!r} the "
            f"loss passes the threshold at t = {time:.3g}, and the run ends at t = {until:.3g}"
        )
    return time, exact_solution(w1, w2, sigma_yx, np.array([until]), lam=scale.lam).kernel_distance()[0]


def _add_curve(rows, run, steps, loss, **key):
    rows.add(**key, step=steps, t=steps * run.learning_rate, loss=loss)


def _add_end(config, rows, found, starts, scale, times, distances):
    """What is measured of each pair at one λ; the times are kept in `found`."""
    steps = stable_steps(times, scale.lam, max(config["singular_values"]))
    columns = {"time_to_threshold": times, "steps_to_threshold": steps, "kernel_distance": distances}
    rows.add(pairs=scale.pairs, lam=scale.lam, draw=starts["draw"], **columns)
    found.setdefault(scale.pairs, {})[scale.lam] = times


def simulation(config, data):
    tasks = sequences(data["task/tasks"], "sigma_yx", "pairs", "draw")
    starts, changes = data["task/starts"], Changes()
    curves, agreement, (grid, _) = Rows(), Rows(), _grid(config, data)
    for start in grid.itertuples():
        key, first = {"pretraining_lam": start.pretraining_lam}, tasks["square", 0][0]
        exact = only(data["theory/pretraining_curves"], **key)
        steps = exact["step"].to_numpy()
        descent = _descend(start, [start.w1], [start.w2], [first], steps)
        changes.functions[start.Index] = descent.network_function[0, -1]
        loss = descent.loss()[0] / (0.5 * (first**2).sum())
        _add_curve(curves, start, steps, loss, **key)
        agreement.add(**key, deviation_loss=_difference(loss, exact), step_size=start.step_size)
    for runs in each(starts.drop(grid.index), "n_in", "n_out"):
        first = [tasks[key][0] for key in zip(runs["pairs"], runs["draw"], strict=True)]
        run = next(runs.itertuples())
        descent = _descend(run, runs["w1"], runs["w2"], first, np.array([run.n_steps]))
        changes.functions |= dict(zip(runs.index, descent.network_function[:, -1], strict=True))
    return {
        "pretraining_curves": curves,
        "pretraining_agreement": agreement,
        **_descended_curves(config, data, tasks, changes),
        **_descended_end(config, data, tasks, changes),
        "pretraining": changes.learned(starts, tasks, "step_size"),
        "changes": changes.kept(),
    }


def _descended_curves(config, data, tasks, changes):
    """Losses of fine-tuning over time, and the whole sequence by the reference integrator beside them."""
    rows, agreement, curves, (grid, scales) = Rows(), Rows(), {}, _grid(config, data)
    first, second = tasks["square", 0]
    flow = Changes()
    for start in grid.itertuples():
        w1, w2 = gradient_flow(start.w1, start.w2, first, [0, start.n_steps * start.learning_rate]).weights(-1)
        flow.functions[start.Index] = w2 @ w1
        for scale in scales.itertuples():
            key = {"pretraining_lam": start.pretraining_lam, "lam": scale.lam}
            exact = only(data["theory/curves"], **key)
            steps = exact["step"].to_numpy()
            w1, w2 = changes.weights(start, scale.lam)
            loss = _descend(scale, [w1], [w2], [second], steps).loss()[0]
            curves[start.pretraining_lam, scale.lam] = relative = loss / loss[0]
            _add_curve(rows, scale, steps, relative, **key)
            some = thinned(steps, config["grid"]["n_flow_times"])
            few = exact.iloc[np.append(0, some[some > 0])]
            reference = gradient_flow(*flow.weights(start, scale.lam), second, few["t"].to_numpy()).loss()
            agreement.add(
                **key,
                deviation_loss=_difference(relative, exact),
                deviation_flow_loss=_difference(reference / reference[0], few),
                step_size=scale.step_size,
            )
    return {"curves": rows, "curves_agreement": agreement, "spread": spread(curves)}


def _descended_end(config, data, tasks, changes):
    """What is measured of each pair at the simulated λ_FT, beside the exact solution."""
    rows, agreement, found = Rows(), Rows(), {}
    for scale, starts in _fine_tuning(config, data, config["simulated_lambdas"]):
        w1, w2 = zip(*(changes.weights(start, scale.lam) for start in starts.itertuples()), strict=True)
        second = [tasks[scale.pairs, draw][1] for draw in starts["draw"]]
        descent = _descend(scale, w1, w2, second, _steps(scale, config["n_looks"]))
        times = time_to_pass(config["threshold"], descent.times, descent.loss())
        distances = descent.kernel_distance()[:, -1]
        _add_end(config, rows, found, starts, scale, times, distances)
        exact = only(data["theory/end"], pairs=scale.pairs, lam=scale.lam)
        agreement.add(
            pairs=scale.pairs,
            lam=scale.lam,
            # times relative to each; distances as they are, which is relative to the kernel
            deviation_time_to_threshold=(np.abs(times - exact["time_to_threshold"]) / exact["time_to_threshold"]).max(),
            deviation_kernel_distance=np.abs(distances - exact["kernel_distance"]).max(),
            step_size=scale.step_size,
        )
    return {"end": rows, "end_agreement": agreement, "sides": sides(config, found)}


def _descend(run, w1, w2, sigma_yx, steps):
    """Gradient descent of runs that share η and their steps with `run`, recorded at `steps`."""
    arrays = (np.array(list(part)) for part in (w1, w2, sigma_yx))
    return gradient_descent(*arrays, learning_rate=run.learning_rate, steps=run.n_steps, record_at=steps)


def _difference(loss, exact):
    """Largest difference of losses that both are in units of the first."""
    return float(np.abs(loss - exact["loss"].to_numpy()).max())
