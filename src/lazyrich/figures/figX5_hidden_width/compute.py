"""figX5: every hidden width, from a bottleneck of one to wider than inputs and outputs.

Starts are of a shape, a hidden width and a λ for which λ-balanced weights exist.

end     kernel distance from start to convergence, what is learned of the task, and the law of large |λ|
times   how long learning takes, at one |λ| of either sign and at λ = 0
curves  over time, with descent and, for the first draw, the integrated flow beside the exact solution
course  loss over time at one λ and several widths, for one draw
"""

import numpy as np

from ...linear.descent import gradient_descent
from ...linear.exact import exact_solution
from ...linear.flow import gradient_flow
from ...linear.initialisation import gaussian_weights, infeasible, weights_with_singular_values
from ...linear.tasks import task_from_singular_values
from ...linear.turning import expected_turn, kernel_turn, loss_plateau
from ...pipeline.common import deviation, drawn, stacked, step_size, thinned, time_to_fall
from ...pipeline.frames import each, only
from ...pipeline.stages import Rows

POINT = ("shape", "n_hidden", "lam")


def task(config, seeds):
    tasks, starts, course = Rows(), Rows(), Rows()
    for shape, (n_in, n_out) in config["shapes"].items():
        sigmas = [_task(config, seeds, shape, draw) for draw in range(config["n_draws"])]
        tasks.add(shape=shape, draw=range(len(sigmas)), n_in=n_in, n_out=n_out, sigma_yx=sigmas)
        for n_hidden in config["n_hidden"]:
            for lam in dict.fromkeys([*config["lambdas"], *config["agreement"]["lambdas"]]):
                if infeasible(lam, n_in, n_hidden, n_out):
                    continue
                for draw, sigma_yx in enumerate(sigmas):
                    w1, w2 = _weights(config, seeds, shape, n_hidden, lam, draw, sigma_yx)
                    place = {"shape": shape, "n_hidden": n_hidden, "lam": lam, "draw": draw}
                    starts.add(**place, n_in=n_in, n_out=n_out, w1=w1[None], w2=w2[None])
    shape, lam, draw = (config["course"][name] for name in ("shape", "lambda", "draw"))
    rate = config["course"]["relative_rate"] / abs(lam)
    sigma_yx = _task(config, seeds, shape, draw)
    for n_hidden in config["course"]["n_hidden"]:
        weights = _weights(config, seeds, shape, n_hidden, lam, draw, sigma_yx)
        place = {"shape": shape, "lam": lam, "draw": draw}
        n_steps = round(config["course"]["until"] / rate)
        course.add(**place, learning_rate=rate, n_steps=n_steps, **drawn(weights, sigma_yx))
    return {"tasks": tasks, "starts": starts, "course": course}


def singular_values(config, shape):
    """s̃ in equal steps from the strongest to the weakest, as many as the smaller of inputs and outputs."""
    return np.linspace(config["strongest"], config["weakest"], min(config["shapes"][shape]))


def _task(config, seeds, shape, draw):
    rng = seeds.rng("task", shape, draw)
    return task_from_singular_values(singular_values(config, shape), *config["shapes"][shape], rng=rng).sigma_yx


def _weights(config, seeds, shape, n_hidden, lam, draw, sigma_yx):
    """A start of Algorithm 1, its directions drawn and not an SVD's choice; one function and directions at every λ."""
    n_in, n_out = config["shapes"][shape]
    rng = seeds.rng("strengths", shape, n_hidden, draw)
    first, second = gaussian_weights(n_in, n_hidden, n_out, scale=config["scale"], rng=rng)
    s = np.linalg.svd(second @ first, compute_uv=False)[: min(n_in, n_hidden, n_out)]
    rng = seeds.rng("directions", shape, n_hidden, draw)
    weights = weights_with_singular_values(lam, s, n_in, n_hidden, n_out, rng=rng)
    if n_in == n_out <= n_hidden and np.linalg.det(weights.w2 @ weights.w1) * np.linalg.det(sigma_yx) < 0:
        weights.w1[:, 0] *= -1  # the parity saddle is figE2's subject
    return weights


def _starts(data, lams):
    """The starts at some λ, each with its task."""
    return only(data["task/starts"], lam=lams).merge(data["task/tasks"])


def _solution(run, times):
    return exact_solution(run.w1, run.w2, run.sigma_yx, times, lam=run.lam)


def _unit(config, shape):
    """½‖Σyx‖²."""
    return (singular_values(config, shape) ** 2).sum() / 2


def _floor(config, shape, n_hidden):
    """½ Σ s̃² of the modes beyond the hidden width: the least loss of a rank N_h (Eckart and Young)."""
    return (singular_values(config, shape)[n_hidden:] ** 2).sum() / 2


def _large(run):
    """The outer width that faces the large layer."""
    return run.n_out if run.lam > 0 else run.n_in


def _point(run):
    return {name: getattr(run, name) for name in POINT}


def _regime(run):
    """Where a large |λ| is lazy: the large layer spans all its inputs, or outputs, and has nothing to turn to."""
    return "rich" if run.lam == 0 else "lazy" if run.n_hidden == _large(run) else "delayed"


def theory(config, data):
    floors, end, laws, expected, times = Rows(), Rows(), Rows(), Rows(), Rows()
    for shape in config["shapes"]:
        for n_hidden in config["n_hidden"]:
            floor = _floor(config, shape, n_hidden) / _unit(config, shape)
            floors.add(shape=shape, n_hidden=n_hidden, relative_floor=floor)
    for starts in each(_starts(data, config["lambdas"]), *POINT):
        _converged(config, starts, end, laws, expected)
        if abs(starts["lam"].iloc[0]) in (0, config["delay"]["lambda"]):
            _learning(config, starts, times)
    course, plateaus = _course(config, data)
    return {
        **{"floors": floors, "end": end, "laws": laws, "expected": expected, "times": times},
        **{"curves": _curves(config, data), "course": course, "plateaus": plateaus},
    }


def _converged(config, starts, end, laws, expected):
    first = next(starts.itertuples())
    point = _point(first)
    solutions = [_solution(run, np.array([0.0, config["until"]])) for run in starts.itertuples()]
    distance = np.array([solution.kernel_distance()[-1] for solution in solutions])
    loss, unit = np.array([solution.loss()[-1] for solution in solutions]), _unit(config, first.shape)
    # the share of each mode that W2W1 has learned against 1 for the first N_h, 0 for the others
    target = np.arange(min(first.n_in, first.n_out)) < first.n_hidden
    end.add(
        **point,
        draw=starts["draw"],
        regime=_regime(first),
        kernel_distance=distance,
        relative_loss=loss / unit,
        floor_excess=np.abs(loss - _floor(config, first.shape, first.n_hidden)) / unit,
        modes_wrong=[np.abs(_learned(solution) - target).max() for solution in solutions],
    )
    if first.lam != 0:
        law = np.array([kernel_turn(run.w1, run.w2, run.sigma_yx, run.lam) for run in starts.itertuples()])
        laws.add(**point, draw=starts["draw"], kernel_distance=law, gap=np.abs(law - distance))
        expected.add(**point, kernel_distance=expected_turn(first.n_hidden, _large(first), target.size))


def _learned(solution):
    u, s, vt = np.linalg.svd(solution.sigma_yx, full_matrices=False)
    return ((u.T @ solution.network_function[-1]) * vt).sum(-1) / s


def _learning(config, starts, rows):
    """Times at which the loss is within `learned` of its floor, in units of ½‖Σyx‖²."""
    first, delay = next(starts.itertuples()), config["delay"]
    point = _point(first)
    times = np.geomspace(delay["least"], delay["largest"], delay["n_times"])
    loss = np.array([_solution(run, times).loss() for run in starts.itertuples()])
    excess = np.maximum(loss - _floor(config, first.shape, first.n_hidden), 1e-300)
    time = time_to_fall(times, excess, delay["learned"] * _unit(config, first.shape))
    rows.add(**point, draw=starts["draw"], regime=_regime(first), time=time, learned=time < times[-1])


def _curves(config, data):
    curves = Rows()
    steps, rate, _ = _descent(config)
    for run in _starts(data, config["agreement"]["lambdas"]).itertuples():
        solution = _solution(run, steps * rate)
        loss, distance = solution.loss(), solution.kernel_distance()
        curves.add(**_point(run), draw=run.draw, step=steps, t=solution.times, loss=loss, kernel_distance=distance)
    return curves


def _descent(config):
    """Recorded steps, learning rate and number of steps of the descents that are compared."""
    rate = config["agreement"]["learning_rate"]
    n_steps = round(config["agreement"]["until"] / rate)
    return _spread(n_steps, config["agreement"]["n_records"]), rate, n_steps


def _spread(n_steps, n):
    return np.unique(np.geomspace(1, n_steps, n).round().astype(int))


def _course(config, data):
    course, plateaus = Rows(), Rows()
    for run in data["task/course"].itertuples():
        steps = _spread(run.n_steps, config["course"]["n_records"])
        solution = _solution(run, steps * run.learning_rate)
        loss = solution.loss() / ((run.sigma_yx**2).sum() / 2)
        course.add(n_hidden=run.n_hidden, step=steps, t=solution.times, relative_loss=loss)
        plateau = loss_plateau(run.w1, run.w2, run.sigma_yx, run.lam)
        plateaus.add(n_hidden=run.n_hidden, relative_loss=plateau)
    return course, plateaus


def simulation(config, data):
    agreement, flows, course, course_agreement = Rows(), Rows(), Rows(), Rows()
    steps, rate, n_steps = _descent(config)
    few = thinned(steps, config["agreement"]["n_flow_times"])
    curves = data["theory/curves"].groupby(list(POINT))
    for starts in each(_starts(data, config["agreement"]["lambdas"]), *POINT):
        first = next(starts.itertuples())
        point = _point(first)
        w1, w2, sigma_yx = stacked(starts, "w1", "w2", "sigma_yx")
        descent = gradient_descent(w1, w2, sigma_yx, learning_rate=rate, steps=n_steps, record_at=steps)
        flow = gradient_flow(w1[0], w2[0], sigma_yx[0], steps[few] * rate)
        of_descent, of_flow = {}, {}
        for name, gap in (("loss", deviation), ("kernel_distance", _difference)):
            exact = curves.get_group(tuple(point.values()))[name].to_numpy().reshape(len(starts), -1)
            pairs = zip(getattr(descent, name)(), exact, strict=True)
            of_descent[f"deviation_{name}"] = [gap(a, b) for a, b in pairs]
            of_flow[f"deviation_{name}"] = gap(getattr(flow, name)(), exact[0, few])
        sizes = [step_size(rate, first.lam, one) for one in sigma_yx]
        agreement.add(**point, draw=starts["draw"], **of_descent, step_size=sizes)
        flows.add(**point, **of_flow)
    for run in data["task/course"].itertuples():
        exact = only(data["theory/course"], n_hidden=run.n_hidden)
        at = exact["step"].to_numpy()
        descent = gradient_descent(
            run.w1, run.w2, run.sigma_yx, learning_rate=run.learning_rate, steps=run.n_steps, record_at=at
        )
        loss = descent.loss() / ((run.sigma_yx**2).sum() / 2)
        course.add(n_hidden=run.n_hidden, step=at, t=exact["t"], relative_loss=loss)
        course_agreement.add(
            n_hidden=run.n_hidden,
            deviation_relative_loss=deviation(loss, exact["relative_loss"].to_numpy()),
            step_size=step_size(run.learning_rate, run.lam, run.sigma_yx),
        )
    return {"agreement": agreement, "flow": flows, "course": course, "course_agreement": course_agreement}


def _difference(distance, exact):
    """Of distances that already are relative to the kernel."""
    return float(np.abs(distance - exact).max())
