"""figE1: order, law and floor of descent and the exact solution on a tiny config, and the drawing."""

import matplotlib
import numpy as np
import pytest

from figures import assert_nothing_is_clipped, assert_same_bytes, compute, config_block, fixtures
from lazyrich.linear import observables
from lazyrich.pipeline.frames import only

matplotlib.use("Agg")
CONFIG = config_block("figE1") | {
    "n_draws": 2,
    "order": {"sizes": [2, 3], "lambdas": [-3, 0], "learning_rates": [0.008, 0.004], "until": 0.8, "n_records": 10},
    "scale": {"size": 2, "lambdas": [-10, 0, 10], "learning_rate": 0.001, "until": 0.5, "n_records": 40},
    "floor": {"lambdas": [1], "singular_values": [2.0, 1.0], "scale": 0.1, "until": 4.0, "n_times": 5},
}

results, data, figure = fixtures("figE1", CONFIG)


def test_a_row_for_each_start_and_learning_rate(data):
    n_order, n_scale = 2 * 2 * 2, 3 * 2  # sizes, λ and draws
    assert len(data["task/order"]) == len(data["theory/order"]) == len(data["simulation/fitted_order"]) == n_order
    assert len(data["simulation/order"]) == 2 * n_order
    assert len(data["task/scale"]) == len(data["theory/scale"]) == len(data["simulation/scale"]) == n_scale
    assert len(data["task/floor"]) == 1
    assert len(data["theory/floor"]) == 5


def test_stages_are_deterministic(results, tmp_path):
    assert_same_bytes(compute("figE1", tmp_path, CONFIG), results)


@pytest.mark.parametrize("sweep", ["order", "scale"])
def test_starts_have_their_size_and_scale(data, sweep):
    for start in data[f"task/{sweep}"].itertuples():
        assert start.w1.shape == start.w2.shape == start.sigma_yx.shape == (start.size, start.size)
        assert observables.balance(start.w1, start.w2).lam == pytest.approx(start.lam, abs=1e-12)
        assert np.linalg.det(start.w2 @ start.w1) * np.linalg.det(start.sigma_yx) > 0


def test_order_law_and_floor(data):
    assert data["simulation/fitted_order"]["order"].to_numpy() == pytest.approx(1, abs=0.1)
    scale = only(data["simulation/scale"], lam=[-10, 10])
    assert scale["deviation_absolute"].to_numpy() == pytest.approx(scale["law_absolute"].to_numpy(), rel=0.05)
    assert data["theory/floor"]["error_stable"].max() < 1e-14


def test_deviations_are_relative_to_the_largest_entry(data):
    both = data["simulation/scale"].merge(data["theory/scale"], validate="one_to_one")
    assert both["deviation"].to_numpy() == pytest.approx(
        (both["deviation_absolute"] / both["largest_entry"]).to_numpy()
    )


def test_figure_has_its_panels_and_labels(figure):
    axes = figure.get_axes()
    assert len(axes) == 3
    assert all(a.get_xlabel() and a.get_ylabel() for a in axes)
    assert len(axes[0].lines) == 4  # two sizes, two λ
    assert len(axes[1].lines) == 3 * 2 + 2  # a bar and a dot for each λ, the law on both sides


def test_nothing_is_clipped(figure):
    assert_nothing_is_clipped(figure)
