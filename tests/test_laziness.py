"""How lazy each part of a network was: by definition, under what must not matter, and along trajectories."""

import contextlib
import io
import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lazyrich as lr
from lazyrich.linear.initialisation import random_rotation
from lazyrich.linear.laziness import aligned
from lazyrich.linear.trajectory import Trajectory

SEEDS = st.integers(0, 2**32 - 1)
FIELDS = lr.Laziness._fields
TURNS = FIELDS[2:]


def pair(rng, widths, lead=()):
    n_in, n_hidden, n_out = widths
    return rng.standard_normal((*lead, n_hidden, n_in)), rng.standard_normal((*lead, n_out, n_hidden))


def problem(seed, lead=()):
    """Two states of one network, and inputs that are not whitened."""
    rng = np.random.default_rng(seed)
    widths = rng.integers(1, 9, 3)
    x = rng.standard_normal((widths[0], 12))
    task = lr.Task.from_data(x, rng.standard_normal((widths[2], 12)), rows=False)
    return rng, pair(rng, widths), pair(rng, widths, lead), task


def alike(one, other, fields=FIELDS, tol=1e-12):
    for name in fields:
        assert np.allclose(getattr(one, name), getattr(other, name), rtol=1e-10, atol=tol), name


@given(SEEDS)
def test_it_is_what_its_definition_says(seed):
    _, (v1, v2), (w1, w2), task = problem(seed)
    found = lr.laziness((v1, v2), (w1, w2), task)

    def turn(a, b):
        return 1 - (a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b)

    assert found.w1 == pytest.approx(np.linalg.norm(w1 - v1) / np.linalg.norm(v1))
    assert found.w2 == pytest.approx(np.linalg.norm(w2 - v2) / np.linalg.norm(v2))
    inputs = turn(*(lr.rsm_input(w, task.x) for w in (v1, w1)))  # over the examples
    assert found.input_representation == pytest.approx(inputs, abs=1e-12)
    assert found.output_representation == pytest.approx(turn(v2 @ v2.T, w2 @ w2.T), abs=1e-12)
    assert found.kernel == pytest.approx(lr.kernel_distance(v1, v2, w1, w2, task.sigma_xx), abs=1e-14)


@given(SEEDS)
def test_turns_see_neither_rotation_nor_size_nor_direction_of_time(seed):
    rng, before, after, task = problem(seed)
    found = lr.laziness(before, after, task)
    rotation = random_rotation(before[0].shape[0], rng)
    rotated = rotation @ after[0], after[1] @ rotation.T
    alike(lr.laziness(before, rotated, task), found, TURNS)
    alike(lr.laziness(after, before, task), found, TURNS)
    alike(lr.laziness([3 * w for w in before], [1e-3 * w for w in after], task), found, TURNS)
    alike(lr.laziness([3 * w for w in before], [3 * w for w in after], task), found)
    for name in TURNS:
        assert -1e-15 <= getattr(found, name) <= 1 + 1e-12


@given(SEEDS, st.booleans())
def test_what_did_not_move_is_at_zero(seed, align):
    rng, before, _, task = problem(seed)
    rotation = random_rotation(before[0].shape[0], rng) if align else np.eye(before[0].shape[0])
    found = lr.laziness(before, (rotation @ before[0], before[1] @ rotation.T), task, align=align)
    assert max(found) < 1e-13


def test_what_is_orthogonal_to_what_it_was_is_at_one():
    first, second = np.eye(4)[:2], np.eye(4)[2:]
    found = lr.laziness((first, first.T), (second, second.T))
    assert found.input_representation == pytest.approx(1)
    assert found.output_representation == pytest.approx(1)
    assert found.w1 == pytest.approx(np.sqrt(2))


@given(SEEDS)
def test_times_and_runs_broadcast(seed):
    _, before, after, task = problem(seed, lead=(3, 2))
    found = lr.laziness(before, after, task)
    for index in np.ndindex(3, 2):
        one = lr.laziness(before, [w[index] for w in after], task)
        alike(lr.Laziness(*(value[index] for value in found)), one)


def test_a_small_turn_keeps_its_digits_in_tall_layers_too():
    rng = np.random.default_rng(1)
    before, change = pair(rng, (4, 2, 300)), pair(rng, (4, 2, 300))
    near, far = (
        lr.laziness(before, [w + eps * d for w, d in zip(before, change, strict=True)]) for eps in (1e-9, 1e-4)
    )
    for name in TURNS:
        assert getattr(near, name) / getattr(far, name) == pytest.approx(1e-10, rel=1e-2), name


@given(SEEDS)
def test_no_rotation_brings_the_layers_nearer_than_the_aligned_one(seed):
    rng, before, after, _ = problem(seed)

    def apart(v, w):
        return np.array([((b - a) ** 2).sum() for a, b in zip(v, w, strict=True)])

    least = apart(*aligned(before, after))
    for _ in range(5):
        rotation = random_rotation(before[0].shape[0], rng)
        assert (least <= apart(before, (rotation @ after[0], after[1] @ rotation.T)) * (1 + 1e-12)).all()
    assert (least <= apart(before, after) * (1 + 1e-12)).all()


@given(SEEDS, st.sampled_from([-3.0, -0.3, 0.0, 0.3, 3.0]), st.sampled_from([0.05, 0.5, 1.5]))
def test_training_changes_each_layer_by_no_less_than_the_exact_solution_says(seed, lam, scale):
    rng = np.random.default_rng(seed)
    n_in, n_hidden, n_out = rng.integers(1, 6, 3)
    n_hidden = min(n_hidden, n_out if lam > 0 else n_in if lam < 0 else n_hidden)
    start = lr.lambda_balanced_weights(lam, n_in, n_hidden, n_out, rng=rng, scale=scale)
    sigma, times = rng.standard_normal((n_out, n_in)), [0.0, 0.1, 0.7, 2.0]
    least = lr.exact_solution(*start, sigma, times, lam=lam).laziness()
    trained = lr.gradient_flow(*start, sigma, times, rtol=1e-10).laziness()
    for name in ("w1", "w2"):
        assert (getattr(least, name) <= getattr(trained, name) + 1e-7).all()


def test_wide_layers_take_no_square_matrix():
    """n_in = 10,000 of an exact solution, n_hidden = 10,000 of a flow: the same as of the few directions in use."""
    rng = np.random.default_rng(0)
    times, n = np.linspace(0, 1, 50), 10_000
    basis = np.linalg.qr(rng.standard_normal((n, 4)))[0]
    small = lr.lambda_balanced_weights(1.0, 4, 2, 2, rng=rng, scale=0.3)
    function = rng.standard_normal((2, 4))
    exact = lr.exact_solution(small.w1 @ basis.T, small.w2, function @ basis.T, times)
    exact.diagnostics  # noqa: B018
    w1, w2 = pair(rng, (2, 4, 3))
    flow = lr.gradient_flow(basis @ w1, w2 @ basis.T, np.ones((3, 2)), times[:3])
    tracemalloc.start()
    wide, drift, moved = exact.laziness(), flow.balance_drift, lr.laziness(flow.start, flow.weights(2), align=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30e6
    few = lr.exact_solution(*small, function, times).laziness()
    alike(wide, few, FIELDS[:4])
    assert wide.kernel == pytest.approx(exact.kernel_distance(), rel=1e-12, abs=1e-15)
    narrow = lr.gradient_flow(w1, w2, np.ones((3, 2)), times[:3])
    alike(moved, lr.laziness((w1, w2), narrow.weights(2), align=True), FIELDS[:4], tol=1e-9)
    assert drift < 1e-10


def test_the_drift_of_a_wide_hidden_layer_is_that_of_the_square_matrices():
    rng = np.random.default_rng(0)
    (v1, v2), (w1, w2) = pair(rng, (3, 3000, 2)), pair(rng, (3, 3000, 2), (4,))
    found = Trajectory(np.arange(4.0), (v1, v2), lr.Task(np.ones((2, 3))), weights=(w1, w2)).balance_drift
    square = [b.T @ b - a @ a.T for a, b in [(v1, v2), *zip(w1, w2, strict=True)]]
    assert found == pytest.approx(max(np.linalg.norm(one - square[0]) for one in square[1:]), rel=1e-12)


@pytest.mark.parametrize("whitened", [True, False])
def test_a_trajectory_says_it_of_every_time(whitened):
    rng = np.random.default_rng(2)
    x = rng.standard_normal((4, 9))
    task = lr.Task.from_data(x, rng.standard_normal((3, 9)), rows=False, whiten=whitened)
    start = pair(rng, (4, 3, 3), (2,))
    flow = lr.gradient_descent(*start, task, learning_rate=[0.01, 0.02], steps=200, record_every=50)
    found = flow.laziness()
    assert all(value.shape == (2, 5) for value in found)
    assert np.allclose(found.kernel, flow.kernel_distance(), rtol=1e-12, atol=1e-15)
    assert all((value[:, 0] < 1e-14).all() and (value[:, 1:] > 0).all() for value in found)
    for run in range(2):
        for k in range(5):
            states = [w[run] for w in start], [w[run, k] for w in (flow.w1, flow.w2)]
            alike(lr.Laziness(*(value[run, k] for value in found)), lr.laziness(*states, task))


def test_runs_with_inputs_of_their_own():
    rng = np.random.default_rng(3)
    root = rng.standard_normal((2, 4, 4))
    task = lr.Task(rng.standard_normal((2, 3, 4)), root @ root.swapaxes(1, 2))
    start = pair(rng, (4, 2, 3), (2,))
    flow = lr.gradient_descent(*start, task, learning_rate=0.01, steps=20, record_every=10)
    found = flow.laziness()
    for run in range(2):
        one = lr.laziness([w[run] for w in start], (flow.w1[run], flow.w2[run]), task.run(run))
        alike(lr.Laziness(*(value[run] for value in found)), one)


@pytest.mark.parametrize("lam", [-2.0, 0.0, 2.0])
def test_the_exact_solution_says_what_the_flow_does_and_bounds_its_weights_from_below(lam):
    rng = np.random.default_rng(4)
    task = lr.random_regression(4, 4, 10, rng=rng)
    start = lr.lambda_balanced_weights(lam, 4, 3, 4, rng=rng, scale=0.3)
    times = np.linspace(0, 4, 9)
    exact, flow = lr.exact_solution(*start, task, times, lam=lam).laziness(), lr.gradient_flow(*start, task, times)
    alike(exact, flow.laziness(), TURNS, tol=1e-9)
    least = lr.laziness([w[None] for w in start], (flow.w1, flow.w2), task, align=True)
    alike(exact, least, tol=1e-7)
    trained = flow.laziness()
    assert (exact.w1 <= trained.w1 + 1e-9).all()
    assert (exact.w2 <= trained.w2 + 1e-9).all()


def test_a_batch_of_exact_solutions():
    rng = np.random.default_rng(5)
    starts = [lr.lambda_balanced_weights(lam, 3, 2, 3, rng=rng, scale=0.3) for lam in (0.5, 2.0)]
    task, times = lr.random_regression(3, 3, 8, rng=rng), np.linspace(0, 2, 4)
    both = lr.exact_solution(*(np.stack(w) for w in zip(*starts, strict=True)), task, times).laziness()
    for k, start in enumerate(starts):
        one = lr.exact_solution(*start, task, times).laziness()
        alike(lr.Laziness(*(value[k] for value in both)), one)


def test_a_readout_that_starts_at_zero_has_no_direction_to_turn_from():
    w1, w2 = pair(np.random.default_rng(6), (3, 2, 4))
    found = lr.laziness((w1, 0 * w2), (2 * w1, w2))
    assert found.w1 == pytest.approx(1)
    assert found.input_representation < 1e-15
    assert np.isnan(found.w2)
    assert np.isnan(found.output_representation)
    assert 0 < found.kernel < 1
    back = lr.laziness((w1, w2), (w1, 0 * w2))
    assert back.w2 == pytest.approx(1)
    assert np.isnan(back.output_representation)
    assert "W2W2ᵀ turned by NaN (a layer is zero)" in str(found)


def test_weights_that_are_gone_after_leave_the_turns_open_at_that_time_alone():
    before = pair(np.random.default_rng(7), (3, 2, 4))
    after = [np.stack([w, 0 * w]) for w in before]
    found = lr.laziness(before, after)
    assert np.allclose(found.w1, [0, 1])
    for name in TURNS:
        assert getattr(found, name)[0] < 1e-14
        assert np.isnan(getattr(found, name)[1])


def test_the_text_has_four_short_lines():
    before, after = (pair(np.random.default_rng(seed), (3, 2, 4)) for seed in (8, 9))
    for text in (str(lr.laziness(before, after)), str(lr.laziness(before, [np.stack([w, 2 * w]) for w in after]))):
        assert len(text.splitlines()) == 4
        assert max(map(len, text.splitlines())) <= 80
    assert " to " in text
    assert not np.isnan(lr.laziness(before, after)).any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"before": 3}, r"before must be a pair \(w1, w2\); got int"),
        (
            {"after": (np.ones((2, 4)), np.ones((4, 2)))},
            r"of one network; before has w1 \(2, 3\) and w2 \(4, 2\), after",
        ),
        ({"after": (np.full((2, 3), np.nan), np.ones((4, 2)))}, "after: w1 holds NaN"),
        (
            {"after": (np.ones((5, 2, 3)), np.ones((5, 4, 2))), "lead": 2},
            r"leading axes; got before \(2,\), after \(5,\)",
        ),
        ({"before": (np.zeros((2, 3)), np.zeros((4, 2)))}, "weights before are all zero"),
        ({"task": np.ones((3, 4))}, "shape"),
    ],
)
def test_mistakes_are_named(change, message):
    before, after = (pair(np.random.default_rng(seed), (3, 2, 4)) for seed in (8, 9))
    if lead := change.pop("lead", None):
        before = [np.stack([w] * lead) for w in before]
    with pytest.raises(ValueError, match=message):
        lr.laziness(**{"before": before, "after": after} | change)


def test_the_readme_prints_what_it_says():
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    ((code, text),) = re.findall(r"```python\n([^`]*lr\.laziness\([^`]*)```\n\n```text\n(.*?)```", readme, re.S)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(code, {})
    assert said.getvalue().startswith(text)
