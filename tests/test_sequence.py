"""A sequence of tasks: the exact chain against an independent integration of the whole, and against itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lazyrich as lr
from lazyrich.linear.initialisation import infeasible


def _problem(seed, lam, n_in, n_hidden, n_out, n_tasks=3, scale=0.5):
    rng = np.random.default_rng(seed)
    weights = lr.lambda_balanced_weights(lam, n_in, n_hidden, n_out, rng=rng, scale=scale)
    return *weights, rng.standard_normal((n_tasks, n_out, n_in))


LAMS = st.sampled_from([-5.0, -1.0, -0.1, 0.1, 1.0, 5.0])
WIDTHS = st.integers(1, 5)


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), lam=LAMS, n_in=WIDTHS, n_hidden=WIDTHS, n_out=WIDTHS)
def test_the_chain_is_the_flow_of_the_whole_sequence(seed, lam, n_in, n_hidden, n_out):
    if infeasible(lam, n_in, n_hidden, n_out):
        lam = -lam
    if infeasible(lam, n_in, n_hidden, n_out):
        return
    w1, w2, sigmas = _problem(seed, lam, n_in, n_hidden, n_out)
    sequence, times = lr.TaskSequence([lr.Task(sigma, 0.7) for sigma in sigmas]), np.linspace(0, 3, 4)
    exact, flow = sequence.exact(w1, w2, times, tau=1.3), sequence.flow(w1, w2, times, tau=1.3)
    assert len(exact) == len(flow) == len(sequence) == 3
    for a, b in zip(exact, flow, strict=True):
        np.testing.assert_allclose(a.qqt, b.qqt, rtol=0, atol=1e-8 * np.abs(b.qqt).max())


def test_the_same_task_twice_is_one_task_for_twice_as_long():
    w1, w2, (sigma, *_) = _problem(1, 1.0, 4, 3, 3)
    times = np.linspace(0, 2, 5)
    first, second = lr.TaskSequence([sigma, sigma]).exact(w1, w2, times)
    whole = lr.exact_solution(w1, w2, sigma, np.concatenate([times, times + 2]))
    np.testing.assert_allclose(np.concatenate([first.qqt, second.qqt]), whole.qqt, rtol=0, atol=1e-13)


def test_a_relative_scale_that_the_weights_no_longer_show_is_kept():
    w1, w2, sigmas = _problem(2, 1e-9, 3, 3, 3)
    assert [stage.lam for stage in lr.TaskSequence(sigmas).exact(w1, w2, [0, 50], lam=1e-9)] == [1e-9] * 3


@pytest.mark.parametrize("lam", [-1.0, 1.0])
def test_descent_follows_to_first_order(lam):
    w1, w2, sigmas = _problem(3, lam, 4, 3, 3)
    sequence = lr.TaskSequence(sigmas)

    def deviation(rate):
        steps = round(3 / rate)
        descent = sequence.descent(w1, w2, learning_rate=rate, steps=steps, record_every=steps // 10)
        exact = sequence.exact(w1, w2, descent[0].times)
        return max(np.abs(a.network_function - b.network_function).max() for a, b in zip(descent, exact, strict=True))

    order = np.log2(deviation(2e-3) / deviation(1e-3))
    assert order == pytest.approx(1, abs=0.1)


def test_runs_side_by_side_are_the_runs_alone():
    w1, w2, _ = _problem(4, 1.0, 4, 3, 3)
    sigmas = np.random.default_rng(5).standard_normal((2, 9, 3, 4))  # tasks, runs
    how = {"learning_rate": 0.01, "steps": 40, "record_every": 40}
    together = lr.TaskSequence(sigmas).descent(w1, w2, **how)
    for run in (0, 8):
        alone = lr.TaskSequence(sigmas[:, run]).descent(w1, w2, **how)
        for a, b in zip(together, alone, strict=True):
            np.testing.assert_allclose(a.network_function[run], b.network_function, rtol=1e-13, atol=1e-14)


def test_what_is_no_sequence_is_refused():
    w1, w2, sigmas = _problem(6, 1.0, 4, 3, 3)
    with pytest.raises(ValueError, match="at least one task"):
        lr.TaskSequence([])
    with pytest.raises(ValueError, match=r"tasks\[1\] must be a matrix"):
        lr.TaskSequence([sigmas[0], np.zeros(3)])
    with pytest.raises(ValueError, match="its transpose would fit"):
        lr.TaskSequence([sigmas[0], sigmas[1].T]).exact(w1, w2, [0, 1])
    with pytest.raises(ValueError, match="must end with the last step, 10"):
        lr.TaskSequence(sigmas).descent(w1, w2, learning_rate=0.01, steps=10, record_at=[0, 5])


def test_the_old_name_of_descent_names_the_new():
    with pytest.raises(AttributeError, match=r"TaskSequence\.descent since version 0\.2"):
        lr.TaskSequence([np.eye(2)]).simulate  # noqa: B018


def test_every_task_has_inputs_of_its_own():
    """A different c of Σxx = cI for each task, by all three ways; and by the flow and descent any Σxx."""
    w1, w2, sigmas = _problem(7, 1.0, 4, 3, 3)
    tasks = [lr.Task(sigma, c, 30.0) for sigma, c in zip(sigmas, (0.5, 1.0, 2.0), strict=True)]
    times, rate = np.linspace(0, 2, 5), 1e-4
    sequence = lr.TaskSequence(tasks)
    exact, flow = sequence.exact(w1, w2, times), sequence.flow(w1, w2, times)
    descent = sequence.descent(w1, w2, learning_rate=rate, steps=20_000, record_every=5000)
    assert [stage.task.isotropic for stage in exact] == [0.5, 1.0, 2.0]
    for one, two, three in zip(exact, flow, descent, strict=True):
        np.testing.assert_allclose(one.loss(), two.loss(), rtol=1e-9)
        np.testing.assert_allclose(one.loss(), three.loss(), rtol=1e-2)
        np.testing.assert_allclose(one.kernel_distance(), two.kernel_distance(), atol=1e-8)
    root = np.random.default_rng(0).standard_normal((4, 6))
    mixed = lr.TaskSequence([tasks[0], lr.Task(sigmas[1], root @ root.T / 6)])
    assert mixed.flow(w1, w2, times)[1].loss()[-1] < mixed.flow(w1, w2, times)[1].loss()[0]
    with pytest.raises(ValueError, match="Whiten them"):
        mixed.exact(w1, w2, times)


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ({"record_at": [0, 5]}, "must end with the last step, 10"),
        ({"record_at": [0, 5, 10], "record_every": 5}, "not both"),
        ({"record_at": [0, [5]]}, "record_at must be an array"),
        ({"record_at": [0.5, 10.0]}, "whole step numbers"),
    ],
)
def test_records_are_checked_before_anything_is_learned(records, message, monkeypatch):
    w1, w2, sigmas = _problem(6, 1.0, 4, 3, 3)
    monkeypatch.setattr("lazyrich.linear.descent.gradient_descent", None)  # not called
    with pytest.raises(ValueError, match=message):
        lr.TaskSequence(sigmas).descent(w1, w2, learning_rate=0.01, steps=10, **records)
