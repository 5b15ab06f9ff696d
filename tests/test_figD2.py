"""figD2: the law of the reversal time, the separatrix and what leaves it, the whole sequence, and the drawing."""

import matplotlib
import numpy as np
import pytest

import lazyrich as lr
from figures import STAGES, assert_nothing_is_clipped, assert_same_bytes, compute, config, config_block, fixtures
from lazyrich.figures.figD2_reversal_learning import reversal
from lazyrich.linear.modes import mode_strength, time_to_reach
from lazyrich.pipeline import config_values, tables
from lazyrich.pipeline.records import Data

matplotlib.use("Agg")
FULL = config_block("figD2")
TINY = config("tiny")["figD2"]
# all of what is claimed, at fewer scales, draws and learning rates
CLAIM = {
    **FULL,
    "record_interval": 0.1,
    "time": {**FULL["time"], "n_lambdas": 37},
    "unaligned": {**FULL["unaligned"], "n_draws": 20, "lambdas": [1e-6, 0.01, -0.1, 1]},
    "zero": {**FULL["zero"], "learning_rates": [0.01, 0.005, 0.0025], "slope_until": 0.01},
}
# rounding grows as e^(2s̃t) at λ = 0 and is of order 1 at t* = ln(1e16)/s̃: at 0.8 t* it is 10^−6.4, here times a hundred
ROUNDING_AT_TRUSTED = 100 * 10 ** (-0.4 * 16)
PHASE, SIDES = ("strength", "velocity"), ("below", "above")


results, data, figure = fixtures("figD2", TINY)


@pytest.fixture(scope="module")
def claim(tmp_path_factory):
    return Data.read(compute("figD2", tmp_path_factory.mktemp("claim"), CLAIM), STAGES)


def aligned(data, lam):
    (run,) = [run for run in data.panel("aligned") if run.lam == lam]
    return run.run_id


def first_of(data, panel):
    return data.panel(panel)[0].run_id


def of_first_draws(data, panel):
    return [run for run in data.panel(panel) if run.draw == 0]


def test_tables_are_of_their_schema(results):
    assert tables.read(results / "runs.parquet", "runs").num_rows == 4 + 1 + 19 + 2 * 3 + 1 + 2 * 2 * 3
    for stage in STAGES:
        assert tables.read(results / f"{stage}.parquet", "records").num_rows > 0


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
    assert reversal.asymptote(s, lams) == pytest.approx(exact, abs=1e-6)


def test_claim_d2_the_loss_at_lambda_zero_stays_by_the_mode_formula(claim):
    run = aligned(claim, 0)
    half = claim.number("half_square", first_of(claim, "aligned"), "theory")
    assert half == pytest.approx(0.5 * (4 + 2.25 + 1.44 + 1))
    assert claim.number("floor_formula", run, "theory") >= 1
    long = mode_strength(1000.0, np.array(FULL["singular_values"]), -np.array(FULL["singular_values"]), 0.0)
    assert (long <= 0).all()
    _, t, loss = claim.numbers("loss_formula", run, "theory", 1)
    assert t[-1] == 2 * FULL["until"]
    assert (loss >= half).all()


def test_claim_d2_in_floating_point_rounding_lets_it_go(claim):
    run, first = aligned(claim, 0), first_of(claim, "aligned")
    expected = claim.numbers("expected_escape", first, "theory")[2][0]
    assert expected == pytest.approx([18, 24.5, 31, 37], abs=0.5)
    assert claim.number("trusted_until", first, "theory") == pytest.approx(0.8 * expected.min())
    # a passes zero, by what only rounding knows, at t*/2: the loss is ≥ ½‖Σ‖² until then, and near it until 0.8 t*
    assert claim.number("floor", run, "theory") > 1 - ROUNDING_AT_TRUSTED
    assert claim.number("floor", run, "simulation") > 1 - 1e-2
    for source in ("theory", "simulation"):
        assert claim.number("time_below_rounding", run, source) > expected.min() / 2
        escape = claim.numbers("escape_rounding", run, source)[2][:, 0]
        assert (np.diff(escape) > 0).all()
        assert escape == pytest.approx(expected, rel=0.25)


def test_claim_d2_every_other_scale_succeeds(claim):
    for run in claim.panel("aligned"):
        for source in ("theory", "simulation"):
            assert claim.number("residual_first", run.run_id, source) < 1e-13
            if run.lam != 0:
                assert claim.number("loss_final", run.run_id, source) < 1e-25
    for run in of_first_draws(claim, "unaligned"):
        for source in ("theory", "simulation"):
            for stage in (0, 1):
                assert claim.number("residual", run.run_id, source, stage) < 1e-13


def test_claim_d2_slope_of_the_reversal_time(claim):
    first = first_of(claim, "time")
    assert claim.numbers("slope_formula", first, "theory")[2][0] == pytest.approx(np.ones(4), abs=0.01)
    assert claim.numbers("slope", first, "theory")[2][0] == pytest.approx(np.ones(4), abs=0.01)
    descent = claim.numbers("slope", first, "simulation")[2][0]
    assert descent == pytest.approx(np.ones(4), abs=0.02)
    # and more precisely: each step multiplies the difference of the layers by 1 + ηs̃
    assert descent == pytest.approx(claim.numbers("expected_slope_descent", first, "theory")[2][0], abs=3e-4)
    assert claim.number("deviation_asymptote", first, "theory") < 1e-4
    # at |λ| = 1e-12 what rounding leaves of a saddle is known to ε/|λ| = 2e-4, a hundred times over
    assert claim.number("deviation_time", first, "theory") < 2e-2


def test_the_whole_sequence_is_the_flow(claim):
    for panel in ("aligned", "flow"):
        for run in claim.panel(panel):
            assert claim.number("deviation_qqt", run.run_id, "flow") < 1e-8, run.lam
    assert {abs(run.lam) for run in claim.panel("flow")} == {1e-6}
    for run in of_first_draws(claim, "unaligned"):
        assert claim.number("deviation_qqt", run.run_id, "flow") < 1e-8, run.lam


def test_the_solution_is_the_mode_formula(claim):
    for run in claim.panel("aligned"):
        assert claim.number("deviation_formula", run.run_id, "theory", 0) < 1e-13
        tolerance = ROUNDING_AT_TRUSTED if run.lam == 0 else 1e-13 + 1e-14 / abs(run.lam)
        assert claim.number("deviation_formula", run.run_id, "theory", 1) < tolerance


def test_descent_follows_to_first_order(claim):
    for run in claim.panel("aligned"):
        for stage in (0, 1):
            assert claim.number("deviation_loss", run.run_id, "simulation", stage) < 1.5 * run.learning_rate
    sigma = np.diag(FULL["singular_values"])
    w1, w2 = lr.aligned_weights(0.01, sigma, 4 * [0.01], 4, rng=np.random.default_rng(1))
    both = lr.TaskSequence([sigma, -sigma])

    def apart(rate):
        steps = round(20 / rate)
        descent = both.simulate(w1, w2, learning_rate=rate, steps=steps, record_every=steps // 200)
        exact = both.exact(w1, w2, descent[0].times, lam=0.01)
        return [np.abs(a.loss() - b.loss()).max() for a, b in zip(descent, exact, strict=True)]

    order = np.log2(np.divide(apart(0.005), apart(0.0025)))
    assert order == pytest.approx([1, 1], abs=0.1)


def test_only_the_magnitude_of_lambda_matters(claim):
    first = first_of(claim, "aligned")
    assert claim.number("asymmetry", first, "theory") < 1e-10
    assert claim.number("asymmetry", first, "simulation") < 1e-8


def test_phase_line(claim):
    s = min(FULL["singular_values"])
    for run in claim.panel("aligned"):
        a, velocity = (claim.numbers(f"phase_{part}", run.run_id, "simulation")[2][:, 0] for part in PHASE)
        assert a[0] == pytest.approx(-s, rel=0.15)
        # descent shrinks λ a little on the way; towards the target the velocity vanishes
        far = a < 0.9 * s
        expected = np.hypot(run.lam, 2 * a[far]) * (s - a[far])
        assert velocity[far] == pytest.approx(expected, rel=0.15)
        for side in SIDES:
            b, drawn_velocity = (claim.numbers(f"phase_{part}_{side}", run.run_id, "theory")[2][:, 0] for part in PHASE)
            # of the mode formula itself, a little later
            moved = mode_strength(1e-5, s, b, run.lam) - b
            assert drawn_velocity == pytest.approx(moved / 1e-5, rel=1e-3, abs=1e-9)
        crossing = [claim.numbers(f"phase_velocity_{side}", run.run_id, "theory")[2][[0, -1], 0] for side in SIDES]
        # next to a = 0, below and above: the velocity is |λ|s̃, and 0 at λ = 0
        for value in (crossing[0][1], crossing[1][0]):
            assert value == pytest.approx(abs(run.lam) * s, rel=1e-3, abs=3e-6)
        assert (a > 0).any() == (run.lam != 0)


def test_random_starts_reverse_at_the_same_time(claim):
    for run in of_first_draws(claim, "unaligned"):
        formula = claim.number("time_last_formula", run.run_id, "theory", 1)
        assert claim.numbers("time_last", run.run_id, "theory", 1)[2].size == 20
        # the difference is the interpolation between records
        assert claim.number("time_last_mean", run.run_id, "theory", 1) == pytest.approx(formula, abs=0.01)
        assert claim.number("time_last_std", run.run_id, "theory", 1) < 1e-2 * 1e-13 / abs(run.lam) + 1e-8
        assert claim.number("time_last_std", run.run_id, "theory", 0) > 1e-3
        if abs(run.lam) >= 0.01:
            assert claim.number("time_last_mean", run.run_id, "simulation", 1) == pytest.approx(formula, rel=0.02)


def test_one_layer_has_no_saddle(claim):
    (run,) = claim.panel("shallow")
    for stage in (0, 1):
        _, t, loss = claim.numbers("loss", run.run_id, "theory", stage)
        assert loss[:, 0] == pytest.approx(loss[0, 0] * np.exp(-2 * (t - t[0])), rel=1e-9)
        assert claim.number("deviation_loss", run.run_id, "simulation", stage) < run.learning_rate


def test_what_lets_descent_go_is_rounding_if_aligned_and_the_finite_step_if_not(claim):
    by_rounding, by_step = (of_first_draws(claim, f"{kind} zero") for kind in ("aligned", "random"))
    for run in claim.panel("random zero"):
        function = claim.matrix("w2", run.run_id) @ claim.matrix("w1", run.run_id)
        # so that the flow learns the first task
        assert np.linalg.det(function) * np.linalg.det(claim.matrix("sigma_yx", run.run_id)) > 0
    small = [claim.number("imbalance_max", run.run_id, "simulation") for run in by_rounding]
    assert max(small) < 1e-12
    large = [claim.number("imbalance_mean", run.run_id, "simulation") for run in by_step]
    assert np.diff(np.log2(large)) == pytest.approx([-1, -1], abs=0.05)  # ∝ η
    later = claim.number("slope_learning_rate", by_step[0].run_id, "simulation")
    assert later == pytest.approx(1 / min(FULL["singular_values"]), abs=0.05)
    assert claim.number("slope_learning_rate", by_rounding[0].run_id, "simulation") < 0.2
    for run in by_rounding:
        # a hidden rotation moves it: rounding
        assert claim.number("escape_last_rounding_std", run.run_id, "simulation") > 0.3
        assert claim.number("escaped", run.run_id, "simulation") == 1
    assert claim.number("floor_min", by_rounding[0].run_id, "simulation") > 1 - 5e-3


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
        ({"zero": {**FULL["zero"], "slope_until": 0.001}}, "figD2.zero.slope_until = 0.001 leaves fewer than two"),
    ],
)
def test_values_that_do_not_fit_are_said(change, said):
    assert not [*config_values.mistakes_of("figD2", FULL)]
    assert any(said in mistake for mistake in config_values.mistakes_of("figD2", {**FULL, **change}))


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
