"""figX12: phase diagrams over the absolute scale of the start and λ: laws, tables, measures and drawing."""

from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest

import lazyrich as lr
from figures import assert_mistakes, assert_nothing_is_clipped, assert_same_bytes, compute, config_block, fixtures
from lazyrich.figures.figX12_phase_diagrams import bands, measures, starts
from lazyrich.linear import delay
from lazyrich.linear.layer_rates import from_equal_rates
from lazyrich.linear.passage import time_to_loss
from lazyrich.pipeline.config import mistakes_of
from lazyrich.pipeline.frames import only
from lazyrich.pipeline.ledger.results import Results

matplotlib.use("Agg")
WHOLE = config_block("figX12")
CONFIG = {
    **WHOLE, "n_draws": 3,
    "scales": WHOLE["scales"] | {"number": 4}, "lambdas": WHOLE["lambdas"] | {"number": 5},
    "delay": WHOLE["delay"] | {"scales": [0.001]}, "rates": WHOLE["rates"] | {"number": 2},
    "descent": WHOLE["descent"] | {"lambdas": [-10, 0, 10], "until": 300.0, "n_records": 300, "n_draws": 2},
}  # fmt: skip

results, data, figure = fixtures("figX12", CONFIG)


def drawn_task(shape="inverted_funnel", singular_values=(2.0, 1.5, 1.0, 0.75), seed=3):
    widths = WHOLE["shapes"][shape]
    config = WHOLE | {"singular_values": list(singular_values)}
    sigma_yx, direction = starts.problem(config, widths, np.random.default_rng(seed))
    row = {"shape": shape, "n_hidden": widths[1], "sigma_yx": sigma_yx, "direction": direction, "hidden_seed": 1}
    return config, SimpleNamespace(**row)


def test_of_equal_singular_values_the_delay_is_that_of_the_principal_angles():
    config, one = drawn_task(singular_values=[1.5] * 4)
    w2 = starts.start(one, 1.0, 1.0).w2
    angles = delay.principal_angles(w2, one.sigma_yx)
    expected = delay.delay(angles, config["learned"] / angles.sin2.mean()) / delay.slow_rate(1.5, 20.0)
    assert starts.law_of_time(config, one, 20.0) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("shape", ["funnel", "inverted_funnel"])
def test_the_law_of_the_delay_is_approached_as_lam_grows(shape):
    config, one = drawn_task(shape)
    sign, off = starts.DELAYED[shape], []
    for size in (30.0, 300.0):
        w1, w2 = starts.start(one, 0.01, sign * size)
        time = time_to_loss(w1, w2, one.sigma_yx, starts.level(config, one.sigma_yx), lam=sign * size)
        off.append(abs(starts.law_of_time(config, one, sign * size) / time - 1))
    assert off[0] < 0.02
    assert off[1] < off[0] / 20  # as 1/λ²


def test_the_boundary_of_the_law_has_the_time_it_is_asked_for():
    config, one = drawn_task()
    law = starts.Delay(config, one)
    assert law.time(law.boundary(30.0, (0.01, 1e4))) == pytest.approx(30.0, rel=1e-9)


def test_the_root_is_the_largest_one():
    assert starts.rising_root(lambda lam: np.sin(np.log(lam)), (0.1, 20.0), 1e-12) == pytest.approx(1)
    assert starts.rising_root(lambda lam: lam, (0.1, 20.0), 1e-12) == 0.1


@pytest.mark.parametrize("ratio", [1e-3, 0.5, 1.0, 400.0])
def test_layers_with_rates_of_their_own_are_equally_large_and_balanced(ratio):
    _, one = drawn_task()
    lam = starts.layers_alike(one, 0.3, ratio)
    rates = np.sqrt(ratio), 1 / np.sqrt(ratio)
    w1, w2 = from_equal_rates(*starts.start(one, 0.3, lam), rates)
    assert np.linalg.norm(w1) == pytest.approx(np.linalg.norm(w2), rel=1e-9)
    conserved = w2.T @ w2 / rates[1] - w1 @ w1.T / rates[0]
    np.testing.assert_allclose(conserved, lam * np.eye(4), atol=1e-9 * (1 + abs(lam)))
    assert np.sign(lam) == np.sign(np.log(ratio))


def test_starts_have_the_scale_and_the_lam_they_are_given():
    for shape in WHOLE["shapes"]:
        _, one = drawn_task(shape)
        w1, w2 = starts.start(one, 0.2, -3.0)
        assert np.linalg.norm(w2 @ w1) == pytest.approx(0.2 * np.linalg.norm(one.sigma_yx))
        assert lr.balance(w1, w2).lam == pytest.approx(-3.0)
    assert np.linalg.det(drawn_task("square")[1].direction) * np.linalg.det(drawn_task("square")[1].sigma_yx) > 0


def test_a_row_for_each_start(data):
    n_lams = 2 * 5 + 1
    assert len(data["theory/map"]) == 3 * n_lams * 4 * 3
    assert len(data["theory/times"]) == 3 * n_lams * 3
    assert len(data["theory/laws"]) == 3 * (n_lams - 1) * 3
    assert len(data["theory/delay"]) == 2 * 3
    assert len(data["theory/rates"]) == 4 * 5 * 3
    assert len(data["simulation/end"]) == 3 * 3 * 2
    assert len(data["simulation/rates"]) == 3


def test_the_same_config_gives_the_same_bytes(results, tmp_path):
    compute("figX12", tmp_path, CONFIG)
    assert_same_bytes(tmp_path, results)


def test_descent_and_flow_are_where_the_exact_solution_is(data):
    compared = data["simulation/agreement"]
    assert (compared["deviation_time"] < compared["step_size"]).all()
    assert compared["deviation_kernel_distance"].max() < 0.005
    assert data["simulation/rates"]["deviation_flow_kernel_distance"].max() < 1e-8


def test_the_phases(results, tmp_path, data):
    (tmp_path / "figX12").symlink_to(results)
    found = {"results": Results(tmp_path), "figure": "figX12"}
    for shape, lam in (("funnel", {"to": -0.01}), ("inverted_funnel", {"from": 0.01})):
        assert measures.relative_distance(**found, statistic="min", shape=shape, lam=lam) >= 1
    for shape, lam in (("square", 100), ("square", -100), ("funnel", 100), ("inverted_funnel", -100)):
        near = {"from": lam - 1, "to": lam + 1}
        small = {"from": 0, "to": 1}
        assert measures.relative_distance(**found, statistic="max", shape=shape, lam=near, scale=small) < 0.01
        assert measures.gain(**found, column="time", shape=shape, lam=lam, statistic="min") > 100
        assert measures.gain(**found, column="steps", shape=shape, lam=lam, statistic="max") < 20
    assert measures.loss(**found, column="steps") > 10 * measures.loss(**found, column="time")
    assert measures.law_off(**found, shape="funnel", lam={"to": -9}) < 0.05
    assert measures.boundary_over_law(**found, statistic="median") == pytest.approx(1, abs=0.1)
    assert 0.1 < measures.delayed_from(**found, statistic="min") < measures.delayed_from(**found, statistic="max") < 100


def test_the_kernel_distance_of_zero_lam_does_not_see_the_scale(data):
    for _, of_draw in only(data["theory/map"], lam=0).groupby(["shape", "draw"]):
        assert np.ptp(of_draw["kernel_distance"]) < 1e-9


def test_where_falling_shares_pass_a_level():
    logs = np.log([1.0, 10.0, 100.0])
    assert bands._crossing(logs, np.array([2.0, 0.0, 0.0])) == pytest.approx(np.sqrt(10))
    assert np.isnan(bands._crossing(logs, np.array([0.5, 0.2, 0.1])))
    assert np.isnan(bands._crossing(logs, np.array([3.0, 2.0, 1.5])))


def test_impossible_values_are_refused():
    assert not list(mistakes_of("figX12", CONFIG))
    shapes = WHOLE["shapes"]
    assert_mistakes("figX12", {"scales": WHOLE["scales"] | {"least": 40.0}}, ["scales.least = 40 must be below"])
    assert_mistakes("figX12", {"lambdas": WHOLE["lambdas"] | {"least": 200.0}}, ["lambdas.least = 200 must be below"])
    assert_mistakes("figX12", {"shapes": shapes | {"funnel": [4, 4, 8]}}, ["shapes.funnel = .* must be a funnel"])
    assert_mistakes("figX12", {"singular_values": [1.0]}, ["must be as many as the 4 hidden neurons"] * 3)
    assert_mistakes("figX12", {"n_draws": 2}, ["descent.n_draws = 5 must be at most figX12.n_draws = 2"])
    rates = WHOLE["rates"] | {"integrated": [1e6]}
    assert_mistakes("figX12", {"rates": rates}, ["rates.integrated holds 1e.06, which is beyond"])


def test_figure_has_its_panels_labels_and_regions(figure):
    axes = [panel for panel in figure.get_axes() if panel.get_xlabel()]
    assert len(axes) == 6
    said = [" ".join(text.get_text() for text in panel.texts) for panel in axes]
    assert ["delayed" in text for text in said] == [False, True, True, False, False, True]
    assert all("lazy" in said[k] and "rich" in said[k] for k in (0, 1, 2, 5))
    # of each shape a curve, the laws of both sides and the dots of descent
    assert [len(panel.lines) for panel in axes[3:5]] == [3 * 4] * 2
    assert len(figure.legends[0].get_texts()) == 8
    assert_nothing_is_clipped(figure)
