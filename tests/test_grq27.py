"""grq2 and grq7: what hides what, the numbers of the basins, the tables, and the drawings."""

import re

import matplotlib
import numpy as np
import pytest

from figures import STAGES, assert_nothing_is_clipped, assert_same_bytes, compute, config_block, drawn, folder_of
from lazyrich.neuron import surface
from lazyrich.pipeline import config_values, tables
from lazyrich.pipeline.drawing import style
from lazyrich.pipeline.records import Data

matplotlib.use("Agg")
CONFIG = {
    "grq2": {**config_block("grq2"), "n_times": 101, "n_along": 9, "n_around": 17, "n_curve": 21},
    "grq7": {**config_block("grq7"), "n_along": 9, "n_across": 7, "n_saddle": 2, "n_draws": 20, "n_flow": 1},
}


folder = folder_of(CONFIG)


@pytest.fixture(scope="module")
def data(folder):
    return {name: Data.read(folder / name, STAGES) for name in CONFIG}


@pytest.fixture(scope="module")
def drawings(data):
    return {name: drawn(name, data[name]) for name in CONFIG}


def column(data, quantity, source, panel):
    return np.array([data.number(quantity, run.run_id, source) for run in data.panel(panel)])


def test_tables_are_of_their_schema_and_deterministic(folder, tmp_path):
    assert tables.read(folder / "grq2/runs.parquet", "runs").num_rows == 3 * 2
    assert tables.read(folder / "grq7/runs.parquet", "runs").num_rows == 3 * 2 + 4 + 6
    for name, config in CONFIG.items():
        compute(name, tmp_path / name, config)
        assert_same_bytes(tmp_path / name, folder / name)


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
    eye, limit = surface.towards(31, -52), 3.0
    assert np.linalg.norm(eye) == pytest.approx(1)
    rng = np.random.default_rng(7)
    on = surface.sheets(delta, limit, 9, 12)[:, 1:-1, :-1].reshape(-1, 3)
    points = np.concatenate([on, rng.uniform(-2, 2, (60, 3))])
    walk = points + np.linspace(0.02, 12, 40_001)[:, None, None] * eye
    w, a = np.linalg.norm(walk[..., :2], axis=-1), walk[..., 2]
    level = a**2 - w**2 - delta
    crosses = (level[1:] * level[:-1] < 0) & (np.maximum(w, np.abs(a))[1:] < limit)
    hidden = surface.behind(points, delta, limit, eye)
    assert 0.1 < hidden.mean() < 0.9
    # lines of sight that graze the surface are neither seen nor hidden
    assert (hidden != crosses.any(0)).mean() <= 0.03


def test_delta_is_conserved_and_the_exact_path_is_the_flow(data):
    data = data["grq2"]
    assert column(data, "delta_drift", "theory", "trajectory").max() <= 1e-13
    assert column(data, "delta_drift", "flow", "trajectory").max() <= 1e-9
    for name in ("deviation_point", "deviation_loss"):
        assert column(data, name, "flow", "trajectory").max() < 1e-8
        for run in data.runs:  # first order in η
            step = run.learning_rate * np.hypot(run.lam, 2)
            assert data.number(name, run.run_id, "simulation") < step


def test_the_spec_point_at_t_1_is_on_the_path(data):
    data = data["grq2"]
    expected = {
        -2: (-1.394656066704, 0.290788965234032, 0.17211556203946),
        0: (-0.51208505225974, 0.601802964662795, 0.790188527520357),
        2: (-0.065935150200481, 0.592063292581669, 1.53456390758241),
    }
    for run in data.runs:
        if run.init == "a > 0":
            _, t, point = data.numbers("point", run.run_id, "theory")
            assert point[t == 1.0][0] == pytest.approx(expected[run.lam], abs=1e-10)


def test_the_two_neurons_of_a_function_mirror_each_other(data):
    data = data["grq2"]
    for upper, lower in zip(data.runs[::2], data.runs[1::2], strict=True):
        points = [data.numbers("point", run.run_id, "theory")[2] for run in (upper, lower)]
        assert points[0] == pytest.approx(-points[1], abs=1e-14)


def test_neurons_beside_the_surface_end_where_the_paper_has_them(data):
    data = data["grq7"]
    expected = [1.01330, -1.01724, 0.65949, -0.66133, 0.32413, -0.32439]
    assert column(data, "a_end", "theory", "surface") == pytest.approx(expected, abs=5e-6)
    assert column(data, "a_gap", "theory", "surface").max() < 5e-6
    starts = [data.numbers("w", run.run_id, "task")[2][0] for run in data.panel("surface")[::2]]
    published = [(3.88057, 0.9701425), (2.58551183, -3.36379675), (1.62856617, -4.83195325)]
    assert np.array(starts) == pytest.approx(np.array(published), abs=1e-7 + 5e-6)
    assert column(data, "time_to_align", "theory", "surface") == pytest.approx([3, 3, 20, 20, 110, 110], rel=0.05)
    for name in ("alignment", "mu", "point"):
        assert column(data, f"deviation_{name}", "flow", "surface").max() < 1e-8


def test_starts_on_the_surface_flow_to_the_saddle(data):
    data = data["grq7"]
    for run in data.panel("saddle"):
        if run.lam <= -2:
            for source in ("theory", "flow"):
                assert data.numbers("saddle_distance", run.run_id, source)[2].max() < 1e-10


def test_the_predicted_sign_is_that_of_the_final_readout(data):
    data = data["grq7"]
    for source in ("theory", "flow"):
        assert column(data, "mismatches", source, "random").max() == 0
    assert column(data, "largest_margin_of_mismatch", "simulation", "random").max() < 0.01
    for run in data.panel("random"):  # the formula itself, beside its other form in the code
        a, w = (data.numbers(name, run.run_id, "task")[2] for name in ("a", "w"))
        target = data.matrix("sigma_yx", run.run_id)[0]
        signs = np.sign(w @ target + a[:, 0] / 2 * (run.lam + np.hypot(run.lam, 2 * np.linalg.norm(target))))
        assert np.array_equal(signs, data.numbers("final_sign", run.run_id, "theory")[2][:, 0])
        assert {-1, 1} == set(signs)
        assert a[:, 0] ** 2 - (w**2).sum(-1) == pytest.approx(np.full(len(a), run.lam), abs=1e-12)


def test_a_time_too_short_to_align_is_said_so(tmp_path):
    with pytest.raises(SystemExit, match=r"grq7\.until = 20 is too short"):
        compute("grq7", tmp_path, {**CONFIG["grq7"], "until": 20.0}, STAGES[:2])


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("grq2", {"limit": 1.0}, "nothing of its surface is within grq2.limit"),
        ("grq7", {"map_delta": -3}, "must be one of grq7.random_deltas"),
        ("grq7", {"from_t": 300.0}, "must be before grq7.until"),
    ],
)
def test_values_that_contradict_each_other(name, change, said):
    assert list(config_values.mistakes_of(name, CONFIG[name])) == []
    assert re.search(said, next(config_values.mistakes_of(name, CONFIG[name] | change)))


def test_grq2_has_three_panels_of_one_view(drawings):
    panels = drawings["grq2"].get_axes()[:3]
    views = {(axes.elev, axes.azim, *axes.get_xlim(), *axes.get_ylim(), *axes.get_zlim()) for axes in panels}
    assert len(views) == 1
    for axes in panels:
        # a path and two curves of two branches each in two parts, and the exact path
        assert len(axes.lines) == 2 * (2 * 2 + 2 + 1)
        assert not axes.computed_zorder
        # nothing covers a curve
        assert max(c.zorder for c in axes.collections if c.get_rasterized()) < min(line.zorder for line in axes.lines)
    assert [len(axes.collections) for axes in panels] == [2 + 4, 2 + 4, 3 + 4]  # nothing hides the lower sheet


def test_grq7_has_its_panels(drawings):
    axes = drawings["grq7"].get_axes()
    assert len(axes) == 4 + 1
    assert [len(panel.lines) for panel in axes[3:]] == [12 + 1] * 2
    assert sum(len(c.get_offsets()) for c in axes[2].collections) == 20
    assert "mispredicted of 120: 0" in axes[2].get_title(loc="right")


@pytest.mark.parametrize("name", CONFIG)
def test_nothing_is_clipped_and_files_are_small_and_deterministic(name, data, drawings, tmp_path):
    assert_nothing_is_clipped(drawings[name])
    again = drawn(name, data[name])
    for suffix in ("pdf", "svg"):
        files = [tmp_path / f"{k}.{suffix}" for k in range(2)]
        for figure, file in zip((drawings[name], again), files, strict=True):
            style.save(figure, file)
        assert files[0].read_bytes() == files[1].read_bytes()
        assert files[0].stat().st_size < 1e6
