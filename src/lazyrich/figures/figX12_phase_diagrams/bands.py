"""Where the kernel distance has fallen by half: read off the map, shared by the drawing and the claims."""

import numpy as np


def mean_distances(frame):
    """Kernel distances of one shape (scales, λ), mean over draws."""
    return frame.groupby(["scale", "lam"])["kernel_distance"].mean().unstack()


def levels(distances, side):
    """Half of the distance at λ = 0, and half of that of the smallest start at the least λ of one side.

    The first is that of a random start; the second of one so small that its kernel is isotropic, |λ|I, when it starts.
    """
    least = min((lam for lam in distances if lam * side > 0), key=abs)
    return distances[0.0].iloc[0] / 2, distances[least].iloc[0] / 2


def passes(frame, side, which):
    """|λ| of one side at which the distance passes one of the `levels`, by draw and scale; NaN where it never does."""
    found = frame.pivot(index=["draw", "scale"], columns="lam", values="kernel_distance")
    sizes = np.array(sorted(side * lam for lam in found if side * lam > 0))
    level = {draw: levels(of.droplevel("draw"), side)[which] for draw, of in found.groupby("draw")}
    shares = found[side * sizes].apply(lambda row: row / level[row.name[0]], axis=1)
    return shares.apply(lambda row: _crossing(np.log(sizes), row.to_numpy()), axis=1)


def _crossing(logs, shares):
    """exp of the first place at which falling shares pass 1, linear between places."""
    below = np.flatnonzero(shares < 1)
    if below.size == 0 or below[0] == 0:
        return np.nan
    k = below[0] - 1
    part = (shares[k] - 1) / (shares[k] - shares[k + 1])
    return float(np.exp(logs[k] + part * (logs[k + 1] - logs[k])))
