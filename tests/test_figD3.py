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
    config_schema,
    fixtures,
)
from lazyrich.linear import transfer
from lazyrich.linear.tasks import semantic_hierarchy
from lazyrich.pipeline import config as checks
from lazyrich.pipeline import tables
from lazyrich.pipeline.records import Data

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


@pytest.fixture(scope="module")
def runs(data):
    return data.panel("transfer")


def test_tables_are_of_their_schema(results):
    assert tables.read(results / "runs.parquet", "runs").num_rows == 5 + 3 * 3
    for stage in STAGES:
        assert tables.read(results / f"{stage}.parquet", "records").num_rows > 0


def test_stages_are_deterministic(results, tmp_path):
    compute("figD3", tmp_path, TINY)
    assert_same_bytes(tmp_path, results)


def test_claim_d3_generalisation_is_as_specified_and_grows(data, runs):
    for run in runs:
        formula = data.numbers("readout", run.run_id, "theory")[2][0]
        assert formula[1] == pytest.approx(SIBLING[run.lam], abs=5e-4)
        assert formula[4:] == pytest.approx(0, abs=1e-14)
    first = runs[0].run_id
    assert data.number("least_increase_sibling", first, "theory") > 0
    assert data.number("least_increase_sibling", first, "simulation") > 0
    birds = [data.numbers("readout", run.run_id, "theory")[2][0, 2] for run in runs]
    assert [birds[0], birds[-1]] == pytest.approx([0.009, 0.236], abs=5e-4)


def test_claim_d3_descent_is_within_1e_4_of_the_formula(data, runs):
    assert (TINY["learning_rate"], TINY["n_steps"]) == (0.005, 20000)
    for run in runs:
        draws, _, descent = data.numbers("readout", run.run_id, "simulation")
        assert draws.size == TINY["n_draws"]
        assert np.abs(descent - data.numbers("readout", run.run_id, "theory")[2]).max() < 1e-4
        assert data.number("deviation_readout", run.run_id, "simulation") < 1e-4
        assert data.number("misfit", run.run_id, "simulation") < 1e-6


def test_deviation_is_first_order_in_the_step(data, runs, tmp_path):
    coarse = {**TINY, "lambdas": [-2, 2], "bars": [2], "learning_rate": 0.05, "n_steps": 2000}
    coarse = Data.read(compute("figD3", tmp_path, {**coarse, "trees": {**TINY["trees"], "depths": [2]}}), STAGES)
    fine = {run.lam: data.number("deviation_readout", run.run_id, "simulation") for run in runs}
    for run in coarse.panel("transfer"):
        deviation = coarse.number("deviation_readout", run.run_id, "simulation")
        assert 5 < deviation / fine[run.lam] < 20  # ten times the step
        assert deviation < 1e-3


def test_the_semantic_task_is_that_of_the_integrator(data, runs):
    for run in runs:
        assert data.number("deviation_qqt", run.run_id, "flow") < 1e-8
        assert data.number("deviation_limit_similarity", run.run_id, "theory") < 1e-8


def test_fine_tuning_by_formula_descent_and_integrator(data, runs):
    for run in runs:
        assert data.number("deviation_new_alone", run.run_id, "flow") < 1e-8
        for kind in KINDS:
            assert data.number(f"deviation_{kind}", run.run_id, "simulation") < 5e-4
            flow = data.number(f"old_change_{kind}", run.run_id, "flow")
            assert data.number(f"old_change_{kind}", run.run_id, "simulation") == pytest.approx(flow, abs=2e-3)
            taught = data.numbers(kind, run.run_id, "flow")[2][0, 0]
            assert taught == pytest.approx(1, abs=1e-8)
        growth = data.number("old_change_new_alone", run.run_id, "theory")
        assert growth == pytest.approx(data.number("old_change_new_alone", run.run_id, "flow"), abs=1e-8)
        # both layers infer less than the readout alone, and old targets hold more of it
        readout, alone, kept = (
            data.numbers(name, run.run_id, source)[2][0, 1]
            for name, source in (("readout", "theory"), ("new_alone", "theory"), ("with_old", "flow"))
        )
        assert alone < kept + 2e-5 < readout
    peak = data.number("peak_new_alone", runs[0].run_id, "theory")
    assert peak > data.numbers("new_alone", runs[-1].run_id, "theory")[2][0, 1] + 0.04


@pytest.fixture(scope="module")
def trees(tmp_path_factory):
    """Theory of the full trees."""
    config = {**FULL, "n_draws": 2, "lambdas": [-2, 2], "bars": [2]}
    return Data.read(compute("figD3", tmp_path_factory.mktemp("trees"), config, STAGES[:2], seed=20250), STAGES[:2])


def test_where_large_scales_help_and_where_they_hurt(trees):
    assert FULL["trees"]["n_draws"] >= 20
    for depth in (2, 3, 4, 5):
        first = trees.panel(f"depth {depth}")[0].run_id
        for level in range(1, depth + 1):
            low, high, best, least, members = (
                trees.number(f"{name}_level{level}", first, "theory")
                for name in ("error_lowest_lam", "error_highest_lam", "best_lam", "best_error", "members")
            )
            assert members == 2 ** (depth - level)
            assert trees.number(f"log_ratio_level{level}", first, "theory") == pytest.approx(np.log10(high / low))
            curve = trees.numbers(f"curve_error_mean_level{level}", first, "theory")[2]
            assert least == curve.min()
            if members == 1:
                assert high > 100 * low
                assert best == -10
            elif members >= 4:
                assert high < 0.61 * low
                assert best > 8
            elif depth < 4:  # two items, few others to infer too much of
                assert high < 0.5 * low
                assert best == 10
            else:
                assert 0 < best < 4
                assert least < min(low, 0.93 * high)


def test_errors_of_the_trees_are_those_of_the_stored_lessons(data):
    depth, level, n = 4, 3, 16
    runs = data.panel(f"depth {depth}")
    lessons = data.numbers(f"lesson_level{level}", runs[0].run_id, "task")[2].astype(int)
    y = semantic_hierarchy(depth).y
    for run in runs:
        # from weights with the task's function, another way than the limit's formula
        w1, _ = lr.weights_with_function(y, run.lam, n, rng=np.random.default_rng(0))
        errors = []
        for start, member, outside in lessons:
            has = (np.arange(n) >= start) & (np.arange(n) < start + 2)
            assert has[member]
            assert not has[outside]
            row = np.array([1.0, 0.0]) @ np.linalg.pinv(w1[:, [member, outside]])
            untaught = np.setdiff1d(np.arange(n), [member, outside])
            errors.append((((row @ w1) - has)[untaught] ** 2).mean())
        stored = data.numbers(f"error_level{level}", run.run_id, "theory")[2][:, 0]
        assert stored == pytest.approx(errors, rel=1e-10)
        mean, std = (data.number(f"error_{s}_level{level}", run.run_id, "simulation") for s in ("mean", "std"))
        assert mean == pytest.approx(np.mean(errors), rel=0.01)
        assert std == pytest.approx(np.std(errors), rel=0.05, abs=1e-4)


def test_descent_on_the_trees(data):
    for depth in TINY["trees"]["depths"]:
        for run in data.panel(f"depth {depth}"):
            for level in range(1, depth):
                assert data.number(f"deviation_error_level{level}", run.run_id, "simulation") < 0.01
            # the errors of what one item has alone are squares of what is small: at λ = -10, below 1e-4
            exact = data.numbers(f"error_level{depth}", run.run_id, "theory")[2]
            gap = data.number(f"deviation_error_level{depth}", run.run_id, "simulation") * np.abs(exact).max()
            assert gap < 5e-4


def test_lessons_reach_every_item():
    from lazyrich.figures.figD3_generalisation.compute import _lesson

    rng = np.random.default_rng(0)
    for size in (1, 2, 4):
        drawn_lessons = np.array([_lesson(8, size, rng) for _ in range(400)])
        start, member, outside = drawn_lessons.T
        assert set(start) == set(range(0, 8, size))
        assert set(member) == set(outside) == set(range(8))
        assert (member // size == start // size).all()
        assert (outside // size != start // size).all()


def test_one_example_alone_is_told_apart_from_one_and_a_counterexample(data):
    first = data.panel("depth 3")[0].run_id
    y = semantic_hierarchy(3).y
    w1, _ = lr.weights_with_function(y, 10.0, 8, rng=np.random.default_rng(1))
    similarity = w1.T @ w1
    predicted = transfer.readout_prediction(similarity, [0], [1.0])
    expected = transfer.untaught_error(predicted, np.arange(8) < 2, [0])
    assert data.number("one_example_highest_lam_level2", first, "theory") == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"bars": [-10, 4]}, "figD3.bars holds 4, which is not in figD3.lambdas"),
        ({"lambdas": [10, -10], "bars": [10]}, r"figD3.lambdas = \[10, -10\] must ascend"),
        ({"trees": {**FULL["trees"], "depths": [3, 2]}}, r"figD3.trees.depths = \[3, 2\] must ascend"),
        ({"readout": {"relative_rate": 2.5, "n_steps": 10}}, "figD3.readout.relative_rate"),
    ],
)
def test_mistakes_in_the_config_are_named(change, said):
    full = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    schema = config_schema()
    checks.check(copy.deepcopy(full), schema)
    with pytest.raises(checks.ConfigError, match=said):
        checks.check({**full, "figD3": {**FULL, **change}}, schema)


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


def test_bars_are_the_formula_and_circles_the_descent(figure, data, runs):
    for axes, run in zip(figure.get_axes()[1:6], runs, strict=True):
        widths = [patch.get_width() for patch in axes.patches]
        assert widths == pytest.approx(data.numbers("readout", run.run_id, "theory")[2][0], abs=0)
        (circles,) = (line for line in axes.lines if line.get_marker() == "o")
        assert circles.get_xdata() == pytest.approx(data.numbers("readout_mean", run.run_id, "simulation")[2][0], abs=0)


def test_nothing_is_clipped(figure):
    assert_nothing_is_clipped(figure)
