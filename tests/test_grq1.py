"""grq1: students in the plane, the (τ, δ) sweep, the tables and the drawing."""

import matplotlib
import numpy as np
import pytest

from figures import STAGES, assert_nothing_is_clipped, compute, config_block, drawn
from lazyrich.figures.grq1_relu_students import students
from lazyrich.pipeline import tables
from lazyrich.pipeline.records import Data

matplotlib.use("Agg")
BLOCK = config_block("grq1")
SMALL = {"n_in": 20, "n_hidden": 16, "n_examples": 200, "n_test": 300, "rate": 0.01, "n_draws": 1}
CONFIG = {
    **BLOCK,
    "plane": {**BLOCK["plane"], "n_records": 20, "n_draws": 1},
    "sweep": {**BLOCK["sweep"], **SMALL, "n_tau": 4, "n_delta": 5, "checkpoints": [50, 1000], "n_small": 1},
    "published": {**BLOCK["published"], **SMALL, "cells": [[0.1, -1], [0.1, 1]], "checkpoints": [50]},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return compute("grq1", tmp_path_factory.mktemp("grq1"), CONFIG)


@pytest.fixture(scope="module")
def data(folder):
    return Data.read(folder, STAGES)


def test_tables_are_of_their_schema(folder):
    assert tables.read(folder / "runs.parquet", "runs").num_rows == 4 + 4 * 5 + 2


def test_starts(data):
    for run in data.runs:
        a, w = (data.number(name, run.run_id, "theory") for name in ("a_length", "w_length"))
        assert a * w == pytest.approx(data.number("tau", run.run_id, "task") ** 2)
        assert a**2 - w**2 == pytest.approx(run.lam, abs=1e-13)


def test_plane(data):
    cosines = [data.number("cosine", run.run_id, "simulation") for run in data.panel("plane")]
    turned = [data.number("turning_angle", run.run_id, "simulation") for run in data.panel("plane")]
    assert cosines[0] > 0.98 and (np.diff(cosines) < 0).all()  # noqa: PT018
    assert turned[0] > turned[1] > 30 > 3 > max(turned[2:])


def test_paths_start_on_the_circle(data):
    for run in data.panel("plane"):
        start = data.matrices("path", run.run_id, "simulation")[2][0]
        radius = data.number("tau", run.run_id, "task") ** 2
        np.testing.assert_allclose(np.linalg.norm(start, axis=1), radius, rtol=1e-12)


def test_sweep(data):
    first = data.panel("sweep")[0].run_id
    ends = {
        name: [data.numbers(f"{name}_{what}", first, "simulation")[2][-1, 0] for what in ("tau", "delta")]
        for name in ("test_loss", "kernel_distance", "hamming_distance", "parameter_distance")
    }
    assert {tau for tau, _ in ends.values()} == {0.1}
    assert ends["test_loss"][1] >= 0
    assert -0.5 <= ends["kernel_distance"][1] < 0
    assert ends["hamming_distance"][1] > 0
    assert ends["parameter_distance"][1] == -1
    assert data.number("early_hamming_share", first, "simulation") > 0.85


def test_large_scales_take_longer_steps_to_the_same_times(data):
    for run in data.panel("sweep"):
        step, t, _ = data.numbers("train_loss", run.run_id, "simulation")
        tau = data.number("tau", run.run_id, "task")
        np.testing.assert_allclose(step * run.learning_rate * tau**2, t, rtol=1e-12)
        np.testing.assert_allclose(t, [0.5, 10])


def test_longer_steps_move_no_number_by_much(tmp_path):
    """Steps of five beside steps of one at the scales that take them, relative to the largest of each map."""
    found = []
    for stride in (1, 5):
        block = {**CONFIG["sweep"], "n_tau": 2, "log_tau": [-0.5, 0.3], "n_delta": 3, "stride": stride}
        folder = compute("grq1", tmp_path / str(stride), {**CONFIG, "sweep": block})
        data = Data.read(folder, STAGES)
        maps = [
            [data.numbers(name, run.run_id, "simulation")[2][:, 0] for run in data.panel("sweep")]
            for name in students.QUANTITIES
        ]
        found.append(np.array(maps))
    one, five = found
    assert (np.abs(five - one).max((1, 2)) < 0.1 * one.max((1, 2))).all()


def test_figure(data):
    figure = drawn("grq1", data)
    axes = figure.get_axes()
    assert len(axes) == 4 + 5 * 2 + 5
    assert [len(a.lines) for a in axes[:4]] == [3 + 50 + 1] * 4
    assert [a.get_title() for a in axes[4:6]] == ["$t = 0.5$", "$t = 10$"]
    assert all(len(a.collections) == 2 for a in axes[4:14])
    assert_nothing_is_clipped(figure)
