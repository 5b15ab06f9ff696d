"""figX4: starts of a given size, what λ, size and imbalance each do, the tables, the checks and the drawing."""

from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest

from figures import assert_nothing_is_clipped, changed, config, config_block, fixtures
from lazyrich.figures.figX4_scale_or_size.measures import _over_balanced
from lazyrich.figures.figX4_scale_or_size.size import (
    balanced_of_norm,
    descend_until_learned,
    imbalance,
    task_cosine,
    unbalanced_of_norms,
)
from lazyrich.linear.exact import exact_solution
from lazyrich.linear.initialisation import random_rotation
from lazyrich.linear.observables import balance
from lazyrich.linear.tasks import task_from_singular_values
from lazyrich.pipeline.config import mistakes_of
from lazyrich.pipeline.frames import only

matplotlib.use("Agg")
FULL = config_block("figX4")
CONFIG = config("quick")["figX4"]

results, data, figure = fixtures("figX4", CONFIG)


@pytest.mark.parametrize(("lam", "shape"), [(0.0, (3, 5)), (2.9, (3, 5)), (-2.9, (5, 3)), (1e-9, (3, 3))])
def test_balanced_starts_have_the_norm_that_is_asked(lam, shape):
    rng = np.random.default_rng(1)
    direction = rng.standard_normal(shape)
    w1, w2 = balanced_of_norm(direction, lam, 9.0, 3, rng=rng)
    found, residual = balance(w1, w2)
    assert found == pytest.approx(lam, abs=1e-13)
    assert residual < 1e-12
    assert (w1**2).sum() + (w2**2).sum() == pytest.approx(9.0, rel=1e-13)
    function = w2 @ w1
    assert function / np.linalg.norm(function) == pytest.approx(direction / np.linalg.norm(direction), abs=1e-12)
    assert imbalance(w1, w2) == pytest.approx(abs(lam) / 3, abs=1e-12)
    with pytest.raises(ValueError, match="above n_hidden"):
        balanced_of_norm(direction, 3.0, 9.0, 3, rng=rng)


def test_layer_norms_decide_lambda():
    sigma_yx = np.diag([2.0, 1.0, 1.0])
    w1, w2 = unbalanced_of_norms(1.5, 4.0, (3, 3, 3), sigma_yx, rng=np.random.default_rng(2))
    assert (np.linalg.norm(w1), np.linalg.norm(w2)) == pytest.approx((1.5, 4.0), rel=1e-14)
    assert balance(w1, w2).lam == pytest.approx((16 - 2.25) / 3, rel=1e-13)
    assert np.linalg.det(w2 @ w1) > 0


def test_imbalance_is_one_without_common_hidden_directions():
    w1, w2 = np.eye(4)[:, :2], np.eye(4)[2:]
    assert imbalance(w1, w2) == pytest.approx(1.0)
    assert imbalance(np.eye(2), np.eye(2)) == 0.0
    rotation = random_rotation(4, np.random.default_rng(1))
    assert imbalance(rotation @ w1, w2 @ rotation.T) == pytest.approx(1.0)


def test_task_cosine_is_one_for_the_rich_solution_and_forgets_the_trace():
    task = task_from_singular_values([3, 1, 0.5], 3, 3, rng=np.random.default_rng(3)).sigma_yx
    u, s, vt = np.linalg.svd(task)
    w1, w2 = np.sqrt(s)[:, None] * vt, u * np.sqrt(s)
    assert task_cosine(w1, w2, task) == pytest.approx(1.0)
    shifted = np.sqrt(s + 5)
    assert task_cosine(shifted[:, None] * vt, u * shifted, task) == pytest.approx(1.0)


def test_descent_ends_where_the_exact_solution_does_and_says_when():
    rng = np.random.default_rng(4)
    task = task_from_singular_values([2, 1], 2, 2, rng=rng).sigma_yx
    w1, w2 = balanced_of_norm(task + 0.1, 1.0, 4.0, 2, rng=rng)
    settings = dict(FULL["descent"], step=0.01, n_steps=100)
    level = np.array([0.01 * (task**2).sum() / 2])
    one = (w1[None], w2[None], task[None])
    end1, end2, time = descend_until_learned(*one, level=level, **settings)
    exact = exact_solution(w1, w2, task, np.array([0.0, time[0]]))
    assert exact.loss()[-1] == pytest.approx(level[0], rel=0.05)
    assert np.abs(end2[0] @ end1[0] - task).max() < 0.02
    with pytest.raises(ValueError, match="have not converged"):
        descend_until_learned(*one, level=level, **dict(settings, most_steps=100))


def test_a_row_for_each_start(data):
    sizes, fixed, lams, imb = (CONFIG[name] for name in ("sizes", "fixed_size", "fixed_lambda", "imbalance"))
    balanced = {
        "map": sum(2 * k + 3 for k in range(len(sizes))),
        "fixed_size": len(fixed["sizes"]) * len(fixed["shares"]),
        "fixed_lambda": len(lams["lambdas"]) * lams["n_sizes"],
        "imbalance": 3 * len(imb["gaps"]) - 1,  # λ = 0 of the second shape once
    }
    unbalanced = {
        "fixed_size": len(fixed["simulated_shares"]),
        "fixed_lambda": len(lams["unbalanced_widths"]) * len(lams["simulated_sizes"]),
        "imbalance": len(imb["widths"]),
    }
    descended = {"fixed_size": len(fixed["simulated_shares"]), "fixed_lambda": len(lams["simulated_sizes"])}
    n_draws = CONFIG["n_draws"]
    for name, cells in balanced.items():
        assert len(data[f"theory/{name}"]) == n_draws * cells
        assert len(data[f"task/{name}"]) == n_draws * (cells + unbalanced.get(name, 0))
    for name, cells in unbalanced.items():
        assert len(data[f"simulation/{name}"]) == n_draws * (cells + descended.get(name, 0))


def test_size_alone_decides_nothing_at_zero_and_lambda_does_at_one_size(data):
    assert data["theory/spread"]["spread_at_zero"].max() < 1e-12
    mean = data["theory/fixed_size"].groupby(["share", "size"])["kernel_distance"].mean()
    ratios = (mean[0.98] / mean[0]).to_numpy()
    assert len(ratios) == 2
    assert ratios[0] > 0.5  # weights smaller than the task
    assert ratios[1] < 0.01


def test_larger_weights_are_richer_at_a_large_lambda(data):
    mean = only(data["theory/fixed_lambda"], lam=16).groupby("size")["kernel_distance"].mean()
    assert mean.iloc[-1] / mean.iloc[0] > 50


def test_wide_random_weights_are_lazy_as_balanced_ones_of_their_imbalance(data):
    found = data["simulation/imbalance"].groupby("n_hidden")[["kernel_distance", "task_cosine"]].mean()
    assert found["kernel_distance"].iloc[-1] < 1e-3
    assert found["task_cosine"].abs().max() < 0.4
    tables = SimpleNamespace(frame=lambda figure, table: data[table])
    assert _over_balanced(tables, "figX4").between(0.4, 2.5).all()
    assert only(data["theory/imbalance"], n_out=4)["task_cosine"].min() > 0.95


def test_explained_variance_adds_up(data):
    """Shares lie in [0, 1], and λ explains more than the size."""
    shares = data["theory/explained"].groupby("grouping")["explained"].mean()
    assert set(shares.index) == {"lam", "size", "share"}
    assert shares.between(0, 1).all()
    assert shares["lam"] > 0.5 > shares["size"]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["sizes"], [1, 0.5], "figX4.sizes = [1, 0.5] must ascend"),
        (["fixed_size", "shares"], [-0.5, 0.5], "must hold 0"),
        (["fixed_size", "simulated_size"], 3, "simulated_size = 3 is not in"),
        (["fixed_size", "simulated_shares"], [0.123], "simulated_shares holds 0.123"),
        (["fixed_lambda", "lambdas"], [1, 2], "must ascend from 0"),
        (["fixed_lambda", "largest"], 10, "balanced weights need |λ| < size"),
        (
            ["fixed_lambda"],
            FULL["fixed_lambda"] | {"lambdas": [0, 0.5], "least": 1, "largest": 1.0000000000000002, "n_sizes": 100},
            "simulated_sizes holds 64",
        ),
        (["fixed_lambda", "simulated_sizes"], [0.3], "simulated_sizes holds 0.3"),
        (["fixed_lambda", "unbalanced_widths"], [64, 4], "unbalanced_widths = [64, 4] must ascend"),
        (["imbalance", "widths"], [1, 8], "imbalance.widths = [1, 8] must be at least 4"),
        (["descent", "most_steps"], 10, "figX4.descent.most_steps = 10 must be at least n_steps = 1000"),
        (["imbalance", "gaps"], [0.5, 0.1], "must descend from 1"),
        (["imbalance", "wide_out"], 4, "wide_out = 4 must be above the 4 inputs"),
    ],
)
def test_impossible_values_are_refused(path, value, said):
    assert any(said in mistake for mistake in mistakes_of("figX4", changed(FULL, path, value)))
    assert list(mistakes_of("figX4", FULL)) == []


def test_figure(figure):
    axes = figure.get_axes()
    letters = [text.get_text() for panel in axes for text in panel.texts if text.get_text() in tuple("ABCDEFG")]
    assert letters == list("ABCDEFG")
    steps = next(panel for panel in axes if panel.get_ylabel() == "the same in stable steps")
    assert steps.get_yscale() == "log"
    assert all(panel.get_ylabel() for panel in axes)
    assert_nothing_is_clipped(figure)
