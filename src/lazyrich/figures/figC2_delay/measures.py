"""What only the caption of figC2 needs from its tables."""

import numpy as np

from ...linear.delay import principal_angles
from ...pipeline.frames import only


def largest_angle(results, figure, **where):
    """The largest angle in degrees between the large layer of a start and the task."""
    starts = only(results.frame(figure, "task/starts"), **where).itertuples()
    sines = [np.sqrt(principal_angles(run.w2, run.sigma_yx).sin2) for run in starts]
    return np.degrees(np.arcsin(np.max(sines)))


def time_by_law(results, figure, start, column, value=None, of_last=None):
    """Rescaled time r t at which the law of the largest λ has a value, or a part of its last one."""
    law = only(results.frame(figure, "theory/laws"), start=start)
    law = only(law, lam=law["lam"].max())
    if value is None:
        value = of_last * law[column].iloc[-1]
    law = law.sort_values(column)
    return np.interp(value, law[column], law["slow_time"])
