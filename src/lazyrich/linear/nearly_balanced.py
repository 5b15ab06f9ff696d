"""Weights that are not quite balanced: how far they are, which balanced ones are nearest, and how to unbalance.

The theory needs D = W2ᵀW2 − W1W1ᵀ = λI (Domine et al. 2025, A2). For any weights λ* = tr(D)/N_h is the nearest
scale, and what is left, D − λ*I, is measured against M = W2ᵀW2 + W1W1ᵀ: ‖D − λ*I‖_F/‖M‖_F is 0 for balanced
weights, never more than 1 (D and M are difference and sum of positive semidefinite matrices), and changes neither
with the weights' size nor with rotations of any layer.

The exact solution of a start sees its function W2W1 and λ, nothing else, unless the function has less than rank N_h:
`nearest_balanced` keeps the function and takes λ*. Where no λ*-balanced weights of the shape exist (λ* > 0 with
N_h > N_o, or λ* < 0 with N_h > N_i) the nearest λ for which they do is 0, and 0 is taken.
"""

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..arrays import Floats, in_units, norm
from .initialisation import RANK_TOLERANCE, Weights, infeasible, product_directions, rank_tolerance
from .observables import WIDE, balance, layer_singular_values


def relative_imbalance(w1: ArrayLike, w2: ArrayLike) -> Floats:
    """‖D − λ*I‖_F/‖M‖_F in [0, 1], shape (...), of w1 (..., n_hidden, n_in) and w2 (..., n_out, n_hidden)."""
    w1, w2 = checks.weights(w1, w2, batch=True)
    w1, w2 = in_units(w1, w2)[0]  # the same balance
    size = np.linalg.norm(_total(w1, w2), axis=(-2, -1))
    if (size == 0).any():
        raise ValueError("w1 and w2 are all zero: their balance is relative to nothing")
    return (balance(w1, w2).residual / size)[()]


def _total(w1, w2):
    """W2ᵀW2 + W1W1ᵀ, or a smaller matrix of the same norm where the hidden layer is the widest by far."""
    first, second = w1.swapaxes(-1, -2), w2.swapaxes(-1, -2)
    if w1.shape[-2] < max(WIDE, w1.shape[-1] + w2.shape[-2]):
        return second @ w2 + w1 @ first
    joined = np.concatenate([w1, second], axis=-1)
    return joined.swapaxes(-1, -2) @ joined


def nearest_scale(w1, w2):
    """λ* = tr(W2ᵀW2 − W1W1ᵀ)/N_h, or 0 where no λ*-balanced weights of this shape exist."""
    w1, w2 = checks.weights(w1, w2)
    lam = float(balance(w1, w2).lam)
    return 0.0 if infeasible(lam, w1.shape[1], w1.shape[0], w2.shape[0]) else lam


def _orthonormal(a):
    """The nearest matrix with orthonormal columns, the polar factor."""
    u, _, vt = np.linalg.svd(a, full_matrices=False)
    return u @ vt


def nearest_balanced(w1: ArrayLike, w2: ArrayLike, lam: float | None = None) -> Weights:
    """λ-balanced `Weights` with the given weights' W2W1, at `lam` or, without it, at `nearest_scale`.

    Hidden directions and, where the function has less than rank n_hidden, the directions that it does not
    use are those nearest to the given weights: balanced weights are returned as they are, up to rounding. Singular
    values of the function count as zero below 1e-12 of its norm, or 8 times the rounding of the weights' type.
    """
    tolerance = rank_tolerance(w1, w2)
    w1, w2 = checks.weights(w1, w2)
    checks.sizes(w1, w2)
    (n_hidden, n_in), n_out = w1.shape, w2.shape[0]
    lam = nearest_scale(w1, w2) if lam is None else checks.number("lam", lam)
    if reason := infeasible(lam, n_in, n_hidden, n_out):
        raise ValueError(f"no λ-balanced weights exist: {reason}")
    if max(n_in, n_out) < WIDE:
        u, s, vt = np.linalg.svd(w2 @ w1, full_matrices=False)
    else:
        u, s, vt = product_directions(w1, w2)
    rank = min(n_hidden, np.count_nonzero(s > tolerance * norm(s)))
    u, s, v = u[:, :rank], s[:rank], vt[:rank].T
    s1, s2 = layer_singular_values(s, lam)
    hidden = _orthonormal(w1 @ (v * s1) + w2.T @ (u * s2))
    new1, new2 = (hidden * s1) @ v.T, (u * s2) @ hidden.T
    if lam != 0 and rank < n_hidden:
        spare = np.linalg.svd(hidden, full_matrices=True)[0][:, rank:]
        large, used = (w2, u) if lam > 0 else (w1.T, v)
        # complete the basis of the function's own directions before the polar factor: spare ones are orthogonal to them
        if len(used) < WIDE:
            outside = np.linalg.svd(used, full_matrices=True)[0][:, rank:]
        else:  # as many more as there are hidden directions, those of the large layer first
            outside = np.linalg.qr(np.hstack([used, large]))[0][:, rank:]
        extra = np.sqrt(abs(lam)) * outside @ _orthonormal(outside.T @ large @ spare) @ spare.T
        new1, new2 = (new1, new2 + extra) if lam > 0 else (new1 + extra.T, new2)
    return Weights(new1, new2)


def random_direction(n_hidden, *, rng):
    """A random symmetric (n_hidden, n_hidden) matrix of norm 1 and trace 0: off balance at an unchanged λ*."""
    direction = checks.rng(rng).standard_normal((checks.count("n_hidden", n_hidden, least=2),) * 2)
    direction += direction.T
    direction -= np.trace(direction) / n_hidden * np.eye(n_hidden)
    return direction / np.linalg.norm(direction)


def unbalanced(w1, w2, direction, size):
    """Weights of the same W2W1 with D moved by `size` ‖M‖ along a symmetric `direction` of norm 1, to first order.

    W1 → G⁻¹W1, W2 → W2G with G = e^{size·H}, HM + MH = ‖M‖·direction, keeps the function exactly.
    """
    w1, w2 = checks.weights(w1, w2)
    direction = checks.matrix("direction", direction, (w1.shape[0], w1.shape[0]))
    values, vectors = np.linalg.eigh(w2.T @ w2 + w1 @ w1.T)
    if values[0] <= RANK_TOLERANCE * values[-1]:
        raise ValueError("a hidden direction is used by neither layer: the function cannot be kept while it is moved")
    inside = vectors.T @ direction @ vectors * np.linalg.norm(values)
    growth, rotation = np.linalg.eigh(vectors @ (inside / (values + values[:, None])) @ vectors.T)
    stretch = np.exp(size * growth)
    return Weights((rotation / stretch) @ rotation.T @ w1, w2 @ (rotation * stretch) @ rotation.T)


def compressed(w1, w2, left, right):
    """The same problem in the fewest inputs, hidden units and outputs: (w1, w2, sigma_yx, inputs, outputs).

    The last two are the orthonormal directions kept, (n_in, fewer) and (n_out, fewer).

    The task is Σyx = left rightᵀ, left (n_out, r), right (n_in, r). Gradient flow from whitened inputs never leaves
    the span of the rows of W1 and of right, nor that of the columns of W2 and of left, nor that of the columns of W1
    and the rows of W2. What counts widths (the kernel, λ*) must be given those of the whole network.
    """
    w1, w2 = checks.weights(w1, w2)
    left = checks.matrix("left", left, (w2.shape[0], "r"))
    right = checks.matrix("right", right, (w1.shape[1], left.shape[1]))
    inputs, outputs = _basis(w1.T, right), _basis(w2, left)
    w1, w2 = w1 @ inputs, outputs.T @ w2
    hidden = _basis(w1, w2.T)
    return hidden.T @ w1, w2 @ hidden, outputs.T @ left @ (inputs.T @ right).T, inputs, outputs


def _basis(*parts):
    """Orthonormal columns whose span holds those of all parts, the identity where that is no fewer."""
    joined = np.hstack(parts)
    n, m = joined.shape
    return np.eye(n) if m >= n else np.linalg.qr(joined)[0]
