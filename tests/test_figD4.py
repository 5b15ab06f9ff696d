"""figD4: what fine-tuning keeps, how fast it is at each relative scale, the tables, and the drawing."""

import copy
import json
from types import SimpleNamespace

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
from lazyrich.figures.figD4_fine_tuning import compute as figD4
from lazyrich.figures.figD4_fine_tuning import fine_tuning
from lazyrich.linear import delay, observables
from lazyrich.linear.initialisation import weights_with_function
from lazyrich.pipeline import common, tables
from lazyrich.pipeline.config import ConfigError, check
from lazyrich.pipeline.records import Data

matplotlib.use("Agg")
FULL = config_block("figD4")
TINY = {
    **FULL,
    "shapes": {"funnel": [4, 2, 2], "square": [3, 3, 3], "inverted_funnel": [2, 2, 4]},
    "n_draws": 4,
    "lambdas": [-20, -10, -1, 0, 1, 10, 20],
    "simulated_lambdas": [-20, -10, 0, 10, 20],
    "grid": {"pretraining_lambdas": [-3, 0, 3], "lambdas": [0, 3, 10], "n_records": 60, "n_flow_times": 4},
}
GROUPS = ("funnel", "square", "opposite", "inverted_funnel")
# the widths, tasks and draws of the claim, for a seed that is not the figure's
CLAIM = {**FULL, "lambdas": [-100, -30, -10, -3, -1, 0, 1, 3, 10, 30, 100]}


def widths_of(config):
    return config | {"singular_values": [2.0, 1.0]}


def make(config, folder, stages=STAGES):
    return compute("figD4", folder, config, stages)


TINY_TWO = widths_of({**TINY, "shapes": {**TINY["shapes"], "square": [2, 2, 2]}})
results, data, figure = fixtures("figD4", TINY_TWO)


@pytest.fixture(scope="module")
def claim(tmp_path_factory):
    return Data.read(make(CLAIM, tmp_path_factory.mktemp("claim"), STAGES[:2]), STAGES[:2])


def first(data, group):
    return data.panel(group)[0]


def times_of(data, group, source="theory"):
    """{λ: the time to the threshold of each pair}."""
    times = {}
    for run in data.panel(group):
        times.setdefault(run.lam, []).append(data.number("time_to_threshold", run.run_id, source, task_index=1))
    return {lam: np.array(values) for lam, values in times.items()}


def test_tables_are_of_their_schema(results):
    # pre-training: three λ of the grid, four pairs for four groups; λ = 0 not for opposite signs
    n_runs = 3 + 3 * 3 + 4 * 4 + 4 * (4 * 7 - 1)
    assert tables.read(results / "runs.parquet", "runs").num_rows == n_runs
    for stage in STAGES:
        assert tables.read(results / f"{stage}.parquet", "records").num_rows > 0


def test_stages_are_deterministic(results, tmp_path):
    make(TINY_TWO, tmp_path)
    assert_same_bytes(tmp_path, results)


def test_claim_d4_the_square_network_is_faster_at_every_larger_scale(claim):
    for group in ("square", "opposite"):
        times = times_of(claim, group)
        for sign in (-1, 1):
            column = np.array([times[sign * lam] for lam in (1, 3, 10, 30, 100)])
            assert column.shape[1] == 20
            assert (np.diff(column, axis=0) < 0).all()
            # to that of a kernel |λ|I
            assert column[-1] == pytest.approx(np.log(100) / 200, rel=2e-3)
        for side in fine_tuning.SIDES:
            assert claim.number(f"falling_{side}", first(claim, group).run_id, "theory") == 1
            assert claim.number(f"falling_mean_{side}", first(claim, group).run_id, "theory") == 1
    assert max(times_of(claim, "square")[0]) < 15


def test_claim_d4_unequal_widths_are_slower_on_the_delayed_side(claim):
    for group, delayed, lazy in (("funnel", "negative", "positive"), ("inverted_funnel", "positive", "negative")):
        run_id = first(claim, group).run_id
        assert claim.number(f"falling_{lazy}", run_id, "theory") == 1
        assert claim.number(f"falling_{delayed}", run_id, "theory") == 0
        # slower at |λ| = 100 than at 1, in every pair
        assert claim.number(f"least_total_ratio_{delayed}", run_id, "theory") > 1
        assert claim.number(f"slope_{delayed}", run_id, "theory") == pytest.approx(1, abs=0.1)
        assert claim.number(f"slope_{lazy}", run_id, "theory") == pytest.approx(-1, abs=0.03)


def test_the_kernel_moves_where_fine_tuning_is_slow(claim):
    def distance(group, lam):
        run = next(run for run in claim.panel(group) if run.lam == lam and run.draw == 0)
        return claim.number("kernel_distance_mean", run.run_id, "theory")

    for group, lam in (("funnel", 100), ("square", 100), ("square", -100), ("inverted_funnel", -100)):
        assert distance(group, lam) < 1e-5
    for group, lam in (("funnel", -100), ("inverted_funnel", 100)):
        assert distance(group, lam) > 0.4


def test_the_function_is_kept_and_nothing_else_is_left_of_pretraining(claim, data):
    for tables_, sources in ((claim, ("theory",)), (data, ("theory", "simulation"))):
        for source in sources:
            run_id = first(tables_, "grid").run_id
            assert tables_.number("deviation_function_kept", run_id, source) < 1e-12
            assert tables_.number("spread_pretraining", run_id, source) < 1e-12
            for run in tables_.panel("pretraining grid") + tables_.panel("pretraining"):
                assert tables_.number("deviation_task_learned", run.run_id, source) < 1e-9


def test_a_square_network_does_not_see_the_sign_of_lam(claim):
    for group in ("square", "opposite"):
        assert claim.number("deviation_even", first(claim, group).run_id, "theory") < 1e-9
    assert not np.allclose(times_of(claim, "funnel")[3], times_of(claim, "funnel")[-3], rtol=0.1)


def test_determinants_have_the_signs_that_the_panels_say(claim):
    pretraining = claim.panel("pretraining") + claim.panel("pretraining grid")
    seen = {}
    for run in claim.panel("square") + claim.panel("opposite") + claim.panel("grid"):
        pretrained = int(claim.number("pretrained_by", run.run_id, "task"))
        assert pretrained in [other.run_id for other in pretraining]
        first_task, second = (claim.matrix("sigma_yx", pretrained, task_index=k) for k in (0, 1))
        seen.setdefault(run.panel, []).append(np.linalg.det(first_task) * np.linalg.det(second))
    assert min(seen["square"] + seen["grid"]) > 0
    assert max(seen["opposite"]) < 0
    assert 0 not in times_of(claim, "opposite")


@pytest.mark.parametrize(
    ("widths", "lam_pt", "lam_ft"),
    [((5, 5, 5), -10, 3), ((5, 5, 5), 0, 0), ((5, 5, 5), 10, -30), ((10, 5, 5), 1, -5), ((5, 5, 10), 1, 5)],
)
def test_the_whole_sequence_is_that_of_an_independent_integrator(widths, lam_pt, lam_ft):
    n_in, n_hidden, n_out = widths
    rng = np.random.default_rng(5)
    shapes = {"square": widths, "any": widths}
    group = "square" if n_in == n_out else "any"
    tasks = figD4._pair({**FULL, "shapes": shapes}, group, widths, rng)
    weights = lr.lambda_balanced_weights(lam_pt, *widths, rng=rng, scale=0.1)
    start = common.with_matching_sign(weights, tasks[0].sigma_yx)
    qqt = {}
    for source in ("exact", "flow"):
        known = [{"lam": lam} if source == "exact" else {} for lam in (lam_pt, lam_ft)]
        learn = [getattr(lr.TaskSequence([task.sigma_yx]), source) for task in tasks]
        before = learn[0](*start, np.linspace(0, 30, 4), **known[0])[0]
        w1, w2 = before.weights(-1)
        changed = weights_with_function(w2 @ w1, lam_ft, n_hidden, rng=np.random.default_rng(1))
        after = learn[1](*changed, np.linspace(0, 6, 4), **known[1])[0]
        assert observables.balance(*changed).lam == pytest.approx(lam_ft, abs=1e-12)
        qqt[source] = np.concatenate([before.qqt, after.qqt])
    np.testing.assert_allclose(qqt["exact"], qqt["flow"], rtol=0, atol=1e-8 * np.abs(qqt["flow"]).max())


def test_the_integrator_of_the_tables_agrees_too(data):
    assert data.number("deviation_loss_worst", first(data, "grid").run_id, "flow") < 1e-8


def test_descent_follows_within_its_step(data):
    """Relative errors of times by η√(λ² + 4s̃²), which is at most twice that of the exact rates."""
    for group in GROUPS:
        run_id = first(data, group).run_id
        assert data.number("deviation_time_to_threshold_worst", run_id, "simulation") < 0.03
        assert data.number("deviation_kernel_distance_worst", run_id, "simulation") < 0.01
    assert data.number("deviation_loss_worst", first(data, "grid").run_id, "simulation") < 0.02


def test_deviations_and_summaries_are_of_what_is_stored(data):
    for group in GROUPS:
        exact, descent = (times_of(data, group, "theory"), {})
        for run in data.panel(group):
            if data.number("simulated", next(r for r in data.panel(group) if r.lam == run.lam).run_id, "theory"):
                value = data.number("time_to_threshold", run.run_id, "simulation", task_index=1)
                descent.setdefault(run.lam, []).append(value)
        assert set(descent) == set(TINY["simulated_lambdas"]) - ({0} if group == "opposite" else set())
        worst = max(np.abs(np.array(values) / exact[lam] - 1).max() for lam, values in descent.items())
        stored = data.number("deviation_time_to_threshold_worst", first(data, group).run_id, "simulation")
        assert stored == pytest.approx(worst)
        for run in data.panel(group):
            if run.draw == 0:
                mean, std = (data.number(f"time_to_threshold_{s}", run.run_id, "theory") for s in ("mean", "std"))
                assert (mean, std) == pytest.approx((exact[run.lam].mean(), exact[run.lam].std(ddof=1)))
    for run in data.panel("grid"):
        exact, descent = (data.numbers("loss", run.run_id, s, task_index=1) for s in ("theory", "simulation"))
        assert np.array_equal(exact[0], descent[0])
        assert exact[1] == pytest.approx(exact[0] * run.learning_rate)
        stored = data.number("deviation_loss", run.run_id, "simulation", task_index=1)
        assert stored == pytest.approx(np.abs(exact[2] - descent[2]).max())


def test_descent_approaches_the_solution_in_first_order(tmp_path):
    worst = []
    for k, factor in enumerate((1.0, 0.5)):
        config = json.loads(json.dumps(widths_of({**TINY, "shapes": {**TINY["shapes"], "square": [2, 2, 2]}})))
        config |= {"relative_rate": 0.02 * factor, "largest_rate": 1.0, "simulated_lambdas": [-20, -10, 10, 20]}
        config["grid"]["n_records"] = 400
        data = Data.read(make(config, tmp_path / str(k)), STAGES)
        square = [run for run in data.panel("square") if run.draw == 0 and run.lam in config["simulated_lambdas"]]
        times = [data.number("deviation_time_to_threshold", run.run_id, "simulation") for run in square]
        curves = [data.number("deviation_loss", r.run_id, "simulation", task_index=1) for r in data.panel("grid")]
        worst.append(times + curves)
    assert np.log2(np.divide(*worst)) == pytest.approx(np.ones(len(worst[0])), abs=0.15)


def test_the_delay_is_where_the_law_of_the_delay_says():
    """The rate that limits the delayed side is r of `linear.delay`: a sanity check of which side that is."""
    assert fine_tuning.is_delayed(10, (5, 5, 10))
    assert fine_tuning.is_delayed(-10, (10, 5, 5))
    assert not any(fine_tuning.is_delayed(lam, (5, 5, 5)) for lam in (-10, 0, 10))
    assert not fine_tuning.is_delayed(-10, (5, 5, 10))
    assert delay.slow_rate(1.0, 100.0) == pytest.approx(0.01, rel=1e-3)


def test_a_run_too_short_for_the_threshold_is_said_so(tmp_path):
    with pytest.raises(SystemExit, match=r"figD4\.until = 0\.1 is too short: at λ = -100 .* the run ends at t = 10"):
        make({**CLAIM, "until": 0.1, "n_draws": 1}, tmp_path, STAGES[:2])
    assert not (tmp_path / "theory.parquet").exists()


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("shapes.square", [4, 5, 5], ["square", "three equal widths"]),
        ("shapes.funnel", [10, 6, 5], ["no λ-balanced weights exist for the funnel"]),
        ("singular_values", [1.0], ["figD4.singular_values holds 1", "as many"]),
        ("simulated_lambdas", [-100, -10, 7, 10, 100], ["simulated_lambdas holds 7", "figD4.lambdas"]),
        ("lambdas", FULL["lambdas"][::-1], ["figD4.lambdas", "ascend"]),
        ("grid.lambdas", [3, 1], ["figD4.grid.lambdas = [3, 1]", "ascend"]),
        ("slope_from", 60, ["figD4.slope_from = 60", "at least two of figD4.lambdas"]),
        ("threshold", 1, ["figD4.threshold = 1", "at most 0.9"]),
    ],
)
def test_a_mistake_in_the_block_is_named(key, value, said):
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    schema = config_schema()
    block = config["figD4"] = copy.deepcopy(config["figD4"])
    *path, last = key.split(".")
    for name in path:
        block = block[name]
    block[last] = value
    with pytest.raises(ConfigError) as error:
        check(config, schema)
    assert [text for text in said if text not in str(error.value)] == [], str(error.value)


def panels(figure):
    axes = figure.get_axes()
    return SimpleNamespace(pretraining=axes[0], grid=axes[1:4], times=axes[4:7], kernels=axes[7:])


def test_figure_has_its_panels_lines_and_labels(figure):
    shown = panels(figure)
    assert len(shown.kernels) == 3
    # descent and solution at three λ_PT; at three λ_FT, and the threshold
    assert len(shown.pretraining.lines) == 6
    assert [len(axes.lines) for axes in shown.grid] == [7, 7, 7]
    # a dot with its bar at each simulated λ; the square network has the opposite signs too
    assert [len(axes.containers) for axes in shown.times] == [5, 5 + 4, 5]
    assert [len(axes.containers) for axes in shown.kernels] == [5, 5, 5]
    assert [len(axes.collections) - len(axes.containers) for axes in shown.times] == [1, 3, 1]
    assert all(axes.get_xscale() == "symlog" for axes in (*shown.times, *shown.kernels))
    assert all(axes.get_xlabel() for axes in (shown.pretraining, *shown.grid, *shown.kernels))
    assert all(axes.get_ylabel() for axes in (shown.pretraining, shown.grid[0], shown.times[0], shown.kernels[0]))
    assert all("largest deviation" in axes.get_title(loc="right") for axes in (*shown.times, *shown.kernels))
    assert [text.get_text() for text in shown.grid[0].get_legend().get_texts()] == ["$0$", "$3$", "$10$"]
    assert len(figure.legends[0].get_texts()) == 4


def test_panels_say_where_the_time_falls(figure, data):
    for axes, group in zip(panels(figure).times, ("funnel", "square", "inverted_funnel"), strict=True):
        said = [text.get_text() for text in axes.texts]
        falling = sum(text.startswith("falls") for text in said)
        assert falling == (2 if group == "square" else 1)
        assert sum(text.startswith("rises") for text in said) == 2 - falling


def test_nothing_is_clipped(figure):
    assert_nothing_is_clipped(figure)
