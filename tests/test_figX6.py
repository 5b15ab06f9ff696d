"""Nonlinear networks: gradients, kernel, what is conserved; and figX6's tables, numbers and drawing."""

import matplotlib
import numpy as np
import pytest

import lazyrich as lr
from figures import assert_nothing_is_clipped, config_block, fixtures
from lazyrich.linear.observables import cosine_distance
from lazyrich.linear.plain_descent import descend
from lazyrich.nonlinear import units as nonlinear
from lazyrich.pipeline.config import mistakes_of
from lazyrich.pipeline.frames import only

matplotlib.use("Agg")
CONFIG = {
    **config_block("figX6"), "lambdas": [-10, 0, 3, 10], "n_steps": 800, "n_records": 21,
    "sequence": {"lambdas": [0, 3], "n_tasks": 2}, "n_draws": 3,
}  # fmt: skip

results, data, figure = fixtures("figX6", CONFIG)


def _network(seed=0):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((7, 3)), rng.standard_normal((7, 2))
    return rng.standard_normal((4, 3)), rng.standard_normal((2, 4)), x, y


@pytest.mark.parametrize("name", nonlinear.ACTIVATIONS)
def test_gradients_are_those_of_the_loss(name):
    w1, w2, x, y = _network()
    g1, g2 = nonlinear.gradients(w1, w2, x, y, name)
    rng = np.random.default_rng(1)
    d1, d2 = rng.standard_normal(w1.shape), rng.standard_normal(w2.shape)
    up, down = (nonlinear.loss(w1 + e * d1, w2 + e * d2, x, y, name) for e in (1e-6, -1e-6))
    assert (g1 * d1).sum() + (g2 * d2).sum() == pytest.approx(-(up - down) / 2e-6, rel=1e-7)


@pytest.mark.parametrize("name", nonlinear.ACTIVATIONS)
def test_the_kernel_is_that_of_the_jacobian(name):
    w1, w2, x, _ = _network()
    columns = []
    for which, w in enumerate((w1, w2)):
        for k in np.ndindex(w.shape):
            step = [np.zeros_like(w1), np.zeros_like(w2)]
            step[which][k] = 1e-6
            up, down = (nonlinear.outputs(w1 + e * step[0], w2 + e * step[1], x, name) for e in (1, -1))
            columns.append((up - down).T.ravel() / 2e-6)  # outputs first
    jacobian = np.array(columns).T
    assert nonlinear.tangent_kernel(w1, w2, x, name) == pytest.approx(jacobian @ jacobian.T, abs=1e-7)


def descended(w1, w2, x, y, activation, rate, steps):
    """Weights (1, 2, ...) at the start and after the steps."""
    return descend(
        lambda w1, w2: nonlinear.gradients(w1, w2, x, y, activation), (w1[None], w2[None]), [rate], [0, steps]
    )


def test_with_the_identity_it_is_the_linear_network():
    w1, w2, x, y = _network()
    sigma_yx, sigma_xx = y.T @ x / 7, x.T @ x / 7
    assert nonlinear.tangent_kernel(w1, w2, x, "linear") == pytest.approx(lr.ntk(w1, w2, x.T), rel=1e-12)
    one = lr.gradient_descent(w1, w2, lr.Task(sigma_yx, sigma_xx), learning_rate=0.05, steps=40, record_at=[0, 40])
    path1, path2 = descended(w1, w2, x, y, "linear", 0.05, 40)
    assert path1[0] == pytest.approx(one.w1, abs=1e-12)
    assert path2[0] == pytest.approx(one.w2, abs=1e-12)
    end = (path1[0, -1], path2[0, -1])
    expected = lr.kernel_distance(w1, w2, *end, sigma_xx)
    assert cosine_distance(*(nonlinear.tangent_kernel(*w, x, "linear") for w in ((w1, w2), end))) == pytest.approx(
        expected, rel=1e-10
    )


def test_relu_keeps_each_neuron_balanced_to_first_order_in_the_step():
    drifts = []
    for steps in (200, 400, 800):
        w1, w2, x, y = _network(3)
        path1, path2 = descended(w1, w2, x, y, "relu", 4 / steps, steps)
        kept = (path2**2).sum(2) - (path1**2).sum(3)
        drifts.append(np.abs(kept[0, 1] - kept[0, 0]).max())
    assert 1.7 < drifts[0] / drifts[1] < 2.4
    assert 1.7 < drifts[1] / drifts[2] < 2.4


def test_alignment_is_one_for_a_layer_that_is_the_target():
    _, _, x, y = _network()
    assert nonlinear.representation_alignment(np.eye(7), y @ y.T, y @ y.T @ y @ y.T, "linear") <= 1
    sigma = np.random.default_rng(5).standard_normal((2, 3))
    assert nonlinear.representation_alignment(sigma, x, x @ sigma.T, "linear") == pytest.approx(1, abs=1e-14)
    assert nonlinear.representation_alignment(np.eye(3), x, x @ sigma.T, "linear") < 0.999


def test_a_descent_that_diverges_says_so():
    w1, w2, x, y = _network()
    with pytest.raises(ValueError, match=r"gradient descent diverged \(run 0\) at learning rate η = 50: lower it"):
        descended(w1, w2, x, y, "relu", 50.0, 300)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"n_examples": 5}, "figX6.n_examples = 5 must be at least width = 6"),
        ({"singular_values": [1] * 7}, "at most width = 6 numbers"),
        ({"scale": 3}, "figX6.scale = 3 must be less than 1.83, or with figX6.step descent diverges"),
        ({"lambdas": [0, -1, 2]}, "figX6.lambdas = [0, -1, 2] must ascend"),
    ],
)
def test_impossible_values_are_refused(change, said):
    assert any(said in mistake for mistake in mistakes_of("figX6", {**CONFIG, **change}))
    assert not list(mistakes_of("figX6", CONFIG))


def test_a_row_for_each_start(data):
    assert len(data["task/starts"]) == len(data["theory/end"]) == 4 * 3
    assert len(data["simulation/end"]) == 3 * 4 * 3
    assert len(data["task/sequence_tasks"]) == 2 * 3 * 2
    assert len(data["simulation/sequence_end"]) == 2 * 2 * 3
    assert data["simulation/sequence"]["step"].max() == 2 * 800


def test_the_same_tasks_at_every_lam(data):
    for _, tasks in data["task/sequence_tasks"].groupby(["draw", "task"]):
        assert np.ptp(tasks["sigma_yx"].to_list(), axis=0).max() == 0


def test_what_survives(data):
    mean = data["simulation/end"].groupby(["activation", "lam"])[["kernel_distance", "deviation_loss"]].mean()
    linear = data["theory/end"].groupby("lam")["kernel_distance"].mean()
    tanh, relu = (mean["kernel_distance"][name] for name in ("tanh", "relu"))
    assert only(data["simulation/end"], activation="linear")["deviation_loss"].max() < CONFIG["step"]
    assert tanh[0] > tanh[3] > tanh[10] > linear[10]
    assert relu[-10] < relu[0] < relu[3] < relu[10]
    departure = mean["deviation_loss"]["tanh"]
    assert 10 * departure[10] < departure[-10]


def test_relu_keeps_its_scale_and_tanh_does_not(data):
    worst = data["simulation/sequence_end"].groupby("activation")["largest_drift"].max()
    assert worst["relu"] < 0.05
    assert worst["tanh"] > 1


def test_figure(figure):
    axes = figure.get_axes()
    assert [len(a.lines) for a in axes] == [6, 6, 3, 3, 4 + 1, 4 + 1]
    assert_nothing_is_clipped(figure)
