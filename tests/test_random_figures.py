"""fig1 and figA1 on tiny configs: tables, the spec's numbers, panels."""

import numpy as np
import pytest

from cases import EPS
from figures import STAGES, assert_nothing_is_clipped, compute, config_block, drawn, folder_of
from lazyrich.pipeline import tables
from lazyrich.pipeline.records import Data

SMALL = {
    "fig1": {
        "n_steps": 15_000,
        "learning_rate": 0.002,
        "record_every": 50,
        "n_flow_times": 4,
        "random": {"widths": [10, 50, 20], "factors": [1, 2], "n_shown": 20},
    },
    "figA1": {"n_draws": 40, "shown_n_in": [4, 8], "n_in": 16, "ratios": [0.25, 1, 4], "n_shown": 20}
    | {"width_n_in": [5, 10, 20, 40], "hidden_n_in": [10, 40, 160]},
}
CONFIG = {name: config_block(name) | SMALL[name] for name in SMALL}


folder = folder_of(CONFIG)


@pytest.fixture
def fig1(folder):
    return Data.read(folder / "fig1", STAGES)


@pytest.fixture
def fig_a1(folder):
    return Data.read(folder / "figA1", STAGES)


@pytest.mark.parametrize("name", SMALL)
def test_tables_are_of_their_schema(folder, name):
    n_runs = tables.read(folder / name / "runs.parquet", "runs").num_rows
    for stage in STAGES:
        records = tables.read(folder / name / f"{stage}.parquet", "records")
        assert set(records["run_id"].to_pylist()) <= set(range(n_runs))


def test_fig1_outputs_follow_the_exact_solution_and_reach_the_task(fig1):
    for run_ in fig1.panel("dynamics"):
        steps, times, descent = fig1.numbers("outputs", run_.run_id, "simulation")
        exact = fig1.numbers("outputs", run_.run_id, "theory")[2]
        measured = np.abs(descent - exact).max() / np.abs(exact).max()
        assert fig1.number("deviation_outputs", run_.run_id, "simulation") == pytest.approx(measured, rel=1e-12)
        assert 1e-6 < measured < 1e-2
        assert fig1.number("deviation_outputs", run_.run_id, "flow") < 1e-10
        assert steps[-1] * run_.learning_rate == pytest.approx(times[-1]) == 30
        x, sigma_yx = (fig1.matrix(name, run_.run_id) for name in ("x", "sigma_yx"))
        target = (sigma_yx @ x).ravel()
        assert np.abs(exact[-1] - target).max() < 0.01 * np.abs(target).max()


def test_fig1_starts_with_the_same_function_at_every_lam(fig1):
    starts = [fig1.numbers("outputs", run_.run_id, "theory")[2][0] for run_ in fig1.panel("dynamics")]
    for start in starts[1:]:
        assert start == pytest.approx(starts[0], rel=1e-9, abs=64 * EPS * np.abs(starts[0]).max())
    large = [np.linalg.norm(fig1.matrix("w1", r.run_id)) for r in fig1.panel("dynamics")]
    assert large[0] == pytest.approx(2, rel=1e-4)  # two directions of √2
    assert max(large[1:]) < 0.05


def test_fig1_waits_longest_at_lam_zero_and_shows_all_learning(fig1):
    learned = {r.lam: fig1.number("learned_after", r.run_id, "simulation") for r in fig1.panel("dynamics")}
    assert learned[2] < learned[0]
    assert fig1.number("shown_until", 0, "simulation") == pytest.approx(min(1.3 * max(learned.values()), 30))


def test_fig1_random_weights_have_the_expected_scale_and_do_not_settle_in_norm(fig1):
    for run_ in fig1.panel("random"):
        assert run_.lam == pytest.approx(-0.6)
        # three standard deviations of tr(D)/N_h
        spread = fig1.number("off_diagonal_std", run_.run_id, "theory") * np.sqrt(2 / run_.n_hidden)
        assert fig1.number("lam", run_.run_id, "task") == pytest.approx(-0.6, abs=3 * spread)
        assert fig1.number("relative_distance", run_.run_id, "theory") == pytest.approx(3.89, abs=0.03)
        assert fig1.number("relative_distance", run_.run_id, "simulation") == pytest.approx(3.89, rel=0.25)
        assert fig1.matrix("balance", run_.run_id).shape == (20, 20)


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


def test_fig1_has_its_panels_lines_and_labels(folder):
    axes = drawn("fig1", Data.read(folder / "fig1", STAGES)).get_axes()
    outputs = [a for a in axes if "time" in a.get_xlabel()]
    assert [len(a.lines) for a in outputs] == [40, 40, 40]  # descent and theory of 2 outputs of 10 examples
    assert outputs[0].get_ylabel()
    assert [len(a.images) for a in axes].count(1) == 3  # two widths and λ*I; the colour bar has none
    assert sum(not a.axison for a in axes) == 3  # the schematics


def test_fig_a1_has_its_panels_and_labels(folder):
    axes = drawn("figA1", Data.read(folder / "figA1", STAGES)).get_axes()
    assert [len(a.images) for a in axes].count(1) == 3 * 4
    curves = [a for a in axes if a.get_xlabel() and a.get_ylabel() and not a.images]
    assert len(curves) == 4
    assert [len(a.containers) for a in curves] == [4, 4, 8, 8]  # schemes; on and off; fixed ratio and fixed N_h


@pytest.mark.parametrize("name", SMALL)
def test_nothing_is_clipped(folder, name):
    assert_nothing_is_clipped(drawn(name, Data.read(folder / name, STAGES)))
