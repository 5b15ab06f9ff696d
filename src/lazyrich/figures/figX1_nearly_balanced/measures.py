"""Measures that the claims and the caption of figX1 take besides the general ones."""

import numpy as np

from ...pipeline.frames import only
from . import powers


def largest_quantile(results, figure, columns, quantile, table, where):
    """The largest, over several columns, of a quantile over draws."""
    frame = only(results.frame(figure, table), **where)
    found = frame.groupby(["family", "n_in", "scheme"])[columns].agg(lambda draws: np.quantile(draws, quantile))
    return found.to_numpy().max()


def trusted_from(results, figure, columns, table, tolerance, where):
    """The least width from which on the median errors are within the tolerance in every scheme, 0 if there is none."""
    frame = only(results.frame(figure, table), **where)
    medians = frame.groupby(["scheme", "n_in"])[columns].median().max(axis=1)
    found = []
    for _, errors in medians.groupby(level="scheme"):
        widths, beyond = errors.index.get_level_values("n_in"), np.flatnonzero(errors > tolerance)
        first = beyond[-1] + 1 if beyond.size else 0
        found.append(widths[first] if first < len(widths) else 0)
    return max(found) if min(found) > 0 else 0


def power_of_width(results, figure, column, table, furthest_from, where, absolute=False):
    """Of the powers of N_i with which a median over draws changes, in each family and scheme, the furthest one."""
    power = _furthest(powers.of_width(only(results.frame(figure, table), **where), column), furthest_from)
    return abs(power) if absolute else power


def power_of_distance(results, figure, columns, furthest_from, where):
    """The same of the relative distance from balance, of starts moved off balance."""
    departures = only(results.frame(figure, "simulation/perturbed_departures"), **where)
    frame = powers.with_distance(departures, results.frame(figure, "task/perturbed"))
    return _furthest(np.concatenate([powers.of_distance(frame, column) for column in columns]), furthest_from)


def _furthest(values, value):
    values = np.asarray(values)
    return values[np.abs(values - value).argmax()]


def times_as_long(results, figure, where):
    """How many times as long as the flow the theory takes, if it takes longer: least and largest median."""
    frame = results.select(
        figure, table="simulation/departures", column="time_to_learn", where=where, reduce={"draw": "median"}
    )
    return 1 + frame["value"].agg(["min", "max"]).to_numpy()


def error_per_distance(results, figure, column, where):
    """The median, over starts moved off balance, of an error in units of the relative distance from balance."""
    departures = only(results.frame(figure, "simulation/perturbed_departures"), **where)
    frame = powers.with_distance(departures, results.frame(figure, "task/perturbed"))
    return (frame[column] / frame["relative_imbalance"]).median()
