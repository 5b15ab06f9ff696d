"""figA2: absolute and relative scale (Domine et al. 2025, App. A.4).

Starts with W2W1(0) = scale × one fixed Gaussian matrix a draw, at every λ, and the distance of the final
tangent kernel from the first.

map      balanced starts on a fine grid of scale and λ, the distance by the exact solution
control  on a coarse grid by descent: balanced starts, and random unbalanced ones with their layer norms, which
         tell balance from sheer size
corners  loss and kernel distance over time at the corners and the centre of the map
"""

import numpy as np

from ...linear.descent import gradient_descent
from ...linear.exact import exact_solution
from ...linear.initialisation import unbalanced_weights_like, weights_with_function
from ...linear.observables import kernel_distance, loss
from ...linear.tasks import task_from_singular_values
from ...pipeline.common import deviation, drawn, stacked, step_size
from ...pipeline.frames import each, only
from ...pipeline.stages import Rows
from ...pipeline.sweep import in_blocks

STARTS = {"map": ("balanced",), "control": ("balanced", "unbalanced")}  # on each grid
KEYS = ("grid", "start", "lam", "draw", "scale")


def scales(config, grid):
    block = config["scales"]
    return np.geomspace(block["least"], block["largest"], block[grid])


def lambdas(config, grid):
    """λ in ascending order: the magnitudes with either sign, and 0."""
    block = config["lambdas"]
    magnitudes = np.geomspace(block["least"], block["largest"], block[grid])
    return np.concatenate([-magnitudes[::-1], [0.0], magnitudes])


def task(config, seeds):
    n = len(config["singular_values"])
    starts, corners = Rows(), Rows()
    problems = [_draw(config, seeds, draw) for draw in range(config["n_draws"])]

    def balanced(draw, lam, scale):
        # one stream for all scales and λ: the same hidden directions
        return weights_with_function(scale * problems[draw][1], lam, n, rng=seeds.rng("hidden", draw))

    for grid, kinds in STARTS.items():
        for start in kinds:
            for lam in lambdas(config, grid):
                for draw, (sigma_yx, _) in enumerate(problems):
                    for scale in scales(config, grid):
                        weights = balanced(draw, lam, scale)
                        if start == "unbalanced":
                            weights = unbalanced_weights_like(*weights, rng=seeds.rng("unbalanced", draw))
                        keys = dict(zip(KEYS, (grid, start, lam, draw, scale), strict=True))
                        starts.add(**keys, **drawn(weights, sigma_yx))
    block = config["corners"]
    least, largest = scales(config, "map")[[0, -1]]
    extreme = config["lambdas"]["largest"]
    points = [(lam, scale) for scale in (least, largest) for lam in (-extreme, extreme)]
    for lam, scale in [*points, (0.0, np.sqrt(least * largest))]:
        weights, sigma_yx = balanced(0, lam, scale), problems[0][0]
        rate = block["step"] / _curvature(*weights, sigma_yx)
        n_steps = round(block["until"] / rate)
        corners.add(lam=lam, scale=scale, learning_rate=rate, n_steps=n_steps, **drawn(weights, sigma_yx))
    return {"starts": starts, "corners": corners}


def _draw(config, seeds, draw):
    """Σyx of a random task, and a Gaussian matrix whose determinant has the sign of det Σyx (else: figE2)."""
    n = len(config["singular_values"])
    regression = task_from_singular_values(config["singular_values"], n, n, rng=seeds.rng("task", draw))
    function = seeds.rng("function", draw).standard_normal((n, n))
    if np.linalg.det(function) * np.linalg.det(regression.sigma_yx) < 0:
        function[:, 0] *= -1
    return regression.sigma_yx, function


def _curvature(w1, w2, sigma_yx):
    """‖W1‖² + ‖W2‖² + 2‖Σyx‖ of starts (..., ·, ·): descent is stable for η well below twice its inverse."""
    norm1, norm2, target = (np.linalg.norm(m, 2, axis=(-2, -1)) for m in (w1, w2, sigma_yx))
    return norm1**2 + norm2**2 + 2 * target


def blocks(config, data, stage):
    """The balanced starts of both grids, or both kinds of starts on the one that descends."""
    asked = {"start": "balanced"} if stage == "theory" else {"grid": "control"}
    starts = only(data["task/starts"], **asked)
    return [block for part in each(starts, "grid", "start") for block in in_blocks(part)]


def theory_rows(config, data, starts):
    """Kernel distance and loss of each start at the end."""
    rows, end = [], np.array([0.0, config["until"]])
    for run in starts.itertuples():
        solution = exact_solution(run.w1, run.w2, run.sigma_yx, end, lam=run.lam)
        rows.append((solution.kernel_distance()[-1], solution.loss()[-1]))
    return rows


def simulation_rows(config, data, starts):
    """The same by descent."""
    return np.column_stack(_descend_until_learned(config, *stacked(starts, "w1", "w2", "sigma_yx")))


def _add_ends(end, spread, data, rows, kind):
    """The computed rows by their keys, of which `kind` is one; for each draw their spread over scales at λ = 0."""
    starts = data["task/starts"].loc[sorted(rows)]
    distance, final = np.array([rows[index] for index in starts.index]).T
    found = starts.assign(kernel_distance=distance, loss=final)
    end.add(**found[[kind, "lam", "draw", "scale", "kernel_distance", "loss"]])
    for part in each(only(found, lam=0), kind, "draw"):
        distance = part["kernel_distance"]
        relative = np.ptp(distance) / distance.max()
        spread.add(**part[[kind, "draw"]].iloc[0], spread_at_zero=relative)


def theory(config, data, rows):
    end, spread, corners = Rows(), Rows(), Rows()
    _add_ends(end, spread, data, rows, "grid")
    for run in data["task/corners"].itertuples():
        steps = _log_steps(config, run)
        solution = exact_solution(run.w1, run.w2, run.sigma_yx, steps * run.learning_rate, lam=run.lam)
        _add_corner(corners, run, steps, solution.times, solution)
    return {"end": end, "spread": spread, "corners": corners}


def simulation(config, data, rows):
    end, spread, agreement, corners, corners_agreement = (Rows() for _ in range(5))
    _add_ends(end, spread, data, rows, "start")
    balanced = only(data["task/starts"], grid="control", start="balanced")
    exact = only(data["theory/end"], grid="control")["kernel_distance"].to_numpy()
    agreement.add(deviation_kernel_distance=deviation(np.array([rows[index][0] for index in balanced.index]), exact))
    for run in data["task/corners"].itertuples():
        exact = only(data["theory/corners"], lam=run.lam, scale=run.scale)
        steps, rate = exact["step"].to_numpy(), run.learning_rate
        descent = gradient_descent(run.w1, run.w2, run.sigma_yx, learning_rate=rate, steps=run.n_steps, record_at=steps)
        found = _add_corner(corners, run, steps, exact["t"].to_numpy(), descent)
        gaps = {f"deviation_{name}": deviation(value, exact[name].to_numpy()) for name, value in found.items()}
        size = step_size(rate, run.lam, run.sigma_yx)
        corners_agreement.add(lam=run.lam, scale=run.scale, **gaps, step_size=size)
    return {
        **{"end": end, "spread": spread, "agreement": agreement},
        **{"corners": corners, "corners_agreement": corners_agreement},
    }


def _add_corner(corners, run, steps, times, trajectory):
    found = {"loss": trajectory.loss(), "kernel_distance": trajectory.kernel_distance()}
    corners.add(lam=run.lam, scale=run.scale, step=steps, t=times, **found)
    return found


def _log_steps(config, run):
    n = config["corners"]["n_records"]
    return np.unique(np.append(0, np.geomspace(1, run.n_steps, n).round())).astype(int)


def _descend_until_learned(config, w1, w2, sigma_yx):
    """Kernel distance and loss (runs,) of descents of w1, w2 (runs, ·, ·), each to the end.

    All run n_steps, those that have not converged as many again, and so on, doubling.
    """
    now1, now2 = w1.copy(), w2.copy()
    rate = config["step"] / _curvature(w1, w2, sigma_yx)
    tolerance = config["converged"] * (sigma_yx**2).sum((1, 2)) / 2
    left, steps, done = np.arange(len(w1)), config["n_steps"], 0
    while left.size:
        if done + steps > config["most_steps"]:
            raise ValueError(f"{left.size} descents have not converged after {done} steps (figA2.most_steps)")
        part = gradient_descent(
            now1[left],
            now2[left],
            sigma_yx[left],
            learning_rate=rate[left],
            steps=steps,
            record_at=np.array([steps]),
        )
        now1[left], now2[left] = part.weights(0)
        left = left[part.loss()[:, 0] > tolerance[left]]
        done += steps
        steps = done
    return kernel_distance(w1, w2, now1, now2), loss(now2 @ now1, sigma_yx)
