"""What is concluded from each draw of grq1's (τ, δ) grid: where numbers are extreme, and regions of it.

Each takes pairs of a draw's students and what was computed of them, a row a student: MEASURED at each checkpoint.
"""

import numpy as np

from ...pipeline.stages import Rows
from .students import MEASURED, QUANTITIES, scales, times

REGIONS = ("upstream", "balanced", "downstream", "large")  # in the order of their test loss


def _curves(found):
    """{quantity: (students, checkpoints)} of one draw."""
    values = found.reshape(len(found), len(MEASURED), -1)
    return {name: values[:, k] for k, name in enumerate(MEASURED)}


def extremes(config, of_draws):
    """Where the test loss is least and each distance largest, at each time."""
    rows = Rows()
    for students, found in of_draws:
        (taus, deltas), draw, curves = scales(students), students["draw"].iloc[0], _curves(found)
        for name, find in (("test_loss", np.argmin), *((q, np.argmax) for q in QUANTITIES[1:4])):
            places = find(curves[name], 0)
            rows.add(quantity=name, draw=draw, t=times(config), tau=taus[places], delta=deltas[places])
    return rows


def _chosen(config, students):
    """Which students are in each of REGIONS."""
    taus, deltas = scales(students)
    small = taus <= np.unique(taus)[config["n_small"] - 1] * (1 + 1e-9)
    large = taus >= np.unique(taus)[-config["n_small"]] * (1 - 1e-9)
    return small & (deltas > 0), small & (deltas == 0), small & (deltas < 0), large


def regions(config, of_draws):
    """Mean final test loss of each region."""
    rows = Rows()
    for students, found in of_draws:
        for name, chosen in zip(REGIONS, _chosen(config, students), strict=True):
            loss = _curves(found)["test_loss"][chosen, -1].mean()
            rows.add(region=name, draw=students["draw"].iloc[0], test_loss=loss)
    return rows


def switching(config, of_draws):
    """How much of the switching of small upstream students had happened at the first checkpoint."""
    rows = Rows()
    for students, found in of_draws:
        switched = _curves(found)["hamming_distance"][_chosen(config, students)[0]].mean(0)
        rows.add(draw=students["draw"].iloc[0], early_hamming_share=switched[0] / switched[-1])
    return rows
