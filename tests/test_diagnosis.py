"""diagnose: known regimes, times and kernels of flows, saddles, invariance, scaling, refusals, the README's example."""

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lazyrich as lr
from lazyrich.linear import course, integration
from lazyrich.linear.chebyshev import Chebyshev
from lazyrich.linear.flows import gradient_flows
from lazyrich.linear.initialisation import random_rotation
from lazyrich.linear.linearised import LinearisedFlow
from lazyrich.linear.tasks import as_task
from lazyrich.linear.whitened import whitened

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
import diagnosis as benchmark
from diagnosis_networks import FAMILIES
from diagnosis_networks import network as of_family

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
SQUARE, FUNNEL, INVERTED = (5, 5, 5), (10, 5, 5), (5, 5, 10)


def rng(*key):
    return np.random.default_rng([23, *key])


def network(lam, shape, seed=0, scale=0.1):
    """A balanced start and a random task, of matching determinant signs where it is square."""
    generator = rng(seed)
    sigma_yx = generator.standard_normal((shape[2], shape[0]))
    w1, w2 = lr.lambda_balanced_weights(lam, *shape, rng=generator, scale=scale)
    if shape == SQUARE and np.linalg.det(w2 @ w1) * np.linalg.det(sigma_yx) < 0:
        w1[:, 0] *= -1
    return w1, w2, sigma_yx


def times_of(found):
    return np.array([mode.time for mode in found.modes])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("lam", "shape", "regime", "layer"),
    [
        (0.0, SQUARE, "rich", ""),
        (0.0, FUNNEL, "rich", ""),
        (30.0, SQUARE, "semi-structured lazy", "w2"),
        (-30.0, SQUARE, "semi-structured lazy", "w1"),
        (30.0, FUNNEL, "semi-structured lazy", "w2"),
        (-30.0, FUNNEL, "delayed rich", ""),
        (30.0, INVERTED, "delayed rich", ""),
        (-30.0, INVERTED, "semi-structured lazy", "w1"),
    ],
)
def test_the_regimes_of_fig5(lam, shape, regime, layer, seed):
    found = lr.diagnose(*network(lam, shape, seed))
    assert (found.regime, found.lazy_layer) == (regime, layer)
    assert found.lam == found.lam_used == pytest.approx(lam, abs=1e-12)
    assert found.nearly_balanced
    assert found.relative_residual < 1e-13
    assert found.numbers_by == "exact"
    assert (found.kernel_distance < 0.01) == ("lazy" in regime)
    assert "lazy" in regime or found.kernel_distance > 0.1
    assert (0.1 < found.plateau < 0.9) == (regime == "delayed rich")


def test_the_cut_of_large_scales_is_justified():
    t = np.linspace(0, 30, 30001)
    for lam, least, most in ((2.0, 0.043, 0.044), (1.0, 0.12, 0.13)):
        distance = np.abs(lr.mode_transition(t, 1.0, 0.01, lam) - (1 - np.exp(-lam * t))).max()
        assert least < distance < most
    for shape, sides in ((SQUARE, (-1, 1)), (FUNNEL, (1,)), (INVERTED, (-1,))):
        for sign in (-1, 1):
            for seed in range(5):
                w1, w2, sigma_yx = network(0.0, shape, seed)
                lam = sign * 2.0001 * np.linalg.norm(sigma_yx, 2)
                found = lr.diagnose(*lr.nearest_balanced(w1, w2, lam), sigma_yx)
                assert found.kernel_distance < 0.006 if sign in sides else found.kernel_distance > 0.33
                assert ("lazy" in found.regime) == (sign in sides)


@pytest.mark.parametrize(("lam", "shape"), [(1.5, SQUARE), (20.0, INVERTED), (-0.5, (6, 3, 4))])
def test_times_are_those_of_the_flow(lam, shape):
    w1, w2, sigma_yx = network(lam, shape, 1, scale=0.4)
    found = lr.diagnose(w1, w2, sigma_yx, fraction=0.8)
    u, s, vt = np.linalg.svd(sigma_yx)
    for k, mode in enumerate(found.modes):
        assert mode.start == pytest.approx(u[:, k] @ w2 @ w1 @ vt[k])
        path = lr.gradient_flow(w1, w2, sigma_yx, mode.time * np.array([0.0, 1 - 1e-3, 1 + 1e-3, 1.5]))
        start, before, after, later = np.abs(s[k] - u[:, k] @ path.network_function @ vt[k])
        assert max(after, later) < 0.2 * s[k]
        assert before > 0.2 * s[k] or (mode.time == 0 and start < 0.2 * s[k])


@pytest.mark.parametrize("lam", [0.0, 0.3, -8.0])
def test_aligned_starts_take_the_time_of_the_closed_form(lam):
    task = lr.task_from_singular_values([3, 2, 1], 4, 4, rng=rng(1))
    found = lr.diagnose(*lr.aligned_weights(lam, task.sigma_yx, [0.1, 0.05, 1.4], 3, rng=rng(2)), task.sigma_yx)
    aligned = np.array([mode.time_aligned for mode in found.modes])
    np.testing.assert_allclose(times_of(found), aligned, rtol=1e-3)
    assert aligned[0] == pytest.approx(lr.time_to_reach(2.7, 3.0, 0.1, lam))


def test_wide_random_weights_are_lazy():
    w1, w2 = lr.standard_weights("lecun", 8, 300, 6, rng=rng(3))
    sigma_yx = 0.3 * rng(4).standard_normal((6, 8))
    found = lr.diagnose(w1, w2, sigma_yx)
    assert (found.regime, found.numbers_by, found.lam_used) == ("lazy", "integrated", 0.0)
    assert not found.nearly_balanced
    flow = lr.gradient_flow(w1, w2, sigma_yx, np.append(np.sort(times_of(found)), 50.0), rtol=1e-8)
    assert found.kernel_distance == pytest.approx(flow.kernel_distance()[-1], rel=0.02)  # some 1e-6
    u, s, vt = np.linalg.svd(sigma_yx)
    order = np.argsort(times_of(found))
    for k, at in zip(order, flow.network_function, strict=False):
        assert abs(s[k] - u[:, k] @ at @ vt[k]) == pytest.approx(0.1 * s[k], rel=0.01)


def draws(most, number):
    """Networks of the benchmark's families with few weights."""
    return [k for k in range(400) if sum(w.size for w in of_family("tests", k)[1:3]) <= most][:number]


@pytest.mark.parametrize("k", draws(250, 40))
def test_numbers_and_words_are_those_of_an_independent_integration(k):
    row = benchmark.judged("tests", k, budget=0.5)
    assert not benchmark.wrong(row), row


def test_the_benchmark_prints_its_table_and_what_missed(capsys):
    benchmark.main(["--networks", "2", "--stream", "tests"])
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.startswith("family")
    assert [line.split("  ")[0].strip() for line in lines[:3]] == ["LeCun", "Glorot", "all"]
    assert "not judged" in lines[-1] or "not judged" in "".join(lines[-3:])


@pytest.mark.parametrize("family", list(FAMILIES))
def test_every_family_is_among_those(family):
    assert any(of_family("tests", k)[0] == family for k in draws(250, 40))


@pytest.mark.parametrize("isotropic", [True, False])
def test_linearised_flow_is_the_flow_of_a_fixed_kernel(isotropic):
    w1, w2 = (rng(5, k).standard_normal(n) for k, n in enumerate([(6, 4), (3, 6)]))
    c = np.eye(4) if isotropic else np.diag([1, 2, 0.5, 3]) + 0.2
    problem = whitened(w1, w2, lr.Task(np.ones((3, 4)) + np.eye(3, 4), c))
    w1, w2, h = problem.w1, problem.w2, 1e-5
    flow = LinearisedFlow(problem, w1, w2)
    before, now, after = (flow.whole_error(t) for t in (0.2 - h, 0.2, 0.2 + h))
    kept = problem.times_c(w2 @ w2.T @ now) + now @ (w1.T @ w1)
    np.testing.assert_allclose((after - before) / (2 * h), -kept, atol=1e-6)
    np.testing.assert_allclose(flow.whole_error(0.0), problem.missing(w1, w2), atol=1e-12)
    (end1, end2), _ = flow.learned()
    kernel = np.kron(w2 @ w2.T, problem.times_c(np.eye(4))) + np.kron(np.eye(3), w1.T @ w1)
    area = np.linalg.solve(kernel, problem.missing(w1, w2).ravel()).reshape(3, 4)
    np.testing.assert_allclose(end2 - w2, area @ w1.T, atol=1e-9)
    np.testing.assert_allclose(end1 - w1, problem.times_c(w2.T @ area), atol=1e-9)


def test_the_linearised_flow_refuses_what_its_kernel_does_not_see():
    problem = whitened(np.eye(2, 3), np.zeros((2, 2)), as_task(np.ones((2, 3)), 2, 3))
    assert LinearisedFlow(problem, problem.w1, problem.w2).learned()[1] == (np.inf, np.inf)


@pytest.mark.parametrize("isotropic", [True, False])
def test_the_jacobian_is_the_derivative_of_the_velocity(isotropic):
    w1, w2 = lr.standard_weights("lecun", 4, 3, 2, rng=rng(13))
    c = 2.0 if isotropic else np.diag([1, 2, 0.5, 3]) + 0.2
    run = integration.Integration(whitened(w1, w2, lr.Task(rng(14).standard_normal((2, 4)), c)), 0.9, 1e-6)
    y, h = run.y, 1e-6
    for k, column in enumerate(run.jacobian(0, y).T):
        step = h * (np.arange(y.size) == k)
        slope = (run.velocity(0, y + step) - run.velocity(0, y - step)) / (2 * h)
        np.testing.assert_allclose(column, slope, atol=1e-8)


def test_the_chebyshev_method_is_of_second_order_and_stable_on_stiff_problems():
    rates = np.geomspace(1, 1e5, 30)

    def run(rtol):
        calls = []

        def flow(t, y):
            calls.append(t)
            return -rates * (y - 1) - (y - 1) ** 2

        solver = Chebyshev(flow, lambda y: 1.1e5, 0.0, np.zeros(30), 3.0, rtol, rtol, 400)
        while solver.status == "running":
            solver.step()
            if solver.t <= 1 < solver.t:
                break
        x = -np.exp(-rates * solver.t) * rates / (rates - (1 - np.exp(-rates * solver.t)))  # of y − 1
        return np.abs(solver.y - 1 - x).max(), len(calls)

    rough, fine = run(1e-4), run(1e-6)
    assert rough[0] < 1e-3
    assert fine[0] < 3e-5
    assert fine[1] < 3e5 / 6  # an explicit method of order 8 needs some 3 · 1e5 · 12/6 evaluations


@pytest.mark.parametrize("shape", [(5, 5, 5), (5, 2, 5), (6, 9, 4)])
@pytest.mark.parametrize("c", [1.0, None])
def test_both_integrators_agree(shape, c, monkeypatch):
    w1, w2 = lr.standard_weights("he", *shape, rng=rng(15))
    c = np.diag(np.linspace(0.5, 2, shape[0])) if c is None else c
    task = lr.Task(rng(16).standard_normal((shape[2], shape[0])), c)
    one = lr.diagnose(w1, w2, task)
    monkeypatch.setattr(integration, "MOST_IMPLICIT", 0)
    other = lr.diagnose(w1, w2, task)
    np.testing.assert_allclose(times_of(other), times_of(one), rtol=5e-3)
    assert other.kernel_distance == pytest.approx(one.kernel_distance, abs=2e-3)


def test_what_the_budget_does_not_reach_is_said(monkeypatch):
    w1, w2, sigma_yx = (*lr.standard_weights("lecun", *SQUARE, rng=rng(17)), rng(18).standard_normal((5, 5)))
    assert lr.diagnose(w1, w2, sigma_yx).uncertain == ()
    monkeypatch.setattr(course, "BUDGET", 1e8)
    found = lr.diagnose(w1, w2, sigma_yx)
    assert "integration stopped at t = " in found.uncertain[0]
    assert "\nunsure  integration stopped" in str(found)


def test_a_readout_of_zeros():
    """It is not lazy where its first layer does not see all inputs; it learns all the same."""
    w1, w2 = lr.standard_weights("lecun", 20, 10, 5, rng=rng(6))
    found = lr.diagnose(w1, 0 * w2, 0.05 * rng(7).standard_normal((5, 20)))
    assert found.regime == "delayed rich"
    assert np.isfinite(times_of(found)).all()
    seen = lr.diagnose(rng(8).standard_normal((10, 5)), np.zeros((5, 10)), 0.05 * rng(9).standard_normal((5, 5)))
    assert seen.regime == "lazy"


@pytest.mark.parametrize("head", [0.0, 1e-12])
@pytest.mark.parametrize("transposed", [False, True])
def test_a_layer_of_zeros_learns_in_time(head, transposed):
    w1, w2 = lr.standard_weights("lecun", 5, 12, 4, rng=rng(19))
    sigma_yx = rng(20).standard_normal((4, 5))
    arguments = (head * w2.T, w1.T, sigma_yx.T) if transposed else (w1, head * w2, sigma_yx)
    found = lr.diagnose(*arguments)
    flow = lr.gradient_flow(*arguments, np.append(np.sort(times_of(found)), 30.0), rtol=1e-9)
    u, s, vt = np.linalg.svd(arguments[2])
    for k, at in zip(np.argsort(times_of(found)), flow.network_function, strict=False):
        assert abs(s[k] - u[:, k] @ at @ vt[k]) == pytest.approx(0.1 * s[k], rel=0.01)
    assert found.kernel_distance == pytest.approx(flow.kernel_distance()[-1], rel=0.01)


@pytest.mark.parametrize("std", [1e-4, 1e-2, 0.1, 0.3])
def test_small_starts_move_their_kernel_by_what_the_flow_says(std):
    w1, w2 = lr.gaussian_weights(5, 5, 5, scale=std, rng=rng(21))
    sigma_yx = rng(22).standard_normal((5, 5))
    found = lr.diagnose(w1, w2, sigma_yx)
    flow = lr.gradient_flow(w1, w2, sigma_yx, [0.0, 20 * max(times_of(found))], rtol=1e-9)
    assert found.kernel_distance == pytest.approx(flow.kernel_distance()[-1], rel=0.01)
    assert found.nearly_balanced or std > 0.1
    assert found.imbalance <= found.relative_residual


@pytest.mark.parametrize("shape", [(5, 20, 5), (3, 6, 3), (10, 30, 10)])
@pytest.mark.parametrize("seed", range(4))
def test_wide_hidden_layers_meet_no_parity_saddle(shape, seed):
    w1, w2 = lr.standard_weights("lecun", *shape, rng=rng(23, seed))
    found = lr.diagnose(w1, w2, rng(24, seed).standard_normal((shape[2], shape[0])) / np.sqrt(shape[0]))
    assert not any("rounding" in reason for reason in found.saddles)
    assert np.isfinite(times_of(found)).all()


@pytest.mark.parametrize("shape", [(5, 2, 5), (16, 4, 8)])
@pytest.mark.parametrize("rank", [1, 8])
@pytest.mark.parametrize("seed", range(3))
def test_bottlenecks_and_tasks_of_low_rank_are_learned(shape, rank, seed):
    w1, w2 = lr.standard_weights("he", *shape, rng=rng(25, seed))
    u, v = rng(26, seed).standard_normal((shape[2], rank)), rng(27, seed).standard_normal((rank, shape[0]))
    found = lr.diagnose(w1, w2, u @ v / shape[0])
    assert len(found.modes) == min(shape[1], rank, shape[2])
    assert np.isfinite(times_of(found)).all()


@pytest.mark.parametrize("scheme", ["lecun", "balanced"])
def test_a_bottleneck_that_cuts_equal_modes_does_not_depend_on_the_basis(scheme):
    task = lr.task_from_singular_values([2, 2, 2, 1], 5, 4, rng=rng(28))
    if scheme == "balanced":
        w1, w2 = lr.lambda_balanced_weights(0.3, 5, 2, 4, rng=rng(29), scale=0.3)
    else:
        w1, w2 = lr.standard_weights("lecun", 5, 2, 4, rng=rng(29))
    a, c = random_rotation(5, rng(30)), random_rotation(4, rng(31))
    one, turned = lr.diagnose(w1, w2, task.sigma_yx), lr.diagnose(w1 @ a, c @ w2, c @ task.sigma_yx @ a)
    same(one, turned)
    assert [mode.target for mode in one.modes] == pytest.approx([2, 2])
    assert np.isfinite(times_of(one)).all()
    assert one.unlearned == pytest.approx(2.5)
    flow = lr.gradient_flow(w1, w2, task.sigma_yx, one.modes[0].time * np.array([0, 0.99, 1.01]), rtol=1e-9)
    u, _, vt = np.linalg.svd(task.sigma_yx)
    for at, learned in ((1, False), (2, True)):
        block = u[:, :3].T @ flow.network_function[at] @ vt[:3].T
        vectors = np.linalg.eigh(block + block.T)[1]
        nearest = 2 * vectors[:, 1:] @ vectors[:, 1:].T
        assert (np.linalg.norm(block - nearest) <= 0.2 * np.sqrt(2)) == learned


def test_hidden_units_that_both_layers_leave_at_zero_never_learn():
    w1, w2 = lr.standard_weights("lecun", 3, 5, 3, rng=rng(32))
    w1[1:], w2[:, 1:] = 0, 0
    found = lr.diagnose(w1, w2, np.diag([2, 1, 0.5]))
    assert np.isfinite(times_of(found)).tolist() == [True, False, False]
    assert "hidden directions at zero" in found.saddles[-1]
    assert found.unlearned == pytest.approx((1 + 0.25) / 2)


def test_modes_that_no_weight_sees_at_the_end():
    """A narrow network whose other modes end with no kernel at all."""
    w1, w2 = np.array([[1.0, 0.0]]), np.array([[0.5], [0.0], [0.0]])
    found = lr.diagnose(w1, w2, np.eye(3, 2) * [2, 1])
    assert len(found.modes) == 1
    assert np.isfinite(times_of(found)).all()


def test_a_start_without_a_gradient_is_a_saddle():
    w2 = rng(33).standard_normal((3, 5))
    w2[0] = 0
    found = lr.diagnose(np.zeros((5, 3)), w2, np.diag([1.0, 0, 0]))
    assert times_of(found).tolist() == [np.inf]
    assert found.saddles == ("the start is one: the loss has no gradient there, and is not the least",)


@pytest.mark.parametrize("turn", [False, True])
def test_a_mode_that_only_rounding_brings_back_does_not_hold_up_the_others(turn):
    """One mode of an odd sign and exactly balanced beside one that is not balanced."""
    q = random_rotation(2, rng(34)) if turn else np.eye(2)
    w1, w2, s = np.diag([0.3, 0.2]), np.diag([-0.3, 0.5]), np.diag([1.0, 2.0])
    found = lr.diagnose(*(q @ a @ q.T for a in (w1, w2, s)))
    assert np.isfinite(times_of(found)).tolist() == [True, False]
    assert any("only rounding leaves" in reason for reason in found.saddles)
    assert found.horizon == pytest.approx(-np.log(np.finfo(float).eps), rel=1e-6)


def test_what_is_balanced_to_the_rounding_of_its_own_type_is_not_sure_of_its_saddle():
    w1, w2, sigma_yx = network(0.0, SQUARE)
    assert lr.diagnose(w1.astype("float32"), w2.astype("float32"), sigma_yx).uncertain == ()
    w1[:, 0] *= -1
    assert lr.diagnose(w1, w2, sigma_yx).uncertain == ()
    assert lr.diagnose(w1.astype("float32"), w2.astype("float32"), sigma_yx).uncertain


@pytest.mark.parametrize("off", [1e-3, 1e-6])
def test_close_to_the_parity_saddle_the_wait_is_resolved(off):
    w1, w2, sigma_yx = network(0.0, (3, 3, 3))
    if np.linalg.det(w2 @ w1) * np.linalg.det(sigma_yx) > 0:
        w1[:, 0] *= -1
    w1 = w1 * (1 + off * rng(35).standard_normal(w1.shape))
    found = lr.diagnose(w1, w2, sigma_yx)
    last = times_of(found)[-1]
    path = lr.gradient_flow(w1, w2, sigma_yx, last * np.array([0, 0.99, 1.01]), rtol=1e-13, atol=1e-19)
    u, s, vt = np.linalg.svd(sigma_yx)
    errors = np.abs(s[-1] - u[:, -1] @ path.network_function @ vt[-1]) / s[-1]
    assert errors[1] > 0.1 > errors[2]
    assert any("wait" in reason for reason in found.saddles)


def test_isotropic_inputs_are_the_whitened_problem_in_other_units():
    c = 1 / 8
    w1, w2 = lr.standard_weights("lecun", 6, 4, 5, rng=rng(36))
    sigma_yx = rng(37).standard_normal((5, 6))
    raw, white = lr.diagnose(w1, w2, lr.Task(sigma_yx, c)), lr.diagnose(w1, w2, sigma_yx / c)
    for name in ("lam", "regime", "saddles", "fraction"):
        assert getattr(raw, name) == getattr(white, name)
    assert raw.kernel_distance == pytest.approx(white.kernel_distance, rel=1e-4)
    assert raw.scale_ratio == pytest.approx(white.scale_ratio)
    assert raw.unlearned == pytest.approx(c * white.unlearned)
    np.testing.assert_allclose(c * times_of(raw), times_of(white), rtol=1e-3)
    for mine, theirs in zip(raw.modes, white.modes, strict=True):
        assert mine.target == pytest.approx(np.sqrt(c) * theirs.target)
        assert mine.start == pytest.approx(np.sqrt(c) * theirs.start)
        assert c * mine.time_aligned == pytest.approx(theirs.time_aligned)
    same(raw, lr.diagnose(w1, w2, lr.Task(sigma_yx, c * np.eye(6))))


def test_any_inputs_and_their_rotations():
    x, w = rng(38).standard_normal((5, 40)) * np.array([[1], [2], [0.5], [0.3], [1]]), rng(39).standard_normal((3, 5))
    task = lr.Task.from_data(x, w @ x, rows=False)
    w1, w2 = lr.standard_weights("lecun", 5, 4, 3, rng=rng(40))
    found = lr.diagnose(w1, w2, task)
    a = random_rotation(5, rng(41))
    same(found, lr.diagnose(w1 @ a, w2, lr.Task.from_data(a.T @ x, w @ x, rows=False)))
    values, vectors = np.linalg.eigh(task.sigma_xx)
    root = (vectors * np.sqrt(values)) @ vectors.T
    u, s, vt = np.linalg.svd(w @ root)
    assert [mode.target for mode in found.modes] == pytest.approx(s)
    for k, mode in enumerate(found.modes):
        assert mode.start == pytest.approx(u[:, k] @ w2 @ w1 @ root @ vt[k])
        path = lr.gradient_flow(w1, w2, task, mode.time * np.array([0, 0.999, 1.001]))
        errors = np.abs(s[k] - u[:, k] @ path.network_function @ root @ vt[k])
        assert errors[1] > 0.1 * s[k] > errors[2]


def test_inputs_that_do_not_span_all_directions():
    x = rng(42).standard_normal((3, 30))
    lifted = random_rotation(5, rng(43))[:, :3] @ x
    y = rng(44).standard_normal((3, 30))
    w1, w2 = lr.standard_weights("lecun", 5, 4, 3, rng=rng(45))
    task = lr.Task.from_data(lifted, y, rows=False)
    found = lr.diagnose(w1, w2, task)
    assert np.isfinite(times_of(found)).all()
    flow = lr.gradient_flow(w1, w2, task, [0.0, 1000.0], rtol=1e-8)
    assert found.kernel_distance == pytest.approx(flow.kernel_distance()[-1], rel=0.01)
    with pytest.raises(ValueError, match="along inputs that do not vary"):
        lr.diagnose(w1, w2, lr.Task(rng(46).standard_normal((3, 5)), task.sigma_xx))


def test_saddles():
    w1, w2, sigma_yx = network(0.0, SQUARE)
    beside = lr.diagnose(w1, w2, sigma_yx)
    assert beside.horizon == np.inf
    assert np.isfinite(times_of(beside)).all()
    assert any("beside" in reason for reason in beside.saddles)
    w1[:, 0] *= -1
    parity = lr.diagnose(w1, w2, sigma_yx)
    assert parity.horizon < np.inf
    assert np.isinf(times_of(parity)).sum() == 1
    assert "only rounding leaves" in parity.saddles[0]
    waiting = lr.diagnose(*lr.nearest_balanced(w1, w2, 1e-6), sigma_yx)
    assert np.isfinite(times_of(waiting)).all()
    assert times_of(waiting).max() > 3 * times_of(beside).max()
    assert any("wait" in reason for reason in waiting.saddles)
    assert lr.diagnose(*network(30.0, SQUARE)).saddles == ()
    narrow = lr.diagnose(*network(-30.0, (6, 2, 4)))
    assert len(narrow.modes) == 2
    assert "2 hidden units for 4 modes" in narrow.saddles[-1]
    s = np.linalg.svd(network(-30.0, (6, 2, 4))[2], compute_uv=False)
    assert narrow.unlearned == pytest.approx((s[2:] ** 2).sum() / 2)


def test_a_network_that_has_learned_waits_at_no_saddle():
    found = lr.diagnose(np.eye(3), np.eye(3), np.eye(3))
    assert (found.regime, found.saddles) == ("lazy", ())
    assert times_of(found).tolist() == [0, 0, 0]
    narrow = lr.diagnose(np.eye(3)[:2], np.eye(3)[:, :2], np.diag([1, 1, 0.5]))
    assert len(narrow.saddles) == 1
    assert "2 hidden units for 3 modes" in narrow.saddles[0]


def same(one, other, tolerance=1e-3):
    """All numbers of two diagnoses, times and kernels to how finely they are solved for and integrated."""
    a, b = dataclasses.asdict(one), dataclasses.asdict(other)
    assert [a[k] for k in ("regime", "lazy_layer", "numbers_by")] == [
        b[k] for k in ("regime", "lazy_layer", "numbers_by")
    ]
    fine = 1e-6 if one.numbers_by == "exact" else 1e-3
    assert other.kernel_distance == pytest.approx(one.kernel_distance, rel=fine, abs=1e-9)
    for name in ("lam", "residual", "relative_residual", "imbalance", "plateau", "scale_ratio", "unlearned"):
        assert b[name] == pytest.approx(a[name], rel=1e-6, abs=1e-9), name
    for mine, theirs in zip(a["modes"], b["modes"], strict=True):
        for name in mine:
            assert theirs[name] == pytest.approx(mine[name], rel=tolerance, abs=1e-9), name


@pytest.mark.parametrize("start", ["balanced", "random", "wide"])
def test_rotations_change_nothing_also_of_equal_modes(start):
    n_in, _, n_out = shape = (5, 12, 4) if start == "wide" else (5, 3, 4)
    task = lr.task_from_singular_values([2, 2, 1], n_in, n_out, rng=rng(10))
    if start == "balanced":
        w1, w2 = lr.lambda_balanced_weights(1.0, *shape, rng=rng(11), scale=0.3)
    else:
        w1, w2 = lr.standard_weights("lecun", *shape, rng=rng(11))
    a, b, c = (random_rotation(n, rng(12, n)) for n in shape)
    turned = lr.diagnose(b @ w1 @ a, c @ w2 @ b.T, c @ task.sigma_yx @ a)
    same(lr.diagnose(w1, w2, task.sigma_yx), turned)


def test_units():
    w1, w2, sigma_yx = network(2.0, INVERTED, 3)
    one, larger = lr.diagnose(w1, w2, sigma_yx), lr.diagnose(3 * w1, 3 * w2, 9 * sigma_yx)
    assert larger.lam == pytest.approx(9 * one.lam)
    assert (larger.regime, larger.scale_ratio) == (one.regime, pytest.approx(one.scale_ratio))
    np.testing.assert_allclose(9 * times_of(larger), times_of(one), rtol=1e-3)


@pytest.mark.parametrize(("lam", "shape"), [(30.0, SQUARE), (-30.0, FUNNEL), (0.5, INVERTED)])
def test_the_transposed_network_is_the_same_at_minus_lambda(lam, shape):
    w1, w2, sigma_yx = network(lam, shape, 2)
    one, other = lr.diagnose(w1, w2, sigma_yx), lr.diagnose(w2.T, w1.T, sigma_yx.T)
    layer = {"w1": "w2", "w2": "w1", "": ""}[one.lazy_layer]
    same(dataclasses.replace(one, lam=-one.lam, lazy_layer=layer), other)


def test_refusals():
    w1, w2, sigma_yx = network(1.0, SQUARE)
    bad = w1.copy()
    bad[0, 0] = np.nan
    for arguments, said in (
        ((bad, w2, sigma_yx), "w1 holds NaN"),
        ((w1, w2[:, :3], sigma_yx), r"w2 must be a matrix of shape \(n_out, 5\)"),
        ((w1, w2, sigma_yx[:, :3]), r"task, a Task or Σyx, must be a matrix of shape \(5, 5\)"),
        ((w1, w2, lr.Task(sigma_yx[:, :3])), r"the weights have 5 inputs and 5 outputs; Σyx of the task is \(5, 3\)"),
        ((w1, w2, lr.Task(np.stack([sigma_yx] * 2))), "task must be one task"),
        ((0 * w1, 0 * w2, sigma_yx), "w1 and w2 are all zero"),
        ((w1, w2, 0 * sigma_yx), "Σyx of the task is all zero"),
        ((1e100 * w1, w2, sigma_yx), r"w1 and w2 must be from 1e-20 to 1e\+20; got"),
        ((1e-170 * w1, 1e-170 * w2, sigma_yx), "w1 and w2 must be from 1e-20"),
        ((w1, w2, 1e200 * sigma_yx), r"Σyx must be from 1e-40 to 1e\+40; got"),
    ):
        with pytest.raises(ValueError, match=said):
            lr.diagnose(*arguments)
    for fraction in (0, 1, 1 - 1e-16, np.nan, "half"):
        with pytest.raises(ValueError, match="fraction must be"):
            lr.diagnose(w1, w2, sigma_yx, fraction=fraction)
    with pytest.raises(dataclasses.FrozenInstanceError):
        lr.diagnose(w1, w2, sigma_yx).lam = 0


def test_the_readme_shows_what_its_example_prints():
    pairs = re.findall(r"```python\n((?:(?!```).)*?)```\n\n```text\n(.*?)```", README, re.S)
    ((code, shown),) = [pair for pair in pairs if "lr.diagnose(" in pair[0]]
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    number = r"[+-]?\d+\.?\d*(?:e[+-]?\d+)?"
    assert re.sub(number, "#", done.stdout) == re.sub(number, "#", shown)
    printed, promised = ([float(x) for x in re.findall(number, text)] for text in (done.stdout, shown))
    np.testing.assert_allclose(printed, promised, rtol=1e-2)


def test_random_weights_are_told_lazy_from_rich():
    """Balanced or not, those whose kernel clearly stays or clearly moves, by the flow."""
    right = []
    for shape in ((5, 5, 5), (8, 4, 16), (6, 20, 12), (4, 32, 4), (12, 6, 3)):
        for scheme in ("lecun", "he", "glorot"):
            for size in (0.3, 1, 3):
                generator = rng(int(10 * size), *shape)
                w1, w2 = lr.standard_weights(scheme, *shape, rng=generator)
                sigma_yx = size * generator.standard_normal((shape[2], shape[0])) / np.sqrt(shape[0])
                found = lr.diagnose(w1, w2, sigma_yx)
                until = 10 * max(time for time in times_of(found) if np.isfinite(time))
                flow = gradient_flows(*(a[None] for a in (w1, w2, sigma_yx)), np.array([[0.0, until]]), 1e-6, 1e-8)
                moved = flow.kernel_distance()[0, -1]
                if not 0.01 < moved < 0.1:
                    right.append(("lazy" in found.regime) == (moved <= 0.01))
    assert len(right) >= 25
    assert np.mean(right) >= 0.95
