"""What a sweep of ReLU networks will cost, before it starts: core-hours, jobs, and what each job needs.

Plain arithmetic on the config: the workflow asks for it each time it is read.
"""

import math
from dataclasses import dataclass

# Seconds that one step of one network takes, for each hidden neuron and example, and again for each input: in single
# precision, on one core of an AMD EPYC that others shared. `benchmarks/relu.py` measures them; the fit is good to 15%.
SECONDS_PER_ENTRY = 1.3e-9
SECONDS_PER_PRODUCT = 4.6e-11
SECONDS_PER_JOB = 15.0  # to read the tables, and to measure the networks at the checkpoints (the paper's size)
MARGIN = 3.0  # how many times slower another machine may be before a scheduler stops a job


@dataclass(frozen=True)
class Cost:
    """Of a whole sweep: networks, their steps together and seconds of one; jobs, and of one job time and memory."""

    runs: int
    steps: int
    seconds_per_step: float
    jobs: int
    seconds_per_job: float
    megabytes_per_job: int

    @property
    def core_hours(self):
        return (self.steps * self.seconds_per_step + self.jobs * SECONDS_PER_JOB) / 3600

    @property
    def minutes_allowed(self):
        """What a scheduler is asked for, for one job."""
        return 10 + math.ceil(MARGIN * self.seconds_per_job / 60)

    def __str__(self):
        return (
            f"{self.runs} networks, {self.steps:.3g} steps of {1e3 * self.seconds_per_step:.3f} ms: "
            f"{self.core_hours:.1f} core-hours in {self.jobs} jobs of {self.seconds_per_job / 60:.1f} minutes "
            f"and {self.megabytes_per_job} MB"
        )


def predict(sweep, runs_per_job):
    """The cost of the sweep with this block of the config, split into jobs of so many runs."""
    taus = [
        10 ** (sweep["log_tau"][0] + (sweep["log_tau"][1] - sweep["log_tau"][0]) * k / (sweep["n_tau"] - 1))
        for k in range(sweep["n_tau"])
    ]
    last, longer = sweep["checkpoints"][-1], sweep["stride"]
    per_tau = sweep["n_delta"] * sweep["n_draws"]
    runs = per_tau * len(taus)
    steps = per_tau * sum(last // longer if tau >= sweep["stride_from"] else last for tau in taus)
    entries = sweep["n_hidden"] * sweep["n_examples"]
    seconds = entries * (SECONDS_PER_ENTRY + SECONDS_PER_PRODUCT * sweep["n_in"])
    largest = min(runs, runs_per_job) * last * seconds  # no job takes longer than one of small networks only
    return Cost(runs, steps, seconds, math.ceil(runs / runs_per_job), SECONDS_PER_JOB + largest, _megabytes(sweep))


def _megabytes(sweep):
    """Eight copies of the data while the tables are read and checked, and the outputs of the networks of a block."""
    data = sweep["n_draws"] * (sweep["n_examples"] + sweep["n_test"]) * sweep["n_in"] * 8
    networks = sweep["block"] * sweep["n_hidden"] * (sweep["n_examples"] + 3 * sweep["n_test"]) * 8
    return 600 + (8 * data + networks) // 2**20
