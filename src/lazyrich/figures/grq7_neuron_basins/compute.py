"""grq7: the surface between the basins of the two branches of minima, and what happens beside it.

beside      δ ≤ 0: two neurons each, a little above and a little below the separating surface
on_surface  δ < 0: starts on the surface itself, which tend to the saddle a = 0, w·β* = 0
random      every δ: random starts, whose branch is predicted; judged by the exact solution, descent and flow

The neurons beside the surface are moved in a alone, so that their own δ is off by 2aε. Descent cannot follow them, as
one step takes it off the surface by more than they are; the integrator can, and is their simulation.
"""

import numpy as np

from ...neuron.basins import final_sign, separating_surface
from ...neuron.simulation import neuron_descent, neuron_flow
from ...neuron.solution import neuron_solution
from ...neuron.start import layer_squares
from ...pipeline.common import deviation, stacked
from ...pipeline.frames import each, only
from ...pipeline.neurons import arguments, entries, keys_of, solved
from ...pipeline.stages import Rows
from .scenery import on_surface, scenery

SIDES = {"above": 1, "below": -1}
# what is compared of the neurons beside the surface -> its columns
COMPARED = {"point": ["w_1", "w_2", "a"], "alignment": ["alignment"], "mu": ["mu"], "beta_norm": ["beta_norm"]}


def task(config, seeds):
    beside, on, random, targets = Rows(), Rows(), Rows(), Rows()
    target = np.array(config["target"])
    for delta in config["deltas"]:
        w = on_surface(config["a"], delta, target, 1)
        for side, sign in SIDES.items():
            a = config["a"] + sign * config["offset"]
            beside.add(side=side, delta=delta, a=a, **entries("w", w), **entries("xty", target))
    for delta in config["saddle_deltas"]:
        a = np.linspace(-config["limit_a"], config["limit_a"], config["n_saddle"])
        for half in (1, -1):
            w = on_surface(a, delta, target, half)
            on.add(half=half, delta=delta, a=a, **entries("w", w), **entries("xty", target))
    for delta in config["random_deltas"]:
        w, a, toward = _random(config, seeds.rng("random", f"{delta:g}"), delta)
        random.add(delta=delta, draw=np.arange(a.size), a=a, n_in=config["n_in"], w=w)
        n_steps = round(config["random_until"] / config["learning_rate"])
        columns = {"learning_rate": config["learning_rate"], "n_steps": n_steps}
        targets.add(delta=delta, n_in=config["n_in"], target=toward[None], **columns)
    return {"beside": beside, "on_surface": on, "random": random, "targets": targets}


def _random(config, rng, delta):
    """Random starts (w (n, d), a (n,)) of one δ, and their target β* (d,)."""
    target = _directions(rng, 1, config["n_in"])[0] * np.linalg.norm(config["target"])
    a = rng.normal(scale=config["scale"], size=config["n_draws"])
    a = np.where(delta > 0, np.sign(a) * np.sqrt(a**2 + max(delta, 0.0)), a)
    return np.sqrt(a**2 - delta)[:, None] * _directions(rng, a.size, config["n_in"]), a, target


def _directions(rng, n, d):
    x = rng.normal(size=(n, d))
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def _times(config):
    """From 0, then logarithmic."""
    return np.concatenate([[0.0], np.geomspace(config["from_t"], config["until"], config["n_times"])])


def theory(config, data):
    paths, beside = _beside(config, data["task/beside"])
    on, random, boundary = Rows(), Rows(), Rows()
    for starts in each(data["task/on_surface"], "delta", "half"):
        end = solved(starts, [0.0, config["saddle_until"]])
        _add_distances(on, starts, end)
    for delta, w, a, target, draws in _random_starts(data):
        solution = neuron_solution(w, a, target, [0.0, config["random_until"]], delta=delta)
        predicted = final_sign(w, a, target, delta=delta)
        random.add(
            delta=delta,
            draw=draws,
            sign=predicted.astype(int),
            margin=solution.margin,
            toward=w @ target / np.linalg.norm(target),
            mismatch=np.sign(solution.a[:, -1]) != predicted,
        )
        if delta <= 0:
            readouts = np.array([-1.0, 1.0])
            along, _ = separating_surface(readouts, np.linalg.norm(config["target"]), delta)
            boundary.add(delta=delta, a=readouts, toward=along)
    tables = {"paths": paths, "beside": beside, "on_surface": on, "random": random, "boundary": boundary}
    return tables | scenery(config)


def _beside(config, starts):
    """Rows of the paths of the neurons beside the surface, and of where and when they arrive."""
    paths, beside, times = Rows(), Rows(), _times(config)
    solution = neuron_solution(*arguments(starts), times)
    columns = _measured(solution)
    for k, keys in enumerate(keys_of(starts)):
        paths.add(**keys, t=times, **{name: values[k] for name, values in columns.items()})
        delta, sign, a = solution.delta[k], solution.final_sign[k], solution.a[k]
        minimum = sign * np.sqrt(layer_squares(np.linalg.norm(config["target"]), delta).readout)
        arrived = np.nonzero(columns["alignment"][k] < config["aligned"])[0][-1] + 1
        if arrived == times.size:
            raise ValueError(
                f"grq7.until = {config['until']:g} is too short for the neurons at δ = {keys['delta']:g} to align"
            )
        beside.add(
            **keys,
            own_delta=delta,
            delta_drift=np.abs(solution.conserved[k] - delta).max(),
            sign=int(sign),
            a_end=a[-1],
            a_minimum=minimum,
            a_gap=np.abs(a[-1] - minimum),
            minimum_gap=np.linalg.norm(solution.beta[k, -1] - solution.target[k]),
            time_to_align=times[arrived],
        )
    return paths, beside


def _measured(trajectory):
    """Columns of the neurons beside the surface, each (R, T)."""
    return {
        **entries("w", trajectory.w),
        "a": trajectory.a,
        "alignment": trajectory.phi * np.sign(trajectory.a),
        "mu": trajectory.mu,
        "beta_norm": np.linalg.norm(trajectory.beta, axis=-1),
    }


def _add_distances(rows, starts, trajectory):
    """Distances from the saddles a = 0, w·β* = 0 at the last time."""
    target = trajectory.target[0]
    along = trajectory.w[:, -1] @ target / np.linalg.norm(target)
    distance = np.hypot(trajectory.a[:, -1], along)
    rows.add(half=starts["half"], delta=starts["delta"], a=starts["a"], saddle_distance=distance)


def _random_starts(data):
    """(δ, w (n, d), a (n,), β* (d,), numbers of the draws) of each δ."""
    for run in data["task/targets"].itertuples():
        starts = only(data["task/random"], delta=run.delta)
        yield run.delta, *stacked(starts, "w"), starts["a"].to_numpy(), run.target, starts["draw"].to_numpy()


def simulation(config, data):
    flow, agreement = _flow(_times(config), data["task/beside"], each(data["theory/paths"], "side", "delta"))
    on, random, random_flow = Rows(), Rows(), Rows()
    for starts in each(data["task/on_surface"], "delta", "half"):
        _add_distances(on, starts, neuron_flow(*arguments(starts), [0.0, config["saddle_until"]]))
    n_steps = data["task/targets"]["n_steps"].iloc[0]
    for delta, w, a, target, draws in _random_starts(data):
        exact = only(data["theory/random"], delta=delta)
        predicted, margin = exact["sign"].to_numpy(), exact["margin"].to_numpy()
        rate = config["learning_rate"]
        descent = neuron_descent(w, a, target, learning_rate=rate, steps=n_steps, record_at=[n_steps])
        sign = np.sign(descent.a[:, -1]).astype(int)
        wrong = sign != predicted
        columns = {"sign": sign, "mismatch": wrong, "margin_of_mismatch": np.where(wrong, margin, 0.0)}
        random.add(delta=delta, draw=draws, **columns)
        near = np.argsort(margin, kind="stable")[: config["n_flow"]]
        end = neuron_flow(w[near], a[near], target, [0.0, config["random_until"]]).a[:, -1]
        sign = np.sign(end).astype(int)
        random_flow.add(delta=delta, draw=draws[near], sign=sign, mismatch=sign != predicted[near])
    tables = {"flow": flow, "agreement": agreement, "on_surface": on}
    return tables | {"random": random, "random_flow": random_flow}


def _flow(times, starts, exact):
    """Rows of the integrated paths of the neurons beside the surface, and of how far they are from the exact ones."""
    flow, agreement = Rows(), Rows()
    columns = _measured(neuron_flow(*arguments(starts), times))
    for k, keys in enumerate(keys_of(starts)):
        values = {name: column[k] for name, column in columns.items()}
        flow.add(**keys, t=times, **values)
        deviations = {
            f"deviation_flow_{what}": deviation(
                np.stack([values[name] for name in names], -1), exact[k][names].to_numpy()
            )
            for what, names in COMPARED.items()
        }
        agreement.add(**keys, **deviations)
    return flow, agreement
