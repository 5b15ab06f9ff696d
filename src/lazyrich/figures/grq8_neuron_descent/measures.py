"""What only the caption of grq8 needs from its tables, and the tolerance of its integrator."""

import numpy as np

from ...pipeline.frames import only


def angle_to_target(results, figure, table, direction):
    """The angle between the function at the start and the target, in degrees."""
    start = only(results.frame(figure, table), direction=direction).iloc[0]
    beta, target = (np.array([start[f"{name}_1"], start[f"{name}_2"]]) for name in ("beta", "xty"))
    cosine = beta @ target / (np.linalg.norm(beta) * np.linalg.norm(target))
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def crossing_deltas(results, figure, table, direction):
    """Each δ at which the readout changes its sign on the way, the largest first."""
    ends = only(results.frame(figure, table), direction=direction)
    return np.sort(ends["delta"][ends["crossings"] > 0].to_numpy())[::-1]
