"""Deep linear networks of square layers: balanced starts, gradient descent, gradient flow, tangent kernel.

Weights are one array (..., L, N, N), the first layer first. Nothing here knows of `deep.modes` but the start.
"""

import numpy as np

from ..linear.flow import integrated
from ..linear.initialisation import random_rotation
from .modes import layer_squares


def balanced_weights(u, singular_values, vt, lams, *, rng):
    """Weights (L, N, N) of product Σ_α s_α u_α v_αᵀ with W_{l+1}ᵀW_{l+1} − W_lW_lᵀ = λ_l I; hidden directions random.

    u, vt : (N, N) orthogonal; singular_values : (N,), larger than 0; lams : (L − 1,)
    """
    shares = np.sqrt(layer_squares(singular_values, lams))  # (N, L)
    n_layers = shares.shape[1]
    bases = [vt.T, *(random_rotation(len(u), rng) for _ in range(n_layers - 1)), u]
    return np.stack([(bases[k + 1] * shares[:, k]) @ bases[k].T for k in range(n_layers)])


def partial_products(weights):
    """(W_l … W_1 for l = 0 … L − 1, W_L … W_{l+1} for l = 1 … L): what stands before and behind each layer."""
    n_layers, n = weights.shape[-3], weights.shape[-1]
    before = [np.broadcast_to(np.eye(n), (*weights.shape[:-3], n, n))]
    behind = list(before)
    for k in range(n_layers - 1):
        before.append(weights[..., k, :, :] @ before[-1])
        behind.append(behind[-1] @ weights[..., n_layers - 1 - k, :, :])
    return before, behind[::-1]


def network_function(weights):
    """W_L … W_1, (..., N, N)."""
    before, _ = partial_products(weights)
    return weights[..., -1, :, :] @ before[-1]


def gradient(weights, sigma_yx):
    """−∂L/∂W of every layer, (..., L, N, N), for L = ½‖Σyx − W_L … W_1‖² (whitened inputs)."""
    before, behind = partial_products(weights)
    error = sigma_yx - weights[..., -1, :, :] @ before[-1]
    parts = [b.swapaxes(-2, -1) @ error @ f.swapaxes(-2, -1) for f, b in zip(before, behind, strict=True)]
    return np.stack(parts, -3)


def flow(weights, sigma_yx, times):
    """Gradient flow of one network at times (T,), integrated by DOP853: (T, L, N, N)."""

    def velocity(_, state):
        return gradient(state.reshape(weights.shape), sigma_yx).ravel()

    return integrated(velocity, weights.ravel(), times).reshape(-1, *weights.shape)


def balance(weights):
    """W_{l+1}ᵀW_{l+1} − W_lW_lᵀ of neighbours, (..., L − 1, N, N), which gradient flow keeps."""
    lower, upper = weights[..., :-1, :, :], weights[..., 1:, :, :]
    return upper.swapaxes(-2, -1) @ upper - lower @ lower.swapaxes(-2, -1)


def tangent_kernel(weights):
    """Σ_l (W_L … W_{l+1})(…)ᵀ ⊗ (W_{l−1} … W_1)ᵀ(…), (..., N², N²), for the inputs X = I."""
    before, behind = partial_products(weights)
    n = weights.shape[-1]
    total = 0.0
    for f, b in zip(before, behind, strict=True):
        outer, inner = b @ b.swapaxes(-2, -1), f.swapaxes(-2, -1) @ f
        total = total + np.einsum("...ab,...cd->...acbd", outer, inner).reshape(*outer.shape[:-2], n * n, n * n)
    return total
