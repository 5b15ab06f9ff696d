"""Layers with learning rates of their own are layers with one rate, in other units of the weights (derived here).

The flow Ẇ1 = η1 W2ᵀE, Ẇ2 = η2 E W1ᵀ with E = Σyx − W2W1Σxx conserves W2ᵀW2/η2 − W1W1ᵀ/η1. In

    Ŵ1 = W1/r,    Ŵ2 = r W2,    r = (η1/η2)^¼,

the function Ŵ2Ŵ1 = W2W1 is the same, both layers have the rate √(η1η2), and the conserved quantity is
√(η1η2) (W2ᵀW2/η2 − W1W1ᵀ/η1) = Ŵ2ᵀŴ2 − Ŵ1Ŵ1ᵀ: λ̂-balanced where it is λ̂I. A gradient step maps the same way, and
the tangent kernel with these rates is √(η1η2) times that of (Ŵ1, Ŵ2). For one hidden neuron and W2 = a, W1 = wᵀ,
λ̂ = δ/√(η_a η_w) with the δ = η_w a² − η_a|w|² of Kunin et al. 2024 (Section 3; η1 = η_w, η2 = η_a).
"""

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from .initialisation import Weights


def _pair(rates):
    try:
        eta1, eta2 = rates
    except (TypeError, ValueError):
        raise ValueError(f"rates must be the pair (eta1, eta2) of W1 and W2; got {rates!r}") from None
    return checks.number("eta1", eta1, positive=True), checks.number("eta2", eta2, positive=True)


def common_rate(rates):
    """√(η1η2): by how much the time of the rescaled weights runs faster than that of the flow."""
    eta1, eta2 = _pair(rates)
    return np.sqrt(eta1) * np.sqrt(eta2)


def to_equal_rates(w1: ArrayLike, w2: ArrayLike, rates: tuple[float, float]) -> Weights:
    """(Ŵ1, Ŵ2), the start at one rate √(η1η2) that has the same function at all times.

    Parameters
    ----------
    w1, w2 : (..., n_hidden, n_in), (..., n_out, n_hidden) arrays
    rates : (η1, η2), larger than 0

    Returns
    -------
    Weights; ValueError : wrong shapes or values
    """
    w1, w2 = checks.weights(w1, w2, batch=True)
    eta1, eta2 = _pair(rates)
    r = eta1**0.25 / eta2**0.25
    size = max(checks.entry(w1) / r, checks.entry(w2) * r)
    checks.size("the largest entry of the weights at one rate", size, most=checks.FAR, remedy=checks.ADVICE)
    return Weights(w1 / r, r * w2)


def from_equal_rates(w1: ArrayLike, w2: ArrayLike, rates: tuple[float, float]) -> Weights:
    """(W1, W2) of the network whose layers learn at (η1, η2), from (Ŵ1, Ŵ2): the inverse of `to_equal_rates`."""
    eta1, eta2 = _pair(rates)
    return to_equal_rates(w1, w2, (eta2, eta1))
