"""grq8: the exact neuron beside descent, from three starts and at seven δ (Kunin et al. 2024, Fig. 8, Appendix A).

The functions of the starts are of length 1 and point across, away from and along the target.
"""

import numpy as np

from ...pipeline.neurons import add_agreement, add_curves, add_starts, keys_of, recorded, simulated, solved
from ...pipeline.stages import Rows

QUANTITIES = ("nu", "a", "w")


def task(config, seeds):
    starts = Rows()
    for k, direction in enumerate(config["directions"]):
        beta = np.array(direction) / np.linalg.norm(direction)
        add_starts(starts, config, beta, config["target"], direction=k)
    return {"starts": starts}


def theory(config, data):
    curves, ends, starts = Rows(), Rows(), data["task/starts"]
    solution = solved(starts, recorded(config)[1])
    add_curves(curves, config, starts, solution, QUANTITIES)
    for keys, a, sign in zip(keys_of(starts), solution.a, solution.final_sign, strict=True):
        ends.add(**keys, crossings=np.count_nonzero(np.diff(np.sign(a))), sign=int(sign))
    return {"curves": curves, "ends": ends}


def simulation(config, data):
    curves, ends, agreement, starts = Rows(), Rows(), Rows(), data["task/starts"]
    trajectories = simulated(config, starts)
    descent = trajectories[0]
    add_curves(curves, config, starts, descent, QUANTITIES)
    for keys, a, predicted in zip(keys_of(starts), descent.a, data["theory/ends"]["sign"], strict=True):
        ends.add(**keys, sign=int(np.sign(a[-1])), as_predicted=np.sign(a[-1]) == predicted)
    add_agreement(agreement, config, starts, data["theory/curves"], trajectories, QUANTITIES)
    return {"curves": curves, "ends": ends, "agreement": agreement}
