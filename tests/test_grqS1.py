"""grqS1: regimes of wide networks, the corrected tangent operator, deep ends, the tables and the drawing."""

import matplotlib
import numpy as np
import pytest

from figures import assert_nothing_is_clipped, config_block, fixtures
from lazyrich.pipeline.frames import one, only

matplotlib.use("Agg")
CONFIG = {
    **config_block("grqS1"), "deltas": [-4, 0, 4], "n_draws": 4, "n_times": 40, "until": 300.0,
}  # fmt: skip


results, data, figure = fixtures("grqS1", CONFIG)


def test_a_row_for_each_network(data):
    assert len(data["task/starts"]) == len(data["theory/starts"]) == len(data["simulation/ends"]) == 4 * 3 * 4
    assert len(data["task/isotropic"]) == len(data["theory/isotropic"]) == 4 * 3 * 4
    assert len(data["simulation/agreement"]) == 4 * 3
    assert len(data["theory/deep"]) == len(data["simulation/deep_agreement"]) == 4


def test_tangent_operators(data):
    assert data["theory/starts"]["deviation_by_neuron"].max() < 1e-13
    isotropic = data["theory/isotropic"]
    assert isotropic["deviation_isotropic"].max() < 1e-12
    for run in isotropic.itertuples():
        holds = run.delta == 0 or run.n_hidden == (run.n_out if run.delta > 0 else run.n_in)
        assert run.published_holds == holds
        assert run.mismatch_published < 1e-12 if holds else run.mismatch_published > 0.05


def test_regimes(data):
    ends = only(data["simulation/ends"], delta=[-4, 4])
    moved = ends.groupby(["shape", "delta", "regime"])["kernel_distance"].mean()
    for (shape, delta, regime), distance in moved.items():
        rich = (shape, np.sign(delta)) in {("narrowing", -1), ("expanding", 1)}
        assert regime == ("delayed rich" if rich else "lazy")
        assert distance > 0.05 if rich else distance < 0.02


def test_ends_are_those_of_the_curves(data):
    last = data["simulation/curves"].groupby(["shape", "delta", "draw"], sort=False)["kernel_distance"].last()
    assert last.to_list() == data["simulation/ends"]["kernel_distance"].to_list()


def test_deep_ends(data):
    expected = {
        1: (0.943004323155315, 0.628497838422343),
        2: (1.06260656759725, 0.568696716201377),
        3: (1.14571805970719, 0.527140970146403),
        5: (1.25795363338407, 0.471023183307966),
    }
    for layers, beta in expected.items():
        learned = [one(data["theory/deep"], name, hidden_layers=layers) for name in ("beta_1", "beta_2")]
        assert learned == pytest.approx(beta, abs=1e-10)
        last = only(data["simulation/deep_flow"], hidden_layers=layers).iloc[-1]
        assert list(last[["beta_1", "beta_2"]]) == pytest.approx(beta, abs=1e-9)


def test_descent_follows_the_flow(data):
    compared = data["simulation/agreement"]
    assert compared[["deviation_loss", "deviation_kernel_distance"]].max(axis=None) < CONFIG["step"]


def test_figure(figure):
    axes = figure.get_axes()
    assert [len(a.lines) for a in axes] == [3] * 8 + [3, 4 + 4 + 1]
    assert len(axes[8].collections) == 2 * 12
    assert_nothing_is_clipped(figure)
