"""The basis in which the exact solution is written: Λ and P of F = PΛPᵀ in closed form, and K = PᵀQ(0) in echelon form.

See `riccati` for what they are, and why they are computed so.
"""

from typing import NamedTuple

import numpy as np

from ..arrays import unit


class Eigenbasis(NamedTuple):
    """F = P Λ Pᵀ with eigenvalues in descending order, each also as its distance `excess` from ±|λ|/2.

    P is kept whole in `vectors`, and as the factors of which it is made: Σyx = u s vt, and p, q of each pair.
    """

    vectors: np.ndarray
    values: np.ndarray
    excess: np.ndarray
    u: np.ndarray
    vt: np.ndarray
    p: np.ndarray
    q: np.ndarray

    def layers(self, x):
        """The two blocks of rows of P xᵀ, each transposed: (..., r, n_in + n_out) -> (..., r, n_in), (..., r, n_out).

        The pairs first, the singular vectors of Σyx then: half the work of a product with `vectors`.
        """
        m = self.p.size
        plus, spare, minus = x[..., :m], x[..., m:-m], x[..., : -m - 1 : -1]
        first, second = self.p * plus + self.q * minus, self.q * plus - self.p * minus
        if self.vt.shape[0] > m:
            first = np.concatenate([first, spare], axis=-1)
        elif self.u.shape[0] > m:
            second = np.concatenate([second, spare], axis=-1)
        return first @ self.vt, second @ self.u.T


def eigenbasis(sigma_yx, lam):
    """Eigenvectors and eigenvalues of F = [[−λ/2 I, Σyxᵀ], [Σyx, λ/2 I]], (n_in + n_out) of them.

    A singular triple (s, u, v) gives Λ = ±√(s² + λ²/4) with vectors (p v, q u) and (q v, −p u); the
    |n_in − n_out| spare singular vectors have sgn(n_out − n_in) λ/2 (Domine et al. 2025, App. B).
    """
    n_out, n_in = sigma_yx.shape
    u, s, vt = np.linalg.svd(sigma_yx)
    m, half = min(n_in, n_out), abs(lam) / 2
    root = np.hypot(s, half)
    # (p, q) ∝ (s, Λ + λ/2) for λ ≥ 0 and (Λ − λ/2, s) for λ < 0: sums of what is not negative
    big = root + half
    excess = np.divide(s, big, out=np.zeros(m), where=big > 0) * s
    flat = big == 0  # s = λ = 0: every rotation is an eigenbasis
    norm = np.where(flat, 1.0, np.hypot(s, big))
    small, big = np.where(flat, np.sqrt(0.5), s / norm), np.where(flat, np.sqrt(0.5), big / norm)
    p, q = (small, big) if lam >= 0 else (big, small)
    v, u_m = vt[:m].T, u[:, :m]
    spare = np.zeros((n_in + n_out, abs(n_in - n_out)))
    if n_in > n_out:
        spare[:n_in] = vt[m:].T
    else:
        spare[n_in:] = u[:, m:]
    vectors = np.hstack([np.vstack([p * v, q * u_m]), spare, np.vstack([q * v, -p * u_m])[:, ::-1]])
    side = np.concatenate([np.ones(m), np.full(spare.shape[1], np.sign((n_out - n_in) * lam)), -np.ones(m)])
    excess = np.concatenate([excess, np.zeros(spare.shape[1]), -excess[::-1]])
    return Eigenbasis(vectors, side * half + excess, excess, u, vt, p, q)


def echelon(k):
    """K O with O orthogonal: zeros above each column's first entry, which stands below that of the column before.

    One Householder reflection a row; a row that holds nothing new is passed over, and directions of the hidden
    layer that hold nothing at all are left out, so there may be fewer columns than hidden units.
    """
    k = k.copy()
    column = 0
    for row in range(k.shape[0]):
        size = unit(k[row, column:], axes=1)
        v = k[row, column:] / size
        norm = np.linalg.norm(v)
        k[row, column:] = 0.0
        if norm == 0:
            continue
        k[row, column] = -np.copysign(norm, v[0]) * size
        v[0] += np.copysign(norm, v[0])
        below = k[row + 1 :, column:]
        below -= np.outer(below @ v, v * (2 / (v @ v)))
        column += 1
        if column == k.shape[1]:
            break
    return k[:, :column]
