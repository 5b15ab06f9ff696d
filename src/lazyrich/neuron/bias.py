"""Which of the functions that fit the data a neuron learns, for any XᵀX.

The paper (Kunin et al. 2024, Theorem 3.2, unit rates) has it as a minimiser: of the functions that fit,
β(∞) minimises Ψ_δ(β) − ψ_δ(β₀) β₀·β/|β₀|,

    Ψ_δ(β) = (κ − 2δ)√(κ + δ)/3,    ∇Ψ_δ = √(η_a η_w) √(κ − δ) β/|β|,    ψ_δ = √(√(δ² + 4|β₀|²) − δ),

provided that a keeps its sign. Where it changes, the linear term is −σ √(2η_a) √(η_a η_w) w(0)·β with σ = sgn a(∞)
(derived here), which is the same where σ = sgn a(0).

The minimiser is closed for every X (derived here; the minimiser and long flows are in the tests): what of w is
outside the row space of X never moves, and inside a w = β*, the least-squares function of least norm. At unit rates
|w|² = |w_⊥|² + |β*|²/a² and a² − |w|² = δ give

    a(∞)² = χ + √(χ² + |β*|²),    χ = (|w_⊥|² + δ)/2,    β(∞) = β* + a(∞) w_⊥.
"""

import numpy as np

from ..arrays import norm
from . import units
from .basins import final_sign
from .start import kappa, layer_squares


def potential(beta_norm, delta, *, rates=(1.0, 1.0)):
    """Ψ_δ = (κ − 2δ)√(κ + δ)/3 at |β|, the shape of its broadcast arguments."""
    upper = layer_squares(beta_norm, delta, rates=rates).readout  # (κ + δ)/2
    return (kappa(beta_norm, delta, rates=rates) - 2 * np.asarray(delta, float)) * np.sqrt(2 * upper) / 3


def potential_slope(beta_norm, delta, *, rates=(1.0, 1.0)):
    """dΨ_δ/d|β| = √(η_a η_w) √(κ − δ); at |β₀| and unit rates it is the paper's ψ_δ."""
    lower = layer_squares(beta_norm, delta, rates=rates).inputs  # (κ − δ)/2
    return units.rates(rates).function_scale * np.sqrt(2 * lower)


def potential_gradient(beta, delta, *, rates=(1.0, 1.0)):
    """∇Ψ_δ = √(η_a η_w) √(κ − δ) β/|β|, (..., d); 0 at β = 0."""
    beta = units.vector("beta", beta)
    norm = np.linalg.norm(beta, axis=-1)
    slope = potential_slope(norm, delta, rates=rates)
    return slope[..., None] * np.divide(beta, norm[..., None], out=np.zeros_like(beta), where=norm[..., None] > 0)


def linear_coefficient(w, sign, *, rates=(1.0, 1.0)):
    """σ √(2η_a) √(η_a η_w) w(0), (..., d): ∇Ψ_δ(β(∞)) minus this lies in the row space of X."""
    layer_rates = units.rates(rates)
    return (
        np.asarray(sign)[..., None] * np.sqrt(2 * layer_rates.eta_a) * layer_rates.function_scale * np.asarray(w, float)
    )


def learned_function(w, a, xty, *, xtx=None, rates=(1.0, 1.0), sign=None, delta=None):
    """β(∞) of the flow from (w, a), (..., d): the minimiser of the potential among the functions that fit.

    Parameters
    ----------
    w : (..., d), a : (...), xty : (..., d) arrays, xtx and rates as of `neuron_solution`; any xtx
    sign : sgn a(∞), ±1, (...) array; None takes it from `basins.final_sign`, which knows it where δ ≥ 0 or XᵀX is a
        multiple of a projector (a single example is)
    delta : as of `neuron_solution`

    Returns
    -------
    β(∞) (..., d); 0 where the start is on the separating surface (sign 0), whose saddle is a = 0

    Raises
    ------
    ValueError : wrong shapes or values, or a sign that is not known in closed form
    """
    if sign is None:
        sign = final_sign(w, a, xty, xtx=xtx, rates=rates, delta=delta)
    w, a, data, layer_rates = units.problem(w, a, xty, xtx, rates)
    delta = units.delta_of(w, a, layer_rates, delta)
    _, outside = data.project(layer_rates.to_unit(w, a)[0])
    target = data.target
    strength = layer_rates.function_scale * norm(target, axis=-1)
    readout = np.sqrt(layer_squares(strength, (outside**2).sum(-1) + delta).readout)
    sign = np.asarray(sign, float)
    beta = np.abs(sign)[..., None] * target + (sign * readout / layer_rates.function_scale)[..., None] * outside
    return beta


def nearest_fit(beta, xty, *, xtx=None):
    """δ → +∞: the function that fits nearest to β(0), (..., d)."""
    beta = units.vector("beta", beta)
    data = units.data(xty, xtx, beta.shape[-1])
    return data.target + data.project(beta)[1]


def scaled_fit(beta, xty, *, xtx=None):
    """δ → −∞: β(0) scaled until it fits, (..., d). Single examples: XᵀX of rank one.

    ValueError for another rank, or where β(0) does not point towards the target.
    """
    beta = units.vector("beta", beta)
    data = units.data(xty, xtx, beta.shape[-1])
    if data.seen.sum() != 1:
        raise ValueError("xtx must have rank one: no multiple of beta fits more than one example")
    overlap = (data.target * beta).sum(-1)
    if (overlap <= 0).any():
        raise ValueError("beta must have a positive overlap with the target; downstream, scaling it fits nothing else")
    return beta * ((data.target**2).sum(-1) / overlap)[..., None]
