"""The surface a² − |w|² = δ on which a neuron with two inputs moves, and what of it can be seen from where.

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


def towards(elevation, azimuth):
    """Unit vector (w₁, w₂, a) from the scene to a distant eye, angles in degrees."""
    elevation, azimuth = np.radians([elevation, azimuth])
    return np.array([np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)])


def behind(points, delta, limit, eye):
    """Whether the surface of `sheets` lies between a distant eye and each point (..., 3): (...) booleans.

    On the line p + x·eye the surface is the quadratic A x² + 2Bx + C = 0; a root x > 0 within the limits hides p.
    """
    sign = np.array([-1.0, -1.0, 1.0])
    first = (sign * eye**2).sum()
    half = (sign * points * eye).sum(-1)
    last = (sign * points**2).sum(-1) - delta
    last = np.where(np.abs(last) < 1e-6 * limit**2, 0.0, last)  # the point is on the surface
    # A x² + 2Bx + C with A < 0 for eyes below 45°
    root = np.sqrt(np.maximum(half**2 - first * last, 0.0))
    hidden = np.zeros(points.shape[:-1], bool)
    for x in ((-half + root) / first, (-half - root) / first):
        met = points + x[..., None] * eye
        inside = (np.abs(met[..., 2]) <= limit) & (np.linalg.norm(met[..., :2], axis=-1) <= limit)
        hidden |= (x > 1e-6 * limit) & inside & (half**2 >= first * last)
    return hidden
