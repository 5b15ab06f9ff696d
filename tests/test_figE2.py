"""figE2: its tables, the numbers that are said of them, and its panels."""

import matplotlib
import numpy as np
import pytest

import figures
from cases import EPS
from figures import (
    STAGES,
    assert_mistakes,
    assert_nothing_is_clipped,
    assert_same_bytes,
    config_block,
    drawn,
    tables_in,
)
from lazyrich.figures.figE2_parity_saddle import compute as figE2
from lazyrich.pipeline.frames import one, only

matplotlib.use("Agg")
FULL = config_block("figE2")
TINY, QUICK = (figures.config(preset)["figE2"] for preset in ("tiny", "quick"))


def compute(folder, config):
    """At the seed of config.yaml: how early a saddle is left depends on the draws."""
    return figures.compute("figE2", folder, config, seed=20250)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return compute(tmp_path_factory.mktemp("tiny"), TINY)


@pytest.fixture(scope="module")
def figure(tiny):
    return drawn("figE2", tables_in("figE2", tiny), TINY)


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """The tables of the quick preset: few draws, the full problem."""
    return tables_in("figE2", compute(tmp_path_factory.mktemp("quick"), QUICK))


def test_a_row_for_each_start(tiny):
    data = tables_in("figE2", tiny)
    n, n_lams = TINY["n_draws"], len(TINY["lambdas"])
    opposite = (data["task/draws"]["parity"] < 0).sum()
    assert len(data["task/starts"]) == n * (1 + n_lams)
    for stage in ("theory", "simulation"):
        assert len(data[f"{stage}/at_zero"]) == n
        assert len(data[f"{stage}/saddles"]) == opposite
        assert len(data[f"{stage}/off_zero"]) == n * n_lams
    assert len(data["simulation/escape"]) == opposite * len(TINY["learning_rates"])


def test_stages_are_deterministic(tiny, tmp_path):
    compute(tmp_path, TINY)
    assert_same_bytes(tmp_path, tiny)


def test_success_is_matching_determinant_signs_on_every_start(tmp_path):
    """The claim E2 at its full number of starts, by gradient descent and by the exact solution."""
    data = tables_in("figE2", compute(tmp_path, {**FULL, "lambdas": [1e-7, 1e-6], "learning_rates": [0.02, 0.01]}))
    assert len(data["task/draws"]) >= 200
    parity = data["task/draws"]["parity"].to_numpy()
    for stage, earliest in (("theory", 25), ("simulation", 17.8)):
        at_zero = data[f"{stage}/at_zero"]
        assert len(at_zero) == FULL["n_draws"]
        assert at_zero["agrees"].all()
        assert np.array_equal(at_zero["matched"], parity > 0)
        assert abs(at_zero["matched"].mean() - 0.5) < 0.15
        assert only(at_zero, matched=True)["time_to_pass"].max() < 8.6
        assert only(at_zero, matched=False)["time_to_pass"].min() > earliest
        assert data[f"{stage}/off_zero"]["learned"].all()
    assert np.array_equal(data["theory/at_zero"]["saddle"], parity < 0)
    assert data["theory/saddles"]["horizon"].min() == pytest.approx(np.log(1 / np.finfo(float).eps), rel=1e-12)


def test_no_more_losses_are_kept_than_are_drawn(quick):
    parity = quick["task/draws"].set_index("draw")["parity"]
    for stage in STAGES[1:]:
        kept = parity[quick[f"{stage}/curves"]["draw"].unique()]
        assert (kept > 0).sum() == (kept < 0).sum() == QUICK["n_shown"] == 10


def test_every_start_passes_off_zero_after_a_time_in_log_lambda(quick):
    theory = quick["theory/off_zero"]
    assert theory["learned"].all()
    assert theory["loss"].max() < 1e-20
    saddles = quick["theory/saddles"]
    assert saddles["slope"].mean() == pytest.approx(saddles["expected_slope"].iloc[0], rel=0.01)
    exact, descent = (
        only(quick[f"{stage}/off_zero"], matched=False).groupby("lam")["time_to_pass"].mean() for stage in STAGES[1:]
    )
    assert descent[1e-8:].to_numpy() == pytest.approx(exact[1e-8:].to_numpy(), rel=0.02)
    # below its own imbalance descent no longer sees λ
    assert exact.index[0] == 1e-12
    assert descent[1e-12] < 0.9 * exact[1e-12]


def test_descent_leaves_the_saddle_by_its_step_and_the_solution_by_rounding(quick):
    times = (
        quick["simulation/escape"].groupby("learning_rate")["time_to_pass"].mean()[: FULL["draw"]["slope_rates_until"]]
    )
    assert np.polyfit(np.log(1 / times.index), times, 1)[0] == pytest.approx(1, abs=0.06)
    theory = quick["theory/saddles"]
    assert quick["simulation/saddles"]["shift"].max() < 1e-3 < theory["shift"].max()
    curves = quick["theory/curves"][quick["theory/curves"]["draw"].isin(theory["draw"])]
    assert curves["draw"].nunique() == QUICK["n_shown"]
    for _, curve in curves.groupby("draw"):
        reliable, beyond = (only(curve, reliable=value) for value in (True, False))
        assert reliable["t"].iloc[-1] <= theory["horizon"].min() < beyond["t"].iloc[0]
        # at the saddle the loss is ½s̃² = ½; rounding takes it off as ε e^(s̃t), by 2% or 6% at the horizon
        assert (0.5 - reliable["loss"] <= 4 * EPS * np.exp(reliable["t"]) + 1e-12).all()
        assert only(reliable, t={"to": 30})["loss"].min() > 0.49


@pytest.mark.skipif(np.finfo(np.longdouble).eps > 1e-18, reason="no precision beyond double on this machine")
def test_descent_leaves_the_saddle_at_the_same_time_in_extended_precision(quick):
    """Were it rounding, eleven more bits would keep it there for ln(2¹¹)/s̃ = 7.6 longer."""
    draw = next(only(quick["task/draws"], parity={"to": 0}).itertuples())
    start = only(quick["task/starts"], lam=0, draw=draw.draw).iloc[0]
    w1, w2, sigma_yx = (matrix.astype(np.longdouble) for matrix in (start["w1"], start["w2"], draw.sigma_yx))
    # balanced to extended precision: W2 = O W1ᵀ with O orthogonal
    o = w2 @ np.linalg.inv(w1.astype(float)).T
    for _ in range(5):
        o = o @ (1.5 * np.eye(len(o)) - o.T @ o / 2)
    w2 = o @ w1.T
    step, rate = 0, QUICK["learning_rate"]
    while ((error := sigma_yx - w2 @ w1) ** 2).sum() / 2 >= 0.25 and step < QUICK["until"] / rate:
        step += 1
        w1, w2 = w1 + rate * w2.T @ error, w2 + rate * error @ w1.T
    passed = one(quick["simulation/at_zero"], "time_to_pass", draw=draw.draw)
    assert step * rate == pytest.approx(passed, abs=2 * rate)


def test_time_to_pass_interpolates_and_says_when_there_is_none():
    times = np.arange(0, 10, 0.5)
    config = {"singular_values": [2.0, 1.0]}
    loss = np.array([np.exp(-times), np.ones(times.size), np.full(times.size, 0.1)])
    assert figE2._time_to_pass(config, times, loss) == pytest.approx([np.log(4), 9.5, 0.0], rel=1e-12)


def test_slopes_that_cannot_be_fitted_are_refused():
    assert_mistakes("figE2", {}, [])
    assert_mistakes("figE2", {"slope_until": 1e-12}, ["figE2.slope_until = 1e-12 leaves fewer than two"])
    few = {"draw": {"slope_rates_until": 1e-3}}
    assert_mistakes("figE2", few, ["figE2.draw.slope_rates_until = 0.001 leaves fewer than two"])


def test_starts_of_one_parity_are_refused(tmp_path):
    with pytest.raises(SystemExit, match=r"figE2.n_draws = 1: all starts drawn are of one parity"):
        compute(tmp_path, {**TINY, "n_draws": 1})


def test_figure_has_its_panels_lines_and_labels(tiny, figure):
    axes = figure.get_axes()
    assert len(axes) == 4
    assert all(a.get_xlabel() and a.get_ylabel() for a in axes)
    opposite = (tables_in("figE2", tiny)["task/draws"]["parity"] < 0).sum()
    # descent and theory of six starts, the part beyond the horizon apart; the time of judgement
    assert len(axes[0].lines) == 2 * 6 + opposite + 1
    # descent, theory before and theory by rounding
    assert [len(c.get_offsets()) for c in axes[1].collections[:3]] == [6, 6 - opposite, opposite]
    assert len(axes[2].lines) == 4
    assert len(axes[3].lines) == 1


def test_nothing_is_clipped(figure):
    assert_nothing_is_clipped(figure)
