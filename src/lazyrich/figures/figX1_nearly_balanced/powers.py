"""Powers with which medians over draws change: what the drawing and the claims of figX1 both need."""

import numpy as np


def powers(frame, column, over, point, by):
    """Power of `over` with which a column changes, medians over the draws of each `point`; a Series by `by`."""
    medians = frame.groupby([*by, point], sort=False)[[over, column]].median()
    return medians.groupby(level=by, sort=False).apply(
        lambda part: np.polyfit(np.log(part[over]), np.log(part[column]), 1)[0]
    )


def of_width(frame, column):
    """Power of N_i, by family and scheme."""
    return powers(frame, column, "n_in", "n_in", ["family", "scheme"])


def of_distance(frame, column):
    """Power of the relative distance from balance of starts moved off balance, by λ."""
    return powers(frame, column, "relative_imbalance", "size", ["lam"])


def with_distance(departures, starts):
    """Departures beside the starts' relative distance from balance."""
    keys = [key for key in ("family", "n_in", "scheme", "lam", "size", "draw") if key in departures]
    return departures.merge(starts[[*keys, "relative_imbalance"]], on=keys, validate="one_to_one")
