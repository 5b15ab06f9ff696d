"""Measures of grq1's claims and caption that take several tables, or all draws together."""

import numpy as np
import yaml

from ...pipeline import folders
from ...pipeline.frames import only
from ...pipeline.ledger import claims


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


def draws_ahead(results, figure, region, of):
    """The number of draws in which a region ends with less test loss than another."""
    loss = results.frame(figure, "simulation/regions").pivot(index="draw", columns="region", values="test_loss")
    return (loss[region] < loss[of]).sum()


def turn_of_uniform_directions(results, figure):
    """How far directions all round the plane are from the teacher's nearest neuron of their sign: mean, in degrees.

    Half of the directions are of either sign, as students start.
    """
    teacher = only(results.frame(figure, "task/problems"), problem="plane").iloc[0]
    around = np.radians(np.arange(0.5, 360))
    cosines = np.column_stack([np.cos(around), np.sin(around)]) @ teacher["teacher_w"].T
    nearest = [cosines[:, teacher["teacher_a"] == sign].max(1) for sign in (-1, 1)]
    return np.degrees(np.arccos(np.clip(nearest, -1, 1))).mean()


def largest_difference_from_published(results, figure):
    """Of what claims at the published size measure the largest difference from the authors' number, relative to it."""
    stated = yaml.safe_load((folders.figure(figure).folder / "claims.yaml").read_text(encoding="utf-8"))
    published = [{**claim, "figure": figure} for claim in stated if claim["id"].startswith("GRQ-1-published")]
    return max(abs(claims.measure(claim, results) / claim["expect"]["equal"] - 1) for claim in published)
