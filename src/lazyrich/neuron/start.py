"""Weights of one neuron from its function and its relative scale, and what κ and δ say of the layers."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from . import units


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
    ValueError : wrong shapes or values, β = 0 at δ ≤ 0
    """
    beta, delta, layer_rates = units.vector("beta", beta), units.numbers("delta", delta), units.rates(rates)
    sign = checks.real("sign", sign)
    if not np.isin(sign, (-1.0, 1.0)).all():
        raise ValueError(f"sign must be +1 or -1, the sign of the readout a; got {sign!r}")
    norm = np.linalg.norm(beta, axis=-1)
    if ((norm == 0) & (delta <= 0)).any():
        raise ValueError("beta must not be zero where delta <= 0: w has no direction there; choose w and a yourself")
    squares = layer_squares(norm, delta, rates=layer_rates)
    length, size = layer_rates.from_unit(w=np.sqrt(squares.inputs), a=np.sqrt(squares.readout))
    unit = np.divide(beta, norm[..., None], out=np.zeros_like(beta), where=norm[..., None] > 0)
    return Neuron(w=(sign * length)[..., None] * unit, a=(sign * size)[()])
