"""Measures that the claims of figD2 take besides the general ones."""

from ...pipeline.common import deviation
from ...pipeline.frames import only


def asymmetry(results, figure, table):
    """How far the loss of the reversal at −λ is from that at λ: in a square net only |λ| matters."""
    curves = only(results.frame(figure, table), task=1).groupby("lam")["loss"]
    losses = {lam: loss.to_numpy() for lam, loss in curves}
    return max(deviation(losses[-lam], losses[lam]) for lam in losses if lam > 0 and -lam in losses)
