"""Stochastic gradient descent with momentum, and AdamW, of B networks side by side; learning-rate schedules.

A learning rate is a number, or (B,): one a network. Weights are changed in place.
"""

import math

import numpy as np


def cosine(rate, k, n):
    """Learning rate of step or epoch k of n: from `rate` to 0 along half a cosine, then 0."""
    return rate * (1 + math.cos(math.pi * min(k / n, 1))) / 2


def warm_up(rate, k, n, start):
    """Learning rate of step k: linear from `start`·rate at k = 0 to `rate` at k = n, and from there."""
    return rate * (start + (1 - start) * min(k / n, 1))


def _shaped(rate, w):
    """A rate a network, (B,), as it multiplies the weights w (B, …)."""
    rate = np.asarray(rate, w.dtype)
    return rate.reshape(rate.shape + (1,) * (w.ndim - 1)) if rate.ndim else rate


class Momentum:
    """v ← μ v + g, w ← w − η v, from v = 0. μ = 0 is plain descent."""

    def __init__(self, weights, momentum=0.0):
        self._momentum = momentum
        self._velocity = [np.zeros_like(w) for w in weights]

    def step(self, weights, gradients, rate):
        for w, g, v in zip(weights, gradients, self._velocity, strict=True):
            v *= self._momentum
            v += g
            w -= _shaped(rate, w) * v

    def keep(self, which):
        """Go on with these of the B networks: what numpy takes along the first axis."""
        self._velocity = [v[which] for v in self._velocity]


class AdamW:
    """m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w ← (1 − η decay) w − η m̂/(√v̂ + ε).

    m̂ = m/(1 − β₁ᵏ) and v̂ = v/(1 − β₂ᵏ) at step k; weight decay is apart from the gradient (Loshchilov & Hutter 2019).
    """

    def __init__(self, weights, betas=(0.9, 0.999), decay=0.01, epsilon=1e-8):
        self._betas, self._decay, self._epsilon, self._k = betas, decay, epsilon, 0
        self._m = [np.zeros_like(w) for w in weights]
        self._v = [np.zeros_like(w) for w in weights]

    def step(self, weights, gradients, rate):
        self._k += 1
        first, second = self._betas
        correction, unbias = 1 - first**self._k, 1 / math.sqrt(1 - second**self._k)
        for w, g, m, v in zip(weights, gradients, self._m, self._v, strict=True):
            m *= first
            m += (1 - first) * g
            v *= second
            v += (1 - second) * g * g
            size = np.sqrt(v)
            size *= unbias
            size += self._epsilon
            np.divide(m, size, out=size)
            shaped = _shaped(rate, w)
            size *= shaped / correction
            w *= 1 - shaped * self._decay
            w -= size

    def keep(self, which):
        """Go on with these of the B networks: what numpy takes along the first axis."""
        self._m, self._v = ([x[which] for x in xs] for xs in (self._m, self._v))
