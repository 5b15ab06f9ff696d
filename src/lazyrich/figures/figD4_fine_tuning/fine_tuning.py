"""How the times of fine-tuning, and the change of its kernel, go with the relative scale: the statistics of figD4."""

import numpy as np

from ...pipeline.common import deviation, time_to_fall

# sign of det Σ1 · det Σ2
SIGNS = {"square": 1.0, "opposite": -1.0}
SIDES = {"positive": 1.0, "negative": -1.0}  # of λ
MEASURED = ("time_to_threshold", "kernel_distance")


def shapes(config):
    """Panel -> widths; the square network twice."""
    return config["shapes"] | {"opposite": config["shapes"]["square"]}


def is_delayed(lam, widths):
    """Whether the large layer does not span its side of the network: the side of the delayed rich regime."""
    n_in, _, n_out = widths
    return lam * (n_out - n_in) > 0


def add_measured(records, run, source, measured, time, distance):
    for name, value in zip(MEASURED, (time, distance), strict=True):
        records.add(run.run_id, source, name, value, task_index=1)
        measured.setdefault(run.lam, {}).setdefault(name, []).append(value)


def add_summary(config, records, data, group, source, measured):
    """Mean and s.d. over the pairs at each λ, and how the time to threshold goes with |λ| on either side."""
    firsts = [run for run in data.panel(group) if run.draw == 0]
    for run in firsts:
        for name, values in measured.get(run.lam, {}).items():
            records.add(run.run_id, source, f"{name}_mean", np.mean(values))
            records.add(run.run_id, source, f"{name}_std", np.std(values, ddof=1) if len(values) > 1 else 0.0)
    first, sides = firsts[0].run_id, {}
    for side, sign in SIDES.items():
        lams = sorted((lam for lam in measured if lam * sign >= config["falling_from"]), key=abs)
        sides[side] = times = np.array([measured[lam]["time_to_threshold"] for lam in lams])
        ratios = times[1:] / times[:-1]
        far = np.abs(lams) >= config["slope_from"]
        slope = np.polyfit(np.log(np.abs(lams)[far]), np.log(times[far].mean(1)), 1)[0]
        for name, value in {
            "falling": (ratios < 1).all(0).mean(),  # fraction of the pairs whose time falls at every step of |λ|
            "falling_mean": float((np.diff(times.mean(1)) < 0).all()),
            "largest_ratio": ratios.max(),  # of the times at two neighbouring |λ|
            "least_total_ratio": (times[-1] / times[0]).min(),
            "largest_total_ratio": (times[-1] / times[0]).max(),
            "slope": slope,
        }.items():
            records.add(first, source, f"{name}_{side}", value)
    if group in SIGNS and source == "theory":
        # the function of a square network does not see the sign of λ
        even = max(
            deviation(np.array(t["time_to_threshold"]), measured[-lam]["time_to_threshold"])
            for lam, t in measured.items()
            if -lam in measured
        )
        records.add(first, source, "deviation_even", even)


def add_lazy_times(config, records, data):
    """The limit of the time for |λ| → ∞ where the kernel is lazy, |λ|I: the loss falls as e^{−2|λ|t}."""
    for group in shapes(config):
        for run in data.panel(group):
            if run.draw == 0:
                records.add(run.run_id, "theory", "simulated", float(run.lam in config["simulated_lambdas"]))
                if run.lam != 0:
                    lazy = np.log(1 / config["threshold"]) / (2 * abs(run.lam))
                    records.add(run.run_id, "theory", "time_to_threshold_lazy", lazy)


def time_to_pass(threshold, times, loss):
    """When each loss (runs, T) falls below the threshold, in units of its first."""
    relative = loss / loss[:, :1]
    if not (relative < threshold).any(1).all():
        raise ValueError("figD4.until is too short: a descent has not passed the threshold")
    return time_to_fall(times, relative, threshold)
