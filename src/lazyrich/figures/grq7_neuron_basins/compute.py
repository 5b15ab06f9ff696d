"""grq7: the surface between the basins of the two branches of minima, and what happens beside it.

surface  δ ≤ 0: two neurons each, a little above and a little below the separating surface
saddle   δ < 0: starts on the surface itself, which tend to the saddle a = 0, w·β* = 0
random   every δ: random starts, whose branch is predicted; judged by the exact solution, descent and flow

`lam` holds δ = a² − |w|². The perturbed starts change a alone, so that their own δ, stored as `delta`, is off by 2aε.
Descent cannot follow the neurons beside the surface, as one step takes it off the surface by more than they are; the
integrator can, and is their simulation.
"""

import numpy as np

from ...neuron import surface
from ...neuron.basins import final_sign, separating_surface
from ...neuron.simulation import neuron_descent, neuron_flow
from ...neuron.solution import neuron_solution
from ...neuron.start import layer_squares
from ...pipeline.common import add_neuron, deviation, neuron, run_row
from ...pipeline.records import Records

SIGNS = {"above": 1, "below": -1}


def task(config, seeds):
    target = np.array(config["target"])
    runs, records = [], Records()
    for delta in config["deltas"]:
        w = _on_surface(config["a"], delta, target, 1)
        for init, sign in SIGNS.items():
            add_neuron(records, len(runs), config["a"] + sign * config["offset"], w, target)
            runs.append(run_row("surface", delta, (len(w), 1, 1), init))
    for delta in config["saddle_deltas"]:
        a = np.linspace(-config["limit_a"], config["limit_a"], config["n_saddle"])
        sides = [_on_surface(a, delta, target, side) for side in (1, -1)]
        _add_starts(records, len(runs), np.tile(a, 2), np.concatenate(sides), target)
        runs.append(run_row("saddle", delta, (target.size, 1, 1), "on the surface"))
    for delta in config["random_deltas"]:
        rng = seeds.rng("random", f"{delta:g}")
        toward = _directions(rng, 1, config["n_in"])[0] * np.linalg.norm(target)
        a = rng.normal(scale=config["scale"], size=config["n_draws"])
        a = np.where(delta > 0, np.sign(a) * np.sqrt(a**2 + max(delta, 0.0)), a)
        w = np.sqrt(a**2 - delta)[:, None] * _directions(rng, a.size, config["n_in"])
        _add_starts(records, len(runs), a, w, toward)
        n_steps = round(config["random_until"] / config["learning_rate"])
        runs.append(run_row("random", delta, (config["n_in"], 1, 1), "random", config["learning_rate"], n_steps))
    for name in ("limit_a", "elevation", "azimuth", "map_delta"):
        records.add(0, "task", name, config[name])
    return runs, records


def _directions(rng, n, d):
    x = rng.normal(size=(n, d))
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def _on_surface(a, delta, target, side):
    """Weights w (..., 2) of the separating surface at readout a; the two sides of it mirror each other in β*."""
    length = np.linalg.norm(target)
    along, across = separating_surface(a, length, delta)
    b = target / length
    return along[..., None] * b + side * across[..., None] * np.array([b[1], -b[0]])


def _add_starts(records, run_id, a, w, target):
    number = np.arange(len(a))
    records.add(run_id, "task", "a", a, number)
    records.add(run_id, "task", "w", w, number)
    records.add_matrices(run_id, "task", "sigma_yx", target[None])


def _starts(data, run):
    """(a (n,), w (n, d), β*) of a run with many starts."""
    a, w = (data.numbers(name, run.run_id, "task")[2] for name in ("a", "w"))
    return a[:, 0], w, data.matrix("sigma_yx", run.run_id)[0]


def _times(config):
    """From 0, then logarithmic."""
    return np.concatenate([[0.0], np.geomspace(config["from_t"], config["until"], config["n_times"])])


def theory(config, data):
    records, times = Records(), _times(config)
    for run in data.panel("surface"):
        solution = neuron_solution(*neuron(data, run), times)
        steps = np.arange(times.size)
        for name, values in _measured(solution).items():
            records.add(run.run_id, "theory", name, values, steps, times)
        size, _ = layer_squares(np.linalg.norm(config["target"]), solution.delta)
        records.add(run.run_id, "theory", "delta", solution.delta)
        records.add(run.run_id, "theory", "delta_drift", np.abs(solution.conserved - solution.delta).max())
        records.add(run.run_id, "theory", "final_sign", solution.final_sign)
        records.add(run.run_id, "theory", "a_end", solution.a[-1])
        minimum = solution.final_sign * np.sqrt(size)
        records.add(run.run_id, "theory", "a_minimum", minimum)
        records.add(run.run_id, "theory", "a_gap", np.abs(solution.a[-1] - minimum))
        records.add(run.run_id, "theory", "minimum_gap", np.linalg.norm(solution.beta[-1] - solution.target))
        arrived = np.nonzero(solution.phi * np.sign(solution.a) < config["aligned"])[0][-1] + 1
        if arrived == times.size:
            raise ValueError(
                f"grq7.until = {config['until']:g} is too short for the neurons at δ = {run.lam:g} to align"
            )
        records.add(run.run_id, "theory", "time_to_align", times[arrived])
    _scenery(config, records)
    for run in data.panel("saddle"):
        a, w, target = _starts(data, run)
        end = neuron_solution(a, w, target, [0.0, config["saddle_until"]], delta=run.lam)
        records.add(run.run_id, "theory", "saddle_distance", _saddle_distance(end), np.arange(a.size))
    for run in data.panel("random"):
        a, w, target = _starts(data, run)
        solution = neuron_solution(a, w, target, [0.0, config["random_until"]], delta=run.lam)
        number, predicted = np.arange(a.size), final_sign(a, w, target, delta=run.lam)
        records.add(run.run_id, "theory", "final_sign", predicted, number)
        records.add(run.run_id, "theory", "margin", solution.margin, number)
        records.add(run.run_id, "theory", "toward", w @ target / np.linalg.norm(target), number)
        records.add(run.run_id, "theory", "mismatches", (np.sign(solution.a[:, -1]) != predicted).sum())
    along, _ = separating_surface(np.array([-1.0, 1.0]), np.linalg.norm(config["target"]), config["map_delta"])
    records.add(0, "theory", "boundary", along, [0, 1])
    return records


def _measured(trajectory):
    """What is drawn of the neurons beside the surface; each (T,) or (T, m)."""
    beta = np.linalg.norm(trajectory.beta, axis=-1)
    return {
        "point": np.concatenate([trajectory.w, trajectory.a[..., None]], axis=-1),
        "alignment": trajectory.phi * np.sign(trajectory.a),
        "mu": trajectory.mu,
        "beta_norm": beta,
    }


def _saddle_distance(trajectory):
    along = trajectory.w[:, -1] @ trajectory.target / np.linalg.norm(trajectory.target)
    return np.hypot(trajectory.a[:, -1], along)


def _scenery(config, records):
    """The separating surface of every δ from the least to 0, with its loss; the minima; the saddles."""
    target = np.array(config["target"])
    # its two sides meet at δ = 0 without an edge: ±√−δ runs through both
    root = np.linspace(-1, 1, config["n_along"]) * np.sqrt(-config["least_delta"])
    a = np.linspace(-config["limit_a"], config["limit_a"], config["n_across"])
    root, a = np.broadcast_arrays(root[:, None], a)
    sides = np.where(root >= 0, 1, -1)[..., None]
    w = _on_surface(a, -(root**2), target, sides)
    points = np.concatenate([w, a[..., None]], axis=-1)
    for name, coordinate in zip(("w1", "w2", "a"), np.moveaxis(points, -1, 0), strict=True):
        records.add_matrices(0, "theory", f"surface_{name}", coordinate)
    records.add_matrices(0, "theory", "surface_loss", surface.loss(surface.centres(points), target))
    for k, branch in enumerate(surface.same_function(target, config["limit_a"], config["n_along"])):
        records.add(0, "theory", "minima", branch, np.arange(len(branch)), task_index=k)
    ends = [np.append(_on_surface(0.0, config["least_delta"], target, side), 0.0) for side in (-1, 1)]
    records.add(0, "theory", "saddles", ends, [0, 1])


def simulation(config, data):
    records, times = Records(), _times(config)
    steps = np.arange(times.size)
    for run in data.panel("surface"):
        flow = neuron_flow(*neuron(data, run), times)
        for name, values in _measured(flow).items():
            exact = data.numbers(name, run.run_id, "theory")[2]
            records.add(run.run_id, "flow", name, values, steps, times)
            records.add(run.run_id, "flow", f"deviation_{name}", deviation(values.reshape(exact.shape), exact))
    for run in data.panel("saddle"):
        a, w, target = _starts(data, run)
        end = neuron_flow(a, w, target, [0.0, config["saddle_until"]])
        records.add(run.run_id, "flow", "saddle_distance", _saddle_distance(end), np.arange(a.size))
    for run in data.panel("random"):
        a, w, target = _starts(data, run)
        predicted, margin = (data.numbers(n, run.run_id, "theory")[2][:, 0] for n in ("final_sign", "margin"))
        n_steps = run.n_steps
        descent = neuron_descent(a, w, target, learning_rate=run.learning_rate, steps=n_steps, record_at=[n_steps])
        ended = np.sign(descent.a[:, -1])
        records.add(run.run_id, "simulation", "final_sign", ended, np.arange(a.size))
        wrong = ended != predicted
        records.add(run.run_id, "simulation", "mismatches", wrong.sum())
        records.add(run.run_id, "simulation", "largest_margin_of_mismatch", margin[wrong].max(initial=0.0))
        near = np.argsort(margin, kind="stable")[: config["n_flow"]]
        flow = neuron_flow(a[near], w[near], target, [0.0, config["random_until"]])
        records.add(run.run_id, "flow", "mismatches", (np.sign(flow.a[:, -1]) != predicted[near]).sum())
    return records
