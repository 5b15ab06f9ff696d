"""Times of what the library computes: the exact solution beside its rivals, descent, tables."""

import tracemalloc
from functools import partial

import numpy as np
from scipy.integrate import LSODA

import lazyrich as lr
from lazyrich.linear.riccati import ExactSolution
from lazyrich.pipeline import dictionary, parquet
from lazyrich.pipeline.stages import Rows
from rivals import integrate, one_call_a_time, problem
from stopwatch import in_turn
from stopwatch import rows as as_rows

EQUAL = tuple((n, n, n) for n in (2, 5, 8, 20, 50, 100, 200))
UNEQUAL = ((8, 4, 8), (10, 5, 5), (20, 10, 20), (50, 25, 50), (100, 50, 100))
LSODA_UP_TO = 20  # its workspace is the square of the number of weights
STEPWISE_UP_TO = 50
TIME_BY_TIME_UP_TO = 1e10  # times · n³: some ten seconds
DECAYING, DECAY_UNTIL, DECAYS = (2, 3, 5, 8, 20, 50), 20.0, (0.01, 0.3)
TALL = (100, 1000, 10_000)  # outputs
WHOLE_UP_TO = 1000  # outputs: the solution that is not reduced takes n_out² memory
LARGEST_ANSWER = 2**29  # doubles: 4 GiB, one at a time
CURVE = {
    "row": "a moment",
    "keys": {"step": None},
    "values": {"t": None, "curve": {"what": "ten numbers", "shape": [10], "scale": 1}},
}


def time_by_time(solution):
    """W2W1 of the exact solution evaluated at each time, however many there are: nothing is interpolated."""
    return solution._over_time(lambda w1, w2: w2 @ w1)


def exact_solution(largest, numbers, budget=1.0):
    """W2W1 at T equal steps up to t = 10 by every method that can; errors beside evaluation time by time."""
    for shape in [*EQUAL, *UNEQUAL]:
        for n_times in numbers:
            if max(shape) > largest or n_times * shape[0] * shape[2] > LARGEST_ANSWER:
                continue
            lam = 1.0 if shape[1] <= shape[2] else -1.0
            start, times = problem(*shape, lam), np.linspace(0, 10, n_times)

            def solution(at=times, start=start, lam=lam):
                return lr.exact_solution(*start, at, lam=lam)

            methods = {
                "exact": lambda solution=solution: solution().network_function,
                "DOP853": partial(integrate, *start, times),
            }
            if n_times * max(shape) ** 3 <= TIME_BY_TIME_UP_TO:
                methods["time by time"] = lambda solution=solution: time_by_time(solution())
            if max(shape) <= LSODA_UP_TO:
                methods["LSODA"] = partial(integrate, *start, times, LSODA)
            if len(set(shape)) == 1 and shape[0] <= STEPWISE_UP_TO:
                methods["stepwise"] = partial(one_call_a_time, *start, lam, times)
            some = np.linspace(0, n_times - 1, 50).astype(int)
            best, found = in_turn(methods, budget, keep=lambda answer, some=some: answer[some])
            alone = time_by_time(solution(times[some]))
            errors = {name: abs(answer - alone).max() / abs(alone).max() for name, answer in found.items()}
            yield from as_rows("exact solution", best, "exact", shape, lam, n_times, errors)


def weight_decay(largest, budget=1.0, n_times=1000):
    """W2W1 with weight decay at equal steps, beside DOP853, at each γ."""
    for n in (n for n in DECAYING if n <= largest):
        for gamma in DECAYS:
            start, times = problem(n, n, n, 1.0), np.linspace(0, DECAY_UNTIL, n_times)

            def solution(at=times, start=start, gamma=gamma):
                return lr.exact_solution(*start, at, lam=1.0, weight_decay=gamma)

            methods = {
                "exact": lambda solution=solution: solution().network_function,
                "DOP853": partial(integrate, *start, times, weight_decay=gamma),
            }
            best, found = in_turn(methods, budget)
            alone = time_by_time(solution())
            errors = {name: abs(answer - alone).max() / abs(alone).max() for name, answer in found.items()}
            yield from as_rows(f"weight decay {gamma:g}", best, "exact", (n, n, n), 1.0, n_times, errors)


def tall(largest, budget=1.0, n_times=100):
    """Loss, modes and kernel distance of 8 inputs, 30 hidden units and many outputs, beside the whole solution."""
    times, lam = np.linspace(0, 10, n_times), 1.0
    for n_out in (n for n in TALL if n <= largest):
        w1, w2, sigma_yx = problem(8, 30, n_out, lam)
        u, _, vt = np.linalg.svd(sigma_yx, full_matrices=False)

        def measured(solution, u=u, vt=vt):
            modes = np.einsum("ok,toi,ki->tk", u, solution.network_function, vt, optimize=True)
            return np.column_stack([solution.loss(), solution.kernel_distance(), modes])

        def reduced(start=(w1, w2, sigma_yx)):
            return measured(lr.exact_solution(*start, times, lam=lam))

        def whole(w1=w1, w2=w2, sigma_yx=sigma_yx):
            return measured(ExactSolution(w1, w2, lr.Task(sigma_yx), times, 1.0, lam))

        methods = {"reduced": reduced} | ({"whole": whole} if n_out <= WHOLE_UP_TO else {})
        best, found = in_turn(methods, budget)
        errors = {name: abs(found["reduced"] - answer).max() / abs(answer).max() for name, answer in found.items()}
        peaks = {name: _peak(call) for name, call in methods.items()}
        yield from as_rows("tall", best, "reduced", (8, 30, n_out), lam, n_times, errors, peaks=peaks)


def _peak(call):
    """Largest memory of numpy and Python during a call, in MB."""
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def descent(steps, budget=1.0, side_by_side=32):
    """Gradient descent per run and step: one run, many side by side, and a Python loop over numpy."""
    for n in (2, 5, 8, 20):
        rng = np.random.default_rng(n)
        starts = [lr.lambda_balanced_weights(1.0, n, n, n, rng=rng, scale=0.1) for _ in range(side_by_side)]
        w1, w2 = (np.array(w) for w in zip(*starts, strict=True))
        sigma_yx = rng.standard_normal((n, n)) / 2

        def run(a, b, task=sigma_yx):
            return lr.gradient_descent(a, b, task, learning_rate=1e-3, steps=steps, record_every=steps)

        def loop(a=w1[0], b=w2[0], task=sigma_yx):
            for _ in range(steps // 10):
                error = 1e-3 * (task - b @ a)
                a, b = a + b.T @ error, b + error @ a.T

        work = {"side by side": side_by_side * steps, "one run": steps, "Python loop": steps // 10}
        calls = {"side by side": partial(run, w1, w2), "one run": partial(run, w1[0], w2[0]), "Python loop": loop}
        yield from as_rows("descent", in_turn(calls, budget)[0], "one run", (n, n, n), 1.0, steps, work=work)


def table(folder, budget=1.0, count=50_000):
    """A table of that many numbers written and read."""
    declared = dictionary.read("benchmark", {"theory/curve": CURVE})["theory/curve"]
    rows, steps = Rows(), np.arange(count // 10)
    curve = np.random.default_rng(0).standard_normal((steps.size, 10))
    rows.add(step=steps, t=steps * 0.1, curve=curve)
    columns, file = rows.columns(), folder / "curve.parquet"
    calls = {
        "write": lambda: parquet.write(file, declared, columns, {}),
        "read": lambda: parquet.read_frame(file, declared),
    }
    yield from as_rows("parquet", in_turn(calls, budget)[0], "write", size=count)
