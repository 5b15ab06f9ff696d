"""How figD1's tables answer its own claims."""

import numpy as np


def largest_of(results, figure, tables, **chosen):
    """The largest of the chosen numbers of several tables."""
    return np.max([results.values(figure, table=table, **chosen).max() for table in tables])
