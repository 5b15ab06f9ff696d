"""The surface a² − |w|² = δ on which a neuron with two inputs moves, and the neurons of one function.

In the space of (w₁, w₂, a), at unit rates, it is a hyperboloid of one sheet (δ < 0), a double cone (δ = 0) or a
hyperboloid of two sheets (δ > 0; Kunin et al. 2024, Section 3, Figure 2). The weights of one function β lie on the
curve a w = β. Points are (..., 3) arrays of (w₁, w₂, a).
"""

import numpy as np


def sheets(delta, limit, n_along, n_around):
    """Points (sheets, n_along, n_around, 3) of the surface within |w| ≤ limit and |a| ≤ limit."""
    angle = np.linspace(0, 2 * np.pi, n_around)
    if delta > 0:
        radius = np.linspace(0, np.sqrt(limit**2 - delta), n_along)
        height = np.stack([np.sqrt(radius**2 + delta), -np.sqrt(radius**2 + delta)])
        radius = np.stack([radius, radius])
    else:
        height = np.linspace(-1, 1, n_along)[None] * np.sqrt(limit**2 + delta)
        radius = np.sqrt(height**2 - delta)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    w = radius[..., None, None] * circle
    return np.concatenate([w, np.broadcast_to(height[..., None, None], (*w.shape[:-1], 1))], axis=-1)


def same_function(beta, limit, n):
    """Points (2, n, 3) of the two branches of a w = β, a > 0 and a < 0, within |w| ≤ limit and |a| ≤ limit."""
    a = np.geomspace(np.linalg.norm(beta) / limit, limit, n)
    branch = np.concatenate([np.asarray(beta) / a[:, None], a[:, None]], axis=-1)
    return np.stack([branch, -branch])


def loss(points, target):
    """|a w − β*|²/2 of points (..., 3)."""
    return ((points[..., 2:] * points[..., :2] - target) ** 2).sum(-1) / 2


def centres(points):
    """Middle (..., r − 1, c − 1, 3) of each cell of a grid of points (..., r, c, 3)."""
    rows = (points[..., 1:, :, :] + points[..., :-1, :, :]) / 2
    return (rows[..., 1:, :] + rows[..., :-1, :]) / 2
