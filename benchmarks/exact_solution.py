"""How fast, as ratios in one run: `python benchmarks/exact_solution.py [largest n, 100 if not given]`.

W2W1 at T times by the exact solution, against three ways to get the same:

* stepwise: the theorem as it is written, one call a time point, as public code does it;
* DOP853 (rtol 1e-12) with dense output, as `solve_ivp(..., t_eval=times)`: few steps on a smooth curve, and an
  interpolant of order 7 between them. The rival to beat;
* flow: DOP853 that ends a step at each time, as `gradient_flow`: every time as accurate as a step.

The errors beside the ratios are largest differences, relative to the largest entry: of the exact solution from its
own evaluation time by time, and of DOP853 from the exact solution. Then gradient descent per run and step, alone
and side by side, against a Python loop over numpy. Minimum of several repetitions; one BLAS thread.
"""

import os
import sys

for _name in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{_name}_NUM_THREADS"] = "1"

from time import perf_counter

import numpy as np
from scipy.integrate import DOP853

import lazyrich as lr
from lazyrich.exact.riccati import eigenbasis


def fastest(function, repeat=5):
    """Least time of some calls in ms, after one that is not counted."""
    function()
    best = np.inf
    for _ in range(repeat):
        start = perf_counter()
        function()
        best = min(best, perf_counter() - start)
    return 1e3 * best


def one_call_a_time(w1, w2, sigma_yx, lam, times):
    """W2W1 by Theorem 4.3 as it is written, one time after another: what a class with a step method does.

    Diagonal matrices are matrices and B is inverted once; equal widths, and B not singular.
    """
    basis = eigenbasis(sigma_yx, lam)
    n = w1.shape[1]
    k = basis.vectors.T @ np.vstack([w1.T, w2])
    plus, minus = basis.vectors[:, :n], basis.vectors[:, n:][:, ::-1]
    c = k[n:][::-1]
    rates, b_inverse = basis.values[:n], np.linalg.inv(k[:n])
    inverse_rates = np.diag(1 / rates)

    def step(t):
        identity = np.identity(n)
        e, e2 = np.diag(np.exp(-rates * t)), np.diag(np.exp(-2 * rates * t))
        z = np.vstack(
            [
                plus[:n] + minus[:n] @ e @ c @ b_inverse @ e,
                plus[n:] + minus[n:] @ e @ c @ b_inverse @ e,
            ]
        )
        left = e @ b_inverse.T @ b_inverse @ e
        center = (identity - e2) @ inverse_rates / 2
        right = e @ b_inverse.T @ c.T @ (identity - e2) @ inverse_rates @ c @ b_inverse @ e / 2
        root = np.linalg.cholesky(left + center + right)
        half = np.linalg.solve(root, z.T)
        qqt = half.T @ half
        return qqt[n:, :n]

    return np.array([step(t) for t in times])


def integrate(w1, w2, sigma_yx, times):
    """W2W1 by DOP853 and its dense output: `solve_ivp` with t_eval, but no state is kept longer than its step."""
    split = w1.size

    def velocity(_, state):
        a, b = state[:split].reshape(w1.shape), state[split:].reshape(w2.shape)
        error = sigma_yx - b @ a
        return np.concatenate([(b.T @ error).ravel(), (error @ a.T).ravel()])

    start = np.concatenate([w1.ravel(), w2.ravel()])
    solver = DOP853(velocity, 0.0, start, times[-1], rtol=1e-12, atol=1e-14)
    result, first = np.empty((times.size, *sigma_yx.shape)), 0
    while first < times.size:
        solver.step()
        last = np.searchsorted(times, solver.t, side="right")
        if last > first:
            interpolant = solver.dense_output()
            for k in range(first, last, 1000):
                states = interpolant(times[k : min(k + 1000, last)]).T
                w1_t, w2_t = states[:, :split].reshape(-1, *w1.shape), states[:, split:].reshape(-1, *w2.shape)
                np.matmul(w2_t, w1_t, out=result[k : k + w1_t.shape[0]])
            first = last
    return result


def problem(n_in, n_hidden, n_out, lam):
    """A start and a task; at λ = 0 in a square net with matching determinants, so that all of the task is learned."""
    rng = np.random.default_rng(n_in)
    w1, w2 = lr.lambda_balanced_weights(lam, n_in, n_hidden, n_out, rng=rng, scale=0.1)
    sigma_yx = rng.standard_normal((n_out, n_in)) / np.sqrt(n_in)
    if n_in == n_hidden == n_out:
        signs = [np.linalg.slogdet(a)[0] for a in (w1, w2, sigma_yx)]
        w1[:, 0] *= np.prod(signs) if lam == 0 else 1.0
    return w1, w2, sigma_yx


def in_turn(functions, at, budget=2.0):
    """Least ms of each function (None: nan), called in turn so that all meet the same machine, and answers[at].

    The first call is not counted: it also asks the system for the memory of its answer, which later calls get back.
    """
    answers = [f()[at] if f else None for f in functions]
    best, spent = np.full(len(functions), np.nan), 0.0
    for _ in range(20):
        for k, f in enumerate(functions):
            if f:
                start = perf_counter()
                f()
                elapsed = perf_counter() - start
                best[k], spent = np.fmin(best[k], elapsed), spent + elapsed
        if spent > budget:
            break
    return 1e3 * best, answers


def exact(largest):
    print("W2W1 at T equal steps up to t = 10: ms of the exact solution, and how many times longer the others take\n")
    print(f"{'shape':>12} {'λ':>4} {'T':>6} {'exact':>9} {'stepwise':>9} {'DOP853':>8} {'flow':>7}   errors")
    shapes = [(n, n, n) for n in (2, 5, 8, 20, 50, 100, 200)]
    shapes += [(8, 4, 8), (20, 10, 20), (50, 25, 50), (100, 50, 100), (200, 100, 200), (10, 5, 5), (40, 20, 80)]
    for shape in shapes:
        if shape[0] > largest:
            continue
        for lam in (0.0, 1.0, -1.0, 30.0):
            if (lam > 0 and shape[1] > shape[2]) or (lam < 0 and shape[1] > shape[0]):
                continue
            w1, w2, sigma_yx = problem(*shape, lam)
            square = shape[0] == shape[1] == shape[2]
            for n_times in (200, 1000, 10_000):
                times = np.linspace(0, 10, n_times)

                def ours(w=(w1, w2, sigma_yx), lam=lam, times=times):
                    return lr.exact_solution(*w, times, lam=lam).network_function

                def stepwise(w=(w1, w2, sigma_yx), lam=lam, times=times):
                    return one_call_a_time(*w, lam, times)

                def dense(w=(w1, w2, sigma_yx), times=times):
                    return integrate(*w, times)

                def flow(w=(w1, w2, sigma_yx), times=times):
                    return lr.gradient_flow(*w, times).network_function

                with_flow = n_times == 200 and max(shape) <= 50
                with_stepwise = square and n_times == 1000 and max(shape) <= 50
                some = np.linspace(0, n_times - 1, 50).astype(int)
                calls = (ours, dense, stepwise if with_stepwise else None, flow if with_flow else None)
                ms, (found, integrated, *_) = in_turn(calls, some)
                one_by_one = lr.exact_solution(w1, w2, sigma_yx, times[some], lam=lam).network_function
                scale = np.abs(one_by_one).max()
                errors = [np.abs(a - b).max() / scale for a, b in ((found, one_by_one), (integrated, found))]
                beside = ["" if np.isnan(r) else f"{r:.1f}×" for r in ms[[2, 1, 3]] / ms[0]]
                print(
                    f"{'-'.join(map(str, shape)):>12} {lam:>4.0f} {n_times:>6} {ms[0]:>9.2f}"
                    f" {beside[0]:>9} {beside[1]:>8} {beside[2]:>7}   {errors[0]:.0e} {errors[1]:.0e}",
                    flush=True,
                )


def descent():
    print("\ngradient descent, ns per run and step (a Python loop over numpy, one run, beside it)")
    print(f"{'n':>4} {'1 run':>10} {'32 runs':>10} {'Python loop':>14}")
    for n in (2, 5, 8):
        rng = np.random.default_rng(n)
        starts = [lr.lambda_balanced_weights(1.0, n, n, n, rng=rng, scale=0.1) for _ in range(32)]
        w1, w2 = (np.array(w) for w in zip(*starts, strict=True))
        sigma_yx = rng.standard_normal((n, n)) / 2
        steps = 20_000
        cost = []
        for runs in (1, 32):
            start = (w1[0], w2[0]) if runs == 1 else (w1, w2)
            ms = fastest(
                lambda start=start, s=sigma_yx, steps=steps: lr.simulate(
                    *start, s, learning_rate=1e-3, steps=steps, record_every=steps
                ),
                3,
            )
            cost.append(1e6 * ms / steps / runs)

        def loop(a=w1[0], b=w2[0], s=sigma_yx):
            for _ in range(2000):
                error = 1e-3 * (s - b @ a)
                a, b = a + b.T @ error, b + error @ a.T

        print(f"{n:>4} {cost[0]:>10.0f} {cost[1]:>10.0f} {1e6 * fastest(loop, 3) / 2000:>14.0f}")


if __name__ == "__main__":
    exact(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
    descent()
