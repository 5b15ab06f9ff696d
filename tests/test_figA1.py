"""figA1 on a tiny config: tables, the spec's numbers, panels."""

import numpy as np
import pytest

from figures import STAGES, assert_nothing_is_clipped, compute, config_block, drawn, folder_of
from lazyrich.pipeline import tables
from lazyrich.pipeline.records import Data

SMALL = {
    "figA1": {"n_draws": 40, "shown_n_in": [4, 8], "n_in": 16, "ratios": [0.25, 1, 4], "n_shown": 20}
    | {"width_n_in": [5, 10, 20, 40], "hidden_n_in": [10, 40, 160]},
}
CONFIG = {name: config_block(name) | SMALL[name] for name in SMALL}


folder = folder_of(CONFIG)


@pytest.fixture
def fig_a1(folder):
    return Data.read(folder / "figA1", STAGES)


@pytest.mark.parametrize("name", SMALL)
def test_tables_are_of_their_schema(folder, name):
    n_runs = tables.read(folder / name / "runs.parquet", "runs").num_rows
    for stage in STAGES:
        records = tables.read(folder / name / f"{stage}.parquet", "records")
        assert set(records["run_id"].to_pylist()) <= set(range(n_runs))


def test_fig_a1_measurements_lie_on_the_formulas(fig_a1):
    z = np.array([fig_a1.numbers("z", run_.run_id, "simulation")[2][0] for run_ in fig_a1.runs])
    assert fig_a1.number("z_max", 0, "simulation") == np.abs(z).max() < 4.5
    # neither too far nor too near: the standard errors are right
    assert 0.75 < z.std() < 1.25


def test_fig_a1_entries_fall_as_width_to_the_minus_half(fig_a1):
    for scheme in CONFIG["figA1"]["schemes"]:
        first = next(run_.run_id for run_ in fig_a1.panel("width") if run_.init == scheme)
        for name in ("diagonal", "off_diagonal"):
            assert fig_a1.number(f"slope_{name}", first, "simulation") == pytest.approx(-0.5, abs=0.05)


def along(data, panel, scheme, quantity="relative_distance"):
    runs = [run_ for run_ in data.panel(panel) if run_.init == scheme]
    return np.array([[data.number(quantity, run_.run_id, s) for run_ in runs] for s in ("theory", "simulation")])


@pytest.mark.parametrize("scheme", ["lecun", "glorot", "he", "scaled"])
def test_fig_a1_norm_settles_only_with_a_narrow_hidden_layer(fig_a1, scheme):
    for distances in along(fig_a1, "width", scheme):
        assert distances.max() / distances.min() < 1.15
    for distances in along(fig_a1, "narrow", scheme):
        steps = np.diff(distances)
        # Glorot's λ* goes to 0 faster than the spread: relative to it the distance grows
        assert (steps > 0).all() if scheme == "glorot" else (steps < 0).all()


@pytest.mark.parametrize(
    ("scheme", "formula"),
    [
        ("lecun", lambda r, k: r / k - 1),
        ("glorot", lambda r, k: 2 * r / (k + r) - 2 / (1 + k)),
        ("he", lambda r, k: 2 * (r / k - 1)),
        ("scaled", lambda r, k: 2.25 * r / k - 0.25),
    ],
)
def test_fig_a1_scale_depends_on_the_ratios_alone(fig_a1, scheme, formula):
    for panel in ("outputs", "hidden", "width"):
        runs = [run_ for run_ in fig_a1.panel(panel) if run_.init == scheme]
        expected = [formula(run_.n_out / run_.n_in, run_.n_hidden / run_.n_in) for run_ in runs]
        assert [run_.lam for run_ in runs] == pytest.approx(expected, abs=1e-12)


def test_fig_a1_refuses_a_distance_relative_to_nothing(tmp_path):
    with pytest.raises(SystemExit, match=r"figA1: λ\* = 0 for lecun at widths \(4, 8, 8\)"):
        compute("figA1", tmp_path, {**CONFIG["figA1"], "ratio": [1, 2, 2]})


def test_fig_a1_has_its_panels_and_labels(folder):
    axes = drawn("figA1", Data.read(folder / "figA1", STAGES)).get_axes()
    assert [len(a.images) for a in axes].count(1) == 3 * 4
    curves = [a for a in axes if a.get_xlabel() and a.get_ylabel() and not a.images]
    assert len(curves) == 4
    assert [len(a.containers) for a in curves] == [4, 4, 8, 8]  # schemes; on and off; fixed ratio and fixed N_h


@pytest.mark.parametrize("name", SMALL)
def test_nothing_is_clipped(folder, name):
    assert_nothing_is_clipped(drawn(name, Data.read(folder / name, STAGES)))
