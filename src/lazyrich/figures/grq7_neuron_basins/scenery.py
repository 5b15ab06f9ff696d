"""The separating surface of every δ from the least to 0, with its loss; the minima; the saddles."""

import numpy as np

from ...neuron import surface
from ...neuron.basins import separating_surface
from ...pipeline.neurons import entries
from ...pipeline.stages import Rows


def on_surface(a, delta, target, half):
    """Weights w (..., 2) of the separating surface at readout a; its halves 1 and −1 mirror each other in β*."""
    length = np.linalg.norm(target)
    along, across = separating_surface(a, length, delta)
    b = target / length
    return along[..., None] * b + half * across[..., None] * np.array([b[1], -b[0]])


def scenery(config):
    """{name: Rows} of these three."""
    rows, minima, saddles = Rows(), Rows(), Rows()
    target, shape = np.array(config["target"]), (config["n_along"], config["n_across"])
    # its halves meet at δ = 0 without an edge: ±√−δ runs through both
    root = np.linspace(-1, 1, shape[0]) * np.sqrt(-config["least_delta"])
    root, a = np.broadcast_arrays(root[:, None], np.linspace(-config["limit_a"], config["limit_a"], shape[1]))
    w = on_surface(a, -(root**2), target, np.where(root >= 0, 1, -1)[..., None])
    points = np.concatenate([w, a[..., None]], axis=-1)
    loss = surface.loss(surface.centres(points), target)
    columns = dict(zip(("n_along", "n_across", "cells_along", "cells_across"), (*shape, *loss.shape), strict=True))
    rows.add(**columns, **entries("w", w[None]), a=a[None], loss=loss[None])
    for branch in surface.same_function(target, config["limit_a"], config["n_along"]):
        minima.add(a=branch[:, 2], **entries("w", branch[:, :2]))
    for half in (-1, 1):
        saddles.add(half=half, **entries("w", on_surface(0.0, config["least_delta"], target, half)), a=0.0)
    return {"surface": rows, "minima": minima, "saddles": saddles}
