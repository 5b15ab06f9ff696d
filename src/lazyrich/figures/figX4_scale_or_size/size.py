"""Starts of a given size, and what tells size from relative scale: shared by the stages.

For λ-balanced weights tr(W2ᵀW2 − W1W1ᵀ) = λN_h is the difference of the squared layer norms: two layer norms leave no
choice of λ. Only their sum can be held, Σ_α √(λ²+4s_α²) with N_h singular values s_α of W2W1 (Theorem 5.2 of Domine et
al. 2025): it is at least N_h|λ|, which is reached where W2W1 = 0.
"""

import numpy as np

from ...linear.descent import gradient_descent
from ...linear.initialisation import gaussian_weights, weights_with_function
from ...linear.observables import input_representation, output_representation, transpose
from ...pipeline.common import time_to_fall


def balanced_of_norm(direction, lam, total, n_hidden, *, rng):
    """λ-balanced weights with W2W1 = c · `direction` and ‖W1‖² + ‖W2‖² = `total`, which decides c > 0.

    ValueError unless n_hidden |λ| < total.
    """
    from scipy.optimize import brentq  # slow to import: only who needs it pays

    if not n_hidden * abs(lam) < total:
        raise ValueError(f"λ = {lam:g} needs ‖W1‖² + ‖W2‖² above n_hidden |λ| = {n_hidden * abs(lam):g}; got {total:g}")
    s = np.zeros(n_hidden)
    values = np.linalg.svd(direction, compute_uv=False)[:n_hidden]
    s[: values.size] = values
    largest = 1.01 * total / (2 * s.sum())  # the sum is at least 2cΣs
    c = brentq(lambda c: np.hypot(lam, 2 * c * s).sum() - total, 0, largest, xtol=1e-15 * largest, rtol=1e-15)
    return weights_with_function(c * direction, lam, n_hidden, rng=rng)


def unbalanced_of_norms(norm1, norm2, widths, sigma_yx, *, rng):
    """Gaussian weights of the given layer norms; in a square network det W2W1 gets the sign of det Σyx."""
    w1, w2 = gaussian_weights(*widths, scale=1.0, rng=rng)
    w1, w2 = w1 * (norm1 / np.linalg.norm(w1)), w2 * (norm2 / np.linalg.norm(w2))
    if sigma_yx.shape[0] == sigma_yx.shape[1] and np.linalg.det(w2 @ w1) * np.linalg.det(sigma_yx) < 0:
        w1[:, 0] *= -1
    return w1, w2


def imbalance(w1, w2):
    """Σ|eigenvalues of W2ᵀW2 − W1W1ᵀ| / (‖W1‖² + ‖W2‖²), in [0, 1], shape (...): |λ|N_h over the sum if balanced.

    1 if the layers have no hidden direction in common, so that W2W1 = 0; conserved but for its denominator.
    """
    difference = transpose(w2) @ w2 - w1 @ transpose(w1)
    return np.abs(np.linalg.eigvalsh(difference)).sum(-1) / ((w1**2).sum((-2, -1)) + (w2**2).sum((-2, -1)))


def curvature(w1, w2):
    """‖W1‖₂² + ‖W2‖₂², the largest curvature of the loss where it is fitted; shape (...). η stays below 2 over it."""
    return sum(np.linalg.norm(w, 2, axis=(-2, -1)) ** 2 for w in (w1, w2))


def task_cosine(w1, w2, sigma_yx):
    """Cosine of W1ᵀW1 ⊕ W2W2ᵀ with the rich solution's ṼS̃Ṽᵀ ⊕ ŨS̃Ũᵀ, traces removed; shape (...).

    Without the traces, since a multiple of the identity is no structure.
    """
    u, s, vt = np.linalg.svd(sigma_yx, full_matrices=False)
    rich = (transpose(vt) * s[..., None, :]) @ vt, (u * s[..., None, :]) @ transpose(u)
    found = input_representation(w1), output_representation(w2)
    inner, norms = 0.0, [0.0, 0.0]
    for a, b in zip(map(_traceless, found), map(_traceless, rich), strict=True):
        inner = inner + (a * b).sum((-2, -1))
        norms = [norm + (m * m).sum((-2, -1)) for norm, m in zip(norms, (a, b), strict=True)]
    return inner / np.sqrt(norms[0] * norms[1])


def _traceless(a):
    n = a.shape[-1]
    return a - np.trace(a, axis1=-2, axis2=-1)[..., None, None] * np.eye(n) / n


def descend_until_learned(w1, w2, sigma_yx, *, step, n_steps, most_steps, converged, n_records, level):
    """Descents (runs, ·, ·) until their loss is `converged` of ½‖Σyx‖²: final w1, w2, and times to `level`.

    η is `step` over the start's largest curvature. All take n_steps, those that have not converged as many again, and
    so on, doubling; the time to a loss of `level` (runs,) is read off n_records of each stretch.
    """
    now1, now2 = w1.copy(), w2.copy()
    first, second, target = (np.linalg.norm(m, 2, axis=(-2, -1)) for m in (w1, w2, sigma_yx))
    rate = step / (first**2 + second**2 + 2 * target)
    tolerance = converged * (sigma_yx**2).sum((-2, -1)) / 2
    learned, left, done = np.full(len(w1), np.inf), np.arange(len(w1)), 0
    while left.size:
        if done + n_steps > most_steps:
            raise ValueError(f"{left.size} descents have not converged after {done} steps (figX4.descent.most_steps)")
        at = np.unique(np.linspace(0, n_steps, n_records + 1).round().astype(int))
        part = gradient_descent(
            now1[left], now2[left], sigma_yx[left], learning_rate=rate[left], steps=n_steps, record_at=at
        )
        loss = part.loss()
        for k in np.flatnonzero((loss[:, -1] <= level[left]) & np.isinf(learned[left])):
            run = left[k]
            learned[run] = (done * rate[run]) + time_to_fall(at * rate[run], loss[k], level[run])
        now1[left], now2[left] = part.weights(-1)
        left = left[loss[:, -1] > tolerance[left]]
        done += n_steps
        n_steps = done
    return now1, now2, learned
