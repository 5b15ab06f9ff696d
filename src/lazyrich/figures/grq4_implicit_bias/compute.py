"""grq4: the function of one neuron in its plane, full data and a single example (Kunin et al. 2024, Fig. 4).

With a single example x a line of functions fits; which of them is learned depends on δ. The place of a function is how
far along this line it is, in the direction (x₂, −x₁), from the one of least norm.
"""

import numpy as np

from ...neuron.bias import learned_function, nearest_fit, scaled_fit
from ...neuron.simulation import neuron_flow
from ...neuron.start import neuron_start
from ...pipeline import neurons
from ...pipeline.common import deviation, step_size
from ...pipeline.frames import only
from ...pipeline.stages import Rows


def task(config, seeds):
    starts, single = Rows(), config["single"]
    x = np.array(single["x"])
    neurons.add_starts(starts, config, config["beta"], config["target"], data="full", xtx=np.eye(2)[None])
    neurons.add_starts(starts, config, single["beta"], x * single["y"], data="single", xtx=np.outer(x, x)[None])
    return {"starts": starts}


def _along(config):
    """Unit vector along the line of functions that fit the single example."""
    x = np.array(config["single"]["x"])
    return np.array([x[1], -x[0]]) / np.linalg.norm(x)


def theory(config, data):
    curves, ends, loss = Rows(), Rows(), Rows()
    for name, starts in data["task/starts"].groupby("data", sort=False):
        xtx, xty = starts["xtx"].iloc[0], neurons.vectors(starts, "xty")[0]
        neurons.add_curves(curves, config, starts, neurons.solved(starts, neurons.recorded(config)[1], xtx), ["beta"])
        for keys, learned in zip(neurons.keys_of(starts), _learned(starts), strict=True):
            ends.add(**keys, **neurons.entries("beta", learned))
        points, values = _loss(config["windows"][name], config["n_grid"], xty, xtx)
        loss.add(data=name, **neurons.entries("beta", points), loss=values)
    single = _single(config, only(data["task/starts"], data="single"))
    return {"curves": curves, "ends": ends, "loss": loss, **single}


def _learned(starts):
    """The function (R, 2) that each start of one data set tends to."""
    return learned_function(*neurons.arguments(starts), xtx=starts["xtx"].iloc[0], delta=starts["delta"].to_numpy())


def _loss(window, n_grid, xty, xtx):
    """Functions (K, 2) on a grid over the window, and their excess loss (K,)."""
    beta = np.stack(np.meshgrid(*(np.linspace(*limits, n_grid) for limits in window)), axis=-1)
    error = beta - np.linalg.pinv(xtx) @ xty
    return beta.reshape(-1, 2), np.einsum("...i,ij,...j->...", error, xtx, error).ravel() / 2


def _single(config, starts):
    """Where on the line of functions that fit the single example the starts end, every δ would, and its limits."""
    places, place_curve, limits, fits = Rows(), Rows(), Rows(), Rows()
    start, along = np.array(config["single"]["beta"]), _along(config)
    xtx, xty = starts["xtx"].iloc[0], neurons.vectors(starts, "xty")[0]
    late = neurons.solved(starts, [config["late"]], xtx).beta[:, 0]
    for delta, learned, end in zip(starts["delta"], _learned(starts), late, strict=True):
        places.add(delta=delta, place=learned @ along, deviation_learned=deviation(end, learned))
    size = np.logspace(-2, np.log10(config["largest"]), config["n_curve"])
    deltas = np.concatenate([-size[::-1], [0.0], size])
    learned = learned_function(*neuron_start(start, deltas), xty, xtx=xtx, delta=deltas)
    place_curve.add(delta=deltas, place=learned @ along)
    for limit, fit in (("nearest", nearest_fit), ("scaled", scaled_fit)):
        end = fit(start, xty, xtx=xtx)
        limits.add(limit=limit, **neurons.entries("beta", end), place=end @ along)
    for place in (-3, 3):
        fits.add(place=place, **neurons.entries("beta", np.linalg.pinv(xtx) @ xty + place * along))
    return {"places": places, "place_curve": place_curve, "limits": limits, "fits": fits}


def simulation(config, data):
    curves, agreement, ends = Rows(), Rows(), Rows()
    for name, starts in data["task/starts"].groupby("data", sort=False):
        xtx = starts["xtx"].iloc[0]
        trajectories = neurons.simulated(config, starts, xtx)
        neurons.add_curves(curves, config, starts, trajectories[0], ["beta"])
        exact = only(data["theory/curves"], data=name)
        neurons.add_agreement(agreement, config, starts, exact, trajectories, ["beta"])
        if name == "single":  # with full data downstream starts at a right angle are slow to get to their end
            learned = neurons.vectors(only(data["theory/ends"], data=name), "beta")
            _add_ends(ends, config, starts, trajectories[0].beta[:, -1], learned)
    return {"curves": curves, "agreement": agreement, "ends": ends}


def _add_ends(rows, config, starts, descent, learned):
    """Ends of descent (R, 2) and of the flow from starts of the single example, beside what is predicted (R, 2)."""
    flow = neuron_flow(*neurons.arguments(starts), [config["until_flow"]], xtx=starts["xtx"].iloc[0]).beta[:, -1]
    xty = neurons.vectors(starts, "xty")[:1]
    for delta, end, reference, known in zip(starts["delta"], descent, flow, learned, strict=True):
        rows.add(
            delta=delta,
            place=end @ _along(config),
            **neurons.entries("flow_beta", reference),
            deviation_learned=deviation(end, known),
            deviation_flow_learned=deviation(reference, known),
            step_size=step_size(config["learning_rate"], delta, xty),
        )
