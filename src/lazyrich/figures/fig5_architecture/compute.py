"""fig5: architecture decides where a large relative scale is lazy (Domine et al. 2025, Fig. 5).

end       kernel distance from start to convergence against λ, for a funnel, a square and an inverted funnel, over
          random tasks and starts: the exact solution and, at some λ, descent
dynamics  the same distance over time for one draw: where λ is large and the network is not lazy, the kernel
          waits for a time of order λ/s̃² before it turns (delayed rich)
"""

import numpy as np

from ...linear.descent import gradient_descent
from ...linear.exact import exact_solution
from ...linear.initialisation import lambda_balanced_weights
from ...linear.tasks import task_from_correlation
from ...pipeline.common import deviation, drawn, stacked, step_size, with_matching_sign
from ...pipeline.frames import each, only
from ...pipeline.stages import Rows
from ...pipeline.sweep import in_blocks


def task(config, seeds):
    starts, dynamics = Rows(), Rows()
    for shape in config["shapes"]:
        for lam in config["lambdas"]:
            for draw in range(config["n_draws"]):
                starts.add(shape=shape, lam=lam, draw=draw, **_start(config, seeds, config["final"], shape, lam, draw))
        for lam in config["dynamics"]["lambdas"]:
            dynamics.add(shape=shape, lam=lam, **_start(config, seeds, config["dynamics"], shape, lam, 0))
    return {"starts": starts, "dynamics": dynamics}


def _start(config, seeds, block, shape, lam, draw):
    n_in, n_hidden, n_out = config["shapes"][shape]
    # one stream for all λ: the same task and the same network function at each
    rng = seeds.rng(shape, draw)
    sigma_yx = task_from_correlation(config["target_std"] * rng.standard_normal((n_out, n_in))).sigma_yx
    weights = lambda_balanced_weights(lam, n_in, n_hidden, n_out, rng=rng, scale=config["scale"])
    rate = min(block["largest_rate"], block["relative_rate"] / abs(lam) if lam else np.inf)
    return {
        "learning_rate": rate,
        "n_steps": round(config["until"] / rate),
        **drawn(with_matching_sign(weights, sigma_yx), sigma_yx),
    }


def blocks(config, data, stage):
    """Starts of equal shape and λ, those to be simulated or all."""
    starts = data["task/starts"]
    if stage == "simulation":
        starts = only(starts, lam=config["simulated_lambdas"])
    return [block for runs in each(starts, "shape", "lam") for block in in_blocks(runs)]


def theory_rows(config, data, starts):
    """Kernel distance at convergence, and the part of the task that is not learned, of each start."""
    rows = []
    for run in starts.itertuples():
        solution = _solution(run, np.array([0, run.n_steps]))
        w1, w2 = solution.weights(-1)
        left = ((w2 @ w1 - solution.sigma_yx) ** 2).sum() / (solution.sigma_yx**2).sum()
        rows.append((solution.kernel_distance()[-1], left))
    return rows


def theory(config, data, rows):
    end, dynamics = Rows(), Rows()
    for run in data["task/starts"].itertuples():
        distance, loss = rows[run.Index]
        end.add(shape=run.shape, lam=run.lam, draw=run.draw, kernel_distance=distance, loss=loss)
    for run in data["task/dynamics"].itertuples():
        steps = np.unique(np.geomspace(1, run.n_steps, config["dynamics"]["n_records"]).round().astype(int))
        solution = _solution(run, steps)
        distance = solution.kernel_distance()
        dynamics.add(shape=run.shape, lam=run.lam, step=steps, t=solution.times, kernel_distance=distance)
    return {"end": end, "dynamics": dynamics}


def _solution(run, steps):
    return exact_solution(run.w1, run.w2, run.sigma_yx, steps * run.learning_rate, lam=run.lam)


def simulation_rows(config, data, starts):
    """Kernel distance at the end of descent of each start."""
    w1, w2, sigma_yx = stacked(starts, "w1", "w2", "sigma_yx")
    rate, n_steps = starts["learning_rate"].iloc[0], starts["n_steps"].iloc[0]
    return gradient_descent(
        w1, w2, sigma_yx, learning_rate=rate, steps=n_steps, record_at=np.array([n_steps])
    ).kernel_distance()


def simulation(config, data, rows):
    end, end_agreement, dynamics, dynamics_agreement = Rows(), Rows(), Rows(), Rows()
    for runs in each(only(data["task/starts"], lam=config["simulated_lambdas"]), "shape", "lam"):
        run = next(runs.itertuples())
        found = np.array([rows[index][0] for index in runs.index])
        end.add(shape=run.shape, lam=run.lam, draw=runs["draw"], kernel_distance=found)
        exact = only(data["theory/end"], shape=run.shape, lam=run.lam)["kernel_distance"].to_numpy()
        # ηκ of the draw whose κ is least, so that the bound holds for each
        size = min(step_size(run.learning_rate, run.lam, sigma_yx) for sigma_yx in runs["sigma_yx"])
        end_agreement.add(shape=run.shape, lam=run.lam, **_deviations(found, exact), step_size=size)
    for run in data["task/dynamics"].itertuples():
        exact = only(data["theory/dynamics"], shape=run.shape, lam=run.lam)
        steps, rate = exact["step"].to_numpy(), run.learning_rate
        descent = gradient_descent(run.w1, run.w2, run.sigma_yx, learning_rate=rate, steps=run.n_steps, record_at=steps)
        distance = descent.kernel_distance()
        dynamics.add(shape=run.shape, lam=run.lam, step=steps, t=exact["t"], kernel_distance=distance)
        size = step_size(rate, run.lam, run.sigma_yx)
        gaps = _deviations(distance, exact["kernel_distance"].to_numpy())
        dynamics_agreement.add(shape=run.shape, lam=run.lam, **gaps, step_size=size)
    return {
        "end": end,
        "end_agreement": end_agreement,
        "dynamics": dynamics,
        "dynamics_agreement": dynamics_agreement,
    }


def _deviations(values, exact):
    """The relative deviation, and the absolute one of a distance that already is relative to the kernel."""
    absolute = float(np.abs(values - exact).max())
    return {"deviation_kernel_distance": deviation(values, exact), "deviation_absolute": absolute}
