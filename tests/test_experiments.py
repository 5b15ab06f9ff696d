"""Each experiment's stages on a tiny config, through the command that the rules call, and its figure."""

import numpy as np
import pytest

import figures
from figures import STAGES, config_block
from lazyrich import __main__ as command
from lazyrich.pipeline import tables
from lazyrich.pipeline.records import Data

TINY = {
    "fig2": {"n_steps": 200, "learning_rate": 0.01, "record_every": 20, "n_flow_times": 3, "n_ntk_entries": 4},
    "fig3": {
        "n_steps": 200,
        "learning_rate": 0.01,
        "record_every": 20,
        "n_flow_times": 3,
        "n_transition_times": 21,
        "transition_lambdas": [0.001, 1, 1000],
    },
    "figE1": {
        "n_draws": 2,
        "order": {
            "sizes": [2, 3],
            "lambdas": [-3, 0],
            "learning_rates": [0.008, 0.004],
            "until": 0.8,
            "n_records": 10,
        },
        "scale": {"size": 2, "lambdas": [-10, 0, 10], "learning_rate": 0.001, "until": 0.5, "n_records": 40},
        "floor": {"lambdas": [1], "singular_values": [2.0, 1.0], "scale": 0.1, "until": 4.0, "n_times": 5},
    },
}
CONFIG = {name: {**config_block(name), **TINY[name]} for name in TINY}


def run(name, folder, config=None, stages=STAGES):
    return figures.compute(name, folder, CONFIG[name] if config is None else config, stages)


results = figures.folder_of(CONFIG)


@pytest.mark.parametrize("name", TINY)
def test_tables_are_of_their_schema(results, name):
    runs = tables.read(results / name / "runs.parquet", "runs")
    assert runs["run_id"].to_pylist() == list(range(runs.num_rows))
    for stage in STAGES:
        records = tables.read(results / name / f"{stage}.parquet", "records")
        assert set(records["run_id"].to_pylist()) <= set(runs["run_id"].to_pylist())
        assert (
            set(records["source"].to_pylist())
            <= {
                "task": {"task"},
                "theory": {"theory"},
                "simulation": {"simulation", "flow"},
            }[stage]
        )
        one = np.array([v is not None for v in records["value"].to_pylist()])
        other = np.array([v is not None for v in records["matrix"].to_pylist()])
        assert (one ^ other).all()


@pytest.mark.parametrize("name", TINY)
def test_stages_are_deterministic(results, name, tmp_path):
    run(name, tmp_path / name)
    figures.assert_same_bytes(tmp_path / name, results / name)


@pytest.mark.parametrize(("name", "quantity"), [("fig2", "network_function"), ("fig3", "mode_strength")])
def test_theory_simulation_and_flow_agree(results, name, quantity):
    data = Data.read(results / name, STAGES)
    for run_ in data.runs if name == "fig2" else data.panel("modes"):
        exact = data.numbers(quantity, run_.run_id, "theory")
        descent = data.numbers(quantity, run_.run_id, "simulation")
        assert np.array_equal(exact[0], descent[0])
        measured = np.abs(exact[2] - descent[2]).max() / np.abs(exact[2]).max()
        # what the figure prints is what the tables say, and small
        assert data.number(f"deviation_{quantity}", run_.run_id, "simulation") == pytest.approx(measured, rel=1e-12)
        assert 1e-6 < measured < 3e-2
        assert data.number(f"deviation_{quantity}", run_.run_id, "flow") < 1e-10


def test_fig3_limits(results):
    data = Data.read(results / "fig3", STAGES)
    first = data.panel("transition")[0].run_id
    assert data.number("slope_sigmoid", first, "theory") == pytest.approx(2, abs=0.05)
    assert data.number("slope_exponential", first, "theory") == pytest.approx(-2, abs=0.05)
    for run_ in data.panel("modes"):
        assert data.number("deviation_riccati", run_.run_id, "theory") < 1e-13


def test_fig_e1_order_law_and_floor(results):
    data = Data.read(results / "figE1", STAGES)
    for run_ in data.panel("order"):
        assert data.number("order", run_.run_id, "simulation") == pytest.approx(1, abs=0.1)
    for run_ in data.panel("scale"):
        if abs(run_.lam) == 10:
            law = data.number("law_absolute", run_.run_id, "simulation")
            assert data.number("deviation_absolute", run_.run_id, "simulation") == pytest.approx(law, rel=0.05)
    floor = data.panel("floor")[0]
    assert data.numbers("error_stable", floor.run_id, "theory")[2].max() < 1e-14


def test_a_diverging_descent_is_an_error_and_leaves_no_table(tmp_path):
    with pytest.raises(SystemExit, match=r"simulation of fig2: gradient descent diverged .* learning_rate η = 2"):
        run("fig2", tmp_path, {**CONFIG["fig2"], "learning_rate": 2.0})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["runs.parquet", "task.parquet", "theory.parquet"]


def test_a_corrupt_table_stops_the_next_stage(tmp_path):
    run("fig2", tmp_path, stages=("task", "theory"))
    theory = tmp_path / "theory.parquet"
    theory.write_bytes(theory.read_bytes()[:100])
    with pytest.raises(SystemExit, match=r"theory\.parquet is not a readable Parquet file"):
        run("fig2", tmp_path, stages=("simulation",))
    assert not (tmp_path / "simulation.parquet").exists()


def panels(figure):
    return [axes for axes in figure.get_axes() if axes.axison]


def drawn(name, results):
    return figures.drawn(name, Data.read(results / name, STAGES))


def test_fig2_has_its_panels_lines_and_labels(results):
    figure = drawn("fig2", results)
    axes = panels(figure)
    assert len(axes) == 15
    # descent and theory of: the loss, 12 entries, two upper triangles (10 and 6), 4 kernel entries
    assert [len(a.lines) for a in axes[::3]] == [2, 24, 20, 12, 8]
    assert [a.get_ylabel() != "" for a in axes] == [True, False, False] * 5
    assert all("time" in a.get_xlabel() for a in axes[-3:])
    assert all("descent" in a.get_title(loc="right") for a in axes)


def test_fig3_has_its_panels_lines_and_labels(results):
    axes = panels(drawn("fig3", results))
    assert len(axes) == 5
    assert [len(a.lines) for a in axes] == [8, 8, 8, 5, 2]
    assert all(a.get_xlabel() for a in axes)
    assert axes[3].get_legend() is not None


def test_fig_e1_has_its_panels_and_labels(results):
    axes = panels(drawn("figE1", results))
    assert len(axes) == 3
    assert all(a.get_xlabel() and a.get_ylabel() for a in axes)
    assert len(axes[0].lines) == 4  # two sizes, two λ
    assert len(axes[1].lines) == 3 * 2 + 2  # a bar and a dot for each λ, the law on both sides


@pytest.mark.parametrize("name", TINY)
def test_nothing_is_clipped(results, name):
    figures.assert_nothing_is_clipped(drawn(name, results))


@pytest.mark.parametrize("suffix", ["pdf", "svg", "png"])
def test_saved_figures_are_the_same_bytes(results, suffix, tmp_path):
    for copy_ in ("a", "b"):
        command.main(
            ["figure", "fig3", "--results", str(results / "fig3"), "--figure", str(tmp_path / copy_ / f"fig3.{suffix}")]
        )
    first, second = ((tmp_path / c / f"fig3.{suffix}").read_bytes() for c in ("a", "b"))
    assert first == second
