"""grq1: ReLU students of a ReLU teacher (Kunin et al. 2024, Fig. 1, 5b and 10).

`lam` in the tables is δ, `tau` a record of each run. Nothing closed is known here but the start: `theory` writes α and
the layers' lengths from (τ, δ), and how stiff the first step is; `simulation` trains. Time t is ητ² times the step, the
same for every scale.

Panels: `plane`, students in two dimensions; `sweep`, the (τ, δ) grid; `published`, corners of it at the published size.
"""

import numpy as np

from ...nonlinear.relu import alignment, network, scale
from ...nonlinear.relu.descent import descend
from ...pipeline.common import run_row
from ...pipeline.records import Records
from . import students

GRIDS = ("sweep", "published")


def task(config, seeds):
    runs, records = [], Records()
    plane = config["plane"]
    angles = np.radians(plane["teacher_degrees"])
    teacher = np.column_stack([np.cos(angles), np.sin(angles)]), np.array(plane["teacher_signs"], float)
    for draw in range(plane["n_draws"]):
        for tau, delta in plane["scales"]:
            widths = (2, plane["n_hidden"], 1)
            runs.append(
                run_row("plane", delta, widths, f"tau {tau:.3g}", plane["learning_rate"], plane["n_steps"], draw)
            )
            records.add(len(runs) - 1, "task", "tau", tau)
        first = len(runs) - len(plane["scales"])
        students.add_problem(records, first, seeds, ("plane", draw), {**plane, "n_in": 2, "n_test": 0}, teacher)
    for name in GRIDS:
        block = config[name]
        for draw in range(block["n_draws"]):
            first = len(runs)
            for tau, delta in students.cells(block):
                stride = students.stride(block, tau)
                rate, n_steps = block["rate"] * stride / tau**2, block["checkpoints"][-1] // stride
                widths = (block["n_in"], block["n_hidden"], 1)
                runs.append(run_row(name, delta, widths, f"tau {tau:.3g}", rate, n_steps, draw))
                records.add(len(runs) - 1, "task", "tau", tau)
            rng = seeds.rng(name, "teacher", draw)
            w = network.on_the_sphere(rng, config["n_teacher"], block["n_in"])
            students.add_problem(
                records, first, seeds, (name, draw), block, (w, rng.choice([-1.0, 1.0], config["n_teacher"]))
            )
    return runs, records


def theory(config, data):
    records = Records()
    for name in ("plane", *GRIDS):
        for runs in students.by_draw(data, name):
            problem = students.problem(data, runs[0])
            taus, deltas = students.scales(data, runs)
            a, w = scale.layer_lengths(deltas, taus)
            for run, *values in zip(runs, scale.alpha(deltas, taus), a, w, strict=True):
                for quantity, value in zip(("alpha", "a_length", "w_length"), values, strict=True):
                    records.add(run.run_id, "theory", quantity, value)
                drift = abs(values[1] ** 2 - values[2] ** 2 - run.lam)
                records.add(run.run_id, "theory", "deviation_delta", drift)
            stiffest = max(range(len(runs)), key=lambda k: runs[k].learning_rate * a[k] ** 2)
            start_w, start_a = problem.start(taus[stiffest : stiffest + 1], deltas[stiffest : stiffest + 1])
            kernel = network.tangent_kernel(start_w[0], start_a[0], problem.inputs)
            rate = 2 * runs[stiffest].learning_rate / len(problem.inputs)
            records.add(runs[stiffest].run_id, "theory", "stiffness", rate * np.linalg.eigvalsh(kernel)[-1])
    return records


def blocks(config, data, stage):
    return [runs for name in GRIDS for runs in students.blocks(config[name], data, name)]


def simulation_rows(config, data, runs):
    return students.train(config[runs[0].panel], data, runs)


def simulation(config, data, rows):
    records = Records()
    _plane(records, config["plane"], data)
    for name in GRIDS:
        drawn = students.by_draw(data, name)
        curves = [students.add_curves(records, config[name], data, runs, rows) for runs in drawn]
        students.add_statistics(records, config[name], data, name, curves)
    return records


def _plane(records, config, data):
    """Paths of |a|w of the first draw; what became of the neurons of each."""
    steps = np.unique(
        np.append(0, np.logspace(0, np.log10(config["n_steps"]), config["n_records"]).round().astype(int))
    )
    ends = []
    for runs in students.by_draw(data, "plane"):
        problem = students.problem(data, runs[0])
        taus, deltas = students.scales(data, runs)
        start_w, start_a = problem.start(taus, deltas)
        rates = np.array([run.learning_rate for run in runs])
        recorded = list(descend(start_w, start_a, problem.inputs, problem.targets, rates, steps))
        _, w, a = recorded[-1]
        cosines = alignment.teacher_cosine(w, a, *problem.teacher)
        turned, lines = alignment.turning_angle(w, start_w), alignment.turning_angle(w, start_w, lines=True)
        measured = students.measure(problem, w, a, start_w, start_a, deltas)
        for k, run in enumerate(runs):
            records.add(run.run_id, "simulation", "cosine", cosines[k])
            records.add(run.run_id, "simulation", "turning_angle", turned[k])
            records.add(run.run_id, "simulation", "line_angle", lines[k])
            for quantity, values in measured.items():
                records.add(run.run_id, "simulation", quantity, values[k])
            if run.draw == 0:
                path = np.stack([np.abs(a[k])[:, None] * w[k] for _, w, a in recorded])
                records.add_matrices(run.run_id, "simulation", "path", path, steps, steps * run.learning_rate)
                records.add(run.run_id, "simulation", "sign", np.sign(a[k])[None])
        ends.append(cosines)
        for k in range(len(runs) - 1):  # in the order of config: each ahead of the next
            records.add(runs[k].run_id, "simulation", "cosine_lead", cosines[k] - cosines[k + 1])
    for quantity, values in (("cosine_mean", np.mean(ends, 0)), ("cosine_std", np.std(ends, 0))):
        for run, value in zip(students.by_draw(data, "plane")[0], values, strict=True):
            records.add(run.run_id, "simulation", quantity, value)
