"""What a sweep of ReLU networks is predicted to cost."""

import pytest
import yaml

from figures import ROOT, config, config_block
from lazyrich.figures.grq1_relu_students import students
from lazyrich.nonlinear.relu import cost

PAPER = yaml.safe_load((ROOT / "config/paper.yaml").read_text(encoding="utf-8"))
SWEEP = config("paper")["grq1"]["sweep"]


def test_the_sweep_of_the_paper():
    predicted = cost.predict(SWEEP, PAPER["runs_per_job"])
    assert (predicted.runs, predicted.jobs) == (17 * 17 * 16, 17 * 16)
    assert predicted.steps == 17 * 17 * 16 * 100_000
    assert predicted.seconds_per_step == pytest.approx(0.295e-3)
    assert predicted.core_hours == pytest.approx(4624 * 1e5 * 0.295e-3 / 3600 + 272 * 15 / 3600)
    assert predicted.minutes_allowed == 10 + 26  # three times 17 × 1e5 × 0.295 ms and 15 s
    assert str(predicted) == (
        "4624 networks, 4.62e+08 steps of 0.295 ms: 39.0 core-hours in 272 jobs of 8.6 minutes and 1875 MB"
    )
    assert PAPER["runs_per_job"] % SWEEP["block"] == 0


def test_ten_times_the_steps_take_ten_times_as_long():
    longer = cost.predict({**SWEEP, "checkpoints": [*SWEEP["checkpoints"], 1_000_000]}, 17)
    assert longer.steps == 10 * cost.predict(SWEEP, 17).steps


def test_more_networks_a_job_make_fewer_and_longer_jobs():
    one, two = (cost.predict(SWEEP, n) for n in (17, 34))
    assert two.jobs == one.jobs / 2
    assert two.steps == one.steps
    assert two.seconds_per_job - cost.SECONDS_PER_JOB == pytest.approx(2 * (one.seconds_per_job - cost.SECONDS_PER_JOB))


def test_steps_are_those_that_will_be_taken():
    """Of the grid in config.yaml, whose large scales take five steps in one."""
    sweep = config_block("grq1")["sweep"]
    taken = sum(sweep["checkpoints"][-1] // students.stride(sweep, tau) for tau, _ in students.cells(sweep))
    assert cost.predict(sweep, 10_000).steps == taken * sweep["n_draws"]


def test_larger_problems_are_said_to_need_more_memory():
    small, large = (cost.predict({**SWEEP, "n_test": n}, 17).megabytes_per_job for n in (1000, 10_000))
    assert small < large
