"""figC2: the numbers of the delay, its law for every start, the tables, and the drawing."""

import matplotlib
import numpy as np
import pytest

from figures import STAGES, assert_nothing_is_clipped, assert_same_bytes, compute, config_block, fixtures
from lazyrich.linear import delay
from lazyrich.pipeline import tables
from lazyrich.pipeline.records import Data

matplotlib.use("Agg")
FULL = config_block("figC2")
TINY = {**FULL, "lambdas": [3, 10, 30], "scatter_lambda": 30, "n_draws": 8, "n_times": 401}
# everything but descent, which the claim's theory does not need
CLAIM = {**FULL, "lambdas": [10, 30, 100, 300, 1000], "n_times": 801}


def make(config, folder, stages=STAGES):
    return compute("figC2", folder, config, stages)


results, data, figure = fixtures("figC2", TINY)


@pytest.fixture(scope="module")
def claim(tmp_path_factory):
    return Data.read(make(CLAIM, tmp_path_factory.mktemp("claim"), STAGES[:2]), STAGES[:2])


def first(data, kind):
    return [run for run in data.panel(kind) if run.draw == 0]


def test_tables_are_of_their_schema(results):
    assert tables.read(results / "runs.parquet", "runs").num_rows == 3 * (8 + 1)
    for stage in STAGES:
        assert tables.read(results / f"{stage}.parquet", "records").num_rows > 0


def test_stages_are_deterministic(results, tmp_path):
    make(TINY, tmp_path)
    assert_same_bytes(tmp_path, results)


def test_claim_c6_every_start_follows_the_law(claim):
    runs = claim.panel("random")
    assert len(runs) == 60 * len(CLAIM["lambdas"])
    assert max(claim.number("deviation_loss_law", run.run_id, "theory") for run in claim.runs) < 1e-2
    for run in claim.runs:
        # second order in s̃/λ
        assert claim.number("deviation_loss_law", run.run_id, "theory") < 2 / run.lam**2
        assert claim.number("late_rate", run.run_id, "theory") == pytest.approx(1, abs=0.01)


def test_claim_c6_slope(claim):
    for kind in ("random", "diagonal"):
        for name in ("min", "mean", "max"):
            assert claim.number(f"slope_{name}", first(claim, kind)[0].run_id, "theory") == pytest.approx(1, abs=0.05)


def test_claim_c6_the_45_degree_start(claim):
    for run in first(claim, "diagonal"):
        quarter, half = (claim.number(n, run.run_id, "theory") for n in ("slow_quarter", "slow_kernel_half"))
        if run.lam >= 30:
            assert quarter == pytest.approx(0.549, abs=0.01)
            assert half == pytest.approx(1.317, abs=0.01)
        else:
            # at λ = 10 the fast phase, of length 1/λ in t and (s̃/λ)² in r t, is still seen
            assert quarter == pytest.approx(np.log(3) / 2 + 1 / run.lam**2, abs=1e-3)
            assert half == pytest.approx(-np.log(np.tan(np.pi / 12)) + 1 / run.lam**2, abs=2e-3)


def test_random_starts_scatter_as_stated(claim):
    for run in first(claim, "random"):
        mean, std = (claim.number(f"plateau_{name}", run.run_id, "theory") for name in ("mean", "std"))
        assert abs(mean - 0.5) < 4.5 * std / np.sqrt(60)
        assert std == pytest.approx(0.07, abs=0.02)
        assert claim.number("slow_kernel_half_mean", run.run_id, "theory") == pytest.approx(1.9, abs=0.15)
        assert claim.number("slow_kernel_half_std", run.run_id, "theory") == pytest.approx(0.3, abs=0.1)


def test_the_stored_law_is_that_of_the_stored_start(data):
    for run in first(data, "random"):
        steps, _, law = data.numbers("loss_law", run.run_id, "theory")
        _, _, slow = data.numbers("law_slow_time", run.run_id, "theory")
        assert slow[:, 0] == pytest.approx(steps * run.learning_rate * delay.slow_rate(1.0, run.lam), rel=1e-12)
        assert steps[0] * run.learning_rate * run.lam > TINY["transient"]
        # p_i from the eigenvalues of a projection, another way than the code's
        sigma_yx, w2 = (data.matrix(name, run.run_id) for name in ("sigma_yx", "w2"))
        within = sigma_yx.T @ w2 @ np.linalg.inv(w2.T @ w2) @ w2.T @ sigma_yx
        p = np.linalg.eigvalsh(within)
        expected = ((1 - p) / (1 - p + p * np.exp(2 * slow))).mean(1)
        assert law[:, 0] == pytest.approx(expected, rel=1e-9)


def test_descent_follows_law_and_solution(data):
    for run in first(data, "random") + first(data, "diagonal"):
        for name in ("loss", "kernel_distance"):
            exact, descent = (data.numbers(name, run.run_id, source) for source in ("theory", "simulation"))
            assert np.array_equal(exact[0], descent[0])
            deviation = np.abs(exact[2] - descent[2])
            stored = data.number(f"deviation_{name}", run.run_id, "simulation")
            assert stored == pytest.approx(deviation.max() / np.abs(exact[2]).max())
            assert stored < 0.06  # in the first 1/λ, at η λ = 1/2
            if run.lam >= 10:
                assert data.number(f"deviation_{name}_late", run.run_id, "simulation") < 1e-3
                assert data.number(f"deviation_{name}_law", run.run_id, "simulation") < 1e-2
        if run.lam >= 10:
            for name, tolerance in (("late_rate", 0.01), ("slow_kernel_half", 0.01), ("slow_quarter", 0.01)):
                values = (data.number(name, run.run_id, source) for source in ("theory", "simulation"))
                assert np.diff([*values]) == pytest.approx(0, abs=tolerance)


def test_a_run_too_short_for_the_delay_is_said_so(tmp_path):
    with pytest.raises(SystemExit, match=r"figC2\.until .* too s"):
        make({**TINY, "until": 0.5}, tmp_path)
    assert not (tmp_path / "theory.parquet").exists()


def test_figure_has_its_panels_lines_and_labels(figure):
    axes = figure.get_axes()
    assert len(axes) == 6
    assert all(a.get_xlabel() and a.get_ylabel() for a in axes)
    # descent and law at three λ; law, bars and dots twice; two quantities and two circles; dots, cross, line
    assert [len(a.lines) for a in axes] == [6, 6, 2 + 3 + 3 + 3, 6, 12 + 2, 2]
    assert [a.get_xscale() for a in axes] == ["log", "linear", "log", "linear", "linear", "linear"]
    assert "slope" in axes[2].get_legend().get_texts()[-1].get_text()
    assert [len(a.texts) for a in axes] == [1, 2, 1, 1, 1 + 2 + 2, 1]
    assert len(figure.legends[0].get_texts()) == 3 + 2


def test_the_circles_stand_where_they_were_measured(figure, data):
    run = first(data, "diagonal")[-1]
    circles = [line for line in figure.get_axes()[4].lines if line.get_marker() == "o"]
    at = [line.get_xdata()[0] for line in circles]
    assert at == [data.number(name, run.run_id, "simulation") for name in ("slow_quarter", "slow_kernel_half")]


def test_nothing_is_clipped(figure):
    assert_nothing_is_clipped(figure)
