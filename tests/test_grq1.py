"""grq1: students in the plane, the (τ, δ) sweep, the tables and the drawing."""

import matplotlib
import numpy as np
import pytest

from figures import assert_nothing_is_clipped, compute, config_block, fixtures, tables_in
from lazyrich.figures.grq1_relu_students import students
from lazyrich.pipeline.frames import one, only

matplotlib.use("Agg")
BLOCK = config_block("grq1")
SMALL = {"n_in": 20, "n_hidden": 16, "n_examples": 200, "n_test": 300, "rate": 0.01, "n_draws": 1}
CONFIG = {
    **BLOCK,
    "plane": {**BLOCK["plane"], "n_records": 20, "n_draws": 1},
    "sweep": {**BLOCK["sweep"], **SMALL, "n_tau": 4, "n_delta": 5, "checkpoints": [50, 1000], "n_small": 1},
    "published": {**BLOCK["published"], **SMALL, "cells": [[0.1, -1], [0.1, 1]], "checkpoints": [50]},
}

results, data, figure = fixtures("grq1", CONFIG)


def test_a_row_for_each_student(data):
    assert len(data["task/problems"]) == len(data["theory/stiffest"]) == 3
    assert len(data["task/students"]) == len(data["theory/starts"]) == 4 + 4 * 5 + 2
    assert len(data["simulation/plane"]) == 4
    assert len(data["simulation/students"]) == 4 * 5 * 2 + 2
    assert len(data["simulation/extremes"]) == 4 * 2
    assert len(data["simulation/regions"]) == 4


def test_starts(data):
    starts = data["theory/starts"]
    a, w = starts["a_length"], starts["w_length"]
    assert (a * w).to_numpy() == pytest.approx(starts["tau"].to_numpy() ** 2)
    assert (a**2 - w**2).to_numpy() == pytest.approx(starts["delta"].to_numpy(), abs=1e-13)


def test_plane(data):
    cosines, turned = (data["simulation/plane"][name].to_numpy() for name in ("cosine", "turning_angle"))
    assert cosines[0] > 0.98 and (np.diff(cosines) < 0).all()  # noqa: PT018
    assert turned[0] > turned[1] > 30 > 3 > max(turned[2:])
    assert data["simulation/leads"]["cosine_lead"].to_numpy() == pytest.approx(-np.diff(cosines), rel=1e-12)


def test_paths_start_on_the_circle(data):
    starts = only(data["simulation/paths"], step=0)
    assert len(starts) == 4
    for start in starts.itertuples():
        np.testing.assert_allclose(np.linalg.norm(start.path, axis=1), start.tau**2, rtol=1e-12)


def test_sweep(data):
    end = only(data["simulation/extremes"], t=10).set_index("quantity")
    assert set(end["tau"]) == {0.1}
    assert end["delta"]["test_loss"] >= 0
    assert -0.5 <= end["delta"]["kernel_distance"] < 0
    assert end["delta"]["hamming_distance"] > 0
    assert end["delta"]["parameter_distance"] == -1
    assert one(data["simulation/switching"], "early_hamming_share") > 0.85


def test_extremes_are_of_what_is_stored(data):
    sweep = only(data["simulation/students"], problem="sweep")
    for extreme in data["simulation/extremes"].itertuples():
        of_grid = only(sweep, t=extreme.t)[extreme.quantity]
        found = one(sweep, extreme.quantity, t=extreme.t, tau=extreme.tau, delta=extreme.delta)
        assert found == (of_grid.min() if extreme.quantity == "test_loss" else of_grid.max())


def test_large_scales_take_longer_steps_to_the_same_times(data):
    rows = only(data["simulation/students"], problem="sweep").merge(data["task/students"])
    np.testing.assert_allclose(rows["step"] * rows["learning_rate"] * rows["tau"] ** 2, rows["t"], rtol=1e-12)
    assert set(rows["t"]) == {0.5, 10}
    assert set(rows["step"]) == {10, 50, 200, 1000}
    last = rows.groupby(["tau", "delta"])[["step", "n_steps"]].max()
    assert (last["step"] == last["n_steps"]).all()


def test_longer_steps_move_no_number_by_much(tmp_path):
    """Steps of five beside steps of one at the scales that take them, relative to the largest of each map."""
    found = []
    for stride in (1, 5):
        block = {**CONFIG["sweep"], "n_tau": 2, "log_tau": [-0.5, 0.3], "n_delta": 3, "stride": stride}
        folder = compute("grq1", tmp_path / str(stride), {**CONFIG, "sweep": block})
        maps = only(tables_in("grq1", folder)["simulation/students"], problem="sweep")
        found.append(maps.set_index(["tau", "delta", "t"])[list(students.QUANTITIES)])
    single, five = found
    assert ((five - single).abs().max() < 0.1 * single.max()).all()


def test_figure(figure):
    axes = figure.get_axes()
    assert len(axes) == 4 + 5 * 2 + 5
    assert [len(a.lines) for a in axes[:4]] == [3 + 50 + 1] * 4
    assert [a.get_title() for a in axes[4:6]] == ["$t = 0.5$", "$t = 10$"]
    assert all(len(a.collections) == 2 for a in axes[4:14])
    assert_nothing_is_clipped(figure)
