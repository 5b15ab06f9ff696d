"""When the modes of a task are learned, from any start: solved for, not read off a grid of times.

Mode α is learned after the last time at which |s̃_α − ũ_αᵀW2W1ṽ_α| is above a bound. Of singular values that are equal
the block of their modes is asked for in norm, which does not depend on the basis that an SVD happens to
return. `task` is (Ũ, s̃, Ṽ) of the modes that are asked for.
"""

import numpy as np

from .nearly_balanced import compressed
from .riccati import exact_solution

# singular values nearer than this, relative to the largest, are one mode
EQUAL = 1e-9
# first and last time looked at, in units of the fastest rate; how many; into how many parts a bracket is cut, how often
EARLIEST, LATEST, LOOKS, PARTS, CUTS = 1e-3, 1e9, 240, 24, 2


def equal_groups(s):
    """Indices of singular values that are equal to rounding, together."""
    apart = np.flatnonzero(s[:-1] - s[1:] > EQUAL * s[0]) + 1
    return np.split(np.arange(s.size), apart)


def _of_groups(off, groups):
    """Norms of the diagonal blocks of off (T, k, k), (T, groups)."""
    return np.stack([np.linalg.norm(off[:, g[0] : g[-1] + 1, g[0] : g[-1] + 1], axis=(1, 2)) for g in groups], axis=1)


def errors_by(linearised, task, groups):
    """Times -> errors of each group of modes, by the linearised flow."""
    u, _, v = task
    return lambda times: _of_groups(np.stack([linearised.error(time, u, v) for time in times]), groups)


def errors_of(start, lam, factors, task, groups):
    """Times -> errors of each group of modes, by the exact solution from a balanced start.

    `factors` are left and right of Σyx = left rightᵀ: the solution runs in the fewest dimensions that hold it.
    """
    u, s, v = task
    w1, w2, sigma_yx, inputs, outputs = compressed(*start, *factors)
    solution = exact_solution(w1, w2, sigma_yx, [0.0], lam=lam)
    u, v = outputs.T @ u, inputs.T @ v

    def off(a, b):
        return _of_groups((u.T @ b) @ (a @ v) - np.diag(s), groups)

    return lambda times: solution._over_time(off, times)


def times_to_learn(errors, unit, bounds):
    """When each group of modes is learned for good: after the last time at which it was not, cut finer and finer."""
    columns, times = np.arange(len(bounds)), np.append(0.0, unit * np.geomspace(EARLIEST, LATEST, LOOKS))
    missed = errors(times) > bounds
    never, at_once = missed[-1].copy(), ~missed.any(0)
    cuts = np.broadcast_to(times[:, None], missed.shape)
    for k in range(CUTS + 1):
        missed[0], missed[-1] = True, False  # the ends of a bracket are known: rounding may not move them
        last = len(missed) - 1 - np.argmax(missed[::-1], axis=0)
        before, after = cuts[last, columns], cuts[last + 1, columns]
        if k < CUTS:
            cuts = np.linspace(before, after, PARTS)
            each = np.unique(cuts)
            missed = (errors(each) > bounds)[np.searchsorted(each, cuts), columns]
    return np.where(never, np.inf, np.where(at_once, 0.0, after))
