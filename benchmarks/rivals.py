"""What the exact solution is timed against, and the problems.

Stepwise is the theorem as it is written, one call a time point, as public code does it. DOP853 and LSODA (rtol 1e-12)
take few steps on a smooth curve, with an interpolant between them.
"""

import numpy as np
from scipy.integrate import DOP853

import lazyrich as lr
from lazyrich.linear.eigenbasis import eigenbasis


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


def integrate(w1, w2, sigma_yx, times, method=DOP853, weight_decay=0.0):
    """W2W1 by an integrator and its dense output: `solve_ivp` with t_eval, but no state outlives its step."""
    split = w1.size

    def velocity(_, state):
        a, b = state[:split].reshape(w1.shape), state[split:].reshape(w2.shape)
        error = sigma_yx - b @ a
        moves = np.concatenate([(b.T @ error).ravel(), (error @ a.T).ravel()])
        return moves - weight_decay * state if weight_decay else moves

    start = np.concatenate([w1.ravel(), w2.ravel()])
    solver = method(velocity, 0.0, start, times[-1], rtol=1e-12, atol=1e-14)
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
