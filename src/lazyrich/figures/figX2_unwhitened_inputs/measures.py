"""Measures that the claims and the caption of figX2 take besides the general ones."""

import numpy as np

from ...pipeline.frames import only


def largest_difference(results, figure, of, minus):
    """The largest difference of two choices of numbers, row by row by the keys that both have."""
    one, other = results.select(figure, **of), results.select(figure, **minus)
    keys = [key for key in one if key in other and key != "value"]
    pairs = one.merge(other, on=keys, suffixes=("", "_minus"), validate="one_to_one")
    if len(pairs) != len(one):
        raise ValueError(f"{of} has {len(one)} rows, {len(pairs)} of which have a partner in {minus} by {keys}")
    return np.abs(pairs["value"] - pairs["value_minus"]).max()


def rare_from(results, figure, statements, share):
    """The least condition number from which on each statement holds in no more than a share of the draws."""
    judged = only(results.frame(figure, "simulation/statements"), statement=statements)
    shares = judged.groupby(["condition", "statement"])["holds"].mean().groupby(level="condition").max()
    often = np.flatnonzero(shares > share)
    return shares.index[often[-1] + 1 if often.size else 0]
