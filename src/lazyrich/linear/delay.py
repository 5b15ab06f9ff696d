"""The delayed rich regime in closed form: how long a network of large λ waits before its kernel turns.

Setting (Domine et al. 2025, App. C, Theorem C.6): λ > 0, n_in = n_hidden < n_out, whitened inputs and equal singular
values, Σyx = s Ũ Ṽᵀ. W2 is large and learns first: after a time of a few 1/λ the network function is the
projection of Σyx on span W2. What is left can only be learned by turning that span towards span Ũ, at the rate

    r = √(s² + λ²/4) − λ/2  ≈  s²/λ,

the distance of the growing eigenvalues of the Riccati equation from λ/2. With θ_i the principal angles between
span W2 and span Ũ and p_i = cos²θ_i(0), turning is tan θ_i(t) = e^{−rt} tan θ_i(0), so that for t ≫ 1/λ

    L(t) = ½ s² Σ_i sin²θ_i(t) = ½ s² Σ_i (1 − p_i)/(1 − p_i + p_i e^{2rt}),
    S(t) = (1/n_hidden) Σ_i sin²(θ_i(0) − θ_i(t))        (kernel distance, W2W2ᵀ being all of the kernel),

with errors of order (s/λ)². These two laws are ours; the paper bounds the delay. λ < 0 with n_out = n_hidden < n_in
is the same with the network transposed.

Numerically: r is s²/(√(s² + λ²/4) + λ/2), whose plain form keeps no digit past λ ≈ 1e8 s; sines and cosines of the
angles are each taken from a singular value decomposition of their own, since 1 − cos² loses the small ones; and
exponentials only decay.
"""

from typing import NamedTuple

import numpy as np

from .. import checks
from ..arrays import ROUNDINGS, epsilon

# singular values that agree to this are equal, and to ROUNDINGS times the rounding of their type
EQUAL = 1e-8
# r t past which e^{−2rt} would leave the range of doubles
LATEST = 350.0


class Angles(NamedTuple):
    """Squared cosines and sines of the principal angles between span W2(0) and span Ũ, smallest angle first."""

    cos2: np.ndarray
    sin2: np.ndarray


def slow_rate(target, lam):
    """r = √(s² + λ²/4) − |λ|/2 without cancellation: the rate at which a mode is learned after the delay."""
    target, half = checks.real("target", target), np.abs(checks.real("lam", lam)) / 2
    return target / (np.hypot(target, half) + half) * target


def principal_angles(w2, sigma_yx):
    """`Angles` between the column spaces of w2 (n_out, n_hidden) and of sigma_yx (n_out, n_in), n_in = n_hidden.

    ValueError if the widths differ, w2 has not full rank, or the singular values of sigma_yx are not equal.
    """
    equal = max(EQUAL, ROUNDINGS * epsilon(sigma_yx))
    w2 = checks.matrix("w2", w2, ("n_out", "n_hidden"))
    sigma_yx = checks.matrix("sigma_yx", sigma_yx, (w2.shape[0], w2.shape[1]))
    u, s, _ = np.linalg.svd(sigma_yx, full_matrices=False)
    if s[0] == 0 or s[0] - s[-1] > equal * s[0]:
        raise ValueError(f"the law of the delay needs a task of equal singular values; got {s}")
    basis, s2, _ = np.linalg.svd(w2, full_matrices=False)
    if s2[-1] <= 1e-12 * s2[0]:
        raise ValueError(f"w2 must have full rank n_hidden = {w2.shape[1]}; its singular values are {s2}")
    within = u.T @ basis
    cosines = np.linalg.svd(within, compute_uv=False)
    sines = np.linalg.svd(basis - u @ within, compute_uv=False)[::-1]
    return Angles(np.minimum(cosines, 1) ** 2, np.minimum(sines, 1) ** 2)


def _shrinking(slow_time):
    """e^{−rt} with an axis for the angles."""
    return np.exp(-np.minimum(checks.real("slow_time", slow_time), LATEST))[..., None]


def loss_law(slow_time, angles, target=1.0):
    """L(t) of the law at `slow_time` = r t (any shape): from its plateau ½ s² Σ sin²θ_i to 0."""
    left = angles.sin2 * _shrinking(slow_time) ** 2
    return target**2 / 2 * (left / (angles.cos2 + left)).sum(-1)


def kernel_law(slow_time, angles):
    """Kernel distance of the law at `slow_time` = r t (any shape): from 0 to the mean sin²θ_i."""
    decay = _shrinking(slow_time)
    return (angles.sin2 * angles.cos2 * (1 - decay) ** 2 / (angles.cos2 + angles.sin2 * decay**2)).mean(-1)


def plateau(angles):
    """The fraction of ½‖Σyx‖² at which the loss waits: mean sin²θ_i, on average over starts 1 − n_hidden/n_out."""
    return float(angles.sin2.mean())


def delay(angles, fraction=0.5):
    """r t at which the loss has fallen to `fraction` of its plateau; inf if an angle of 90° keeps it above.

    Bisection between the times at which the smallest and the largest angle alone would be there.
    """
    fraction = checks.number("fraction", fraction, positive=True)
    if fraction >= 1 or not angles.sin2.any():
        return 0.0
    level = fraction * loss_law(0.0, angles)
    with np.errstate(divide="ignore"):  # of an angle of 90° alone: never
        alone = 0.5 * np.log((1 / fraction - angles.sin2) / angles.cos2)
    low, high = alone.min(), min(alone.max(), LATEST)
    if loss_law(high, angles) > level * (1 + 1e-12):
        return np.inf
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if loss_law(middle, angles) > level else (low, middle)
    return float(high)
