"""Measures of figX9's claims and caption that take times from tables, or all draws together."""

import numpy as np

from ...pipeline.frames import only
from ...pipeline.ledger.results import STATISTICS


def _curve(results, figure, lam, weight_decay, column):
    """(t, mean over draws of a column) along the curve of one λ₀ and γ."""
    curve = only(results.frame(figure, "theory/curves"), lam=lam, weight_decay=weight_decay)
    means = curve.groupby("place")[["t", column]].mean()
    return means["t"].to_numpy(), means[column].to_numpy()


def time_of_least(results, figure, lam, weight_decay, column, until=np.inf):
    """When a column, mean over draws, is least, of the times up to `until`."""
    times, values = _curve(results, figure, lam, weight_decay, column)
    return times[values[times <= until].argmin()]


def best_share(results, figure, statistic):
    """A statistic over draws of the γ of the least test loss at the end, as a share of the edge of the noise."""
    ends, edges = results.frame(figure, "theory/ends"), results.frame(figure, "theory/edges")
    best = ends.loc[ends.groupby("draw")["test_loss"].idxmin()].merge(edges, on="draw")
    return STATISTICS[statistic]((best["weight_decay"] / best["noise_edge"]).to_numpy(), axis=0)


def edge_loss(results, figure):
    """Test loss at the end at the γ next above the edge of the noise of each draw, over that at the best γ; mean."""
    ends, edges = results.frame(figure, "theory/ends"), results.frame(figure, "theory/edges")
    rows = ends.merge(edges, on="draw")
    above = rows[rows["weight_decay"] >= rows["noise_edge"]].groupby("draw")["weight_decay"].idxmin()
    ratios = rows.loc[above].set_index("draw")["test_loss"] / rows.groupby("draw")["test_loss"].min()
    return ratios.mean()


def _slopes(results, figure, table, first, last):
    """Of every draw the rise of 2γt from one λ₀ to another over that of ln|λ₀|: 1 by the law."""
    delays = results.frame(figure, table).pivot(index="draw", columns="lam", values="delay")
    return ((delays[last] - delays[first]) / np.log(last / first)).dropna().to_numpy()


def slope(results, figure, table, first, last, statistic):
    """A statistic over draws of these slopes."""
    return STATISTICS[statistic](_slopes(results, figure, table, first, last), axis=0)


def slope_off(results, figure, table, first, last):
    """The largest difference of a draw's slope from 1."""
    return np.abs(_slopes(results, figure, table, first, last) - 1).max()


def slopes_near(results, figure, table, first, last, within):
    """The share of draws whose slope is 1 to `within`."""
    return (np.abs(_slopes(results, figure, table, first, last) - 1) <= within).mean()


def step_off(results, figure, lam, statistic):
    """A statistic over draws of how far coarser steps move the 2γt at which the test loss falls."""
    fine, coarse = (
        only(results.frame(figure, f"simulation/{table}"), lam=lam).set_index("draw")["delay"]
        for table in ("relu_falls", "relu_coarse")
    )
    return STATISTICS[statistic](np.abs(coarse - fine).to_numpy(), axis=0)
