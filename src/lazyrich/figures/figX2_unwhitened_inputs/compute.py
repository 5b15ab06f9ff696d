"""figX2: inputs that are not whitened (ours). What of the theory survives Σxx ≠ I, and up to which condition number.

raw c       a square network on inputs whose Σxx has condition number c (mean eigenvalue 1) and targets W*x, by descent,
            beside the exact solution "as if whitened": the same Σyx = W*Σxx, Σxx taken for I
whitened c  the same problem after whitening, Σyx Σxx^-½: there the exact solution must be met
delayed c   an inverted funnel at λ = 0 and at a λ > 0 where it is rich after a delay
"""

import numpy as np

from ...linear.descent import simulate
from ...linear.initialisation import lambda_balanced_weights, random_rotation
from ...linear.riccati import exact_solution
from ...pipeline.common import add_statistics, deviation, grouped, run_row, with_matching_sign
from ...pipeline.records import Records
from ...pipeline.unwhitened import end_distance, function_departure, input_correlation, least_and_largest_rate, root
from . import statements

QUANTITIES = ("function", "loss", "kernel")
BAND = {"low": 0.1, "mid": 0.5, "high": 0.9}  # quantiles over draws


def task(config, seeds):
    runs, records = [], Records()
    square, delayed = config["shape"], config["delayed"]
    for condition in config["conditions"]:
        drawn = [_draw(square, config["singular_values"], condition, seeds, k) for k in range(config["n_draws"])]
        _add(runs, records, config, seeds, "raw", condition, square, config["lambdas"], drawn)
        whitened = [(fitted @ root(xx), np.eye(len(xx))) for fitted, xx in drawn]
        _add(runs, records, config, seeds, "whitened", condition, square, config["whitened_lambdas"], whitened)
    for condition in delayed["conditions"]:
        strengths = [delayed["singular_value"]] * min(delayed["shape"])
        drawn = [_draw(delayed["shape"], strengths, condition, seeds, k) for k in range(config["n_draws"])]
        _add(runs, records, config, seeds, "delayed", condition, delayed["shape"], [0, delayed["lambda"]], drawn)
    records.add(0, "task", "shown_condition", config["shown_condition"])
    records.add(0, "task", "drawn_conditions", [config["drawn_conditions"]])
    return runs, records


def _draw(shape, singular_values, condition, seeds, k):
    """(W*, Σxx) of draw k; all condition numbers share W* and the directions of Σxx."""
    n_in, _, n_out = shape
    rng = seeds.rng("task", n_out, k)
    u, v = random_rotation(n_out, rng)[:, :n_in], random_rotation(n_in, rng)
    return (u * singular_values) @ v.T, input_correlation(condition, n_in, rng=seeds.rng("inputs", n_out, k))


def _add(runs, records, config, seeds, kind, condition, shape, lambdas, drawn):
    """Runs of all λ and draws of one kind and condition number: those of one λ share η and length."""
    stiff = kind == "raw" and condition >= config["stiff"]["from"]
    step = config["stiff" if stiff else "delayed"]["step"] if stiff or kind == "delayed" else config["step"]
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
        n_steps = int(np.ceil(until / rate))
        for k, ((w1, w2), (fitted, sigma_xx)) in enumerate(zip(starts, drawn, strict=True)):
            matrices = {"w1": w1, "w2": w2, "sigma_xx": sigma_xx, "sigma_yx": fitted @ sigma_xx, "fitted": fitted}
            for name, matrix in matrices.items():
                records.add_matrices(len(runs), "task", name, matrix)
            runs.append(run_row(f"{kind} {condition:g}", lam, shape, "lambda_balanced", rate, n_steps, k))
        records.add(len(runs) - len(drawn), "task", "condition", condition)


def _stacked(data, runs, *names):
    return (np.stack([data.matrix(name, run.run_id) for run in runs]) for name in names)


def _steps(config, run):
    return np.unique(np.geomspace(1, run.n_steps, config["n_times"]).round().astype(int))


def _batches(data, kind=""):
    """Lists of runs of one panel and λ."""
    return grouped([run for run in data.runs if run.panel.startswith(kind)], lambda run: (run.panel, run.lam))


def _compared(config, run):
    """Whether the as-if-whitened solution is followed over time."""
    return run.lam in config["compared_lambdas"] or run.panel == f"raw {config['shown_condition']:g}"


def _shares(losses):
    """Loss over time (draws, T) as shares of that at the first step."""
    return losses / losses[:, :1]


def theory(config, data):
    records = Records()
    for runs in (*_batches(data, "raw"), *_batches(data, "whitened")):
        if not (runs[0].panel.startswith("whitened") or _compared(config, runs[0])):
            continue
        steps = _steps(config, runs[0])
        times = steps * runs[0].learning_rate
        shares, distances = [], []
        for run in runs:
            w1, w2, yx = (data.matrix(name, run.run_id) for name in ("w1", "w2", "sigma_yx"))
            solution = exact_solution(w1, w2, yx, np.append(0.0, times), lam=run.lam)
            function, loss = solution.network_function[1:], solution.loss()
            shares.append(loss[1:] / loss[0])
            distances.append(solution.kernel_distance()[1:])
            records.add(run.run_id, "theory", "network_function", function, steps, times)
            records.add(run.run_id, "theory", "loss", shares[-1], steps, times)
            records.add(run.run_id, "theory", "kernel_distance", distances[-1], steps, times)
        _bands(records, runs[0], "theory", "loss", np.array(shares), steps, times)
        _bands(records, runs[0], "theory", "kernel_distance", np.array(distances), steps, times)
    return records


def _bands(records, first, source, name, values, steps, times):
    for label, level in BAND.items():
        records.add(first.run_id, source, f"{name}_{label}", np.quantile(values, level, axis=0), steps, times)


def simulation(config, data):
    records, ends = Records(), {}
    for runs in _batches(data):
        first = runs[0]
        kind, condition = first.panel.split()
        w1, w2, yx, xx, fitted = _stacked(data, runs, "w1", "w2", "sigma_yx", "sigma_xx", "fitted")
        steps = _steps(config, first)
        rate, n_steps = first.learning_rate, first.n_steps
        descent = simulate(w1, w2, yx, learning_rate=rate, steps=n_steps, record_at=np.append(0, steps), sigma_xx=xx)
        loss, distance = _shares(descent.loss())[:, 1:], descent.kernel_distance()[:, 1:]
        function, times = descent.network_function[:, 1:], steps * rate
        if kind == "whitened" or (kind == "raw" and _compared(config, first)):
            _compare(records, data, runs, kind, function, loss, distance)
        _bands(records, first, "simulation", "loss", loss, steps, times)
        _bands(records, first, "simulation", "kernel_distance", distance, steps, times)
        if kind == "whitened":
            continue
        left = np.linalg.norm(function[:, -1] - fitted, axis=(-2, -1)) / np.linalg.norm(fitted, axis=(-2, -1))
        add_statistics(records, first.run_id, "simulation", "not_learned", left, ("mean", "max"))
        lam = descent.balance().lam[:, -1]
        add_statistics(records, first.run_id, "simulation", "drift", np.abs(lam - first.lam), ("max",))
        add_statistics(records, first.run_id, "simulation", "final_distance", distance[:, -1])
        end = statements.End(times, loss, distance, descent.w1[:, -1], descent.w2[:, -1], yx, fitted)
        ends[kind, float(condition), first.lam] = end
        if kind == "raw":
            _at_the_end(records, first, w1, w2, xx, fitted, distance[:, -1])
    for kind, judge in (("raw", statements.of_square), ("delayed", statements.of_delayed)):
        for runs in _batches(data, kind):
            first = runs[0]
            if first.lam != 0:  # on the run of λ = 0, which stands for its panel
                continue
            condition = data.number("condition", first.run_id, "task")
            own = {lam: end for (k, c, lam), end in ends.items() if (k, c) == (kind, condition)}
            reference = _reference(data, first.panel, config) if kind == "raw" else None
            for name, holds in judge(config, own, reference).items():
                records.add(first.run_id, "simulation", f"share_{name}", np.mean(holds))
    return records


def _reference(data, panel, config):
    """As-if-whitened loss over time, (draws, T), at the λ of which the speed is compared."""
    runs = [run for run in data.panel(panel) if run.lam == config["statement_lambda"]]
    return np.array([data.numbers("loss", run.run_id, "theory")[2][:, 0] for run in runs])


def _compare(records, data, runs, kind, function, loss, distance):
    """Largest difference over time from the exact solution, of each draw: a deviation if the inputs are whitened."""
    first = runs[0]
    exact = np.stack([data.numbers("network_function", run.run_id, "theory")[2] for run in runs])
    shares, distances = (
        np.stack([data.numbers(name, run.run_id, "theory")[2][:, 0] for run in runs])
        for name in ("loss", "kernel_distance")
    )
    departures = {
        "function": function_departure(function, exact.reshape(function.shape)),
        "loss": np.abs(loss - shares).max(1),
        "kernel": np.abs(distance - distances).max(1),
    }
    for name, values in departures.items():
        for label, level in BAND.items():
            records.add(first.run_id, "simulation", f"departure_{name}_{label}", np.quantile(values, level))
    if kind == "whitened":
        for k, run in enumerate(runs):
            for name, values, reference in (
                ("loss", loss[k], shares[k]),
                ("kernel_distance", distance[k], distances[k]),
            ):
                records.add(run.run_id, "simulation", f"deviation_{name}", deviation(values, reference))
            error = deviation(function[k], exact[k].reshape(function[k].shape))
            records.add(run.run_id, "simulation", "deviation_network_function", error)


def _at_the_end(records, first, w1, w2, sigma_xx, fitted, distance):
    """Kernel distance at the end of training beside that of the representations of W*, which need no dynamics."""
    expected = [
        end_distance(*draw)
        for draw in zip(zip(w1, w2, strict=True), fitted, [first.lam] * len(w1), sigma_xx, strict=True)
    ]
    add_statistics(records, first.run_id, "simulation", "departure_end", np.abs(distance - expected), ("mean", "max"))
