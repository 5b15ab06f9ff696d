"""How claims of figX5, and its caption, measure what is not one choice of numbers."""

import pandas as pd


def furthest_in_standard_errors(results, figure):
    """The mean of the law over draws that is furthest from what is expected of it, where that is above 0."""
    return furthest_from_expected(results, figure, "distance")


def furthest_from_expected(results, figure, column):
    """Of that mean its distance in standard errors, or its n_hidden, itself (mean) or what is expected."""
    expected = results.frame(figure, "theory/expected").set_index(["shape", "n_hidden", "lam"])["kernel_distance"]
    law = results.frame(figure, "theory/laws").groupby(expected.index.names)["kernel_distance"]
    found = pd.DataFrame({"mean": law.mean(), "expected": expected, "distance": (law.mean() - expected) / law.sem()})
    found = found[found["expected"] > 0].dropna().reset_index()
    return found.loc[found["distance"].abs().idxmax(), column]


def width_of_falling(results, figure):
    """The hidden width up to which, at λ = 0, the mean kernel distance falls from each to the next in every shape."""
    mean = _rich(results, figure)
    falls = (mean.diff().iloc[1:] < 0).all(axis=1)
    return mean.index[int(falls.cumprod().sum())]


def level(results, figure, statistic):
    """The least (min) or largest (max) of these means from that width on."""
    mean = _rich(results, figure).loc[width_of_falling(results, figure) :]
    return mean.stack().agg(statistic)


def _rich(results, figure):
    """Mean kernel distance at λ = 0: hidden widths down, shapes across."""
    asked = {"where": {"lam": 0}, "reduce": {"draw": "mean"}}
    mean = results.select(figure, "theory/end", "kernel_distance", **asked)
    return mean.pivot(index="n_hidden", columns="shape", values="value").astype(float)
