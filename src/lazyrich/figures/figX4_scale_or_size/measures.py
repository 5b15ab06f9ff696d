"""Measures of figX4's claims that take all draws together."""

import numpy as np

from ...pipeline.frames import only


def _over_balanced(results, figure):
    """Mean kernel distance of unbalanced starts over that of square balanced ones of their imbalance, by N_h.

    Between balanced starts the logarithm of the distance is linear in that of 1 − imbalance.
    """
    exact, starts, found = (results.frame(figure, f"{stage}/imbalance") for stage in ("theory", "task", "simulation"))
    square = exact[exact["n_out"] == exact["n_hidden"]]
    curve = square.assign(gap=1 - square["lam"] / square["size"]).groupby("gap")["kernel_distance"].mean()
    unbalanced = found.merge(starts).groupby("n_hidden")[["imbalance", "kernel_distance"]].mean()
    gap = np.log(1 - unbalanced["imbalance"])
    return unbalanced["kernel_distance"] / np.exp(np.interp(gap, np.log(curve.index), np.log(curve)))


def _chosen(results, figure, n_hidden):
    ratios = _over_balanced(results, figure).rename("ratio").reset_index()
    return only(ratios, n_hidden=n_hidden)["ratio"].to_numpy()


def least_over_balanced(results, figure, n_hidden):
    """The least of these ratios at some hidden widths."""
    return _chosen(results, figure, n_hidden).min()


def over_balanced_furthest_from_one(results, figure, n_hidden):
    """The one furthest from 1."""
    ratios = _chosen(results, figure, n_hidden)
    return ratios[np.abs(ratios - 1).argmax()]


def by_chance(results, figure, grouping):
    """The share of the variance that groups drawn by chance explain on average, (groups − 1)/(cells − 1)."""
    cells = only(results.frame(figure, "theory/map"), draw=0)
    return (len(np.unique(np.round(cells[grouping], 9))) - 1) / (len(cells) - 1)


def over_chance(results, figure, grouping):
    """The share of the variance that a grouping explains, mean over draws, over that by chance."""
    explained = results.values(figure, table="theory/explained", column="explained", where={"grouping": grouping})
    return explained.mean() / by_chance(results, figure, grouping)
