"""How figD4's tables answer its own claims."""

import numpy as np

from . import sides


def slope(results, figure, **chosen):
    """The power of |λ| with which the chosen numbers go."""
    frame = results.select(figure, **chosen)
    return sides.slope(frame["lam"].to_numpy(), frame["value"].to_numpy(float))


def largest_of(results, figure, tables, **chosen):
    """The largest of the chosen numbers of several tables."""
    return np.max([results.values(figure, table=table, **chosen).max() for table in tables])


def least_of(results, figure, tables, **chosen):
    """The least of the chosen numbers of several tables."""
    return np.min([results.values(figure, table=table, **chosen).min() for table in tables])


def delayed_growth(results, figure, column):
    """By which factor the mean grows from λ = 0 to the furthest delayed λ: the less of both shapes."""
    return min(_growth(results, figure, column, pairs, sign) for pairs, sign in sides.DELAYED.items())


def _growth(results, figure, column, pairs, sign):
    frame = results.select(figure, "theory/end", column, where={"pairs": pairs}, reduce={"draw": "mean"})
    by_lam = frame.set_index("lam")["value"]
    return by_lam[sign * (sign * by_lam.index).max()] / by_lam[0]
