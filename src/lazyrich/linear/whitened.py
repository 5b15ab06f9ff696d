"""A network and its task in the fewest dimensions, in the directions of the task's own modes.

With V1 = W1 Σxx^½ and the whitened task M = Σyx Σxx^{−½} = Ũ S̃ Ṽᵀ the loss is ½‖M − W2V1‖² and the flow

    V̇1 = W2ᵀ E C,    Ẇ2 = E V1ᵀ,    E = M − W2V1,    C = Σxx.

Directions of the outputs outside the columns of W2 and Ũ never take part, nor do hidden ones that both layers leave
out, nor, where C = cI, inputs outside the rows of W1 and Ṽᵀ. They are dropped, which loses nothing: the kernel needs
nothing of them but the widths. In the bases that are left Ũ and Ṽ come first, so that M is the diagonal of S̃, and an
entry of a mode that has not begun is small beside nothing that rounds.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .. import checks
from ..arrays import ROUNDINGS
from .modes import time_to_reach

# singular values nearer than this, relative to the largest, are one mode; smaller ones are zero
EQUAL = 1e-9
# hidden directions in which both layers are below this part of their size are left out
DEAD = 64 * np.finfo(float).eps
# inputs of less than this part of the largest variance count only where they have as much of Σyx; and variances below
# the rounding of Σxx are zero for all that can be known
FLAT = 1e-12


@dataclass(frozen=True)
class Group:
    """Equal singular values, first to last − 1, of which a bottleneck lets `kept` be learned."""

    first: int
    last: int
    kept: int

    def error(self, block, target):
        """Distance of diagonal blocks (..., m, m) of W2V1 from s̃, or of a cut one from the nearest s̃·(projector)."""
        if self.kept == self.last - self.first:
            return np.linalg.norm(block - target * np.eye(self.kept), axis=(-2, -1))
        found = (block**2).sum((-2, -1)) - 2 * target * self.kept * self.strength(block) + target**2 * self.kept
        return np.sqrt(np.maximum(found, 0.0))

    def strength(self, block):
        """Mean strength of the modes: of a cut group of those that are strongest."""
        both = (block + np.swapaxes(block, -1, -2)) / 2
        return np.linalg.eigvalsh(both)[..., -self.kept :].mean(-1)


@dataclass(frozen=True)
class Whitened:
    """The reduced problem; sizes below are those that are left.

    w1, w2 : V1 (hidden, inputs) and W2 (outputs, hidden) at the start
    s : (rank,) singular values of the task; c : number, or C (inputs, inputs)
    shape : (n_in, n_hidden, n_out) of the whole network; gram : ‖Σxx‖_F²
    """

    w1: np.ndarray
    w2: np.ndarray
    s: np.ndarray
    c: float | np.ndarray
    shape: tuple
    gram: float

    @property
    def reach(self):
        """How many modes these hidden directions can learn."""
        return min(self.s.size, self.w1.shape[0])

    @property
    def narrow(self):
        return self.w1.shape[0] < self.s.size

    @cached_property
    def groups(self):
        """`Group` of each distinct singular value that can be learned."""
        ends = [*(np.flatnonzero(self.s[:-1] - self.s[1:] > EQUAL * self.s[0]) + 1), self.s.size]
        starts = [0, *ends[:-1]]
        return [Group(a, b, min(b, self.reach) - a) for a, b in zip(starts, ends, strict=True) if a < self.reach]

    @cached_property
    def _alone(self):
        """Whether no singular values are equal."""
        return len(self.groups) == self.reach and all(g.last == g.first + 1 for g in self.groups)

    def errors(self, missing):
        """How far each group is from learned, (..., groups), from E in the modes' directions (..., ≥ rank, ≥ rank)."""
        if self._alone:
            return np.abs(np.diagonal(missing, axis1=-2, axis2=-1)[..., : self.reach])
        blocks = [(g, missing[..., g.first : g.last, g.first : g.last]) for g in self.groups]
        return np.stack(
            [g.error(self.s[g.first] * np.eye(g.last - g.first) - e, self.s[g.first]) for g, e in blocks], -1
        )

    def gathered(self, squares):
        """√ of the sums over each group's modes of (rank,) numbers, (groups,)."""
        return (
            np.sqrt(np.add.reduceat(squares, [g.first for g in self.groups]))
            if not self._alone
            else np.sqrt(squares[: self.reach])
        )

    def missing(self, w1, w2):
        """E = M − W2V1, (..., outputs, inputs)."""
        return self._task - w2 @ w1

    @cached_property
    def _task(self):
        """M, (outputs, inputs)."""
        task = np.zeros((self.w2.shape[0], self.w1.shape[1]))
        np.fill_diagonal(task[: self.s.size], self.s)
        return task

    def times_c(self, a):
        """a C."""
        return a * self.c if np.ndim(self.c) == 0 else a @ self.c

    def velocity(self, w1, w2):
        """V̇1 = W2ᵀEC and Ẇ2 = EV1ᵀ, in one vector."""
        error = self.missing(w1, w2)
        return np.concatenate([self.times_c(w2.T @ error).ravel(), (error @ w1.T).ravel()])

    def variance(self, k):
        """c along the input direction of mode k: the variance of the inputs there."""
        return float(self.c if np.ndim(self.c) == 0 else self.c[k, k])

    @cached_property
    def largest_variance(self):
        """Largest eigenvalue of C."""
        return float(self.c if np.ndim(self.c) == 0 else np.linalg.norm(self.c, 2))

    def kernel(self, w1, w2):
        """(V1ᵀV1/‖K‖, W2W2ᵀ/‖K‖, ‖K‖): all that the tangent kernel K is made of."""
        a, b = np.swapaxes(w1, -1, -2) @ w1, w2 @ np.swapaxes(w2, -1, -2)
        size = np.maximum(np.abs(a).max(), np.abs(b).max())  # its square may be beyond float64
        a, b = a / size, b / size
        norm = np.sqrt(self._squared(a, b))
        return a / norm, b / norm, float(size * norm)

    def _squared(self, a, b):
        trace = self.c * np.trace(a) if np.ndim(self.c) == 0 else (a * self.c).sum()
        return self.shape[2] * (a * a).sum() + 2 * trace * np.trace(b) + self.gram * (b * b).sum()

    def kernel_growth(self, w1, w2):
        """‖K‖ of the whole network's tangent kernel at (w1, w2) over that of the start."""
        return self.kernel(w1, w2)[2] / self.kernel(self.w1, self.w2)[2]

    def kernel_distance(self, w1, w2):
        """1 − cosine of the whole network's tangent kernel at (w1, w2) with that of the start."""
        (a, b, _), (a0, b0, _) = self.kernel(w1, w2), self.kernel(self.w1, self.w2)
        return float(max(self._squared(a - a0, b - b0) / 2, 0.0))

    def aligned_time(self, k, start, lam, fraction):
        """Time of mode k in closed form, if start, task and inputs were aligned."""
        target, c = self.s[k], self.variance(k)
        if abs(target - start) <= (1 - fraction) * target:
            return 0.0
        value = target * (2 - fraction if start > target else fraction)
        root = np.sqrt(c)
        return float(time_to_reach(value / root, target / root, start / root, lam, tau=1 / c))


def whitened(w1, w2, task):
    """`Whitened` problem of weights and a `Task`. ValueError: Σyx where the inputs do not vary."""
    w1, w2 = checks.weights(w1, w2)
    (n_hidden, n_in), n_out = w1.shape, w2.shape[0]
    c = task.isotropic
    if c is not None:
        w1, m, gram = np.sqrt(c) * w1, task.sigma_yx / np.sqrt(c), c**2 * n_in
    else:
        values, vectors = np.linalg.eigh(task.sigma_xx)
        rounding = ROUNDINGS * n_in * np.finfo(float).eps
        part = np.linalg.norm(task.sigma_yx @ vectors, axis=0)
        vary = values > np.where(part > FLAT * np.linalg.norm(part), rounding, FLAT) * values[-1]
        values, vectors = values[vary], vectors[:, vary]
        m = task.sigma_yx @ vectors
        if (lost := np.linalg.norm(task.sigma_yx - m @ vectors.T)) > EQUAL * np.linalg.norm(task.sigma_yx):
            raise ValueError(
                f"Σyx of the task has a part of norm {lost:.3g} along inputs that do not vary (Σxx is zero there, or "
                f"less than its rounding, {rounding:.1g} of its largest eigenvalue): "
                "make both of the same data, with Task.from_data, and bring its inputs to a like scale"
            )
        w1, m, gram = w1 @ (vectors * np.sqrt(values)), m / np.sqrt(values), float((values**2).sum())
    u, s, vt = np.linalg.svd(m, full_matrices=False)
    rank = np.count_nonzero(s > EQUAL * s[0])
    outputs = _basis(u[:, :rank], w2)
    inputs = _basis(vt[:rank].T, w1.T if c is not None else np.eye(w1.shape[1]))
    w1, w2 = w1 @ inputs, outputs.T @ w2
    if c is None:
        c = inputs.T * values @ inputs
    hidden = _alive(w1, w2)
    return Whitened(hidden.T @ w1, w2 @ hidden, s[:rank], c, (n_in, n_hidden, n_out), float(gram))


def _basis(modes, other):
    """Orthonormal columns that begin with `modes`, which are, and span the columns of `other` too."""
    n, rank = modes.shape
    if rank + other.shape[1] >= n:
        basis = np.linalg.qr(modes, mode="complete")[0]
    else:
        basis = np.linalg.qr(np.hstack([modes, other]))[0]
    basis[:, :rank] = modes
    return basis


def _alive(w1, w2):
    """Orthonormal hidden directions in which a layer is not zero, each layer beside its own size."""
    parts = [w / np.abs(w).max() for w in (w1, w2.T) if w.any()]
    parts = [part / np.linalg.norm(part) for part in parts]
    u, size, _ = np.linalg.svd(np.hstack(parts), full_matrices=False)
    return u[:, size > DEAD * size[0]]
