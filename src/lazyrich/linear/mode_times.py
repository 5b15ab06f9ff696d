"""When errors fall below their bounds for good: read off times, or solved for, cut finer and finer."""

import numpy as np

# times in which a bracket is cut
PARTS = 24


def last_crossings(times, errors, bounds):
    """Last time at which errors (T, groups) fall through their bounds, (groups,): 0 if never, inf if above at last.

    Between two times the logarithm of an error is taken for a straight line.
    """
    above = errors > bounds
    last = times.size - 1 - np.argmax(above[::-1], axis=0)
    before, columns = np.minimum(last, times.size - 2), np.arange(len(bounds))
    return _between(
        times[before], times[before + 1], errors[before, columns], errors[before + 1, columns], bounds, above
    )


def _between(start, stop, high, low, bounds, above):
    high, low = (np.log(np.maximum(error, np.finfo(float).tiny)) for error in (high, low))
    share = np.divide(high - np.log(bounds), high - low, out=np.ones(len(bounds)), where=high > low)
    between = start + np.clip(share, 0, 1) * (stop - start)
    return np.where(above[-1], np.inf, np.where(above.any(0), between, 0.0))


def times_to_learn(errors, times, bounds):
    """The same of a function of times, `errors`, looked at between those that enclose each crossing too."""
    coarse = errors(times)
    above = coarse > bounds
    columns = np.arange(len(bounds))
    before = np.minimum(times.size - 1 - np.argmax(above[::-1], axis=0), times.size - 2)
    cuts = np.linspace(times[before], times[before + 1], PARTS)
    each = np.unique(cuts)
    fine = errors(each)[np.searchsorted(each, cuts), columns]
    # the ends of a bracket are known: rounding may not move them
    fine[0], fine[-1] = coarse[before, columns], coarse[before + 1, columns]
    last = np.minimum(PARTS - 1 - np.argmax((fine > bounds)[::-1], axis=0), PARTS - 2)
    start, stop, high, low = (a[last + k, columns] for a in (cuts, fine) for k in (0, 1))
    return _between(start, stop, high, low, bounds, above)
