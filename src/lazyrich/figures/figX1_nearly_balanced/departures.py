"""How far a flow departs from the exact solution that starts from the nearest balanced weights."""

import numpy as np

from ...linear.exact import exact_solution
from ...linear.nearly_balanced import nearest_balanced
from ...pipeline.common import time_to_fall


class Path:
    """Function, kernel distance and loss over time, from W2W1, W1ᵀW1 and W2W2ᵀ of the compressed network."""

    def __init__(self, function, a, b, sigma_yx, counted):
        self.function = function
        self.loss = ((function - sigma_yx) ** 2).sum((-2, -1)) / 2
        self.kernel = _kernel_distance(a, b, *counted)


def _kernel_distance(a, b, n_in, n_out):
    """Distance of the kernel with these factors from its first, with the widths of the whole network."""
    trace_a, trace_b = np.trace(a, axis1=-2, axis2=-1), np.trace(b, axis1=-2, axis2=-1)

    def product(a2, b2, trace_a2, trace_b2):
        inner = n_out * (a * a2).sum((-2, -1)) + n_in * (b * b2).sum((-2, -1))
        return inner + trace_a * trace_b2 + trace_a2 * trace_b

    from_first, squares = product(a[0], b[0], trace_a[0], trace_b[0]), product(a, b, trace_a, trace_b)
    return np.maximum(1 - from_first / np.sqrt(squares * squares[0]), 0.0)


def nearest_solution(start, times):
    """The exact solution from the balanced weights nearest to a start (w1, w2, sigma_yx, λ)."""
    w1, w2, sigma_yx, lam = start
    return exact_solution(*nearest_balanced(w1, w2, lam), sigma_yx, times, lam=lam)


def exact_path(start, times, counted):
    """`Path` of that solution; `counted` are the N_i and N_o of the whole network."""
    qqt, n_in = nearest_solution(start, times).qqt, start[0].shape[1]
    return Path(qqt[:, n_in:, :n_in], qqt[:, :n_in, :n_in], qqt[:, n_in:, n_in:], start[2], counted)


def flow_path(w1, w2, sigma_yx, counted):
    """`Path` of weights over time."""
    return Path(w2 @ w1, w1.swapaxes(-1, -2) @ w1, w2 @ w2.swapaxes(-1, -2), sigma_yx, counted)


def learned_at(times, path, level):
    """When the loss has fallen to `level` of that of the start; the last time where it has not."""
    return float(time_to_fall(times, path.loss, level * path.loss[0]))


def departure(times, truth, theory, level):
    """How far off the theory is: in function, in kernel distance, and in time to learn.

    The largest ‖W2W1 − theory‖ over time, relative to the way ‖Σyx − W2W1(0)‖ that is to be gone; the largest
    difference of kernel distances, which are themselves relative; |t_theory/t − 1| for the loss to fall to `level`.
    """
    way = np.sqrt(2 * truth.loss[0])
    error = np.linalg.norm(theory.function - truth.function, axis=(-2, -1)).max() / way
    ratio = learned_at(times, theory, level) / learned_at(times, truth, level)
    return error, np.abs(theory.kernel - truth.kernel).max(), abs(ratio - 1)
