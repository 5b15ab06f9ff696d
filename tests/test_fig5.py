"""fig5: where each architecture is lazy and where it is rich, the tables, and the drawing."""

import json

import matplotlib
import numpy as np
import pytest

from cases import EPS
from figures import STAGES, assert_nothing_is_clipped, assert_same_bytes, compute, config_block, fixtures, tables_in
from lazyrich.linear import observables
from lazyrich.linear.flow import gradient_flow
from lazyrich.pipeline.frames import only

matplotlib.use("Agg")
FULL = config_block("fig5")
TINY = {
    **FULL,
    "lambdas": [-10, -0.5, 0, 0.5, 10],
    "simulated_lambdas": [-10, 0, 10],
    "n_draws": 5,
    "until": 20.0,
    "dynamics": {"lambdas": [-10, 0, 10], "relative_rate": 0.1, "largest_rate": 0.02, "n_records": 20},
}
# the widths and draws of the claim, at its three λ; descent at the cheapest
CLAIM = {**FULL, "lambdas": [-100, 0, 100], "simulated_lambdas": [0]}


def make(config, folder, stages=STAGES):
    return compute("fig5", folder, config, stages)


results, data, figure = fixtures("fig5", TINY)


def test_a_row_for_each_start(data):
    n_lams, n_descended, n_draws = 5, 3, 5
    assert len(data["task/starts"]) == len(data["theory/end"]) == 3 * n_lams * n_draws
    assert len(data["simulation/end"]) == 3 * n_descended * n_draws
    assert len(data["task/dynamics"]) == 3 * 3


def test_stages_are_deterministic(results, tmp_path):
    make(TINY, tmp_path)
    assert_same_bytes(tmp_path, results)


def test_claim_f5(tmp_path):
    """Lazy and delayed rich at |λ| = 100, rich at λ = 0, for 20 draws of a seed that is not the figure's."""
    data = tables_in("fig5", make(CLAIM, tmp_path, STAGES[:2]), STAGES[:2])
    end = data["theory/end"]
    mean = end.groupby(["shape", "lam"])["kernel_distance"].mean()
    lazy = [("funnel", 100), ("square", 100), ("square", -100), ("inverted_funnel", -100)]
    rich = [("funnel", -100), ("square", 0), ("inverted_funnel", 100)]
    assert mean[lazy].max() < 0.01
    assert mean[rich].min() > 0.2
    # converged: even the slowest mode of the delayed side has been learned
    assert end["loss"].max() < 1e-3
    for shape, lam in lazy:
        assert only(end, shape=shape, lam=lam)["kernel_distance"].max() < 0.01


def test_the_same_task_and_function_at_every_lam(data):
    for _, starts in data["task/starts"].query("draw == 1").groupby("shape"):
        functions = [start.w2 @ start.w1 for start in starts.itertuples()]
        assert np.ptp(functions, axis=0).max() < 1e-13
        assert np.ptp(starts["sigma_yx"].to_list(), axis=0).max() == 0
        for start in starts.itertuples():
            lam, residual = observables.balance(start.w1, start.w2)
            # of layers whose squares are as large as |λ|
            assert lam == pytest.approx(start.lam, abs=32 * EPS * (1 + abs(start.lam)))
            assert residual < 64 * EPS * (1 + abs(start.lam))


def test_the_squares_start_on_the_side_of_their_task(data):
    """Half of the draws would not, unless they are mirrored."""
    for start in only(data["task/starts"], shape="square").itertuples():
        assert np.linalg.det(start.w2 @ start.w1) * np.linalg.det(start.sigma_yx) > 0


def test_the_square_is_symmetric_in_lam(data):
    distance = only(data["theory/end"], shape="square").set_index(["lam", "draw"])["kernel_distance"]
    for (lam, draw), value in distance.items():
        assert value == pytest.approx(distance[-lam, draw], rel=1e-6)


def test_distances_are_those_of_an_independent_integrator(data):
    few = [0, 8, 14]
    for run in data["task/dynamics"].iloc[::2].itertuples():
        exact = only(data["theory/dynamics"], shape=run.shape, lam=run.lam)
        assert exact["t"].to_numpy() == pytest.approx(exact["step"] * run.learning_rate)
        flow = gradient_flow(run.w1, run.w2, run.sigma_yx, exact["t"].to_numpy()[few]).kernel_distance()
        assert flow == pytest.approx(exact["kernel_distance"].to_numpy()[few], rel=1e-6, abs=1e-13)


def test_deviations_are_of_what_is_stored(data):
    assert set(data["simulation/end"]["lam"]) == set(TINY["simulated_lambdas"])
    for table, most in {"end": 0.02, "dynamics": 0.01}.items():
        both = data[f"simulation/{table}"].merge(data[f"theory/{table}"], on=data_keys(table), validate="one_to_one")
        gap = (both["kernel_distance_x"] - both["kernel_distance_y"]).abs()
        worst = gap.groupby([both["shape"], both["lam"]]).max()
        stored = data[f"simulation/{table}_agreement"].set_index(["shape", "lam"])["deviation_absolute"]
        assert stored[worst.index].to_numpy() == pytest.approx(worst.to_numpy())
        assert stored.max() < most


def data_keys(table):
    return ["shape", "lam", {"end": "draw", "dynamics": "step"}[table]]


def test_descent_approaches_the_exact_distance_in_first_order(tmp_path):
    worst = []
    for k, factor in enumerate((1.0, 0.5)):
        config = json.loads(json.dumps(TINY))
        # so many records that the largest deviation is caught at both rates
        config["dynamics"] |= {"relative_rate": 0.05 * factor, "largest_rate": 0.01 * factor, "n_records": 400}
        data = tables_in("fig5", make(config, tmp_path / str(k)))
        worst.append(data["simulation/dynamics_agreement"]["deviation_kernel_distance"].to_numpy())
    assert np.log2(np.divide(*worst)) == pytest.approx(np.ones(len(worst[0])), abs=0.1)


def test_figure_has_its_panels_lines_and_labels(figure):
    axes = figure.get_axes()
    networks, final, dynamics = axes[:3], axes[3:6], axes[6:]
    assert [a.get_title().splitlines()[1] for a in networks] == ["10–5–5", "5–5–10", "5–5–5"]
    # circles of three layers, lines between them
    assert [len(a.collections) for a in networks] == [3, 3, 3]
    assert [len(a.lines) for a in networks] == [10 * 5 + 25, 25 + 50, 50]
    assert [len(a.containers) for a in final] == [3, 3, 3]  # a dot with its bar at each simulated λ
    assert [len(a.lines) for a in dynamics] == [6, 6, 6]  # descent and theory at three λ
    assert all(a.get_xlabel() for a in axes[3:])
    assert all(a.get_ylabel() for a in (final[0], dynamics[0]))
    assert all("largest deviation" in a.get_title(loc="right") for a in axes[3:])
    assert final[0].get_xscale() == "symlog"
    assert dynamics[0].get_xscale() == "log"
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert len(labels) == 3 + 2


def test_nothing_is_clipped(figure):
    assert_nothing_is_clipped(figure)
