"""A smooth curve at many times from few evaluations: Chebyshev nodes in panels of time, each panel checked.

`evaluate` is exact but costs much; between the nodes the curve is interpolated by the barycentric formula, which is
stable at Chebyshev nodes (Berrut & Trefethen 2004). A panel is accepted when the last coefficients of its
Chebyshev series are rounding beside the *smallest* node value of the panel, so accuracy is relative to the curve at
each time, not to its peak. Widths follow the coefficients as an integrator's steps follow its error. Where
times are too few for a panel to pay, or a curve is too rough, its times are evaluated one by one.
"""

import numpy as np

NODES = 24
# of the last coefficients, relative to the curve: what is cut off is several times less
TOLERANCE = 1e-14
# smallest over largest node value below which rounding of the largest alone would fail a panel
STEEP = 1e-4
# width over time below which the rounding of nodes would move them
NARROW = 1e-10
# a panel so many times wider than the last that was fine is not tried
REACH = 8
# the times between two panels that fail, in panels, grow up to this: else the attempts would cost
PATIENCE = 8

_POSITION = -np.cos(np.pi * np.arange(NODES) / (NODES - 1))
_SERIES = np.cos(np.outer(np.arange(NODES), np.pi * np.arange(NODES) / (NODES - 1))) * (2 / (NODES - 1))
_SERIES[:, [0, -1]] /= 2
_SERIES[[0, -1]] /= 2  # Chebyshev coefficients from values at the nodes
_MIDDLE, _TAIL = _SERIES[NODES // 2 - 1 : NODES // 2 + 1], _SERIES[-3:]


def _nodes(begin, end):
    nodes = begin + (end - begin) * (1 + _POSITION) / 2
    nodes[-1] = end  # not rounded
    return nodes


def _interpolation_matrix(nodes, times):
    """(times, nodes) matrix of barycentric interpolation, with the weights of the nodes as rounded."""
    width = nodes[-1] - nodes[0]
    apart = (nodes[:, None] - nodes) / (width / 4)
    np.fill_diagonal(apart, 1.0)
    distance = (times[:, None] - nodes) / width
    at_node = distance == 0
    distance[at_node] = 1.0
    matrix = 1 / apart.prod(1) / distance
    matrix[at_node.any(1)] = 0.0
    matrix[at_node] = 1.0
    return matrix / matrix.sum(1, keepdims=True)


def _roughness(values, parts):
    """(measured, predicted): the last coefficients beside what is tolerated; a panel is fine up to 1.

    Predicted is what geometric decay from the middle coefficients gives, which rounding does not hide.
    """
    measured = predicted = 0.0
    for part in parts:
        part = values[part].reshape(NODES, -1)
        size = np.abs(part).max(1)
        largest, smallest = size.max(), size.min()
        if largest == 0:
            continue
        if smallest < STEEP * largest:
            return np.inf, np.inf
        middle, tail = (np.abs(some @ part).sum(0).max() for some in (_MIDDLE, _TAIL))
        measured = max(measured, tail / smallest / TOLERANCE)
        predicted = max(predicted, (middle / largest) ** 2 * (largest / smallest) / TOLERANCE)
    return measured, predicted


def over_panels(evaluate, times, width, least, parts=(...,)):
    """The curve at all times, interpolated in panels where enough times share one.

    Parameters
    ----------
    evaluate : function of (T,) times that gives a (T, ...) array, filling `out` if that is given
    times : (T,) array, ascending
    width : of the first panel tried
    least : times in a panel from which on its nodes are cheaper than the times themselves
    parts : indices of a (T, ...) array; accuracy is relative to the largest entry of each
    """
    if times.size < least:
        return evaluate(times)
    start = evaluate(times[:1])[0]
    result = np.empty((times.size, *start.shape))
    flat = result.reshape(times.size, -1)
    first, patience = 0, 1
    while first < times.size:
        last = min(first + least, times.size)
        begin, shortest = times[first], times[last - 1]
        # what is left at the end may be less than a panel should hold
        enough = last - first > least // 2 and shortest - begin > NARROW * shortest
        if enough and shortest - begin > REACH * width:
            width *= REACH  # not yet, but the curve may be smoother later
        elif enough:
            end = min(max(begin + width, shortest), times[-1])
            nodes = _nodes(begin, end)
            values = evaluate(nodes)
            measured, predicted = _roughness(values, parts)
            # coefficients fall as the width to the power of their degree
            change = 0.8 * max(predicted, 1e-30) ** (-1 / NODES)
            width = (end - begin) * np.clip(change, 0.25, 4.0 if measured <= 1 else 0.7)
            if measured <= 1:
                last, patience = np.searchsorted(times, end, side="right"), 1
                np.matmul(
                    _interpolation_matrix(nodes, times[first:last]), values.reshape(NODES, -1), out=flat[first:last]
                )
                first = last
                continue
            if end > shortest:
                continue
        last, patience = min(first + patience * least, times.size), min(2 * patience, PATIENCE)
        evaluate(times[first:last], out=result[first:last])
        first = last
    return result
