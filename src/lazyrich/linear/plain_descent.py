"""Full-batch gradient descent of any network, many runs side by side, step by step in NumPy.

`linear.descent` has compiled loops for the two-layer linear network; every other network descends by this one.
"""

import numpy as np


def descend(gradients, weights, rates, record_at):
    """W ← W − η ∂L/∂W, each layer at the recorded steps: a list of arrays (runs, K, ...).

    Parameters
    ----------
    gradients : function of the layers that gives −∂L/∂W of each
    weights : the layers at the start, each (runs, ...)
    rates : η of each run, (runs,), or one such for each layer
    record_at : ascending steps to keep; 0 is the start

    Raises
    ------
    ValueError : a run diverges; names the run and its η
    """
    layers = [np.asarray(layer, float) for layer in weights]
    each = np.broadcast_to(np.asarray(rates, float), (len(layers), len(layers[0])))
    shaped = [eta.reshape(-1, *[1] * (layer.ndim - 1)) for eta, layer in zip(each, layers, strict=True)]
    kept, done = [], 0
    with np.errstate(over="ignore", invalid="ignore"):  # what diverges is an error below
        for record in record_at:
            for _ in range(done, record):
                moves = gradients(*layers)
                layers = [layer + eta * move for layer, eta, move in zip(layers, shaped, moves, strict=True)]
            done = record
            kept.append(layers)
    paths = [np.stack(path, 1) for path in zip(*kept, strict=True)]
    bad = ~np.all([np.isfinite(path).reshape(len(path), -1).all(1) for path in paths], axis=0)
    if bad.any():
        run = int(bad.argmax())
        named = ", ".join(dict.fromkeys(f"{eta[run]:g}" for eta in each))
        raise ValueError(f"gradient descent diverged (run {run}) at learning rate η = {named}: lower it")
    return paths
