"""figX3: real data (ours). Digits and diabetes: the exact solution on whitened inputs, its departure on raw ones.

whitened   descent beside the exact solution, from λ-balanced starts at several λ
raw        the same starts on the inputs as they are, beside the exact solution "as if whitened" (the Σyx measured)

Loss is ½ mean ‖y − ŷ‖², of which a part is never learned, the floor: what least squares leaves. The theory as if
whitened takes ½(tr Σyy − ‖Σyx‖²) for the floor, which need not even be positive.
"""

import numpy as np

from ...linear.descent import gradient_descent
from ...linear.exact import exact_solution
from ...linear.initialisation import lambda_balanced_weights
from ...linear.tasks import Task
from ...pipeline.common import deviation, stacked, step_size, thinned
from ...pipeline.frames import only
from ...pipeline.stages import Rows
from ...pipeline.unwhitened import end_distance, function_departure
from .real import diabetes_problem, digits_problem


def task(config, seeds):
    described, modes, starts, descents = Rows(), Rows(), Rows(), Rows()
    problems = {"digits": digits_problem(config["digits"]["n_components"]), "diabetes": diabetes_problem()}
    for name, problem in problems.items():
        block = config[name]
        for inputs in ("whitened", "raw"):
            data = getattr(problem, inputs)
            described.add(data_set=name, inputs=inputs, kept=problem.kept, **_described(data))
            strengths = np.linalg.svd(data.sigma_yx, compute_uv=False)
            modes.add(data_set=name, inputs=inputs, mode=np.arange(len(strengths)), strength=strengths)
            for lam in config["lambdas"]:
                rate = config["steps"][inputs] / _fastest_rate(data, lam)
                n_steps = round(block["until"] / rate)
                descents.add(data_set=name, inputs=inputs, lam=lam, learning_rate=rate, n_steps=n_steps)
        (n_out, n_in), n_hidden = data.sigma_yx.shape, block["n_hidden"]
        for lam in config["lambdas"]:
            for draw in range(config["n_draws"]):
                rng = seeds.rng(name, draw)  # one stream for all λ: the same network function at each
                w1, w2 = lambda_balanced_weights(lam, n_in, n_hidden, n_out, rng=rng, scale=block["scale"])
                starts.add(
                    **{"data_set": name, "lam": lam, "draw": draw},
                    **{"n_in": n_in, "n_hidden": n_hidden, "n_out": n_out, "w1": w1[None], "w2": w2[None]},
                )
    return {"data": described, "modes": modes, "starts": starts, "descents": descents}


def _described(data):
    """What gradient flow sees of the data, and their numbers."""
    values = np.linalg.eigvalsh(data.sigma_xx)
    fitted = np.linalg.solve(data.sigma_xx, data.sigma_yx.T).T
    floor = (data.sigma_yy_trace - (fitted * data.sigma_yx).sum()) / 2
    n_out, n_in = fitted.shape
    return {
        **{"n_in": n_in, "n_out": n_out, "n_examples": data.x.shape[1]},
        **{"sigma_xx": data.sigma_xx[None], "sigma_yx": data.sigma_yx[None], "fitted": fitted[None]},
        "sigma_yy_trace": data.sigma_yy_trace,
        "condition": values[-1] / values[0],
        "floor": floor,
        "floor_share": floor / (data.sigma_yy_trace / 2),
        "floor_as_if_whitened": (data.sigma_yy_trace - (data.sigma_yx**2).sum()) / 2,
    }


def _fastest_rate(data, lam):
    largest = np.linalg.eigvalsh(data.sigma_xx)[-1]
    strongest = np.linalg.norm(np.linalg.solve(data.sigma_xx, data.sigma_yx.T), 2)
    return largest * np.hypot(lam, 2 * strongest)


def _runs(data):
    """(keys, learning rate and steps, data set, starts of one λ) of each descent."""
    for run in data["task/descents"].itertuples():
        keys = {"data_set": run.data_set, "inputs": run.inputs, "lam": run.lam}
        learned = only(data["task/data"], data_set=run.data_set, inputs=run.inputs).iloc[0]
        yield keys, run, learned, only(data["task/starts"], data_set=run.data_set, lam=run.lam)


def _steps(config, run):
    """Recorded steps: 0, and in logarithmic steps of time from `from_t` on."""
    first = max(1.0, config["from_t"] / run.learning_rate)
    return np.unique(np.append(0, np.geomspace(first, run.n_steps, config["n_times"]).round().astype(int)))


def theory(config, data):
    tables = {name: Rows() for name in ("end", "curves", "modes", "functions")}
    for keys, run, learned, starts in _runs(data):
        steps = _steps(config, run)
        few, times = thinned(steps, config["n_compared"]), steps * run.learning_rate
        task = Task(learned["sigma_yx"], sigma_yy_trace=learned["sigma_yy_trace"])  # raw: as if they were whitened
        for start in starts.itertuples():
            solution = exact_solution(start.w1, start.w2, task, times, lam=run.lam)
            distance = solution.kernel_distance()
            tables["end"].add(**keys, draw=start.draw, kernel_distance=distance[-1])
            if run.lam in config["simulated_lambdas"]:
                function, loss = solution.network_function, solution.loss()
                _add_course(tables, keys, start.draw, steps, times, loss, distance, function)
                tables["functions"].add(
                    **keys,
                    **{"draw": start.draw, "step": steps[few], "t": times[few]},
                    **{"n_in": start.n_in, "n_out": start.n_out, "network_function": function[few]},
                )
    return tables


def _add_course(tables, keys, draw, steps, times, loss, distance, function):
    """What happens to one start (T,): its curves, and on whitened inputs the singular values of W2W1."""
    tables["curves"].add(**keys, draw=draw, step=steps, t=times, loss=loss, kernel_distance=distance)
    if keys["inputs"] == "whitened":
        strengths = np.linalg.svd(function, compute_uv=False)
        n = strengths.shape[1]
        tables["modes"].add(
            **{"data_set": keys["data_set"], "lam": keys["lam"], "draw": draw, "step": np.repeat(steps, n)},
            **{"mode": np.tile(np.arange(n), len(steps)), "t": np.repeat(times, n), "strength": strengths.ravel()},
        )


def simulation(config, data):
    tables = {name: Rows() for name in ("end", "predicted", "order", "curves", "modes", "agreement")}
    ends = {}
    for keys, run, learned, starts in _runs(data):
        if run.lam not in config["simulated_lambdas"]:
            continue
        w1, w2 = stacked(starts, "w1", "w2")
        steps, rate, draws = _steps(config, run), run.learning_rate, starts["draw"].to_numpy()
        sigma_xx = learned["sigma_xx"] if run.inputs == "raw" else 1.0
        task = Task(learned["sigma_yx"], sigma_xx, learned["sigma_yy_trace"])
        descent = gradient_descent(w1, w2, task, learning_rate=rate, steps=run.n_steps, record_at=steps)
        function, distance = descent.network_function, descent.kernel_distance()
        loss, end = descent.loss(), distance[:, -1]
        few = thinned(steps, config["n_compared"])
        measured = {"network_function": function[:, few], "loss": loss, "kernel_distance": distance}
        exact = _exact(data, keys, len(draws))
        left = np.linalg.norm(function[:, -1] - learned["fitted"], axis=(-2, -1)) / np.linalg.norm(learned["fitted"])
        tables["end"].add(**keys, draw=draws, kernel_distance=end, not_learned=left, **_departures(measured, exact))
        ends.setdefault((run.data_set, run.inputs), {})[run.lam] = end
        for k, draw in enumerate(draws):
            _add_course(tables, keys, draw, steps, steps * rate, loss[k], distance[k], function[k])
        start = {"data_set": run.data_set, "lam": run.lam, "draw": draws}
        if run.inputs == "whitened":
            size = step_size(rate, run.lam, task.sigma_yx)
            tables["agreement"].add(**start, **_deviations(measured, exact), step_size=size)
        elif run.lam >= 0:  # at λ < 0 the spare directions of the input layer depend on the start
            expected = [
                end_distance(weights, learned["fitted"], run.lam, sigma_xx) for weights in zip(w1, w2, strict=True)
            ]
            tables["predicted"].add(**start, kernel_distance=expected, departure_end=np.abs(end - expected))
    for (data_set, inputs), distances in ends.items():
        lazier = _lazier_towards_positive(distances)
        draws = np.arange(len(lazier))
        tables["order"].add(data_set=data_set, inputs=inputs, draw=draws, lazier_towards_positive=lazier)
    return tables


def _departures(measured, exact):
    """Largest distance over time from the exact solution, of each start."""
    loss, distance = (np.abs(measured[name] - exact[name]).max(1) for name in ("loss", "kernel_distance"))
    return {
        "departure_network_function": function_departure(measured["network_function"], exact["network_function"]),
        "departure_loss": loss / measured["loss"][:, 0],
        "departure_kernel_distance": distance,
    }


def _deviations(measured, exact):
    return {
        f"deviation_{name}": [deviation(*pair) for pair in zip(values, exact[name], strict=True)]
        for name, values in measured.items()
    }


def _exact(data, keys, n_draws):
    """What the theory stage recorded of the starts of a descent, (draws, T, ...)."""
    curves, functions = only(data["theory/curves"], **keys), only(data["theory/functions"], **keys)
    (function,) = stacked(functions, "network_function")
    return {
        "network_function": function.reshape(n_draws, -1, *function.shape[1:]),
        **{name: curves[name].to_numpy().reshape(n_draws, -1) for name in ("loss", "kernel_distance")},
    }


def _lazier_towards_positive(ends):
    """Whether, draw by draw, the kernel moves less and less from λ = 0 on, and at each −λ more than at λ."""
    rising = np.array([ends[lam] for lam in sorted(ends) if lam >= 0])
    pairs = np.array([ends[-lam] > ends[lam] for lam in ends if lam > 0 and -lam in ends])
    return (np.diff(rising, axis=0) < 0).all(0) & pairs.all(0)
