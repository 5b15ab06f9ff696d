"""Weights of one neuron from its function and its relative scale, and what κ and δ say of the layers."""

import numpy as np

from .. import checks
from . import units


def kappa(beta_norm, delta, rates=(1.0, 1.0)):
    """κ = √(δ² + 4 η_a η_w |β|²), the shape of its broadcast arguments."""
    return np.hypot(delta, 2 * units.rates(rates).function_scale * np.asarray(beta_norm, float))


def layer_squares(beta_norm, delta, rates=(1.0, 1.0)):
    """(η_w a², η_a|w|²) = ((κ + δ)/2, (κ − δ)/2), the smaller as η_a η_w|β|²/larger: no digits cancel.

    At unit rates these are the squares of `observables.layer_singular_values` (W2 and W1) at λ = δ.
    """
    strength = units.rates(rates).function_scale * np.abs(np.asarray(beta_norm, float))
    delta = np.asarray(delta, float)
    larger = (np.hypot(delta, 2 * strength) + np.abs(delta)) / 2
    ratio = np.divide(
        strength, larger, out=np.zeros(np.broadcast_shapes(strength.shape, larger.shape)), where=larger > 0
    )
    smaller = strength * ratio
    return np.where(delta >= 0, larger, smaller)[()], np.where(delta >= 0, smaller, larger)[()]


def neuron_start(beta, delta, sign=1, rates=(1.0, 1.0)):
    """Weights (a, w) with a w = β, η_w a² − η_a|w|² = δ and sgn a = sign (Kunin et al. 2024, Section 3).

    Parameters
    ----------
    beta : (..., d) array, not zero where δ ≤ 0 (w would have no direction, or start on the saddle)
    delta : (...) array; sign : +1 or −1, (...); all broadcast
    rates : (η_a, η_w), larger than 0

    Returns
    -------
    a (...), w (..., d)

    Raises
    ------
    ValueError : wrong shapes or values, β = 0 at δ ≤ 0
    """
    beta, delta, layer_rates = units.vector("beta", beta), units.numbers("delta", delta), units.rates(rates)
    sign = checks.real("sign", sign)
    if not np.isin(sign, (-1.0, 1.0)).all():
        raise ValueError(f"sign must be +1 or -1, the sign of the readout a; got {sign!r}")
    norm = np.linalg.norm(beta, axis=-1)
    if ((norm == 0) & (delta <= 0)).any():
        raise ValueError("beta must not be zero where delta <= 0: w has no direction there; choose a and w yourself")
    a_squared, w_squared = layer_squares(norm, delta, layer_rates)
    a, length = layer_rates.from_unit(np.sqrt(a_squared), np.sqrt(w_squared))
    a = sign * a
    unit = np.divide(beta, norm[..., None], out=np.zeros_like(beta), where=norm[..., None] > 0)
    return a[()], (sign * length)[..., None] * unit
