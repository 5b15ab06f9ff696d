"""The conic regions of a ReLU network without biases in the plane, and their two colours.

Each neuron is on in a half plane: its boundary is a line through the origin, two rays. Between rays f is linear, and
crossing one ray switches one neuron: the parity of the number that is on colours the plane in two colours, with no
neighbours alike, as long as no two rays coincide (Kunin et al. 2024, Appendix C).
"""

import numpy as np


def directions(angles):
    """Unit vectors (..., 2) of angles."""
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1)


def rays(w):
    """Angles of the boundaries of neurons w (h, 2), ascending in [−π, π), (2h,)."""
    along = np.arctan2(w[:, 1], w[:, 0])
    both = np.concatenate([along + np.pi / 2, along - np.pi / 2])
    return np.sort((both + np.pi) % (2 * np.pi) - np.pi)


def sector_parity(w, edges):
    """Parity, 0 or 1, of the neurons that are on between each of the ascending angles and the next, all round."""
    after = np.append(edges[1:], edges[0] + 2 * np.pi)
    on = directions((edges + after) / 2) @ w.T > 0
    return on.sum(-1) % 2


def alike(w):
    """How many neighbouring regions have the same colour: none, unless rays coincide."""
    parity = sector_parity(w, rays(w))
    return int((parity == np.roll(parity, 1)).sum())
