"""What the figures on inputs that are not whitened share: inputs, step sizes, and the end of training.

Gradient flow conserves W2ᵀW2 − W1W1ᵀ whatever Σxx is. So from λ-balanced weights it ends, at the least-squares map
W* = Σyx Σxx⁻¹, in the representations that Theorem 5.2 gives for W*: those of whitened inputs with Σyx = W*.
"""

import numpy as np

from ..linear.initialisation import random_rotation
from ..linear.limits import converged_representations
from ..linear.observables import kernel_distance


def input_correlation(condition, n_in, *, rng):
    """Σxx (n_in, n_in): eigenvalues in equal ratios from 1 to 1/condition, scaled to mean 1, in random directions."""
    values = np.geomspace(1.0, 1.0 / condition, n_in)
    vectors = random_rotation(n_in, rng)
    sigma_xx = (vectors * (values / values.mean())) @ vectors.T
    return (sigma_xx + sigma_xx.T) / 2


def root(sigma_xx):
    """Σxx^½, symmetric, (..., n_in, n_in)."""
    values, vectors = np.linalg.eigh(sigma_xx)
    return (vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]) @ vectors.swapaxes(-1, -2)


def rates(input_representation, output_representation, sigma_xx):
    """Rates of W2W1's error in the tangent kernel I ⊗ Σxx^½ W1ᵀW1 Σxx^½ + W2W2ᵀ ⊗ Σxx, in ascending order."""
    half = root(sigma_xx)
    inputs = half @ input_representation @ half
    kernel = np.kron(np.eye(len(output_representation)), inputs) + np.kron(output_representation, sigma_xx)
    return np.linalg.eigvalsh(kernel)


def least_and_largest_rate(weights, fitted, lam, sigma_xx):
    """The slowest rate at the end of training, and the fastest of start and end: what a descent's length and step
    must suit. `fitted` is W* (n_out, n_in).
    """
    w1, w2 = weights
    end = rates(*converged_representations(fitted, lam, len(w1)), sigma_xx)
    return end[0], max(end[-1], rates(w1.T @ w1, w2 @ w2.T, sigma_xx)[-1])


def end_distance(weights, fitted, lam, sigma_xx):
    """Kernel distance from the start to the end of training, the representations of W* = `fitted`; no bottleneck."""
    w1, w2 = weights
    inputs, outputs = converged_representations(fitted, lam, len(w1))
    return kernel_distance(w1, w2, _factor(inputs, len(w1)), _factor(outputs, len(w1)).T, sigma_xx)


def _factor(representation, n_hidden):
    """F (n_hidden, n) with FᵀF the representation, whose rank is at most n_hidden."""
    values, vectors = np.linalg.eigh(representation)
    kept = slice(max(0, values.size - n_hidden), None)
    factor = np.zeros((n_hidden, values.size))
    factor[: values[kept].size] = (vectors[:, kept] * np.sqrt(np.maximum(values[kept], 0.0))).T
    return factor


def function_departure(values, reference):
    """Largest distance over time of two functions (..., T, n_out, n_in), relative to the largest norm of the first."""
    distance = np.linalg.norm(values - reference, axis=(-2, -1)).max(-1)
    return distance / np.linalg.norm(values, axis=(-2, -1)).max(-1)


def cosine(a, b):
    """Cosine of two matrices, (...)."""
    inner = (a * b).sum((-2, -1))
    return inner / (np.linalg.norm(a, axis=(-2, -1)) * np.linalg.norm(b, axis=(-2, -1)))


def traceless(a):
    """a − (tr a / n) I, (..., n, n)."""
    n = a.shape[-1]
    return a - np.trace(a, axis1=-2, axis2=-1)[..., None, None] / n * np.eye(n)
