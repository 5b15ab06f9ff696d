"""Forgetting in a sequence of tasks: how much, in closed form, and at which rate.

With isotropic inputs Σxx = cI the loss of task i is a distance from its least-squares map M_i = Σ_i/c,

    L_i = c/2 ‖W2W1 − M_i‖² + const_i,

whatever its examples are. Training that converges on task j leaves W2W1 at the best map of rank N_h, the truncated
singular value decomposition M_j^(N_h) (M_j itself unless the network is a bottleneck). So what a switch from
task j to task k costs on task i (Braun et al. 2022; Domine et al. 2025, Section 6),

    F_i(T_j → T_k) = L_i after k − L_i after j = c/2 (‖M_k^(N_h) − M_i‖² − ‖M_j^(N_h) − M_i‖²),

depends on the tasks alone: not on λ, not on the start, and not on what was learned before j. What λ changes is
the way: the flow moves the network function by

    τ d/dt W2W1 = W2W2ᵀ E + E W1ᵀW1,    E = Σ_k − c W2W1,

and the loss of task i at the rate tr[(d/dt W2W1)(c W2W1 − Σ_i)ᵀ].

Numerically: F_i is the product ⟨M_k − M_j, M_k + M_j − 2M_i⟩ c/2, in which equal squares do not cancel. Where
N_h cuts between equal singular values the start decides which of them is learned: the tasks do not determine F_i.
"""

import numpy as np

from .. import checks


def learned_map(sigma_yx, n_hidden=None, sigma_xx=1.0):
    """M^(N_h), the best map of rank `n_hidden` (None: any rank), (..., n_out, n_in)."""
    best = checks.matrix("sigma_yx", sigma_yx, batch=True) / checks.number("sigma_xx", sigma_xx, positive=True)
    if n_hidden is None or checks.count("n_hidden", n_hidden) >= min(best.shape[-2:]):
        return best
    u, s, vt = np.linalg.svd(best, full_matrices=False)
    return (u[..., :n_hidden] * s[..., None, :n_hidden]) @ vt[..., :n_hidden, :]


def forgetting(sigma_i, sigma_j, sigma_k, n_hidden=None, sigma_xx=1.0):
    """F_i(T_j → T_k), what a switch from task j to task k adds to the loss of task i; shape (...).

    Parameters
    ----------
    sigma_i, sigma_j, sigma_k : (..., n_out, n_in) arrays, Σyx of each task; leading axes broadcast
    n_hidden : width of the hidden layer, if it is a bottleneck
    sigma_xx : the number c of Σxx = cI
    """
    each = {"sigma_i": sigma_i, "sigma_j": sigma_j, "sigma_k": sigma_k}
    sigma_i, sigma_j, sigma_k = (checks.matrix(name, sigma, batch=True) for name, sigma in each.items())
    sigma_xx = checks.number("sigma_xx", sigma_xx, positive=True)
    shapes = [sigma.shape[-2:] for sigma in (sigma_i, sigma_j, sigma_k)]
    if len(set(shapes)) > 1:
        raise ValueError(f"sigma_i, sigma_j and sigma_k must be of one shape (n_out, n_in); got {shapes}")
    measured = learned_map(sigma_i, None, sigma_xx)
    before, after = (learned_map(sigma, n_hidden, sigma_xx) for sigma in (sigma_j, sigma_k))
    return sigma_xx / 2 * ((after - before) * (after + before - 2 * measured)).sum((-2, -1))


def function_velocity(w1, w2, sigma_yx, tau=1.0, sigma_xx=1.0):
    """d/dt W2W1 under the gradient flow of the task `sigma_yx`, (..., n_out, n_in); any weights, balanced or not."""
    w1, w2 = checks.weights(w1, w2, batch=True)
    tau, sigma_xx = checks.number("tau", tau, positive=True), checks.number("sigma_xx", sigma_xx, positive=True)
    sigma_yx = checks.matrix("sigma_yx", sigma_yx, (w2.shape[-2], w1.shape[-1]), batch=True)
    error = sigma_yx - sigma_xx * (w2 @ w1)
    return (w2 @ (np.swapaxes(w2, -1, -2) @ error) + (error @ np.swapaxes(w1, -1, -2)) @ w1) / tau


def forgetting_rate(w1, w2, sigma_k, sigma_i, tau=1.0, sigma_xx=1.0):
    """dL_i/dt while task k is learned, tr[(d/dt W2W1)(c W2W1 − Σ_i)ᵀ], shape (...)."""
    w1, w2 = checks.weights(w1, w2, batch=True)
    velocity = function_velocity(w1, w2, sigma_k, tau, sigma_xx)
    sigma_i = checks.matrix("sigma_i", sigma_i, velocity.shape[-2:], batch=True)
    return (velocity * (sigma_xx * (w2 @ w1) - sigma_i)).sum((-2, -1))
