"""What a neuron does at the ends of the scale: δ → ±∞ and δ = 0 from small weights (XᵀX = I).

Kunin et al. 2024, Section 3 and Appendix A; the errors at finite δ, measured here, fall as δ⁻². That of the fast
downstream phase grows with |δ|t, since the direction does turn: it is small for |δ|t ≪ δ²/|β*|².
Functions are of β (..., d) over the times (T,) and give (..., T, d); rates as in `units`.
"""

import numpy as np

from .. import checks
from . import units


def upstream_function(times, beta, target, delta):
    """δ → +∞: β = β* + (β(0) − β*) e^{−δt}, (..., T, d): a straight line, in time 1/δ (lazy)."""
    times, beta, target, delta = _arguments(times, beta, target, delta)
    fall = np.exp(-delta[..., None, None] * times[:, None])
    return target[..., None, :] + (beta - target)[..., None, :] * fall


def downstream_function(times, beta, target, delta):
    """δ → −∞, fast phase: β fits within its direction b₀ = β(0)/|β(0)|, (..., T, d), in time 1/|δ|.

    β = b₀ [(b₀·β*)(1 − e^{−|δ|t}) + |β(0)| e^{−|δ|t}]. ValueError where β(0) = 0.
    """
    times, beta, target, delta = _arguments(times, beta, target, delta)
    norm = np.linalg.norm(beta, axis=-1)
    if (norm == 0).any():
        raise ValueError("beta must not be zero: downstream its direction is what learns")
    direction = beta / norm[..., None]
    fall = np.exp(-np.abs(delta)[..., None] * times)
    overlap = (direction * target).sum(-1)
    return direction[..., None, :] * (overlap[..., None] * (1 - fall) + norm[..., None] * fall)[..., None]


def downstream_alignment(times, phi, target_norm, delta, *, rates=(1.0, 1.0)):
    """δ → −∞, slow phase: φ(t) of φ̇ = (η_a η_w|β*|²/|δ|) φ(1 − φ²), broadcast: delayed rich, in time |δ|."""
    p = units.rates(rates).product
    phi = units.numbers("phi", phi)
    exponent = p * np.asarray(target_norm, float) ** 2 * np.asarray(times, float) / np.abs(delta)
    # φ/√(φ² + (1 − φ²) e^{−2x})
    return phi / np.sqrt(phi**2 + (1 - phi) * (1 + phi) * np.exp(-2 * exponent))


def balanced_alignment(times, phi, target_norm, *, rates=(1.0, 1.0), sign=1):
    """δ = 0: φ(t) = sgn(a) tanh(√(η_a η_w)|β*| t + artanh(sgn(a) φ(0))), at every size of the weights."""
    x = units.rates(rates).function_scale * np.asarray(target_norm, float) * np.asarray(times, float)
    grown, phi = np.expm1(2 * x), sign * units.numbers("phi", phi)
    # tanh(x + artanh φ) = (φ + tanh x)/(1 + φ tanh x)
    return sign * np.where(np.abs(phi) == 1, phi, (2 * phi + grown * (1 + phi)) / (2 + grown * (1 + phi)))


def balanced_magnitude(times, mu, target_norm, *, rates=(1.0, 1.0)):
    """δ = 0 once aligned: μ(t) of μ̇ = 2√(η_a η_w)|μ|(±|β*| − μ) with the sign of μ, a sigmoid, broadcast."""
    mu, s = units.numbers("mu", mu), np.asarray(target_norm, float)
    fall = np.exp(-2 * units.rates(rates).function_scale * s * np.asarray(times, float))
    return mu * s / (np.abs(mu) + (s - np.abs(mu)) * fall)


def tangent_operator(beta, delta):
    """M at δ → +∞, δ I, and at δ → −∞, |δ| b bᵀ with b = β/|β|, (..., d, d); ValueError at δ = 0."""
    beta, delta = units.vector("beta", beta), checks.number("delta", delta)
    if delta == 0:
        raise ValueError("delta must not be zero: M has no limit to take there")
    if delta > 0:
        return np.broadcast_to(delta * np.eye(beta.shape[-1]), (*beta.shape, beta.shape[-1]))
    direction = beta / np.linalg.norm(beta, axis=-1, keepdims=True)
    return -delta * direction[..., :, None] * direction[..., None, :]


def _arguments(times, beta, target, delta):
    beta = units.vector("beta", beta)
    return checks.times(times), beta, units.vector("target", target, beta.shape[-1]), units.numbers("delta", delta)
