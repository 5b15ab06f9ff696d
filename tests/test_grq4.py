"""grq4: ends and paths of the function of one neuron, and the drawing."""

import matplotlib
import numpy as np
import pytest

from figures import assert_nothing_is_clipped, config_block, fixtures
from lazyrich.pipeline.frames import one, only
from lazyrich.pipeline.neurons import vectors

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


def test_a_row_for_each_start_step_and_point(data):
    assert len(data["task/starts"]) == len(data["theory/ends"]) == len(data["simulation/agreement"]) == 2 * 7
    assert len(data["theory/curves"]) == len(data["simulation/curves"]) == 2 * 7 * 201
    assert len(data["theory/loss"]) == 2 * 21**2
    assert len(data["theory/places"]) == len(data["simulation/ends"]) == 7


def test_theory_flow_and_descent_agree(data):
    agreement, starts = data["simulation/agreement"], data["task/starts"]
    step = 0.01 * np.hypot(starts["delta"], 2 * np.linalg.norm(vectors(starts, "xty"), axis=-1))
    assert agreement["step_size"].to_numpy() == pytest.approx(step.to_numpy())
    assert agreement["deviation_flow_beta"].max() < 1e-8
    assert (agreement["deviation_beta"] < step).all()


def test_ends(data):
    learned, flow = only(data["theory/ends"], data="single"), data["simulation/ends"]
    for ends, name in ((learned, "beta"), (flow, "flow_beta")):
        for delta, end in zip(ends["delta"], vectors(ends, name), strict=True):
            if delta in ENDS:
                assert end == pytest.approx(ENDS[delta], abs=1e-10)
            assert end @ CONFIG["single"]["x"] == pytest.approx(CONFIG["single"]["y"], abs=1e-10)
    assert data["theory/places"]["deviation_learned"].max() < 1e-12


def test_values_on_the_way(data):
    """At t = 1 of the single example."""
    for delta, expected in {-1: (1.0014080921, 0.36597650902099), 0: (0.80762279763173, 0.47257290631433)}.items():
        moment = only(data["theory/curves"], data="single", delta=delta, t=1)
        assert vectors(moment, "beta")[0] == pytest.approx(expected, abs=1e-10)


def test_limits(data):
    limits, places = data["theory/limits"], data["theory/place_curve"]["place"].to_numpy()
    assert vectors(only(limits, limit="nearest"), "beta")[0] == pytest.approx([0.74, 0.73], abs=1e-12)
    assert vectors(only(limits, limit="scaled"), "beta")[0] == pytest.approx([1.76, 0.22], abs=1e-12)
    assert (np.diff(places) < 0).all()
    ends = [one(limits, "place", limit=limit) for limit in ("scaled", "nearest")]
    assert places[[0, -1]] == pytest.approx(ends, abs=5e-3)


def test_figure(figure):
    axes = figure.get_axes()
    # descent and theory at seven δ, start, and the target, or the line of fits, ends and two limits
    assert [len(a.lines) for a in axes] == [14 + 2, 1 + 14 + 1 + 7 + 2, 2 + 7 + 1]
    assert all(a.get_xlabel() and a.get_ylabel() for a in axes)
    assert_nothing_is_clipped(figure)
