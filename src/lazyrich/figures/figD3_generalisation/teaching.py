"""Networks that have learned the semantic hierarchy, and what is then taught to them: by descent, as figD3 does it.

Weights have leading axes (runs, draws). The taught item of a fine-tuning is the first one, goldfish in fig4's tree.
"""

import numpy as np

from ...linear import limits
from ...linear.descent import simulate
from ...linear.observables import transpose
from ...pipeline import semantic

TAUGHT = 0


def similarity(hierarchy, lams):
    """K = W1ᵀW1 at convergence at each λ, (..., P, P)."""
    n, c = hierarchy.x.shape[0], semantic.input_scale(hierarchy)
    return np.array([limits.converged_representations(hierarchy.sigma_yx, lam, n, c).input for lam in lams])


def starts(data, run):
    """w1, w2 (draws, …) and Σyx (1, …) of a run."""
    return tuple(data.matrices(name, run.run_id, "task")[2] for name in ("w1", "w2", "sigma_yx"))


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


def learn_hierarchy(data, runs):
    """W1, W2 (runs, draws, …) after the semantic task, and ‖W2W1 − Y‖/‖Y‖ (runs, draws) there."""
    w1, w2, sigma_yx = (np.array(part) for part in zip(*(starts(data, run) for run in runs), strict=True))
    shape, n, steps = w1.shape[:2], w1.shape[-1], runs[0].n_steps
    w1, w2 = (w.reshape(-1, n, n) for w in (w1, w2))
    rate = runs[0].learning_rate
    end = simulate(w1, w2, sigma_yx[0, 0], learning_rate=rate, steps=steps, record_at=[steps], sigma_xx=1 / n)
    w1, w2 = end.weights(-1)
    y = n * sigma_yx[0, 0]
    misfit = np.linalg.norm(w2 @ w1 - y, axis=(-2, -1)) / np.linalg.norm(y)
    return w1.reshape(*shape, n, n), w2.reshape(*shape, n, n), misfit.reshape(shape)


def fine_tune(block, w1, w2, sigma_yx):
    """Both layers after descent on the taught item, (runs, draws, …)."""
    flat = (w.reshape(-1, *w.shape[-2:]) for w in (w1, w2))
    descent = {"learning_rate": block["learning_rate"], "steps": block["n_steps"], "record_at": [block["n_steps"]]}
    end = simulate(*flat, sigma_yx, sigma_xx=taught_correlation(w1.shape[-1]), **descent)
    return tuple(new.reshape(*old.shape) for new, old in zip(end.weights(-1), (w1, w2), strict=True))


def readout_by_descent(block, w1, taught, targets):
    """Predictions (runs, draws, P) of a readout trained on items `taught` (runs, draws, k)."""
    from ...linear.readout import train_readout  # numba takes time to import: only who simulates pays

    hidden = np.take_along_axis(w1, taught[..., None, :], -1)
    flat = hidden.reshape(-1, *hidden.shape[-2:])
    rate = block["relative_rate"] / (flat**2).sum((-2, -1))
    row = train_readout(flat, targets, learning_rate=rate, steps=block["n_steps"])
    return (transpose(w1) @ row.reshape(*w1.shape[:2], -1, 1))[..., 0]
