"""Gradients, and the flow of layers that have learning rates of their own, by the weights as they are.

Nothing here knows of the rescaled weights (`layer_rates`), so that what is said of them can be measured.
"""

import numpy as np

from .flow import integrated


def gradients(w1, w2, sigma_yx):
    """−∂L/∂W of both layers, whitened inputs."""
    error = sigma_yx - w2 @ w1
    return w2.swapaxes(-2, -1) @ error, error @ w1.swapaxes(-2, -1)


def flow(w1, w2, sigma_yx, rates, times):
    """The same of the flow Ẇ1 = η1 W2ᵀE, Ẇ2 = η2 E W1ᵀ at times (T,), integrated by DOP853, one run."""
    split = w1.size

    def velocity(_, state):
        a, b = state[:split].reshape(w1.shape), state[split:].reshape(w2.shape)
        error = sigma_yx - b @ a
        return np.concatenate([rates[0] * (b.T @ error).ravel(), rates[1] * (error @ a.T).ravel()])

    states = integrated(velocity, np.concatenate([w1.ravel(), w2.ravel()]), times)
    return states[:, :split].reshape(-1, *w1.shape), states[:, split:].reshape(-1, *w2.shape)
