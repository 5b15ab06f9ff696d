"""Measures that the claims of figX2 take besides the general ones."""

import numpy as np


def largest_difference(results, figure, of, minus):
    """The largest difference of two choices of numbers, row by row by the keys that both have."""
    one, other = results.select(figure, **of), results.select(figure, **minus)
    keys = [key for key in one if key in other and key != "value"]
    pairs = one.merge(other, on=keys, suffixes=("", "_minus"), validate="one_to_one")
    if len(pairs) != len(one):
        raise ValueError(f"{of} has {len(one)} rows, {len(pairs)} of which have a partner in {minus} by {keys}")
    return np.abs(pairs["value"] - pairs["value_minus"]).max()
