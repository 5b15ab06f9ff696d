"""figX2: inputs that are not whitened (ours). What of the theory survives Σxx ≠ I, and up to which condition number.

Three problems, at several condition numbers of Σxx (mean eigenvalue 1):

raw       a square network on such inputs and targets W*x, by descent, beside the exact solution "as if whitened":
          the same Σyx = W*Σxx, Σxx taken for I
whitened  the same problem after whitening, Σyx Σxx^-½: there the exact solution must be met
delayed   an inverted funnel at λ = 0 and at a λ > 0 where it is rich after a delay
"""

import numpy as np

from ...linear.descent import gradient_descent
from ...linear.exact import exact_solution
from ...linear.initialisation import lambda_balanced_weights, random_rotation
from ...linear.tasks import Task
from ...pipeline.common import deviation, stacked, step_size, with_matching_sign
from ...pipeline.frames import each, only
from ...pipeline.stages import Rows
from ...pipeline.unwhitened import end_distance, function_departure, input_correlation, least_and_largest_rate, root
from . import statements


def task(config, seeds):
    rows = Rows()
    square, delayed = config["shape"], config["delayed"]
    for condition in config["conditions"]:
        drawn = [_draw(square, config["singular_values"], condition, seeds, k) for k in range(config["n_draws"])]
        _add(rows, config, seeds, "raw", condition, square, config["lambdas"], drawn)
        whitened = [(fitted @ root(xx), np.eye(len(xx))) for fitted, xx in drawn]
        _add(rows, config, seeds, "whitened", condition, square, config["whitened_lambdas"], whitened)
    for condition in delayed["conditions"]:
        strengths = [delayed["singular_value"]] * min(delayed["shape"])
        drawn = [_draw(delayed["shape"], strengths, condition, seeds, k) for k in range(config["n_draws"])]
        _add(rows, config, seeds, "delayed", condition, delayed["shape"], [0, delayed["lambda"]], drawn)
    return {"starts": rows}


def _draw(shape, singular_values, condition, seeds, k):
    """(W*, Σxx) of draw k; all condition numbers share W* and the directions of Σxx."""
    n_in, _, n_out = shape
    rng = seeds.rng("task", n_out, k)
    u, v = random_rotation(n_out, rng)[:, :n_in], random_rotation(n_in, rng)
    return (u * singular_values) @ v.T, input_correlation(condition, n_in, rng=seeds.rng("inputs", n_out, k))


def _add(rows, config, seeds, problem, condition, shape, lambdas, drawn):
    """Starts of all λ and draws of one problem and condition number: those of one λ share η and length."""
    step = _step(config, problem, condition)
    for lam in lambdas:
        starts = []
        for k, (fitted, _) in enumerate(drawn):
            rng = seeds.rng("start", shape[2], k)  # one stream for all λ and condition numbers
            starts.append(
                with_matching_sign(lambda_balanced_weights(lam, *shape, rng=rng, scale=config["scale"]), fitted)
            )
        limits = [least_and_largest_rate(w, fitted, lam, xx) for w, (fitted, xx) in zip(starts, drawn, strict=True)]
        rate = step / max(fastest for _, fastest in limits)
        slowest = min(slowest for slowest, _ in limits)
        until = config["slow_times"] / slowest if lam else max(config["zero_times"] / slowest, config["zero_until"])
        rows.add(
            **{"problem": problem, "condition": condition, "lam": lam, "draw": np.arange(len(drawn))},
            **dict(zip(("n_in", "n_hidden", "n_out"), shape, strict=True)),
            **{"learning_rate": rate, "n_steps": int(np.ceil(until / rate))},
            **{"w1": [w.w1 for w in starts], "w2": [w.w2 for w in starts], "sigma_xx": [xx for _, xx in drawn]},
            **{"sigma_yx": [fitted @ xx for fitted, xx in drawn], "fitted": [fitted for fitted, _ in drawn]},
        )


def _step(config, problem, condition):
    """η times the fastest rate of start and end."""
    stiff = problem == "raw" and condition >= config["stiff"]["from"]
    return config["stiff" if stiff else "delayed"]["step"] if stiff or problem == "delayed" else config["step"]


def _steps(config, run):
    return np.unique(np.geomspace(1, run.n_steps, config["n_times"]).round().astype(int))


def _compared(config, starts):
    """Of which starts the exact solution is followed over time, a mask."""
    followed = starts["lam"].isin(config["compared_lambdas"]) | (starts["condition"] == config["compared_condition"])
    return (starts["problem"] == "whitened") | ((starts["problem"] == "raw") & followed)


def theory(config, data):
    curves, end = Rows(), Rows()
    starts = data["task/starts"]
    for run in starts[_compared(config, starts)].itertuples():
        steps = _steps(config, run)
        times = steps * run.learning_rate
        solution = exact_solution(run.w1, run.w2, run.sigma_yx, np.append(0.0, times), lam=run.lam)
        loss = solution.loss()
        curves.add(
            **{"problem": run.problem, "condition": run.condition, "lam": run.lam, "draw": run.draw},
            **{"step": steps, "t": times, "n_in": run.n_in, "n_out": run.n_out},
            network_function=solution.network_function[1:],
            loss=loss[1:] / loss[0],
            kernel_distance=solution.kernel_distance()[1:],
        )
    for run in only(starts, problem="raw").itertuples():
        distance = end_distance((run.w1, run.w2), run.fitted, run.lam, run.sigma_xx)
        end.add(condition=run.condition, lam=run.lam, draw=run.draw, kernel_distance=distance)
    return {"curves": curves, "end": end}


def simulation(config, data):
    tables = {name: Rows() for name in ("curves", "end", "departures", "agreement", "learned", "statements")}
    for starts in each(data["task/starts"], "problem", "condition"):
        ends = {}
        for batch in each(starts, "lam"):
            run = next(batch.itertuples())
            ends[run.lam] = _descend(config, data, tables, batch, run)
        if run.problem == "raw":
            pairs = (statements.times_to_fit(config, ends), statements.stable_steps_to_fit(config, ends))
            for lam, times, steps in zip(sorted(ends), *pairs, strict=True):
                tables["learned"].add(condition=run.condition, lam=lam, draw=batch["draw"], time=times, steps=steps)
        if run.problem != "whitened":
            for name, holds in _judged(config, data, run, ends).items():
                tables["statements"].add(statement=name, condition=run.condition, draw=batch["draw"], holds=holds)
    return tables


def _descend(config, data, tables, batch, run):
    """Descent of all draws at one λ: its curves and its end; `run` is the first of them."""
    w1, w2, yx, xx, fitted = stacked(batch, "w1", "w2", "sigma_yx", "sigma_xx", "fitted")
    steps, rate = _steps(config, run), run.learning_rate
    descent = gradient_descent(
        w1, w2, Task(yx, xx), learning_rate=rate, steps=run.n_steps, record_at=np.append(0, steps)
    )
    losses, function, times = descent.loss(), descent.network_function[:, 1:], steps * rate
    loss, distance = (losses / losses[:, :1])[:, 1:], descent.kernel_distance()[:, 1:]
    group = {"problem": run.problem, "condition": run.condition, "lam": run.lam}
    every = {"draw": np.repeat(batch["draw"], len(steps)), "step": np.tile(steps, len(batch))}
    tables["curves"].add(
        **group, **every, t=np.tile(times, len(batch)), loss=loss.ravel(), kernel_distance=distance.ravel()
    )
    if _compared(config, batch).all():
        _compare(tables, batch, group, only(data["theory/curves"], **group), function, loss, distance)
    tables["end"].add(
        **group,
        draw=batch["draw"],
        not_learned=np.linalg.norm(function[:, -1] - fitted, axis=(-2, -1)) / np.linalg.norm(fitted, axis=(-2, -1)),
        drift=np.abs(descent.balance().lam[:, -1] - run.lam),
        kernel_distance=distance[:, -1],
    )
    fastest = _step(config, run.problem, run.condition) / rate
    return statements.End(fastest, times, loss, distance, descent.w1[:, -1], descent.w2[:, -1], yx, fitted)


def _compare(tables, batch, group, theory, function, loss, distance):
    """Largest difference over time from the exact solution, of each draw: a deviation if the inputs are whitened."""
    exact = stacked(theory, "network_function")[0].reshape(function.shape)
    shares, distances = (theory[name].to_numpy().reshape(loss.shape) for name in ("loss", "kernel_distance"))
    tables["departures"].add(
        **group,
        draw=batch["draw"],
        network_function=function_departure(function, exact),
        loss=np.abs(loss - shares).max(1),
        kernel_distance=np.abs(distance - distances).max(1),
    )
    if group["problem"] == "whitened":
        for k, run in enumerate(batch.itertuples()):
            tables["agreement"].add(
                **{"condition": run.condition, "lam": run.lam, "draw": run.draw},
                deviation_network_function=deviation(function[k], exact[k]),
                deviation_loss=deviation(loss[k], shares[k]),
                deviation_kernel_distance=deviation(distance[k], distances[k]),
                step_size=step_size(run.learning_rate, run.lam, run.sigma_yx),
            )


def _judged(config, data, run, ends):
    """{statement: (draws,) of bool} of a problem that is not whitened, at one condition number."""
    if run.problem == "delayed":
        return statements.of_delayed(config, ends)
    large = config["statement_lambda"]
    exact = only(data["theory/curves"], problem="raw", condition=run.condition, lam=large)["loss"].to_numpy()
    return statements.of_square(config, ends, exact.reshape(ends[large].loss.shape))
