"""What the surface a² − |w|² = δ hides from a distant eye, in the space of (w₁, w₂, a): for the drawing alone."""

import numpy as np


def towards(elevation, azimuth):
    """Unit vector (w₁, w₂, a) from the scene to a distant eye, angles in degrees."""
    elevation, azimuth = np.radians([elevation, azimuth])
    return np.array([np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)])


def behind(points, delta, limit, eye):
    """Whether the surface, cut where |w| or |a| is beyond the limit, hides points (..., 3) from the eye: (...) bools.

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


def cells_behind(corners, delta, limit, eye):
    """The same of the middle of each cell of a sheet, (r − 1, c − 1), from its corners (r, c, 3)."""
    rows = (corners[1:] + corners[:-1]) / 2
    return behind((rows[:, 1:] + rows[:, :-1]) / 2, delta, limit, eye)
