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
from ...linear.descent import simulate
from ...linear.initialisation import lambda_balanced_weights, random_rotation, weights_with_function
from ...linear.riccati import exact_solution
from ...linear.tasks import task_from_correlation, task_from_singular_values
from ...pipeline.common import RANGE, add_start, add_statistics, deviation, run_row, start
from ...pipeline.records import Records

KINDS = ("random", "diagonal")


def task(config, seeds):
    widths = {k: config[k] for k in ("n_in", "n_hidden", "n_out")}
    runs, records = [], Records()
    for lam in config["lambdas"]:
        rate = config["relative_rate"] / lam
        n_steps = round(config["until"] / delay.slow_rate(config["target"], lam) / rate)
        for kind in KINDS:
            for draw in range(config["n_draws"] if kind == "random" else 1):
                # one stream for all λ: the same task and the same network function at each
                weights, drawn = _start(kind, lam, config, seeds.rng(kind, draw))
                add_start(records, len(runs), weights, drawn)
                runs.append(
                    run_row(
                        kind,
                        lam,
                        widths.values(),
                        "lambda_balanced" if kind == "random" else "diagonal",
                        rate,
                        n_steps,
                        draw,
                    )
                )
    return runs, records


def _start(kind, lam, config, rng):
    n_in, n_hidden, n_out = (config[k] for k in ("n_in", "n_hidden", "n_out"))
    if kind == "random":
        drawn = task_from_singular_values(np.full(n_in, config["target"]), n_in, n_out, rng=rng)
        return lambda_balanced_weights(lam, n_in, n_hidden, n_out, rng=rng, scale=config["scale"]), drawn
    u, v = random_rotation(n_out, rng), random_rotation(n_in, rng)
    # halfway between the task's directions and as many that are orthogonal to them
    halfway = (u[:, :n_in] + u[:, n_in : 2 * n_in]) / np.sqrt(2)
    function = config["diagonal_strength"] * halfway @ random_rotation(n_in, rng)
    return weights_with_function(function, lam, n_hidden, rng=rng), task_from_correlation(
        config["target"] * u[:, :n_in] @ v.T
    )


def _steps(config, run):
    """Half of the steps equally spaced in time, for the slow phase, and half in ratio, for the fast one."""
    n = config["n_times"] // 2
    return np.unique(np.append(np.geomspace(1, run.n_steps, n), np.linspace(0, run.n_steps, n)).round().astype(int))


def theory(config, data):
    records = Records()
    measured = {}
    for run in data.runs:
        w1, w2, sigma_yx = start(data, run)
        steps = _steps(config, run)
        times = steps * run.learning_rate
        slow = times * delay.slow_rate(config["target"], run.lam)
        solution = exact_solution(w1, w2, sigma_yx, times, lam=run.lam)
        angles = delay.principal_angles(w2, sigma_yx)
        # both in their own units: the loss of the zero map, and the kernel's own norm
        loss, distance = _relative_loss(solution, config), solution.kernel_distance()
        law = delay.loss_law(slow, angles, config["target"]) / _zero_map(config)
        kernel_law = delay.kernel_law(slow, angles)
        valid = times * run.lam > config["transient"]
        values = _slow_times(slow, loss, distance, delay.plateau(angles), config) | {
            "plateau": delay.plateau(angles),
            "slow_delay_law": delay.delay(angles),
            "deviation_loss_law": np.abs(loss - law)[valid].max(),
            "deviation_kernel_distance_law": np.abs(distance - kernel_law)[valid].max(),
        }
        for name in ("delay", "delay_law"):
            values[name] = values[f"slow_{name}"] / delay.slow_rate(config["target"], run.lam)
        for name, value in values.items():
            records.add(run.run_id, "theory", name, value)
            measured.setdefault((run.panel, run.lam, name), []).append(value)
        if run.draw == 0:
            records.add(run.run_id, "theory", "slow_time", slow, steps, times)
            records.add(run.run_id, "theory", "loss", loss, steps, times)
            records.add(run.run_id, "theory", "kernel_distance", distance, steps, times)
            for name, curve in (("loss_law", law), ("kernel_distance_law", kernel_law)):
                records.add(run.run_id, "theory", name, curve[valid], steps[valid], times[valid])
            records.add(run.run_id, "theory", "law_slow_time", slow[valid], steps[valid], times[valid])
    _summaries(records, config, data, measured)
    return records


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


def _summaries(records, config, data, measured):
    """Mean, s.d., least and largest over the starts of each kind and λ, and the slope of delay against λ."""
    slopes = {kind: ([], []) for kind in KINDS}
    for run in data.runs:
        if run.draw != 0:
            continue
        for (panel, lam, name), values in measured.items():
            if (panel, lam) == (run.panel, run.lam):
                add_statistics(records, run.run_id, "theory", name, values)
        if run.lam >= config["slope_from"]:
            slopes[run.panel][0].append(run.lam)
            slopes[run.panel][1].append(measured[run.panel, run.lam, "delay"])
    expected = 1 - config["n_hidden"] / config["n_out"]
    first = data.panel("random")[0].run_id
    records.add(first, "theory", "plateau_expected", expected)
    for name in ("scatter_lambda", "slope_from"):
        records.add(first, "theory", name, config[name])
    for kind, (lams, delays) in slopes.items():
        # one slope a start
        fitted = np.polyfit(np.log(lams), np.log(delays), 1)[0]
        first = data.panel(kind)[0].run_id
        add_statistics(records, first, "theory", "slope", fitted, RANGE)


def simulation(config, data):
    records, worst = Records(), {}
    for lam in config["lambdas"]:
        runs = [run for run in data.runs if run.lam == lam and run.draw == 0]
        w1, w2, sigma_yx = (np.array(arrays) for arrays in zip(*(start(data, run) for run in runs), strict=True))
        first = runs[0]
        steps, times, slow = data.numbers("slow_time", first.run_id, "theory")
        descent = simulate(w1, w2, sigma_yx, learning_rate=first.learning_rate, steps=first.n_steps, record_at=steps)
        losses, distances = _relative_loss(descent, config), descent.kernel_distance()
        for run, loss, distance in zip(runs, losses, distances, strict=True):
            for name, values in (("loss", loss), ("kernel_distance", distance)):
                _, _, exact = data.numbers(name, run.run_id, "theory")
                records.add(run.run_id, "simulation", name, values, steps, times)
                records.add(run.run_id, "simulation", f"deviation_{name}", deviation(values, exact[:, 0]))
                law_steps, _, law = data.numbers(f"{name}_law", run.run_id, "theory")
                after = np.isin(steps, law_steps)
                late = float(np.abs(values - exact[:, 0])[after].max())
                records.add(run.run_id, "simulation", f"deviation_{name}_late", late)
                from_law = float(np.abs(values[after] - law[:, 0]).max())
                records.add(run.run_id, "simulation", f"deviation_{name}_law", from_law)
                if lam >= config["slope_from"]:
                    worst[run.panel, name] = max(worst.get((run.panel, name), 0.0), from_law)
            plateau = data.number("plateau", run.run_id, "theory")
            measured = _slow_times(slow[:, 0], loss, distance, plateau, config)
            measured["delay"] = measured["slow_delay"] / delay.slow_rate(config["target"], run.lam)
            for name, value in measured.items():
                records.add(run.run_id, "simulation", name, value)
    for (panel, name), value in worst.items():
        records.add(data.panel(panel)[0].run_id, "simulation", f"worst_{name}_law", value)
    return records
