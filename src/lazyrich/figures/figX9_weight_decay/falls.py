"""When values over time are above a level for the last time."""

import numpy as np

from ...pipeline.common import time_to_fall


def last_above(times, values, level):
    """The last time at which values (T,) at times (T,) are above the level, between records linear in their logarithm.

    ValueError : they never are, or still are at the end
    """
    above = np.flatnonzero(values > level)
    if not above.size or above[-1] == len(values) - 1:
        raise ValueError(f"values from {values[0]:g} to {values[-1]:g} never fall below {level:g} for good")
    last = slice(above[-1], above[-1] + 2)
    return float(time_to_fall(times[last], values[last], level))


def fall(times, values, multiple):
    """The last time at which values (T,) are above a multiple of their end."""
    return last_above(times, values, multiple * values[-1])
