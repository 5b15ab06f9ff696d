"""grq7: the numbers of the basins and of the surface between them, and the drawing."""

import matplotlib
import numpy as np
import pytest

from figures import (
    STAGES,
    assert_mistakes,
    assert_nothing_is_clipped,
    assert_same_bytes,
    compute,
    config_block,
    drawn,
    fixtures,
)
from lazyrich.pipeline.common import stacked
from lazyrich.pipeline.drawing import style
from lazyrich.pipeline.frames import each, only
from lazyrich.pipeline.neurons import vectors

matplotlib.use("Agg")
CONFIG = {**config_block("grq7"), "n_along": 9, "n_across": 7, "n_saddle": 2, "n_draws": 20, "n_flow": 1}

results, data, figure = fixtures("grq7", CONFIG)


def test_a_row_for_each_start(data):
    assert len(data["task/beside"]) == len(data["theory/beside"]) == 3 * 2
    assert len(data["theory/paths"]) == len(data["simulation/flow"]) == 3 * 2 * 401
    assert len(data["task/on_surface"]) == len(data["theory/on_surface"]) == 4 * 2 * 2
    assert len(data["task/random"]) == len(data["theory/random"]) == len(data["simulation/random"]) == 6 * 20
    assert len(data["simulation/random_flow"]) == 6


def test_stages_are_deterministic(results, tmp_path):
    compute("grq7", tmp_path, CONFIG)
    assert_same_bytes(tmp_path, results)


def test_neurons_beside_the_surface_end_where_the_paper_has_them(data):
    beside = data["theory/beside"]
    expected = [1.01330, -1.01724, 0.65949, -0.66133, 0.32413, -0.32439]
    assert beside["a_end"].to_numpy() == pytest.approx(expected, abs=5e-6)
    assert beside["a_gap"].max() < 5e-6
    published = [(3.88057, 0.9701425), (2.58551183, -3.36379675), (1.62856617, -4.83195325)]
    starts = vectors(only(data["task/beside"], side="above"), "w")
    assert starts == pytest.approx(np.array(published), abs=1e-7 + 5e-6)
    assert beside["time_to_align"].to_numpy() == pytest.approx([3, 3, 20, 20, 110, 110], rel=0.05)
    for name in ("alignment", "mu", "point"):
        assert data["simulation/agreement"][f"deviation_flow_{name}"].max() < 1e-8


def test_starts_on_the_surface_flow_to_the_saddle(data):
    for stage in ("theory", "simulation"):
        assert only(data[f"{stage}/on_surface"], delta={"to": -2})["saddle_distance"].max() < 1e-10


def test_the_predicted_sign_is_that_of_the_final_readout(data):
    assert not data["theory/random"]["mismatch"].any()
    assert not data["simulation/random_flow"]["mismatch"].any()
    assert data["simulation/random"]["margin_of_mismatch"].max() < 0.01
    for starts, target in zip(each(data["task/random"], "delta"), data["task/targets"].itertuples(), strict=True):
        # the formula itself, beside its other form in the code
        a, (w,), delta, beta = starts["a"].to_numpy(), stacked(starts, "w"), target.delta, target.target
        signs = np.sign(w @ beta + a / 2 * (delta + np.hypot(delta, 2 * np.linalg.norm(beta))))
        assert np.array_equal(signs, only(data["theory/random"], delta=delta)["sign"])
        assert {-1, 1} == set(signs)
        assert a**2 - (w**2).sum(-1) == pytest.approx(np.full(len(a), delta), abs=1e-12)


def test_a_time_too_short_to_align_is_said_so(tmp_path):
    with pytest.raises(SystemExit, match=r"grq7\.until = 20 is too short"):
        compute("grq7", tmp_path, {**CONFIG, "until": 20.0}, STAGES[:2])


def test_values_that_contradict_each_other():
    assert_mistakes("grq7", {}, [])
    assert_mistakes("grq7", {"draw": {**CONFIG["draw"], "map_delta": -3}}, ["must be one of grq7.random_deltas"])
    assert_mistakes("grq7", {"from_t": 300.0}, ["must be before grq7.until"])


def test_figure_has_its_panels(figure):
    axes = figure.get_axes()
    assert len(axes) == 4 + 1
    assert [len(panel.lines) for panel in axes[3:]] == [12 + 1] * 2
    assert sum(len(c.get_offsets()) for c in axes[2].collections) == 20
    assert "mispredicted of 120: 0" in axes[2].get_title(loc="right")


def test_nothing_is_clipped_and_files_are_small_and_deterministic(data, figure, tmp_path):
    assert_nothing_is_clipped(figure)
    again = drawn("grq7", data)
    for suffix in ("pdf", "svg"):
        files = [tmp_path / f"{k}.{suffix}" for k in range(2)]
        for one, file in zip((figure, again), files, strict=True):
            style.save(one, file)
        assert files[0].read_bytes() == files[1].read_bytes()
        assert files[0].stat().st_size < 1e6
