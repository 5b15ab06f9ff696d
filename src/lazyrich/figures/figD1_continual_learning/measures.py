"""What figD1's claims and caption measure beside the general measures."""

import numpy as np

from ...pipeline.frames import only
from ...pipeline.ledger.results import numbers


def largest_of(results, figure, tables, **chosen):
    """The largest of the chosen numbers of several tables."""
    return np.max([results.values(figure, table=table, **chosen).max() for table in tables])


def forgotten_after(results, figure, switches, **chosen):
    """What so many switches, one after the other, have cost the task that the first of them left: the mean."""
    costs = results.select(figure, **chosen)
    since = costs["task"] - costs["of_task"]
    costs = costs[(since > 0) & (since <= switches)].groupby(["draw", "of_task"])["value"].agg(["sum", "size"])
    costs = costs[costs["size"] == switches]
    if costs.empty:
        raise ValueError(f"no task of {figure} is followed by {switches} others")
    return costs["sum"].mean()


def root_mean_square(results, figure, **chosen):
    """Of the chosen numbers."""
    return np.sqrt((results.values(figure, **chosen) ** 2).mean())


def flat(results, figure, within, **chosen):
    """Up to which |λ| the numbers of every curriculum are as at its least |λ|, within a share; and how closely."""
    frame = results.select(figure, **chosen)
    frame = frame.assign(value=numbers(frame), size=frame["lam"].abs()).sort_values("size")
    off = frame["value"] / frame.groupby("curriculum")["value"].transform("first") - 1
    return _as_far(off.abs().groupby(frame["size"]).max(), within)


def near_limit(results, figure, within, of, over):
    """From which |λ| on the numbers `of` every curriculum are those of `over`, within a share; and how closely."""
    frame, limit = results.select(figure, **of), results.select(figure, **over)
    pairs = frame.assign(value=numbers(frame)).merge(limit, on="lam", suffixes=("", "_limit"))
    off = pairs["value"] / pairs["value_limit"] - 1
    return _as_far(off.abs().groupby(pairs["lam"].abs()).max()[::-1], within)


def ratio_of_means(results, figure, curriculum, column):
    """The mean at the least |λ| over that at the largest, the larger of both signs and of the curricula."""
    frame = only(results.frame(figure, "theory/switches"), curriculum=curriculum)
    means = frame.assign(size=frame["lam"].abs()).groupby(["curriculum", "size", "lam"])[column].mean()
    return max(of["value"].iloc[0] / of["value"].iloc[-1] for of in _by_size(means))


def _by_size(means):
    """Of each curriculum the least mean of both signs, |λ| ascending."""
    for _, of in means.groupby(["curriculum", "size"]).min().rename("value").reset_index().groupby("curriculum"):
        yield of.sort_values("size")


def _as_far(off, within):
    """The last size up to which all are off by no more than that, and the most by which they are."""
    near = off[off.cummax() <= within]
    return np.array([near.index[-1], near.max()])
