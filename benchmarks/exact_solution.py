"""How fast, as ratios in one run: `python benchmarks/exact_solution.py`.

The exact solution at T times against two ways to get the same: the theorem as it is written, one call a
time point, as public code does it, and SciPy's DOP853. Beside the ratios, how far apart the results are.
Then gradient descent per run and step, alone and side by side, against a Python loop over numpy.
Minimum of several repetitions; one BLAS thread.
"""

import os

for _name in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{_name}_NUM_THREADS"] = "1"

from time import perf_counter

import numpy as np
from scipy.integrate import solve_ivp

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
    split = w1.size

    def velocity(_, state):
        a, b = state[:split].reshape(w1.shape), state[split:].reshape(w2.shape)
        error = sigma_yx - b @ a
        return np.concatenate([(b.T @ error).ravel(), (error @ a.T).ravel()])

    start = np.concatenate([w1.ravel(), w2.ravel()])
    return solve_ivp(velocity, (0, times[-1]), start, method="DOP853", rtol=1e-12, atol=1e-14, t_eval=times)


def exact():
    print("network function at T = 1000 times up to t = 3, λ = 1        ms   and how many times slower")
    print(
        f"{'n':>4} {'exact':>10} {'one call a time':>18} {'(µs a call)':>12} {'DOP853 (1e-12)':>18} {'differences':>18}"
    )
    times = np.linspace(0, 3, 1000)
    for n in (2, 5, 8):
        rng = np.random.default_rng(n)
        w1, w2 = lr.lambda_balanced_weights(1.0, n, n, n, rng=rng, scale=0.1)
        sigma_yx = rng.standard_normal((n, n)) / 2

        def ours(w1=w1, w2=w2, s=sigma_yx):
            return lr.exact_solution(w1, w2, s, times).network_function

        def stepwise(w1=w1, w2=w2, s=sigma_yx):
            return one_call_a_time(w1, w2, s, 1.0, times)

        def flow(w1=w1, w2=w2, s=sigma_yx):
            return integrate(w1, w2, s, times)

        solution, states = ours(), flow().y
        w1_t, w2_t = states[: w1.size].T.reshape(-1, n, n), states[w1.size :].T.reshape(-1, n, n)
        apart = [np.abs(other - solution).max() for other in (stepwise(), w2_t @ w1_t)]
        # in turn, so that all three meet the same machine
        ms = np.min([[fastest(f, k) for f, k in ((ours, 10), (stepwise, 1), (flow, 1))] for _ in range(3)], axis=0)
        print(
            f"{n:>4} {ms[0]:>10.2f} {ms[1] / ms[0]:>17.1f}× {ms[1]:>12.0f} {ms[2] / ms[0]:>17.1f}×"
            f" {apart[0]:>9.0e} {apart[1]:>8.0e}"
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
    exact()
    descent()
