"""Measures of grq1's claims that take several tables, or all draws together."""

import numpy as np

from ...pipeline.frames import only


def largest_drift(results, figure):
    """The largest drift of δ of any neuron, in the plane and on the grids."""
    return max(results.frame(figure, f"simulation/{name}")["delta_drift"].max() for name in ("plane", "students"))


def delta_of_least_mean_loss(results, figure):
    """The δ at which the final test loss, mean over the draws of the grid, is least."""
    grid = only(results.frame(figure, "simulation/students"), problem="sweep")
    return only(grid, t=grid["t"].max()).groupby(["tau", "delta"])["test_loss"].mean().idxmin()[1]


def typical_ratio(results, figure, region, over):
    """Final test loss of a region over that of another, geometric mean over draws."""
    loss = results.frame(figure, "simulation/regions").pivot(index="draw", columns="region", values="test_loss")
    return np.exp(np.log(loss[region] / loss[over]).mean())
