"""fig4: the numbers of the semantic task, and the figure made of them."""

import matplotlib
import numpy as np
import pytest

import lazyrich as lr
from cases import EPS
from figures import assert_nothing_is_clipped, assert_same_bytes, compute, config_block, drawn, fixtures
from lazyrich.linear.observables import cosine_distance
from lazyrich.pipeline import semantic
from lazyrich.pipeline.drawing import style
from lazyrich.pipeline.frames import one, only

matplotlib.use("Agg")
FULL = config_block("fig4")
# the full experiment but for fewer draws: a second
CONFIG = FULL | {"gaussian": FULL["gaussian"] | {"n_draws": 4}, "noise": FULL["noise"] | {"n_draws": 1000}}

results, data, figure = fixtures("fig4", CONFIG)


def test_a_row_for_each_layer_and_for_each_noise(data):
    assert len(data["theory/layers"]) == len(data["simulation/balanced_layers"]) == 3 * 2
    assert len(data["simulation/gaussian"]) == 2 * 4
    assert len(data["simulation/gaussian_layers"]) == 2 * 4 * 2
    assert len(data["theory/noise"]) == len(data["simulation/noise"]) == 2 * 13 * 2
    assert len(data["theory/noise_curves"]) == 2 * 201 * 2


def test_tables_are_the_same_bytes_again(results, tmp_path):
    compute("fig4", tmp_path, CONFIG)
    assert_same_bytes(tmp_path, results)


def test_the_hierarchys_directions_are_singular_vectors():
    task = lr.semantic_hierarchy()
    u, s, vt = semantic.directions(task)
    assert np.abs((u * s) @ vt - task.sigma_yx / semantic.input_scale(task)).max() < 16 * EPS
    for basis in (u, vt):
        assert np.abs(basis @ basis.T - np.eye(8)).max() < 16 * EPS
    assert s == pytest.approx(np.sqrt([8, 8, 4, 4, 2, 2, 2, 2]), rel=8 * EPS)
    compared = semantic.structures(task)["input"]
    assert compared[2] == pytest.approx(task.y.T @ task.y, abs=1e-14)
    assert semantic.cosine(compared[0], compared[1]) == pytest.approx(0.957, abs=5e-4)
    # the traceless part has nothing of the identity, and the distance is 1 − cosine
    assert abs(np.trace(semantic.traceless(compared[1]))) < 1e-14
    a, b = compared[1:]
    assert cosine_distance(a, b) == pytest.approx(1 - semantic.cosine(a, b), rel=1e-12)


def test_balanced_starts_match_the_tasks_determinant():
    task = lr.semantic_hierarchy()
    for k in range(6):
        w1, w2 = semantic.balanced_start(0.0, task, 0.1, np.random.default_rng(k))
        assert np.linalg.det(w2 @ w1) * np.linalg.det(task.sigma_yx) > 0
        assert np.abs(w2.T @ w2 - w1 @ w1.T).max() < 64 * EPS * (w2**2).sum()
        assert not lr.exact_solution(w1, w2, task, [1.0], lam=0.0).diagnostics.saddle


def test_descent_learns_the_task_and_theory_is_at_its_limit(data):
    for start in ("balanced", "gaussian"):
        assert data[f"simulation/{start}"]["misfit"].max() < 1e-6
    layers = data["simulation/balanced_layers"].merge(data["theory/layers"], on=["lam", "layer"], validate="1:1")
    assert layers["deviation_limit"].max() < 1e-12
    for layer in layers.itertuples():
        gap = np.abs(layer.representation_x - layer.representation_y).max() / np.abs(layer.representation_y).max()
        assert layer.deviation_representation == pytest.approx(gap, rel=1e-12)
        assert gap < 3e-3


def test_descent_lets_lam_drift(data):
    lam_end = data["simulation/balanced"].set_index("lam")["lam_end"]
    assert [lam_end[10], lam_end[-10]] == pytest.approx([9.987, -9.987], abs=1e-3)
    assert abs(lam_end[0]) < 1e-3
    gap = one(data["simulation/balanced_layers"], "deviation_representation", lam=10, layer="input")
    assert gap == pytest.approx(1.6e-3, abs=1e-4)


def test_one_layer_is_lazy_and_the_other_holds_the_task(data):
    theory, descent = data["theory/layers"], data["simulation/balanced_layers"]
    for lam, lazy, rich in ((10, "output", "input"), (-10, "input", "output")):
        for layers in (theory, descent):
            assert one(layers, "distance_identity", lam=lam, layer=lazy) < 3e-4
            assert one(layers, "distance_task_squared", lam=lam, layer=rich) < 3e-4
            assert one(layers, "distance_identity", lam=lam, layer=rich) > 0.1
        assert one(descent, "traceless_share", lam=lam, layer=lazy) < 0.03
        assert one(descent, "traceless_share", lam=lam, layer=rich) > 0.45
    assert only(theory, lam=0)["distance_task"].max() < 1e-15
    assert only(descent, lam=0)["distance_task"].max() < 1e-6


def test_small_gaussian_weights_are_rich_and_large_ones_hold_no_task(data):
    small, large = (only(data["simulation/gaussian_layers"], size=size) for size in ("small", "large"))
    assert small["distance_task"].max() < 1e-12
    assert small["traceless_cosine_task"].min() > 1 - 1e-12
    cosines = large[["layer", "traceless_cosine_task", "traceless_cosine_task_squared"]].set_index("layer")
    assert cosines.abs().max(axis=None) < 0.5
    assert cosines.groupby("layer").mean().abs().max(axis=None) < 0.25
    assert large["distance_identity"].max() < 0.04
    assert large["traceless_share"].between(0.1, 0.3, inclusive="neither").all()


@pytest.mark.parametrize(("network", "best"), [("square", 0.0), ("unequal", 0.99314)])
def test_noise(data, network, best):
    found = only(data["theory/networks"], network=network).iloc[0]
    assert found.input_spread <= 1e-12
    assert found.least_lam == pytest.approx(best, abs=1e-5)
    curve = only(data["theory/noise_curves"], network=network, noise="parameter").set_index("lam")["loss"]
    assert abs(curve.idxmin() - best) <= curve.index[1] - curve.index[0]
    assert found.least_loss <= curve.min()
    formula = only(data["theory/noise"], network=network)
    assert formula["deviation_loss"].max() < 1e-12
    noise = formula.merge(data["simulation/noise"], on=["network", "lam", "noise"], validate="1:1")
    assert len(noise) == 13 * 2
    assert noise["z"].abs().max() < 4.5
    assert (noise["standard_error"] < 0.03 * noise["loss_x"]).all()


def test_figure_has_its_panels_and_labels(figure):
    task, trained, gaussian, noise = figure.subfigs
    images = [[a for a in part.get_axes() if a.images] for part in (task, trained)]
    assert [len(part) for part in images] == [5, 12]
    assert len(task.get_axes()[0].texts) == 15 + 1  # every node of the tree, and the panel's letter
    left, right = gaussian.subfigs
    assert sum(bool(a.images) for a in left.get_axes()) == 4
    upper, lower = right.get_axes()
    assert [len(a.lines) for a in (upper, lower)] == [5 * 2 + 1, 5 * 2]
    assert [len(line.get_xdata()) for line in lower.lines] == [1] * 6 + [4] * 4
    for axes in noise.get_axes():
        assert axes.get_xlabel()
        assert axes.get_ylabel()
        assert len(axes.containers) == 2 * 13  # an error bar for each network and λ
    letters = {text.get_text() for a in figure.get_axes() for text in a.texts}
    assert set("ABCDE") <= letters


def test_descent_and_theory_share_their_scale_of_colour(figure):
    trained = figure.subfigs[1].get_axes()
    limits = [a.images[0].get_clim() for a in trained if a.images]
    for row in (limits[:6], limits[6:]):
        assert row[:3] == row[3:]


def test_nothing_is_clipped(figure):
    assert_nothing_is_clipped(figure)


def test_layout_is_settled_once(data, tmp_path):
    figure = drawn("fig4", data)
    places = []
    for suffix in ("pdf", "svg", "png"):
        style.save(figure, tmp_path / f"fig4.{suffix}")
        places.append([axes.get_position(original=True).bounds for axes in figure.get_axes()])
    assert places[0] == places[1] == places[2]
    # the last bits of the solver's positions are of its addresses in memory: they must not be in a file
    assert np.abs(np.subtract(places[0], np.round(places[0], 6))).max() < 1e-15
    assert len(figure.subfigs) == 4
    for part in figure.subfigs:
        corners = part.bbox_relative.get_points()
        assert np.array_equal(corners, np.round(corners, 6))
