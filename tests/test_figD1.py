"""figD1: forgetting and its independence of λ, its rate, its speed, λ = 0, the tables, and the drawing."""

import copy

import matplotlib
import numpy as np
import pytest

from figures import STAGES, assert_nothing_is_clipped, assert_same_bytes, compute, config_block, fixtures, tables_in
from lazyrich.pipeline.common import sequences
from lazyrich.pipeline.config import mistakes_of
from lazyrich.pipeline.frames import one, only

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


def sigmas_of(data):
    return sequences(data["task/tasks"], "sigma_yx", "curriculum", "draw")


def test_a_row_for_each_sequence(data):
    n_draws, n_tasks = 3, 4
    runs = data["task/starts"]["curriculum"].value_counts().to_dict()
    assert runs == {"chain": 4 * n_draws, "gaussian": 6 * n_draws, "conditioned": 7 * n_draws, "opposite": n_draws}
    assert len(data["task/tasks"]) == n_draws * (3 * n_tasks + 2)
    for stage, n_runs in {"theory": (4 + 6 + 7) * n_draws, "simulation": (4 + 2) * n_draws}.items():
        assert len(data[f"{stage}/agreement"]) == n_runs
        assert len(data[f"{stage}/ends"]) == n_runs * n_tasks
        assert len(data[f"{stage}/switches"]) == n_runs * (n_tasks - 1)
        assert len(data[f"{stage}/forgetting"]) == n_runs * (n_tasks - 1) * n_tasks
        assert len(data[f"{stage}/zero"]) == 2 * n_draws
        assert len(data[f"{stage}/saddle"]) == n_draws
        assert set(data[f"{stage}/curves"]["lam"]) == set(SMALL["lambdas"])
        assert set(data[f"{stage}/functions"]["lam"]) == {SMALL["shown_lambda"]}


def test_claim_d1_forgetting_is_the_formula_and_independent_of_lambda(data):
    for stage, tolerance in {"theory": 1e-13, "simulation": 1e-6}.items():
        assert data[f"{stage}/agreement"]["deviation_forgetting"].max() <= tolerance
        assert data[f"{stage}/ends"]["loss"].max() <= tolerance
        assert data[f"{stage}/spread"]["spread"].max() <= tolerance
    assert set(data["theory/spread"]["curriculum"]) == {"chain", "gaussian", "conditioned"}
    descended = only(data["simulation/agreement"], curriculum="conditioned")
    assert set(descended["lam"]) == set(SMALL["conditioned"]["simulated_lambdas"])


def test_the_formula_in_the_table_is_that_of_the_tasks_in_the_table(data):
    for (curriculum, draw), sigmas in sigmas_of(data).items():
        if curriculum not in ("chain", "conditioned"):
            continue
        distance = np.array([[((a - b) ** 2).sum() for b in sigmas] for a in sigmas])
        for k in range(1, 4):
            formula = only(data["theory/formula"], curriculum=curriculum, draw=draw, task=k)["forgetting"].to_numpy()
            assert formula == pytest.approx((distance[k] - distance[k - 1]) / 2, rel=1e-12, abs=1e-12)
            # the loss that is recorded while training rises by as much
            if draw == 0 and curriculum == "chain":
                curves = only(data["theory/curves"], lam=10)
                ends = [only(curves, task=j).groupby("of_task")["loss"].last() for j in (k - 1, k)]
                assert (ends[1] - ends[0]).to_numpy() == pytest.approx(formula, abs=1e-8)  # the curves end earlier


def test_a_task_is_forgotten_at_once_and_then_no_further(data):
    for stage in ("theory", "simulation"):
        costs = only(data[f"{stage}/forgetting"], curriculum="chain", lam=10)
        since = costs["task"] - costs["of_task"]  # switches since the task was learned
        totals = []
        for switches in (1, 2, 3):
            # of those tasks that are left so many times
            chosen = costs[(since > 0) & (since <= switches) & (costs["of_task"] < 4 - switches)]
            totals.append(chosen.groupby(["draw", "of_task"])["forgetting"].sum())
            assert len(totals[-1]) == 3 * (4 - switches)
        mean, std = (np.array([getattr(total, name)() for total in totals]) for name in ("mean", "std"))
        # two independent tasks with entries of variance (5/√25)² = 1: ½·25·2
        assert np.abs(mean - 25).max() < 4.5 * std.max() / np.sqrt(3)


def test_rate_is_the_slope_of_the_exact_loss(data):
    compared = data["theory/rates_agreement"]
    assert set(compared["lam"]) == set(SMALL["lambdas"])
    assert compared["deviation_rate"].max() < 1e-7
    assert compared["difference_order"].to_numpy() == pytest.approx(np.full(4, 2), abs=0.01)
    assert data["simulation/rates_agreement"]["deviation_rate"].max() < 0.08


def test_the_chain_is_the_flow_of_the_whole_sequence(data):
    flow = data["simulation/flow"]
    assert flow["curriculum"].value_counts().to_dict() == {"chain": 4, "conditioned": 2, "opposite": 1}
    assert flow["deviation_qqt"].max() < 1e-10


def test_descent_deviates_to_first_order_in_the_learning_rate(data, tmp_path):
    halved = {**SMALL, "learning_rate": SMALL["learning_rate"] / 2, "n_steps": 2 * SMALL["n_steps"]}
    finer = tables_in("figD1", make(halved, tmp_path))
    compared = [only(tables["simulation/agreement"], curriculum="chain") for tables in (data, finer)]
    worst, half = (found.set_index(["lam", "draw"])["deviation_network_function"] for found in compared)
    assert np.log2(worst / half).to_numpy() == pytest.approx(np.ones(12), abs=0.15)
    # figE1's law is that of one mode at λ = 10; here several modes meet
    assert compared[0]["deviation_over_law"].max() < 2


def test_what_lambda_changes(data):
    ends = only(data["theory/ends"], task={"from": 1})
    for frame, column in ((data["theory/switches"], "half_time"), (ends, "kernel_distance")):
        mean = frame.groupby(["curriculum", "lam"])[column].mean()
        for curriculum in ("gaussian", "conditioned"):
            by_lam = mean[curriculum]
            # W2W1 of a square network moves by λ²
            np.testing.assert_allclose(by_lam, by_lam[::-1], rtol=1e-3)
            assert (np.diff(by_lam[by_lam.index >= 0]) < 0).all()
    for lam in (-30, 30):
        limit = one(data["theory/limit"], "half_time", lam=lam)
        half = only(data["theory/switches"], curriculum="gaussian", lam=lam)["half_time"].mean()
        assert half == pytest.approx(limit, rel=0.02)
        assert only(ends, curriculum="gaussian", lam=lam)["kernel_distance"].max() < 1e-3


def test_at_zero_opposite_determinants_are_stuck_and_equal_ones_learn(data):
    sigmas = sigmas_of(data)
    for draw in range(3):
        first, second = np.linalg.det(sigmas["opposite", draw])
        assert first > 0 > second
    assert data["theory/saddle"]["saddle"].all()
    assert data["simulation/saddle"]["loss_over_saddle"].min() > 0.95
    assert list(data["theory/horizon"]["draw"]) == list(data["simulation/leaving"]["draw"]) == [0, 1, 2]
    assert data["theory/horizon"]["horizon"].min() > SMALL["zero"]["shown"]
    assert data["simulation/leaving"]["leaves_at"].min() > SMALL["zero"]["stuck_until"]
    for stage in ("theory", "simulation"):
        over_saddle = data[f"{stage}/zero"].groupby("curriculum")["loss_over_saddle"]
        assert over_saddle.max()["conditioned"] < 1e-6
        assert stage == "simulation" or over_saddle.min()["opposite"] >= 1


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
    assert not [*mistakes_of("figD1", block)]
    *path, last = key
    inner = block
    for name in path:
        inner = inner[name]
    inner[last] = value
    assert any(said in sentence for sentence in mistakes_of("figD1", block))


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
