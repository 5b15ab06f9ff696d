"""The rich limit of deep linear networks with one output: what more layers do to the function that is learned.

With L + 1 layers, balanced and of rank one (δ → 0), β̇ = −|β|^{2L/(L+1)} (I + L b bᵀ) g, g = Xᵀ(Xβ − y), b = β/|β|, a
mirror flow in warped time (Kunin et al. 2024, Theorem B.6): of the functions that fit, β(∞) minimises

    Q(β) = (L+1)/(L+2) |β|^{(L+2)/(L+1)} − |β₀|^{−L/(L+1)} β₀·β,

as long as β does not pass through zero. Since ∇Q is |β|^{−L/(L+1)} β − const, the part of β outside the row space of
X keeps its direction, and its size solves one monotone equation (derived here). L = 1 is the neuron at δ = 0.
"""

import numpy as np

from .. import checks
from . import units


def potential(beta, beta_start, hidden_layers):
    """Q(β) for β (..., d), L = hidden_layers ≥ 1."""
    beta, start = units.vector("beta", beta), units.vector("beta_start", beta_start)
    layers = checks.count("hidden_layers", hidden_layers)
    power = layers / (layers + 1)
    size = np.linalg.norm(beta, axis=-1)
    pull = np.linalg.norm(start, axis=-1) ** -power * (start * beta).sum(-1)
    return (layers + 1) / (layers + 2) * size ** (2 - power) - pull


def velocity(beta, gradient, hidden_layers):
    """β̇ = −|β|^{2L/(L+1)} (g + L b (b·g)), (..., d); β must not be zero."""
    layers = checks.count("hidden_layers", hidden_layers)
    norm = np.linalg.norm(beta, axis=-1, keepdims=True)
    direction = beta / norm
    along = (direction * gradient).sum(-1, keepdims=True)
    return -(norm ** (2 * layers / (layers + 1))) * (gradient + layers * along * direction)


def learned_function(beta_start, xty, xtx, hidden_layers):
    """β(∞) (d,) from β₀ (d,) in the rich limit; ValueError for a zero start or target."""
    from scipy.optimize import brentq  # slow to import: only who needs it pays

    start = units.vector("beta_start", beta_start)
    layers = checks.count("hidden_layers", hidden_layers)
    data = units.data(xty, xtx, start.shape[-1])
    size, c = np.linalg.norm(start), np.linalg.norm(data.target)
    if start.ndim != 1 or size == 0 or c == 0:
        raise ValueError("beta_start and xty must be single vectors that are not zero")
    power = layers / (layers + 1)
    outside = data.project(start)[1]
    k = np.linalg.norm(outside)
    if k == 0:
        return data.target
    # α (c² + α²)^{−L/(2(L+1))} = k |β₀|^{−L/(L+1)}; in y = α/c the left side is c^{1/(L+1)} y (1 + y²)^{−L/(2(L+1))}
    right = np.log(k) - power * np.log(size) - (1 - power) * np.log(c)

    def excess(log_y):
        return log_y - power / 2 * np.logaddexp(0.0, 2 * log_y) - right

    # between the slopes 1 (small y) and 1/(L+1) (large y)
    low, high = min(right, 0.0) - 1, max(right, 0.0) * (layers + 1) + power * np.log(2) * (layers + 1) + 1
    log_y = brentq(excess, low, high, xtol=1e-15, rtol=8.9e-16)
    return data.target + c * np.exp(log_y) * outside / k
