"""figA1 on a tiny config: tables, the spec's numbers, panels."""

import numpy as np
import pytest

from figures import assert_nothing_is_clipped, compute, config_block, fixtures
from lazyrich.figures.figA1_random_balance.points import points, slopes
from lazyrich.pipeline.frames import only

CONFIG = config_block("figA1") | {
    **{"n_draws": 40, "shown_n_in": [4, 8], "n_in": 16, "ratios": [0.25, 1, 4], "n_shown": 20},
    **{"width_n_in": [5, 10, 20, 40], "hidden_n_in": [10, 40, 160]},
}

results, data, figure = fixtures("figA1", CONFIG)


def test_a_row_for_each_draw(data):
    n_points = 3 + 3 + 4 + 3  # outputs, hidden, width, narrow
    assert len(data["task/draws"]) == 4 * (2 + n_points * 40)
    assert len(data["task/maps"]) == 4 * 2
    assert len(data["theory/moments"]) == 4 * (2 + n_points)
    assert len(data["theory/distances"]) == 4 * (2 + 4 + 3)
    assert len(data["simulation/agreement"]) == 4 * len(data["theory/moments"])


def test_measurements_lie_on_the_formulas(data):
    z = data["simulation/agreement"]["z"]
    assert z.abs().max() < 4.5
    # neither too far nor too near: the standard errors are right
    assert 0.75 < z.std(ddof=0) < 1.25


def test_entries_fall_as_width_to_the_minus_half(data):
    found = slopes(data["task/draws"])
    assert found == pytest.approx(np.full(4 * 2, -0.5), abs=0.05)


@pytest.mark.parametrize("scheme", ["lecun", "glorot", "he", "scaled"])
def test_norm_settles_only_with_a_narrow_hidden_layer(data, scheme):
    found = points(only(data["task/draws"], scheme=scheme), data["theory/moments"], "relative_distance")
    for of in ("formula", "mean"):
        distances = only(found, series="width")[of]
        assert distances.max() / distances.min() < 1.15
        steps = np.diff(only(found, series="narrow")[of])
        # Glorot's λ* goes to 0 faster than the spread: relative to it the distance grows
        assert (steps > 0).all() if scheme == "glorot" else (steps < 0).all()
    distances = data["theory/distances"].merge(found)
    assert distances["relative_distance"].to_numpy() == pytest.approx(distances["formula"].to_numpy(), rel=1e-14)


@pytest.mark.parametrize(
    ("scheme", "formula"),
    [
        ("lecun", lambda r, k: r / k - 1),
        ("glorot", lambda r, k: 2 * r / (k + r) - 2 / (1 + k)),
        ("he", lambda r, k: 2 * (r / k - 1)),
        ("scaled", lambda r, k: 2.25 * r / k - 0.25),
    ],
)
def test_scale_depends_on_the_ratios_alone(data, scheme, formula):
    nets = only(data["theory/moments"], scheme=scheme, series=["outputs", "hidden", "width"])
    expected = formula(nets["n_out"] / nets["n_in"], nets["n_hidden"] / nets["n_in"])
    assert nets["lam"].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-12)


def test_a_distance_relative_to_nothing_is_refused(tmp_path):
    with pytest.raises(SystemExit, match=r"figA1: λ\* = 0 for lecun at widths \(4, 8, 8\)"):
        compute("figA1", tmp_path, {**CONFIG, "ratio": [1, 2, 2]})


def test_figure_has_its_panels_and_labels(figure):
    axes = figure.get_axes()
    assert [len(a.images) for a in axes].count(1) == 3 * 4
    curves = [a for a in axes if a.get_xlabel() and a.get_ylabel() and not a.images]
    assert len(curves) == 4
    assert [len(a.containers) for a in curves] == [4, 4, 8, 8]  # schemes; on and off; fixed ratio and fixed N_h


def test_nothing_is_clipped(figure):
    assert_nothing_is_clipped(figure)
