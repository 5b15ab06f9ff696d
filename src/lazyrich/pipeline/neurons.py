"""What the figures of one neuron with two inputs share: many starts at once, solved, descended, integrated, compared.

Starts are rows of a table whose last key is δ. A vector in the plane has a column for each entry, such as w_1 and w_2.
"""

import numpy as np

from ..neuron.simulation import neuron_descent, neuron_flow
from ..neuron.solution import neuron_solution
from ..neuron.start import neuron_start
from .common import deviation, step_size, thinned

VECTORS = ("w", "beta")


def entries(name, vectors):
    """{name_1, name_2: (...)} of vectors (..., 2)."""
    return {f"{name}_{k}": x for k, x in enumerate(np.moveaxis(np.asarray(vectors), -1, 0), start=1)}


def vectors(frame, name):
    """(rows, 2) of the columns name_1 and name_2."""
    return np.ascontiguousarray(frame[[f"{name}_1", f"{name}_2"]])


def arguments(starts):
    """(w (R, 2), a (R,), Xᵀy (R, 2)) of the rows of starts, as `neuron_solution` and others take them."""
    return vectors(starts, "w"), starts["a"].to_numpy(), vectors(starts, "xty")


def add_starts(rows, config, beta, xty, **columns):
    """A start for each δ of the config from one function β, a > 0; `xty` is Xᵀy, of white inputs the target β*."""
    for delta in config["deltas"]:
        w, a = neuron_start(beta, delta)
        rows.add(
            delta=delta, a=a, **entries("w", w), **entries("beta", beta), **entries("xty", xty),
            learning_rate=config["learning_rate"], n_steps=config["n_steps"], **columns,
        )  # fmt: skip


def recorded(config):
    """(steps, times) at which neurons are recorded."""
    steps = np.arange(0, config["n_steps"] + 1, config["record_every"])
    return steps, steps * config["learning_rate"]


def solved(starts, times, xtx=None):
    """The exact solutions of many starts at the same times; δ is the start's, not that of the rounded weights."""
    return neuron_solution(*arguments(starts), times, xtx=xtx, delta=starts["delta"].to_numpy())


def keys_of(starts):
    """The keys of each start, a dict each."""
    return starts.loc[:, :"delta"].to_dict("records")


def add_curves(rows, config, starts, trajectory, quantities):
    """A row for each start and recorded step, of what a NeuronTrajectory (R, T) of the starts does."""
    steps, times = recorded(config)
    columns = {}
    for name in quantities:
        values = _values(trajectory, name)
        columns |= entries(name, values) if name in VECTORS else {name: values}
    for k, keys in enumerate(keys_of(starts)):
        rows.add(**keys, step=steps, t=times, **{name: values[k] for name, values in columns.items()})


def simulated(config, starts, xtx=None):
    """(descent, flow) of the starts: at the recorded steps, and at a few of their times."""
    steps, times = recorded(config)
    start, few = arguments(starts), thinned(steps, config["n_flow_times"])
    rate, n_steps = config["learning_rate"], config["n_steps"]
    descent = neuron_descent(*start, learning_rate=rate, steps=n_steps, xtx=xtx, record_at=steps)
    return descent, neuron_flow(*start, times[few], xtx=xtx)


def add_agreement(rows, config, starts, curves, trajectories, quantities):
    """A row for each start: how far `simulated` trajectories are from the exact solution's rows of `add_curves`."""
    steps, _ = recorded(config)
    descent, flow = trajectories
    few = thinned(steps, config["n_flow_times"])
    columns = {}
    for name in quantities:
        exact = vectors(curves, name) if name in VECTORS else curves[name].to_numpy()
        exact = exact.reshape(len(starts), len(steps), *exact.shape[1:])
        columns[f"deviation_{name}"] = _deviations(name, _values(descent, name), exact)
        columns[f"deviation_flow_{name}"] = _deviations(name, _values(flow, name), exact[:, few])
    for k, (keys, xty) in enumerate(zip(keys_of(starts), vectors(starts, "xty"), strict=True)):
        size = step_size(config["learning_rate"], keys["delta"], xty[None])
        rows.add(**keys, **{name: values[k] for name, values in columns.items()}, step_size=size)


def _values(trajectory, name):
    found = getattr(trajectory, name)
    return found() if callable(found) else found


def _deviations(name, values, exact):
    """`deviation` of each start; of ν = w·β*/a, with a pole where a = 0, the sine of the angle between (a, w·β*)."""
    if name == "nu":
        return (np.abs(values - exact) / (np.hypot(1, values) * np.hypot(1, exact))).max(-1)
    return [deviation(*pair) for pair in zip(values, exact, strict=True)]
