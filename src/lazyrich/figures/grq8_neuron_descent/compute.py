"""grq8: the exact neuron beside descent, from three starts and at seven δ (Kunin et al. 2024, Fig. 8, Appendix A).

The starts are of length 1 and point across, away from and along the target; where `lam` stands in the tables it is δ.
"""

import numpy as np

from ...pipeline.neurons import add_runs, add_simulations, add_solutions
from ...pipeline.records import Records

QUANTITIES = ("nu", "a", "w")


def task(config, seeds):
    runs, records = [], Records()
    for row, direction in enumerate(config["directions"]):
        beta = np.array(direction) / np.linalg.norm(direction)
        records.add(len(runs), "task", "beta", beta[None])
        add_runs(runs, records, f"start {row}", config, beta, config["target"], draw=row)
    return runs, records


def theory(config, data):
    records = Records()
    solution = add_solutions(records, config, data, data.runs, QUANTITIES)
    for run, a in zip(data.runs, solution.a, strict=True):
        records.add(run.run_id, "theory", "crossings", np.count_nonzero(np.diff(np.sign(a))))  # of a = 0
        records.add(run.run_id, "theory", "final_sign", solution.final_sign[run.run_id])
    return records


def simulation(config, data):
    records = Records()
    descent = add_simulations(records, config, data, data.runs, QUANTITIES)
    for run, a in zip(data.runs, descent.a, strict=True):
        records.add(run.run_id, "simulation", "descent_sign", np.sign(a[-1]))
        predicted = data.number("final_sign", run.run_id, "theory")
        records.add(run.run_id, "simulation", "sign_agrees", np.sign(a[-1]) == predicted)
    return records
