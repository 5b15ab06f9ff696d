"""grq8: one neuron from three starts, where its readout crosses zero, and the drawing."""

import matplotlib
import numpy as np
import pytest

from figures import assert_nothing_is_clipped, assert_same_bytes, compute, config_block, fixtures
from lazyrich.pipeline.neurons import vectors

matplotlib.use("Agg")
CONFIG = {**config_block("grq8"), "learning_rate": 0.01, "n_steps": 1000, "record_every": 10, "n_flow_times": 5}

results, data, figure = fixtures("grq8", CONFIG)


def test_a_row_for_each_start_and_step(data):
    assert len(data["task/starts"]) == len(data["simulation/ends"]) == len(data["simulation/agreement"]) == 21
    assert len(data["theory/curves"]) == len(data["simulation/curves"]) == 21 * 101


def test_stages_are_deterministic(results, tmp_path):
    compute("grq8", tmp_path, CONFIG)
    assert_same_bytes(tmp_path, results)


def test_theory_flow_and_descent_agree(data):
    agreement, starts = data["simulation/agreement"], data["task/starts"]
    step = 0.01 * np.hypot(starts["delta"], 2 * np.linalg.norm(vectors(starts, "xty"), axis=-1))
    assert agreement["step_size"].to_numpy() == pytest.approx(step.to_numpy())
    for quantity in ("nu", "a", "w"):
        assert agreement[f"deviation_flow_{quantity}"].max() < 1e-8
        assert (agreement[f"deviation_{quantity}"] < step).all()


def test_readout_crosses_zero_where_it_must(data):
    crossed = data["theory/ends"].query("crossings > 0")
    assert set(zip(crossed["direction"], crossed["delta"], strict=True)) == {(0, -1), (0, -2)}
    expected = np.where(data["theory/ends"]["crossings"] > 0, -1, 1)
    assert np.array_equal(data["theory/ends"]["sign"], expected)
    assert np.array_equal(data["simulation/ends"]["sign"], expected)
    assert data["simulation/ends"]["as_predicted"].all()


def test_figure(figure):
    axes = figure.get_axes()
    assert len(axes) == 12
    assert all(a.get_ylabel() for a in axes)
    assert [len(a.lines) for a in axes] == [14] * 12  # descent and theory at seven δ
    assert_nothing_is_clipped(figure)
