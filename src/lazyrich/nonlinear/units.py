"""Two-layer networks y = W2 φ(W1 x), batched over runs: gradients, tangent kernel, hidden representation.

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
    """W2 φ(W1 X), (..., n_out, P)."""
    return w2 @ ACTIVATIONS[activation](w1 @ x)[0]


def loss(w1, w2, x, y, activation):
    """‖Y − W2 φ(W1 X)‖²/(2P), (...)."""
    return ((y - outputs(w1, w2, x, activation)) ** 2).sum((-2, -1)) / (2 * x.shape[-1])


def gradients(w1, w2, x, y, activation):
    """−∂L/∂W1 and −∂L/∂W2."""
    hidden, slope = ACTIVATIONS[activation](w1 @ x)
    error = (y - w2 @ hidden) / x.shape[-1]
    return (transpose(w2) @ error * slope) @ transpose(x), error @ transpose(hidden)


def tangent_kernel(w1, w2, x, activation):
    """(..., n_out P, n_out P), outputs first: row o·P + p is output o of example p."""
    hidden, slope = ACTIVATIONS[activation](w1 @ x)
    n_out, p = w2.shape[-2], x.shape[-1]
    moved = (w2[..., :, None, :] * transpose(slope)[..., None, :, :]).reshape(*w2.shape[:-2], n_out * p, -1)
    gram = np.tile(transpose(x) @ x, (n_out, n_out))
    kernel = moved @ transpose(moved) * gram
    same = transpose(hidden) @ hidden
    for o in range(n_out):
        kernel[..., o * p : (o + 1) * p, o * p : (o + 1) * p] += same
    return kernel


def representation_alignment(w1, x, y, activation):
    """Cosine of the Gram matrices of the hidden layer and of the targets over examples, (...)."""
    hidden = ACTIVATIONS[activation](w1 @ x)[0]
    one, other = transpose(hidden) @ hidden, transpose(y) @ y
    product = (one * other).sum((-2, -1))
    return product / np.sqrt((one**2).sum((-2, -1)) * (other**2).sum((-2, -1)))
