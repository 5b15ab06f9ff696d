"""Networks that have learned the semantic hierarchy, and what is then taught to them: by descent, as figD3 does it.

Weights have a leading axis of starts. The taught item of a fine-tuning is the first one, goldfish in fig4's tree.
"""

import numpy as np

from ...linear import limits
from ...linear.descent import gradient_descent
from ...linear.observables import transpose
from ...linear.tasks import Task
from ...pipeline import semantic
from ...pipeline.common import stacked

TAUGHT = 0


def similarity(hierarchy, lams):
    """K = W1ᵀW1 at convergence at each λ, (..., P, P)."""
    n, c = hierarchy.x.shape[0], semantic.input_scale(hierarchy)
    return np.array([limits.converged_representations(hierarchy.sigma_yx, lam, n, c).input for lam in lams])


def fine_tunings(w1, w2, old):
    """By name: start and correlations of both kinds of fine-tuning; `old` are the taught item's old properties."""
    taught = np.eye(w1.shape[-1])[TAUGHT]
    new_row = np.zeros((*w2.shape[:-2], 1, w2.shape[-1]))
    yield "new_alone", new_row, np.outer([1.0], taught)
    yield "with_old", np.concatenate([w2, new_row], axis=-2), np.outer([*old, 1.0], taught)


def old_change(w1, w2, y):
    """Largest change of an old answer about any item, by the network with the old rows of W2."""
    return np.abs(w2 @ w1 - y).max((-2, -1))


def taught_correlation(n):
    """Σxx of one example: x xᵀ, of rank one."""
    sigma_xx = np.zeros((n, n))
    sigma_xx[TAUGHT, TAUGHT] = 1.0
    return sigma_xx


def learn_hierarchy(starts):
    """W1 and W2 of starts on one tree after the semantic task, and ‖W2W1 − Y‖/‖Y‖ there."""
    w1, w2 = stacked(starts, "w1", "w2")
    first, n = starts.iloc[0], w1.shape[-1]
    descent = {"learning_rate": first.learning_rate, "steps": first.n_steps, "record_at": [first.n_steps]}
    w1, w2 = gradient_descent(w1, w2, Task(first.sigma_yx, 1 / n), **descent).weights(-1)
    y = n * first.sigma_yx
    return w1, w2, np.linalg.norm(w2 @ w1 - y, axis=(-2, -1)) / np.linalg.norm(y)


def fine_tune(block, w1, w2, sigma_yx):
    """Both layers after descent on the taught item."""
    descent = {"learning_rate": block["learning_rate"], "steps": block["n_steps"], "record_at": [block["n_steps"]]}
    return gradient_descent(w1, w2, Task(sigma_yx, taught_correlation(w1.shape[-1])), **descent).weights(-1)


def readout_by_descent(block, w1, taught, targets):
    """Predictions (starts, P) of a readout trained on items `taught` (starts, k)."""
    from ...linear.readout import train_readout  # numba takes time to import: only who simulates pays

    hidden = np.take_along_axis(w1, taught[:, None, :], -1)
    rate = block["relative_rate"] / (hidden**2).sum((-2, -1))
    row = train_readout(hidden, targets, learning_rate=rate, steps=block["n_steps"])
    return (transpose(w1) @ row[..., None])[..., 0]
