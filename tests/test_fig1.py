"""fig1: outputs from three relative scales, random starts, and the drawing."""

import matplotlib
import numpy as np
import pytest

from cases import EPS
from figures import assert_nothing_is_clipped, config_block, fixtures
from lazyrich.pipeline.frames import one, only

matplotlib.use("Agg")
CONFIG = config_block("fig1") | {
    "n_steps": 15_000,
    "learning_rate": 0.002,
    "record_every": 50,
    "n_flow_times": 4,
    "random": {"widths": [10, 50, 20], "factors": [1, 2], "n_shown": 20},
}

results, data, figure = fixtures("fig1", CONFIG)


def outputs(data, stage, lam):
    return np.stack(only(data[f"{stage}/outputs"], lam=lam)["outputs"].to_list())


def test_outputs_follow_the_exact_solution_and_reach_the_task(data):
    x = data["task/data"]["x"].iloc[0]
    for start in data["task/starts"].itertuples():
        exact, descent = (outputs(data, stage, start.lam) for stage in ("theory", "simulation"))
        measured = np.abs(descent - exact).max() / np.abs(exact).max()
        assert one(data["simulation/agreement"], "deviation_outputs", lam=start.lam) == pytest.approx(
            measured, rel=1e-12
        )
        assert 1e-6 < measured < 1e-2
        assert one(data["simulation/agreement"], "deviation_flow_outputs", lam=start.lam) < 1e-10
        last = only(data["simulation/outputs"], lam=start.lam).iloc[-1]
        assert last["step"] * start.learning_rate == pytest.approx(last["t"]) == 30
        target = start.sigma_yx @ x
        assert np.abs(exact[-1] - target).max() < 0.01 * np.abs(target).max()


def test_the_same_function_at_every_lam(data):
    first = [outputs(data, "theory", lam)[0] for lam in CONFIG["lambdas"]]
    for start in first[1:]:
        assert start == pytest.approx(first[0], rel=1e-9, abs=64 * EPS * np.abs(first[0]).max())
    large = [np.linalg.norm(w1) for w1 in data["task/starts"]["w1"]]
    assert large[0] == pytest.approx(2, rel=1e-4)  # two directions of √2
    assert max(large[1:]) < 0.05


def test_lam_zero_waits_longest_and_the_plot_shows_all_learning(data, figure):
    learned = data["simulation/agreement"].set_index("lam")["learned_after"]
    assert learned[2] < learned[0]
    panels = [axes for axes in figure.get_axes() if "time" in axes.get_xlabel()]
    for axes in panels:
        assert axes.get_xlim()[1] == pytest.approx(min(1.3 * learned.max(), 30))


def test_random_weights_have_the_expected_scale_and_do_not_settle_in_norm(data):
    for net in data["task/random"].merge(data["theory/random"]).itertuples():
        assert net.expected_lam == pytest.approx(-0.6)
        # three standard deviations of tr(D)/N_h
        assert net.lam == pytest.approx(-0.6, abs=3 * net.expected_off_diagonal_std * np.sqrt(2 / net.n_hidden))
        assert net.expected_relative_distance == pytest.approx(3.89, abs=0.03)
        assert net.relative_distance == pytest.approx(3.89, rel=0.25)
        assert net.balance.shape == (20, 20)


def test_figure_has_its_panels_lines_and_labels(figure):
    axes = figure.get_axes()
    panels = [a for a in axes if "time" in a.get_xlabel()]
    assert [len(a.lines) for a in panels] == [40, 40, 40]  # descent and theory of 2 outputs of 10 examples
    assert panels[0].get_ylabel()
    assert [len(a.images) for a in axes].count(1) == 3  # two widths and λ*I; the colour bar has none
    assert sum(not a.axison for a in axes) == 3  # the schematics


def test_nothing_is_clipped(figure):
    assert_nothing_is_clipped(figure)
