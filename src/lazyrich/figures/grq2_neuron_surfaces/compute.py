"""grq2: a neuron with two inputs moves on a hyperboloid, a double cone or two sheets, as δ < 0, = 0 or > 0.

paths      for each δ the two neurons of one function β, a > 0 and a < 0, mirror images of each other
surface    what they move on, with its loss
functions  neurons with the function of the start, and with that of the target, the minima
"""

import numpy as np

from ...neuron import surface
from ...neuron.simulation import neuron_descent, neuron_flow
from ...neuron.start import neuron_start
from ...pipeline.common import deviation, step_size
from ...pipeline.frames import each
from ...pipeline.neurons import arguments, entries, keys_of, solved, vectors
from ...pipeline.stages import Rows


def task(config, seeds):
    starts, rate = Rows(), config["learning_rate"]
    for delta in config["deltas"]:
        for sign in (1, -1):
            w, a = neuron_start(config["beta"], delta, sign=sign)
            columns = {"a": a, **entries("w", w), **entries("xty", config["target"])}
            n_steps = round(config["until"] / rate)
            starts.add(sign=sign, delta=delta, **columns, learning_rate=rate, n_steps=n_steps)
    return {"starts": starts}


def _recorded(config, starts):
    """Recorded steps, and their times."""
    steps = np.unique(np.linspace(0, starts["n_steps"].iloc[0], config["n_times"]).round().astype(int))
    return steps, steps * config["learning_rate"]


def theory(config, data):
    paths, conserved, starts = Rows(), Rows(), data["task/starts"]
    steps, times = _recorded(config, starts)
    solution = solved(starts, times)
    loss = solution.loss()
    for k, keys in enumerate(keys_of(starts)):
        paths.add(**keys, step=steps, t=times, **_columns(_points(solution)[k]), loss=loss[k])
        conserved.add(**keys, delta_drift=np.abs(solution.conserved[k] - keys["delta"]).max())
    return {"paths": paths, "conserved": conserved, "surface": _surface(config), "functions": _functions(config)}


def _points(trajectory):
    """(w₁, w₂, a) over time, (..., T, 3)."""
    return np.concatenate([trajectory.w, trajectory.a[..., None]], axis=-1)


def _columns(points):
    return {**entries("w", points[..., :2]), "a": points[..., 2]}


def _surface(config):
    rows, limit = Rows(), config["limit"]
    for delta in config["deltas"]:
        points = surface.sheets(delta, limit, config["n_along"], config["n_around"])
        rows.add(
            delta=delta,
            sheet=np.arange(len(points)),
            limit=limit,
            n_along=config["n_along"],
            n_around=config["n_around"],
            **_columns(points),
            cells_along=config["n_along"] - 1,
            cells_around=config["n_around"] - 1,
            loss=surface.loss(surface.centres(points), np.array(config["target"])),
        )
    return rows


def _functions(config):
    rows = Rows()
    for function, beta in (("target", config["target"]), ("start", config["beta"])):
        for branch in surface.same_function(beta, config["limit"], config["n_curve"]):
            rows.add(function=function, **_columns(branch))
    return rows


def simulation(config, data):
    paths, agreement, starts = Rows(), Rows(), data["task/starts"]
    start, rate = arguments(starts), config["learning_rate"]
    steps, times = _recorded(config, starts)
    descent = neuron_descent(*start, learning_rate=rate, steps=steps[-1], record_at=steps)
    compared = {"": descent, "flow_": neuron_flow(*start, times)}
    exact = each(data["theory/paths"], "sign", "delta")
    for k, (keys, xty) in enumerate(zip(keys_of(starts), vectors(starts, "xty"), strict=True)):
        paths.add(**keys, step=steps, t=times, **_columns(_points(descent)[k]))
        columns, point = {}, exact[k][["w_1", "w_2", "a"]].to_numpy()
        for name, trajectory in compared.items():
            columns[f"deviation_{name}point"] = deviation(_points(trajectory)[k], point)
            columns[f"deviation_{name}loss"] = deviation(trajectory.loss()[k], exact[k]["loss"].to_numpy())
            columns[f"{name}delta_drift"] = np.abs(trajectory.conserved[k] - trajectory.delta[k]).max()
        agreement.add(**keys, **columns, step_size=step_size(rate, keys["delta"], xty[None]))
    return {"paths": paths, "agreement": agreement}
