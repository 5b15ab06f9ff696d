"""figD1: forgetting and its independence of λ, its rate, its speed, λ = 0, the tables, and the drawing."""

import copy

import matplotlib
import numpy as np
import pytest

from figures import STAGES, assert_nothing_is_clipped, assert_same_bytes, compute, config_block, fixtures
from lazyrich.pipeline import config_values, tables
from lazyrich.pipeline.records import Data

matplotlib.use("Agg")
FULL = config_block("figD1")
# the real tasks, λ and times; fewer of each
SMALL = {
    **FULL,
    "n_draws": 3,
    "n_steps": 3000,
    "n_flow_times": 5,
    "conditioned": {
        **FULL["conditioned"],
        "lambdas": [-30, -1, -0.1, 0, 0.1, 1, 30],
        "simulated_lambdas": [-1, 0],
        "n_times": 150,
    },
    "zero": {**FULL["zero"], "n_shown": 2, "learning_rate": 0.003},
}


def make(config, folder, stages=STAGES):
    return compute("figD1", folder, config, stages)


results, data, figure = fixtures("figD1", SMALL)


def at(data, panel, lam):
    return [run for run in data.panel(panel) if run.lam == lam]


def test_tables_are_of_their_schema(results):
    runs = tables.read(results / "runs.parquet", "runs")
    assert runs.num_rows == 3 * (4 + 7 + 6 + 1)
    for stage in STAGES:
        assert tables.read(results / f"{stage}.parquet", "records").num_rows > 0


def test_claim_d1_forgetting_is_the_formula_and_independent_of_lambda(data):
    for panel in ("chain", "gaussian", "conditioned"):
        for source in ("theory", "simulation"):
            if (panel, source) == ("gaussian", "simulation"):
                continue
            tolerance = 1e-13 if source == "theory" else 1e-6
            lams = {run.lam for run in data.panel(panel)}
            if (panel, source) == ("conditioned", "simulation"):
                lams = set(SMALL["conditioned"]["simulated_lambdas"])
            for run in (run for run in data.panel(panel) if run.lam in lams):
                assert data.number("deviation_forgetting", run.run_id, source) <= tolerance
                assert data.number("loss_final", run.run_id, source) <= tolerance
            assert data.number("spread_forgetting", data.panel(panel)[0].run_id, source) <= tolerance


def test_the_formula_in_the_table_is_that_of_the_tasks_in_the_table(data):
    for run in at(data, "chain", 10) + at(data, "conditioned", 0):
        sigmas = [data.matrix("sigma_yx", run.run_id, task_index=k) for k in range(4)]
        distance = np.array([[((a - b) ** 2).sum() for b in sigmas] for a in sigmas])
        for k in range(1, 4):
            _, _, formula = data.numbers("forgetting_formula", run.run_id, "theory", task_index=k)
            assert formula[0] == pytest.approx((distance[k] - distance[k - 1]) / 2, rel=1e-12, abs=1e-12)
            # the loss that is recorded while training rises by as much
            if run.draw == 0 and run.panel == "chain":
                ends = [data.numbers("losses", run.run_id, "theory", j)[2][-1] for j in (k - 1, k)]
                assert ends[1] - ends[0] == pytest.approx(formula[0], abs=1e-8)  # the curves end before training does


def test_a_task_is_forgotten_at_once_and_then_no_further(data):
    first = data.panel("chain")[0].run_id
    for source in ("theory", "simulation"):
        step, _, mean = data.numbers("forgetting_since_mean", first, source)
        _, _, std = data.numbers("forgetting_since_std", first, source)
        assert step.tolist() == [1, 2, 3]
        # two independent tasks with entries of variance (5/√25)² = 1: ½·25·2
        assert np.abs(mean - 25).max() < 4.5 * std.max() / np.sqrt(3)


def test_rate_is_the_slope_of_the_exact_loss(data):
    for lam in SMALL["lambdas"]:
        (run,) = (run for run in at(data, "chain", lam) if run.draw == 0)
        assert data.number("deviation_rate", run.run_id, "theory") < 1e-7
        assert data.number("difference_order", run.run_id, "theory") == pytest.approx(2, abs=0.01)
        assert data.number("deviation_forgetting_rate", run.run_id, "simulation") < 0.08


def test_the_chain_is_the_flow_of_the_whole_sequence(data):
    compared = [at(data, "chain", lam)[0] for lam in SMALL["lambdas"]]
    compared += [at(data, "conditioned", lam)[0] for lam in (-1, 0)] + data.panel("opposite")[:1]
    for run in compared:
        assert data.number("deviation_qqt", run.run_id, "flow") < 1e-10


@pytest.mark.parametrize("lam", [-10, 1])
def test_descent_deviates_to_first_order_in_the_learning_rate(data, lam, tmp_path):
    halved = {**SMALL, "learning_rate": SMALL["learning_rate"] / 2, "n_steps": 2 * SMALL["n_steps"]}
    finer = Data.read(make(halved, tmp_path), STAGES)
    for coarse, fine in zip(at(data, "chain", lam), at(finer, "chain", lam), strict=True):
        name = "deviation_network_function"
        worst, half = (d.number(name, run.run_id, "simulation") for d, run in ((data, coarse), (finer, fine)))
        assert np.log2(worst / half) == pytest.approx(1, abs=0.15)
        # figE1's law is that of one mode at λ = 10; here several modes meet
        assert data.number("deviation_over_law", coarse.run_id, "simulation") < 2


def test_what_lambda_changes(data):
    def values(panel, name):
        runs = sorted((run for run in data.panel(panel) if run.draw == 0), key=lambda run: run.lam)
        return [run.lam for run in runs], np.array([data.number(name, run.run_id, "theory") for run in runs])

    for panel in ("gaussian", "conditioned"):
        for name in ("half_time_mean", "kernel_distance_mean"):
            lams, mean = values(panel, name)
            # W2W1 of a square network moves by λ²
            np.testing.assert_allclose(mean, mean[::-1], rtol=1e-3)
            positive = mean[np.array(lams) >= 0]
            assert (np.diff(positive) < 0).all()
    for run in (run for run in data.panel("gaussian") if run.draw == 0 and abs(run.lam) == 30):
        limit = data.number("half_time_limit", run.run_id, "theory")
        assert data.number("half_time_mean", run.run_id, "theory") == pytest.approx(limit, rel=0.02)
        assert data.number("kernel_distance_max", run.run_id, "theory") < 1e-3


def test_at_zero_opposite_determinants_are_stuck_and_equal_ones_learn(data):
    for run in data.panel("opposite"):
        dets = [np.linalg.det(data.matrix("sigma_yx", run.run_id, task_index=k)) for k in (0, 1)]
        assert dets[0] > 0 > dets[1]
        assert data.number("saddle", run.run_id, "theory") == 1
        assert data.number("loss_over_saddle_shown", run.run_id, "theory") >= 1
        assert data.number("horizon", run.run_id, "theory") > SMALL["zero"]["shown"]
        assert data.number("loss_over_saddle", run.run_id, "simulation") > 0.95
        assert data.number("leaves_at", run.run_id, "simulation") > SMALL["zero"]["stuck_until"]
    for run in at(data, "conditioned", 0):
        for source in ("theory", "simulation"):
            assert data.number("loss_over_saddle_shown", run.run_id, source) < 1e-6


def test_stages_are_deterministic(results, tmp_path):
    make(SMALL, tmp_path, STAGES[:2])
    assert_same_bytes(tmp_path, results)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (("n_examples",), 3, "figD1.n_examples = 3 must be at least size = 5"),
        (("shown_lambda",), 2, "figD1.shown_lambda = 2 is not in figD1.lambdas"),
        (("shown",), 70.0, "less than the 60 of a task"),
        (("difference_steps",), [0.001, 0.01], "must be the largest first"),
        (("conditioned", "lambdas"), [-1, 1, 0], "must ascend"),
        (("conditioned", "lambdas"), [-10, -1, 1, 10], "figD1.conditioned.lambdas must hold 0"),
        (("conditioned", "simulated_lambdas"), [0, 7], "simulated_lambdas holds 7, which is not in"),
        (("conditioned", "singular_values"), [2.0, 1.0], "must be the smaller one first"),
        (("zero", "shown"), 40.0, "figD1.zero.shown = 40 must be less than conditioned.until = 30"),
        (("zero", "stuck_until"), 20.0, "figD1.zero.stuck_until = 20 must be at most"),
        (("zero", "n_shown"), 25, "figD1.zero.n_shown = 25 must be at most n_draws = 24"),
    ],
)
def test_a_mistake_in_the_config_is_said(key, value, said):
    block = copy.deepcopy(FULL)
    assert not [*config_values.mistakes_of("figD1", block)]
    *path, last = key
    inner = block
    for name in path:
        inner = inner[name]
    inner[last] = value
    assert any(said in sentence for sentence in config_values.mistakes_of("figD1", block))


def test_figure_has_its_panels_lines_and_labels(figure):
    axes = figure.get_axes()
    assert len(axes) == 7
    assert all(a.get_ylabel() for a in axes)
    assert all(a.get_xlabel() for a in axes)
    # four stages of descent and theory: seven entries, four losses; identity line; four λ twice
    assert [len(a.lines) for a in axes[:4]] == [4 * 7 * 2, 4 * 4 * 2, 1, 8]
    # at four λ three switches: squares and circles of the first sequence, dots of the two others
    assert len(axes[2].collections) == 4 * 3 * (2 + 2)
    assert len(axes[6].lines) == 2 * 2 * 2
    assert [a.get_yscale() for a in axes] == ["linear"] * 4 + ["log"] * 3
    assert len(figure.legends[0].get_texts()) == 5
    assert len(axes[1].get_legend().get_texts()) == 5


def test_nothing_is_clipped(figure):
    assert_nothing_is_clipped(figure)
