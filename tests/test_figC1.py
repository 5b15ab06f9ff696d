"""figC1: the lazy limits of both layers and of the kernel, and the figure made of them."""

import matplotlib
import numpy as np
import pytest

import lazyrich as lr
from figures import STAGES, assert_nothing_is_clipped, assert_same_bytes, compute, config_block, drawn
from lazyrich.figures.figC1_converged_representations import compute as experiment
from lazyrich.pipeline import semantic, tables
from lazyrich.pipeline.records import Data

matplotlib.use("Agg")
LAYERS = semantic.LAYERS
CONFIG = config_block("figC1") | {"lambdas": [-1000, -100, -30, -1, 0, 1, 30, 100, 1000], "n_curve": 41}


def build(folder, config=CONFIG, stages=STAGES):
    return compute("figC1", folder, config, stages)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return build(tmp_path_factory.mktemp("figC1"))


@pytest.fixture(scope="module")
def data(results):
    return Data.read(results, STAGES)


def measured(data, run, quantity, source="simulation"):
    return data.numbers(quantity, run.run_id, source)[2].ravel()


def test_tables_are_of_their_schema_and_the_same_bytes_again(results, tmp_path):
    runs = tables.read(results / "runs.parquet", "runs")
    assert runs["lam"].to_pylist() == CONFIG["lambdas"]
    for stage in STAGES:
        assert set(tables.read(results / f"{stage}.parquet", "records")["source"].to_pylist()) == {stage}
    build(tmp_path)
    assert_same_bytes(tmp_path, results)


def test_descent_ends_where_theory_says(data):
    for run in data.runs:
        for layer in LAYERS:
            assert data.number(f"deviation_limit_{layer}", run.run_id, "theory") < 1e-11
            assert data.number(f"deviation_{layer}", run.run_id, "simulation") < 1.5e-3
            # the drift of λ, 0.003 at λ = 1, moves both by less
            for quantity, gap in ((f"distance_{layer}", 1e-4), (f"traceless_cosine_{layer}", 2e-4)):
                theory, descent = (measured(data, run, quantity, source) for source in ("theory", "simulation"))
                assert np.abs(theory - descent).max() < gap
        assert data.number("deviation_kernel_excess", run.run_id, "simulation") < 1e-3


def test_representations_go_to_identity_and_to_the_squared_task(data):
    for run in (data.runs[0], data.runs[-1]):
        lazy, rich = LAYERS if run.lam < 0 else LAYERS[::-1]
        for source in ("theory", "simulation"):
            assert measured(data, run, f"distance_{lazy}", source)[0] < 1e-11
            assert measured(data, run, f"distance_{rich}", source)[2] < 1e-11
            # the other layer is at the distance of I from the squared task, 1 − 0.853
            assert measured(data, run, f"distance_{lazy}", source)[2] == pytest.approx(0.1472, abs=1e-3)
    for run in data.runs:
        for layer in LAYERS:
            assert (measured(data, run, f"traceless_cosine_{layer}") > 0.996).all()


@pytest.mark.parametrize("source", ["theory", "simulation"])
@pytest.mark.parametrize("side", ["negative", "positive"])
def test_exponents(data, source, side):
    assert data.number(f"slope_kernel_excess_{side}", 0, source) == pytest.approx(-1, abs=0.01)
    for layer in LAYERS:
        assert data.number(f"slope_{layer}_{side}", 0, source) == pytest.approx(-4, abs=0.05)


def test_kernel_excess_is_that_of_the_dense_kernel():
    w1, w2 = lr.weights_with_singular_values(-3.0, [2.0, 1.0, 0.5], 3, 3, 3, rng=np.random.default_rng(0))
    dense = np.linalg.norm(lr.ntk(w1, w2, np.eye(3)) - 3 * np.eye(9))
    factored = experiment._kernel_excess((w1.T @ w1)[None], (w2 @ w2.T)[None], np.array([-3.0]))
    assert factored == pytest.approx([dense], rel=1e-12)


def test_too_few_lambdas_for_an_exponent_are_refused(tmp_path):
    with pytest.raises(SystemExit, match=r"at least two values of each sign with \|λ\| ≥ slope_from = 30"):
        build(tmp_path, {**CONFIG, "lambdas": [-100, -30, 0, 100]}, stages=("task",))
    assert not (tmp_path / "task.parquet").exists()


@pytest.fixture(scope="module")
def figure(data):
    figure = drawn("figC1", data)
    figure.canvas.draw()
    return figure


def test_figure_has_its_panels_lines_and_labels(figure):
    axes = figure.get_axes()
    assert len(axes) == 6
    n = len(CONFIG["lambdas"])
    # a curve a structure and a mark for each of them at each λ; in C and F marks and a curve for each sign (and layer)
    assert [len(a.lines) for a in axes] == [3 * (n + 1), 3 * (n + 1), 2 * 2, 2 * (n + 1), 2 * (n + 1), 4 * 2]
    assert [a.get_ylabel() != "" for a in axes] == [True, False, True] * 2
    assert all(a.get_xlabel() for a in axes[2:])
    assert all(a.get_legend() for a in axes)
    assert [a.texts[0].get_text() for a in axes] == list("ABCDEF")


def test_nothing_is_clipped(figure):
    assert_nothing_is_clipped(figure)
