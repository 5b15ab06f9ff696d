"""Gradient descent of one readout row on a fixed representation, compiled and batched over runs.

With hidden activity H (n_hidden, k) of the taught items and targets y (k,), the loss is ½‖y − wH‖², the start w = 0
and a step w ← w + η (y − wH)Hᵀ.
"""

import numpy as np

from .. import checks
from .compiled import compiled
from .descent import BEYOND


def train_readout(hidden, targets, *, learning_rate, steps):
    """Readout rows after training from 0.

    Parameters
    ----------
    hidden : (runs, n_hidden, k) array, hidden activity of the taught items
    targets : (runs, k) array
    learning_rate : η, a number or one a run; stable below 2/σ_max(H)²
    steps : number of steps

    Returns
    -------
    (runs, n_hidden) array; ValueError for wrong values, or where descent diverges
    """
    hidden = checks.matrix("hidden", hidden, batch=True)
    if hidden.ndim != 3:
        raise ValueError(f"hidden must have the axes (runs, n_hidden, k); got shape {hidden.shape}")
    runs, _, n_taught = hidden.shape
    targets = _spread("targets", checks.real("targets", targets), (runs, n_taught))
    if not np.isfinite(targets).all():
        raise ValueError("targets holds NaN or infinity; every target must be finite")
    rate = _spread("learning_rate", checks.real("learning_rate", learning_rate), (runs,))
    if not (np.isfinite(rate).all() and (rate > 0).all()):
        raise ValueError(f"learning_rate must be finite and larger than 0; got {learning_rate!r}")
    # contiguous, one memory layout: one compilation
    items = np.ascontiguousarray(hidden.swapaxes(1, 2))
    readout = np.zeros(hidden.shape[:2])
    _descend(items, np.ascontiguousarray(targets), np.ascontiguousarray(rate), checks.count("steps", steps), readout)
    left = np.abs(targets - (readout[:, None, :] @ hidden)[:, 0]).max(1)  # which a stable descent only lowers
    stable = left <= BEYOND * np.linalg.norm(targets, axis=1)  # of NaN: not
    if not stable.all():
        run = int(np.argmin(stable))
        raise ValueError(f"descent of readout {run} diverged with learning_rate η = {rate[run]:g}: lower it")
    return readout


def _spread(name, array, shape):
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise ValueError(f"{name} must fit the shape {shape}; got shape {array.shape}") from None


@compiled
def _descend(items, targets, rate, steps, readout):
    runs, n_taught, n_hidden = items.shape
    error = np.empty(n_taught)
    for r in range(runs):
        for _ in range(steps):
            for k in range(n_taught):
                error[k] = targets[r, k]
                for h in range(n_hidden):
                    error[k] -= readout[r, h] * items[r, k, h]
            for k in range(n_taught):
                for h in range(n_hidden):
                    readout[r, h] += rate[r] * error[k] * items[r, k, h]
