"""Measures of figA1's claims that take all draws together."""

import numpy as np

from .points import points, slopes


def least_relative_distance(results, figure, series, scheme):
    """The least of the relative distances of a series, each the root of a mean over draws."""
    draws, moments = (results.frame(figure, table) for table in ("task/draws", "theory/moments"))
    chosen = draws[(draws["series"] == series) & (draws["scheme"] == scheme)]
    return points(chosen, moments, "relative_distance")["mean"].min()


def slope_furthest(results, figure, value):
    """Of the powers of the width with which entries fall the one furthest from `value`."""
    found = slopes(results.frame(figure, "task/draws"))
    return found[np.abs(found - value).argmax()]
