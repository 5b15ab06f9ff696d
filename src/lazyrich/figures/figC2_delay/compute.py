"""figC2: the delay of the delayed rich regime (Domine et al. 2025, App. C, Theorem C.6), and its exact law.

An inverted funnel at λ > 0 learns a task of equal singular values s̃: the loss falls at rate |λ| to a plateau, then
at r ≈ s̃²/λ, once the kernel turns. Both follow from the angles between span W2(0) and the task (`linear.delay`).

random    starts at random: the first one also by descent, all of them for the scatter
diagonal  the start with every angle at 45°, whose times are ½ ln 3 (loss = L0/4) and −ln tan 15° (half of the
          kernel's change) in units of 1/r

Times of the exact solution and of descent are multiples of η spread over r t; step is the integer that joins them.
"""

import numpy as np

from ...linear import delay
from ...linear.descent import gradient_descent
from ...linear.exact import exact_solution
from ...linear.initialisation import lambda_balanced_weights, random_rotation, weights_with_function
from ...linear.tasks import task_from_singular_values
from ...pipeline.common import deviation, drawn, stacked, step_size
from ...pipeline.frames import each, one, only
from ...pipeline.stages import Rows


def task(config, seeds):
    starts = Rows()
    for lam in config["lambdas"]:
        rate = config["relative_rate"] / lam
        n_steps = round(config["until"] / delay.slow_rate(config["target"], lam) / rate)
        for start, n_draws in (("random", config["n_draws"]), ("diagonal", 1)):
            for draw in range(n_draws):
                # one stream for all λ: the same task and the same network function at each
                weights, sigma_yx = _start(start, lam, config, seeds.rng(start, draw))
                place = {"start": start, "lam": lam, "draw": draw}
                starts.add(**place, learning_rate=rate, n_steps=n_steps, **drawn(weights, sigma_yx))
    return {"starts": starts}


def _start(start, lam, config, rng):
    n_in, n_hidden, n_out = (config[k] for k in ("n_in", "n_hidden", "n_out"))
    if start == "random":
        sigma_yx = task_from_singular_values(np.full(n_in, config["target"]), n_in, n_out, rng=rng).sigma_yx
        return lambda_balanced_weights(lam, n_in, n_hidden, n_out, rng=rng, scale=config["scale"]), sigma_yx
    u, v = random_rotation(n_out, rng), random_rotation(n_in, rng)
    # halfway between the task's directions and as many that are orthogonal to them
    halfway = (u[:, :n_in] + u[:, n_in : 2 * n_in]) / np.sqrt(2)
    function = config["diagonal_strength"] * halfway @ random_rotation(n_in, rng)
    return weights_with_function(function, lam, n_hidden, rng=rng), config["target"] * u[:, :n_in] @ v.T


def _steps(config, run):
    """Half of the steps equally spaced in time, for the slow phase, and half in ratio, for the fast one."""
    n = config["n_times"] // 2
    return np.unique(np.append(np.geomspace(1, run.n_steps, n), np.linspace(0, run.n_steps, n)).round().astype(int))


def theory(config, data):
    starts, curves, laws, expected = Rows(), Rows(), Rows(), Rows()
    delays = {}
    for run in data["task/starts"].itertuples():
        steps = _steps(config, run)
        times = steps * run.learning_rate
        slow_rate = delay.slow_rate(config["target"], run.lam)
        slow = times * slow_rate
        solution = exact_solution(run.w1, run.w2, run.sigma_yx, times, lam=run.lam)
        angles = delay.principal_angles(run.w2, run.sigma_yx)
        # both in their own units: the loss of the zero map, and the kernel's own norm
        loss, distance = _relative_loss(solution, config), solution.kernel_distance()
        loss_law = delay.loss_law(slow, angles, config["target"]) / _zero_map(config)
        kernel_law = delay.kernel_law(slow, angles)
        valid = times * run.lam > config["transient"]
        measured = _slow_times(slow, loss, distance, delay.plateau(angles), config)
        measured["delay"] = measured["slow_delay"] / slow_rate
        delays.setdefault((run.start, run.draw), []).append((run.lam, measured["delay"]))
        starts.add(
            **{"start": run.start, "lam": run.lam, "draw": run.draw},
            **measured,
            plateau=delay.plateau(angles),
            slow_delay_law=delay.delay(angles),
            delay_law=delay.delay(angles) / slow_rate,
            deviation_loss_law=np.abs(loss - loss_law)[valid].max(),
            deviation_kernel_distance_law=np.abs(distance - kernel_law)[valid].max(),
        )
        if run.draw == 0:
            _add_curves(curves, run, steps, times, slow, loss, distance)
            _add_curves(laws, run, *(x[valid] for x in (steps, times, slow, loss_law, kernel_law)))
    expected.add(plateau=1 - config["n_hidden"] / config["n_out"])
    return {
        "starts": starts,
        "curves": curves,
        "laws": laws,
        "slopes": _slopes(delays, config["slope_from"]),
        "expected": expected,
    }


def _add_curves(rows, run, steps, times, slow, loss, distance):
    place = {"start": run.start, "lam": run.lam, "step": steps}
    rows.add(**place, t=times, slow_time=slow, loss=loss, kernel_distance=distance)


def _slow_times(slow, loss, distance, plateau, config):
    """In units of 1/r: half of the plateau is left, a quarter of L0 is left, half of the kernel's change; late rate."""
    return {
        "slow_delay": _first_below(slow, loss, plateau / 2),
        "slow_quarter": _first_below(slow, loss, 0.25),
        "slow_kernel_half": _first_below(slow, -distance, -distance[-1] / 2),
        "late_rate": _late_rate(slow, loss, config["late_loss"]),
    }


def _zero_map(config):
    """½‖Σyx‖²: the loss of the network function 0."""
    return config["n_in"] * config["target"] ** 2 / 2


def _relative_loss(trajectory, config):
    return trajectory.loss() / _zero_map(config)


def _first_below(slow, values, level):
    """r t at which falling `values` cross `level`, linear between two points."""
    k = int(np.argmax(values < level))
    if k == 0:
        raise ValueError("figC2.until is too short: the slow phase does not end within it")
    fraction = (values[k - 1] - level) / (values[k - 1] - values[k])
    return slow[k - 1] + fraction * (slow[k] - slow[k - 1])


def _late_rate(slow, loss, bounds):
    """Slope of −log loss against 2 r t where the loss lies within the bounds: 1 if the late rate is r."""
    late = (loss < max(bounds)) & (loss > min(bounds))
    if late.sum() < 2:
        raise ValueError(f"figC2.until or n_times is too small: the loss has not two points within {bounds}")
    return -np.polyfit(slow[late], np.log(loss[late]), 1)[0] / 2


def _slopes(delays, least):
    """The power of λ, from the least on, with which the delay of each start grows."""
    slopes = Rows()
    for (start, draw), pairs in delays.items():
        lams, values = np.transpose([pair for pair in pairs if pair[0] >= least])
        slopes.add(start=start, draw=draw, fitted_from=least, slope=np.polyfit(np.log(lams), np.log(values), 1)[0])
    return slopes


def simulation(config, data):
    starts, curves = Rows(), Rows()
    for runs in each(only(data["task/starts"], draw=0), "lam"):
        first = next(runs.itertuples())
        shared = only(data["theory/curves"], start=first.start, lam=first.lam)
        steps, times, slow = (shared[name].to_numpy() for name in ("step", "t", "slow_time"))
        descent = gradient_descent(
            *stacked(runs, "w1", "w2", "sigma_yx"),
            learning_rate=first.learning_rate,
            steps=first.n_steps,
            record_at=steps,
        )
        losses, distances = _relative_loss(descent, config), descent.kernel_distance()
        for run, loss, distance in zip(runs.itertuples(), losses, distances, strict=True):
            _add_curves(curves, run, steps, times, slow, loss, distance)
            place = {"start": run.start, "lam": run.lam}
            measured = _slow_times(slow, loss, distance, one(data["theory/starts"], "plateau", **place, draw=0), config)
            measured["delay"] = measured["slow_delay"] / delay.slow_rate(config["target"], run.lam)
            exact, law = (only(data[f"theory/{table}"], **place) for table in ("curves", "laws"))
            late = np.isin(steps, law["step"])
            for name, values in (("loss", loss), ("kernel_distance", distance)):
                solved = exact[name].to_numpy()
                measured[f"deviation_{name}"] = deviation(values, solved)
                measured[f"deviation_{name}_late"] = np.abs(values - solved)[late].max()
                measured[f"deviation_{name}_law"] = np.abs(values[late] - law[name].to_numpy()).max()
            starts.add(**place, **measured, step_size=step_size(run.learning_rate, run.lam, run.sigma_yx))
    return {"starts": starts, "curves": curves}
