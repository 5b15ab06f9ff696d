"""grq3 and grq8: the numbers of one neuron over time, the tables, and the drawings."""

import matplotlib
import numpy as np
import pytest

from figures import STAGES, assert_nothing_is_clipped, assert_same_bytes, compute, config_block, drawn, folder_of
from lazyrich.pipeline import tables
from lazyrich.pipeline.records import Data

matplotlib.use("Agg")
CONFIG = {
    "grq3": {**config_block("grq3"), "learning_rate": 0.01, "n_steps": 2000, "record_every": 10, "n_flow_times": 5},
    "grq8": {**config_block("grq8"), "learning_rate": 0.01, "n_steps": 1000, "record_every": 10, "n_flow_times": 5},
}


folder = folder_of(CONFIG)


@pytest.fixture(scope="module")
def data(folder):
    return {name: Data.read(folder / name, STAGES) for name in CONFIG}


def column(data, quantity, source="theory", panel="neuron"):
    return [data.number(quantity, run.run_id, source) for run in data.panel(panel)]


def test_tables_are_of_their_schema_and_deterministic(folder, tmp_path):
    assert tables.read(folder / "grq3/runs.parquet", "runs").num_rows == 7 + 15
    assert tables.read(folder / "grq8/runs.parquet", "runs").num_rows == 21
    compute("grq8", tmp_path, CONFIG["grq8"])
    assert_same_bytes(tmp_path, folder / "grq8")


@pytest.mark.parametrize("name", CONFIG)
def test_theory_flow_and_descent_agree(data, name):
    for run in data[name].runs:
        if run.learning_rate == 0:
            continue
        s = np.linalg.norm(data[name].matrix("sigma_yx", run.run_id))
        for quantity in ("mu", "phi", "kernel_distance") if name == "grq3" else ("nu", "a", "w"):
            assert data[name].number(f"deviation_{quantity}", run.run_id, "flow") < 1e-8
            deviation = data[name].number(f"deviation_{quantity}", run.run_id, "simulation")
            assert deviation < run.learning_rate * np.hypot(run.lam, 2 * s)


def test_kernel_distances(data):
    kappa = np.hypot([-4, -2, -1, 0, 1, 2, 4], 2)
    deltas = np.array([-4, -2, -1, 0, 1, 2, 4])
    a, n = (kappa + deltas) / 2, (kappa - deltas) / 2
    limit = 1 - (2 * a**2 + 2 * a * n) / (2 * a**2 + 2 * a * n + n**2)
    expected = [0.8947205422, 0.7132564579, 0.4864456563, 0.2, 0.0501397095, 0.0124072589, 0.0014686825]
    assert column(data["grq3"], "kernel_distance_limit") == pytest.approx(limit, rel=1e-10)
    assert limit == pytest.approx(expected, abs=1e-10)
    late = column(data["grq3"], "kernel_distance_late")
    assert late[0] == pytest.approx(0.8713, abs=5e-5)
    assert late[1:] == pytest.approx(expected[1:], abs=5e-6)
    assert (np.diff(late) < 0).all()
    early = column(data["grq3"], "kernel_distance_early")
    assert early[:4] == pytest.approx([0.0081, 0.0914, 0.2763, 0.1859], abs=5e-5)


def test_published_kernel_distance_is_off_by_what_was_measured(data):
    off = [
        np.abs(np.diff([data["grq3"].numbers(prefix + "kernel_distance", run.run_id, "theory")[2][:, 0]
                        for prefix in ("", "published_")], axis=0)).max()
        for run in data["grq3"].panel("neuron")
    ]  # fmt: skip
    assert off[:-1] == pytest.approx([0.054, 0.139, 0.189, 0.106, 0.020, 0.004], abs=1e-3)
    assert off[-1] < 1e-3


def test_limits_are_of_second_order(data):
    limits = data["grq3"].panel("limits")
    slopes = [data["grq3"].number("limit_slope", run.run_id, "theory") for run in limits if abs(run.lam) == 10]
    assert slopes == pytest.approx([-2, -2, -2], abs=0.02)
    errors = {(run.init, abs(run.lam)): data["grq3"].number("limit_error", run.run_id, "theory") for run in limits}
    assert errors["upstream", 100] == pytest.approx(3.8e-5, rel=0.1)
    assert errors["slow", 100] == pytest.approx(7.6e-5, rel=0.1)


def test_readout_crosses_zero_where_it_must(data):
    crossed = {
        (run.draw, run.lam) for run in data["grq8"].runs if data["grq8"].number("crossings", run.run_id, "theory")
    }
    assert crossed == {(0, -1), (0, -2)}
    for run in data["grq8"].runs:
        signs = [
            data["grq8"].number(*x)
            for x in (("final_sign", run.run_id, "theory"), ("descent_sign", run.run_id, "simulation"))
        ]
        assert signs[0] == signs[1] == (-1 if (run.draw, run.lam) in crossed else 1)


@pytest.mark.parametrize(("name", "panels"), [("grq3", 4), ("grq8", 12)])
def test_figures(data, name, panels):
    figure = drawn(name, data[name])
    axes = figure.get_axes()
    assert len(axes) == panels
    assert all(a.get_ylabel() for a in axes)
    # descent and theory at seven δ; in C the published variant and the limit too
    counts = [14, 14, 28, 3] if name == "grq3" else [14] * 12
    assert [len(a.lines) for a in axes] == counts
    assert_nothing_is_clipped(figure)
