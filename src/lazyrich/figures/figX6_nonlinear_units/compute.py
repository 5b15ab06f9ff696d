"""figX6: what of the linear theory holds for tanh and ReLU networks that start λ-balanced.

one NAME       one task: loss over time, kernel distance and hidden representation at the end, against λ; `linear` is
               the exact solution, `tanh` and `relu` are descent from the same weights on the same data
sequence NAME  several tasks one after the other: λ*(t) = tr(W2ᵀW2 − W1W1ᵀ)/N_h and the residual

There is no exact solution beside tanh and ReLU: what is recorded is their departure from the linear one.
"""

import numpy as np

from ...linear.initialisation import lambda_balanced_weights
from ...linear.observables import balance, kernel_distance
from ...linear.riccati import exact_solution
from ...linear.tasks import task_from_singular_values, whiten
from ...nonlinear import units as nonlinear
from ...pipeline.common import add_statistics, grouped, run_row
from ...pipeline.records import Records

NONLINEAR = ("tanh", "relu")
QUANTITIES = ("kernel_distance", "alignment", "final_loss")


def task(config, seeds):
    runs, records = [], Records()
    s, n = config["singular_values"], config["width"]

    def add(panel, lam, draw, n_tasks):
        rng = seeds.rng(panel.split()[0], draw)  # the same data, tasks and function at every λ and φ
        x = whiten(rng.standard_normal((n, config["n_examples"])))
        weights = lambda_balanced_weights(lam, n, n, n, rng=rng, scale=config["scale"])
        records.add_matrices(len(runs), "task", "x", x)
        records.add_matrices(len(runs), "task", "w1", weights.w1)
        records.add_matrices(len(runs), "task", "w2", weights.w2)
        for k in range(n_tasks):
            sigma_yx = task_from_singular_values(s, n, n, rng=rng).sigma_yx
            records.add_matrices(len(runs), "task", "sigma_yx", sigma_yx, task_index=k)
        rate = config["step"] / np.hypot(lam, 2 * max(s))
        runs.append(run_row(panel, lam, (n, n, n), panel.split()[1], rate, config["n_steps"] * n_tasks, draw))

    for name in ("linear", *NONLINEAR):
        for lam in config["lambdas"]:
            for draw in range(config["n_draws"]):
                add(f"one {name}", lam, draw, 1)
    for name in NONLINEAR:
        for lam in config["sequence"]["lambdas"]:
            for draw in range(config["n_draws"]):
                add(f"sequence {name}", lam, draw, config["sequence"]["n_tasks"])
    return runs, records


def _start(data, run):
    """(w1, w2, x, Σyx of the first task)."""
    return tuple(data.matrix(name, run.run_id) for name in ("w1", "w2", "x", "sigma_yx"))


def _steps(config, run):
    even = np.linspace(0, 1, config["n_records"])
    return np.unique((config["n_steps"] * even**2).round().astype(int))  # dense where curves are steep


def _summary(records, runs, source, steps, times, curves, ends):
    """Statistics over the draws, on their first run: the loss over time, and `ends` {quantity: (draws,)}."""
    first = runs[0].run_id
    records.add(first, source, "loss_mean", curves.mean(0), steps, times)
    records.add(first, source, "loss_std", curves.std(0), steps, times)
    for name, values in ends.items():
        add_statistics(records, first, source, name, values)
        for run, value in zip(runs, values, strict=True):
            records.add(run.run_id, source, name, value)


def theory(config, data):
    records = Records()
    for runs in grouped(data.panel("one linear"), lambda run: run.lam):
        steps = _steps(config, runs[0])
        times = steps * runs[0].learning_rate
        curves, ends = [], {name: [] for name in QUANTITIES}
        for run in runs:
            w1, w2, x, sigma_yx = _start(data, run)
            solution = exact_solution(w1, w2, sigma_yx, times, lam=run.lam)
            curves.append(solution.loss())
            end1, end2 = solution.weights(-1)
            ends["kernel_distance"].append(kernel_distance(w1, w2, end1, end2))
            ends["alignment"].append(nonlinear.representation_alignment(end1, x, sigma_yx @ x, "linear"))
            ends["final_loss"].append(curves[-1][-1] / curves[-1][0])
            records.add(run.run_id, "theory", "loss", curves[-1], steps, times)
        _summary(records, runs, "theory", steps, times, np.array(curves), {k: np.array(v) for k, v in ends.items()})
    return records


def simulation(config, data):
    records = Records()
    for name in ("linear", *NONLINEAR):
        _one(config, data, records, name)
    for name in NONLINEAR:
        _sequence(config, data, records, name)
    return records


def _one(config, data, records, name):
    runs = data.panel(f"one {name}")
    w1, w2, x, sigma_yx = (np.array(part) for part in zip(*(_start(data, run) for run in runs), strict=True))
    y = sigma_yx @ x
    rates, steps = np.array([run.learning_rate for run in runs]), _steps(config, runs[0])
    path1, path2 = nonlinear.descend(w1, w2, x, y, name, rates, steps)
    losses = nonlinear.loss(path1, path2, x[:, None], y[:, None], name)
    exact = {(run.lam, run.draw): run.run_id for run in data.panel("one linear")}
    shares = []
    for k, run in enumerate(runs):
        expected = data.numbers("loss", exact[run.lam, run.draw], "theory")[2][:, 0]
        shares.append(np.abs(losses[k] - expected).max() / expected[0])
    ends = {
        "kernel_distance": [
            nonlinear.kernel_distance((w1[k], w2[k]), (path1[k, -1], path2[k, -1]), x[k], name)
            for k in range(len(runs))
        ],
        "alignment": nonlinear.representation_alignment(path1[:, -1], x, y, name),
        "final_loss": losses[:, -1] / losses[:, 0],
        # linear descent is the theory's discretisation; of the others this is what the theory misses
        "deviation_loss" if name == "linear" else "departure_loss": shares,
    }
    positions = {run.run_id: k for k, run in enumerate(runs)}
    for same in grouped(runs, lambda run: run.lam):
        chosen = [positions[run.run_id] for run in same]
        times = steps * same[0].learning_rate
        found = {key: np.asarray(values)[chosen] for key, values in ends.items()}
        _summary(records, same, "simulation", steps, times, losses[chosen], found)


def _sequence(config, data, records, name):
    """λ* and the residual relative to the size of the weights, over the tasks."""
    runs = data.panel(f"sequence {name}")
    w1, w2, x, _ = (np.array(part) for part in zip(*(_start(data, run) for run in runs), strict=True))
    rates = np.array([run.learning_rate for run in runs])
    n, steps = config["n_steps"], _steps(config, runs[0])
    kept, lams, residuals = [], [], []
    for k in range(config["sequence"]["n_tasks"]):
        sigma_yx = np.array([data.matrix("sigma_yx", run.run_id, task_index=k) for run in runs])
        path1, path2 = nonlinear.descend(w1, w2, x, sigma_yx @ x, name, rates, steps)
        w1, w2 = path1[:, -1], path2[:, -1]
        found = [balance(path1[:, j], path2[:, j]) for j in range(len(steps))]
        size = (path1**2).sum((-2, -1)) + (path2**2).sum((-2, -1))
        later = slice(1 if k else 0, None)  # a task begins where the one before it ended
        kept.append((steps + k * n)[later])
        lams.append(np.stack([b.lam for b in found], 1)[:, later])
        residuals.append((np.stack([b.residual for b in found], 1) / size)[:, later])
    steps, lams, residuals = np.concatenate(kept), np.concatenate(lams, 1), np.concatenate(residuals, 1)
    positions = {run.run_id: k for k, run in enumerate(runs)}
    for same in grouped(runs, lambda run: run.lam):
        first, chosen = same[0], [positions[run.run_id] for run in same]
        times = steps * first.learning_rate
        drift = lams[chosen] - first.lam
        for quantity, values in (("lam_star", lams[chosen]), ("residual", residuals[chosen])):
            records.add(first.run_id, "simulation", f"{quantity}_mean", values.mean(0), steps, times)
            records.add(first.run_id, "simulation", f"{quantity}_std", values.std(0), steps, times)
        records.add(first.run_id, "simulation", "n_tasks", config["sequence"]["n_tasks"])
        records.add(first.run_id, "simulation", "largest_drift", np.abs(drift).max())
        records.add(first.run_id, "simulation", "largest_residual", residuals[chosen].max())
        records.add(first.run_id, "simulation", "final_drift_mean", drift[:, -1].mean())
        records.add(first.run_id, "simulation", "final_drift_std", drift[:, -1].std())
