"""A two-layer ReLU network f(x) = Σ a_k max(w_k·x, 0): starts, outputs, tangent kernel, and distances from the start.

Arrays: w (..., h, d), a (..., h), inputs (n, d). σ'(0) = 0.
"""

import numpy as np


def on_the_sphere(rng, n, d):
    """n directions, uniform on the unit sphere in d dimensions, (n, d)."""
    x = rng.standard_normal((n, d))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def symmetrised(directions, signs):
    """(w, a): each neuron once more with the sign of its readout turned, so that the network is zero."""
    return np.concatenate([directions, directions], axis=-2), np.concatenate([signs, -signs], axis=-1)


def outputs(w, a, inputs):
    """f of every input, (..., n)."""
    return np.matmul(a[..., None, :], np.maximum(w @ inputs.T, 0))[..., 0, :]


def tangent_kernel(w, a, inputs):
    """K = ZᵀZ + (X Xᵀ)∘(GᵀG), Z = max(W Xᵀ, 0), G = a∘σ'(W Xᵀ), (..., n, n) (Kunin et al. 2024, Section 5)."""
    z = w @ inputs.T
    gains = (z > 0) * a[..., None]
    z = np.maximum(z, 0)
    return np.swapaxes(z, -1, -2) @ z + (inputs @ inputs.T) * (np.swapaxes(gains, -1, -2) @ gains)


def hamming_distance(w, other, inputs):
    """Fraction of the inputs on which a neuron is switched on in one network and off in the other, mean over neurons.

    The paper adds up over the h neurons: h times this.
    """
    return ((w @ inputs.T > 0) != (other @ inputs.T > 0)).mean((-1, -2))


def parameter_distance(w, a, other_w, other_a):
    """|θ − θ'|, (...)."""
    return np.sqrt(((w - other_w) ** 2).sum((-1, -2)) + ((a - other_a) ** 2).sum(-1))
