"""grq4: the function of one neuron in its plane, full data and a single example (Kunin et al. 2024, Fig. 4).

With a single example a line of functions fits; which of them is learned depends on δ (`lam` in the tables).
"""

import numpy as np

from ...neuron.bias import learned_function, nearest_fit, scaled_fit
from ...neuron.simulation import neuron_flow
from ...neuron.start import neuron_start
from ...pipeline.common import deviation
from ...pipeline.neurons import add_runs, add_simulations, add_solutions, solved, stacked
from ...pipeline.records import Records


def task(config, seeds):
    runs, records = [], Records()
    add_runs(runs, records, "full", config, config["beta"], config["target"])
    x, y = np.array(config["single"]["x"]), config["single"]["y"]
    add_runs(runs, records, "single", config, config["single"]["beta"], x * y)
    for run_id in range(len(runs)):
        records.add_matrices(run_id, "task", "xtx", np.eye(2) if runs[run_id]["panel"] == "full" else np.outer(x, x))
    return runs, records


def _xtx(data, panel):
    return data.matrix("xtx", data.panel(panel)[0].run_id)


def theory(config, data):
    records = Records()
    for panel in ("full", "single"):
        runs, xtx = data.panel(panel), _xtx(data, panel)
        add_solutions(records, config, data, runs, ["beta"], xtx)
        a, w, xty = stacked(data, runs)
        learned = learned_function(a, w, xty, xtx, delta=np.array([run.lam for run in runs]))
        late = solved(data, runs, [config["late"]], xtx).beta[:, 0]
        for run, prediction, end in zip(runs, learned, late, strict=True):
            records.add(run.run_id, "theory", "learned", prediction[None])
            if panel == "single":  # with full data downstream starts at a right angle are slow to get there
                records.add(run.run_id, "theory", "deviation_learned", deviation(end, prediction))
        _add_loss(records, config, runs[0].run_id, panel, xty[0], xtx)
    _add_line(records, config, data)
    return records


def _add_loss(records, config, run_id, panel, xty, xtx):
    """Excess loss over the window of a panel, rows along β2."""
    axes = [np.linspace(*limits, config["n_grid"]) for limits in config["windows"][panel]]
    beta = np.stack(np.meshgrid(*axes), axis=-1)
    error = beta - np.linalg.pinv(xtx) @ xty
    records.add_matrices(run_id, "theory", "loss", np.einsum("...i,ij,...j->...", error, xtx, error) / 2)
    for name, axis in zip(("grid_x", "grid_y"), axes, strict=True):
        records.add(run_id, "theory", name, axis[None])


def _add_line(records, config, data):
    """Where on the line of functions that fit: the place along its unit normal to x, from the least-norm one."""
    runs, xtx = data.panel("single"), _xtx(data, "single")
    start, xty = np.array(config["single"]["beta"]), stacked(data, runs)[2][0]
    x = np.array(config["single"]["x"])
    along, first = np.array([x[1], -x[0]]) / np.linalg.norm(x), runs[0].run_id
    for run in runs:
        end = learned_function(*neuron_start(start, run.lam), xty, xtx, delta=run.lam)
        records.add(run.run_id, "theory", "place", end @ along)
    for name, end in (("nearest", nearest_fit(start, xty, xtx)), ("scaled", scaled_fit(start, xty, xtx))):
        records.add(first, "theory", name, end[None])
        records.add(first, "theory", f"place_{name}", end @ along)
    size = np.logspace(-2, np.log10(config["largest"]), config["n_curve"])
    deltas = np.concatenate([-size[::-1], [0.0], size])
    places = learned_function(*neuron_start(start, deltas), xty, xtx, delta=deltas) @ along
    records.add(first, "theory", "curve_delta", deltas[None])
    records.add(first, "theory", "curve_place", places[None])
    records.add(
        first, "theory", "fits", np.array([np.linalg.pinv(xtx) @ xty + s * along for s in (-3, 3)]).reshape(1, 4)
    )
    records.add(first, "task", "along", along[None])


def simulation(config, data):
    records = Records()
    for panel in ("full", "single"):
        runs, xtx = data.panel(panel), _xtx(data, panel)
        descent = add_simulations(records, config, data, runs, ["beta"], xtx)
        if panel == "full":
            continue
        flow = neuron_flow(*stacked(data, runs), [config["until_flow"]], xtx=xtx).beta[:, -1]
        along = data.numbers("along", runs[0].run_id, "task")[2][0]
        for run, end, reference in zip(runs, descent.beta[:, -1], flow, strict=True):
            learned = data.numbers("learned", run.run_id, "theory")[2][0]
            records.add(run.run_id, "simulation", "deviation_learned", deviation(end, learned))
            records.add(run.run_id, "simulation", "place", end @ along)
            records.add(run.run_id, "flow", "deviation_learned", deviation(reference, learned))
            records.add(run.run_id, "flow", "end", reference[None])
    return records
