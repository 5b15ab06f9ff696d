"""grq2: a neuron with two inputs moves on a hyperboloid, a double cone or two sheets, as δ < 0, = 0 or > 0.

trajectory  for each δ the two neurons of one function β, a > 0 and a < 0, mirror images of each other

`lam` holds δ = a² − |w|²: at unit rates it is the λ of the network with W2 = a, W1 = wᵀ. What the figure shows in
three dimensions is measured here too: the surface, its loss, and which part of each curve it hides from the eye.
"""

import numpy as np

from ...neuron import surface
from ...neuron.simulation import neuron_descent, neuron_flow
from ...neuron.solution import neuron_solution
from ...neuron.start import neuron_start
from ...pipeline.common import add_neuron, deviation, neuron, run_row
from ...pipeline.records import Records

SIGNS = {"a > 0": 1, "a < 0": -1}


def task(config, seeds):
    runs, records = [], Records()
    n_steps = round(config["until"] / config["learning_rate"])
    for delta in config["deltas"]:
        for init, sign in SIGNS.items():
            a, w = neuron_start(config["beta"], delta, sign)
            add_neuron(records, len(runs), a, w, config["target"])
            runs.append(run_row("trajectory", delta, (len(w), 1, 1), init, config["learning_rate"], n_steps))
    for name in ("limit", "elevation", "azimuth"):
        records.add(0, "task", name, config[name])
    return runs, records


def theory(config, data):
    records = Records()
    limit, eye = config["limit"], surface.towards(config["elevation"], config["azimuth"])
    for run in data.runs:
        a, w, target = neuron(data, run)
        steps = _recorded(config, run)
        solution = neuron_solution(a, w, target, steps * run.learning_rate, delta=run.lam)
        path = _points(solution)
        hidden = surface.behind(path, run.lam, limit, eye)
        records.add(run.run_id, "theory", "point", path, steps, solution.times)
        records.add(run.run_id, "theory", "point_hidden", hidden, steps, solution.times)
        records.add(run.run_id, "theory", "loss", solution.loss, steps, solution.times)
        records.add(run.run_id, "theory", "delta_drift", np.abs(solution.conserved - run.lam).max())
        if run.init == "a > 0":
            _scenery(config, records, run, target, eye)
    return records


def _scenery(config, records, run, target, eye):
    """The surface with its loss, the minima, and all neurons with the function of the start."""
    points = surface.sheets(run.lam, config["limit"], config["n_along"], config["n_around"])
    sheet = np.arange(len(points))
    for name, coordinate in zip(("w1", "w2", "a"), np.moveaxis(points, -1, 0), strict=True):
        records.add_matrices(run.run_id, "theory", f"surface_{name}", coordinate, sheet)
    centres = surface.centres(points)
    records.add_matrices(run.run_id, "theory", "surface_loss", surface.loss(centres, target), sheet)
    hidden = surface.behind(centres, run.lam, config["limit"], eye)
    records.add_matrices(run.run_id, "theory", "surface_hidden", hidden, sheet)
    for name, beta in (("minima", target), ("same_function", config["beta"])):
        branches = surface.same_function(beta, config["limit"], config["n_curve"])
        hidden = surface.behind(branches, run.lam, config["limit"], eye)
        for k, (branch, behind) in enumerate(zip(branches, hidden, strict=True)):
            records.add(run.run_id, "theory", name, branch, np.arange(len(branch)), task_index=k)
            records.add(run.run_id, "theory", f"{name}_hidden", behind, np.arange(len(branch)), task_index=k)


def simulation(config, data):
    records = Records()
    a, w, target = (np.array(part) for part in zip(*(neuron(data, run) for run in data.runs), strict=True))
    steps = _recorded(config, data.runs[0])
    rate = config["learning_rate"]
    descent = neuron_descent(a, w, target, learning_rate=rate, steps=data.runs[0].n_steps, record_at=steps)
    flow = neuron_flow(a, w, target, steps * rate)
    for run, path in zip(data.runs, _points(descent), strict=True):
        records.add(run.run_id, "simulation", "point", path, steps, steps * rate)
    for source, trajectory in (("simulation", descent), ("flow", flow)):
        drift = np.abs(trajectory.conserved - trajectory.delta[:, None]).max(-1)
        for k, run in enumerate(data.runs):
            exact = data.numbers("point", run.run_id, "theory")[2]
            records.add(run.run_id, source, "deviation_point", deviation(_points(trajectory)[k], exact))
            loss = data.numbers("loss", run.run_id, "theory")[2][:, 0]
            records.add(run.run_id, source, "deviation_loss", deviation(trajectory.loss[k], loss))
            records.add(run.run_id, source, "delta_drift", drift[k])
    return records


def _points(trajectory):
    """(w₁, w₂, a) over time, (..., T, 3)."""
    return np.concatenate([trajectory.w, trajectory.a[..., None]], axis=-1)


def _recorded(config, run):
    return np.unique(np.linspace(0, run.n_steps, config["n_times"]).round().astype(int))
