"""figE1: order, law and floor of descent and the exact solution on a tiny config, and the drawing."""

import pytest

from figures import STAGES, assert_nothing_is_clipped, assert_same_bytes, compute, config_block, fixtures
from lazyrich.pipeline import tables

CONFIG = config_block("figE1") | {
    "n_draws": 2,
    "order": {"sizes": [2, 3], "lambdas": [-3, 0], "learning_rates": [0.008, 0.004], "until": 0.8, "n_records": 10},
    "scale": {"size": 2, "lambdas": [-10, 0, 10], "learning_rate": 0.001, "until": 0.5, "n_records": 40},
    "floor": {"lambdas": [1], "singular_values": [2.0, 1.0], "scale": 0.1, "until": 4.0, "n_times": 5},
}

results, data, figure = fixtures("figE1", CONFIG)


def test_tables_are_of_their_schema(results):
    runs = tables.read(results / "runs.parquet", "runs")
    for stage in STAGES:
        records = tables.read(results / f"{stage}.parquet", "records")
        assert set(records["run_id"].to_pylist()) <= set(runs["run_id"].to_pylist())


def test_stages_are_deterministic(results, tmp_path):
    assert_same_bytes(compute("figE1", tmp_path, CONFIG), results)


def test_order_law_and_floor(data):
    for run_ in data.panel("order"):
        assert data.number("order", run_.run_id, "simulation") == pytest.approx(1, abs=0.1)
    for run_ in data.panel("scale"):
        if abs(run_.lam) == 10:
            law = data.number("law_absolute", run_.run_id, "simulation")
            assert data.number("deviation_absolute", run_.run_id, "simulation") == pytest.approx(law, rel=0.05)
    floor = data.panel("floor")[0]
    assert data.numbers("error_stable", floor.run_id, "theory")[2].max() < 1e-14


def test_figure_has_its_panels_and_labels(figure):
    axes = figure.get_axes()
    assert len(axes) == 3
    assert all(a.get_xlabel() and a.get_ylabel() for a in axes)
    assert len(axes[0].lines) == 4  # two sizes, two λ
    assert len(axes[1].lines) == 3 * 2 + 2  # a bar and a dot for each λ, the law on both sides


def test_nothing_is_clipped(figure):
    assert_nothing_is_clipped(figure)
