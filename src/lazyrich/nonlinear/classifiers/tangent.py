"""Tangent kernel of deep ReLU networks, and how far parameters and activations are from those of another network.

Networks as in `network`, factors all 1; weights (..., fan_in, fan_out), inputs (n, d) or (..., n, d).
"""

import numpy as np

from . import network


def kernel(weights, inputs):
    """K_ij = Σ_c Σ_l ∂f_c(x_i)/∂W_l · ∂f_c(x_j)/∂W_l, summed over outputs c and layers l, (..., n, n).

    ∂f_c(x)/∂W_l = z_{l−1} ⊗ d_l^c, so that K = Σ_l (z_{l−1} z_{l−1}ᵀ) ∘ Σ_c d_l^c d_l^cᵀ, where d_L^c is the
    unit vector e_c and d_{l−1}^c = (W_l d_l^c) ∘ σ'(z_{l−1}).
    """
    activities, outputs = network.forward(weights, inputs)
    *nets, n, n_out = outputs.shape
    slopes = np.broadcast_to(np.eye(n_out, dtype=outputs.dtype), (*nets, n, n_out, n_out))  # (..., n, c, fan_out)
    total = 0.0
    for w, z in zip(reversed(weights), reversed(activities), strict=True):
        rows = slopes.reshape(*nets, n, -1)
        total = total + (z @ np.swapaxes(z, -1, -2)) * (rows @ np.swapaxes(rows, -1, -2))
        if z is not inputs:
            flat = slopes.reshape(*nets, n * n_out, -1) @ np.swapaxes(w, -1, -2)
            slopes = flat.reshape(*nets, n, n_out, -1) * (z > 0)[..., None, :]
    return total


def patterns(weights, inputs):
    """Which hidden neurons are switched on for which input, layer by layer, [(..., n, h)]."""
    return [z > 0 for z in network.forward(weights, inputs)[0][1:]]


def hamming_distance(some, other):
    """Fraction of (input, neuron) pairs that differ between two `patterns`, mean over layers, (...)."""
    return np.mean([(a != b).mean((-1, -2)) for a, b in zip(some, other, strict=True)], axis=0)


def parameter_distance(weights, other):
    """|θ − θ'| over all layers, (...)."""
    return np.sqrt(sum(((w - v) ** 2).sum((-1, -2)) for w, v in zip(weights, other, strict=True)))
