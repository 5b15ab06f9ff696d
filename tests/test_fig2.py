"""fig2: exact dynamics over descent on a tiny config, what stops a stage, and the drawing."""

import matplotlib
import numpy as np
import pytest

from figures import STAGES, assert_nothing_is_clipped, assert_same_bytes, compute, config_block, fixtures
from lazyrich.pipeline.frames import one, only

matplotlib.use("Agg")
CONFIG = config_block("fig2") | {
    "n_steps": 200,
    "learning_rate": 0.01,
    "record_every": 20,
    "n_flow_times": 3,
    "n_ntk_entries": 4,
}
OBSERVABLES = ("loss", "network_function", "input_representation", "output_representation", "ntk")

results, data, figure = fixtures("fig2", CONFIG)


def test_a_row_for_each_moment(data):
    assert len(data["task/data"]) == 1
    assert len(data["task/ntk_entries"]) == 4
    assert len(data["task/starts"]) == len(data["simulation/agreement"]) == 3
    assert len(data["theory/dynamics"]) == len(data["simulation/dynamics"]) == 3 * 11


def test_stages_are_deterministic(results, tmp_path):
    assert_same_bytes(compute("fig2", tmp_path, CONFIG), results)


def test_the_entries_of_the_kernel_are_half_diagonal(data):
    entries = data["task/ntk_entries"]
    assert (entries["kernel_row"] == entries["kernel_column"])[:2].all()
    rows = CONFIG["n_out"] * CONFIG["n_examples"]
    assert entries[["kernel_row", "kernel_column"]].to_numpy().max() < rows


@pytest.mark.parametrize("observable", OBSERVABLES)
def test_theory_simulation_and_flow_agree(data, observable):
    for lam in CONFIG["lambdas"]:
        exact, descent = (only(data[f"{stage}/dynamics"], lam=lam) for stage in ("theory", "simulation"))
        assert list(exact["step"]) == list(descent["step"])
        exact, descent = (np.stack(moments[observable].to_list()) for moments in (exact, descent))
        measured = np.abs(exact - descent).max() / np.abs(exact).max()
        # what the figure prints is what the tables say, and small
        agreement = data["simulation/agreement"]
        assert one(agreement, f"deviation_{observable}", lam=lam) == pytest.approx(measured, rel=1e-12)
        assert 1e-6 < measured < 3e-2
        assert one(agreement, f"deviation_flow_{observable}", lam=lam) < 1e-10


def test_a_diverging_descent_is_an_error_and_leaves_no_table(tmp_path):
    with pytest.raises(SystemExit, match=r"simulation of fig2: gradient descent diverged .* learning_rate η = 2"):
        compute("fig2", tmp_path, {**CONFIG, "learning_rate": 2.0})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["task", "theory"]


def test_a_corrupt_table_stops_the_next_stage(tmp_path):
    compute("fig2", tmp_path, CONFIG, STAGES[:2])
    theory = tmp_path / "theory/dynamics.parquet"
    theory.write_bytes(theory.read_bytes()[:100])
    with pytest.raises(SystemExit, match=r"dynamics\.parquet is not a readable Parquet file"):
        compute("fig2", tmp_path, CONFIG, STAGES[2:])
    assert not (tmp_path / "simulation").exists()


def test_figure_has_its_panels_lines_and_labels(figure):
    axes = figure.get_axes()
    assert len(axes) == 15
    # descent and theory of: the loss, 12 entries, two upper triangles (10 and 6), 4 kernel entries
    assert [len(a.lines) for a in axes[::3]] == [2, 24, 20, 12, 8]
    assert [a.get_ylabel() != "" for a in axes] == [True, False, False] * 5
    assert all("time" in a.get_xlabel() for a in axes[-3:])
    assert all("descent" in a.get_title(loc="right") for a in axes)


def test_nothing_is_clipped(figure):
    assert_nothing_is_clipped(figure)
