"""Weights of one neuron from its function and its relative scale, and what κ and δ say of the layers."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..arrays import norm
from . import units

# squares below which digits are lost
TINY = 1e-280
ADVICE = "c times w and a is c² times beta and delta: in other units it is the same problem"


class Neuron(NamedTuple):
    """Weights of one neuron f(x) = a w·x: input weights w (..., d) and readout a (...); leading axes are starts."""

    w: np.ndarray
    a: np.ndarray


class LayerSquares(NamedTuple):
    """η_a|w|² of the input weights and η_w a² of the readout, each (...)."""

    inputs: np.ndarray
    readout: np.ndarray


def kappa(beta_norm, delta, *, rates=(1.0, 1.0)):
    """κ = √(δ² + 4 η_a η_w |β|²), the shape of its broadcast arguments."""
    return np.hypot(delta, 2 * units.rates(rates).function_scale * np.asarray(beta_norm, float))


def layer_squares(beta_norm, delta, *, rates=(1.0, 1.0)):
    """`LayerSquares` (η_a|w|², η_w a²) = ((κ − δ)/2, (κ + δ)/2), the smaller as η_a η_w|β|²/larger: no digits cancel.

    At unit rates these are the squares of `observables.layer_singular_values` (W1 and W2) at λ = δ.
    """
    strength = units.rates(rates).function_scale * np.abs(np.asarray(beta_norm, float))
    delta = np.asarray(delta, float)
    larger = (np.hypot(delta, 2 * strength) + np.abs(delta)) / 2
    ratio = np.divide(
        strength, larger, out=np.zeros(np.broadcast_shapes(strength.shape, larger.shape)), where=larger > 0
    )
    smaller = strength * ratio
    return LayerSquares(
        inputs=np.where(delta >= 0, smaller, larger)[()], readout=np.where(delta >= 0, larger, smaller)[()]
    )


def neuron_start(
    beta: ArrayLike, delta: ArrayLike, *, sign: ArrayLike = 1, rates: tuple[float, float] = (1.0, 1.0)
) -> Neuron:
    """Weights (w, a) with a w = β, η_w a² − η_a|w|² = δ and sgn a = sign (Kunin et al. 2024, Section 3).

    Parameters
    ----------
    beta : (..., d) array, not zero where δ ≤ 0 (w would have no direction, or start on the saddle)
    delta : (...) array; sign : +1 or −1, (...); all broadcast
    rates : (η_w, η_a), larger than 0

    Returns
    -------
    Neuron, w (..., d) and a (...)

    Raises
    ------
    ValueError : wrong shapes or values, β = 0 at δ ≤ 0, sizes that `neuron_solution` refuses
    """
    beta, delta, layer_rates = units.vector("beta", beta), units.numbers("delta", delta), units.rates(rates)
    sign = checks.real("sign", sign)
    if not np.isin(sign, (-1.0, 1.0)).all():
        raise ValueError(f"sign must be +1 or -1, the sign of the readout a; got {sign!r}")
    units.together("beta, delta and sign", beta.shape[:-1], delta.shape, sign.shape)
    size = checks.entry(beta) * float(layer_rates.function_scale)
    limits = checks.LEAST**2, checks.MOST**2
    checks.size("√(eta_a eta_w) times the largest entry of beta", size, *limits, remedy=ADVICE)
    checks.size("the largest size of delta", checks.entry(delta), most=checks.MOST**2, remedy=ADVICE)
    length = norm(beta, axis=-1)
    if ((length == 0) & (delta <= 0)).any():
        raise ValueError("beta must not be zero where delta <= 0: w has no direction there; choose w and a yourself")
    inputs, readout = layer_squares(length, delta, rates=layer_rates)
    strength = layer_rates.function_scale * length
    w, a = layer_rates.from_unit(w=_root(inputs, readout, strength), a=_root(readout, inputs, strength))
    unit = np.divide(beta, length[..., None], out=np.zeros_like(beta), where=length[..., None] > 0)
    return Neuron(w=(sign * w)[..., None] * unit, a=(sign * a)[()])


def _root(square, other, strength):
    """√square of one layer, by that of the `other` where it is so small that its square is lost."""
    other = np.sqrt(other)
    by_other = np.divide(strength, other, out=np.zeros_like(strength + other), where=other > 0)
    return np.where(square > TINY, np.sqrt(square), by_other)
