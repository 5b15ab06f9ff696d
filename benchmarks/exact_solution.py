"""How fast, as ratios in one run: `python benchmarks/exact_solution.py`.

The exact solution at T times against two ways to get the same: one call a time point, as the closest
public code does (with an eigendecomposition done once, numpy calls for each time), and SciPy's DOP853.
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
    """QQᵀ by the plain formula, each time on its own: an object that is asked for one time after another."""
    basis = eigenbasis(sigma_yx, lam)
    values, p = basis.values, basis.vectors
    q = np.vstack([w1.T, w2])
    n_in, n_hidden = w1.shape[1], w1.shape[0]

    def forward(t):
        growth = np.diag(np.exp(values * t))
        phi = np.diag((np.exp(2 * values * t) - 1) / values)
        left = p @ growth @ p.T @ q
        bracket = np.eye(n_hidden) + 0.5 * q.T @ (p @ phi @ p.T) @ q
        qqt = left @ np.linalg.inv(bracket) @ left.T
        return qqt[n_in:, :n_in]

    return [forward(t) for t in times]


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
    print(f"{'n':>4} {'exact':>10} {'one call a time':>18} {'(µs a call)':>12} {'DOP853 (1e-12)':>18}")
    times = np.linspace(0, 3, 1000)
    for n in (2, 5, 8):
        rng = np.random.default_rng(n)
        w1, w2 = lr.lambda_balanced_weights(1.0, n, n, n, rng=rng, scale=0.1)
        sigma_yx = rng.standard_normal((n, n)) / 2
        ours = fastest(lambda w1=w1, w2=w2, s=sigma_yx: lr.exact_solution(w1, w2, s, times).network_function, 20)
        stepwise = fastest(lambda w1=w1, w2=w2, s=sigma_yx: one_call_a_time(w1, w2, s, 1.0, times), 3)
        flow = fastest(lambda w1=w1, w2=w2, s=sigma_yx: integrate(w1, w2, s, times), 3)
        print(f"{n:>4} {ours:>10.2f} {stepwise / ours:>17.1f}× {stepwise:>12.0f} {flow / ours:>17.1f}×")


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
