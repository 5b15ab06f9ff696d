"""Tasks: whitened where they say so, and the semantic hierarchy of the paper."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lazyrich as lr
from lazyrich.linear.initialisation import random_rotation


def test_random_regression_is_whitened():
    task = lr.random_regression(4, 3, 10, rng=np.random.default_rng(0), target_std=2.0)
    assert task.sigma_xx == 1
    assert np.abs(task.x @ task.x.T / 10 - np.eye(4)).max() < 1e-14
    assert task.sigma_yx.shape == (3, 4)
    assert task.sigma_yy_trace == pytest.approx((task.y**2).sum() / 10)


def test_given_singular_values():
    task = lr.task_from_singular_values([3.0, 1.0], 4, 3, rng=np.random.default_rng(0))
    assert np.linalg.svd(task.sigma_yx, compute_uv=False) == pytest.approx([3, 1, 0], abs=1e-14)
    assert task.sigma_xx == 1


def test_semantic_hierarchy_is_the_papers():
    task = lr.semantic_hierarchy()
    assert list(task.y[:, 0]) == [1, 1, 1, 0, 1, 0, 0, 0]
    assert list(task.y[:, 1]) == [1, 1, 1, 0, -1, 0, 0, 0]
    assert task.sigma_xx == 1 / 8
    # the effective task is Σyx/c with c = 1/8
    s = np.linalg.svd(8 * task.sigma_yx, compute_uv=False)
    assert s == pytest.approx(np.sqrt([8, 8, 4, 4, 2, 2, 2, 2]))


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_semantic_hierarchy_of_any_depth(depth):
    task = lr.semantic_hierarchy(depth)
    assert task.y.shape == (2**depth, 2**depth)
    assert np.linalg.matrix_rank(task.y) == 2**depth
    assert np.allclose(task.y @ task.y.T, np.diag(np.diag(task.y @ task.y.T)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: lr.random_regression(4, 3, 2, rng=np.random.default_rng(0)), "n_examples must be .* at least 4"),
        (lambda: lr.random_regression(4, 3, 9, rng=None), "rng must be a numpy.random.Generator"),
        (lambda: lr.Task(np.ones((2, 3)), np.ones((2, 4))), r"sigma_xx must be a matrix of shape \(3, 3\)"),
        (lambda: lr.Task(np.ones((5, 4)), -np.eye(4)), "sigma_xx must be positive semidefinite"),
        (lambda: lr.Task(np.ones((5, 4)), -1.0), "sigma_xx must be"),
        (lambda: lr.Task(np.ones((5, 4)), np.ones((4, 4)) + np.triu(np.ones((4, 4)))), "sigma_xx must be symmetric"),
        (lambda: lr.Task(np.ones((5, 4)), sigma_yy_trace=-1), "sigma_yy_trace must be finite and not negative"),
        (lambda: lr.Task.from_data(np.ones((9, 4)), np.ones((9, 3)), rows=False), "with rows=True they would agree"),
        (lambda: lr.Task.from_data(np.ones((9, 4)), np.ones((9, 3)), rows=True, whiten=True), "cannot be whitened"),
        (lambda: lr.task_from_singular_values([1, 1, 1], 2, 2, rng=np.random.default_rng(0)), "at most 2"),
        (lambda: lr.semantic_hierarchy(0), "depth must be"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.fixture
def data():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((30, 4)) @ rng.standard_normal((4, 4))  # a row an example
    return x, x @ rng.standard_normal((4, 3)) + 0.1 * rng.standard_normal((30, 3))


def test_a_task_of_data_has_its_correlations(data):
    x, y = data
    task = lr.Task.from_data(x, y, rows=True)
    np.testing.assert_allclose(task.sigma_yx, y.T @ x / 30, rtol=1e-14)
    np.testing.assert_allclose(task.sigma_xx, x.T @ x / 30, rtol=1e-14)
    assert task.sigma_yy_trace == pytest.approx((y**2).sum() / 30)
    assert task.isotropic is None
    columns = lr.Task.from_data(x.T, y.T, rows=False)
    np.testing.assert_array_equal(columns.sigma_yx, task.sigma_yx)


def test_whitening_leads_back_to_the_inputs_as_given(data):
    """A network of whitened inputs and the one with `w1 @ whitening` of the inputs as given say the same."""
    x, y = data
    task = lr.Task.from_data(x, y, rows=True, whiten=True)
    assert task.sigma_xx == 1
    np.testing.assert_allclose(task.whitening @ x.T, task.x, atol=1e-12)
    np.testing.assert_allclose(task.x @ task.x.T / 30, np.eye(4), atol=1e-13)
    w1, w2 = lr.lambda_balanced_weights(1.0, 4, 3, 3, rng=np.random.default_rng(0))
    exact = lr.exact_solution(w1, w2, task, [0.0, 300.0])
    squared = ((y.T - exact.network_function[-1] @ task.whitening @ x.T) ** 2).sum() / (2 * 30)
    assert exact.loss()[-1] == pytest.approx(squared)  # of the data, what no linear map can fit included
    fit = np.linalg.lstsq(x, y)[0]
    assert squared == pytest.approx(((y - x @ fit) ** 2).sum() / 60)


def test_an_isotropic_matrix_is_a_number():
    w1, w2 = lr.lambda_balanced_weights(1.0, 4, 3, 3, rng=np.random.default_rng(0))
    sigma = np.random.default_rng(1).standard_normal((3, 4))
    matrix = lr.exact_solution(w1, w2, lr.Task(sigma, np.eye(4) / 8), [0.0, 2.0])
    number = lr.exact_solution(w1, w2, lr.Task(sigma, 1 / 8), [0.0, 2.0])
    np.testing.assert_array_equal(matrix.network_function, number.network_function)
    np.testing.assert_allclose(matrix.loss(), number.loss(), rtol=1e-14)


def test_one_trace_a_run_is_no_trace_a_time():
    rng = np.random.default_rng(2)
    w1, w2 = (
        np.stack(w) for w in zip(*(lr.lambda_balanced_weights(1.0, 4, 3, 3, rng=rng) for _ in range(5)), strict=True)
    )
    sigma, traces = rng.standard_normal((5, 3, 4)), 40 + np.arange(5.0)
    for solve in (
        lambda a, b, task: lr.exact_solution(a, b, task, np.linspace(0, 1, 5)),
        lambda a, b, task: lr.gradient_flow(a, b, task, np.linspace(0, 1, 5)),
        lambda a, b, task: lr.gradient_descent(a, b, task, learning_rate=0.1, steps=4, record_every=1),
    ):
        together = solve(w1, w2, lr.Task(sigma, 1.0, traces))
        for k in range(5):
            alone = solve(w1[k], w2[k], lr.Task(sigma[k], 1.0, traces[k]))
            np.testing.assert_allclose(together.loss()[k], alone.loss(), rtol=1e-13)
            np.testing.assert_allclose(together.kernel_distance()[k], alone.kernel_distance(), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("solve", [lr.exact_solution, lr.gradient_flow])
def test_leading_axes_are_runs(solve):
    rng = np.random.default_rng(4)
    starts = [lr.lambda_balanced_weights(lam, 4, 3, 3, rng=rng) for lam in (0.5, 1.0, -1.0, 2.0, 0.0, 3.0)]
    w1, w2 = (np.stack(w).reshape(2, 3, *w[0].shape) for w in zip(*starts, strict=True))
    sigma, times = rng.standard_normal((3, 3, 4)), np.linspace(0, 2, 4)
    many = solve(w1, w2, sigma, times)
    assert many.network_function.shape == (2, 3, 4, 3, 4)
    for i, j in np.ndindex(2, 3):
        alone = solve(w1[i, j], w2[i, j], sigma[j], times)
        np.testing.assert_array_equal(many.network_function[i, j], alone.network_function)
        np.testing.assert_array_equal(many.qqt[i, j], alone.qqt)
        for one, other in zip(
            (*many.weights(-1), *many.balance()), (*alone.weights(-1), *alone.balance()), strict=True
        ):
            np.testing.assert_array_equal(one[i, j], other)
    with pytest.raises(ValueError, match="must agree in their leading axes"):
        solve(w1, w2, sigma[:2], times)


def test_a_solution_at_other_times():
    w1, w2 = lr.lambda_balanced_weights(1.0, 4, 3, 3, rng=np.random.default_rng(0))
    sigma = np.random.default_rng(1).standard_normal((3, 4))
    first = lr.exact_solution(w1, w2, sigma, [0.0, 1.0])
    assert first.network_function.shape == (2, 3, 4)
    later = first.at([0.5, 1.0, 3.0])
    fresh = lr.exact_solution(w1, w2, sigma, [0.5, 1.0, 3.0])
    np.testing.assert_array_equal(later.network_function, fresh.network_function)
    np.testing.assert_array_equal(later.kernel_distance(), fresh.kernel_distance())
    assert first.network_function.shape == (2, 3, 4)
    both = lr.exact_solution(np.stack([w1, w1]), np.stack([w2, w2]), sigma, [0.0]).at([0.5, 1.0, 3.0])
    np.testing.assert_array_equal(both.qqt[1], fresh.qqt)


def test_weights_at_several_times_at_once():
    w1, w2 = lr.lambda_balanced_weights(1.0, 4, 3, 3, rng=np.random.default_rng(0))
    solution = lr.exact_solution(w1, w2, np.ones((3, 4)), [0.0, 1.0, 2.0])
    several = solution.weights(slice(1, 3))
    assert several[0].shape == (2, 3, 4)
    np.testing.assert_allclose(several[1] @ several[0], solution.network_function[1:], atol=1e-14)


def test_a_task_of_data_takes_no_eigenvalues(data, monkeypatch):
    """XXᵀ is symmetric and semidefinite by its making; of 10,000 inputs they take minutes."""
    x, y = data
    monkeypatch.setattr(np.linalg, "eigvalsh", None)
    task = lr.Task.from_data(x, y, rows=True)
    assert task.isotropic is None
    assert task.run((), ()) is task
    lr.gradient_flow(np.ones((2, 4)) / 9, np.ones((3, 2)) / 9, task, [0.0, 0.1])


@pytest.mark.parametrize("x", [np.zeros((9, 2)), np.full((9, 2), 1e200), np.full((9, 2), 1e-200)])
def test_data_whose_squares_are_lost_are_refused(x):
    with pytest.raises(ValueError, match=r"the largest entry of x must be .*; got .*other units"):
        lr.Task.from_data(x, np.ones((9, 3)), rows=True)


@given(st.integers(0, 10**6), st.integers(1, 30), st.integers(1, 30), st.data())
def test_a_task_of_singular_values_draws_its_rotations(seed, n_in, n_out, data):
    """The same numbers, to the bit, as of whole rotations and a product with √n_in I."""
    s = np.linspace(2, 1, data.draw(st.integers(1, min(n_in, n_out))))
    task = lr.task_from_singular_values(s, n_in, n_out, rng=np.random.default_rng(seed))
    rng = np.random.default_rng(seed)
    u, v = random_rotation(n_out, rng), random_rotation(n_in, rng)
    x = np.sqrt(n_in) * np.eye(n_in)
    y = (u[:, : s.size] * s) @ v[:, : s.size].T @ x
    np.testing.assert_array_equal(task.x, x)
    np.testing.assert_array_equal(task.y, y)
    np.testing.assert_array_equal(task.sigma_yx, y @ x.T / n_in)


def test_a_task_of_many_outputs_takes_no_square_matrix():
    tracemalloc.start()
    task = lr.task_from_singular_values([2, 1], 8, 10_000, rng=np.random.default_rng(0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6
    assert np.linalg.svd(task.sigma_yx, compute_uv=False) == pytest.approx([2, 1, 0, 0, 0, 0, 0, 0], abs=1e-13)


def test_what_became_a_keyword_or_went_is_named():
    eye, solution = np.eye(2), lr.exact_solution(np.eye(2), np.eye(2), np.eye(2), [0.0])
    batch = lr.exact_solution(*[np.stack([eye, eye])] * 2, eye, [0.0])
    wide = lr.exact_solution(np.eye(1, 600), np.eye(1), np.eye(1, 600), [0.0])
    for call, message in (
        (lambda: lr.exact_solution(eye, eye, eye, [0.0], 2.0), "takes w1, w2, task, times by position.*give tau, lam"),
        (lambda: lr.gradient_descent(eye, eye, eye, 0.1, 9), "got 2 more: give learning_rate, steps"),
        (lambda: lr.TaskSequence([eye], 1.0), r"give a list of Task\(sigma_yx, sigma_xx\)"),
        (lambda: lr.Task(x=eye, y=eye), r"Task.from_data\(x, y, rows=False\)"),
        *((lambda one=one: one.loss(3.0), "the task knows it") for one in (solution, batch, wide)),
        *((lambda one=one: one.loss(sigma_yy_trace=3.0), "the task knows it") for one in (solution, batch, wide)),
    ):
        with pytest.raises(TypeError, match=message):
            call()
    with pytest.raises(ValueError, match=r"got a Task: give its .sigma_xx"):
        lr.kernel_distance(eye, eye, eye, eye, lr.Task(eye))


@pytest.mark.parametrize("old", ["sigma_yx", "sigma_xx"])
def test_old_keywords_name_the_new(old):
    for function in (lr.exact_solution, lr.gradient_flow, lr.gradient_descent):
        with pytest.raises(TypeError, match=f"takes no {old} any more; give .*ask"):
            function(np.eye(2), np.eye(2), np.eye(2), **{old: 1.0})


class TestSemanticTask:
    """Σxx = I/8 comes with the task: nobody can forget it."""

    @pytest.mark.parametrize("of", [lambda task: task, lambda task: lr.Task(task.sigma_yx, np.eye(8) / 8)])
    def test_the_loss_is_that_of_the_data(self, of):
        task = lr.semantic_hierarchy()
        w1, w2 = lr.lambda_balanced_weights(0.0, 8, 2, 8, rng=np.random.default_rng(0), scale=0.1)
        # two modes are learned, of squared singular values 8 (twice), 4 (twice) and 2 (four times), each over 8
        solve = (
            lambda: lr.exact_solution(w1, w2, of(task), [0.0, 500.0]),
            lambda: lr.gradient_flow(w1, w2, of(task), [0.0, 500.0], rtol=1e-9),
            lambda: lr.gradient_descent(w1, w2, of(task), learning_rate=0.5, steps=1000),
        )
        for one in solve:
            end = one()
            error = task.y - end.network_function[-1] @ task.x
            known = end.loss()[-1] if of(task).sigma_yy_trace is not None else end.loss()[-1] + 0.0
            assert known == pytest.approx((error**2).sum() / 16, rel=1e-9)
            assert known == pytest.approx((4 + 4 + 2 + 2 + 2 + 2) / 16, rel=1e-6)


class TestSinglePrecision:
    def test_a_correlation_is_isotropic_to_its_rounding(self):
        rng = np.random.default_rng(0)
        x = lr.random_regression(8, 3, 500, rng=rng).x.T.astype(np.float32)
        y = rng.standard_normal((500, 3)).astype(np.float32)
        w1, w2 = lr.lambda_balanced_weights(1.0, 8, 3, 3, rng=rng)
        for task in (lr.Task.from_data(x, y, rows=True), lr.Task(y.T @ x / 500, x.T @ x / 500)):
            exact = lr.exact_solution(w1, w2, task, [0.0, 2.0]).network_function
            flow = lr.gradient_flow(w1, w2, task, [0.0, 2.0]).network_function
            assert np.abs(exact - flow).max() < 1e-5
        assert lr.Task(task.sigma_yx, (x.T @ x / 500).astype(float)).isotropic is None

    def test_a_singular_correlation_is_positive_to_its_rounding(self):
        x = np.random.default_rng(0).standard_normal((3, 9)).astype(np.float32)
        for seed in range(20):
            mixed = np.random.default_rng(seed).standard_normal((7, 3)).astype(np.float32) @ x
            task = lr.Task(np.ones((2, 7)), np.einsum("ip,jp->ij", mixed, mixed))
            assert (task.sigma_xx == task.sigma_xx.T).all()

    @pytest.mark.parametrize("dtype", [np.float16, np.float32])
    def test_inputs_of_unequal_variance_are_not_isotropic(self, dtype):
        x = np.random.default_rng(0).standard_normal((300, 64)) * np.linspace(0.8, 1.2, 64)
        x = x.astype(dtype)
        w1, w2 = lr.lambda_balanced_weights(0.0, 64, 3, 3, rng=np.random.default_rng(1), scale=0.3)
        for task in (lr.Task.from_data(x, x[:, :3], rows=True), lr.Task(np.ones((3, 64)), x.T @ x / dtype(300))):
            with pytest.raises(ValueError, match="Whiten them"):
                lr.exact_solution(w1, w2, task, [2.0])

    def test_small_entries_of_one_sign_add_up_over_many_inputs(self):
        n = 1000
        sigma_xx = (np.eye(n) + 9e-4).astype(np.float32)  # an eigenvalue of 1.9
        assert lr.Task(np.ones((3, n)), sigma_xx).isotropic is None
        assert lr.Task(np.ones((3, n)), np.eye(n, dtype=np.float32)).isotropic == 1.0

    @settings(max_examples=50)
    @given(
        st.integers(0, 10**6),
        st.integers(1, 60),
        st.sampled_from([np.float16, np.float32]),
        st.floats(-6, 0),
        st.booleans(),
    )
    def test_what_counts_as_isotropic_is_so_to_a_hundredth(self, seed, n, dtype, spread, white):
        """And what is whitened, and rounded as entries or as data, counts."""
        rng = np.random.default_rng(seed)
        x = lr.random_regression(n, 1, n + 200, rng=rng).x * (
            1 if white else np.linspace(1, 1 + 10**spread, n)[:, None]
        )
        exact = x @ x.T / x.shape[1]
        of_data = lr.Task.from_data(x.astype(dtype), np.ones((1, x.shape[1])), rows=False)
        of_entries = lr.Task(np.ones((1, n)), exact.astype(dtype))
        values = np.linalg.eigvalsh(exact)
        for task in (of_data, of_entries):
            if task.isotropic is None:
                assert not white
            else:
                assert np.abs(values - task.isotropic).max() <= 0.0125 * task.isotropic

    @pytest.mark.parametrize("dtype", [np.float16, np.float32])
    @pytest.mark.parametrize("n", [3, 200])
    def test_no_type_hides_a_negative_eigenvalue_or_an_asymmetry(self, dtype, n):
        with pytest.raises(ValueError, match="positive semidefinite"):
            lr.Task(np.ones((2, n)), np.diag(np.r_[np.ones(n - 1), -0.9]).astype(dtype))
        skew = np.eye(n, dtype=dtype)
        skew[0, 1] = 0.3
        with pytest.raises(ValueError, match="must be symmetric"):
            lr.Task(np.ones((2, n)), skew)

    def test_inputs_of_too_low_a_rank_are_not_whitened(self):
        rng = np.random.default_rng(0)
        x = (rng.standard_normal((50, 3)) @ rng.standard_normal((3, 5))).astype(np.float32)
        with pytest.raises(ValueError, match="cannot be whitened"):
            lr.Task.from_data(x, np.ones((50, 2)), rows=True, whiten=True)


@pytest.mark.parametrize(
    "arguments",
    [
        (np.ones((2, 3)), 1.0, np.ones(4)),
        (np.ones((5, 2, 3)), 1.0, np.ones(4)),
        (np.ones((5, 2, 3)), np.stack([np.eye(3)] * 4)),
        (np.ones((5, 2, 3)), 1.0, np.ones((5, 1))),
    ],
)
def test_what_belongs_to_runs_is_one_a_run(arguments):
    """A trace at every time would broadcast along times when the numbers happen to agree."""
    with pytest.raises(ValueError, match="leading axes of sigma_yx and sigma_xx, and the shape of sigma_yy_trace"):
        lr.Task(*arguments)


def test_each_run_may_have_isotropic_inputs_of_its_own():
    rng = np.random.default_rng(0)
    w1, w2 = lr.lambda_balanced_weights(1.0, 3, 2, 2, rng=rng)
    sigma, cs = rng.standard_normal((2, 3)), [0.25, 1.0, 3.0]
    both = lr.exact_solution(w1, w2, lr.Task(sigma, np.stack([c * np.eye(3) for c in cs])), [0.0, 1.0])
    for k, c in enumerate(cs):
        alone = lr.exact_solution(w1, w2, lr.Task(sigma, c), [0.0, 1.0])
        np.testing.assert_allclose(both.loss()[k], alone.loss(), rtol=1e-13)
        np.testing.assert_allclose(both.network_function[k], alone.network_function, rtol=1e-13)
