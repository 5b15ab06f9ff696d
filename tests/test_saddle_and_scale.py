"""figA2: its tables, the numbers that are said of them, and its panels."""

import numpy as np
import pytest

import figures
import lazyrich as lr
from figures import STAGES, assert_nothing_is_clipped, assert_same_bytes, config, config_block, drawn
from lazyrich.figures.figA2_scale_maps import compute as figA2
from lazyrich.linear import observables
from lazyrich.linear.flow import gradient_flow
from lazyrich.pipeline import tables
from lazyrich.pipeline.records import Data

NAMES = ("figA2",)


def compute(name, folder, config, stages=STAGES):
    """At the seed of config.yaml: how early a saddle is left depends on the draws."""
    return figures.compute(name, folder, config, stages, seed=20250)


def merged(base, overlay):
    both = {k: merged(base[k], v) if isinstance(v, dict) else v for k, v in overlay.items()}
    return {**base, **both}


def block(name, overlay):
    """The block of config.yaml under a preset, or below a dictionary."""
    return config(overlay)[name] if isinstance(overlay, str) else merged(config_block(name), overlay)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    for name in NAMES:
        compute(name, folder / name, block(name, "tiny"))
    return folder


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """The tables of the quick preset: few draws, the full problem."""
    folder = tmp_path_factory.mktemp("quick")
    for name in NAMES:
        compute(name, folder / name, block(name, "quick"))
    return {name: Data.read(folder / name, STAGES) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_tables_are_of_their_schema_and_deterministic(tiny, name, tmp_path):
    runs = tables.read(tiny / name / "runs.parquet", "runs")
    for stage in STAGES:
        records = tables.read(tiny / name / f"{stage}.parquet", "records")
        assert set(records["source"].to_pylist()) == {stage}
        assert set(records["run_id"].to_pylist()) <= set(runs["run_id"].to_pylist())
    compute(name, tmp_path, block(name, "tiny"))
    assert_same_bytes(tmp_path, tiny / name)


# figA2


def firsts(data):
    """The runs that carry the summary of the exact map, the balanced and the unbalanced control."""
    return [
        next(r for r in data.runs if (r.panel, r.init) == key)
        for key in (("map", "balanced"), ("control", "balanced"), ("control", "unbalanced"))
    ]


def test_at_zero_the_absolute_scale_does_not_matter_and_off_it_widens_the_band(quick):
    data = quick["figA2"]
    exact, balanced, unbalanced = firsts(data)
    for r in (exact, balanced):
        assert data.number("spread_at_zero", r.run_id, "theory") < 1e-12
        assert data.number("least_widening", r.run_id, "theory") > 1
        assert data.number("loss_final", r.run_id, "theory") < 1e-20
    assert data.number("deviation_kernel_distance", balanced.run_id, "simulation") < 0.05
    # without balance both are lost
    assert data.number("spread_at_zero", unbalanced.run_id, "simulation") > 0.1
    assert data.number("least_widening", unbalanced.run_id, "simulation") < 1.5
    half_width = [
        data.numbers("half_width", r.run_id, s)[2][0, 0] for r, s in ((exact, "theory"), (unbalanced, "simulation"))
    ]
    assert half_width[1] > 100 * half_width[0]


def test_control_has_the_layer_norms_of_the_balanced_weights_and_not_their_balance(tiny):
    data = Data.read(tiny / "figA2", STAGES)
    both = [[r for r in data.panel("control") if r.init == init] for init in figA2.INITS]
    for a, b in zip(*both, strict=True):
        assert (a.lam, a.draw) == (b.lam, b.draw)
        residual = []
        for r in (a, b):
            w1, w2 = (data.matrices(k, r.run_id, "task")[2] for k in ("w1", "w2"))
            residual.append(observables.balance(w1, w2).residual / ((w1**2).sum((1, 2)) + (w2**2).sum((1, 2))))
        for k in ("w1", "w2"):
            norms = [np.linalg.norm(data.matrices(k, r.run_id, "task")[2], axis=(1, 2)) for r in (a, b)]
            assert norms[0] == pytest.approx(norms[1], rel=1e-12)
        assert residual[0].max() < 1e-12 < 1e-3 < residual[1].min()


def test_map_is_what_an_integrator_finds(tiny):
    data = Data.read(tiny / "figA2", STAGES)
    for r in [r for r in data.panel("map") if abs(r.lam) < 1]:
        w1, w2 = (data.matrices(k, r.run_id, "task")[2][1] for k in ("w1", "w2"))
        flow = gradient_flow(w1, w2, data.matrix("sigma_yx", r.run_id), np.array([0.0, 40.0]))
        found = data.numbers("kernel_distance", r.run_id, "theory")[2][1, 0]
        assert flow.kernel_distance()[-1] == pytest.approx(found, rel=1e-8)


def test_means_and_functions_of_the_map(tiny):
    data = Data.read(tiny / "figA2", STAGES)
    config = block("figA2", "tiny")
    grid = figA2.scales(config, "map")
    assert grid[[0, -1]] == pytest.approx([1e-3, 30])
    by_draw = {}
    for r in data.panel("map"):
        w1, w2 = (data.matrices(k, r.run_id, "task")[2] for k in ("w1", "w2"))
        function = (w2 @ w1) / grid[:, None, None]
        # one matrix a draw, at every scale and λ, with the determinant's sign of the task
        reference = by_draw.setdefault(r.draw, function[0])
        assert np.abs(function - reference).max() < 1e-12
        assert np.linalg.det(reference) * np.linalg.det(data.matrix("sigma_yx", r.run_id)) > 0
        assert lr.balance(w1[-1], w2[-1]).lam == pytest.approx(r.lam, abs=1e-12)
    for lam in {r.lam for r in data.panel("map")}:
        runs = [r for r in data.panel("map") if r.lam == lam]
        values = np.mean([data.numbers("kernel_distance", r.run_id, "theory")[2] for r in runs], axis=0)
        assert data.numbers("kernel_distance_mean", runs[0].run_id, "theory")[2] == pytest.approx(values)


def test_corners_lie_on_the_exact_solution(quick):
    data = quick["figA2"]
    assert len(data.panel("corners")) == 5
    for r in data.panel("corners"):
        for quantity in ("loss", "kernel_distance"):
            steps, _, exact = data.numbers(quantity, r.run_id, "theory")
            found_steps, _, found = data.numbers(quantity, r.run_id, "simulation")
            assert np.array_equal(steps, found_steps)
            deviation = data.number(f"deviation_{quantity}", r.run_id, "simulation")
            assert deviation == pytest.approx(np.abs(found - exact).max() / np.abs(exact).max(), rel=1e-9)
            assert deviation < 0.03


def test_half_width_interpolates_and_keeps_to_the_grid():
    lams = np.array([-100.0, -10, -1, 0, 1, 10, 100])
    distance = np.array([0.0, 0.2, 0.8, 1.0, 0.8, 0.2, 0.0])
    assert figA2._half_width(lams, distance) == pytest.approx(10**0.5)
    assert figA2._half_width(lams, np.ones(7)) == 100
    assert figA2._half_width(lams, np.array([0, 0, 0, 1.0, 0, 0, 0])) == 1


def test_a_descent_that_does_not_converge_is_an_error(tmp_path):
    config = block("figA2", "tiny") | {"n_steps": 10, "most_steps": 40}
    with pytest.raises(SystemExit, match=r"\d+ descents have not converged after 40 steps"):
        compute("figA2", tmp_path, config)
    assert not (tmp_path / "simulation.parquet").exists()


# what is drawn


def test_fig_a2_has_its_panels_images_and_labels(tiny):
    figure = drawn("figA2", Data.read(tiny / "figA2", STAGES))
    axes = [a for a in figure.get_axes() if a.get_label() != "<colorbar>"]
    assert len(axes) == 5
    assert all(a.get_xlabel() for a in axes)
    assert [a.images[0].get_array().shape for a in axes[:2]] == [(3, 7), (2, 5)]
    assert axes[0].images[0].get_clim() == axes[1].images[0].get_clim()
    assert [len(a.lines) for a in axes[2:]] == [3, 15, 15]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_clipped(tiny, name):
    assert_nothing_is_clipped(drawn(name, Data.read(tiny / name, STAGES)))
