"""grq6a and grq6b: classifiers of digits and gratings at several α, their tables and drawings."""

import matplotlib
import numpy as np
import pytest

from figures import assert_nothing_is_clipped, config_block, drawn, folder_of, tables_in
from lazyrich.figures.grq6b_first_layer_filters.draw import density
from lazyrich.pipeline import classifiers
from lazyrich.pipeline.common import stacked
from lazyrich.pipeline.config import mistakes_of
from lazyrich.pipeline.frames import one, only
from lazyrich.pipeline.ledger import measures as found_by
from lazyrich.pipeline.ledger.results import Results

matplotlib.use("Agg")
BLOCKS = {name: config_block(name) for name in ("grq6a", "grq6b")}
ALPHAS = [10, 1, 0.1]
SMALL = {"n_train": 600, "n_test": 200, "n_steps": 200}
CONFIGS = {
    "grq6a": {**BLOCKS["grq6a"], **SMALL, "alphas": ALPHAS, "n_probe": 40, "n_hidden": 32, "n_records": 8}
    | {"learning_rate": 0.02, "early": 50, "n_draws": 2},
    "grq6b": {
        **BLOCKS["grq6b"],
        "alphas": ALPHAS,
        "n_draws": 2,
        "n_shown": 5,
        "gratings": {**BLOCKS["grq6b"]["gratings"], "n_filters": 12, "n_train": 256, "n_test": 128, "n_steps": 160},
        "digits": {**BLOCKS["grq6b"]["digits"], **SMALL, "n_filters": 16, "n_steps": 300},
    },
}
folder = folder_of(CONFIGS)


IMAGES = ("gratings", "digits")


@pytest.fixture(scope="module")
def data(folder):
    return {name: tables_in(name, folder / name) for name in CONFIGS}


def by_alpha(frame, column):
    """(draws, α) of a column."""
    return frame.pivot(index="draw", columns="alpha", values=column)[ALPHAS].to_numpy()


def test_a_row_for_each_network_and_filter(data):
    assert len(data["grq6a"]["simulation/ends"]) == len(data["grq6a"]["theory/starts"]) == 2 * 3
    assert len(data["grq6a"]["task/layers"]) == 2 * 5
    assert len(data["grq6b"]["simulation/ends"]) == len(data["grq6b"]["theory/starts"]) == 2 * 2 * 3
    assert len(data["grq6b"]["simulation/energies"]) == 3 * 2 * 3 * (12 + 16)


@pytest.mark.parametrize("name", CONFIGS)
def test_alpha_changes_no_output_of_the_start(data, name):
    assert data[name]["theory/starts"]["deviation_start"].max() < 1e-13


def test_starts_have_the_layers_that_are_asked(data):
    weights = classifiers.starts(data["grq6a"]["task/layers"], ALPHAS)
    assert [w.shape for w in weights] == [(2, 3, 64, 32), *[(2, 3, 32, 32)] * 3, (2, 3, 32, 10)]
    first, last = weights[0], weights[-1]
    np.testing.assert_allclose(first[:, 0], first[:, 1] / 10)
    np.testing.assert_allclose(last[:, 2], last[:, 1] / 10)
    assert first[:, 1].var() == pytest.approx(2 / 64, rel=0.1)


class TestGrq6a:
    def test_what_moves(self, data):
        """The activations the more the larger α, the parameters most at α = 1, the kernel most upstream."""
        ends = data["grq6a"]["simulation/ends"]
        hamming, parameters, kernel = (
            by_alpha(ends, f"{name}_distance") for name in ("hamming", "parameter", "kernel")
        )
        assert (np.diff(hamming) < 0).all()
        assert (parameters.argmax(1) == 1).all()
        assert (kernel.argmax(1) == 0).all()

    def test_nothing_has_moved_at_the_start(self, data):
        curves = data["grq6a"]["simulation/curves"][
            ["step", "parameter_distance", "hamming_distance", "kernel_distance"]
        ]
        assert curves[curves["step"] == 0].abs().max(axis=None) == pytest.approx(0, abs=1e-12)
        assert curves.min(axis=None) >= 0

    def test_ends_are_those_of_the_curves(self, data):
        curve = only(data["grq6a"]["simulation/curves"], draw=0, alpha=10).set_index("step")["hamming_distance"]
        ends = data["grq6a"]["simulation/ends"]
        assert one(ends, "hamming_distance", draw=0, alpha=10) == curve.iloc[-1]
        share = one(ends, "early_share_hamming_distance", draw=0, alpha=10)
        assert share == pytest.approx(curve[50] / curve.iloc[-1])
        assert share > 0.8

    def test_measures(self, folder, data):
        """How far ahead of each other the networks of a draw are."""
        results, which = Results(folder), {"table": "simulation/ends", "column": "hamming_distance"}
        measures = found_by.of_figure("grq6a")
        hamming = by_alpha(data["grq6a"]["simulation/ends"], "hamming_distance")
        rises = -np.diff(hamming)
        assert measures["least_rise"](results, "grq6a", **which) == rises.min()
        assert measures["share_rising"](results, "grq6a", **which) == 1
        lead = measures["least_lead"](results, "grq6a", alpha=1, **which)
        assert lead == (hamming[:, 1:2] - hamming[:, [0, 2]]).min()

    def test_figure(self, data):
        figure = drawn("grq6a", data["grq6a"])
        axes = figure.get_axes()
        assert len(axes) == 6
        assert [len(a.lines) for a in axes[:4]] == [3] * 4
        assert [len(a.collections) for a in axes[:4]] == [3] * 4
        assert {t.get_text() for t in axes[4].texts} == {"E", "parameters", "activations", "kernel"}
        assert len(axes[5].lines) == 6
        assert [text.get_text() for text in figure.legends[0].get_texts()] == [rf"$\alpha = {a:g}$" for a in ALPHAS]
        assert_nothing_is_clipped(figure)


class TestGrq6b:
    @pytest.mark.parametrize("images", IMAGES)
    def test_filters_are_smoother_upstream(self, data, images):
        energies = only(data["grq6b"]["simulation/energies"], images=images, stencil="printed")
        medians = by_alpha(energies.groupby(["draw", "alpha"])["energy"].median().reset_index(), "energy")
        assert (np.diff(medians) > 0).all()
        assert medians[:, 0].max() < 3.5 < 4.5 < medians[:, 2].min()

    @pytest.mark.parametrize("images", IMAGES)
    def test_examples_are_learned(self, data, images):
        """In so few steps by α = 10 and 1 wholly."""
        ends = only(data["grq6b"]["simulation/ends"], images=images)
        fitted = by_alpha(ends, "train_accuracy")
        assert fitted[:, :2].min() > 0.99
        assert fitted.min() > 0.85
        assert by_alpha(ends, "test_accuracy").min() > 0.75

    @pytest.mark.parametrize("images", IMAGES)
    def test_densities_add_up_to_one(self, data, images):
        energies = only(data["grq6b"]["simulation/energies"], images=images, stencil="printed")
        grid = np.linspace(0, 1.1 * energies["energy"].max(), 200)
        for _, of_alpha in energies.groupby("alpha"):
            # what the bandwidth spreads beyond the grid is missing
            assert 0.9 < np.trapezoid(density(of_alpha["energy"].to_numpy(), grid), grid) < 1.001

    def test_filters_shown_have_length_one(self, data):
        for images, side in (("gratings", 9), ("digits", 8)):
            for alpha in ALPHAS:
                (filters,) = stacked(only(data["grq6b"]["simulation/filters"], images=images, alpha=alpha), "weights")
                assert filters.shape == (5, side, side)
                np.testing.assert_allclose((filters**2).sum((1, 2)), 1)

    def test_white_noise(self, data):
        for images, side in (("gratings", 9), ("digits", 8)):
            noise = one(data["grq6b"]["theory/white_noise"], "energy", images=images, stencil="printed")
            # each pixel's stencil, less what sticks out: 1.3125 = 5·0.25² + 4·0.5² for a side, corners twice
            square = 2**2 + 4 * 0.5**2 + 4 * 0.25**2
            missing = (4 * side * (0.5**2 + 2 * 0.25**2) - 4 * 0.25**2) / side**2
            assert noise == pytest.approx(square - missing)
            start = only(data["grq6b"]["simulation/starts"], images=images)["energy"].mean()
            assert start == pytest.approx(noise, rel=0.1)

    def test_measures(self, folder, data):
        """Numbers beside those at the next smaller α, and how far from each other they are."""
        results, measures = Results(folder), found_by.of_figure("grq6b")
        which = {"table": "simulation/ends", "column": "test_accuracy"}
        ends = data["grq6b"]["simulation/ends"]
        accuracy = np.concatenate([by_alpha(only(ends, images=images), "test_accuracy") for images in IMAGES])
        assert measures["largest_change"](results, "grq6b", **which) == (accuracy[:, :-1] / accuracy[:, 1:]).max()
        assert measures["largest_range"](results, "grq6b", **which) == np.ptp(accuracy, axis=1).max()

    def test_figure(self, data):
        figure = drawn("grq6b", data["grq6b"])
        axes = figure.get_axes()
        assert len(axes) == 10
        for row in (axes[:5], axes[5:]):
            assert [len(a.images) for a in row] == [1, 1, 1, 0, 0]
            assert [a.get_title() for a in row[:3]] == [
                "downstream\n" + r"$\alpha = 0.1$",
                "\n" + r"$\alpha = 1$",
                "upstream\n" + r"$\alpha = 10$",
            ]
            assert len(row[3].collections) == 3
            assert len(row[3].lines) == 1 + 3
            assert [text.get_text() for text in row[4].get_legend().get_texts()] == ["train", "test"]
        assert_nothing_is_clipped(figure)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("grq6a", {"alphas": [0.1, 1, 10]}, "grq6a.alphas = [0.1, 1, 10] must descend"),
        ("grq6a", {"alphas": [10, 0.1]}, "must hold 1"),
        ("grq6a", {"n_train": 1700, "n_test": 98}, "grq6a.n_train + n_test = 1798 must be at most 1797 digits"),
        ("grq6a", {"n_probe": 598}, "grq6a.n_probe = 598 must be at most n_test = 597"),
        ("grq6a", {"batch": 1201}, "grq6a.batch = 1201 must be at most n_train = 1200"),
        ("grq6a", {"early": 2001}, "grq6a.early = 2001 must be at most n_steps = 2000"),
        ("grq6b", {"alphas": [1, 10]}, "grq6b.alphas = [1, 10] must descend"),
        ("grq6b", {"n_shown": 33}, "grq6b.n_shown = 33 must be at most gratings.n_filters = 32"),
        ("grq6b", {"digits": {"n_test": 598}}, "grq6b.digits.n_train + n_test = 1798"),
        ("grq6b", {"gratings": {"filter_size": 25}}, "grq6b.gratings.filter_size = 25 must be at most side = 24"),
        ("grq6b", {"gratings": {"frequency": [0.2, 0.1]}}, "must be the smaller one first"),
    ],
)
def test_impossible_values_are_refused(name, change, said):
    block = dict(BLOCKS[name])
    assert list(mistakes_of(name, block)) == []
    for key, value in change.items():
        block[key] = {**block[key], **value} if isinstance(value, dict) else value
    assert any(said in sentence for sentence in mistakes_of(name, block))
