"""How numbers from the tables become the one number of a claim.

Each measure takes the results, the claim's figure, and what its `measure` in claims.yaml says besides `take`: mostly
the arguments of `Results.select`. A figure may have measures of its own, in `measures.py` of its folder.
"""

from importlib import import_module

import numpy as np

from .. import folders
from .results import numbers


def largest(results, figure, **chosen):
    """The largest of the chosen numbers."""
    return results.values(figure, **chosen).max()


def least(results, figure, **chosen):
    """The least of the chosen numbers."""
    return results.values(figure, **chosen).min()


def mean(results, figure, **chosen):
    """Their mean."""
    return results.values(figure, **chosen).mean()


def total(results, figure, **chosen):
    """Their sum; of truths, how many are true."""
    return results.values(figure, **chosen).sum()


def furthest(results, figure, value, **chosen):
    """Of the chosen numbers the one furthest from `value`."""
    values = results.values(figure, **chosen)
    return values[np.abs(values - value).argmax()]


def where_least(results, figure, along, **chosen):
    """The key `along` of the row in which the chosen number is least."""
    frame = results.select(figure, **chosen)
    return frame[along].iloc[int(np.argmin(numbers(frame)))]


def where_largest(results, figure, along, **chosen):
    """The key `along` of the row in which the chosen number is largest."""
    frame = results.select(figure, **chosen)
    return frame[along].iloc[int(np.argmax(numbers(frame)))]


def smallest_step(results, figure, along="lam", falling=False, **chosen):
    """The smallest rise (or fall) from one number to the next in the order of a key: above 0 if strictly so."""
    steps = np.diff(numbers(results.select(figure, **chosen).sort_values(along, kind="stable")))
    return (-steps if falling else steps).min()


def ratios(results, figure, of, over, match=None):
    """Ratios of two choices of numbers, row by row; rows are matched by `match`, or by the keys that both have."""
    one, other = results.select(figure, **of), results.select(figure, **over)
    keys = match if match is not None else [key for key in one if key in other and key != "value"]
    if keys:
        pairs = one.merge(other, on=keys, suffixes=("", "_over"), validate="many_to_one")
    else:
        pairs = one.merge(other[["value"]], how="cross", suffixes=("", "_over"))
    if len(pairs) != len(one):
        raise ValueError(f"{of} has {len(one)} rows, {len(pairs)} of which have a partner in {over} by {keys}")
    return numbers(pairs) / numbers(pairs[["value_over"]].rename(columns={"value_over": "value"}))


def largest_ratio(results, figure, **pair):
    """The largest ratio of two choices of numbers."""
    return ratios(results, figure, **pair).max()


def least_ratio(results, figure, **pair):
    """The least of these ratios."""
    return ratios(results, figure, **pair).min()


def ratio_furthest_from_one(results, figure, **pair):
    """Of these ratios the one furthest from 1."""
    found = ratios(results, figure, **pair)
    return found[np.abs(found - 1).argmax()]


MEASURES = {
    function.__name__: function
    for function in (
        *(largest, least, mean, total, furthest, where_least, where_largest, smallest_step),
        *(largest_ratio, least_ratio, ratio_furthest_from_one),
    )
}


def of_figure(figure):
    """All measures that a claim of this figure may take: those above and its own."""
    folder = folders.figure(figure)
    if not (folder.folder / "measures.py").is_file():
        return MEASURES
    module = import_module(folder.module("measures"))
    own = {name: value for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__}
    return MEASURES | own
