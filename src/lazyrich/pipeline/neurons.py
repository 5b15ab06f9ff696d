"""What the figures of one neuron share: many starts at once, solved, descended and integrated, and compared.

A run's relative scale δ stands in the column `lam` of the runs table: λ and δ are one conserved quantity at unit rates.
"""

import numpy as np

from ..neuron.simulation import neuron_descent, neuron_flow
from ..neuron.solution import neuron_solution
from ..neuron.start import neuron_start
from .common import add_neuron, deviation, neuron, run_row, thinned

# quantity -> what it is of a NeuronTrajectory, (..., T) or (..., T, d)
QUANTITIES = {
    "mu": lambda run: run.mu,
    "phi": lambda run: run.phi,
    "nu": lambda run: run.nu,
    "kernel_distance": lambda run: run.kernel_distance(),
    "a": lambda run: run.a,
    "w": lambda run: run.w,
    "beta": lambda run: run.beta,
}


def add_runs(runs, records, panel, config, beta, xty, draw=0):
    """A run for each δ of the config from one function β, a > 0; `xty` is Xᵀy, the target β* where inputs are white."""
    for delta in config["deltas"]:
        widths = (len(beta), 1, 1)
        add_neuron(records, len(runs), *neuron_start(beta, delta), xty)
        runs.append(run_row(panel, delta, widths, "neuron", config["learning_rate"], config["n_steps"], draw))


def stacked(data, runs):
    """(a (R,), w (R, d), Xᵀy (R, d)) of many runs."""
    return tuple(np.array(part) for part in zip(*(neuron(data, run) for run in runs), strict=True))


def solved(data, runs, times, xtx=None):
    """The exact solutions of many runs at the same times; δ is the run's, not that of the rounded weights."""
    return neuron_solution(*stacked(data, runs), times, xtx=xtx, delta=np.array([run.lam for run in runs]))


def add_solutions(records, config, data, runs, quantities, xtx=None):
    """Record the exact solution of runs of one panel at the recorded steps; returns it."""
    steps = np.arange(0, config["n_steps"] + 1, config["record_every"])
    times = steps * config["learning_rate"]
    solution = solved(data, runs, times, xtx)
    for quantity in quantities:
        for run, values in zip(runs, QUANTITIES[quantity](solution), strict=True):
            records.add(run.run_id, "theory", quantity, values, steps, times)
    return solution


def _deviation(quantity, values, exact):
    """`deviation`; of ν = w·β*/a, which has a pole where a = 0, the sine of the angle between (a, w·β*) of both."""
    if quantity == "nu":
        return float((np.abs(values - exact) / (np.hypot(1, values) * np.hypot(1, exact))).max())
    return deviation(values, exact)


def add_simulations(records, config, data, runs, quantities, xtx=None):
    """Record descent of runs of one panel, and how far it and the DOP853 flow are from the recorded solution."""
    steps, times, _ = data.numbers(quantities[0], runs[0].run_id, "theory")
    start = stacked(data, runs)
    rate = config["learning_rate"]
    descent = neuron_descent(*start, learning_rate=rate, steps=config["n_steps"], xtx=xtx, record_at=steps)
    few = thinned(steps, config["n_flow_times"])
    flow = neuron_flow(*start, times[few], xtx=xtx)
    for quantity in quantities:
        measured, integrated = (QUANTITIES[quantity](trajectory) for trajectory in (descent, flow))
        for run, values, reference in zip(runs, measured, integrated, strict=True):
            exact = data.numbers(quantity, run.run_id, "theory")[2]
            flat, reference = (x.reshape(len(x), -1) for x in (values, reference))
            records.add(run.run_id, "simulation", quantity, values, steps, times)
            records.add(run.run_id, "simulation", f"deviation_{quantity}", _deviation(quantity, flat, exact))
            records.add(run.run_id, "flow", f"deviation_{quantity}", _deviation(quantity, reference, exact[few]))
    return descent
