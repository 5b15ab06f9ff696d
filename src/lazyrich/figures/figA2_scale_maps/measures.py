"""Measures of figA2's claims and caption that take all draws together."""

import numpy as np

from ...pipeline.frames import only
from .bands import half_widths, least_ratio


def least_widening(results, figure):
    """The least ratio of half widths at neighbouring scales, on either grid."""
    return min(least_ratio(end) for _, end in results.frame(figure, "theory/end").groupby("grid"))


def _ratios(results, figure):
    """Half width over scale of the fine map, by scale."""
    widths = half_widths(only(results.frame(figure, "theory/end"), grid="map"))
    return widths / widths.index


def _small_ratios(results, figure, within):
    """Those of the most scales, from the least on, that are all `within` a share of their own mean."""
    ratios = _ratios(results, figure)
    for end in range(len(ratios), 0, -1):
        part = ratios.iloc[:end]
        if np.abs(part / part.mean() - 1).max() <= within:
            return part
    raise ValueError("no ratio of half width to scale is a number")


def small_ratio(results, figure, within):
    """The mean of these ratios."""
    return _small_ratios(results, figure, within).mean()


def small_ratio_off(results, figure, within):
    """The largest difference of one of them from their mean, as a share of it."""
    part = _small_ratios(results, figure, within)
    return np.abs(part / part.mean() - 1).max()


def small_until(results, figure, within):
    """The largest of their scales."""
    return _small_ratios(results, figure, within).index[-1]


def ratio_at_largest(results, figure):
    """Half width over scale at the largest scale."""
    return _ratios(results, figure).iloc[-1]


def _unbalanced_widths(results, figure, up_to):
    return half_widths(only(results.frame(figure, "simulation/end"), start="unbalanced", scale={"to": up_to}))


def least_unbalanced_width(results, figure, up_to):
    """The least half width of unbalanced weights over scales up to one."""
    return _unbalanced_widths(results, figure, up_to).min()


def largest_unbalanced_width(results, figure, up_to):
    """The largest of these half widths."""
    return _unbalanced_widths(results, figure, up_to).max()
