"""What figC1's caption measures beside the general measures."""

import numpy as np

from ...pipeline.ledger.results import numbers


def least_of(results, figure, columns, **chosen):
    """The least number of several columns."""
    return min(results.values(figure, column=column, **chosen).min() for column in columns)


def crossing(results, figure, columns, **chosen):
    """The λ at which the numbers of two columns cross, between two points of their curves."""
    one, other = (results.select(figure, column=column, **chosen).sort_values("lam") for column in columns)
    lead, lams = numbers(one) - numbers(other), one["lam"].to_numpy()
    before = np.flatnonzero(lead[:-1] * lead[1:] < 0)[0]
    return lams[before] + (lams[before + 1] - lams[before]) * lead[before] / (lead[before] - lead[before + 1])


def widths(results, figure, table):
    """The widths of the networks, from inputs to outputs."""
    return results.frame(figure, table)[["n_in", "n_hidden", "n_out"]].iloc[0]
