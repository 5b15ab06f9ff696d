"""figD3: the specified generalisation by formula, descent and flow, fine-tuning, the trees, and the drawing."""

import copy

import matplotlib
import numpy as np
import pytest
import yaml

import lazyrich as lr
from figures import (
    ROOT,
    STAGES,
    assert_nothing_is_clipped,
    assert_same_bytes,
    compute,
    config_block,
    fixtures,
    tables_in,
)
from lazyrich.figures.figD3_generalisation.compute import _lesson
from lazyrich.linear import transfer
from lazyrich.linear.tasks import semantic_hierarchy
from lazyrich.pipeline import config as checks
from lazyrich.pipeline.frames import each, one, only

matplotlib.use("Agg")
FULL = config_block("figD3")
TREES = {"depths": [2, 3, 4], "lambdas": [-10, 0, 10], "n_draws": 5, "rate_per_item": 0.01, "n_steps": 1250}
TINY = {
    **FULL,
    "lambdas": [-10, -2, 0, 2, 10],
    "n_draws": 2,
    "n_curve": 41,
    "trees": {**FULL["trees"], **TREES, "n_curve": 21},
}
# spec: generalisation to the sibling
SIBLING = {-10: 0.0178, -2: 0.1395, 0: 0.2612, 2: 0.3770, 10: 0.4845}
KINDS = ("new_alone", "with_old")


results, data, figure = fixtures("figD3", TINY)


def test_a_row_for_each_start_lesson_and_answer(data):
    n_draws, n_levels = TREES["n_draws"], 2 + 3 + 4
    assert len(data["task/starts"]) == 5 * 2
    assert len(data["simulation/answers"]) == 5 * 2 * 8
    assert len(data["task/tree_starts"]) == len(data["simulation/tree_networks"]) == 3 * 3 * n_draws
    assert len(data["task/lessons"]) == n_levels * n_draws
    assert len(data["theory/errors"]) == len(data["simulation/errors"]) == n_levels * n_draws * 3
    assert len(data["theory/error_curves"]) == n_levels * n_draws * 21


def test_stages_are_deterministic(results, tmp_path):
    compute("figD3", tmp_path, TINY)
    assert_same_bytes(tmp_path, results)


def test_claim_d3_generalisation_is_as_specified_and_grows(data):
    answers = data["theory/answers"].pivot(index="lam", columns="item", values="readout")
    assert answers[1].to_dict() == pytest.approx(SIBLING, abs=5e-4)
    assert answers[[4, 5, 6, 7]].abs().max(axis=None) < 1e-14
    assert [answers.loc[-10, 2], answers.loc[10, 2]] == pytest.approx([0.009, 0.236], abs=5e-4)
    assert (np.diff(only(data["theory/curves"], item=1)["readout"]) > 0).all()
    draws = only(data["simulation/answers"], item=1).groupby("lam")["readout"]
    assert (draws.min().to_numpy()[1:] > draws.max().to_numpy()[:-1]).all()


def test_claim_d3_descent_is_within_1e_4_of_the_formula(data):
    assert (TINY["learning_rate"], TINY["n_steps"]) == (0.005, 20000)
    both = data["simulation/answers"].merge(data["theory/answers"], on=["lam", "item"], validate="m:1")
    assert len(both) == 5 * TINY["n_draws"] * 8
    assert (both["readout_x"] - both["readout_y"]).abs().max() < 1e-4
    assert data["simulation/agreement"]["deviation_readout"].max() < 1e-4
    assert data["simulation/networks"]["misfit"].max() < 1e-6


def test_deviation_is_first_order_in_the_step(data, tmp_path):
    coarse = {**TINY, "lambdas": [-2, 2], "learning_rate": 0.05, "n_steps": 2000}
    compute("figD3", tmp_path, {**coarse, "trees": {**TINY["trees"], "depths": [2]}})
    fine, coarse = (
        found["simulation/agreement"].set_index("lam")["deviation_readout"]
        for found in (data, tables_in("figD3", tmp_path))
    )
    assert (coarse / fine[coarse.index]).between(5, 20).all()  # ten times the step
    assert coarse.max() < 1e-3


def test_the_semantic_task_is_that_of_the_integrator(data):
    assert data["theory/networks"]["deviation_flow_qqt"].max() < 1e-8
    assert data["theory/networks"]["deviation_limit_similarity"].max() < 1e-8


def test_fine_tuning_by_formula_descent_and_integrator(data):
    networks, answers = data["theory/networks"].set_index("lam"), data["theory/answers"]
    assert networks["deviation_flow_new_alone"].max() < 1e-8
    largest = data["simulation/networks"].groupby("lam").max()
    for kind in KINDS:
        assert data["simulation/agreement"][f"deviation_{kind}"].max() < 5e-4
        flow = networks[f"flow_old_change_{kind}"]
        assert largest.loc[flow.index, f"old_change_{kind}"].to_numpy() == pytest.approx(flow.to_numpy(), abs=2e-3)
        assert only(answers, item=0)[f"flow_{kind}"].to_numpy() == pytest.approx(1, abs=1e-8)
    assert (networks["old_change_new_alone"] - networks["flow_old_change_new_alone"]).abs().max() < 1e-8
    # both layers infer less than the readout alone, and old targets hold more of it
    for sibling in only(answers, item=1).itertuples():
        assert sibling.new_alone < sibling.flow_with_old + 2e-5 < sibling.readout
    peak = only(data["theory/curves"], item=1)["new_alone"].max()
    assert peak > one(answers, "new_alone", lam=10, item=1) + 0.04


@pytest.fixture(scope="module")
def trees(tmp_path_factory):
    """Theory of the full trees."""
    config = {**FULL, "n_draws": 2, "lambdas": [-2, 2]}
    return tables_in("figD3", compute("figD3", tmp_path_factory.mktemp("trees"), config, STAGES[:2], seed=20250))


def test_where_large_scales_help_and_where_they_hurt(trees):
    assert FULL["trees"]["n_draws"] >= 20
    properties = each(trees["theory/error_curves"], "depth", "level")
    assert len(properties) == 2 + 3 + 4 + 5
    for draws in properties:
        depth, level, size = draws[["depth", "level", "size"]].iloc[0]
        assert size == 2 ** (depth - level)
        curve = draws.groupby("lam")["error"].mean()
        low, high, best = curve[-10], curve[10], curve.idxmin()
        if size == 1:
            assert high > 100 * low
            assert best == -10
        elif size >= 4:
            assert high < 0.61 * low
            assert best > 8
        elif depth < 4:  # two items, few others to infer too much of
            assert high < 0.5 * low
            assert best == 10
        else:
            assert 0 < best < 4
            assert curve.min() < min(low, 0.93 * high)


def test_errors_of_the_trees_are_those_of_the_stored_lessons(data):
    depth, level, n = 4, 3, 16
    lessons = only(data["task/lessons"], depth=depth, level=level)
    y = semantic_hierarchy(depth).y
    for lam in TREES["lambdas"]:
        # from weights with the task's function, another way than the limit's formula
        w1, _ = lr.weights_with_function(y, lam, n, rng=np.random.default_rng(0))
        errors = []
        for lesson in lessons.itertuples():
            has = (np.arange(n) >= lesson.first) & (np.arange(n) < lesson.first + 2)
            taught = [lesson.member, lesson.outside]
            assert has[taught].tolist() == [True, False]
            row = np.array([1.0, 0.0]) @ np.linalg.pinv(w1[:, taught])
            untaught = np.setdiff1d(np.arange(n), taught)
            errors.append((((row @ w1) - has)[untaught] ** 2).mean())
        exact, descent = (
            only(data[f"{stage}/errors"], depth=depth, level=level, lam=lam)["error"].to_numpy()
            for stage in ("theory", "simulation")
        )
        assert exact == pytest.approx(errors, rel=1e-10)
        assert descent.mean() == pytest.approx(np.mean(errors), rel=0.01)
        assert descent.std() == pytest.approx(np.std(errors), rel=0.05, abs=1e-4)


def test_descent_on_the_trees(data):
    agreement = data["simulation/error_agreement"]
    assert agreement[agreement["level"] < agreement["depth"]]["deviation_error"].max() < 0.01
    # the errors of what one item has alone are squares of what is small: at λ = -10, below 1e-4
    largest = data["theory/errors"].groupby(["depth", "level", "lam"])["error"].max()
    for alone in agreement[agreement["level"] == agreement["depth"]].itertuples():
        assert alone.deviation_error * largest[alone.depth, alone.level, alone.lam] < 5e-4


def test_lessons_reach_every_item():
    rng = np.random.default_rng(0)
    for size in (1, 2, 4):
        drawn_lessons = np.array([_lesson(8, size, rng) for _ in range(400)])
        start, member, outside = drawn_lessons.T
        assert set(start) == set(range(0, 8, size))
        assert set(member) == set(outside) == set(range(8))
        assert (member // size == start // size).all()
        assert (outside // size != start // size).all()


def test_one_example_alone_is_told_apart_from_one_and_a_counterexample(data):
    y = semantic_hierarchy(3).y
    w1, _ = lr.weights_with_function(y, 10.0, 8, rng=np.random.default_rng(1))
    similarity = w1.T @ w1
    predicted = transfer.readout_prediction(similarity, [0], [1.0])
    expected = transfer.untaught_error(predicted, np.arange(8) < 2, [0])
    errors = only(data["theory/error_curves"], depth=3, level=2, lam=10)["one_example_error"]
    assert errors.to_numpy() == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"draw": {"bars": [-10, 4]}}, "figD3.draw.bars holds 4, which is not in figD3.lambdas"),
        ({"lambdas": [10, -10], "draw": {"bars": [10]}}, r"figD3.lambdas = \[10, -10\] must ascend"),
        ({"trees": {**FULL["trees"], "depths": [3, 2]}}, r"figD3.trees.depths = \[3, 2\] must ascend"),
        ({"readout": {"relative_rate": 2.5, "n_steps": 10}}, "figD3.readout.relative_rate"),
    ],
)
def test_mistakes_in_the_config_are_named(change, said):
    full = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    checks.check(copy.deepcopy(full))
    with pytest.raises(checks.ConfigError, match=said):
        checks.check({**full, "figD3": {**FULL, **change}})


def test_figure_has_its_panels_and_labels(figure):
    axes = figure.get_axes()
    # tree, five panels of bars, C, D, four trees' places, F and its bar of colours
    assert len(axes) == 1 + 5 + 2 + 4 + 2
    letters = {text.get_text() for a in axes for text in a.texts} & set("ABCDEF")
    assert letters == set("ABCDEF")
    bars = axes[1:6]
    assert all(len(a.patches) == 8 for a in bars)
    readout, tuned = axes[6:8]
    assert readout.get_xlabel() == tuned.get_xlabel() == r"relative scale $\lambda$ of the semantic task"
    assert len(readout.lines) == 3 * (5 + 2)  # a limit, a curve and five points for each group
    assert len(tuned.lines) == 3 + 2 * 5
    assert [a.get_title() for a in axes[8:11]] == ["depth 2: 4 items", "depth 3: 8 items", "depth 4: 16 items"]
    assert all(a.get_yscale() == "log" for a in axes[8:11])
    assert len(axes[12].texts) == 2 + 3 + 4 + 1  # a pair of numbers for each tree and property, and the letter


def test_bars_are_the_formula_and_circles_the_descent(figure, data):
    for axes, lam in zip(figure.get_axes()[1:6], FULL["draw"]["bars"], strict=True):
        widths = [patch.get_width() for patch in axes.patches]
        assert widths == list(only(data["theory/answers"], lam=lam)["readout"])
        (circles,) = (line for line in axes.lines if line.get_marker() == "o")
        means = only(data["simulation/answers"], lam=lam).groupby("item")["readout"].mean()
        assert circles.get_xdata() == pytest.approx(means.to_numpy(), abs=0)


def test_nothing_is_clipped(figure):
    assert_nothing_is_clipped(figure)
