"""Measures that the claims of figD2 take besides the general ones."""

import numpy as np

from ...pipeline.common import deviation
from ...pipeline.frames import only


def largest_of(results, figure, tables, **chosen):
    """The largest of the chosen numbers over several tables."""
    return max(results.values(figure, table=table, **chosen).max() for table in tables)


def furthest_of(results, figure, columns, value, **chosen):
    """Of the chosen numbers in several columns the one furthest from `value`."""
    values = np.concatenate([results.values(figure, column=column, **chosen) for column in columns])
    return values[np.abs(values - value).argmax()]


def asymmetry(results, figure, table):
    """How far the loss of the reversal at −λ is from that at λ: in a square net only |λ| matters."""
    curves = only(results.frame(figure, table), task=1).groupby("lam")["loss"]
    losses = {lam: loss.to_numpy() for lam, loss in curves}
    return max(deviation(losses[-lam], losses[lam]) for lam in losses if lam > 0 and -lam in losses)
