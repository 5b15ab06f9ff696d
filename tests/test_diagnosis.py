"""diagnose: known regimes, times of flows, saddles, invariance, scaling, refusals, and the README's example."""

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lazyrich as lr
from lazyrich.linear.flows import gradient_flows
from lazyrich.linear.initialisation import random_rotation
from lazyrich.linear.linearised import LinearisedFlow

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


def test_wide_random_weights_are_lazy_and_their_times_linearised():
    w1, w2 = lr.standard_weights("lecun", 8, 300, 6, rng=rng(3))
    sigma_yx = 0.3 * rng(4).standard_normal((6, 8))
    found = lr.diagnose(w1, w2, sigma_yx)
    assert (found.regime, found.kernel_by, found.lam_used) == ("lazy", "linearised", 0.0)
    assert not found.nearly_balanced
    flow = lr.gradient_flow(w1, w2, sigma_yx, np.append(np.sort(times_of(found)), 50.0), rtol=1e-8)
    assert 1 / 3 < found.kernel_distance / flow.kernel_distance()[-1] < 3  # both some 1e-6
    u, s, vt = np.linalg.svd(sigma_yx)
    order = np.argsort(times_of(found))
    for k, at in zip(order, flow.network_function, strict=False):
        assert abs(s[k] - u[:, k] @ at @ vt[k]) == pytest.approx(0.1 * s[k], rel=0.25)


def test_linearised_flow_is_the_flow_of_a_fixed_kernel():
    w1, w2 = (rng(5, k).standard_normal(n) for k, n in enumerate([(3, 4), (2, 3)]))
    flow = LinearisedFlow(w1, w2, np.ones((2, 4)))
    a, b, h = w1.T @ w1, w2 @ w2.T, 1e-5
    rate = (flow.error(0.2 + h) - flow.error(0.2 - h)) / (2 * h)
    np.testing.assert_allclose(rate, -(b @ flow.error(0.2) + flow.error(0.2) @ a), atol=1e-7)
    np.testing.assert_allclose(flow.error(0.0), 1 - w2 @ w1, atol=1e-12)
    assert flow.unlearned() == 0
    assert LinearisedFlow(w1[:2], 0 * w2[:, :2], np.ones((2, 4))).unlearned() > 0.01


def test_a_readout_of_zeros_is_not_lazy_where_its_first_layer_does_not_see_all_inputs():
    w1, w2 = lr.standard_weights("lecun", 20, 10, 5, rng=rng(6))
    found = lr.diagnose(w1, 0 * w2, 0.05 * rng(7).standard_normal((5, 20)))
    assert found.regime == "delayed rich"
    assert np.isfinite(times_of(found)).all()
    seen = lr.diagnose(rng(8).standard_normal((10, 5)), np.zeros((5, 10)), 0.05 * rng(9).standard_normal((5, 5)))
    assert (seen.regime, seen.times_by) == ("lazy", "linearised")


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
    """All numbers of two diagnoses, times to how finely they are solved for."""
    a, b = dataclasses.asdict(one), dataclasses.asdict(other)
    assert [a[k] for k in ("regime", "lazy_layer", "numbers_by")] == [
        b[k] for k in ("regime", "lazy_layer", "numbers_by")
    ]
    for name in ("lam", "residual", "relative_residual", "kernel_distance", "plateau", "scale_ratio", "unlearned"):
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
        ((w1, w2, sigma_yx[:, :3]), r"sigma_yx must be a matrix of shape \(5, 5\)"),
        ((0 * w1, 0 * w2, sigma_yx), "w1 and w2 are all zero"),
        ((w1, w2, 0 * sigma_yx), "sigma_yx is all zero"),
        ((1e100 * w1, w2, sigma_yx), r"w1 and w2 must be from 1e-20 to 1e\+20; got"),
        ((1e-170 * w1, 1e-170 * w2, sigma_yx), "w1 and w2 must be from 1e-20"),
        ((w1, w2, 1e200 * sigma_yx), r"sigma_yx must be from 1e-40 to 1e\+40; got"),
    ):
        with pytest.raises(ValueError, match=said):
            lr.diagnose(*arguments)
    for fraction in (0, 1, np.nan, "half"):
        with pytest.raises(ValueError, match="fraction must be"):
            lr.diagnose(w1, w2, sigma_yx, fraction=fraction)
    with pytest.raises(dataclasses.FrozenInstanceError):
        lr.diagnose(w1, w2, sigma_yx).lam = 0


def test_the_readme_shows_what_its_example_prints():
    (code,) = [code for code in re.findall(r"```python\n(.*?)```", README, re.S) if "lr.diagnose(" in code]
    shown = re.search(r"```text\n(.*?)```", README, re.S).group(1)
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
