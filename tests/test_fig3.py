"""fig3: modes from lazy to rich on a tiny config, both limits, and the drawing."""

import matplotlib
import numpy as np
import pytest

from figures import assert_nothing_is_clipped, assert_same_bytes, compute, config_block, fixtures
from lazyrich.pipeline.drawing.__main__ import draw
from lazyrich.pipeline.frames import one, only

matplotlib.use("Agg")
CONFIG = config_block("fig3") | {
    "n_steps": 200,
    "learning_rate": 0.01,
    "record_every": 20,
    "n_flow_times": 3,
    "n_transition_times": 21,
    "transition_lambdas": [0.001, 1, 1000],
}

results, data, figure = fixtures("fig3", CONFIG)


def test_a_row_for_each_mode_and_moment(data):
    n_moments, n_modes = 11, 4
    assert len(data["task/starts"]) == len(data["theory/agreement"]) == len(data["simulation/agreement"]) == 3
    assert len(data["theory/modes"]) == len(data["simulation/modes"]) == 3 * n_moments * n_modes
    assert len(data["theory/transition"]) == 3 * 21
    assert len(data["theory/limits"]) == 21
    assert len(data["theory/distances"]) == 6 + 5
    assert list(data["theory/slopes"]["limit"]) == ["sigmoid", "exponential"]


def test_stages_are_deterministic(results, tmp_path):
    assert_same_bytes(compute("fig3", tmp_path, CONFIG), results)


def test_theory_simulation_and_flow_agree(data):
    agreement = data["simulation/agreement"]
    for lam in CONFIG["lambdas"]:
        exact, descent = (only(data[f"{stage}/modes"], lam=lam) for stage in ("theory", "simulation"))
        assert exact[["step", "mode"]].equals(descent[["step", "mode"]])
        measured = (exact["strength"] - descent["strength"]).abs().max() / exact["strength"].abs().max()
        # what the figure prints is what the tables say, and small
        assert one(agreement, "deviation_strength", lam=lam) == pytest.approx(measured, rel=1e-12)
        assert 1e-6 < measured < 3e-2
        assert one(agreement, "deviation_flow_strength", lam=lam) < 1e-10
    assert data["theory/agreement"]["deviation_riccati"].max() < 1e-13


def test_limits(data):
    assert one(data["theory/slopes"], "slope", limit="sigmoid") == pytest.approx(2, abs=0.05)
    assert one(data["theory/slopes"], "slope", limit="exponential") == pytest.approx(-2, abs=0.05)
    for lam, limit in ((0.001, "sigmoid"), (1000, "exponential")):
        share = only(data["theory/transition"], lam=lam)["share"].to_numpy()
        assert np.abs(share - data["theory/limits"][limit]).max() < 1e-3


def test_figure_has_its_panels_lines_and_labels(figure):
    axes = figure.get_axes()
    assert len(axes) == 5
    assert [len(a.lines) for a in axes] == [8, 8, 8, 5, 2]
    assert all(a.get_xlabel() for a in axes)
    assert axes[3].get_legend() is not None


def test_nothing_is_clipped(figure):
    assert_nothing_is_clipped(figure)


@pytest.mark.parametrize("suffix", ["pdf", "svg", "png"])
def test_saved_figures_are_the_same_bytes(results, suffix, tmp_path):
    (tmp_path / "fig3").symlink_to(results)
    for copy_ in ("a", "b"):
        draw("fig3", tmp_path, CONFIG, [tmp_path / copy_ / f"fig3.{suffix}"])
    first, second = ((tmp_path / c / f"fig3.{suffix}").read_bytes() for c in ("a", "b"))
    assert first == second
