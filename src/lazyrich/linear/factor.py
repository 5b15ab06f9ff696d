"""X R⁻¹ with RᵀR = e^{−2g} + AᵀA from a QR factorisation of [e^{−g}; A], at many times.

A and X have the zeros of K̂, which is in echelon form (see `riccati`); arrays are (r, M, T): entry [j, i] is
column j, row i of the matrix. Two ways: for small nets the arithmetic of all times at once, for large ones LAPACK.
"""

from typing import NamedTuple

import numpy as np

SPARE = 8
# columns that LAPACK's QR of a triangle on a trapezoid treats together: the fastest from n = 20 to 200
BLOCK = 8


class Room(NamedTuple):
    """Memory of one chunk of times of a small net, to be used chunk after chunk: new memory costs more than arithmetic.

    both : (r, 2, M, T), A and X of `divide_small`; product : (r − 1, 2, M, T), its products
    q : (r, M, T) and by_time : (T, M, r), for what becomes of X; they lie where the products were
    """

    memory: np.ndarray
    both: np.ndarray
    product: np.ndarray
    q: np.ndarray
    by_time: np.ndarray

    def of(self, n_times):
        """The same memory for no more times than it was made for."""
        r, _, m, _ = self.both.shape
        return room(r, m, n_times, self.memory)


def room(r, m, n_times, memory=None):
    """`Room` for n_times, in `memory` if that is given."""
    # a little more than times: transposing at strides of a power of two is three times slower
    sizes = 2 * r * m * n_times, 2 * max(r - 1, 0) * m * n_times, r * m * (n_times + SPARE), r * m * n_times
    if memory is None:
        memory = np.empty(sizes[0] + max(sizes[1], sizes[2] + sizes[3]))
    later = memory[sizes[0] :]
    return Room(
        memory,
        memory[: sizes[0]].reshape(r, 2, m, n_times),
        later[: sizes[1]].reshape(max(r - 1, 0), 2, m, n_times),
        later[: sizes[2]].reshape(r, m, n_times + SPARE)[:, :, :n_times],
        later[sizes[2] : sizes[2] + sizes[3]].reshape(n_times, m, r),
    )


def divide_small(room, diagonal):
    """X R⁻¹ for small nets: A in room.both[:, 0], X in room.both[:, 1], diagonal (r, T) -> (r, M, T) there.

    Entry [j, i] of an array is column j, row i of the matrix. QR by Householder reflections of
    [diag(e^{−g}); A], columns from last to first; the pivot of column j is row j of the
    diagonal block, which no earlier reflection has touched. A and X are updated together: both have the zeros of K̂.
    """
    both, product = room.both, room.product
    for j in reversed(range(both.shape[0])):
        column = both[j, :, j:]
        norm = np.sqrt(diagonal[j] ** 2 + np.einsum("it,it->t", column[0], column[0]))
        column[1] /= norm
        if j:
            row = np.einsum("it,kit->kt", column[0], both[:j, 0, j:]) / norm  # row j of R
            column[0] /= diagonal[j] + norm
            both[:j, :, j:] -= np.multiply(row[:, None, None], column, out=product[:j, :, j:])
    return both[:, 1]


def divide_large(a, x, diagonal):
    """The same by LAPACK, one QR and one solve a time; arrays (r, M, T) hold one time's entries side by side.

    With columns, and the first r rows, in reversed order both diag(e^{−g}) and the trapezoid's top are upper
    triangular, which is what xTPQRT is for.
    """
    from scipy.linalg import blas, lapack

    r, _, n_times = x.shape
    x = x[::-1]  # columns of X are reversed too: a rotation of the hidden layer
    for t in range(n_times if r else 0):
        one = a[::-1, :, t]
        one = np.concatenate([one[:, r:], one[:, :r][:, ::-1]], axis=1)
        factor = lapack.dtpqrt(r, min(r, BLOCK), np.diag(diagonal[::-1, t]), one.T, overwrite_b=True)[0]
        x[:, :, t] = blas.dtrsm(1.0, factor, x[:, :, t].T, side=1, overwrite_b=True).T
    return x
