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
