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
    "stochastic_gradient_descent": (
        lambda **given: lr.stochastic_gradient_descent(**given, batch=2, noise=1, steps=1, rng=_rng()),
        {**WEIGHTS, "task": WIDE[:, :2], "learning_rate": np.array(1)},
    ),
    "balance_drift": (
        lambda **given: lr.balance_drift(**given, learning_rate=1, batch=2, noise=1),
        {**WEIGHTS, "task": WIDE[:, :2]},
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


def _columns(draw, seed, missing):
    """A table of columns of any numeric types, its values, and the coarsest rounding among them."""
    types = {"float64": 52, "float32": 23, "Float64": 52, "Float32": 23, "double[pyarrow]": 52, "float[pyarrow]": 23}
    types |= {"Sparse[float]": 52, "bool": 52, "boolean": 52, "bool[pyarrow]": 52, "int8": 52, "Int64": 52}
    chosen = draw(st.lists(st.sampled_from(sorted(types)), min_size=1, max_size=4))
    values = np.random.default_rng(seed).integers(0, 2, (3, len(chosen))).astype(float)
    columns = [pd.Series(values[:, k]).astype(bool if "bool" in t else float).astype(t) for k, t in enumerate(chosen)]
    if missing:
        columns[0] = columns[0].where([True, False, True])
    return pd.concat(columns, axis=1), values, 2.0 ** -min(types[t] for t in chosen)


@given(st.data(), st.integers(0, 10**6))
def test_tables_of_numeric_columns_are_served(data, seed):
    """One-hot columns beside floats, as `get_dummies` and `convert_dtypes` make them."""
    table, values, rounding = _columns(data.draw, seed, missing=False)
    np.testing.assert_array_equal(lr.Task(table).sigma_yx, values)
    np.testing.assert_array_equal(lr.mode_strength(table.iloc[:, 0], 1.0, 0.1, 0.0).shape, 3)
    assert epsilon(table) == rounding


@given(st.data(), st.integers(0, 10**6))
def test_tables_of_numeric_columns_with_gaps_are_refused(data, seed):
    table, _, _ = _columns(data.draw, seed, missing=True)
    with pytest.raises(ValueError, match=r"sigma_yx (holds NaN|must hold real)"):
        lr.Task(table)


@pytest.mark.parametrize("column", [["x", "y"], [1j, 1], pd.to_datetime(["2020", "2021"]), pd.Categorical(["0", "1"])])
def test_tables_of_other_columns_are_refused(column):
    with pytest.raises(ValueError, match="w1 must hold real numbers"):
        lr.balance(pd.DataFrame({"a": [1.0, 2.0]}).assign(b=column), EYE)


@given(st.lists(st.lists(st.integers(-(10**30), 10**30), min_size=2, max_size=2), min_size=1, max_size=3))
def test_whole_numbers_of_any_size_are_numbers(rows):
    np.testing.assert_array_equal(lr.Task(rows).sigma_yx, [[float(x) for x in row] for row in rows])


@pytest.mark.parametrize(
    "value", [[[10**400, 1], [0, 1]], [[1.5, -(10**400)], [0.0, 1.0]], np.array([[10**5000, 1]] * 2)]
)
def test_whole_numbers_beyond_float64_are_refused(value):
    with pytest.raises(ValueError, match="w1 holds NaN or infinity"):
        lr.balance(value, EYE)
    with pytest.raises(ValueError, match=r"tau must be .*; got a whole number beyond float64"):
        lr.exact_solution(EYE, EYE, EYE, [0], tau=10**5000)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: lr.mode_strength([1, 2], [1, 2, 3], 0.1, 0.0), r"times, target, initial, lam must broadcast"),
        (lambda: lr.mode_transition(1.0, [1, 2], [1, 2, 3], 0.0), r"times, target, initial, lam must broadcast"),
        (lambda: lr.time_to_reach([1, 2], [1, 2, 3], 0.1, 0.0), r"value, target, initial, lam must broadcast"),
        (
            lambda: lr.neuron_start(np.ones((3, 2)), [1.0, 0]),
            r"beta, delta and sign must agree .* \(3,\), \(2,\), \(\)",
        ),
        (lambda: lr.neuron_start(np.ones((3, 2)), 1.0, sign=[1, 1]), r"beta, delta and sign must agree"),
        (
            lambda: lr.neuron_solution(np.ones((3, 2)), np.ones(3), np.ones(2), [1.0], delta=[-1.0, -1.0]),
            r"delta and the weights must agree .* \(2,\), \(3,\)",
        ),
        (lambda: lr.neuron_flow(np.ones((3, 2)), np.ones(3), np.ones((2, 2)), [1.0]), "w, a and xty must agree"),
        (
            lambda: lr.neuron_solution(EYE[0], 1.0, EYE[0], [1.0], xtx=[[1.0, 2], [1]]),
            "xtx must be an array, or nested",
        ),
        (lambda: lr.gradient_flow(EYE, EYE, EYE, [1.0], rtol=1e-20), r"rtol must be from 2.22e-14 to 1; got 1e-20"),
        (lambda: lr.ntk_entries(EYE, EYE, EYE, [], []), "rows must hold at least one row of the kernel; got none"),
        (lambda: lr.Task.from_data(EYE, EYE, rows="no"), "rows must be True, .*, or False; got 'no'"),
    ],
)
def test_errors_are_in_the_words_of_the_library(call, said):
    with pytest.raises(ValueError, match=said):
        call()


@pytest.mark.parametrize("solve", [lr.exact_solution, lr.gradient_flow])
@pytest.mark.parametrize("k", [2, -3, 1.0, True, None, "1", [0, 5]])
def test_a_time_is_taken_by_its_place(solve, k):
    both = lr.exact_solution(np.stack([EYE, EYE]), np.stack([EYE, EYE]), EYE, [1.0, 2.0])
    for solution in (solve(EYE, EYE, EYE, [1.0, 2.0]), both):
        assert solution.weights(np.int64(1))[0].shape[-2:] == solution.weights(-2)[0].shape[-2:] == (2, 2)
        with pytest.raises(ValueError, match="k must be a whole number from -2 to 1, or a slice; got "):
            solution.weights(k)


@pytest.mark.parametrize("kind", ["float8_e4m3fn", "float8_e5m2"])
def test_types_of_two_digits_are_refused(kind):
    with pytest.raises(ValueError, match=f"w1 must not be of less than half precision; got torch.{kind}: convert"):
        lr.balance(Tensor(EYE, dtype=kind), EYE)


def test_scalars_give_scalars():
    for lam in (0.0, 1.0, -1.0):
        assert [type(s) for s in lr.layer_singular_values(2.0, lam)] == [np.float64, np.float64]


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
