"""grq5: a ReLU network on XOR-like clusters, rich and lazy, and its conic regions (Kunin et al. 2024, Fig. 5a and 9).

Neurons stand alone, not in pairs: pairs would switch together, and the parity of the number that is on would be the
same everywhere. `theory` has the start and its regions; `simulation` trains.
"""

import numpy as np

from ...nonlinear.relu import network, partition, scale
from ...nonlinear.relu.descent import train
from ...pipeline.stages import Rows

CENTRES = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) / np.sqrt(2)


def task(config, seeds):
    rows, n_hidden = Rows(), config["n_hidden"]
    for draw in range(config["n_draws"]):
        noise = seeds.rng("inputs", draw).standard_normal((4 * config["n_per_cluster"], 2))
        inputs = np.repeat(CENTRES, config["n_per_cluster"], 0) + config["spread"] * noise
        rows.add(
            draw=draw,
            n_examples=len(inputs),
            n_hidden=n_hidden,
            inputs=inputs[None],
            targets=np.sign(inputs.prod(1))[None],
            directions=network.on_the_sphere(seeds.rng("directions", draw), n_hidden, 2)[None],
            signs=seeds.rng("signs", draw).choice([-1.0, 1.0], n_hidden)[None],
        )
    return {"draws": rows}


def _starts(config, drawn):
    """w (B, h, 2), a (B, h) of one draw, for every δ."""
    deltas = np.array(config["deltas"], float)
    a, w = scale.layer_lengths(deltas, np.full(len(deltas), config["tau"]))
    return w[:, None, None] * drawn.directions, a[:, None] * drawn.signs


def theory(config, data):
    starts, regions = Rows(), Rows()
    for drawn in data["task/draws"].itertuples():
        w, a = _starts(config, drawn)
        for k, delta in enumerate(config["deltas"]):
            starts.add(draw=drawn.draw, delta=delta, deviation_delta=_off_delta(w[k], a[k], delta))
        n_regions = np.unique(partition.rays(w[0])).size
        regions.add(draw=drawn.draw, regions=n_regions, neighbours_alike=partition.alike(w[0]))
    return {"starts": starts, "regions": regions}


def _off_delta(w, a, delta):
    """Largest difference of a² − |w|² from δ over neurons."""
    return np.abs(a**2 - (w**2).sum(-1) - delta).max()


def simulation(config, data):
    curves, ends, surfaces = Rows(), Rows(), Rows()
    steps = np.logspace(0, np.log10(config["snapshots"][-1]), config["n_records"])
    steps = np.unique(np.append(steps.round().astype(int), config["snapshots"]))
    circle = partition.directions(2 * np.pi * np.arange(config["n_circle"]) / config["n_circle"])
    rates = np.full(len(config["deltas"]), config["learning_rate"])
    for drawn in data["task/draws"].itertuples():
        inputs, targets = drawn.inputs, drawn.targets
        start_w, start_a = _starts(config, drawn)
        passed = list(train(start_w, start_a, inputs, targets, rates, steps))
        loss = np.stack([((network.outputs(w, a, inputs) - targets) ** 2).mean(-1) for _, w, a in passed], -1)
        switched = np.stack([network.hamming_distance(w, start_w, circle) for _, w, _ in passed], -1)
        start_outputs = network.outputs(start_w, start_a, inputs)
        _, w_end, a_end = passed[-1]
        for k, delta in enumerate(config["deltas"]):
            which = {"draw": drawn.draw, "delta": delta}
            times = steps * config["learning_rate"]
            curves.add(**which, step=steps, t=times, loss=loss[k], hamming_distance=switched[k])
            ends.add(
                **which,
                start_output=np.abs(start_outputs[k]).max(),
                loss=loss[k, -1],
                hamming_distance=switched[k, -1],
                early_share=_early_share(config, loss[k], switched[k]),
                delta_drift=_off_delta(w_end[k], a_end[k], delta),
            )
            if drawn.draw == 0:
                for step, w, a in passed:
                    if step in config["snapshots"]:
                        _add_surface(surfaces, config, delta, step, w[k], a[k])
    return {"curves": curves, "ends": ends, "surfaces": surfaces}


def _early_share(config, loss, switched):
    """What is switched just before the loss has fallen, over what is switched at the end; 0 if nothing is."""
    fallen = (loss < (1 - config["fallen"]) * loss[0]).argmax()  # the first record at which it has
    return switched[fallen - 1] / switched[-1] if switched[-1] > 0 else 0.0


def _add_surface(rows, config, delta, step, w, a):
    """f round the unit circle (it is proportional to |x|), with a sector's edge at every ray."""
    even = 2 * np.pi * np.arange(config["n_angles"]) / config["n_angles"] - np.pi
    rays = partition.rays(w)
    angles = np.sort(np.append(even, rays))
    rows.add(
        delta=delta,
        step=step,
        sector=np.arange(len(angles)),
        t=step * config["learning_rate"],
        angle=angles,
        is_edge=np.isin(angles, rays),
        height=network.outputs(w, a, partition.directions(angles)),
        parity=partition.sector_parity(w, angles),
    )
