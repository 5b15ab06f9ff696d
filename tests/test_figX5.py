"""figX5: floors, modes and agreement at every hidden width, where a large λ is lazy, the tables, checks and drawing."""

import matplotlib
import numpy as np
import pytest

from figures import assert_nothing_is_clipped, changed, config, config_block, fixtures
from lazyrich.linear.initialisation import infeasible
from lazyrich.pipeline import tables
from lazyrich.pipeline.config_values import mistakes_of

matplotlib.use("Agg")
FULL = config_block("figX5")
CONFIG = config("quick")["figX5"]
CONFIG["agreement"] = CONFIG["agreement"] | {"until": 2.0}

results, data, figure = fixtures("figX5", CONFIG)


def test_every_feasible_width_is_there_and_no_other(results, data):
    runs = tables.read(results / "runs.parquet", "runs")
    assert runs.num_rows == len(data.runs)
    found = {(run.n_in, run.n_hidden, run.n_out, run.lam) for run in data.panel("map")}
    for n_in, n_out in CONFIG["shapes"].values():
        for n_hidden in CONFIG["n_hidden"]:
            for lam in CONFIG["lambdas"]:
                there = (n_in, n_hidden, n_out, lam) in found
                assert there == (not infeasible(lam, n_in, n_hidden, n_out))
    assert (8, 10, 4, 0.0) in found


def test_the_loss_ends_at_the_floor_of_the_width_with_its_first_modes(data):
    for run in data.panel("map"):
        s = np.linspace(3, 1, min(run.n_in, run.n_out))
        floor = (s[run.n_hidden :] ** 2).sum() / (s**2).sum()
        assert data.number("floor_reached", run.run_id, "theory") == pytest.approx(floor, abs=1e-13)
        assert data.number("floor_excess", run.run_id, "theory") < 1e-13
        assert data.number("modes_wrong", run.run_id, "theory") < 1e-12


def test_a_large_lambda_is_lazy_at_one_width(data):
    for run in data.panel("map"):
        if abs(run.lam) < 100:
            continue
        large = run.n_out if run.lam > 0 else run.n_in
        distance = data.number("final_distance_mean", run.run_id, "theory")
        assert (distance < 1e-6) == (run.n_hidden == large)
        assert distance > 0.03 or run.n_hidden == large
        assert data.number("law_gap", run.run_id, "theory") < 1e-3


def test_and_learns_without_delay_there(data):
    for run in data.panel("map"):
        if abs(run.lam) == 30:
            large = run.n_out if run.lam > 0 else run.n_in
            time = 10 ** data.number("log_time_mean", run.run_id, "theory")
            assert time < 0.085 if run.n_hidden == large else time > 4
            assert data.number("not_learned", run.run_id, "theory") == 0


def test_descent_and_flow_follow_at_every_width(data):
    for run in data.panel("agreement"):
        step = run.learning_rate * np.hypot(run.lam, 6)
        assert 0 < data.number("deviation_loss_max", run.run_id, "simulation") < step
        for name in ("loss", "kernel_distance"):
            assert data.number(f"deviation_{name}", run.run_id, "flow") < 1e-9


def test_the_loss_waits_at_its_plateau(data):
    for run in data.panel("course"):
        _, t, loss = data.numbers("loss", run.run_id, "theory")
        plateau = data.number("plateau", run.run_id, "theory")
        early = loss[np.abs(np.log(t / 0.3)).argmin(), 0]
        assert early == pytest.approx(plateau, abs=0.02)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["shapes", "funnel"], [4, 8], "figX5.shapes.funnel = [4, 8] (inputs, outputs) is no funnel"),
        (["shapes", "square"], [6, 5], "is no square"),
        (["n_hidden"], [1, 2, 3, 4, 5, 6, 7], "must hold 8, at which a large |λ| of the funnel is lazy"),
        (["n_hidden"], [8, 6, 4], "must ascend"),
        (["lambdas"], [-100, 0, 30], "must ascend from −λ to λ"),
        (["weakest"], 3.0, "must be below figX5.strongest"),
        (["delay", "lambda"], 7, "figX5.delay.lambda = 7 is not in"),
        (["delay", "least"], 1e5, "must be before figX5.delay.largest"),
        (["agreement", "until"], 0.001, "two steps of its learning_rate"),
        (["course", "until"], 0.001, "two steps"),
        (
            ["course", "n_hidden"],
            [2, 9],
            "figX5.course.n_hidden holds 9, but no λ-balanced weights exist: λ = 30 > 0 needs n_hidden ≤ n_out",
        ),
    ],
)
def test_impossible_values_are_refused(path, value, said):
    assert any(said in mistake for mistake in mistakes_of("figX5", changed(FULL, path, value)))
    assert list(mistakes_of("figX5", FULL)) == []


def test_figure(figure):
    axes = figure.get_axes()
    letters = [text.get_text() for panel in axes for text in panel.texts if text.get_text() in tuple("ABCDEF")]
    assert letters == list("ABCDEF")
    assert [len(panel.images) for panel in axes[:3]] == [1, 1, 1]
    assert all(panel.get_xlabel() for panel in axes if panel.get_label() != "<colorbar>")
    assert_nothing_is_clipped(figure)
