"""How figX12's tables answer its claims, with their spread over draws."""

import numpy as np

from ...pipeline.frames import only
from ...pipeline.ledger.results import STATISTICS
from . import bands


def passes(results, figure, shape, side, level, scale, statistic, over_scale=False):
    """A statistic over draws of the |λ| at which the kernel distance has fallen to a level, at some absolute scales.

    `level` is half (of the distance at λ = 0) or stays (half of that from an even kernel, see `bands`).
    """
    frame = only(results.frame(figure, "theory/map"), shape=shape)
    found = bands.passes(frame, side, ("half", "stays").index(level)).rename("lam").reset_index()
    found = only(found, scale=scale)
    values = found["lam"] / found["scale"] if over_scale else found["lam"]
    return STATISTICS[statistic](values.dropna().to_numpy(), axis=0)


def relative_distance(results, figure, statistic, **where):
    """A statistic of the kernel distance over that at λ = 0 of the same shape, scale and draw."""
    frame = results.frame(figure, "theory/map")
    table = frame.pivot(index=["shape", "scale", "draw"], columns="lam", values="kernel_distance")
    shares = table.div(table[0.0], axis=0).stack().rename("share").reset_index()
    return STATISTICS[statistic](only(shares, **where)["share"].to_numpy(), axis=0)


def slope(results, figure, **chosen):
    """The power of |λ| with which the geometric mean over draws goes."""
    frame = results.select(figure, reduce={"draw": "geometric_mean"}, **chosen)
    return np.polyfit(np.log(frame["lam"].abs()), np.log(frame["value"].astype(float)), 1)[0]


def gain(results, figure, column, shape, lam, statistic):
    """A statistic over draws of a time or of steps at λ = 0 over that at another λ."""
    table = only(results.frame(figure, "theory/times"), shape=shape).pivot(index="draw", columns="lam", values=column)
    (at,) = [found for found in table if np.isclose(found, lam)]
    return STATISTICS[statistic]((table[0.0] / table[at]).to_numpy(), axis=0)


def law_off(results, figure, shape, lam):
    """The largest share by which a time differs from its law, over draws."""
    times, laws = (only(results.frame(figure, f"theory/{name}"), shape=shape, lam=lam) for name in ("times", "laws"))
    return np.abs(laws["time"].to_numpy() / times["time"].to_numpy() - 1).max()


def boundary_over_law(results, figure, statistic, **where):
    """A statistic over draws of the |λ| from which learning is delayed over that of the law."""
    found = only(results.frame(figure, "theory/delay"), **where)
    return STATISTICS[statistic]((found["boundary"] / found["law"]).to_numpy(), axis=0)


def delayed_from(results, figure, statistic):
    """A statistic over draws and both funnels of that |λ|, at the smallest absolute scale."""
    found = results.frame(figure, "theory/delay")
    return STATISTICS[statistic](found[found["scale"] == found["scale"].min()]["boundary"].to_numpy(), axis=0)


def loss(results, figure, column):
    """How many times longer a delayed network of the largest |λ| takes than at λ = 0, geometric mean over draws."""
    lam = results.frame(figure, "theory/times")["lam"].max()
    return 1 / gain(results, figure, column, "inverted_funnel", lam, "geometric_mean")
