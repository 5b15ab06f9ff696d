"""figC1: the lazy limits of both layers and of the kernel, and the figure made of them."""

import matplotlib
import numpy as np
import pytest

import lazyrich as lr
from figures import STAGES, assert_nothing_is_clipped, assert_same_bytes, compute, config_block, fixtures
from lazyrich.figures.figC1_converged_representations import compute as experiment
from lazyrich.pipeline.frames import one, only

matplotlib.use("Agg")
CONFIG = config_block("figC1") | {"lambdas": [-1000, -100, -30, -1, 0, 1, 30, 100, 1000], "n_curve": 41}
KEYS = ["lam", "layer"]

results, data, figure = fixtures("figC1", CONFIG)


def test_a_row_for_each_layer_at_each_lam(data):
    n = len(CONFIG["lambdas"])
    assert list(data["task/starts"]["lam"]) == list(data["theory/kernel"]["lam"]) == CONFIG["lambdas"]
    assert len(data["theory/layers"]) == len(data["simulation/layers"]) == 2 * n
    assert len(data["theory/layer_curves"]) == 2 * CONFIG["n_curve"]


def test_tables_are_the_same_bytes_again(results, tmp_path):
    compute("figC1", tmp_path, CONFIG)
    assert_same_bytes(tmp_path, results)


def test_descent_ends_where_theory_says(data):
    theory, descent = data["theory/layers"].set_index(KEYS), data["simulation/layers"].set_index(KEYS)
    assert theory["deviation_limit"].max() < 1e-11
    assert descent["deviation_representation"].max() < 1.5e-3
    # the drift of λ, 0.003 at λ = 1, moves both by less
    for quantity, gap in (("distance", 1e-4), ("traceless_cosine", 2e-4)):
        columns = [name for name in theory if name.startswith(quantity)]
        assert len(columns) == {"distance": 3, "traceless_cosine": 2}[quantity]
        assert (theory[columns] - descent[columns]).abs().max(axis=None) < gap
    assert data["simulation/kernel"]["deviation_kernel_excess"].max() < 1e-3


@pytest.mark.parametrize("stage", ["theory", "simulation"])
def test_representations_go_to_identity_and_to_the_squared_task(data, stage):
    layers = data[f"{stage}/layers"]
    for lam, lazy, rich in ((-1000, "input", "output"), (1000, "output", "input")):
        assert one(layers, "distance_identity", lam=lam, layer=lazy) < 1e-11
        assert one(layers, "distance_task_squared", lam=lam, layer=rich) < 1e-11
        # the other layer is at the distance of I from the squared task, 1 − 0.853
        assert one(layers, "distance_task_squared", lam=lam, layer=lazy) == pytest.approx(0.1472, abs=1e-3)
    assert layers[["traceless_cosine_task", "traceless_cosine_task_squared"]].min(axis=None) > 0.996


@pytest.mark.parametrize("stage", ["theory", "simulation"])
@pytest.mark.parametrize("side", ["negative", "positive"])
def test_exponents(data, stage, side):
    slopes = only(data[f"{stage}/slopes"], side=side).iloc[0]
    assert slopes.kernel_slope == pytest.approx(-1, abs=0.01)
    assert [slopes.input_slope, slopes.output_slope] == pytest.approx([-4, -4], abs=0.05)


def test_kernel_excess_is_that_of_the_dense_kernel():
    w1, w2 = lr.weights_with_singular_values(-3.0, [2.0, 1.0, 0.5], 3, 3, 3, rng=np.random.default_rng(0))
    dense = np.linalg.norm(lr.ntk(w1, w2, np.eye(3)) - 3 * np.eye(9))
    factored = experiment._kernel_excess((w1.T @ w1)[None], (w2 @ w2.T)[None], np.array([-3.0]))
    assert factored == pytest.approx([dense], rel=1e-12)


def test_too_few_lambdas_for_an_exponent_are_refused(tmp_path):
    with pytest.raises(SystemExit, match=r"at least two values of each sign with \|λ\| ≥ slope_from = 30"):
        compute("figC1", tmp_path, {**CONFIG, "lambdas": [-100, -30, 0, 100]}, stages=STAGES[:1])
    assert not list(tmp_path.rglob("*.parquet"))


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
