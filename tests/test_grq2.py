"""grq2: what hides what, the paths on the surfaces, and the drawing."""

import matplotlib
import numpy as np
import pytest

from figures import (
    assert_mistakes,
    assert_nothing_is_clipped,
    assert_same_bytes,
    compute,
    config_block,
    drawn,
    fixtures,
)
from lazyrich.figures.grq2_neuron_surfaces import sight
from lazyrich.neuron import surface
from lazyrich.pipeline.drawing import style
from lazyrich.pipeline.frames import one, only

matplotlib.use("Agg")
CONFIG = {**config_block("grq2"), "n_times": 101, "n_along": 9, "n_around": 17, "n_curve": 21}
POINT = ["w_1", "w_2", "a"]

results, data, figure = fixtures("grq2", CONFIG)


def test_a_row_for_each_neuron_step_and_sheet(data):
    assert len(data["task/starts"]) == len(data["simulation/agreement"]) == 3 * 2
    assert len(data["theory/paths"]) == len(data["simulation/paths"]) == 3 * 2 * 101
    assert list(data["theory/surface"]["delta"]) == [-2, 0, 2, 2]
    assert len(data["theory/functions"]) == 2 * 2 * 21


def test_stages_are_deterministic(results, tmp_path):
    compute("grq2", tmp_path, CONFIG)
    assert_same_bytes(tmp_path, results)


@pytest.mark.parametrize("delta", [-2.0, 0.0, 2.0])
def test_every_point_of_a_sheet_is_on_the_surface_and_within_the_limits(delta):
    points = surface.sheets(delta, 3.0, 7, 9)
    assert len(points) == (2 if delta > 0 else 1)
    w, a = points[..., :2], points[..., 2]
    assert a**2 - (w**2).sum(-1) == pytest.approx(np.full(a.shape, delta), abs=1e-12)
    assert max(np.abs(a).max(), np.linalg.norm(w, axis=-1).max()) == pytest.approx(3)


def test_a_branch_holds_one_function():
    upper, lower = surface.same_function((0.5, -1.0), 3.0, 11)
    for branch in (upper, lower):
        assert branch[:, 2:] * branch[:, :2] == pytest.approx(np.tile([0.5, -1.0], (11, 1)))
        assert np.abs(branch).max() <= 3 + 1e-12
    assert upper == pytest.approx(-lower)


@pytest.mark.parametrize("delta", [-2.0, 0.0, 2.0])
def test_what_is_behind_is_found_by_walking_along_the_line_of_sight(delta):
    eye, limit = sight.towards(31, -52), 3.0
    assert np.linalg.norm(eye) == pytest.approx(1)
    rng = np.random.default_rng(7)
    sheets = surface.sheets(delta, limit, 9, 12)
    on = sheets[:, 1:-1, :-1].reshape(-1, 3)
    points = np.concatenate([on, rng.uniform(-2, 2, (60, 3))])
    walk = points + np.linspace(0.02, 12, 40_001)[:, None, None] * eye
    w, a = np.linalg.norm(walk[..., :2], axis=-1), walk[..., 2]
    level = a**2 - w**2 - delta
    crosses = (level[1:] * level[:-1] < 0) & (np.maximum(w, np.abs(a))[1:] < limit)
    hidden = sight.behind(points, delta, limit, eye)
    assert 0.1 < hidden.mean() < 0.9
    # lines of sight that graze the surface are neither seen nor hidden
    assert (hidden != crosses.any(0)).mean() <= 0.03
    centres = sight.behind(surface.centres(sheets), delta, limit, eye)
    assert np.array_equal(centres, [sight.cells_behind(sheet, delta, limit, eye) for sheet in sheets])


def test_delta_is_conserved_and_the_exact_path_is_the_flow(data):
    agreement = data["simulation/agreement"]
    assert data["theory/conserved"]["delta_drift"].max() <= 1e-13
    assert agreement["flow_delta_drift"].max() <= 1e-9
    assert agreement["step_size"].to_numpy() == pytest.approx(0.01 * np.hypot(agreement["delta"], 2).to_numpy())
    for name in ("point", "loss"):
        assert agreement[f"deviation_flow_{name}"].max() < 1e-8
        assert (agreement[f"deviation_{name}"] < agreement["step_size"]).all()  # first order in η


def test_the_spec_point_at_t_1_is_on_the_path(data):
    expected = {
        -2: (-1.394656066704, 0.290788965234032, 0.17211556203946),
        0: (-0.51208505225974, 0.601802964662795, 0.790188527520357),
        2: (-0.065935150200481, 0.592063292581669, 1.53456390758241),
    }
    for delta, point in expected.items():
        for name, value in zip(POINT, point, strict=True):
            assert one(data["theory/paths"], name, sign=1, delta=delta, t=1) == pytest.approx(value, abs=1e-10)


def test_the_two_neurons_of_a_function_mirror_each_other(data):
    upper, lower = (only(data["theory/paths"], sign=sign)[POINT].to_numpy() for sign in (1, -1))
    assert upper == pytest.approx(-lower, abs=1e-14)


def test_values_that_contradict_each_other():
    assert_mistakes("grq2", {}, [])
    assert_mistakes("grq2", {"limit": 1.0}, ["nothing of its surface is within grq2.limit"] * 2)


def test_three_panels_of_one_view(figure):
    panels = figure.get_axes()[:3]
    views = {(axes.elev, axes.azim, *axes.get_xlim(), *axes.get_ylim(), *axes.get_zlim()) for axes in panels}
    assert len(views) == 1
    for axes in panels:
        # a path and two curves of two branches each in two parts, and the exact path
        assert len(axes.lines) == 2 * (2 * 2 + 2 + 1)
        assert not axes.computed_zorder
        # nothing covers a curve
        assert max(c.zorder for c in axes.collections if c.get_rasterized()) < min(line.zorder for line in axes.lines)
    assert [len(axes.collections) for axes in panels] == [2 + 4, 2 + 4, 3 + 4]  # nothing hides the lower sheet


def test_nothing_is_clipped_and_files_are_small_and_deterministic(data, figure, tmp_path):
    assert_nothing_is_clipped(figure)
    again = drawn("grq2", data)
    for suffix in ("pdf", "svg"):
        files = [tmp_path / f"{k}.{suffix}" for k in range(2)]
        for one_figure, file in zip((figure, again), files, strict=True):
            style.save(one_figure, file)
        assert files[0].read_bytes() == files[1].read_bytes()
        assert files[0].stat().st_size < 1e6
