"""Measures of grq6d: the steps that a network takes, and how they fall with α."""

from ...pipeline.ledger.results import numbers


def _typical(results, figure, chosen):
    """The geometric mean of the chosen numbers over τ and draws, α ascending."""
    frame = results.select(figure, log10=True, reduce={"draw": "mean", "tau": "mean"}, **chosen)
    return 10 ** numbers(frame.sort_values("alpha"))


def least_fall(results, figure, **chosen):
    """The least ratio of these means from one α to the next larger one."""
    typical = _typical(results, figure, chosen)
    return (typical[:-1] / typical[1:]).min()


def whole_fall(results, figure, **chosen):
    """Their ratio from the least α to the largest."""
    typical = _typical(results, figure, chosen)
    return typical[0] / typical[-1]


def last_alpha_saves(results, figure, **chosen):
    """The share of steps by these means that the largest α saves of those at the next smaller one."""
    typical = _typical(results, figure, chosen)
    return 1 - typical[-1] / typical[-2]


def tenfold_saves(results, figure, draws, **chosen):
    """The share of steps that ten times the α saves, by a slope that is the mean, min or max over draws."""
    return 1 - 10 ** results.values(figure, reduce={"draw": draws}, **chosen)[0]
