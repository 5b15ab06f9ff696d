"""Two-layer linear networks of h neurons and c outputs: the tangent operator M by neuron, and at isotropic δ.

f(x) = W2 W1 x with w1 = W1 (h, d), w2 = W2 (c, h); β = (W2W1)ᵀ (d, c) has the columns of one output each, and vec
stacks columns: vec(β)˙ = −M vec(Xᵀ(Xβ − Y)), and the tangent kernel, outputs first as everywhere in the package, is
(I ⊗ X) M (I ⊗ X)ᵀ. Kunin et al. 2024, Section 4 and Appendix B; their A is W2ᵀ. Of the conserved matrix
Δ = η_w W2ᵀW2 − η_a W1W1ᵀ δ_k is entry (k, k); Δ = δI is what the other paper calls λ-balanced (λ = δ, unit rates).
"""

import numpy as np

from .. import checks
from ..linear.observables import transpose
from . import units
from .start import layer_squares

# a singular value of β below this, relative to the largest, is zero
RANK_TOLERANCE = 1e-12


def neuron_deltas(w1, w2, *, rates=(1.0, 1.0)):
    """δ_k = η_w|w2_k|² − η_a|w1_k|² of every hidden neuron, (..., h)."""
    w1, w2 = checks.weights(w1, w2, batch=True)
    layer_rates = units.rates(rates)
    return layer_rates.eta_w * (w2**2).sum(-2) - layer_rates.eta_a * (w1**2).sum(-1)


def random_neurons(delta, strength, n_in, n_hidden, n_out, *, rng, rates=(1.0, 1.0)):
    """Weights (w1, w2) of neurons that all have δ_k = δ and |w1_k||w2_k| = strength, in random directions.

    Unlike λ-balanced weights, for which Δ = δI, the neurons are not orthogonal, and every width is allowed.

    Parameters
    ----------
    delta : number or (h,); strength : |β_k| > 0; n_in, n_hidden, n_out : widths; rng : numpy Generator

    Returns
    -------
    w1 (n_hidden, n_in), w2 (n_out, n_hidden)
    """
    rng, layer_rates = checks.rng(rng), units.rates(rates)
    d, h, c = (checks.count(*pair) for pair in (("n_in", n_in), ("n_hidden", n_hidden), ("n_out", n_out)))
    delta = np.broadcast_to(units.numbers("delta", delta), (h,))
    squares = layer_squares(checks.number("strength", strength, positive=True), delta, rates=layer_rates)
    inner, outer = rng.standard_normal((h, d)), rng.standard_normal((h, c))
    inner, outer = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (inner, outer))
    size1, size2 = layer_rates.from_unit(w=np.sqrt(squares.inputs), a=np.sqrt(squares.readout))
    return size1[:, None] * inner, (size2[:, None] * outer).T


def _assemble(outputs, inputs):
    """outputs ⊗ I_d + I_c ⊗ inputs from (..., c, c) and (..., d, d): (..., cd, cd)."""
    c, d = outputs.shape[-1], inputs.shape[-1]
    m = np.einsum("...ab,pq->...apbq", outputs, np.eye(d)) + np.einsum("ab,...pq->...apbq", np.eye(c), inputs)
    return m.reshape(*m.shape[:-4], c * d, c * d)


def tangent_operator(w1, w2, *, rates=(1.0, 1.0)):
    """M = η_w W2W2ᵀ ⊗ I_d + I_c ⊗ η_a W1ᵀW1, (..., cd, cd), from the weights."""
    w1, w2 = checks.weights(w1, w2, batch=True)
    layer_rates = units.rates(rates)
    return _assemble(layer_rates.eta_w * w2 @ transpose(w2), layer_rates.eta_a * transpose(w1) @ w1)


def tangent_operator_by_neuron(betas, deltas, *, rates=(1.0, 1.0)):
    """M from the functions β_k = w_k a_kᵀ of the neurons and their δ_k (Theorem 4.1), (..., cd, cd).

    M = Σ_k (κ_k + δ_k)/2 · β_kᵀβ_k/|β_k|² ⊗ I_d + (κ_k − δ_k)/2 · I_c ⊗ β_kβ_kᵀ/|β_k|²

    Parameters
    ----------
    betas : (..., h, d, c) array, each of rank one; deltas : (..., h) array

    Raises
    ------
    ValueError : wrong shapes, or a β_k = 0, whose direction says nothing of M
    """
    betas, deltas = units.numbers("betas", betas), units.numbers("deltas", deltas)
    if betas.ndim < 3 or deltas.shape != betas.shape[:-2]:
        raise ValueError(
            f"betas must have shape (..., h, d, c) and deltas (..., h); got shapes {betas.shape} and {deltas.shape}"
        )
    norm = np.linalg.norm(betas, axis=(-2, -1))
    if (norm == 0).any():
        raise ValueError("betas must not hold a zero neuron: M is not a function of β there; use tangent_operator")
    lower, upper = layer_squares(norm, deltas, rates=rates)  # of W1 and of W2
    unit = betas / norm[..., None, None]
    outputs = (upper[..., None, None] * (transpose(unit) @ unit)).sum(-3)
    return _assemble(outputs, (lower[..., None, None] * (unit @ transpose(unit))).sum(-3))


def isotropic_tangent_operator(beta, delta, n_hidden, *, rates=(1.0, 1.0)):
    """M from β (d, c) where Δ = δI_h (Theorem 4.2, with its range of validity corrected here), (cd, cd).

    With B = √(η_aη_w) β = U s Vᵀ, η_w W2W2ᵀ = V diag(√(δ²/4 + s_i²) + δ/2) Vᵀ and
    η_a W1ᵀW1 = U diag(√(δ²/4 + s_i²) − δ/2) Uᵀ, each over the first h singular directions only, 0 beyond. The
    published formula (`published_tangent_operator`) is this one iff δ = 0, or δ > 0 and h = c, or δ < 0 and h = d;
    elsewhere it is wrong by O(|δ|). Between, where min(d, c) < h < c (δ > 0) or d (δ < 0), β leaves directions of
    the larger layer open, and M is not a function of β at all.

    Parameters
    ----------
    beta : (d, c) array; delta : number; n_hidden : h ≤ c if δ > 0 and h ≤ d if δ < 0, or no weights are isotropic

    Raises
    ------
    ValueError : an h that δ does not allow, β of rank above h, or of rank below h where β does not determine M
    """
    beta, delta = checks.matrix("beta", beta, ("d", "c")), checks.number("delta", delta)
    n_hidden = checks.count("n_hidden", n_hidden)
    d, c = beta.shape
    large = c if delta > 0 else d  # the width of the layer that holds √|δ|
    if delta != 0 and n_hidden > large:
        raise ValueError(
            f"n_hidden must be at most {large} for Δ = δI with delta = {delta:g} and {d} inputs, {c} outputs: "
            f"of a wider layer Δ has other eigenvalues; got {n_hidden}"
        )
    u, s, vt = np.linalg.svd(units.rates(rates).function_scale * beta)
    rank = int((s > RANK_TOLERANCE * s[0]).sum()) if s[0] > 0 else 0
    if rank > n_hidden:
        raise ValueError(f"beta must have rank at most n_hidden = {n_hidden}; it has rank {rank}")
    if delta != 0 and rank < n_hidden < large:
        raise ValueError(
            f"beta must have rank n_hidden = {n_hidden}: of rank {rank} it does not say where the rest of the larger "
            "layer is; use tangent_operator on the weights"
        )
    padded = np.zeros(max(d, c, n_hidden))
    padded[: s.size] = s
    lower, upper = layer_squares(padded, delta)  # of W1 and of W2
    upper[n_hidden:] = lower[n_hidden:] = 0.0
    return _assemble((vt.T * upper[:c]) @ vt, (u * lower[:d]) @ u.T)


def isotropic_roots(beta, delta, *, rates=(1.0, 1.0)):
    """√(BᵀB + δ²/4 I) (c, c) and √(BBᵀ + δ²/4 I) (d, d), B = √(η_aη_w) β."""
    beta, delta = checks.matrix("beta", beta, ("d", "c")), checks.number("delta", delta)
    u, s, vt = np.linalg.svd(units.rates(rates).function_scale * beta)
    padded = np.zeros(max(beta.shape))
    padded[: s.size] = s
    roots = np.hypot(padded, delta / 2)
    return (vt.T * roots[: beta.shape[1]]) @ vt, (u * roots[: beta.shape[0]]) @ u.T


def published_tangent_operator(beta, delta, *, rates=(1.0, 1.0)):
    """√(BᵀB + δ²/4) ⊗ I_d + I_c ⊗ √(BBᵀ + δ²/4), (cd, cd): Theorem 4.2 as printed, without regard to h.

    Exact iff Δ = δI and δ = 0, or δ > 0 and h = c, or δ < 0 and h = d; else see `isotropic_tangent_operator`.
    """
    return _assemble(*isotropic_roots(beta, delta, rates=rates))


def tangent_rank(n_in, n_hidden, n_out, upstream):
    """Rank of M from generic weights, all δ_k → +∞ (upstream) or −∞: d·min(h, c) or c·min(h, d)."""
    d, h, c = (checks.count(*pair) for pair in (("n_in", n_in), ("n_hidden", n_hidden), ("n_out", n_out)))
    return d * min(h, c) if upstream else c * min(h, d)


def regime(n_in, n_hidden, n_out, upstream):
    """'lazy' where M has full rank with all |δ_k| → ∞, so that some fit needs no change of M, else 'delayed rich'."""
    return "lazy" if tangent_rank(n_in, n_hidden, n_out, upstream) == n_in * n_out else "delayed rich"


def hyperbolic_entropy(x, delta):
    """Mirror potential of the singular values at Δ = δI: (q, q′, q″) at x, broadcast; δ ≠ 0.

    q = (2x asinh(2x/|δ|) − √(4x² + δ²) + |δ|)/4, q′ = asinh(2x/|δ|)/2, q″ = 1/√(δ² + 4x²): a singular value x of
    B has q′(x)˙ = −√(η_aη_w) uᵀGv (Appendix B; the Hessian q″ is the reciprocal of its rate √(δ² + 4x²)). Like l1
    for δ → 0 and l2 for |δ| → ∞.
    """
    x, delta = units.numbers("x", x), np.abs(units.numbers("delta", delta))
    if (delta == 0).any():
        raise ValueError("delta must not be zero: the entropy has no curvature to compare there; take a small delta")
    root = np.hypot(delta, 2 * x)
    slope = np.arcsinh(2 * x / delta) / 2
    return x * slope - x**2 / (root + delta), slope, 1 / root
