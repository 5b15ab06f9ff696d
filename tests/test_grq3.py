"""grq3: the numbers of one neuron over time, its limits, and the drawing."""

import matplotlib
import numpy as np
import pytest

from figures import assert_nothing_is_clipped, config_block, fixtures
from lazyrich.pipeline.frames import one, only
from lazyrich.pipeline.neurons import vectors

matplotlib.use("Agg")
CONFIG = {**config_block("grq3"), "learning_rate": 0.01, "n_steps": 2000, "record_every": 10, "n_flow_times": 5}

results, data, figure = fixtures("grq3", CONFIG)


def test_a_row_for_each_start_step_and_limit(data):
    assert len(data["task/starts"]) == len(data["theory/ends"]) == len(data["simulation/agreement"]) == 7
    assert len(data["theory/curves"]) == len(data["simulation/curves"]) == 7 * 201
    assert len(data["theory/limits"]) == 3 * 5


def test_theory_flow_and_descent_agree(data):
    agreement, starts = data["simulation/agreement"], data["task/starts"]
    step = 0.01 * np.hypot(starts["delta"], 2 * np.linalg.norm(vectors(starts, "xty"), axis=-1))
    assert agreement["step_size"].to_numpy() == pytest.approx(step.to_numpy())
    for quantity in ("mu", "phi", "kernel_distance"):
        assert agreement[f"deviation_flow_{quantity}"].max() < 1e-8
        assert (agreement[f"deviation_{quantity}"] < step).all()


def test_kernel_distances(data):
    deltas = np.array([-4, -2, -1, 0, 1, 2, 4])
    kappa = np.hypot(deltas, 2)
    a, n = (kappa + deltas) / 2, (kappa - deltas) / 2
    limit = 1 - (2 * a**2 + 2 * a * n) / (2 * a**2 + 2 * a * n + n**2)
    expected = [0.8947205422, 0.7132564579, 0.4864456563, 0.2, 0.0501397095, 0.0124072589, 0.0014686825]
    assert data["theory/ends"]["kernel_distance"].to_numpy() == pytest.approx(limit, rel=1e-10)
    assert limit == pytest.approx(expected, abs=1e-10)
    late = only(data["theory/curves"], t=20)["kernel_distance"].to_numpy()
    assert late[0] == pytest.approx(0.8713, abs=5e-5)
    assert late[1:] == pytest.approx(expected[1:], abs=5e-6)
    assert (np.diff(late) < 0).all()
    early = only(data["theory/curves"], t=2)["kernel_distance"].to_numpy()
    assert early[:4] == pytest.approx([0.0081, 0.0914, 0.2763, 0.1859], abs=5e-5)


def test_published_kernel_distance_is_off_by_what_was_measured(data):
    curves = data["theory/curves"].set_index("delta")
    off = (curves["published_kernel_distance"] - curves["kernel_distance"]).abs().groupby("delta").max().to_numpy()
    assert off[:-1] == pytest.approx([0.054, 0.139, 0.189, 0.106, 0.020, 0.004], abs=1e-3)
    assert off[-1] < 1e-3


def test_limits_are_of_second_order(data):
    assert data["theory/limit_slopes"]["slope"].to_numpy() == pytest.approx([-2, -2, -2], abs=0.02)
    assert one(data["theory/limits"], "distance", limit="upstream", delta=100) == pytest.approx(3.8e-5, rel=0.1)
    assert one(data["theory/limits"], "distance", limit="slow", delta=-100) == pytest.approx(7.6e-5, rel=0.1)


def test_figure(figure):
    axes = figure.get_axes()
    assert all(a.get_ylabel() for a in axes)
    # descent and theory at seven δ; in C the published variant and the limit too
    assert [len(a.lines) for a in axes] == [14, 14, 28, 3]
    assert_nothing_is_clipped(figure)
