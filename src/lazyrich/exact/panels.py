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
TOLERANCE = 4e-15
# the times between two panels that fail, in panels, grow up to this: else the attempts would cost
PATIENCE = 8

_POSITION = -np.cos(np.pi * np.arange(NODES) / (NODES - 1))
_TAIL = np.cos(np.outer(np.arange(NODES - 3, NODES), np.pi * np.arange(NODES) / (NODES - 1))) * (2 / (NODES - 1))
_TAIL[:, [0, -1]] /= 2
_TAIL[-1] /= 2


def _nodes(begin, end):
    nodes = begin + (end - begin) * (1 + _POSITION) / 2
    nodes[-1] = end  # not rounded
    return nodes


def _interpolation_matrix(nodes, times):
    """(times, nodes) matrix of barycentric interpolation, with the weights of the nodes as rounded."""
    apart = (nodes[:, None] - nodes) * (4 / (nodes[-1] - nodes[0]))
    np.fill_diagonal(apart, 1.0)
    distance = times[:, None] - nodes
    at_node = distance == 0
    distance[at_node] = 1.0
    matrix = 1 / apart.prod(1) / distance
    matrix[at_node.any(1)] = 0.0
    matrix[at_node] = 1.0
    return matrix / matrix.sum(1, keepdims=True)


def _roughness(values, parts):
    """Size of the last coefficients in units of what is tolerated; at most 1 where a panel is fine."""
    worst = 0.0
    for part in parts:
        part = values[part].reshape(NODES, -1)
        tail = np.abs(_TAIL @ part).sum(0).max()
        if tail > 0:
            smallest = np.abs(part).max(1).min()
            worst = max(worst, tail / (TOLERANCE * smallest) if smallest > 0 else np.inf)
    return worst


def over_panels(evaluate, times, width, least, parts=(...,)):
    """evaluate(times), interpolated in panels where at least `least` times share one.

    Parameters
    ----------
    evaluate : function of (T,) times that gives a (T, ...) array
    times : (T,) array, ascending
    width : of the first panel tried
    least : times in a panel from which on its nodes are cheaper than the times themselves
    parts : indices of a (T, ...) array; accuracy is relative to the largest entry of each
    """
    if times.size < least:
        return evaluate(times)
    result, first, patience = None, 0, 1
    while first < times.size:
        last, piece = first + least - 1, None
        if last < times.size and times[first] < times[last]:
            end = min(max(times[first] + width, times[last]), times[-1])
            nodes = _nodes(times[first], end)
            values = evaluate(nodes)
            rough = _roughness(values, parts)
            # the coefficients fall as the width to the power NODES, down to rounding
            change = 0.9 * max(rough, 1e-30) ** (-1 / NODES)
            width = (end - times[first]) * np.clip(change, 0.25, 4.0 if rough <= 1 else 0.7)
            if rough <= 1:
                last, patience = np.searchsorted(times, end, side="right"), 1
                piece = _interpolation_matrix(nodes, times[first:last]) @ values.reshape(NODES, -1)
            elif end > times[last]:
                continue
        if piece is None:
            last, patience = min(first + patience * least, times.size), min(2 * patience, PATIENCE)
            values = piece = evaluate(times[first:last])
        if result is None:
            result = np.empty((times.size, *values.shape[1:]))
        result[first:last] = piece.reshape(-1, *values.shape[1:])
        first = last
    return result
