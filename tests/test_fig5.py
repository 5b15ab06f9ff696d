"""fig5: where each architecture is lazy and where it is rich, the tables, and the drawing."""

import json

import matplotlib
import numpy as np
import pytest

from cases import EPS
from figures import STAGES, assert_nothing_is_clipped, assert_same_bytes, compute, config_block, fixtures
from lazyrich.linear import observables
from lazyrich.linear.flow import gradient_flow
from lazyrich.pipeline import tables
from lazyrich.pipeline.records import Data

matplotlib.use("Agg")
FULL = config_block("fig5")
TINY = {
    **FULL,
    "lambdas": [-10, -0.5, 0, 0.5, 10],
    "simulated_lambdas": [-10, 0, 10],
    "n_draws": 5,
    "until": 20.0,
    "dynamics": {"lambdas": [-10, 0, 10], "relative_rate": 0.1, "largest_rate": 0.02, "n_records": 20},
}
# the widths and draws of the claim, at its three λ; descent at the cheapest
CLAIM = {**FULL, "lambdas": [-100, 0, 100], "simulated_lambdas": [0]}


def make(config, folder, stages=STAGES):
    return compute("fig5", folder, config, stages)


results, data, figure = fixtures("fig5", TINY)


def test_tables_are_of_their_schema(results):
    assert tables.read(results / "runs.parquet", "runs").num_rows == 3 * (5 * 5 + 3)
    for stage in STAGES:
        assert tables.read(results / f"{stage}.parquet", "records").num_rows > 0


def test_stages_are_deterministic(results, tmp_path):
    make(TINY, tmp_path)
    assert_same_bytes(tmp_path, results)


def test_claim_f5(tmp_path):
    """Lazy and delayed rich at |λ| = 100, rich at λ = 0, for 20 draws of a seed that is not the figure's."""
    data = Data.read(make(CLAIM, tmp_path, STAGES[:2]), STAGES[:2])
    mean = {
        (run.n_in, run.n_out, run.lam): data.number("final_distance_mean", run.run_id, "theory")
        for run in data.panel("final")
        if run.draw == 0
    }
    lazy = [(10, 5, 100.0), (5, 5, 100.0), (5, 5, -100.0), (5, 10, -100.0)]
    rich = [(10, 5, -100.0), (5, 5, 0.0), (5, 10, 100.0)]
    assert max(mean[key] for key in lazy) < 0.01
    assert min(mean[key] for key in rich) > 0.2
    for run in data.panel("final"):
        # converged: even the slowest mode of the delayed side has been learned
        assert data.number("final_loss", run.run_id, "theory") < 1e-3
        if (run.n_in, run.n_out, run.lam) in lazy:
            assert data.number("final_distance", run.run_id, "theory") < 0.01


def test_the_same_task_and_function_at_every_lam(data):
    for shape in (10, 5), (5, 5), (5, 10):
        runs = [run for run in data.panel("final") if (run.n_in, run.n_out) == shape and run.draw == 1]
        functions = [data.matrix("w2", run.run_id) @ data.matrix("w1", run.run_id) for run in runs]
        sigma_yx = [data.matrix("sigma_yx", run.run_id) for run in runs]
        assert np.ptp(functions, axis=0).max() < 1e-13
        assert np.ptp(sigma_yx, axis=0).max() == 0
        for run in runs:
            lam, residual = observables.balance(data.matrix("w1", run.run_id), data.matrix("w2", run.run_id))
            # of layers whose squares are as large as |λ|
            assert lam == pytest.approx(run.lam, abs=32 * EPS * (1 + abs(run.lam)))
            assert residual < 64 * EPS * (1 + abs(run.lam))


def test_the_squares_start_on_the_side_of_their_task(data):
    """Half of the draws would not, unless they are mirrored."""
    for run in data.panel("final"):
        if run.n_in == run.n_out:
            w1, w2, sigma_yx = (data.matrix(name, run.run_id) for name in ("w1", "w2", "sigma_yx"))
            assert np.linalg.det(w2 @ w1) * np.linalg.det(sigma_yx) > 0


def test_the_square_is_symmetric_in_lam(data):
    distance = {
        (run.lam, run.draw): data.number("final_distance", run.run_id, "theory")
        for run in data.panel("final")
        if run.n_in == run.n_out
    }
    for (lam, draw), value in distance.items():
        assert value == pytest.approx(distance[-lam, draw], rel=1e-6)


def test_distances_are_those_of_an_independent_integrator(data):
    for run in data.panel("dynamics")[::2]:
        steps, times, exact = data.numbers("kernel_distance", run.run_id, "theory")
        assert times == pytest.approx(steps * run.learning_rate)
        start = [data.matrix(name, run.run_id) for name in ("w1", "w2", "sigma_yx")]
        few = [0, 8, 14]
        flow = gradient_flow(*start, times[few]).kernel_distance()
        assert flow == pytest.approx(exact[few, 0], rel=1e-6, abs=1e-13)


def test_summaries_and_deviations_are_of_what_is_stored(data):
    for shape in (10, 5), (5, 5), (5, 10):
        for lam in TINY["lambdas"]:
            runs = [r for r in data.panel("final") if (r.n_in, r.n_out, r.lam) == (*shape, lam)]
            simulated = bool(data.number("simulated", runs[0].run_id, "theory"))
            assert simulated == (lam in TINY["simulated_lambdas"])
            ends = {}
            for source in ("theory", "simulation")[: 1 + simulated]:
                ends[source] = np.array([data.number("final_distance", r.run_id, source) for r in runs])
                mean = data.number("final_distance_mean", runs[0].run_id, source)
                std = data.number("final_distance_std", runs[0].run_id, source)
                assert (mean, std) == pytest.approx((ends[source].mean(), ends[source].std(ddof=1)))
            if simulated:
                worst = np.abs(ends["simulation"] - ends["theory"]).max()
                stored = data.number("deviation_absolute_final_distance", runs[0].run_id, "simulation")
                assert stored == pytest.approx(worst)
                assert stored < 0.02
    for run in data.panel("dynamics"):
        exact, descent = (data.numbers("kernel_distance", run.run_id, s)[2] for s in ("theory", "simulation"))
        stored = data.number("deviation_absolute_kernel_distance", run.run_id, "simulation")
        assert stored == pytest.approx(np.abs(exact - descent).max())
        assert stored < 0.01


def test_descent_approaches_the_exact_distance_in_first_order(tmp_path):
    worst = []
    for k, factor in enumerate((1.0, 0.5)):
        config = json.loads(json.dumps(TINY))
        # so many records that the largest deviation is caught at both rates
        config["dynamics"] |= {"relative_rate": 0.05 * factor, "largest_rate": 0.01 * factor, "n_records": 400}
        data = Data.read(make(config, tmp_path / str(k)), STAGES)
        runs = data.panel("dynamics")
        worst.append([data.number("deviation_kernel_distance", run.run_id, "simulation") for run in runs])
    assert np.log2(np.divide(*worst)) == pytest.approx(np.ones(len(worst[0])), abs=0.1)


def test_figure_has_its_panels_lines_and_labels(figure):
    axes = figure.get_axes()
    networks, final, dynamics = axes[:3], axes[3:6], axes[6:]
    assert [a.get_title().splitlines()[1] for a in networks] == ["10–5–5", "5–5–10", "5–5–5"]
    # circles of three layers, lines between them
    assert [len(a.collections) for a in networks] == [3, 3, 3]
    assert [len(a.lines) for a in networks] == [10 * 5 + 25, 25 + 50, 50]
    assert [len(a.containers) for a in final] == [3, 3, 3]  # a dot with its bar at each simulated λ
    assert [len(a.lines) for a in dynamics] == [6, 6, 6]  # descent and theory at three λ
    assert all(a.get_xlabel() for a in axes[3:])
    assert all(a.get_ylabel() for a in (final[0], dynamics[0]))
    assert all("largest deviation" in a.get_title(loc="right") for a in axes[3:])
    assert final[0].get_xscale() == "symlog"
    assert dynamics[0].get_xscale() == "log"
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert len(labels) == 3 + 2


def test_nothing_is_clipped(figure):
    assert_nothing_is_clipped(figure)
