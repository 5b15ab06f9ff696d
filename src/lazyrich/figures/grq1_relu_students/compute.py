"""grq1: ReLU students of a ReLU teacher (Kunin et al. 2024, Fig. 1, 5b and 10).

Nothing closed is known here but the start: `theory` writes α and the layers' lengths from (τ, δ), and how stiff the
first step is; `simulation` trains. Time t of the grids is ητ² times the step, the same for every scale.

Problems: `plane`, students in two dimensions; `sweep`, the (τ, δ) grid; `published`, corners at the published size.
"""

import numpy as np

from ...nonlinear.relu import alignment, network, scale
from ...nonlinear.relu.descent import train
from ...pipeline.frames import each, only
from ...pipeline.stages import Rows
from . import students
from .conclusions import extremes, regions, switching

GRIDS = ("sweep", "published")
KEYS = ["problem", "draw", "tau", "delta"]


def task(config, seeds):
    problems, nets = Rows(), Rows()
    plane = config["plane"]
    angles = np.radians(plane["teacher_degrees"])
    teacher = np.column_stack([np.cos(angles), np.sin(angles)]), np.array(plane["teacher_signs"], float)
    for draw in range(plane["n_draws"]):
        drawn = students.drawn_problem(seeds, ("plane", draw), {**plane, "n_in": 2, "n_test": 0}, teacher)
        problems.add(problem="plane", draw=draw, **drawn)
        tau, delta = np.array(plane["scales"], float).T
        rate, n_steps = plane["learning_rate"], plane["n_steps"]
        nets.add(problem="plane", draw=draw, tau=tau, delta=delta, learning_rate=rate, n_steps=n_steps)
    for name in GRIDS:
        block = config[name]
        for draw in range(block["n_draws"]):
            rng = seeds.rng(name, "teacher", draw)
            w = network.on_the_sphere(rng, config["n_teacher"], block["n_in"])
            teacher = w, rng.choice([-1.0, 1.0], config["n_teacher"])
            problems.add(problem=name, draw=draw, **students.drawn_problem(seeds, (name, draw), block, teacher))
            for tau, delta in students.cells(block):
                rate = block["rate"] * students.stride(block, tau) / tau**2
                n_steps = students.steps(block, tau)[-1]
                nets.add(problem=name, draw=draw, tau=tau, delta=delta, learning_rate=rate, n_steps=n_steps)
    return {"problems": problems, "students": nets}


def theory(config, data):
    starts, stiffest = Rows(), Rows()
    for nets in each(data["task/students"], "problem", "draw"):
        taus, deltas = students.scales(nets)
        a, w = scale.layer_lengths(deltas, taus)
        starts.add(
            **nets[KEYS],
            alpha=scale.alpha(deltas, taus),
            a_length=a,
            w_length=w,
            deviation_delta=np.abs(a**2 - w**2 - deltas),
        )
        k = int(np.argmax(nets["learning_rate"] * a**2))
        one, problem = nets.iloc[k], students.problem(data, nets)
        start_w, start_a = problem.start(taus[k : k + 1], deltas[k : k + 1])
        kernel = network.tangent_kernel(start_w[0], start_a[0], problem.inputs)
        rate = 2 * one["learning_rate"] / len(problem.inputs)
        stiffest.add(**one[KEYS], stiffness=rate * np.linalg.eigvalsh(kernel)[-1])
    return {"starts": starts, "stiffest": stiffest}


def blocks(config, data, stage):
    nets = data["task/students"]
    return [block for name in GRIDS for block in students.blocks(config[name], only(nets, problem=name))]


def simulation_rows(config, data, nets):
    return students.train(config[nets["problem"].iloc[0]], data, nets)


def simulation(config, data, rows):
    trained = Rows()
    for net in only(data["task/students"], problem=list(GRIDS)).itertuples():
        block = config[net.problem]
        curves = dict(zip(students.MEASURED, rows[net.Index].reshape(len(students.MEASURED), -1), strict=True))
        keys = {key: getattr(net, key) for key in KEYS}
        trained.add(**keys, step=students.steps(block, net.tau), t=students.times(block), **curves)
    of_draws = [(nets, np.stack([rows[k] for k in nets.index])) for nets in _by_draw(data, "sweep")]
    return {
        **_plane(config["plane"], data),
        "students": trained,
        "extremes": extremes(config["sweep"], of_draws),
        "regions": regions(config["sweep"], of_draws),
        "switching": switching(config["sweep"], of_draws),
    }


def _by_draw(data, problem):
    return each(only(data["task/students"], problem=problem), "draw")


def _plane(config, data):
    """Paths of |a|w of the first draw; what became of the neurons of each."""
    plane, leads, paths = Rows(), Rows(), Rows()
    steps = np.unique(
        np.append(0, np.logspace(0, np.log10(config["n_steps"]), config["n_records"]).round().astype(int))
    )
    for nets in _by_draw(data, "plane"):
        problem, keys = students.problem(data, nets), nets[["draw", "tau", "delta"]]
        start_w, start_a = problem.start(*students.scales(nets))
        rates = nets["learning_rate"].to_numpy()
        recorded = list(train(start_w, start_a, problem.inputs, problem.targets, rates, steps))
        _, w, a = recorded[-1]
        cosines = alignment.teacher_cosine(w, a, *problem.teacher)
        measured = students.measure(problem, w, a, start_w, start_a, nets["delta"].to_numpy())
        del measured["test_loss"]  # there is nothing else to test on
        plane.add(
            **keys,
            cosine=cosines,
            turning_angle=alignment.turning_angle(w, start_w),
            line_angle=alignment.turning_angle(w, start_w, lines=True),
            **measured,
            n_hidden=w.shape[1],
            sign=np.sign(a),
        )
        leads.add(**keys[:-1], cosine_lead=cosines[:-1] - cosines[1:])  # in the order of config: each ahead of the next
        if nets["draw"].iloc[0] == 0:
            for k, net in enumerate(nets.itertuples()):
                path = np.stack([np.abs(a[k])[:, None] * w[k] for _, w, a in recorded])
                place = {"tau": net.tau, "delta": net.delta, "step": steps, "t": steps * net.learning_rate}
                paths.add(**place, n_hidden=w.shape[1], path=path)
    return {"plane": plane, "leads": leads, "paths": paths}
