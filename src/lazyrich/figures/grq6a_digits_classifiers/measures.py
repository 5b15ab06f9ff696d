"""Measures of grq6a: networks of the same draw beside each other, by α."""


def _by_alpha(results, figure, chosen):
    """The chosen numbers, a row a draw, a column an α in ascending order."""
    return results.select(figure, **chosen).pivot(index="draw", columns="alpha", values="value")


def _rises(results, figure, chosen):
    """Of every draw the changes from one α to the next larger one."""
    return _by_alpha(results, figure, chosen).diff(axis=1).iloc[:, 1:].to_numpy()


def least_rise(results, figure, **chosen):
    """The least rise from one α to the next larger one, over draws."""
    return _rises(results, figure, chosen).min()


def share_rising(results, figure, **chosen):
    """How many of these changes are rises, as a share."""
    return (_rises(results, figure, chosen) > 0).mean()


def least_lead(results, figure, alpha, **chosen):
    """How much larger the number is at this α than at any other, at the least, over draws."""
    table = _by_alpha(results, figure, chosen)
    return table.drop(columns=alpha).rsub(table[alpha], axis=0).to_numpy().min()


def falls(results, figure, **chosen):
    """How many of these changes are falls."""
    return (_rises(results, figure, chosen) < 0).sum()


def in_turn(results, figure, **chosen):
    """The chosen numbers, in the order of the table."""
    return results.values(figure, **chosen)


def widths(results, figure, table):
    """The widths of a network of the first draw, from its inputs to its outputs."""
    layers = results.frame(figure, table).query("draw == 0").sort_values("layer")
    return [*layers["fan_in"], layers["fan_out"].iloc[-1]]
