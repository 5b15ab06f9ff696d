"""What training ends in: representations, tangent kernel and the cost of noise at convergence, at every λ.

Gradient flow from λ-balanced weights ends in W2W1 = Ũ S̃ Ṽᵀ, the best approximation of the task of rank N_h,
and λ is conserved, so that Theorem 5.2 of Domine et al. 2025 gives both layers:

    W1ᵀW1 = Ṽ ½(√(λ²+4S̃²) − λ) Ṽᵀ,    W2W2ᵀ = Ũ ½(√(λ²+4S̃²) + λ) Ũᵀ.

For λ → +∞ W2W2ᵀ → λI and W1ᵀW1 → ṼS̃²Ṽᵀ/λ, for λ → −∞ the other way round: one layer is lazy, and the other one
holds the task. Both are functions of ΣᵀΣ and ΣΣᵀ: with degenerate singular values nothing depends on the basis that
an SVD happens to return. Differences ½(√(λ²+4s²) − |λ|) are evaluated as quotients, which keep their digits.

Independent noise of standard deviation σ after training costs, in expectation and exactly (Fig. 4 and
Appendix C of the paper),

    on the inputs        ½σ²‖S̃‖²                                          whatever λ is
    on all weights       ½c [σ²(N_i‖W2‖² + N_o‖W1‖²) + σ⁴ N_i N_h N_o]       for Σxx = cI

if the network fits its task. The second is least where Σ_α λ/√(λ²+4s̃_α²) = N_h (N_o − N_i)/(N_o + N_i).
"""

from typing import NamedTuple

import numpy as np

from .. import checks
from .initialisation import infeasible, rank_tolerance
from .observables import layer_singular_values


class Representations(NamedTuple):
    """W1ᵀW1 (n_in, n_in) and W2W2ᵀ (n_out, n_out)."""

    input: np.ndarray
    output: np.ndarray


def converged_representations(sigma_yx, lam, n_hidden, sigma_xx=1.0):
    """W1ᵀW1 and W2W2ᵀ for t → ∞ from λ-balanced weights, with W2W1 the best fit of rank `n_hidden`.

    Relative to the largest, singular values below `rank_tolerance` count as 0, and closer than it as equal.
    Hidden directions that the task does not use keep √|λ| in the layer of the larger weights. ValueError where
    the task alone does not say in which directions, or which of several equal modes are learned.
    """
    tolerance = rank_tolerance(sigma_yx)
    sigma_yx = checks.matrix("sigma_yx", sigma_yx, ("n_out", "n_in"))
    lam, n_hidden = checks.number("lam", lam), checks.count("n_hidden", n_hidden)
    n_out, n_in = sigma_yx.shape
    if reason := infeasible(lam, n_in, n_hidden, n_out):
        raise ValueError(f"no λ-balanced weights exist: {reason}")
    u, s, vt = np.linalg.svd(sigma_yx / checks.number("sigma_xx", sigma_xx, positive=True))
    floor = tolerance * s[0]
    if n_hidden < s.size and s[n_hidden] > floor and s[n_hidden - 1] - s[n_hidden] <= floor:
        raise ValueError(
            f"singular values {n_hidden} and {n_hidden + 1} of the task are equal: which of their modes a network with "
            f"n_hidden = {n_hidden} learns depends on its start. Evolve that start with exact_solution"
        )
    learned = np.zeros(n_hidden)
    learned[: s.size] = np.where(s > floor, s, 0.0)[:n_hidden]
    spare, large = np.count_nonzero(learned == 0), n_out if lam > 0 else n_in
    if lam != 0 and spare and n_hidden < large:
        raise ValueError(
            f"{spare} hidden directions are not used by the task, and which of {large - n_hidden + spare} directions "
            "they take depends on the start. Evolve that start with exact_solution"
        )
    s1, s2 = layer_singular_values(learned, lam)

    def spread(vectors, strengths):
        kept = vectors[: strengths.size]
        return (kept.T * strengths[: len(kept)] ** 2) @ kept

    return Representations(spread(vt, s1), spread(u.T, s2))


def smaller_strength(singular_values, lam):
    """½(√(λ²+4s²) − |λ|), broadcast: eigenvalues of the converged representation of the smaller layer."""
    s, size = np.abs(checks.real("singular_values", singular_values)), np.abs(checks.real("lam", lam))
    total = np.hypot(size, 2 * s) + size
    return 2 * s * np.divide(s, total, out=np.zeros(np.shape(total)), where=total > 0)


def kernel_excess(singular_values, lam):
    """‖NTK − |λ|I‖_F at convergence of a square N-N-N network with inputs X = I; `lam` broadcasts.

    The eigenvalues of NTK − |λ|I are f_α + f_β with f of `smaller_strength`, over all pairs of the N modes: it falls
    as 1/|λ| (the paper's Appendix C), and the kernel tends to |λ|I.
    """
    f = smaller_strength(singular_values, checks.real("lam", lam)[..., None])
    return np.sqrt(2 * f.shape[-1] * (f**2).sum(-1) + 2 * f.sum(-1) ** 2)


def input_noise_loss(singular_values, std):
    """½σ²‖S̃‖²: loss that independent noise on every input adds to a network with these singular values of W2W1."""
    return std**2 * np.sum(np.square(singular_values)) / 2


def parameter_noise_loss(singular_values, lam, n_in, n_out, std, sigma_xx=1.0):
    """Loss that independent noise on every weight adds at convergence; `lam` broadcasts.

    `singular_values` are the N_h of W2W1, zeros included. N_i‖W2‖² + N_o‖W1‖² is evaluated as
    (N_i + N_o) Σ f + |λ| N_h N, a sum of what is not negative: f of `smaller_strength`, N = N_i for λ ≥ 0, else N_o.
    """
    s = checks.real("singular_values", singular_values)
    lam = checks.real("lam", lam)
    f = smaller_strength(s, lam[..., None]).sum(-1)
    first = (n_in + n_out) * f + np.abs(lam) * s.size * np.where(lam >= 0, n_in, n_out)
    return sigma_xx * (std**2 * first + std**4 * n_in * s.size * n_out) / 2


def least_noise_scale_of_mode(singular_value, n_in, n_out):
    """λ = s (N_o − N_i)/√(N_i N_o), at which noise on the weights costs one mode least; broadcasts."""
    return checks.real("singular_value", singular_value) * (n_out - n_in) / np.sqrt(n_in * n_out)


def least_noise_scale(singular_values, n_in, n_out):
    """λ at which noise on all weights costs least: Σ λ/√(λ²+4s²) = N_h (N_o − N_i)/(N_o + N_i).

    The left side grows with λ, so that the answer lies between the least and the largest of the modes' own.
    """
    from scipy.optimize import brentq  # slow to import: only who needs it pays

    s = np.atleast_1d(checks.real("singular_values", singular_values))
    if s.ndim != 1 or s.size == 0 or not np.isfinite(s).all() or (s <= 0).any():
        raise ValueError(
            f"singular_values must be at least one number, finite and larger than 0; got {singular_values!r}"
        )
    ends = least_noise_scale_of_mode(np.array([s.min(), s.max()]), n_in, n_out)

    def slope(lam):
        return np.mean(lam / np.hypot(lam, 2 * s)) - (n_out - n_in) / (n_out + n_in)

    if n_in == n_out or slope(ends[0]) * slope(ends[1]) >= 0:  # equal modes agree up to rounding
        return float(ends[0])
    return float(brentq(slope, *ends, xtol=1e-15, rtol=4 * np.finfo(float).eps))
