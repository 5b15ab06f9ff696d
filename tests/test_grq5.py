"""grq5: the conic regions and their colours, training on XOR-like points, the tables and the drawing."""

import numpy as np
import pytest

from figures import assert_nothing_is_clipped, assert_same_bytes, compute, config_block, fixtures, tables_in
from lazyrich.nonlinear.relu import network, partition
from lazyrich.pipeline.config import mistakes_of
from lazyrich.pipeline.frames import only

CONFIG = {
    **config_block("grq5"),
    **{"learning_rate": 0.008, "snapshots": [0, 8, 75, 750, 4000], "n_records": 60, "n_angles": 40, "n_draws": 2},
}
results, data, figure = fixtures("grq5", CONFIG)
W = network.on_the_sphere(np.random.default_rng(3), 7, 2)


def test_rays_are_where_a_neuron_switches():
    rays = partition.rays(W)
    assert rays.shape == (14,)
    assert (np.diff(rays) > 0).all()
    on = [partition.directions(rays + shift) @ W.T > 0 for shift in (-1e-6, 1e-6)]
    assert ((on[0] != on[1]).sum(1) == 1).all()


def test_parity_beside_counting_on_a_fine_circle():
    rays = partition.rays(W)
    angles = np.linspace(-np.pi, np.pi, 4001)[:-1]
    counted = (partition.directions(angles) @ W.T > 0).sum(1) % 2
    sector = np.searchsorted(rays, angles, side="right") - 1  # −1: the one that passes ±π
    np.testing.assert_array_equal(partition.sector_parity(W, rays)[sector], counted)


def test_neighbours_differ_unless_neurons_coincide():
    assert partition.alike(W) == 0
    assert partition.alike(np.concatenate([W, W])) == 28  # twins switch together: every region has the same parity


def test_a_row_for_each_network(data):
    assert len(data["task/draws"]) == len(data["theory/regions"]) == 2
    assert len(data["theory/starts"]) == len(data["simulation/ends"]) == 2 * 3
    surfaces = data["simulation/surfaces"].groupby(["delta", "step"])
    assert list(surfaces.size()) == [40 + 32] * 3 * 5
    assert list(surfaces["is_edge"].sum()) == [32] * 3 * 5


def test_tables_are_the_same_again(results, tmp_path):
    compute("grq5", tmp_path, CONFIG)
    assert_same_bytes(tmp_path, results)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("snapshots", [3, 30], "ascend from 0"),
        ("snapshots", [0, 1], "to at least 2"),
        ("snapshots", [0, 30, 3], "ascend"),
        ("deltas", [0, 1, -1], "descend"),
    ],
)
def test_impossible_values_are_refused(key, value, said):
    assert list(mistakes_of("grq5", CONFIG)) == []
    assert [said in mistake for mistake in mistakes_of("grq5", {**CONFIG, key: value})] == [True]


def test_start(data):
    assert data["theory/starts"]["deviation_delta"].max() < 1e-13
    assert data["simulation/ends"]["start_output"].max() < 0.01
    assert (data["theory/regions"]["regions"] == 32).all()
    assert (data["theory/regions"]["neighbours_alike"] == 0).all()


def test_surface_is_the_network_of_its_regions(data):
    """The start's surface from the tables: as high as the network, and linear within every region."""
    surface = only(data["simulation/surfaces"], delta=0.25, step=0)
    angle, height = surface["angle"].to_numpy(), surface["height"].to_numpy()
    x = partition.directions(angle)
    narrow = np.diff(angle, append=angle[0] + 2 * np.pi) < 1e-9
    middle = (angle + np.append(angle[1:], angle[0] + 2 * np.pi)) / 2
    inside = (height + np.roll(height, -1)) / np.linalg.norm(x + np.roll(x, -1, 0), axis=1)
    drawn = data["task/draws"].iloc[0]
    a_length = np.sqrt((0.25 + np.hypot(0.25, 2 * 0.03**2)) / 2)
    w, a = 0.03**2 / a_length * drawn["directions"], a_length * drawn["signs"]
    value = network.outputs(w, a, partition.directions(middle))
    np.testing.assert_allclose(inside[~narrow], value[~narrow], atol=1e-12)
    assert set(surface["parity"]) == {0, 1}


@pytest.mark.parametrize(("delta", "rich"), [(0.25, True), (0, True), (-1, False)])
def test_rich_networks_switch_before_they_fit_and_lazy_ones_hardly_switch(data, delta, rich):
    for end in only(data["simulation/ends"], delta=delta).itertuples():
        share, switched = end.early_share, end.hamming_distance
        assert end.loss < 0.1
        assert (share > 0.5 and switched > 0.15) if rich else (share < 0.05 and switched < 0.05)


def test_ends_are_those_of_the_curves(data):
    last = data["simulation/curves"].groupby(["draw", "delta"]).last()
    ends = data["simulation/ends"].set_index(["draw", "delta"])
    for column in ("loss", "hamming_distance"):
        assert last[column].to_dict() == ends[column].to_dict()


def test_figure(figure):
    axes = figure.get_axes()
    assert len(axes) == 3 * 5 + 3 + 2
    assert all(len(a.collections) == 3 for a in axes[:15])  # the surface and two sorts of points
    assert next(text.get_text() for text in figure.texts if "t =" in text.get_text()) == "$t = 0$"
    assert [a.get_ylabel() for a in axes[18:]] == ["training loss", "switched (fraction)"]
    assert all(len(a.lines) == len(a.collections) == 3 for a in axes[18:])
    assert_nothing_is_clipped(figure)


def test_a_network_of_which_nothing_switches_has_no_early_share(tmp_path):
    compute("grq5", tmp_path, CONFIG | {"learning_rate": 1e-12, "snapshots": [0, 3], "n_draws": 1})
    assert set(tables_in("grq5", tmp_path)["simulation/ends"]["early_share"]) == {0.0}
