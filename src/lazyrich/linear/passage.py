"""When the loss of the exact solution passes a level: solved for, not read off a grid of times.

Gradient flow never raises the loss, so that the time at which it falls below a level is unique. The solution may be
asked for any time and costs little more for many times than for one: the bracket is found on equal ratios
of time over 18 decades, then cut into equal parts until it is as narrow as rounding allows.
"""

import numpy as np

from .. import checks
from .exact import exact_solution

# shortest and longest time looked at, in units of 1/√(λ² + 4s²), s the largest singular value of task and start
EARLIEST, LATEST = 1e-9, 1e9
FIRST_LOOK, PARTS = 144, 32
# relative width of the last bracket
NARROW = 1e-13


def time_to_loss(w1, w2, task, level, *, lam=None):
    """Time t/τ at which the flow from λ-balanced (w1, w2) first has a loss of at most `level`.

    `task` is a `Task`, or Σyx of whitened inputs; the loss is that of `observables.loss`, for a plain Σyx
    ½‖Σyx − W2W1‖². 0 if it starts there. inf if it does not get there: behind a
    bottleneck, within the longest time looked at, or, at a saddle, before rounding decides (`Diagnostics`).
    """
    level = checks.number("level", level, positive=True)
    first = exact_solution(w1, w2, task, np.zeros(1), lam=lam)
    (w1, w2), c = first.start, first.task.isotropic
    if w1.ndim > 2:
        raise ValueError(f"w1 and w2 must be those of one run; got leading axes {w1.shape[:-2]}")
    largest = max(np.linalg.norm(first.sigma_yx, 2) / c, np.linalg.norm(w2 @ w1, 2))
    if first.loss()[0] <= level:
        return 0.0
    unit = 1 / np.hypot(first.lam, 2 * largest) / c
    times = np.append(0.0, unit * np.geomspace(EARLIEST, LATEST, FIRST_LOOK))
    below = _is_below(first, times, level)
    if not below.any():
        return np.inf
    while True:
        # the ends of a bracket are known: rounding may not move them
        k = int(np.argmax(np.append(below[:-1], True)[1:])) + 1
        before, after = times[k - 1 : k + 1]
        if after - before <= NARROW * after:
            break
        times = np.linspace(before, after, PARTS)
        below = _is_below(first, times, level)
    return float(after) if after <= first.diagnostics.horizon else np.inf


def _is_below(solution, times, level):
    return solution.at(times).loss() <= level
