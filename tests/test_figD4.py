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
    fixtures,
    tables_in,
)
from lazyrich.figures.figD4_fine_tuning import fine_tuning, sides
from lazyrich.linear import delay, observables
from lazyrich.linear.initialisation import weights_with_function
from lazyrich.pipeline import common
from lazyrich.pipeline.config import ConfigError, check
from lazyrich.pipeline.frames import one, only

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
    return tables_in("figD4", make(CLAIM, tmp_path_factory.mktemp("claim"), STAGES[:2]), STAGES[:2])


def times_of(data, pairs, stage="theory"):
    """The time to the threshold, a column a λ, a row a draw."""
    return only(data[f"{stage}/end"], pairs=pairs).pivot(index="draw", columns="lam", values="time_to_threshold")


def slopes(data, pairs):
    """The power of |λ| from 10 on, on either side."""
    mean = times_of(data, pairs).mean()
    far = {"negative": mean[mean.index <= -10], "positive": mean[mean.index >= 10]}
    return {side: sides.slope(times.index.to_numpy(), times) for side, times in far.items()}


def test_a_row_for_each_run(data):
    # pre-training: four pairs for four groups, and two more λ of the grid; λ = 0 not for opposite signs
    n_lams, n_simulated, n_draws = 7, 5, 4
    assert len(data["task/tasks"]) == 2 * 4 * n_draws
    assert len(data["task/starts"]) == 4 * n_draws + 3
    assert len(data["task/scales"]) == 4 * n_lams - 1 + 1  # λ_FT = 3 of the grid
    assert len(data["theory/end"]) == (4 * n_lams - 1) * n_draws
    assert len(data["simulation/end"]) == (4 * n_simulated - 1) * n_draws
    assert len(data["theory/changes"]) == len(data["theory/end"]) + 3 * 3
    for stage in ("theory", "simulation"):
        assert len(data[f"{stage}/sides"]) == 4 * 2 * n_draws
        assert len(data[f"{stage}/curves"].groupby(["pretraining_lam", "lam"])) == 3 * 3


def test_stages_are_deterministic(results, tmp_path):
    make(TINY_TWO, tmp_path)
    assert_same_bytes(tmp_path, results)


def test_a_lambda_of_both_parts_is_pretrained_once(tmp_path):
    grid = {**TINY["grid"], "pretraining_lambdas": [-3, FULL["pretraining_lambda"]], "lambdas": [0, 10]}
    data = tables_in("figD4", make({**TINY_TWO, "grid": grid}, tmp_path))
    assert len(data["task/starts"]) == 4 * 4 + 1
    for stage in ("theory", "simulation"):
        assert len(data[f"{stage}/pretraining"]) == 4 * 4 + 1
        assert data[f"{stage}/spread"]["spread"].max() < 1e-12


def test_claim_d4_the_square_network_is_faster_at_every_larger_scale(claim):
    for pairs in ("square", "opposite"):
        times = times_of(claim, pairs)
        assert len(times) == 20
        for sign in (-1, 1):
            ascending = times[[sign * lam for lam in (1, 3, 10, 30, 100)]]
            assert (np.diff(ascending, axis=1) < 0).all()
            assert (np.diff(ascending.mean()) < 0).all()
            # to that of a kernel |λ|I
            assert ascending[sign * 100].to_numpy() == pytest.approx(np.log(100) / 200, rel=2e-3)
        assert only(claim["theory/sides"], pairs=pairs)["falls"].all()
    assert times_of(claim, "square")[0].max() < 15


def test_claim_d4_unequal_widths_are_slower_on_the_delayed_side(claim):
    for pairs, delayed, lazy in (("funnel", "negative", "positive"), ("inverted_funnel", "positive", "negative")):
        assert only(claim["theory/sides"], pairs=pairs, side=lazy)["falls"].all()
        slower = only(claim["theory/sides"], pairs=pairs, side=delayed)
        assert not slower["falls"].any()
        # slower at |λ| = 100 than at 1, in every pair
        assert slower["total_ratio"].min() > 1
        assert slopes(claim, pairs)[delayed] == pytest.approx(1, abs=0.1)
        assert slopes(claim, pairs)[lazy] == pytest.approx(-1, abs=0.03)


def test_most_of_the_gain_is_the_unit_of_time(claim):
    """Stable steps t κ/2: they fall little on the lazy sides, to ln(100)/4, and grow as λ² on the delayed ones."""
    steps = claim["theory/end"].groupby(["pairs", "lam"])["steps_to_threshold"].mean()
    times = claim["theory/end"].groupby(["pairs", "lam"])["time_to_threshold"].mean()
    for lam in (-100, 100):
        assert times["square", 0] / times["square", lam] > 40
        assert 2 < steps["square", 0] / steps["square", lam] < 6
        assert steps["square", lam] == pytest.approx(np.log(100) / 4, rel=0.01)
    assert steps["funnel", -100] / steps["funnel", -30] == pytest.approx((100 / 30) ** 2, rel=0.1)


def test_the_kernel_moves_where_fine_tuning_is_slow(claim):
    distance = claim["theory/end"].groupby(["pairs", "lam"])["kernel_distance"].mean()
    for pairs, lam in (("funnel", 100), ("square", 100), ("square", -100), ("inverted_funnel", -100)):
        assert distance[pairs, lam] < 1e-5
    for pairs, lam in (("funnel", -100), ("inverted_funnel", 100)):
        assert distance[pairs, lam] > 0.4


def test_the_function_is_kept_and_nothing_else_is_left_of_pretraining(claim, data):
    for tables, stages in ((claim, ("theory",)), (data, ("theory", "simulation"))):
        for stage in stages:
            assert tables[f"{stage}/changes"]["deviation_function_kept"].max() < 1e-12
            assert tables[f"{stage}/spread"]["spread"].max() < 1e-12
            assert tables[f"{stage}/pretraining"]["deviation_task_learned"].max() < 1e-9


def test_a_square_network_does_not_see_the_sign_of_lam(claim):
    even = claim["theory/even"]
    assert set(even["pairs"]) == {"square", "opposite"}
    assert even["deviation_time_to_threshold"].max() < 1e-9
    funnel = times_of(claim, "funnel")
    assert not np.allclose(funnel[3], funnel[-3], rtol=0.1)


def test_determinants_have_the_signs_that_the_pairs_say(claim):
    square = only(claim["task/tasks"], pairs=["square", "opposite"])
    determinants = square.assign(det=square["sigma_yx"].map(np.linalg.det)).groupby(["pairs", "draw"])["det"].prod()
    assert determinants["square"].min() > 0
    assert determinants["opposite"].max() < 0
    assert 0 not in times_of(claim, "opposite")


@pytest.mark.parametrize(
    ("widths", "lam_pt", "lam_ft"),
    [((5, 5, 5), -10, 3), ((5, 5, 5), 0, 0), ((5, 5, 5), 10, -30), ((10, 5, 5), 1, -5), ((5, 5, 10), 1, 5)],
)
def test_the_whole_sequence_is_that_of_an_independent_integrator(widths, lam_pt, lam_ft):
    n_in, n_hidden, n_out = widths
    rng = np.random.default_rng(5)
    tasks = fine_tuning.two_tasks(FULL, "square" if n_in == n_out else "any", widths, rng)
    weights = lr.lambda_balanced_weights(lam_pt, *widths, rng=rng, scale=0.1)
    start = common.with_matching_sign(weights, tasks[0])
    qqt = {}
    for source in ("exact", "flow"):
        known = [{"lam": lam} if source == "exact" else {} for lam in (lam_pt, lam_ft)]
        learn = [getattr(lr.TaskSequence([task]), source) for task in tasks]
        before = learn[0](*start, np.linspace(0, 30, 4), **known[0])[0]
        w1, w2 = before.weights(-1)
        changed = weights_with_function(w2 @ w1, lam_ft, n_hidden, rng=np.random.default_rng(1))
        after = learn[1](*changed, np.linspace(0, 6, 4), **known[1])[0]
        assert observables.balance(*changed).lam == pytest.approx(lam_ft, abs=1e-12)
        qqt[source] = np.concatenate([before.qqt, after.qqt])
    np.testing.assert_allclose(qqt["exact"], qqt["flow"], rtol=0, atol=1e-8 * np.abs(qqt["flow"]).max())


def test_the_integrator_of_the_tables_agrees_too(data):
    assert data["simulation/curves_agreement"]["deviation_flow_loss"].max() < 1e-8


def test_descent_follows_within_its_step(data):
    """Relative errors of times by η√(λ² + 4s̃²), which is at most twice that of the exact rates."""
    compared = data["simulation/end_agreement"]
    assert set(compared["pairs"]) == set(GROUPS)
    assert compared["deviation_time_to_threshold"].max() < 0.03
    assert compared["deviation_kernel_distance"].max() < 0.01
    assert data["simulation/curves_agreement"]["deviation_loss"].max() < 0.02


def test_deviations_are_of_what_is_stored(data):
    for pairs in GROUPS:
        exact, descent = times_of(data, pairs), times_of(data, pairs, "simulation")
        assert set(descent) == set(TINY["simulated_lambdas"]) - ({0} if pairs == "opposite" else set())
        worst = (descent / exact[list(descent)] - 1).abs().max()
        stored = only(data["simulation/end_agreement"], pairs=pairs).set_index("lam")["deviation_time_to_threshold"]
        assert stored[worst.index].to_numpy() == pytest.approx(worst.to_numpy())
    keys = ["pretraining_lam", "lam", "step"]
    both = data["theory/curves"].merge(data["simulation/curves"], on=keys, validate="one_to_one")
    assert len(both) == len(data["theory/curves"])
    for (pretraining_lam, lam), curve in both.groupby(keys[:2]):
        rate = one(data["task/scales"], "learning_rate", pairs="square", lam=lam)
        assert curve["t_x"].to_numpy() == pytest.approx(curve["step"] * rate)
        stored = one(data["simulation/curves_agreement"], "deviation_loss", pretraining_lam=pretraining_lam, lam=lam)
        assert stored == pytest.approx((curve["loss_x"] - curve["loss_y"]).abs().max())


def test_descent_approaches_the_solution_in_first_order(tmp_path):
    worst = []
    for k, factor in enumerate((1.0, 0.5)):
        config = json.loads(json.dumps(TINY_TWO))
        config |= {"relative_rate": 0.02 * factor, "largest_rate": 1.0, "simulated_lambdas": [-20, -10, 10, 20]}
        config["grid"]["n_records"] = 400
        data = tables_in("figD4", make(config, tmp_path / str(k)))
        times = only(data["simulation/end_agreement"], pairs="square")["deviation_time_to_threshold"]
        worst.append([*times, *data["simulation/curves_agreement"]["deviation_loss"]])
    assert np.log2(np.divide(*worst)) == pytest.approx(np.ones(len(worst[0])), abs=0.15)


def test_the_delay_is_where_the_law_of_the_delay_says():
    """The rate that limits the delayed side is r of `linear.delay`: a sanity check of which side that is."""
    assert sides.is_delayed(10, (5, 5, 10))
    assert sides.is_delayed(-10, (10, 5, 5))
    assert not any(sides.is_delayed(lam, (5, 5, 5)) for lam in (-10, 0, 10))
    assert not sides.is_delayed(-10, (5, 5, 10))
    assert delay.slow_rate(1.0, 100.0) == pytest.approx(0.01, rel=1e-3)


def test_a_run_too_short_for_the_threshold_is_said_so(tmp_path):
    with pytest.raises(SystemExit, match=r"figD4\.until = 0\.1 is too short: at λ = -100 .* the run ends at t = 10"):
        make({**CLAIM, "until": 0.1, "n_draws": 1}, tmp_path, STAGES[:2])
    assert not (tmp_path / "theory").exists()


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("shapes.square", [4, 5, 5], ["square", "three equal widths"]),
        ("shapes.funnel", [10, 6, 5], ["no λ-balanced weights exist for the funnel"]),
        ("singular_values", [1.0], ["figD4.singular_values holds 1", "as many"]),
        ("simulated_lambdas", [-100, -10, 7, 10, 100], ["simulated_lambdas holds 7", "figD4.lambdas"]),
        ("lambdas", FULL["lambdas"][::-1], ["figD4.lambdas", "ascend"]),
        ("grid.lambdas", [3, 1], ["figD4.grid.lambdas = [3, 1]", "ascend"]),
        ("draw.slope_from", 60, ["figD4.draw.slope_from = 60", "at least two of figD4.lambdas"]),
        ("threshold", 1, ["figD4.threshold = 1", "at most 0.9"]),
    ],
)
def test_a_mistake_in_the_block_is_named(key, value, said):
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    block = config["figD4"] = copy.deepcopy(config["figD4"])
    *path, last = key.split(".")
    for name in path:
        block = block[name]
    block[last] = value
    with pytest.raises(ConfigError) as error:
        check(config)
    assert [text for text in said if text not in str(error.value)] == [], str(error.value)


def panels(figure):
    axes = figure.get_axes()
    return SimpleNamespace(pretraining=axes[0], grid=axes[1:4], times=axes[4:7], steps=axes[7:10], kernels=axes[10:])


def test_figure_has_its_panels_lines_and_labels(figure):
    shown = panels(figure)
    assert len(shown.kernels) == 3
    # descent and solution at three λ_PT; at three λ_FT, and the threshold
    assert len(shown.pretraining.lines) == 6
    assert [len(axes.lines) for axes in shown.grid] == [7, 7, 7]
    # a dot with its bar at each simulated λ; the square network has the opposite signs too
    assert [len(axes.containers) for axes in shown.times] == [5, 5 + 4, 5]
    assert [len(axes.containers) for axes in shown.steps] == [5, 5, 5]
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
