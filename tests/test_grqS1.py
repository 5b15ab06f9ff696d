"""grqS1: regimes of wide networks, the corrected tangent operator, deep ends, the tables and the drawing."""

import matplotlib
import numpy as np
import pytest

from figures import assert_nothing_is_clipped, config_block, fixtures
from lazyrich.pipeline import tables

matplotlib.use("Agg")
CONFIG = {
    **config_block("grqS1"), "deltas": [-4, 0, 4], "n_draws": 4, "n_times": 40, "until": 300.0,
}  # fmt: skip


results, data, figure = fixtures("grqS1", CONFIG)


def test_tables_are_of_their_schema(results):
    assert tables.read(results / "runs.parquet", "runs").num_rows == 4 * 3 * 4 + 4 * 3 * 4 + 4


def test_tangent_operators(data):
    for shape in CONFIG["shapes"]:
        assert max(data.number("deviation_by_neuron", run.run_id, "theory") for run in data.panel(shape)) < 1e-13
    for run in data.panel("isotropic"):
        assert data.number("deviation_isotropic", run.run_id, "theory") < 1e-12
        published = data.number("mismatch_published", run.run_id, "theory")
        holds = run.lam == 0 or run.n_hidden == (run.n_out if run.lam > 0 else run.n_in)
        assert (run.init == "published holds") == holds
        assert published < 1e-12 if holds else published > 0.05


def test_regimes(data):
    for shape in CONFIG["shapes"]:
        for run in (run for run in data.panel(shape) if run.draw == 0 and run.lam):
            moved = data.number("final_kernel_distance", run.run_id, "simulation")
            rich = (shape, np.sign(run.lam)) in {("narrowing", -1), ("expanding", 1)}
            assert run.init == ("delayed rich" if rich else "lazy")
            assert moved > 0.05 if rich else moved < 0.02


def test_deep_ends(data):
    expected = {
        1: (0.943004323155315, 0.628497838422343),
        2: (1.06260656759725, 0.568696716201377),
        3: (1.14571805970719, 0.527140970146403),
        5: (1.25795363338407, 0.471023183307966),
    }
    for run in data.panel("deep"):
        assert data.numbers("learned", run.run_id, "theory")[2][0] == pytest.approx(expected[run.draw], abs=1e-10)
        assert data.numbers("beta", run.run_id, "flow")[2][-1] == pytest.approx(expected[run.draw], abs=1e-9)


def test_descent_follows_the_flow(data):
    for shape in CONFIG["shapes"]:
        for run in (run for run in data.panel(shape) if run.draw == 0):
            for name in ("loss", "kernel_distance"):
                assert data.number(f"deviation_{name}", run.run_id, "simulation") < CONFIG["step"]


def test_figure(figure):
    axes = figure.get_axes()
    assert [len(a.lines) for a in axes] == [3] * 8 + [3, 4 + 4 + 1]
    assert len(axes[8].collections) == 2 * 12
    assert_nothing_is_clipped(figure)
