"""Weight decay: its closed form for a mode, ReLU networks under it, and figX9's tables, numbers and drawing."""

import matplotlib
import numpy as np
import pytest
from scipy.special import exp1

import lazyrich as lr
from figures import assert_mistakes, assert_nothing_is_clipped, config_block, fixtures
from lazyrich.figures.figX9_weight_decay import measures, modes, networks, relu
from lazyrich.figures.figX9_weight_decay.falls import last_above
from lazyrich.nonlinear import units
from lazyrich.pipeline.config import mistakes_of
from lazyrich.pipeline.frames import only
from lazyrich.pipeline.ledger.results import Results

matplotlib.use("Agg")
WHOLE = config_block("figX9")
CONFIG = {
    **WHOLE, "n_draws": 3, "n_times": 61,
    "descent": WHOLE["descent"] | {"n_records": 9, "n_flow_times": 3, "n_draws": 1, "lambdas": [-10, 100]},
    "ends": WHOLE["ends"] | {"late": [0.5, 1.25], "n_draws": 1},
    "forgetting": WHOLE["forgetting"] | {"n_lambdas": 3, "network": [30, 300], "n_draws": 2},
    "collapse": WHOLE["collapse"] | {"lambdas": [100, -300], "n_held": 7, "n_kappas": 5},
    "shapes": WHOLE["shapes"] | {"until": 20.0, "n_draws": 2},
    "relu": WHOLE["relu"] | {"lambdas": [-30, -10, 10, 30], "n_records": 40, "n_draws": 3},
}  # fmt: skip

results, data, figure = fixtures("figX9", CONFIG)


@pytest.mark.parametrize("left", [0.01, 0.6, 20.0])
def test_a_weak_mode_is_held_by_an_exponential_integral(left):
    assert modes.held(1e-6, left) / 1e-6 == pytest.approx(left * np.exp(left) * exp1(left), rel=1e-5)


@pytest.mark.parametrize("ratio", [0.3, 1.0, 2.5])
def test_what_is_held_obeys_the_flow_of_a_mode(ratio):
    """With ℓ = |λ|/2γ, a in units of γ: −ℓ da/dℓ = √(ℓ² + a²)(ŝ/γ − a) − a."""
    left, step = 0.7, 1e-5
    slope = (modes.held(ratio, left * (1 + step)) - modes.held(ratio, left * (1 - step))) / (2 * step)
    a = modes.held(ratio, left)
    assert -slope == pytest.approx(np.hypot(left, a) * (ratio - a) - a, abs=1e-8)


def test_all_is_held_at_first_and_what_decay_leaves_in_the_end():
    for ratio in (0.5, 3.0):
        assert modes.held(ratio, 1e3) == pytest.approx(ratio, rel=2e-3)
        assert modes.held(ratio, 1e-9) == pytest.approx(max(ratio - 1, 0), abs=1e-3)


def test_the_time_at_which_values_are_above_a_level_for_the_last_time():
    times = np.arange(6.0)
    assert last_above(times, np.array([9, 1, 8, 4, 1, 1.0]), 2) == pytest.approx(3.5)
    with pytest.raises(ValueError, match="never fall below 2 for good"):
        last_above(times, np.array([9, 1, 8, 4, 1, 3.0]), 2)


def test_the_integrated_flow_forgets_at_the_same_time():
    gamma, lam, ratio = 0.2, 40.0, 0.5
    time = modes.time_left(lam, gamma, modes.kappa(ratio))
    start = np.array([[0.0]]), np.array([[np.sqrt(lam)]])
    flow = lr.gradient_flow(*start, np.array([[ratio * gamma]]), [0.0, time], weight_decay=gamma)
    assert flow.network_function[-1, 0, 0] == pytest.approx(ratio * gamma / 2, rel=1e-9)


def test_a_relu_start_has_one_scale_and_no_output():
    config = CONFIG["relu"]
    for lam in (-10.0, 10.0):
        start = relu.start(config, lam, np.random.default_rng(1))
        w1, w2 = start["w1"][0], start["w2"][0]
        assert (w2**2).sum(0) - (w1**2).sum(1) == pytest.approx(lam, rel=1e-12)
        assert np.linalg.norm(w1, axis=1) * np.abs(w2[0]) == pytest.approx(config["size"], rel=1e-9)
        x = np.random.default_rng(2).standard_normal((5, config["n_in"]))
        assert np.abs(units.outputs(w1, w2, x, "relu")).max() < 1e-12


def test_starts_of_one_draw_have_one_function(data):
    for _, starts in data["task/starts"].groupby("draw"):
        functions = np.stack([start.w2 @ start.w1 for start in starts.itertuples()])
        assert np.abs(functions - functions[0]).max() < 1e-12


def test_impossible_values_are_refused():
    assert not list(mistakes_of("figX9", CONFIG))
    shapes, relu_block = WHOLE["shapes"], WHOLE["relu"]
    wide = shapes["widths"] | {"funnel": [8, 9, 4]}
    assert_mistakes("figX9", {"singular_values": [1.0] * 20}, ["must be fewer than figX9.width = 20"])
    assert_mistakes("figX9", {"log_first": 2}, ["figX9.log_first = 2 must be below log10 of figX9.until = 15"])
    assert_mistakes("figX9", {"lam": 50.0}, [r"figX9.descent.lambdas = \[.*\] must hold figX9.lam = 50"])
    assert_mistakes("figX9", {"n_draws": 20}, ["figX9.ends.n_draws = 30 must be at most figX9.n_draws = 20"])
    ends = WHOLE["ends"] | {"weight_decays": [2.0, 1.0]}
    assert_mistakes("figX9", {"ends": ends}, [r"figX9.ends.weight_decays = \[2.0, 1.0\] must ascend"])
    assert_mistakes("figX9", {"shapes": shapes | {"widths": wide}}, ["widths.funnel = .* has no balanced start"])
    assert_mistakes("figX9", {"relu": relu_block | {"n_hidden": 7}}, ["figX9.relu.n_hidden = 7 must be even"])


def test_a_row_for_each_run(data):
    assert len(data["theory/curves"]) == 2 * 2 * 3 * 61
    assert len(data["theory/forgetting"]) == 3 * 3
    assert len(data["theory/kappa"]) == 3 * 2 * 5
    assert len(data["theory/shapes"]) == 2 * 2 * (8 + 4 + 8)
    assert len(data["simulation/relu_end"]) == 4 * 3


def test_the_story_of_a_lazy_start(data):
    curves = only(data["theory/curves"], lam=100, weight_decay=0.5)
    for _, curve in curves.groupby("draw"):
        fitted = curve["t"].between(0.05, 0.2)
        assert curve["loss"][fitted].min() < 0.002
        assert curve["kernel_distance"][curve["t"] < 0.1].max() < 1e-6
        assert curve["test_loss"][fitted].min() > 2 * curve["test_loss"].iloc[-1]
        assert curve["kernel_distance"].iloc[-1] > 0.4
    without = only(data["theory/curves"], lam=100, weight_decay=0)
    assert without.groupby("draw")["test_loss"].last().min() > 2.2


def test_early_stopping_beats_every_end(data):
    rich = only(data["theory/curves"], lam=0, weight_decay=0.5).groupby("draw")["test_loss"].min()
    assert (rich < data["theory/ends"].groupby("draw")["test_loss"].min()).all()


def test_the_laws(data):
    assert data["theory/strengths"]["deviation_strength"].max() < 1e-11
    assert data["theory/kappa"]["deviation_kappa"].max() < 1e-11
    forgetting = data["theory/forgetting"]
    assert (forgetting["deviation_t"] <= forgetting["start_left"]).all()
    assert data["theory/late"]["deviation_network_function"].max() < 1e-12
    assert data["theory/shapes"]["deviation_network_function"].max() < 1e-12
    compared = data["simulation/agreement"]
    assert (compared["deviation_network_function"] < 0.3 * compared["step_size"]).all()
    assert compared["deviation_flow_network_function"].max() < 1e-10
    assert compared["deviation_lam"].max() < 0.01
    assert compared["deviation_flow_lam"].max() < 1e-13


def test_the_bottleneck_learns_as_many_modes_as_it_has_neurons(data):
    ends = only(data["theory/shapes"], shape="funnel", weight_decay=0.25)
    assert (ends.groupby("draw")["strength"].agg(lambda s: (s > 1e-9).sum()) <= 4).all()
    assert ends.groupby("draw")["law"].agg(lambda s: (s > 0).sum()).max() == 4


def test_relu_neurons_keep_the_law_to_first_order_in_the_step():
    deviations = []
    for step in (0.4, 0.2):
        config = CONFIG["relu"] | {"lambdas": [-10], "step": step, "n_draws": 1}
        rng = np.random.default_rng(3)
        tables = {"task/relu_data": _frame(draw=0, **relu.data(config, rng))}
        tables["task/relu_starts"] = _frame(lam=-10.0, draw=0, **relu.start(config, -10.0, rng))
        rows = [Collected() for _ in range(4)]
        relu.add_runs(config, 1.5, tables, *rows)
        deviations.append(rows[1].columns["deviation_scale"])
    assert 1.6 < deviations[0] / deviations[1] < 2.6


class Collected:
    """The last row that was added."""

    def add(self, **columns):
        self.columns = columns


def _frame(**columns):
    import pandas as pd

    return pd.DataFrame({name: [v[0] if isinstance(v, np.ndarray) else v] for name, v in columns.items()})


def test_measures_over_draws(results, tmp_path):
    (tmp_path / "figX9").symlink_to(results)
    tables = Results(tmp_path)
    slopes = {"table": "theory/network_falls", "first": 30, "last": 300}
    assert measures.slope_off(tables, "figX9", **slopes) < 1e-3
    assert measures.slope(tables, "figX9", **slopes, statistic="mean") == pytest.approx(1, abs=1e-3)
    assert measures.slopes_near(tables, "figX9", **slopes, within=0.01) == 1
    assert 0.5 < measures.best_share(tables, "figX9", statistic="mean") < 0.8
    assert measures.edge_loss(tables, "figX9") > 1.15
    assert measures.step_off(tables, "figX9", lam=-30, statistic="max") < 0.02
    assert 2 < measures.time_of_least(tables, "figX9", lam=0, weight_decay=0.5, column="test_loss") < 6


def test_downstream_relu_networks_fall_later_from_a_larger_scale(data):
    falls = data["simulation/relu_falls"].pivot(index="draw", columns="lam", values="delay")
    assert (falls[-30] > falls[-10]).all()
    assert data["simulation/relu_end"]["deviation_scale"].max() < 1e-3
    coarse = only(data["simulation/relu_coarse"], lam=-30).set_index("draw")["delay"]
    assert (coarse - falls[-30]).abs().max() < 0.02


def test_soft_thresholding_of_a_task_without_noise_only_shrinks():
    config = WHOLE | {"noise": 1e-9, "width": 5}
    sigma_yx, teacher = networks.noisy_task(config, np.random.default_rng(1))
    start = networks.start(config, 3.0, sigma_yx, np.random.default_rng(2))
    end = lr.exact_solution(*start, sigma_yx, [0.0, 1e3], weight_decay=0.5).network_function[-1]
    assert networks.loss(end, teacher) == pytest.approx(0.5**2, abs=1e-6)


def test_figure(figure):
    axes = figure.get_axes()
    assert [len(a.lines) for a in axes[:4]] == [4 + 2 + 1, 4, 5, 4]
    assert_nothing_is_clipped(figure)
