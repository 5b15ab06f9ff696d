"""figX3: real data (ours). Digits and diabetes: the exact solution on whitened inputs, its departure on raw ones.

NAME whitened   descent beside the exact solution, from λ-balanced starts at several λ
NAME raw        the same starts on the inputs as they are, beside the exact solution "as if whitened" (the Σyx measured)

Loss is ½ mean ‖y − ŷ‖², of which a part is never learned, the floor: what least squares leaves. The theory as if
whitened takes ½(tr Σyy − ‖Σyx‖²) for the floor, which need not even be positive.
"""

import numpy as np

from ...linear.descent import simulate
from ...linear.initialisation import lambda_balanced_weights
from ...linear.riccati import exact_solution
from ...pipeline.common import add_statistics, deviation, grouped, run_row, thinned
from ...pipeline.records import Records
from ...pipeline.unwhitened import end_distance, function_departure
from .real import diabetes_problem, digits_problem

SETS = ("digits", "diabetes")
BAND = {"low": 0.1, "mid": 0.5, "high": 0.9}  # quantiles over draws


def task(config, seeds):
    runs, records = [], Records()
    problems = {"digits": digits_problem(config["digits"]["n_components"]), "diabetes": diabetes_problem()}
    for name, problem in problems.items():
        for kind in ("whitened", "raw"):
            data = getattr(problem, kind)
            _describe(records, len(runs), data, problem.kept)
            _add(runs, records, config, seeds, name, kind, data)
    records.add(0, "task", "drawn_lambdas", [config["drawn_lambdas"]])
    return runs, records


def _describe(records, first, data, kept):
    """What gradient flow sees of the data, and their numbers, on the first run of a panel."""
    values = np.linalg.eigvalsh(data.sigma_xx)
    fitted = np.linalg.solve(data.sigma_xx, data.sigma_yx.T).T
    floor = (data.sigma_yy_trace - (fitted * data.sigma_yx).sum()) / 2
    records.add_matrices(first, "task", "sigma_xx", data.sigma_xx)
    records.add_matrices(first, "task", "fitted", fitted)
    for name, value in (
        ("condition", values[-1] / values[0]),
        ("kept", kept),
        ("floor", floor),
        ("explained", data.sigma_yy_trace / 2 - floor),
        ("floor_as_if_whitened", (data.sigma_yy_trace - (data.sigma_yx**2).sum()) / 2),
        ("sigma_yy_trace", data.sigma_yy_trace),
        ("n_examples", data.x.shape[1]),
    ):
        records.add(first, "task", name, value)
    records.add(first, "task", "task_strength", np.linalg.svd(data.sigma_yx, compute_uv=False)[None])


def _add(runs, records, config, seeds, name, kind, data):
    block = config[name]
    (n_out, n_in), n_hidden = data.sigma_yx.shape, block["n_hidden"]
    largest = np.linalg.eigvalsh(data.sigma_xx)[-1]
    strongest = np.linalg.norm(np.linalg.solve(data.sigma_xx, data.sigma_yx.T), 2)
    for lam in config["lambdas"]:
        rate = config["steps"][kind] / (largest * np.hypot(lam, 2 * strongest))
        for draw in range(config["n_draws"]):
            rng = seeds.rng(name, draw)  # one stream for all λ, whitened or not: the same network function at each
            weights = lambda_balanced_weights(lam, n_in, n_hidden, n_out, rng=rng, scale=block["scale"])
            for label, matrix in (("w1", weights.w1), ("w2", weights.w2), ("sigma_yx", data.sigma_yx)):
                records.add_matrices(len(runs), "task", label, matrix)
            n_steps = round(block["until"] / rate)
            row = run_row(f"{name} {kind}", lam, (n_in, n_hidden, n_out), "lambda_balanced", rate, n_steps, draw)
            runs.append(row)


def _steps(config, run):
    """Recorded steps: 0, and in logarithmic steps of time from `from_t` on."""
    first = max(1.0, config["from_t"] / run.learning_rate)
    return np.unique(np.append(0, np.geomspace(first, run.n_steps, config["n_times"]).round().astype(int)))


def _batches(data):
    """(set, whitened or raw, first run of the panel, runs of one λ)."""
    for name in SETS:
        for kind in ("whitened", "raw"):
            panel = data.panel(f"{name} {kind}")
            for runs in grouped(panel, lambda run: run.lam):
                yield name, kind, panel[0], runs


def theory(config, data):
    records = Records()
    for _, _, panel, runs in _batches(data):
        steps = _steps(config, runs[0])
        few, times = thinned(steps, config["n_compared"]), steps * runs[0].learning_rate
        simulated = runs[0].lam in config["simulated_lambdas"]
        losses, distances, strengths = [], [], []
        for run in runs:
            w1, w2, yx = (data.matrix(name, run.run_id) for name in ("w1", "w2", "sigma_yx"))
            solution = exact_solution(w1, w2, yx, times, lam=run.lam)
            distances.append(solution.kernel_distance())
            if simulated:
                function = solution.network_function
                losses.append(solution.loss(data.number("sigma_yy_trace", panel.run_id, "task")))
                records.add_matrices(run.run_id, "theory", "network_function", function[few], steps[few], times[few])
                strengths.append(np.linalg.svd(function, compute_uv=False))
        first = runs[0].run_id
        add_statistics(records, first, "theory", "final_distance", np.array(distances)[:, -1], ("mean", "std"))
        records.add(first, "theory", "simulated", float(simulated))
        if simulated:
            for k, run in enumerate(runs):
                records.add(run.run_id, "theory", "loss", losses[k], steps, times)
                records.add(run.run_id, "theory", "kernel_distance", distances[k], steps, times)
            _bands(records, first, "theory", "loss", np.array(losses), steps, times)
            _bands(records, first, "theory", "strength", np.array(strengths), steps, times)
    return records


def _bands(records, first, source, name, values, steps, times):
    for label, level in BAND.items():
        records.add(first, source, f"{name}_{label}", np.quantile(values, level, axis=0), steps, times)


def simulation(config, data):
    records, medians, ends = Records(), {}, {}
    for name, kind, panel, runs in _batches(data):
        first = runs[0]
        if first.lam not in config["simulated_lambdas"]:
            continue
        w1, w2, yx = (np.stack([data.matrix(k, run.run_id) for run in runs]) for k in ("w1", "w2", "sigma_yx"))
        sigma_xx = data.matrix("sigma_xx", panel.run_id) if kind == "raw" else None
        steps = _steps(config, first)
        rate, times, few = first.learning_rate, steps * first.learning_rate, thinned(steps, config["n_compared"])
        descent = simulate(w1, w2, yx, learning_rate=rate, steps=first.n_steps, record_at=steps, sigma_xx=sigma_xx)
        loss = descent.loss(data.number("sigma_yy_trace", panel.run_id, "task"))
        distance, function = descent.kernel_distance(), descent.network_function
        _bands(records, first.run_id, "simulation", "loss", loss, steps, times)
        _bands(records, first.run_id, "simulation", "strength", np.linalg.svd(function, compute_uv=False), steps, times)
        add_statistics(records, first.run_id, "simulation", "final_distance", distance[:, -1])
        fitted = data.matrix("fitted", panel.run_id)
        left = np.linalg.norm(function[:, -1] - fitted, axis=(-2, -1)) / np.linalg.norm(fitted)
        add_statistics(records, first.run_id, "simulation", "not_learned", left, ("mean", "max"))
        exact = {"function": _exact_function(data, runs), "loss": _exact(data, runs, "loss")}
        exact["kernel"] = _exact(data, runs, "kernel_distance")
        departures = {
            "function": function_departure(function[:, few], exact["function"]),
            "loss": np.abs(loss - exact["loss"]).max(1) / loss[:, 0],
            "kernel": np.abs(distance - exact["kernel"]).max(1),
        }
        for quantity, values in departures.items():
            for label, level in BAND.items():
                records.add(first.run_id, "simulation", f"departure_{quantity}_{label}", np.quantile(values, level))
            medians.setdefault((name, kind, quantity), []).append(np.median(values))
        if kind == "whitened":
            _deviations(records, runs, {"function": function[:, few], "loss": loss, "kernel": distance}, exact)
        elif first.lam >= 0:  # at λ < 0 the spare directions of the input layer depend on the start
            expected = [end_distance((w1[k], w2[k]), fitted, first.lam, sigma_xx) for k in range(len(runs))]
            gap = np.abs(distance[:, -1] - expected)
            add_statistics(records, first.run_id, "simulation", "departure_end", gap, ("max",))
        ends.setdefault((name, kind), {})[first.lam] = distance[:, -1]
    for (name, kind, quantity), values in medians.items():  # over λ
        run = data.panel(f"{name} {kind}")[0]
        records.add(run.run_id, "simulation", f"departure_{quantity}_largest", max(values))
        records.add(run.run_id, "simulation", f"departure_{quantity}_least", min(values))
    for (name, kind), distances in ends.items():
        run = data.panel(f"{name} {kind}")[0]
        records.add(run.run_id, "simulation", "share_order", np.mean(_lazier_towards_positive(distances)))
    return records


def _lazier_towards_positive(ends):
    """Whether, draw by draw, the kernel moves less and less from λ = 0 on, and at each −λ more than at λ."""
    rising = np.array([ends[lam] for lam in sorted(ends) if lam >= 0])
    pairs = np.array([ends[-lam] > ends[lam] for lam in ends if lam > 0 and -lam in ends])
    return (np.diff(rising, axis=0) < 0).all(0) & pairs.all(0)


def _exact(data, runs, quantity):
    """What the theory stage recorded of the runs of one λ, (draws, T)."""
    return np.stack([data.numbers(quantity, run.run_id, "theory")[2][:, 0] for run in runs])


def _exact_function(data, runs):
    """The same of W2W1, at few times, (draws, few, n_out, n_in)."""
    return np.stack([data.matrices("network_function", run.run_id, "theory")[2] for run in runs])


def _deviations(records, runs, measured, exact):
    names = {"function": "network_function", "loss": "loss", "kernel": "kernel_distance"}
    for quantity, name in names.items():
        for run, values, reference in zip(runs, measured[quantity], exact[quantity], strict=True):
            records.add(run.run_id, "simulation", f"deviation_{name}", deviation(values, reference))
