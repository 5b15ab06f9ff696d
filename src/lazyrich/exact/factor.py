"""X = e^{Λt}K R⁻¹ with R from a QR factorisation of [e^{−g}; (ψ/2)^{½} K̂], at many times.

K̂ = K e^{−g} in units in which nothing grows is in echelon form (see `riccati`); arrays are (r, M, T): entry [j, i] is
column j, row i of the matrix. Two ways: for small nets the arithmetic of all times at once, for large ones LAPACK.
"""

import numpy as np

# columns that LAPACK's QR of a triangle on a trapezoid treats together: the fastest from n = 20 to 200
BLOCK = 8


def divide_small(k_hat, diagonal, psi, decay):
    """e^{Λt}K R⁻¹ for small nets: k_hat (r, M, T), diagonal (r, T), psi and decay (M, T) -> (r, M, T).

    Entry [j, i] of an array is column j, row i of the matrix. QR by Householder reflections of
    [diag(e^{−g}); A], A = (ψ/2)^{½} K̂, columns from last to first; the pivot of column j is row j of the
    diagonal block, which no earlier reflection has touched. A and X = e^{Λt}K R⁻¹ are updated together.
    """
    r, m, n_times = k_hat.shape
    both = np.empty((r, 2, m, n_times))
    product = np.empty((max(r - 1, 0), 2, m, n_times))  # one for all columns: new memory costs more than the arithmetic
    np.multiply(k_hat, np.sqrt(psi / 2), out=both[:, 0])
    np.multiply(k_hat, decay, out=both[:, 1])
    for j in reversed(range(r)):
        column = both[j, :, j:]
        norm = np.sqrt(diagonal[j] ** 2 + np.einsum("it,it->t", column[0], column[0]))
        column[1] /= norm
        if j:
            row = np.einsum("it,kit->kt", column[0], both[:j, 0, j:]) / norm  # row j of R
            column[0] /= diagonal[j] + norm
            both[:j, :, j:] -= np.multiply(row[:, None, None], column, out=product[:j, :, j:])
    return both[:, 1]


def divide_large(k_hat, diagonal, psi, decay):
    """The same by LAPACK, one QR and one solve a time; arrays (r, M, T) hold one time's entries side by side.

    With columns, and the first r rows, in reversed order both diag(e^{−g}) and the trapezoid's top are upper
    triangular, which is what xTPQRT is for.
    """
    from scipy.linalg import blas, lapack

    r, _, n_times = k_hat.shape
    x = k_hat[::-1] * decay  # columns of X are reversed too: a rotation of the hidden layer
    root = np.sqrt(psi / 2)
    for t in range(n_times if r else 0):
        a = k_hat[::-1, :, t] * root[:, t]
        a = np.concatenate([a[:, r:], a[:, :r][:, ::-1]], axis=1)
        factor = lapack.dtpqrt(r, min(r, BLOCK), np.diag(diagonal[::-1, t]), a.T, overwrite_b=True)[0]
        x[:, :, t] = blas.dtrsm(1.0, factor, x[:, :, t].T, side=1, overwrite_b=True).T
    return x
