"""Gradient descent and gradient flow whose layers have learning rates of their own, by the weights as they are.

Nothing here knows of the rescaled weights (`layer_rates`), so that what is said of them can be measured.
"""

import numpy as np

from .flow import integrated
from .recursion import recorded


def descend(w1, w2, sigma_yx, rates, record_at):
    """Weights (..., K, n_hidden, n_in), (..., K, n_out, n_hidden) at the recorded steps, ascending.

    W1 ← W1 + η1 W2ᵀE, W2 ← W2 + η2 E W1ᵀ with E = Σyx − W2W1; leading axes are runs.
    """
    eta1, eta2 = rates

    def step(w1, w2):
        error = sigma_yx - w2 @ w1
        return w1 + eta1 * (w2.swapaxes(-2, -1) @ error), w2 + eta2 * (error @ w1.swapaxes(-2, -1))

    out1, out2 = recorded(step, (w1, w2), record_at)
    out1, out2 = np.stack(out1, -3), np.stack(out2, -3)
    if not (np.isfinite(out1).all() and np.isfinite(out2).all()):
        raise ValueError(f"gradient descent diverged at learning rates η1 = {eta1:g}, η2 = {eta2:g}: lower them")
    return out1, out2


def flow(w1, w2, sigma_yx, rates, times):
    """The same of the flow Ẇ1 = η1 W2ᵀE, Ẇ2 = η2 E W1ᵀ at times (T,), integrated by DOP853, one run."""
    split = w1.size

    def velocity(_, state):
        a, b = state[:split].reshape(w1.shape), state[split:].reshape(w2.shape)
        error = sigma_yx - b @ a
        return np.concatenate([rates[0] * (b.T @ error).ravel(), rates[1] * (error @ a.T).ravel()])

    states = integrated(velocity, np.concatenate([w1.ravel(), w2.ravel()]), times)
    return states[:, :split].reshape(-1, *w1.shape), states[:, split:].reshape(-1, *w2.shape)
