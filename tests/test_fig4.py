"""fig4: the numbers of the semantic task, and the figure made of them."""

import matplotlib
import numpy as np
import pytest

import lazyrich as lr
from cases import EPS
from figures import STAGES, assert_nothing_is_clipped, assert_same_bytes, compute, config_block, drawn
from lazyrich.pipeline import semantic, tables
from lazyrich.pipeline.drawing import style
from lazyrich.pipeline.records import Data

matplotlib.use("Agg")
LAYERS = semantic.LAYERS
IDENTITY, TASK, TASK_SQUARED = range(3)


def build(folder):
    """The full experiment but for fewer draws: a second."""
    config = config_block("fig4")
    config["gaussian"]["n_draws"] = 4
    config["noise"]["n_draws"] = 1000
    return compute("fig4", folder, config)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return build(tmp_path_factory.mktemp("fig4"))


@pytest.fixture(scope="module")
def data(results):
    return Data.read(results, STAGES)


def measured(data, run, quantity, source="simulation"):
    return data.numbers(quantity, run.run_id, source)[2].ravel()


def test_tables_are_of_their_schema_and_the_same_bytes_again(results, tmp_path):
    runs = tables.read(results / "runs.parquet", "runs")
    assert runs["run_id"].to_pylist() == list(range(runs.num_rows))
    for stage in STAGES:
        assert set(tables.read(results / f"{stage}.parquet", "records")["source"].to_pylist()) == {stage}
    build(tmp_path)
    assert_same_bytes(tmp_path, results)


def test_the_hierarchys_directions_are_singular_vectors():
    task = lr.semantic_hierarchy()
    u, s, vt = semantic.directions(task)
    assert np.abs((u * s) @ vt - task.sigma_yx / semantic.input_scale(task)).max() < 16 * EPS
    for basis in (u, vt):
        assert np.abs(basis @ basis.T - np.eye(8)).max() < 16 * EPS
    assert s == pytest.approx(np.sqrt([8, 8, 4, 4, 2, 2, 2, 2]), rel=8 * EPS)
    compared = semantic.structures(task)["input_representation"]
    assert compared[2] == pytest.approx(task.y.T @ task.y, abs=1e-14)
    assert semantic.cosine(compared[0], compared[1]) == pytest.approx(0.957, abs=5e-4)
    # the traceless part has nothing of the identity, and the distance is 1 − cosine
    assert abs(np.trace(semantic.traceless(compared[1]))) < 1e-14
    a, b = compared[1:]
    assert semantic.cosine_distance(a, b) == pytest.approx(1 - semantic.cosine(a, b), rel=1e-12)


def test_balanced_starts_match_the_tasks_determinant():
    task = lr.semantic_hierarchy()
    for k in range(6):
        w1, w2 = semantic.balanced_start(0.0, task, 0.1, np.random.default_rng(k))
        assert np.linalg.det(w2 @ w1) * np.linalg.det(task.sigma_yx) > 0
        assert np.abs(w2.T @ w2 - w1 @ w1.T).max() < 64 * EPS * (w2**2).sum()
        assert not lr.exact_solution(w1, w2, task.sigma_yx, [1.0], sigma_xx=1 / 8, lam=0.0).diagnostics.saddle


def test_descent_learns_the_task_and_theory_is_at_its_limit(data):
    for run in data.panel("balanced") + data.panel("gaussian"):
        assert measured(data, run, "misfit") < 1e-6
    for run in data.panel("balanced"):
        for layer in LAYERS:
            assert data.number(f"deviation_limit_{layer}", run.run_id, "theory") < 1e-12
            exact, descent = (data.matrix(layer, run.run_id, source) for source in ("theory", "simulation"))
            gap = np.abs(descent - exact).max() / np.abs(exact).max()
            assert data.number(f"deviation_{layer}", run.run_id, "simulation") == pytest.approx(gap, rel=1e-12)
            assert gap < 3e-3


def test_descent_lets_lam_drift(data):
    negative, zero, positive = data.panel("balanced")
    assert data.number("lam_end", positive.run_id, "simulation") == pytest.approx(9.987, abs=1e-3)
    assert data.number("lam_end", negative.run_id, "simulation") == pytest.approx(-9.987, abs=1e-3)
    assert abs(data.number("lam_end", zero.run_id, "simulation")) < 1e-3
    gap = data.number("deviation_input_representation", positive.run_id, "simulation")
    assert gap == pytest.approx(1.6e-3, abs=1e-4)


def test_one_layer_is_lazy_and_the_other_holds_the_task(data):
    negative, zero, positive = data.panel("balanced")
    for run, lazy, rich in ((positive, LAYERS[1], LAYERS[0]), (negative, *LAYERS)):
        for source in ("theory", "simulation"):
            assert measured(data, run, f"distance_{lazy}", source)[IDENTITY] < 3e-4
            assert measured(data, run, f"distance_{rich}", source)[TASK_SQUARED] < 3e-4
            assert measured(data, run, f"distance_{rich}", source)[IDENTITY] > 0.1
        assert measured(data, run, f"traceless_share_{lazy}") < 0.03
        assert measured(data, run, f"traceless_share_{rich}") > 0.45
    for layer in LAYERS:
        assert measured(data, zero, f"distance_{layer}", "theory")[TASK] < 1e-15
        assert measured(data, zero, f"distance_{layer}")[TASK] < 1e-6


def test_small_gaussian_weights_are_rich_and_large_ones_hold_no_task(data):
    for run in data.panel("gaussian"):
        for layer in LAYERS:
            if run.init == "small_gaussian":
                assert measured(data, run, f"distance_{layer}")[TASK] < 1e-12
                assert measured(data, run, f"traceless_cosine_{layer}")[0] > 1 - 1e-12
            else:
                assert (np.abs(measured(data, run, f"traceless_cosine_{layer}")) < 0.5).all()
                assert measured(data, run, f"distance_{layer}")[IDENTITY] < 0.04
                assert 0.1 < measured(data, run, f"traceless_share_{layer}")[0] < 0.3
    large = next(run for run in data.panel("gaussian") if run.init == "large_gaussian" and run.draw == 0)
    draws = [r for r in data.panel("gaussian") if r.init == "large_gaussian"]
    for layer in LAYERS:
        values = [measured(data, run, f"traceless_cosine_{layer}") for run in draws]
        assert np.allclose(measured(data, large, f"mean_traceless_cosine_{layer}"), np.mean(values, axis=0))
        assert (np.abs(measured(data, large, f"mean_traceless_cosine_{layer}")) < 0.25).all()


@pytest.mark.parametrize(("panel", "best"), [("noise_square", 0.0), ("noise_unequal", 0.99314)])
def test_noise(data, panel, best):
    runs = data.panel(panel)
    first = runs[0].run_id
    assert data.number("spread_input_noise", first, "theory") <= 1e-12
    assert data.number("least_noise_lam", first, "theory") == pytest.approx(best, abs=1e-5)
    curve = data.numbers("curve_parameter_noise", first, "theory")[2][:, 0]
    lams = data.numbers("curve_lam", first, "theory")[2][:, 0]
    assert abs(lams[np.argmin(curve)] - best) <= lams[1] - lams[0]
    assert data.number("least_parameter_noise", first, "theory") <= curve.min()
    for run in runs:
        for kind in ("input", "parameter"):
            assert data.number(f"deviation_{kind}_noise", run.run_id, "theory") < 1e-12
            assert abs(data.number(f"{kind}_noise_z", run.run_id, "simulation")) < 4.5
            error = data.number(f"{kind}_noise_error", run.run_id, "simulation")
            assert error < 0.03 * data.number(f"{kind}_noise", run.run_id, "theory")


@pytest.fixture(scope="module")
def figure(data):
    figure = drawn("fig4", data)
    figure.canvas.draw()
    return figure


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
