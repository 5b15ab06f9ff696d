"""grq5: a ReLU network on XOR-like clusters, rich and lazy, and its conic regions (Kunin et al. 2024, Fig. 5a and 9).

`lam` in the tables is δ. Neurons stand alone, not in pairs: pairs would switch together, and the parity of the number
that is on would be the same everywhere. `theory` has the start and its regions; `simulation` trains.
"""

import numpy as np

from ...nonlinear.relu import network, partition, scale
from ...nonlinear.relu.descent import descend
from ...pipeline.common import add_statistics, grouped, run_row
from ...pipeline.records import Records

CENTRES = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) / np.sqrt(2)


def task(config, seeds):
    runs, records = [], Records()
    for draw in range(config["n_draws"]):
        first = len(runs)
        widths = (2, config["n_hidden"], 1)
        for delta in config["deltas"]:
            kind = f"tau {config['tau']:g}"
            runs.append(run_row("xor", delta, widths, kind, config["learning_rate"], config["snapshots"][-1], draw))
        noise = seeds.rng("inputs", draw).standard_normal((4 * config["n_per_cluster"], 2))
        inputs = np.repeat(CENTRES, config["n_per_cluster"], 0) + config["spread"] * noise
        records.add_matrices(first, "task", "inputs", inputs)
        records.add(first, "task", "targets", np.sign(inputs.prod(1))[None])
        directions = network.on_the_sphere(seeds.rng("directions", draw), config["n_hidden"], 2)
        records.add_matrices(first, "task", "directions", directions)
        records.add(first, "task", "signs", seeds.rng("signs", draw).choice([-1.0, 1.0], config["n_hidden"])[None])
    return runs, records


def _starts(config, data, runs):
    """w (B, h, 2), a (B, h) of the runs of one draw."""
    first = runs[0].run_id
    a, w = scale.layer_lengths(np.array([run.lam for run in runs]), np.full(len(runs), config["tau"]))
    signs = data.numbers("signs", first, "task")[2]
    return w[:, None, None] * data.matrix("directions", first), a[:, None] * signs


def theory(config, data):
    records = Records()
    for runs in grouped(data.runs, lambda run: run.draw):
        w, a = _starts(config, data, runs)
        for k, run in enumerate(runs):
            conserved = a[k] ** 2 - (w[k] ** 2).sum(-1)
            records.add(run.run_id, "theory", "deviation_delta", np.abs(conserved - run.lam).max())
        rays = partition.rays(w[0])
        records.add(runs[0].run_id, "theory", "regions", np.unique(rays).size)
        records.add(runs[0].run_id, "theory", "neighbours_alike", partition.alike(w[0]))
    return records


def simulation(config, data):
    records = Records()
    steps = np.logspace(0, np.log10(config["snapshots"][-1]), config["n_records"])
    steps = np.unique(np.append(steps.round().astype(int), config["snapshots"]))
    drawn = list(grouped(data.runs, lambda run: run.draw))
    losses, switched = zip(*(_train(records, config, data, runs, steps) for runs in drawn), strict=True)
    for name, values in (("loss", np.stack(losses)), ("hamming_distance", np.stack(switched))):
        for k, run in enumerate(drawn[0]):
            of = ("mean", "min", "max")
            add_statistics(
                records,
                run.run_id,
                "simulation",
                name,
                values[:, k],
                of=of,
                axis=0,
                step=steps,
                t=_times(config, steps),
            )
    return records


def _train(records, config, data, runs, steps):
    """Train the networks of one draw; loss and switched share at each step, (B, K)."""
    inputs = data.matrix("inputs", runs[0].run_id)
    targets = data.numbers("targets", runs[0].run_id, "task")[2][0]
    circle = partition.directions(2 * np.pi * np.arange(config["n_circle"]) / config["n_circle"])
    start_w, start_a = _starts(config, data, runs)
    rates = np.full(len(runs), config["learning_rate"])
    passed = list(descend(start_w, start_a, inputs, targets, rates, steps))
    loss = np.stack([((network.outputs(w, a, inputs) - targets) ** 2).mean(-1) for _, w, a in passed], -1)
    switched = np.stack([network.hamming_distance(w, start_w, circle) for _, w, _ in passed], -1)
    _, w_end, a_end = passed[-1]
    for k, run in enumerate(runs):
        fallen = (loss[k] < (1 - config["fallen"]) * loss[k, 0]).argmax()  # the first record at which it has
        early = switched[k, fallen - 1] / switched[k, -1] if switched[k, -1] > 0 else 0.0  # nothing may have switched
        drift = np.abs(a_end[k] ** 2 - (w_end[k] ** 2).sum(-1) - run.lam).max()
        for name, value in (
            ("start_output", np.abs(network.outputs(start_w[k], start_a[k], inputs)).max()),
            ("hamming_end", switched[k, -1]),
            ("early_hamming_share", early),
            ("loss_fitted", loss[k, -1]),
            ("delta_drift", drift),
        ):
            records.add(run.run_id, "simulation", name, value)
        if run.draw == 0:
            _add_surfaces(records, config, run, [(step, w[k], a[k]) for step, w, a in passed])
    return loss, switched


def _times(config, steps):
    return np.asarray(steps) * config["learning_rate"]


def _add_surfaces(records, config, run, passed):
    """f round the unit circle at each snapshot (it is proportional to |x|), edges at every ray, and sectors' parity."""
    even = 2 * np.pi * np.arange(config["n_angles"]) / config["n_angles"] - np.pi
    times = _times(config, config["snapshots"])
    shown = [(w, a) for step, w, a in passed if step in config["snapshots"]]
    edges = [np.sort(np.append(even, partition.rays(w))) for w, _ in shown]
    heights = [network.outputs(w, a, partition.directions(angles)) for (w, a), angles in zip(shown, edges, strict=True)]
    parity = [partition.sector_parity(w, angles) for (w, _), angles in zip(shown, edges, strict=True)]
    rays = [partition.rays(w) for w, _ in shown]
    for name, values in (("angle", edges), ("height", heights), ("parity", parity), ("rays", rays)):
        records.add(run.run_id, "simulation", name, np.array(values), config["snapshots"], times)
