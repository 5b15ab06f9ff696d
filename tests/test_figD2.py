"""figD2: the law of the reversal time, the separatrix and what leaves it, the whole sequence, and the drawing."""

from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest

import lazyrich as lr
from figures import assert_nothing_is_clipped, assert_same_bytes, compute, config, config_block, fixtures, tables_in
from lazyrich.figures.figD2_reversal_learning import law, measures, reversal
from lazyrich.linear.modes import mode_strength, time_to_reach
from lazyrich.pipeline.config import mistakes_of
from lazyrich.pipeline.frames import one, only

matplotlib.use("Agg")
FULL = config_block("figD2")
TINY = config("tiny")["figD2"]
# all of what is claimed, at fewer scales, draws and learning rates
CLAIM = {
    **FULL,
    "record_interval": 0.1,
    "time": {**FULL["time"], "n_lambdas": 37},
    "unaligned": {**FULL["unaligned"], "n_draws": 20, "lambdas": [1e-6, 0.01, -0.1, 1]},
    "zero": {**FULL["zero"], "learning_rates": [0.01, 0.005, 0.0025]},
}
# rounding grows as e^(2s̃t) at λ = 0 and is of order 1 at t* = ln(1e16)/s̃: at 0.8 t* it is 10^−6.4, here times a hundred
ROUNDING_AT_TRUSTED = 100 * 10 ** (-0.4 * 16)
SOURCES = ("theory", "simulation")

results, data, figure = fixtures("figD2", TINY)


@pytest.fixture(scope="module")
def claim(tmp_path_factory):
    return tables_in("figD2", compute("figD2", tmp_path_factory.mktemp("claim"), CLAIM))


def test_a_row_for_each_start_and_stage(data):
    assert len(data["task/aligned"]) == len({*TINY["lambdas"], *TINY["flow_lambdas"], *law.lams(TINY)})
    assert len(data["task/random"]) == (2 + 1) * 3
    for stage in SOURCES:
        assert len(data[f"{stage}/ends"]) == 4
        assert len(data[f"{stage}/aligned"]) * 2 == len(data[f"{stage}/strengths"])
        assert len(data[f"{stage}/times"]) == 19 * 2
        assert len(data[f"{stage}/random"]) == 2 * 3 * 2
        assert len(data[f"{stage}/random_curves"].groupby(["lam", "draw", "task"])) == 1 * 2 * 2
    assert len(data["simulation/rotated"]) == len(data["simulation/random_zero"]) == 2 * 3
    assert len(data["simulation/flow"]) == 4 + 1 + 2


def test_stages_are_deterministic(results, tmp_path):
    compute("figD2", tmp_path, TINY)
    assert_same_bytes(tmp_path, results)


def test_time_of_passing_is_interpolated_and_may_be_never():
    times = np.array([0.0, 1.0, 2.0, 3.0])
    a = np.array([[-2.0, -1.0, -1.0], [0.0, -1.0, 0.0], [4.0, -1.0, 1.0], [4.0, 0.0, 0.0]])
    assert reversal.half_time(times, a, np.array([4.0, 4.0, 1.0])) == pytest.approx([1.5, np.inf, 1.5])


def test_the_asymptote_is_the_limit_of_the_closed_form():
    s, lams = np.array([2.0, 0.7]), np.array([1e-4, 1e-8, 1e-12])
    exact = time_to_reach(s / 2, s, -s, lams[:, None])
    assert law.asymptote(s, lams) == pytest.approx(exact, abs=1e-6)


def test_claim_d2_the_loss_at_lambda_zero_stays_by_the_mode_formula(claim):
    separatrix = claim["theory/separatrix"].iloc[0]
    assert separatrix.half_square == pytest.approx(0.5 * (4 + 2.25 + 1.44 + 1))
    assert separatrix.floor_formula >= 1
    long = mode_strength(1000.0, np.array(FULL["singular_values"]), -np.array(FULL["singular_values"]), 0.0)
    assert (long <= 0).all()
    assert claim["theory/formula"]["t"].iloc[-1] == 2 * FULL["until"]
    assert (claim["theory/formula"]["loss"] >= separatrix.half_square).all()


def test_claim_d2_in_floating_point_rounding_lets_it_go(claim):
    expected = claim["theory/modes"]["expected_escape"].to_numpy()
    assert expected == pytest.approx([18, 24.5, 31, 37], abs=0.5)
    assert one(claim["theory/separatrix"], "trusted_until") == pytest.approx(0.8 * expected.min())
    # a passes zero, by what only rounding knows, at t*/2: the loss is ≥ ½‖Σ‖² until then, and near it until 0.8 t*
    assert one(claim["theory/separatrix"], "floor") > 1 - ROUNDING_AT_TRUSTED
    assert one(claim["simulation/separatrix"], "floor") > 1 - 1e-2
    for source in SOURCES:
        assert one(claim[f"{source}/separatrix"], "time_below") > expected.min() / 2
        escape = claim[f"{source}/modes"]["escape"].to_numpy()
        assert (np.diff(escape) > 0).all()
        assert escape == pytest.approx(expected, rel=0.25)


def test_claim_d2_every_other_scale_succeeds(claim):
    for source in SOURCES:
        ends = claim[f"{source}/ends"]
        assert ends["residual"].max() < 1e-13
        assert ends["loss"][ends["lam"] != 0].max() < 1e-25
        assert claim[f"{source}/random"]["residual"].max() < 1e-13


def test_claim_d2_slope_of_the_reversal_time(claim):
    theory, descent = (claim[f"{source}/slopes"] for source in SOURCES)
    assert theory["slope_formula"].to_numpy() == pytest.approx(np.ones(4), abs=0.01)
    assert theory["slope"].to_numpy() == pytest.approx(np.ones(4), abs=0.01)
    assert descent["slope"].to_numpy() == pytest.approx(np.ones(4), abs=0.02)
    # and more precisely: each step multiplies the difference of the layers by 1 + ηs̃
    assert descent["slope"].to_numpy() == pytest.approx(theory["expected_slope_descent"].to_numpy(), abs=3e-4)
    assert theory["deviation_asymptote"].max() < 1e-4
    # at |λ| = 1e-12 what rounding leaves of a saddle is known to ε/|λ| = 2e-4, a hundred times over
    assert theory["deviation_time"].max() < 2e-2


def test_the_whole_sequence_is_the_flow(claim):
    flow = claim["simulation/flow"]
    assert flow["deviation_qqt"].max() < 1e-8
    assert set(only(flow, start="aligned")["lam"]) == {*FULL["lambdas"], 1e-6, -1e-6}
    assert set(only(flow, start="random")["lam"]) == set(CLAIM["unaligned"]["lambdas"])


def test_the_solution_is_the_mode_formula(claim):
    for row in claim["theory/agreement"].itertuples():
        of_reversal = ROUNDING_AT_TRUSTED if row.lam == 0 else 1e-13 + 1e-14 / abs(row.lam)
        assert row.deviation_formula < (of_reversal if row.task else 1e-13)


def test_descent_follows_to_first_order(claim):
    assert claim["simulation/agreement"]["deviation_loss"].max() < 1.5 * FULL["learning_rate"]
    sigma = np.diag(FULL["singular_values"])
    w1, w2 = lr.aligned_weights(0.01, sigma, 4 * [0.01], 4, rng=np.random.default_rng(1))
    both = lr.TaskSequence([sigma, -sigma])

    def apart(rate):
        steps = round(20 / rate)
        descent = both.descent(w1, w2, learning_rate=rate, steps=steps, record_every=steps // 200)
        exact = both.exact(w1, w2, descent[0].times, lam=0.01)
        return [np.abs(a.loss() - b.loss()).max() for a, b in zip(descent, exact, strict=True)]

    order = np.log2(np.divide(apart(0.005), apart(0.0025)))
    assert order == pytest.approx([1, 1], abs=0.1)


def test_only_the_magnitude_of_lambda_matters(claim):
    tables = SimpleNamespace(frame=lambda figure, table: claim[table])
    assert measures.asymmetry(tables, "figD2", "theory/aligned") < 1e-10
    assert measures.asymmetry(tables, "figD2", "simulation/aligned") < 1e-8


def test_phase_line(claim):
    s = min(FULL["singular_values"])
    for lam, line in claim["theory/phase"].groupby("lam"):
        descent = only(claim["simulation/phase"], lam=lam)
        a, velocity = (descent[name].to_numpy() for name in ("strength", "velocity"))
        assert descent["step"].iloc[0] == FULL["until"] / FULL["learning_rate"] + 1
        assert a[0] == pytest.approx(-s, rel=0.15)
        # descent shrinks λ a little on the way; towards the target the velocity vanishes
        far = a < 0.9 * s
        expected = np.hypot(lam, 2 * a[far]) * (s - a[far])
        assert velocity[far] == pytest.approx(expected, rel=0.15)
        b, drawn_velocity = (line[name].to_numpy() for name in ("strength", "velocity"))
        # of the mode formula itself, a little later
        moved = mode_strength(1e-5, s, b, lam) - b
        assert drawn_velocity == pytest.approx(moved / 1e-5, rel=1e-3, abs=1e-9)
        # next to a = 0, below and above: the velocity is |λ|s̃, and 0 at λ = 0
        for value in drawn_velocity[[(b < 0).sum() - 1, (b < 0).sum()]]:
            assert value == pytest.approx(abs(lam) * s, rel=1e-3, abs=3e-6)
        assert (a > 0).any() == (lam != 0)


def test_random_starts_reverse_at_the_same_time(claim):
    times = {source: claim[f"{source}/random"].groupby(["lam", "task"])["time_last"] for source in SOURCES}
    s = np.array(FULL["singular_values"])
    assert (times["theory"].size() == 20).all()
    for lam in CLAIM["unaligned"]["lambdas"]:
        formula = time_to_reach(s / 2, s, -s, lam).max()
        # the difference is the interpolation between records
        assert times["theory"].mean()[lam, 1] == pytest.approx(formula, abs=0.01)
        assert times["theory"].std()[lam, 1] < 1e-2 * 1e-13 / abs(lam) + 1e-8
        assert times["theory"].std()[lam, 0] > 1e-3
        if abs(lam) >= 0.01:
            assert times["simulation"].mean()[lam, 1] == pytest.approx(formula, rel=0.02)


def test_one_layer_has_no_saddle(claim):
    for _, curve in claim["theory/one_layer"].groupby("task"):
        t, loss = curve["t"].to_numpy(), curve["loss"].to_numpy()
        assert loss == pytest.approx(loss[0] * np.exp(-2 * (t - t[0])), rel=1e-9)
    assert claim["simulation/one_layer_agreement"]["deviation_loss"].max() < FULL["unaligned"]["learning_rate"]


def test_what_lets_descent_go_is_rounding_if_aligned_and_the_finite_step_if_not(claim):
    for start in only(claim["task/random"], lam=0).itertuples():
        # so that the flow learns the first task
        assert np.linalg.det(start.w2 @ start.w1) * np.linalg.det(start.sigma_yx) > 0
    by_rounding, by_step = claim["simulation/rotated"], claim["simulation/random_zero"]
    assert by_rounding["imbalance"].max() < 1e-12
    large = by_step.groupby("learning_rate", sort=False)["imbalance"].mean()
    assert np.diff(np.log2(large)) == pytest.approx([-1, -1], abs=0.05)  # ∝ η
    slopes = []
    for rows in (by_rounding, by_step):
        assert rows["escaped"].all()
        times = rows.groupby("learning_rate")["time_last"].mean()
        slopes.append(np.polyfit(np.log(1 / times.index), times, 1)[0])
    assert slopes[1] == pytest.approx(1 / min(FULL["singular_values"]), abs=0.05)
    assert slopes[0] < 0.2
    # a hidden rotation moves it: rounding
    assert by_rounding.groupby("learning_rate")["time_last"].std().min() > 0.3
    assert only(by_rounding, learning_rate=0.01)["floor"].min() > 1 - 5e-3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lambdas": [1]}, "figD2.lambdas = [1] must hold 0"),
        ({"until": 40}, "figD2.until = 40 must be at least 42.37"),
        ({"time": {**FULL["time"], "until": 40}}, "figD2.time.until = 40 must be at least"),
        ({"time": {**FULL["time"], "least": 1e-11}}, "least < rounding_below < slope_from"),
        ({"time": {**FULL["time"], "n_lambdas": 5}}, "figD2.time.n_lambdas = 5 leaves fewer than two"),
        ({"time": {**FULL["time"], "largest": 1.0}}, "from slope_until s̃ to s̃"),
        ({"unaligned": {**FULL["unaligned"], "lambdas": [0, 0.01, -0.1]}}, "figD2.unaligned.lambdas holds 0"),
        ({"unaligned": {**FULL["unaligned"], "shown_lambdas": [3]}}, "shown_lambdas holds 3, which is not in"),
        ({"draw": {"slope_until": 0.001}}, "figD2.draw.slope_until = 0.001 leaves fewer than two"),
    ],
)
def test_values_that_do_not_fit_are_said(change, said):
    assert not [*mistakes_of("figD2", FULL)]
    assert any(said in mistake for mistake in mistakes_of("figD2", {**FULL, **change}))


def test_figure_has_its_panels_lines_and_labels(figure):
    axes = figure.get_axes()
    assert len(axes) == 8
    assert all(a.get_xlabel() for a in axes)
    assert [bool(a.get_ylabel()) for a in axes] == [True, False, True, True, True, False, True, True]
    n_lams, n_modes, n_shown = 4, 2, 2
    assert len(axes[0].lines) == 2 * n_lams
    # descent's and the solution's rounding, the formula, and the expected escapes
    assert len(axes[1].lines) == 2 * n_lams + 3 + n_modes
    assert len(axes[2].lines) == 3 * n_lams + 1
    assert len(axes[3].lines) == 2 * n_modes
    assert len(axes[3].collections) == 4 * n_modes
    assert [len(a.lines) for a in axes[4:6]] == 2 * [2 * n_shown + 2]
    assert len(axes[6].containers) == 2 * 2
    assert [len(axes[7].lines), len(axes[7].collections)] == [2, 2]
    assert [len(legend.get_texts()) for legend in figure.legends] == [5]


def test_nothing_is_clipped(figure):
    assert_nothing_is_clipped(figure)
