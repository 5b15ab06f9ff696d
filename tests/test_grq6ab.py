"""grq6a and grq6b: classifiers of digits and gratings at several α, their tables and drawings."""

import matplotlib
import numpy as np
import pytest

from figures import STAGES, assert_nothing_is_clipped, config_block, drawn, folder_of
from lazyrich.pipeline import classifiers, tables
from lazyrich.pipeline.config_values import mistakes_of
from lazyrich.pipeline.records import Data

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


@pytest.fixture(scope="module")
def data(folder):
    return {name: Data.read(folder / name, STAGES) for name in CONFIGS}


def by_alpha(data, panel, quantity):
    """(draws, α) of a number, or of the last of a curve."""
    found = [
        [data.numbers(quantity, run.run_id, "simulation")[2][-1, 0] for run in runs]
        for runs in classifiers.draws(data, panel)
    ]
    return np.array(found)


def test_tables_are_of_their_schema(folder):
    assert tables.read(folder / "grq6a" / "runs.parquet", "runs").num_rows == 2 * 3
    assert tables.read(folder / "grq6b" / "runs.parquet", "runs").num_rows == 2 * 2 * 3


@pytest.mark.parametrize("name", CONFIGS)
def test_alpha_changes_no_output_of_the_start(data, name):
    deviations = [data[name].number("deviation_start", run.run_id, "theory") for run in data[name].runs]
    assert max(deviations) < 1e-13


def test_starts_have_the_layers_that_are_asked(data):
    weights = classifiers.starts(data["grq6a"], "digits", 5)
    assert [w.shape for w in weights] == [(2, 3, 64, 32), *[(2, 3, 32, 32)] * 3, (2, 3, 32, 10)]
    first, last = weights[0], weights[-1]
    np.testing.assert_allclose(first[:, 0], first[:, 1] / 10)
    np.testing.assert_allclose(last[:, 2], last[:, 1] / 10)
    assert first[:, 1].var() == pytest.approx(2 / 64, rel=0.1)


class TestGrq6a:
    def test_what_moves(self, data):
        """The activations the more the larger α, the parameters most at α = 1, the kernel most upstream."""
        hamming, parameters, kernel = (
            by_alpha(data["grq6a"], "digits", f"{name}_distance") for name in ("hamming", "parameter", "kernel")
        )
        assert (np.diff(hamming) < 0).all()
        assert (parameters.argmax(1) == 1).all()
        assert (kernel.argmax(1) == 0).all()

    def test_nothing_has_moved_at_the_start(self, data):
        for run in data["grq6a"].runs:
            for name in ("parameter_distance", "hamming_distance", "kernel_distance"):
                step, _, values = data["grq6a"].numbers(name, run.run_id, "simulation")
                assert step[0] == 0
                assert values[0] == pytest.approx(0, abs=1e-12)
                assert (values >= 0).all()

    def test_comparisons_are_those_of_the_curves(self, data):
        hamming = by_alpha(data["grq6a"], "digits", "hamming_distance")
        first = data["grq6a"].runs[0].run_id
        lead = data["grq6a"].number("lead_hamming_distance", first, "simulation")
        assert lead == pytest.approx(hamming[0, 0] - hamming[0, 1])
        mean = data["grq6a"].number("final_hamming_distance_mean", first, "simulation")
        assert mean == pytest.approx(hamming[:, 0].mean())
        relative = [
            data["grq6a"].number("relative_hamming_distance_mean", run.run_id, "simulation")
            for run in data["grq6a"].runs[:3]
        ]
        assert max(relative) == pytest.approx(1)
        step, _, curve = data["grq6a"].numbers("hamming_distance", first, "simulation")
        share = data["grq6a"].number("early_share_hamming_distance", first, "simulation")
        assert share == pytest.approx(curve[step == 50][0, 0] / curve[-1, 0])
        assert share > 0.8

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
    @pytest.mark.parametrize("panel", ["gratings", "digits"])
    def test_filters_are_smoother_upstream(self, data, panel):
        energies = by_alpha(data["grq6b"], panel, "energy_median")
        assert (np.diff(energies) > 0).all()
        assert energies[:, 0].max() < 3.5 < 4.5 < energies[:, 2].min()

    @pytest.mark.parametrize("panel", ["gratings", "digits"])
    def test_examples_are_learned(self, data, panel):
        """In so few steps by α = 10 and 1 wholly."""
        fitted = by_alpha(data["grq6b"], panel, "train_accuracy")
        assert fitted[:, :2].min() > 0.99
        assert fitted.min() > 0.85
        assert by_alpha(data["grq6b"], panel, "test_accuracy").min() > 0.75

    def test_densities_add_up_to_one(self, data):
        for panel in ("gratings", "digits"):
            for run in classifiers.draws(data["grq6b"], panel)[0]:
                grid, density = (
                    data["grq6b"].numbers(f"energy_{name}", run.run_id, "simulation")[2][0]
                    for name in ("grid", "density")
                )
                # what the bandwidth spreads beyond the grid is missing
                assert 0.9 < np.trapezoid(density, grid) < 1.001

    def test_filters_shown_have_length_one(self, data):
        for panel, side in (("gratings", 9), ("digits", 8)):
            for run in classifiers.draws(data["grq6b"], panel)[0]:
                filters = data["grq6b"].matrices("filters", run.run_id, "simulation")[2]
                assert filters.shape == (5, side, side)
                np.testing.assert_allclose((filters**2).sum((1, 2)), 1)

    def test_white_noise(self, data):
        for panel, side in (("gratings", 9), ("digits", 8)):
            run = classifiers.draws(data["grq6b"], panel)[0][0]
            noise = data["grq6b"].number("white_noise_energy", run.run_id, "theory")
            # each pixel's stencil, less what sticks out: 1.3125 = 5·0.25² + 4·0.5² for a side, corners twice
            square = 2**2 + 4 * 0.5**2 + 4 * 0.25**2
            missing = (4 * side * (0.5**2 + 2 * 0.25**2) - 4 * 0.25**2) / side**2
            assert noise == pytest.approx(square - missing)
            start = data["grq6b"].number("start_energy_mean", run.run_id, "simulation")
            assert start == pytest.approx(noise, rel=0.1)

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
