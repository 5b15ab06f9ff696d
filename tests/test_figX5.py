"""figX5: floors, modes and agreement at every hidden width, where a large λ is lazy, the tables, checks and drawing."""

import matplotlib
import numpy as np
import pytest

from figures import assert_nothing_is_clipped, changed, config, config_block, fixtures
from lazyrich.linear.initialisation import infeasible
from lazyrich.pipeline.config import mistakes_of
from lazyrich.pipeline.frames import one, only

matplotlib.use("Agg")
FULL = config_block("figX5")
CONFIG = config("quick")["figX5"]
CONFIG["agreement"] = CONFIG["agreement"] | {"until": 2.0}

results, data, figure = fixtures("figX5", CONFIG)


def test_every_feasible_width_is_there_and_no_other(data):
    found = set(data["theory/end"][["n_hidden", "lam", "shape", "draw"]].itertuples(index=False, name=None))
    for shape, (n_in, n_out) in CONFIG["shapes"].items():
        for n_hidden in CONFIG["n_hidden"]:
            for lam in CONFIG["lambdas"]:
                for draw in range(CONFIG["n_draws"]):
                    there = (n_hidden, lam, shape, draw) in found
                    assert there == (not infeasible(lam, n_in, n_hidden, n_out))
    assert (10, 0.0, "funnel", 0) in found


def test_the_loss_ends_at_the_floor_of_the_width_with_its_first_modes(data):
    for (shape, n_hidden), runs in data["theory/end"].groupby(["shape", "n_hidden"]):
        s = np.linspace(3, 1, min(CONFIG["shapes"][shape]))
        floor = (s[n_hidden:] ** 2).sum() / (s**2).sum()
        assert one(data["theory/floors"], "relative_floor", shape=shape, n_hidden=n_hidden) == pytest.approx(floor)
        assert runs["relative_loss"].to_numpy() == pytest.approx(floor, abs=1e-13)
        assert runs["floor_excess"].max() < 1e-13
        assert runs["modes_wrong"].max() < 1e-12


def large(shape, lam):
    """The outer width that faces the large layer."""
    return CONFIG["shapes"][shape][int(lam > 0)]


def test_a_large_lambda_is_lazy_at_one_width(data):
    assert set(data["theory/end"]["lam"]) >= {-100, 100}
    ends = only(data["theory/end"], lam=[-100, 100]).groupby(["shape", "n_hidden", "lam", "regime"])
    for (shape, n_hidden, lam, regime), distance in ends["kernel_distance"].mean().items():
        lazy = n_hidden == large(shape, lam)
        assert regime == ("lazy" if lazy else "delayed")
        assert (distance < 1e-6) == lazy
        assert distance > 0.03 or lazy
    assert only(data["theory/laws"], lam=[-100, 100])["gap"].max() < 1e-3


def test_and_learns_without_delay_there(data):
    times = only(data["theory/times"], lam=[-30, 30])
    assert times["learned"].all()
    for (shape, n_hidden, lam), time in times.groupby(["shape", "n_hidden", "lam"])["time"]:
        mean = np.exp(np.log(time).mean())
        assert mean < 0.085 if n_hidden == large(shape, lam) else mean > 4


def test_descent_and_flow_follow_at_every_width(data):
    agreement, flow = data["simulation/agreement"], data["simulation/flow"]
    step = CONFIG["agreement"]["learning_rate"] * np.hypot(agreement["lam"], 6)
    assert agreement["step_size"].to_numpy() == pytest.approx(step.to_numpy())
    assert (agreement["deviation_loss"] > 0).all()
    assert (agreement["deviation_loss"] < step).all()
    assert flow[["deviation_loss", "deviation_kernel_distance"]].to_numpy().max() < 1e-9


def test_the_loss_waits_at_its_plateau(data):
    for n_hidden, course in data["theory/course"].groupby("n_hidden"):
        plateau = one(data["theory/plateaus"], "relative_loss", n_hidden=n_hidden)
        early = course["relative_loss"].iloc[np.log(course["t"] / 0.3).abs().argmin()]
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
