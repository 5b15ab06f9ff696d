"""grq3: size, alignment and kernel of one neuron over time at seven δ (Kunin et al. 2024, Fig. 3 and Section 3).

Descent and exact solution of one start; the kernel distance as it is and as the paper's figure has it; and how far the
neuron at a finite δ is from its limits δ → ±∞. Where the tables say λ (`lam`) it is δ: one quantity at unit rates.
"""

import numpy as np

from ...linear import observables
from ...neuron import limits, units
from ...neuron.solution import neuron_solution
from ...neuron.start import neuron_start
from ...pipeline.common import run_row
from ...pipeline.neurons import add_runs, add_simulations, add_solutions, solved
from ...pipeline.records import Records

QUANTITIES = ("mu", "phi", "kernel_distance")
# limit -> sign of its δ and the power of |δ| that its time t is counted in
LIMITS = {"upstream": (1, -1), "fast": (-1, -1), "slow": (-1, 1)}


def task(config, seeds):
    runs, records = [], Records()
    add_runs(runs, records, "neuron", config, config["beta"], config["target"])
    # of the closed form only: nothing simulated
    for limit, (sign, _) in LIMITS.items():
        for size in config["limits"]["sizes"]:
            runs.append(run_row("limits", sign * size, (len(config["beta"]), 1, 1), limit))
    return runs, records


def theory(config, data):
    records, runs = Records(), data.panel("neuron")
    solution = add_solutions(records, config, data, runs, QUANTITIES)
    steps = np.arange(0, config["n_steps"] + 1, config["record_every"])
    early = solved(data, runs, [config["early"]]).kernel_distance()[:, 0]
    late, published = solution.kernel_distance()[:, -1], solution.published_kernel_distance
    for k, run in enumerate(runs):
        records.add(run.run_id, "theory", "published_kernel_distance", published[k], steps, solution.times)
        records.add(run.run_id, "theory", "kernel_distance_early", early[k])
        records.add(run.run_id, "theory", "kernel_distance_late", late[k])
        records.add(run.run_id, "theory", "kernel_distance_limit", _final_kernel_distance(config, run.lam))
    _add_limits(records, config, data)
    return records


def _final_kernel_distance(config, delta):
    """S(0, ∞): from the kernel of the start to that of β* at the same δ."""
    ends = (units.as_layers(*neuron_start(config[name], delta)) for name in ("beta", "target"))
    return float(observables.kernel_distance(*next(ends), *next(ends)))


def _add_limits(records, config, data):
    """Largest distance over a window of the limit's own time: |β − limit|, and |φ − limit| of the slow phase."""
    settings, target = config["limits"], config["target"]
    beta = settings["beta"]
    times = np.linspace(0, settings["window"], settings["n_times"])
    for limit, (_, power) in LIMITS.items():
        runs = [run for run in data.panel("limits") if run.init == limit]
        errors = []
        for run in runs:
            errors.append(_error(limit, beta, target, run.lam, times * abs(run.lam) ** float(power)))
            records.add(run.run_id, "theory", "limit_error", errors[-1])
        slope = np.polyfit(np.log([abs(run.lam) for run in runs]), np.log(errors), 1)[0]
        records.add(runs[0].run_id, "theory", "limit_slope", slope)
        records.add(runs[0].run_id, "theory", "window", settings["window"])


def _error(limit, beta, target, delta, times):
    solution = neuron_solution(*neuron_start(beta, delta), target, times, delta=delta)
    if limit == "slow":
        law = limits.downstream_alignment(times, solution.phi[0], np.linalg.norm(target), delta)
        return float(np.abs(solution.phi - law).max())
    law = limits.upstream_function if limit == "upstream" else limits.downstream_function
    return float(np.linalg.norm(solution.beta - law(times, beta, target, delta), axis=-1).max())


def simulation(config, data):
    records, runs = Records(), data.panel("neuron")
    descent = add_simulations(records, config, data, runs, QUANTITIES)
    for run, late in zip(runs, descent.kernel_distance()[:, -1], strict=True):
        records.add(run.run_id, "simulation", "kernel_distance_late", late)
    return records
