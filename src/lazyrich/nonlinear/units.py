"""Two-layer networks y = W2 φ(W1 x), batched over runs: gradients, tangent kernel, hidden representation.

Rows are examples, as in all nonlinear networks here; W1 is (n_hidden, n_in) and W2 (n_out, n_hidden).

With φ the identity this is the network of the exact solution. A homogeneous φ (ReLU) keeps the diagonal of
W2ᵀW2 − W1W1ᵀ under gradient flow, one number a neuron (Kunin et al. 2024, Section 5), hence λ* = tr(…)/N_h too; what
stands off the diagonal is kept by the identity alone. tanh keeps neither.
"""

import numpy as np

from ..linear.observables import transpose


def _tanh(z):
    value = np.tanh(z)
    return value, 1 - value**2


# name -> z ↦ (φ(z), φ'(z)); φ'(0) = 0 for the ReLU
ACTIVATIONS = {
    "linear": lambda z: (z, np.ones_like(z)),
    "tanh": _tanh,
    "relu": lambda z: (np.maximum(z, 0.0), (z > 0).astype(float)),
}


def outputs(w1, w2, x, activation):
    """φ(X W1ᵀ) W2ᵀ, (..., P, n_out), of inputs x (..., P, n_in)."""
    return ACTIVATIONS[activation](x @ transpose(w1))[0] @ transpose(w2)


def loss(w1, w2, x, y, activation):
    """‖Y − φ(X W1ᵀ) W2ᵀ‖²/(2P), (...), for targets y (..., P, n_out)."""
    return ((y - outputs(w1, w2, x, activation)) ** 2).sum((-2, -1)) / (2 * x.shape[-2])


def gradients(w1, w2, x, y, activation):
    """−∂L/∂W1 and −∂L/∂W2."""
    hidden, slope = ACTIVATIONS[activation](x @ transpose(w1))
    error = (y - hidden @ transpose(w2)) / x.shape[-2]
    return transpose(error @ w2 * slope) @ x, transpose(error) @ hidden


def tangent_kernel(w1, w2, x, activation):
    """(..., n_out P, n_out P), outputs first: row o·P + p is output o of example p."""
    hidden, slope = ACTIVATIONS[activation](x @ transpose(w1))
    n_out, p = w2.shape[-2], x.shape[-2]
    moved = (w2[..., :, None, :] * slope[..., None, :, :]).reshape(*w2.shape[:-2], n_out * p, -1)
    kernel = moved @ transpose(moved) * np.tile(x @ transpose(x), (n_out, n_out))
    same = hidden @ transpose(hidden)
    for o in range(n_out):
        kernel[..., o * p : (o + 1) * p, o * p : (o + 1) * p] += same
    return kernel


def representation_alignment(w1, x, y, activation):
    """Cosine of the Gram matrices of the hidden layer and of the targets over examples, (...)."""
    hidden = ACTIVATIONS[activation](x @ transpose(w1))[0]
    one, other = hidden @ transpose(hidden), y @ transpose(y)
    product = (one * other).sum((-2, -1))
    return product / np.sqrt((one**2).sum((-2, -1)) * (other**2).sum((-2, -1)))
