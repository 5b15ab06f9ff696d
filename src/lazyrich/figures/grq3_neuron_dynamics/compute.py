"""grq3: size, alignment and kernel of one neuron over time at seven δ (Kunin et al. 2024, Fig. 3 and Section 3).

curves  descent and exact solution of one start, with the kernel distance as it is and as the paper's figure has it
limits  how far the neuron at a finite δ is from its limits δ → ±∞
"""

import numpy as np

from ...linear import observables
from ...neuron import limits, units
from ...neuron.solution import neuron_solution
from ...neuron.start import neuron_start
from ...pipeline.neurons import add_agreement, add_curves, add_starts, recorded, simulated, solved
from ...pipeline.stages import Rows

QUANTITIES = ("mu", "phi", "kernel_distance")
# limit -> sign of its δ and the power of |δ| that its time t is counted in
LIMITS = {"upstream": (1, -1), "fast": (-1, -1), "slow": (-1, 1)}


def task(config, seeds):
    starts = Rows()
    add_starts(starts, config, config["beta"], config["target"])
    return {"starts": starts}


def theory(config, data):
    curves, ends, starts = Rows(), Rows(), data["task/starts"]
    solution = solved(starts, recorded(config)[1])
    add_curves(curves, config, starts, solution, (*QUANTITIES, "published_kernel_distance"))
    for delta in starts["delta"]:
        ends.add(delta=delta, kernel_distance=_final_kernel_distance(config, delta))
    return {"curves": curves, "ends": ends, **_limits(config)}


def _final_kernel_distance(config, delta):
    """S(0, ∞): from the kernel of the start to that of β* at the same δ."""
    ends = (units.as_layers(*neuron_start(config[name], delta)) for name in ("beta", "target"))
    return float(observables.kernel_distance(*next(ends), *next(ends)))


def _limits(config):
    """Largest distance over a window of the limit's own time: |β − limit|, and |φ − limit| of the slow phase."""
    distances, slopes, settings = Rows(), Rows(), config["limits"]
    times, sizes = np.linspace(0, settings["window"], settings["n_times"]), settings["sizes"]
    for limit, (sign, power) in LIMITS.items():
        found = [
            _distance(limit, settings["beta"], config["target"], sign * size, times * float(size) ** power)
            for size in sizes
        ]
        distances.add(limit=limit, delta=sign * np.array(sizes, float), window=settings["window"], distance=found)
        slopes.add(limit=limit, slope=np.polyfit(np.log(sizes), np.log(found), 1)[0])
    return {"limits": distances, "limit_slopes": slopes}


def _distance(limit, beta, target, delta, times):
    solution = neuron_solution(*neuron_start(beta, delta), target, times, delta=delta)
    if limit == "slow":
        law = limits.downstream_alignment(times, solution.phi[0], np.linalg.norm(target), delta)
        return float(np.abs(solution.phi - law).max())
    law = limits.upstream_function if limit == "upstream" else limits.downstream_function
    return float(np.linalg.norm(solution.beta - law(times, beta, target, delta), axis=-1).max())


def simulation(config, data):
    curves, agreement, starts = Rows(), Rows(), data["task/starts"]
    trajectories = simulated(config, starts)
    add_curves(curves, config, starts, trajectories[0], QUANTITIES)
    add_agreement(agreement, config, starts, data["theory/curves"], trajectories, QUANTITIES)
    return {"curves": curves, "agreement": agreement}
