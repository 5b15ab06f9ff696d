"""figC2: the numbers of the delay, its law for every start, the tables, and the drawing."""

import matplotlib
import numpy as np
import pytest

from figures import STAGES, assert_nothing_is_clipped, assert_same_bytes, compute, config_block, fixtures, tables_in
from lazyrich.linear import delay
from lazyrich.pipeline.frames import one, only

matplotlib.use("Agg")
FULL = config_block("figC2")
TINY = {**FULL, "lambdas": [3, 10, 30], "n_draws": 8, "n_times": 401, "draw": {"scatter_lambda": 30}}
# everything but descent, which the claim's theory does not need
CLAIM = {**FULL, "lambdas": [10, 30, 100, 300, 1000], "n_times": 801}


def make(config, folder, stages=STAGES):
    return compute("figC2", folder, config, stages)


results, data, figure = fixtures("figC2", TINY)


@pytest.fixture(scope="module")
def claim(tmp_path_factory):
    return tables_in("figC2", make(CLAIM, tmp_path_factory.mktemp("claim"), STAGES[:2]), STAGES[:2])


def test_a_row_for_each_start(data):
    assert len(data["task/starts"]) == len(data["theory/starts"]) == 3 * (8 + 1)
    assert len(data["simulation/starts"]) == 3 * 2
    assert len(data["theory/slopes"]) == 8 + 1


def test_stages_are_deterministic(results, tmp_path):
    make(TINY, tmp_path)
    assert_same_bytes(tmp_path, results)


def test_claim_c6_every_start_follows_the_law(claim):
    starts = claim["theory/starts"]
    assert len(only(starts, start="random")) == 60 * len(CLAIM["lambdas"])
    assert starts["deviation_loss_law"].max() < 1e-2
    assert (starts["deviation_loss_law"] < 2 / starts["lam"] ** 2).all()  # second order in s̃/λ
    assert starts["late_rate"].to_numpy() == pytest.approx(1, abs=0.01)


def test_claim_c6_slope(claim):
    slopes = claim["theory/slopes"]
    assert set(slopes["start"]) == {"random", "diagonal"}
    assert slopes["slope"].to_numpy() == pytest.approx(1, abs=0.05)


def test_claim_c6_the_45_degree_start(claim):
    for run in only(claim["theory/starts"], start="diagonal").itertuples():
        if run.lam >= 30:
            assert run.slow_quarter == pytest.approx(0.549, abs=0.01)
            assert run.slow_kernel_half == pytest.approx(1.317, abs=0.01)
        else:
            # at λ = 10 the fast phase, of length 1/λ in t and (s̃/λ)² in r t, is still seen
            assert run.slow_quarter == pytest.approx(np.log(3) / 2 + 1 / run.lam**2, abs=1e-3)
            assert run.slow_kernel_half == pytest.approx(-np.log(np.tan(np.pi / 12)) + 1 / run.lam**2, abs=2e-3)


def test_random_starts_scatter_as_stated(claim):
    for _, starts in only(claim["theory/starts"], start="random").groupby("lam"):
        plateau, kernel_half = starts["plateau"], starts["slow_kernel_half"]
        assert abs(plateau.mean() - 0.5) < 4.5 * plateau.std(ddof=0) / np.sqrt(60)
        assert plateau.std(ddof=0) == pytest.approx(0.07, abs=0.02)
        assert kernel_half.mean() == pytest.approx(1.9, abs=0.15)
        assert kernel_half.std(ddof=0) == pytest.approx(0.3, abs=0.1)


def test_the_stored_law_is_that_of_the_stored_start(data):
    for run in only(data["task/starts"], start="random", draw=0).itertuples():
        law = only(data["theory/laws"], start="random", lam=run.lam)
        slow, steps = law["slow_time"].to_numpy(), law["step"].to_numpy()
        assert slow == pytest.approx(steps * run.learning_rate * delay.slow_rate(1.0, run.lam), rel=1e-12)
        assert steps[0] * run.learning_rate * run.lam > TINY["transient"]
        # p_i from the eigenvalues of a projection, another way than the code's
        within = run.sigma_yx.T @ run.w2 @ np.linalg.inv(run.w2.T @ run.w2) @ run.w2.T @ run.sigma_yx
        p = np.linalg.eigvalsh(within)
        expected = ((1 - p) / (1 - p + p * np.exp(2 * slow[:, None]))).mean(1)
        assert law["loss"].to_numpy() == pytest.approx(expected, rel=1e-9)


def test_descent_follows_law_and_solution(data):
    for run in data["simulation/starts"].itertuples():
        place = {"start": run.start, "lam": run.lam}
        exact, descent = (only(data[f"{stage}/curves"], **place) for stage in ("theory", "simulation"))
        assert np.array_equal(exact["step"], descent["step"])
        for name in ("loss", "kernel_distance"):
            deviation = np.abs(exact[name].to_numpy() - descent[name].to_numpy())
            stored = getattr(run, f"deviation_{name}")
            assert stored == pytest.approx(deviation.max() / exact[name].abs().max())
            assert stored < 0.06  # in the first 1/λ, at η λ = 1/2
            if run.lam >= 10:
                assert getattr(run, f"deviation_{name}_late") < 1e-3
                assert getattr(run, f"deviation_{name}_law") < 1e-2
        if run.lam >= 10:
            for name in ("late_rate", "slow_kernel_half", "slow_quarter"):
                theory = one(data["theory/starts"], name, **place, draw=0)
                assert getattr(run, name) == pytest.approx(theory, abs=0.01)


def test_a_run_too_short_for_the_delay_is_said_so(tmp_path):
    with pytest.raises(SystemExit, match=r"figC2\.until .* too s"):
        make({**TINY, "until": 0.5}, tmp_path)
    assert not (tmp_path / "theory").exists()


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
    last = only(data["simulation/starts"], start="diagonal").iloc[-1]
    circles = [line for line in figure.get_axes()[4].lines if line.get_marker() == "o"]
    at = [line.get_xdata()[0] for line in circles]
    assert at == [last["slow_quarter"], last["slow_kernel_half"]]


def test_nothing_is_clipped(figure):
    assert_nothing_is_clipped(figure)
