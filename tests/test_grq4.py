"""grq4: ends and paths of the function of one neuron, the tables, and the drawing."""

import matplotlib
import numpy as np
import pytest

from figures import assert_nothing_is_clipped, config_block, fixtures
from lazyrich.pipeline import tables

matplotlib.use("Agg")
CONFIG = {
    **config_block("grq4"), "learning_rate": 0.01, "n_steps": 2000, "record_every": 10, "n_flow_times": 5, "n_grid": 21,
}  # fmt: skip
# δ: β(∞), in 30 digits
ENDS = {
    -4: (1.55107694016637, 0.324461529916815),
    -1: (1.18817486206189, 0.505912568969056),
    0: (0.943004323155315, 0.628497838422343),
    1: (0.803396478668536, 0.698301760665732),
    4: (0.747882546281105, 0.726058726859447),
}


results, data, figure = fixtures("grq4", CONFIG)


def test_tables_are_of_their_schema(results):
    assert tables.read(results / "runs.parquet", "runs").num_rows == 14


def test_theory_flow_and_descent_agree(data):
    for run in data.runs:
        s = np.linalg.norm(data.matrix("sigma_yx", run.run_id))
        assert data.number("deviation_beta", run.run_id, "flow") < 1e-8
        assert data.number("deviation_beta", run.run_id, "simulation") < run.learning_rate * np.hypot(run.lam, 2 * s)


def test_ends(data):
    for run in data.panel("single"):
        for source, quantity in (("theory", "learned"), ("flow", "end")):
            end = data.numbers(quantity, run.run_id, source)[2][0]
            if run.lam in ENDS:
                assert end == pytest.approx(ENDS[run.lam], abs=1e-10)
            assert end @ CONFIG["single"]["x"] == pytest.approx(CONFIG["single"]["y"], abs=1e-10)
        assert data.number("deviation_learned", run.run_id, "theory") < 1e-12


def test_values_on_the_way(data):
    """At t = 1 of the single example."""
    for run in data.panel("single"):
        expected = {-1: (1.0014080921, 0.36597650902099), 0: (0.80762279763173, 0.47257290631433)}.get(run.lam)
        if expected:
            _, t, beta = data.numbers("beta", run.run_id, "theory")
            assert beta[np.flatnonzero(t == 1.0)[0]] == pytest.approx(expected, abs=1e-10)


def test_limits(data):
    first = data.panel("single")[0].run_id
    assert data.numbers("nearest", first, "theory")[2][0] == pytest.approx([0.74, 0.73], abs=1e-12)
    assert data.numbers("scaled", first, "theory")[2][0] == pytest.approx([1.76, 0.22], abs=1e-12)
    place = data.numbers("curve_place", first, "theory")[2][0]
    assert (np.diff(place) < 0).all()
    ends = [data.number(f"place_{name}", first, "theory") for name in ("scaled", "nearest")]
    assert place[[0, -1]] == pytest.approx(ends, abs=5e-3)


def test_figure(figure):
    axes = figure.get_axes()
    # descent and theory at seven δ, start, and the target, or the line of fits, ends and two limits
    assert [len(a.lines) for a in axes] == [14 + 2, 1 + 14 + 1 + 7 + 2, 2 + 7 + 1]
    assert all(a.get_xlabel() and a.get_ylabel() for a in axes)
    assert_nothing_is_clipped(figure)
