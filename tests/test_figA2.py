"""figA2: its tables, the numbers that are said of them, and its panels."""

import numpy as np
import pytest
import yaml

from figures import assert_nothing_is_clipped, assert_same_bytes, compute, config, fixtures, tables_in
from lazyrich.figures.figA2_scale_maps.bands import half_width, half_widths, least_ratio, mean_distances
from lazyrich.figures.figA2_scale_maps.compute import scales
from lazyrich.linear import observables
from lazyrich.linear.flow import gradient_flow
from lazyrich.pipeline.common import stacked
from lazyrich.pipeline.folders import figures
from lazyrich.pipeline.frames import one, only

SEED = 20250  # that of config.yaml
TINY, QUICK = (config(preset)["figA2"] for preset in ("tiny", "quick"))

results, data, figure = fixtures("figA2", TINY)


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """The tables of the quick preset: few draws, the full problem."""
    return tables_in("figA2", compute("figA2", tmp_path_factory.mktemp("quick"), QUICK, seed=SEED))


def test_a_row_for_each_start(data):
    n_map, n_control = 7 * 2 * 3, 5 * 2 * 2  # λ, draws, scales
    assert len(data["task/starts"]) == n_map + 2 * n_control
    assert len(data["theory/end"]) == n_map + n_control
    assert len(data["simulation/end"]) == 2 * n_control
    assert len(data["task/corners"]) == len(data["simulation/corners_agreement"]) == 5


def test_stages_are_deterministic(results, tmp_path):
    compute("figA2", tmp_path, TINY)
    assert_same_bytes(tmp_path, results)


def test_at_zero_the_absolute_scale_does_not_matter_and_off_it_widens_the_band(quick):
    exact = quick["theory/end"]
    assert quick["theory/spread"]["spread_at_zero"].max() < 1e-12
    assert exact["loss"].max() < 1e-20
    for grid in ("map", "control"):
        assert least_ratio(only(exact, grid=grid)) > 1
    assert one(quick["simulation/agreement"], "deviation_kernel_distance") < 0.05
    # without balance both are lost
    unbalanced = only(quick["simulation/end"], start="unbalanced")
    assert only(quick["simulation/spread"], start="unbalanced")["spread_at_zero"].max() > 0.1
    assert least_ratio(unbalanced) < 1.5
    assert half_widths(unbalanced).iloc[0] > 100 * half_widths(only(exact, grid="map")).iloc[0]


def test_control_has_the_layer_norms_of_the_balanced_weights_and_not_their_balance(data):
    starts = only(data["task/starts"], grid="control")
    keys = ["lam", "draw", "scale"]
    both = [only(starts, start=start).sort_values(keys) for start in ("balanced", "unbalanced")]
    assert np.array_equal(*(part[keys] for part in both))
    residual, norms = [], []
    for part in both:
        layers = stacked(part, "w1", "w2")
        squares = [(w**2).sum((1, 2)) for w in layers]
        norms.append(np.sqrt(squares))
        residual.append(observables.balance(*layers).residual / sum(squares))
    assert norms[0] == pytest.approx(norms[1], rel=1e-12)
    assert residual[0].max() < 1e-12 < 1e-3 < residual[1].min()


def test_map_is_what_an_integrator_finds(data):
    starts = only(data["task/starts"], grid="map", scale=scales(TINY, "map")[1], lam={"from": -1, "to": 1})
    for run in starts.itertuples():
        flow = gradient_flow(run.w1, run.w2, run.sigma_yx, np.array([0.0, 40.0]))
        place = {"grid": "map", "lam": run.lam, "draw": run.draw, "scale": run.scale}
        found = one(data["theory/end"], "kernel_distance", **place)
        assert flow.kernel_distance()[-1] == pytest.approx(found, rel=1e-8)


def test_functions_of_the_map(data):
    starts = only(data["task/starts"], grid="map")
    assert starts["scale"].unique()[[0, -1]] == pytest.approx([1e-3, 30])
    for _, of_draw in starts.groupby("draw"):
        w1, w2, sigma_yx = stacked(of_draw, "w1", "w2", "sigma_yx")
        # one matrix a draw, at every scale and λ, with the determinant's sign of the task
        function = (w2 @ w1) / of_draw["scale"].to_numpy()[:, None, None]
        assert np.abs(function - function[0]).max() < 1e-12
        assert (np.linalg.det(function) * np.linalg.det(sigma_yx) > 0).all()
        largest = (of_draw["scale"] == of_draw["scale"].max()).to_numpy()
        lam = observables.balance(w1[largest], w2[largest]).lam
        assert lam == pytest.approx(of_draw["lam"].to_numpy()[largest], abs=1e-12)


def test_means_of_the_map_are_over_draws(data):
    end = only(data["theory/end"], grid="map")
    means = mean_distances(end)
    lam, scale = means.columns[1], means.index[2]
    assert means.loc[scale, lam] == pytest.approx(np.mean(only(end, lam=lam, scale=scale)["kernel_distance"]))


def test_corners_lie_on_the_exact_solution(quick):
    keys = ["lam", "scale", "step"]
    both = quick["simulation/corners"].merge(quick["theory/corners"], on=keys, validate="one_to_one")
    assert len(both) == len(quick["theory/corners"])
    for place, curve in both.groupby(["lam", "scale"]):
        for quantity in ("loss", "kernel_distance"):
            found, exact = curve[f"{quantity}_x"], curve[f"{quantity}_y"]
            where = dict(zip(("lam", "scale"), place, strict=True))
            deviation = one(quick["simulation/corners_agreement"], f"deviation_{quantity}", **where)
            assert deviation == pytest.approx((found - exact).abs().max() / exact.abs().max(), rel=1e-9)
            assert deviation < 0.03


def test_half_width_interpolates_and_keeps_to_the_grid():
    lams = np.array([-100.0, -10, -1, 0, 1, 10, 100])
    distance = np.array([0.0, 0.2, 0.8, 1.0, 0.8, 0.2, 0.0])
    assert half_width(lams, distance) == pytest.approx(10**0.5)
    assert half_width(lams, np.ones(7)) == 100
    assert half_width(lams, np.array([0, 0, 0, 1.0, 0, 0, 0])) == 1


def test_a_descent_that_does_not_converge_is_an_error(tmp_path):
    with pytest.raises(SystemExit, match=r"\d+ descents have not converged after 40 steps"):
        compute("figA2", tmp_path, TINY | {"n_steps": 10, "most_steps": 40})
    assert not (tmp_path / "simulation").exists()


def test_figure_has_its_panels_images_and_labels(figure):
    axes = [a for a in figure.get_axes() if a.get_label() != "<colorbar>"]
    assert len(axes) == 5
    assert all(a.get_xlabel() for a in axes)
    assert [a.images[0].get_array().shape for a in axes[:2]] == [(3, 7), (2, 5)]
    assert axes[0].images[0].get_clim() == axes[1].images[0].get_clim()
    assert [len(a.lines) for a in axes[2:]] == [3, 15, 15]


def test_nothing_is_clipped(figure):
    assert_nothing_is_clipped(figure)


def test_the_claimed_control_is_not_balanced():
    claims = yaml.safe_load((figures()["figA2"].folder / "claims.yaml").read_text(encoding="utf-8"))
    (claim,) = [claim for claim in claims if claim["id"] == "A4-control"]
    assert claim["measure"]["where"] == {"start": "unbalanced"}
