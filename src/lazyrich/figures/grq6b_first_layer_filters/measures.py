"""Measures of grq6b: numbers beside each other by α, all their other keys equal."""


def _by_alpha(results, figure, chosen):
    """The chosen numbers, a column an α in ascending order."""
    frame = results.select(figure, **chosen)
    return frame.pivot(index=[key for key in frame if key not in ("alpha", "value")], columns="alpha", values="value")


def largest_change(results, figure, **chosen):
    """The largest ratio of a number to that at the next smaller α."""
    table = _by_alpha(results, figure, chosen)
    return (table / table.shift(axis=1)).max(axis=None)


def largest_range(results, figure, **chosen):
    """How far the numbers at all α are from each other, at the most."""
    table = _by_alpha(results, figure, chosen)
    return (table.max(axis=1) - table.min(axis=1)).max()


def largest_rise(results, figure, **chosen):
    """By which share a number is above that at the next smaller α, at the most."""
    table = _by_alpha(results, figure, chosen)
    if table.shape[1] < 2:
        raise ValueError(f"a rise is between two α; {chosen} has {table.shape[1]}")
    return largest_change(results, figure, **chosen) - 1
