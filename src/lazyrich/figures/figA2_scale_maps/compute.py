"""figA2: absolute and relative scale (Domine et al. 2025, App. A.4).

Starts with W2W1(0) = scale × one fixed Gaussian matrix a draw, at every λ, and the distance of the final
tangent kernel from the first.

map      the distance by the exact solution; a run is one (λ, draw) and `step` the position of the scale
control  on a coarser grid by descent: the same balanced starts, and random unbalanced ones with their layer
         norms, which tell balance from sheer size
corners  loss and kernel distance over time at the corners and the centre of the map
"""

import numpy as np

from ...linear.descent import simulate
from ...linear.initialisation import unbalanced_weights_like, weights_with_function
from ...linear.observables import kernel_distance, loss
from ...linear.riccati import exact_solution
from ...linear.tasks import task_from_singular_values
from ...pipeline.common import add_start, deviation, run_row, start
from ...pipeline.records import Records
from ...pipeline.sweep import in_blocks

INITS = ("balanced", "unbalanced")


def scales(config, panel):
    block = config["scales"]
    return np.geomspace(block["least"], block["largest"], block[panel])


def lambdas(config, panel):
    """λ in ascending order: the magnitudes with either sign, and 0."""
    block = config["lambdas"]
    magnitudes = np.geomspace(block["least"], block["largest"], block[panel])
    return np.concatenate([-magnitudes[::-1], [0.0], magnitudes])


def task(config, seeds):
    n = len(config["singular_values"])
    runs, records = [], Records()
    drawn = [_draw(config, seeds, draw) for draw in range(config["n_draws"])]

    def add(panel, draw, lam, init, learning_rate=0.0, n_steps=0):
        runs.append(run_row(panel, lam, (n, n, n), init, learning_rate, n_steps, draw))
        return len(runs) - 1

    def balanced(draw, lam, scale):
        # one stream for all scales and λ: the same hidden directions
        return weights_with_function(scale * drawn[draw][1], lam, n, rng=seeds.rng("hidden", draw))

    for panel in ("map", "control"):
        grid = scales(config, panel)
        for init in INITS if panel == "control" else INITS[:1]:
            for lam in lambdas(config, panel):
                for draw in range(config["n_draws"]):
                    starts = [balanced(draw, lam, scale) for scale in grid]
                    if init == "unbalanced":
                        starts = [unbalanced_weights_like(*w, rng=seeds.rng("unbalanced", draw)) for w in starts]
                    run_id = add(panel, draw, lam, init)
                    records.add_matrices(run_id, "task", "sigma_yx", drawn[draw][0].sigma_yx)
                    for name in ("w1", "w2"):
                        matrices = np.array([getattr(w, name) for w in starts])
                        records.add_matrices(run_id, "task", name, matrices, np.arange(len(grid)))
    block = config["corners"]
    least, largest = scales(config, "map")[[0, -1]]
    extreme = config["lambdas"]["largest"]
    points = [(lam, scale) for scale in (least, largest) for lam in (-extreme, extreme)]
    for lam, scale in [*points, (0.0, np.sqrt(least * largest))]:
        weights, regression = balanced(0, lam, scale), drawn[0][0]
        rate = block["step"] / _curvature(weights.w1, weights.w2, regression.sigma_yx)
        run_id = add("corners", 0, lam, "balanced", rate, round(block["until"] / rate))
        add_start(records, run_id, weights, regression)
        records.add(run_id, "task", "scale", scale)
    return runs, records


def _draw(config, seeds, draw):
    """A random task, and a Gaussian matrix whose determinant has the sign of det Σyx (else: figE2)."""
    n = len(config["singular_values"])
    regression = task_from_singular_values(config["singular_values"], n, n, rng=seeds.rng("task", draw))
    function = seeds.rng("function", draw).standard_normal((n, n))
    if np.linalg.det(function) * np.linalg.det(regression.sigma_yx) < 0:
        function[:, 0] *= -1
    return regression, function


def _curvature(w1, w2, sigma_yx):
    """‖W1‖² + ‖W2‖² + 2‖Σyx‖ of starts (..., ·, ·): descent is stable for η well below twice its inverse."""
    norm1, norm2, target = (np.linalg.norm(m, 2, axis=(-2, -1)) for m in (w1, w2, sigma_yx))
    return norm1**2 + norm2**2 + 2 * target


def _maps(data, stage):
    """(panel, its runs) of every map that the stage computes."""
    asked = [(panel, "balanced") for panel in ("map", "control")]
    if stage == "simulation":
        asked = [("control", init) for init in INITS]
    return [(panel, [run for run in data.panel(panel) if run.init == init]) for panel, init in asked]


def blocks(config, data, stage):
    """Runs of one map: a run is a λ and a draw, at every scale."""
    return [block for _, runs in _maps(data, stage) for block in in_blocks(runs)]


def theory_rows(config, data, runs):
    """Kernel distance at each scale, then loss at each, of each run."""
    rows, end = [], np.array([0.0, config["until"]])
    for run in runs:
        sigma_yx, starts = data.matrix("sigma_yx", run.run_id), zip(*_stack(data, run), strict=True)
        solutions = [exact_solution(w1, w2, sigma_yx, end, lam=run.lam) for w1, w2 in starts]
        rows.append([s.kernel_distance()[-1] for s in solutions] + [s.loss()[-1] for s in solutions])
    return rows


def simulation_rows(config, data, runs):
    """The same by descent."""
    w1, w2 = (np.array(part) for part in zip(*(_stack(data, run) for run in runs), strict=True))
    sigma_yx = np.array([data.matrix("sigma_yx", run.run_id) for run in runs])
    return np.hstack(_descend_until_learned(config, w1, w2, sigma_yx))


def _distance_and_loss(rows, runs):
    """Each (runs, scales)."""
    return np.hsplit(np.array([rows[run.run_id] for run in runs]), 2)


def theory(config, data, rows):
    records = Records()
    for panel, runs in _maps(data, "theory"):
        _summary(config, records, runs, panel, "theory", *_distance_and_loss(rows, runs))
    for run in data.panel("corners"):
        w1, w2, sigma_yx = start(data, run)
        steps = _log_steps(config, run)
        solution = exact_solution(w1, w2, sigma_yx, steps * run.learning_rate, lam=run.lam)
        for name, value in (("loss", solution.loss()), ("kernel_distance", solution.kernel_distance())):
            records.add(run.run_id, "theory", name, value, steps, solution.times)
    return records


def simulation(config, data, rows):
    records = Records()
    for panel, runs in _maps(data, "simulation"):
        distance, final = _distance_and_loss(rows, runs)
        _summary(config, records, runs, panel, "simulation", distance, final)
        if runs[0].init == "balanced":
            exact = [data.numbers("kernel_distance", run.run_id, "theory")[2][:, 0] for run in runs]
            records.add(runs[0].run_id, "simulation", "deviation_kernel_distance", deviation(distance, np.array(exact)))
    for run in data.panel("corners"):
        steps, times, _ = data.numbers("loss", run.run_id, "theory")
        w1, w2, sigma_yx = start(data, run)
        rate = run.learning_rate
        descent = simulate(w1, w2, sigma_yx, learning_rate=rate, steps=run.n_steps, record_at=steps)
        for name, value in (("loss", descent.loss()), ("kernel_distance", descent.kernel_distance())):
            exact = data.numbers(name, run.run_id, "theory")[2][:, 0]
            records.add(run.run_id, "simulation", name, value, steps, times)
            records.add(run.run_id, "simulation", f"deviation_{name}", deviation(value, exact))
    return records


def _stack(data, run):
    return (data.matrices(name, run.run_id, "task")[2] for name in ("w1", "w2"))


def _log_steps(config, run):
    n = config["corners"]["n_records"]
    return np.unique(np.append(0, np.geomspace(1, run.n_steps, n).round())).astype(int)


def _descend_until_learned(config, w1, w2, sigma_yx):
    """Kernel distance and loss (runs, scales) of descents of w1, w2 (runs, scales, ·, ·), each to the end.

    All run n_steps, those that have not converged as many again, and so on, doubling.
    """
    shape = w1.shape[:2]
    sigma_yx = np.broadcast_to(sigma_yx[:, None], (*shape, *sigma_yx.shape[1:]))
    w1, w2, sigma_yx = (m.reshape(-1, *m.shape[2:]) for m in (w1, w2, sigma_yx))
    now1, now2 = w1.copy(), w2.copy()
    rate = config["step"] / _curvature(w1, w2, sigma_yx)
    tolerance = config["converged"] * (sigma_yx**2).sum((1, 2)) / 2
    left, steps, done = np.arange(len(w1)), config["n_steps"], 0
    while left.size:
        if done + steps > config["most_steps"]:
            raise ValueError(f"{left.size} descents have not converged after {done} steps (figA2.most_steps)")
        part = simulate(
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
    final = loss(now2 @ now1, sigma_yx)
    return kernel_distance(w1, w2, now1, now2).reshape(shape), final.reshape(shape)


def _summary(config, records, runs, panel, source, distance, final):
    """Store distances (runs, scales) of one map, their mean over draws, and what is said of the map.

    Means go to the first draw of each λ; half width, spread at λ = 0 and largest loss to the first run.
    """
    grid, first = scales(config, panel), runs[0].run_id
    k = np.arange(len(grid))
    for run, values in zip(runs, distance, strict=True):
        records.add(run.run_id, source, "kernel_distance", values, k)
    lams = lambdas(config, panel)
    by_lam = distance.reshape(len(lams), -1, len(grid))
    mean, std = by_lam.mean(1), by_lam.std(1)
    for row, run in enumerate(run for run in runs if run.draw == 0):
        records.add(run.run_id, source, "kernel_distance_mean", mean[row], k)
        records.add(run.run_id, source, "kernel_distance_std", std[row], k)
    zero = by_lam[len(lams) // 2]
    records.add(first, source, "scale", grid, k)
    widths = np.array([_half_width(lams, column) for column in mean.T])
    records.add(first, source, "half_width", widths, k)
    # above 1: every larger scale has a wider band
    records.add(first, source, "least_widening", (widths[1:] / widths[:-1]).min())
    records.add(first, source, "spread_at_zero", (np.ptp(zero, axis=1) / zero.max(1)).max())
    records.add(first, source, "loss_final", final.max())


def _half_width(lams, distance):
    """The largest |λ| at which the distance, mean of both signs, is half of that at λ = 0.

    Between grid points linear in log|λ|; the largest or least |λ| of the grid where it is beyond.
    """
    middle = len(lams) // 2
    magnitudes = lams[middle + 1 :]
    values = (distance[middle + 1 :] + distance[:middle][::-1]) / 2 - distance[middle] / 2
    above = np.flatnonzero(values >= 0)
    if above.size == 0:
        return magnitudes[0]
    last = above[-1]
    if last == len(values) - 1:
        return magnitudes[-1]
    fraction = values[last] / (values[last] - values[last + 1])
    return magnitudes[last] * (magnitudes[last + 1] / magnitudes[last]) ** fraction
