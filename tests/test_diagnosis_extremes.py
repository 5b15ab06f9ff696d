"""diagnose at the ends of what it takes: slow modes, kernels that only grow, inputs that hardly vary, old names."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lazyrich as lr
from lazyrich.linear import course
from lazyrich.linear.integration import Integration
from lazyrich.linear.linearised import LinearisedFlow
from lazyrich.linear.observables import ntk

SEEDS = st.integers(0, 10**6)


def rng(*key):
    return np.random.default_rng([47, *key])


def times_of(found):
    return np.array([mode.time for mode in found.modes])


@settings(deadline=None, max_examples=40)
@given(
    lam=st.floats(0, 12).map(lambda x: 10**x), size=st.floats(-6, 6).map(lambda x: 10**x), flip=st.booleans(), k=SEEDS
)
def test_the_slow_modes_of_large_scales_are_waited_for(lam, size, flip, k):
    """A narrow hidden layer under a wide readout turns at rates of s̃²/λ, as slow as λ is large."""
    lam, sigma_yx = lam * size, size * np.diag([1, 0.8, 0.6, 0.4])
    w1, w2 = lr.lambda_balanced_weights(lam, 4, 2, 4, rng=rng(k), scale=0.3 * np.sqrt(size))
    arguments = (w2.T, w1.T, sigma_yx.T) if flip else (w1, w2, sigma_yx)
    found = lr.diagnose(*arguments)
    times = times_of(found)
    assert np.isfinite(times).all()
    exact = lr.exact_solution(*arguments, [0.0, 1e4 * times.max()])
    for k, mode in enumerate(found.modes):
        strengths = exact.at(mode.time * np.array([0.999, 1.001])).network_function[:, k, k]
        before, after = np.abs(strengths / mode.target - 1)
        assert before > 0.1 > after
    assert found.kernel_distance == pytest.approx(exact.kernel_distance()[-1], rel=1e-6)
    assert found.regime == "delayed rich" or lam < 3 * size


def test_times_of_large_scales_are_as_long_as_the_scale():
    sigma_yx, found = np.diag([1, 0.8, 0.6, 0.4]), []
    for lam in (1e4, 1e6, 1e8):
        w = lr.lambda_balanced_weights(lam, 4, 2, 4, rng=np.random.default_rng(0), scale=0.3)
        found.append(lr.diagnose(*w, sigma_yx))
        assert times_of(found[-1]) / lam == pytest.approx([0.50192, 8.3134], rel=1e-3)
        assert found[-1].kernel_distance == pytest.approx(0.5577, abs=1e-4)
    assert [(d.regime, d.uncertain) for d in found] == [("delayed rich", ())] * 3


@pytest.mark.parametrize("lam", [1e4, 1e6, 1e8])
def test_weights_that_are_not_balanced_wait_as_long(lam):
    w1, w2 = lr.lambda_balanced_weights(lam, 4, 2, 4, rng=np.random.default_rng(0), scale=0.3)
    w1, w2 = (w * (1 + 1e-3 * rng(13, i).standard_normal(w.shape)) for i, w in enumerate((w1, w2)))
    found = lr.diagnose(w1, w2, np.diag([1, 0.8, 0.6, 0.4]))
    assert found.numbers_by == "integrated"
    assert times_of(found) / lam == pytest.approx([0.50192, 8.3134], rel=0.05)
    assert found.regime == "delayed rich"


@settings(deadline=None, max_examples=60)
@given(st.floats(-15, 15), st.floats(-15, 15), st.sampled_from([0, 0, 1, -1]))
def test_aligned_starts_of_any_size_take_the_time_of_the_closed_form(size, task, lam):
    size, task = 10.0 ** np.array([size, task])
    sigma_yx = task * np.diag([2.0, 1.0])
    found = lr.diagnose(*lr.aligned_weights(lam * task, sigma_yx, np.array([0.9, 0.4]) * size, 2, rng=rng(1)), sigma_yx)
    assert found.numbers_by == "exact"
    for mode in found.modes:
        assert mode.time == pytest.approx(mode.time_aligned, rel=1e-3, abs=1e-9 / task)


@settings(deadline=None, max_examples=40)
@given(st.floats(-30, -0.01).filter(lambda x: abs(x + 1) > 0.1), st.integers(1, 4), SEEDS)
def test_a_kernel_that_only_grows_is_rich_where_it_grows_from_a_saddle(exponent, n, k):
    """Equal modes at λ = 0, whose kernel is 2s of the identity: it grows as the modes do, and does not turn."""
    start = 10.0**exponent
    sigma_yx = np.linalg.qr(rng(k).standard_normal((n, n)))[0]
    w1, w2 = lr.aligned_weights(0.0, sigma_yx, np.full(n, start), n, rng=rng(k, 1))
    found = lr.diagnose(w1, w2, sigma_yx)
    assert found.kernel_distance < 1e-12
    assert found.kernel_growth == pytest.approx(1 / start, rel=1e-3)
    rich = start < 0.1
    assert found.regime == ("rich" if rich else "lazy")
    assert any("beside" in reason for reason in found.saddles) == rich
    assert (f"grows to {1 / start:.3g} times its size" in str(found)) == rich


@pytest.mark.parametrize("isotropic", [True, False])
@pytest.mark.parametrize("scale", [0.2, 1.0, 3.0])
def test_growth_is_that_of_the_kernel_over_the_examples(isotropic, scale):
    x, y = rng(2).standard_normal((4, 30)), rng(3).standard_normal((3, 30))
    task = lr.Task.from_data(x, y, rows=False, whiten=isotropic)
    w1, w2 = lr.gaussian_weights(4, 6, 3, scale=scale, rng=rng(4))
    found = lr.diagnose(w1, w2, task)
    flow = lr.gradient_flow(w1, w2, task, [0.0, 50 * times_of(found).max()])
    if isotropic:  # any whitened examples
        x = np.sqrt(30) * np.linalg.qr(x.T)[0].T
    start, end = (np.linalg.norm(ntk(*flow.weights(i), x)) for i in (0, 1))
    assert found.kernel_growth == pytest.approx(end / start, rel=1e-2)


@settings(deadline=None, max_examples=30)
@given(st.floats(-14, 0), st.floats(-2, 0), st.sampled_from([0.0, 0.3, -0.3]))
def test_inputs_that_vary_by_little_are_learned_late(variance, strength, lam):
    """Each aligned mode takes the time of the closed form, at its own variance c: target σ/c, τ = 1/c."""
    c = np.array([10.0**variance, 1.0])
    target = np.array([2.0, 1.0]) / np.sqrt(c)
    w1, w2 = lr.aligned_weights(lam, np.diag(target), target * 10.0**strength / 2, 2, rng=rng(5))
    found = lr.diagnose(w1, w2, lr.Task(np.diag(target * c), np.diag(c)))
    expected = [
        lr.time_to_reach(0.9 * s, s, s * 10.0**strength / 2, lam, tau=1 / v) for s, v in zip(target, c, strict=True)
    ]
    assert times_of(found) == pytest.approx(np.array(expected), rel=1e-3)
    assert found.uncertain == ()


def test_a_column_of_data_in_small_units_is_an_input():
    x = rng(6).standard_normal((200, 3)) * [1, 1, 1e-6]
    task = lr.Task.from_data(x, x @ rng(7).standard_normal((3, 2)) + 1e6 * x[:, 2:], rows=True)
    found = lr.diagnose(*lr.gaussian_weights(3, 4, 2, scale=0.1, rng=rng(8)), task)
    assert len(found.modes) == 2
    assert lr.diagnose(
        *lr.gaussian_weights(2, 2, 2, scale=0.1, rng=rng(9)), lr.Task(np.diag([1e-3, 1e-7]), np.diag([1, 1e-12]))
    )


def test_inputs_that_vary_by_less_than_rounding_are_refused():
    weights = lr.gaussian_weights(2, 2, 2, scale=0.1, rng=rng(10))
    for variance in (0.0, 1e-15):
        with pytest.raises(ValueError, match=r"inputs that do not vary .* like scale"):
            lr.diagnose(*weights, lr.Task(np.diag([1.0, 1e-3]), np.diag([1, variance])))


def test_noise_of_what_does_not_vary_is_no_input():
    x, noise = rng(14).standard_normal((50, 3)) @ rng(15).standard_normal((3, 5)), rng(16).standard_normal((5, 5))
    task = lr.Task.from_data(x, rng(17).standard_normal((50, 2)), rows=True)
    noisy = lr.Task(task.sigma_yx * (1 + 1e-15 * noise[:2]), task.sigma_xx + 1e-13 * (noise @ noise.T))
    weights = lr.gaussian_weights(5, 4, 2, scale=0.3, rng=rng(18))
    assert times_of(lr.diagnose(*weights, noisy)) == pytest.approx(times_of(lr.diagnose(*weights, task)), rel=1e-4)


def test_looks_at_the_end_cost_no_more_than_the_steps(monkeypatch):
    """They need the eigenvectors of a matrix for each output where the inputs are not isotropic."""
    runs, looks = [], []

    class Run(Integration):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            self.look = 40 * self.operations
            runs.append(self)

    class Flow(LinearisedFlow):
        def __init__(self, *arguments):
            looks.append(runs[-1].spent)
            super().__init__(*arguments)

    monkeypatch.setattr(course, "Integration", Run)
    monkeypatch.setattr(course, "LinearisedFlow", Flow)
    w1, w2 = lr.standard_weights("lecun", 6, 5, 4, rng=rng(11))
    found = lr.diagnose(w1, w2, lr.Task(rng(12).standard_normal((4, 6)), np.diag(np.linspace(0.5, 2, 6))))
    assert np.isfinite(times_of(found)).all()
    assert len(looks) > 2
    assert (np.diff(looks) >= 40 * runs[0].operations).all()


def test_fractions_are_printed_as_they_are():
    for fraction, said in ((0.9, "90%"), (0.07, "7%"), (1 - 1e-6, "99.9999%"), (1e-12, "1e-10%"), (0.999, "99.9%")):
        assert f"time to {said} (exact)" in str(lr.diagnose(np.eye(2), np.eye(2), 2 * np.eye(2), fraction=fraction))


def test_old_names_say_what_stands_in_their_place():
    found = lr.diagnose(np.eye(2), np.eye(2), 2 * np.eye(2))
    for old in ("kernel_by", "times_by"):
        with pytest.raises(AttributeError, match=rf"no attribute '{old}'; numbers_by stands in the place of {old}"):
            getattr(found, old)
    with pytest.raises(AttributeError, match=r"no attribute 'speed'$"):
        found.speed  # noqa: B018
    for copied in (copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
        assert copied == found
    with pytest.raises(
        TypeError, match=r"diagnose takes no sigma_xx any more; give `task` as Task\(sigma_yx, sigma_xx\)"
    ):
        lr.diagnose(np.eye(2), np.eye(2), 2 * np.eye(2), sigma_xx=np.eye(2))
