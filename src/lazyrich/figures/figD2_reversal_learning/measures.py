"""Measures that the claims and the caption of figD2 take besides the general ones."""

import numpy as np

from ...pipeline.common import deviation
from ...pipeline.frames import only


def asymmetry(results, figure, table):
    """How far the loss of the reversal at −λ is from that at λ: in a square net only |λ| matters."""
    curves = only(results.frame(figure, table), task=1).groupby("lam")["loss"]
    losses = {lam: loss.to_numpy() for lam, loss in curves}
    return max(deviation(losses[-lam], losses[lam]) for lam in losses if lam > 0 and -lam in losses)


def each_of(results, figure, **chosen):
    """All of the chosen numbers, in the order of the table."""
    return results.values(figure, **chosen)


def largest_spread(results, figure, along, **chosen):
    """The largest difference of numbers that are equal in the key `along`."""
    values = results.select(figure, **chosen).groupby(along)["value"]
    return (values.max() - values.min()).max()


def largest_scale_of_spread(results, figure, share):
    """The largest |λ| at which descent from random starts reverses at times that spread by more than a share."""
    times = only(results.frame(figure, "simulation/random"), task=1).groupby("lam")["time_last"]
    spread = (times.max() - times.min()) / times.mean()
    return np.abs(spread.index[spread > share].to_numpy()).max()
