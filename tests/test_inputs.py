"""What people hand in: every kind and type of array is served alike, and what cannot be served is refused by name."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lazyrich as lr
from kinds import DTYPES, KINDS, Tensor
from lazyrich.arrays import epsilon

EYE, WIDE = np.eye(2), np.array([[1.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
WEIGHTS = {"w1": EYE, "w2": EYE}


def _rng():
    return np.random.default_rng(0)


def _outcome(result):
    """Everything that a result holds, as one vector."""
    if isinstance(result, lr.Task):
        result = result.sigma_yx, result.sigma_xx, result.sigma_yy_trace or 0.0
    elif hasattr(result, "loss"):
        result = result.times, result.network_function, result.loss(), result.kernel_distance()
    elif isinstance(result, list):
        result = [_outcome(stage) for stage in result]
    parts = result if isinstance(result, list | tuple) else [result]
    return np.concatenate([np.ravel(part) for part in parts])


# every public function of linear and deep networks that takes arrays, with arguments of 0 and 1, so that all types hold
CALLS = {
    "Task": (lr.Task, {"sigma_yx": WIDE, "sigma_xx": np.eye(3), "sigma_yy_trace": np.array(1.0)}),
    "Task.from_data": (lambda x, y: lr.Task.from_data(x, y, rows=True), {"x": WIDE, "y": EYE}),
    "exact_solution": (lr.exact_solution, {**WEIGHTS, "task": WIDE[:, :2], "times": np.array([0, 1])}),
    "gradient_flow": (lr.gradient_flow, {**WEIGHTS, "task": WIDE[:, :2], "times": np.array([0, 1])}),
    "gradient_descent": (
        lambda **given: lr.gradient_descent(**given, steps=1),
        {**WEIGHTS, "task": WIDE[:, :2], "learning_rate": np.array(1)},
    ),
    "TaskSequence": (
        lambda sigma, w1, w2: lr.TaskSequence([sigma, sigma]).exact(w1, w2, [0, 1]),
        {"sigma": WIDE[:, :2], **WEIGHTS},
    ),
    "balance": (lr.balance, WEIGHTS),
    "relative_imbalance": (lr.relative_imbalance, WEIGHTS),
    "nearest_balanced": (lr.nearest_balanced, WEIGHTS),
    "unbalanced_weights_like": (lambda **given: lr.unbalanced_weights_like(**given, rng=_rng()), WEIGHTS),
    "kernel_distance": (
        lr.kernel_distance,
        {"w1_from": EYE, "w2_from": EYE, "w1_to": WIDE[:, :2], "w2_to": EYE, "sigma_xx": EYE},
    ),
    "ntk": (lr.ntk, {**WEIGHTS, "x": WIDE}),
    "ntk_entries": (lr.ntk_entries, {**WEIGHTS, "x": WIDE, "rows": np.array([0, 1]), "columns": np.array([1, 1])}),
    "rsm_input": (lr.rsm_input, {"w1": EYE, "x": WIDE}),
    "rsm_output": (lr.rsm_output, {"w2": EYE, "y": WIDE}),
    "layer_singular_values": (
        lambda singular_values: lr.layer_singular_values(singular_values, 1),
        {"singular_values": np.array([0, 1])},
    ),
    "aligned_weights": (
        lambda **given: lr.aligned_weights(0, n_hidden=2, rng=_rng(), **given),
        {"sigma_yx": EYE, "singular_values": np.array([1, 0])},
    ),
    "weights_with_function": (
        lambda network_function: lr.weights_with_function(network_function, 0, 2, rng=_rng()),
        {"network_function": EYE},
    ),
    "weights_with_singular_values": (
        lambda singular_values: lr.weights_with_singular_values(0, singular_values, 2, 2, 2, rng=_rng()),
        {"singular_values": np.array([1, 1])},
    ),
    "gaussian_weights": (
        lambda scale: lr.gaussian_weights(2, 2, 2, scale=scale, rng=_rng()),
        {"scale": np.array([1, 1])},
    ),
    "standard_weights": (
        lambda gains: lr.standard_weights("he", 2, 2, 2, rng=_rng(), gains=gains),
        {"gains": np.array([1, 1])},
    ),
    "task_from_singular_values": (
        lambda singular_values: lr.task_from_singular_values(singular_values, 2, 2, rng=_rng()),
        {"singular_values": np.array([1, 0])},
    ),
    "mode_strength": (
        lambda **given: lr.mode_strength(**given),
        {"times": np.array([0, 1]), "target": np.array([1, 1]), "initial": np.array([0, 1]), "lam": np.array([1, 0])},
    ),
    "time_to_reach": (
        lambda **given: lr.time_to_reach(0.5, **given),
        {"target": np.array([1, 1]), "initial": np.array([0, 1]), "lam": np.array([1, 0])},
    ),
    "deep_mode_strength": (
        lambda **given: lr.deep_mode_strength(target=1, initial=0.5, **given),
        {"times": np.array([0, 1]), "lams": np.array([1, 0])},
    ),
    "to_equal_rates": (lambda **given: lr.to_equal_rates(**given, rates=(1, 2)), WEIGHTS),
}
ARGUMENTS = [(name, argument) for name, (_, given) in CALLS.items() for argument in given]


def _with(name, argument, value):
    call, given = CALLS[name]
    return call(**{**given, argument: value})


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_every_kind_of_array_gives_the_same(name, argument):
    call, given = CALLS[name]
    expected = _outcome(call(**given))
    for kind, of_kind in KINDS.items():
        if argument in ("rows", "columns") and kind == "bfloat16":
            continue  # places in the kernel are whole numbers
        found = _outcome(_with(name, argument, of_kind(given[argument])))
        np.testing.assert_array_equal(found, expected, err_msg=f"{argument} as {kind}")


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_every_real_type_gives_the_same(name, argument):
    """Booleans are 0 and 1, as in one-hot data; a place in the kernel is a whole number."""
    call, given = CALLS[name]
    expected = _outcome(call(**given))
    for dtype in DTYPES:
        if argument in ("rows", "columns") and np.dtype(dtype).kind not in "iu":
            continue
        value = given[argument].astype(dtype)
        np.testing.assert_array_equal(_outcome(_with(name, argument, value)), expected, err_msg=dtype)


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_what_is_no_real_array_is_refused(name, argument):
    good = CALLS[name][1][argument]
    masked = np.ma.masked_array(good.astype(float), mask=good == good.max())
    count = int(masked.mask.sum())
    bad = {
        "masked": masked,
        "text": good.astype(str),
        "object": np.full(good.shape, None),
        "complex": good + 0j,
        "text in a list": good.astype(str).tolist(),
    }
    if argument not in ("rows", "columns"):
        bad |= {"NaN": np.where(good == 1, np.nan, good), "infinite": np.where(good == 1, np.inf, good)}
    if good.ndim:
        bad["ragged"] = [[1.0, 2.0], [1.0]]
    for kind, value in bad.items():
        with pytest.raises(ValueError, match=rf"{count} masked entr" if kind == "masked" else None) as error:
            _with(name, argument, value)
        said = str(error.value)
        shown = {"sigma": "tasks[0]", "singular_values": "singular_values", "task": "Σyx"}.get(argument, argument)
        assert shown in said, (kind, said)
        assert "inhomogeneous" not in said.split(":")[0]


@given(st.sampled_from(sorted(KINDS)), st.sampled_from(["float16", "float32", "float64"]), st.integers(0, 10**6))
def test_kinds_and_types_keep_values_and_rounding(kind, dtype, seed):
    values = np.random.default_rng(seed).standard_normal((3, 2)).astype(dtype)
    if kind == "bfloat16":
        values = values.astype(np.float32)
    array = KINDS[kind](values)
    np.testing.assert_array_equal(lr.Task(array).sigma_yx, values.astype(float))
    if kind in ("list", "tuple"):
        assert epsilon(array) == epsilon(1.0)
    else:
        assert epsilon(array) == (2.0**-7 if kind == "bfloat16" else np.finfo(dtype).eps)
    assert epsilon(np.eye(2), array) == epsilon(array)


def test_numbers_and_counts():
    w1, w2 = lr.lambda_balanced_weights(np.float32(1), np.int64(3), 2, Tensor(2), rng=_rng())
    assert w2.shape == (2, 2)
    for bad in ("1.0", True, [1.0], None, 1j, np.nan, np.ma.masked, pd.NA, 10**400):
        with pytest.raises(ValueError, match="tau"):
            lr.exact_solution(w1, w2, np.ones((2, 3)), [0], tau=bad)
        with pytest.raises(ValueError, match="n_hidden"):
            lr.lambda_balanced_weights(1.0, 3, bad if bad != [1.0] else 1.5, 2, rng=_rng())


def test_missing_values_of_a_table_are_refused():
    table = pd.DataFrame({"a": [1.0, None], "b": [1.0, 2.0]})
    with pytest.raises(ValueError, match="w1 holds NaN"):
        lr.balance(table, np.eye(2))
    with pytest.raises(ValueError, match="w1 must hold real numbers"):
        lr.balance(table.astype("Float64").astype(object), np.eye(2))


@pytest.mark.parametrize("solve", [lr.exact_solution, lr.gradient_flow, lr.deep_mode_strength])
def test_times_are_a_vector(solve):
    column = np.linspace(0, 1, 4)[:, None]
    with pytest.raises(ValueError, match="times must be a vector"):
        solve(column, 1.0, 0.5, [0.0]) if solve is lr.deep_mode_strength else solve(EYE, EYE, EYE, column)


@pytest.mark.parametrize("bad", [3, None, EYE[0], "abc", [[[1.0], [2.0, 3.0]]], lr.Task(EYE)])
def test_what_is_no_sequence_is_refused(bad):
    with pytest.raises(ValueError, match=r"tasks"):
        lr.TaskSequence(bad)


class TestSinglePrecision:
    """Balance and rank are judged by how finely the weights are rounded, not as if they were double."""

    @pytest.mark.parametrize("lam", [0.5, 2.0, 200.0])
    @pytest.mark.parametrize("kind", [np.asarray, Tensor, pd.DataFrame, lambda w: [Tensor(row) for row in w]])
    def test_balanced_weights_are_served(self, lam, kind):
        for seed in range(200):
            rng = np.random.default_rng(seed)
            w1, w2 = lr.lambda_balanced_weights(lam, 5, 4, 6, rng=rng, scale=0.3)
            task = rng.standard_normal((6, 5))
            rounded = (kind(w.astype(np.float32)) for w in (w1, w2))
            solution = lr.exact_solution(*rounded, task, [0.0, 1.0])
            assert solution.lam == pytest.approx(lam, rel=1e-6)
            if seed < 5:
                exact = lr.exact_solution(w1, w2, task, [0.0, 1.0]).network_function
                assert np.abs(solution.network_function - exact).max() < 1e-5 * np.abs(exact).max()

    def test_half_precision_too(self):
        w1, w2 = lr.lambda_balanced_weights(2.0, 5, 4, 6, rng=_rng(), scale=0.3)
        for rounded in ([w.astype(np.float16) for w in (w1, w2)], [Tensor(w, dtype="bfloat16") for w in (w1, w2)]):
            assert lr.exact_solution(*rounded, np.ones((6, 5)), [0.0]).lam == pytest.approx(2.0, rel=1e-2)

    def test_widened_weights_hear_of_the_ways_out(self):
        w1, w2 = lr.lambda_balanced_weights(2.0, 5, 4, 6, rng=_rng(), scale=0.3)
        widened = [w.astype(np.float32).astype(float) for w in (w1, w2)]
        with pytest.raises(ValueError, match=r"(?s)nearest_balanced.*balance_tolerance"):
            lr.exact_solution(*widened, np.ones((6, 5)), [0.0])
        lr.exact_solution(*widened, np.ones((6, 5)), [0.0], balance_tolerance=1e-6)
        lr.exact_solution(*lr.nearest_balanced(*widened), np.ones((6, 5)), [0.0])

    def test_a_sequence_goes_on(self):
        w1, w2 = (w.astype(np.float32) for w in lr.lambda_balanced_weights(2.0, 5, 4, 6, rng=_rng(), scale=0.3))
        tasks = _rng().standard_normal((3, 6, 5))
        exact = lr.TaskSequence(tasks).exact(w1, w2, [0.0, 3.0])
        flow = lr.TaskSequence(tasks).flow(w1, w2, [0.0, 3.0])
        for a, b in zip(exact, flow, strict=True):
            assert np.abs(a.network_function - b.network_function).max() < 1e-5

    @pytest.mark.parametrize("seed", range(20))
    def test_the_product_of_a_query_and_a_key(self, seed):
        rng = np.random.default_rng(seed)
        query, key = (rng.standard_normal((64, 16)).astype(np.float32) / 8 for _ in range(2))
        function = query @ key.T
        for lam in (0.0, 200.0):
            w1, w2 = lr.weights_with_function(function, lam, 16, rng=rng)
            assert np.abs(w2 @ w1 - function).max() < 1e-6
            new1, new2 = lr.nearest_balanced(key.T, query, lam)
            assert lr.balance(new1, new2).residual < 1e-12 * max(1.0, lam)
            assert np.abs(new2 @ new1 - function).max() < 1e-6
        with pytest.raises(ValueError, match="rank above n_hidden = 15"):
            lr.weights_with_function(function, 200.0, 15, rng=rng)
