"""The exact solution of two-layer linear dynamics from λ-balanced weights.

Source: Domine et al. 2025, Theorem 4.3 (λ = 0: Fukumizu 1998, Braun et al. 2022). With
Q = [W1ᵀ; W2] and whitened inputs the flow τ Ẇ1 = W2ᵀ(Σyx − W2W1), τ Ẇ2 = (Σyx − W2W1)W1ᵀ gives the
matrix Riccati equation

    τ d/dt QQᵀ = F QQᵀ + QQᵀ F − (QQᵀ)²,    F = [[−λ/2 I, Σyxᵀ], [Σyx, λ/2 I]].

With F = PΛPᵀ, K = PᵀQ(0), φ = (e^{2Λt/τ} − 1)/Λ its solution is QQᵀ(t) = Q(t)Q(t)ᵀ, where

    Q(t) = P e^{Λt/τ} K R(t)⁻¹,    R(t)ᵀR(t) = I + ½ Kᵀ φ(t) K.

What is done differently here, and why:

* Λ and P come in closed form from the SVD of Σyx, in a way that does not cancel at any λ, 0 included.
* Λ is kept as its distance from ±|λ|/2 too. The slow rates of the delayed-rich regime are differences of
  eigenvalues that agree to s²/λ; subtracting the rounded eigenvalues would lose them at large t.
* The growing exponentials are never formed. K is brought to echelon form (lower trapezoidal) by a rotation of the
  hidden layer, which QQᵀ does not see; then column j grows as its first row does, and dividing the column
  by that growth leaves only bounded numbers: nothing overflows, at any time.
* R comes from a QR factorisation of [e^{−g}; (ψ/2)^{½} K̂], never from its Gram matrix, whose condition
  number is the square. Householder reflections run over all times at once, from the last column to the
  first, which keeps the zeros of the trapezoid.

An isotropic Σxx = cI is the same problem with τ → τ/c and Σyx → Σyx/c.
"""

import copy
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..arrays import Floats
from . import observables
from .eigenbasis import echelon, eigenbasis
from .factor import divide_large, divide_small, room
from .panels import over_panels
from .trajectory import Trajectory

EPS = np.finfo(float).eps
# σ_min(B)/‖K‖ below which a start lies on a saddle's stable manifold as far as float64 can tell
SADDLE = 10 * EPS
# doubles in a working array of one chunk of times: a MiB, large enough to hide the cost of numpy's calls
CHUNK_SIZE = 2**17
# below this many entries of K a loop over columns, vectorised over times, beats LAPACK called per time
SMALL = 400
# a panel of an interpolated curve pays from this many times on; in small nets, where numpy's calls cost more than
# the arithmetic, from this many doubles in K̂ over its times
LEAST_TIMES, LEAST_SIZE = 72, 2**17
CLOCK = "In another unit of time it is the same problem: times/s and tau/s"


class Diagnostics(NamedTuple):
    """How well the start determines the solution (see 'parity saddle' in the README).

    sigma_min : smallest singular value of B, the growing rows of K = PᵀQ(0)
    norm : ‖K‖₂
    saddle : whether sigma_min ≤ 10 ε ‖K‖: the start tends to a saddle and only rounding leaves it
    horizon : time beyond which rounding of the inputs decides, in absolute terms: of weights that shrink on
        their way to the saddle it decides earlier, relative to their size (inf unless `saddle`)
    relative_error : ε‖K‖/σ_min(B), the inherent relative error after the nearest saddle is passed
    """

    sigma_min: float
    norm: float
    saddle: bool
    horizon: float
    relative_error: float


class ExactSolution(Trajectory):
    """QQᵀ(t) and what follows from it at chosen times; built by `exact.exact_solution`.

    Attributes beyond those of `Trajectory`: `lam`, `tau`, `diagnostics`. Observables are evaluated when
    asked for, in chunks of times, so that no array larger than the answer is held for long.
    """

    up_to_rotation = True
    least_times = LEAST_TIMES

    def __init__(self, w1, w2, task, times, tau, lam, weight_decay=0.0):
        super().__init__(times, (w1, w2), task, weight_decay=weight_decay, tau=tau)
        self._lam_start, self._rate = lam, task.isotropic / tau
        checks.size("sigma_xx over tau", self._rate, 1 / checks.FAR, checks.FAR, remedy=CLOCK, zero=False)
        self._factorise(task.sigma_yx / task.isotropic, lam)
        checks.size(
            "the fastest rate, of sigma_yx, the weights and 1/tau,", self._fastest, most=checks.FAR, remedy=CLOCK
        )
        self._k = echelon(self._start_in_basis())

    @property
    def lam(self):
        """λ, which the flow keeps."""
        return self._lam_start

    def _factorise(self, sigma_yx, lam):
        self._basis = eigenbasis(sigma_yx, lam)

    def _start_in_basis(self):
        """K = PᵀQ(0)."""
        w1, w2 = self.start
        return self._basis.vectors.T @ np.concatenate([w1.T, w2])

    @property
    def _lasting(self):
        """Rates of the rows of K that grow for good, in descending order, and 0 for the others."""
        values = self._basis.values
        return np.where(values > 8 * EPS * values[0], values, 0.0)

    def _time_to_leave(self, row):
        """Time in which the rounding of a row of K grows to the size of the weights."""
        return np.log(1 / EPS) / (self._basis.values[row] * self._rate)

    @cached_property
    def diagnostics(self) -> "Diagnostics":
        """`Diagnostics` of the start: near a saddle, from when, and the error that is inherent."""
        values, norm = self._lasting, np.linalg.norm(self._start_in_basis(), 2)
        growing = np.flatnonzero(values > 0)
        if norm == 0 or growing.size == 0:
            return Diagnostics(0.0, norm, False, np.inf, np.inf if norm == 0 else 0.0)
        n_hidden = self.start[0].shape[0]
        k = np.zeros((values.size, n_hidden))
        k[:, : self._k.shape[1]] = self._k
        # rows that tie with the last of the n_hidden fastest: which of them is learned is for the start to say
        last = values[growing[:n_hidden][-1]]
        rows = growing[values[growing] >= last * (1 - 1e-12)]
        sigma_min = np.linalg.svd(k[rows], compute_uv=False)[-1]
        saddle = bool(sigma_min <= SADDLE * norm)
        horizon = np.inf
        if saddle:
            # a mode is learned by the column that starts in its row; the first without one is stuck
            pivots = np.zeros(values.size)
            lead = np.argmax(self._k != 0, axis=0)
            pivots[lead] = np.abs(self._k[lead, np.arange(lead.size)])
            stuck = rows[pivots[rows] <= SADDLE * norm]
            horizon = self._time_to_leave(stuck[0] if stuck.size else rows[-1])
        error = EPS * norm / sigma_min if sigma_min > 0 else np.inf
        return Diagnostics(float(sigma_min), float(norm), saddle, float(horizon), float(error))

    @cached_property
    def _growth(self):
        """Row as which each column of K̂ grows, and (r, growing rows) the rates of its entries beside that row's."""
        lead = np.argmax(self._k != 0, axis=0)  # the first that is not zero
        rows = (self._basis.values > 0).sum()  # those that grow stand first
        # Λ_i − Λ_lead(j) without subtracting rounded eigenvalues that nearly agree: |λ|/2 is in both
        excess = self._basis.excess
        return lead, np.where(self._k.T[:, :rows] != 0, excess[:rows] - excess[lead, None], 0.0)

    @np.errstate(over="ignore")  # so late that all is over
    def _weights_at(self, times, memory=None):
        """(w1, w2) up to one hidden rotation a time, (T, n_hidden, n_in) and (T, n_out, n_hidden).

        Of a small net they stand in `memory`, a `Room`, if that is given: until it is used again.
        """
        basis, k, t = self._basis, self._k, np.minimum(times * self._rate, checks.FAR)
        (m, r), values, small = k.shape, basis.values, self._small
        lead, exponent = self._growth
        rows = exponent.shape[1]
        if small:
            memory = memory.of(t.size) if memory else room(r, m, t.size)
            k_hat = memory.both[:, 1]
        else:
            k_hat = np.moveaxis(np.empty((t.size, r, m)), 0, -1)
        np.exp(np.multiply(exponent[:, :, None], t, out=k_hat[:, :rows]), out=k_hat[:, :rows])
        diagonal = np.exp(-np.maximum(values, 0)[lead, None] * t)
        k_hat[:, rows:] = diagonal[:, None]
        k_hat *= k.T[:, :, None]
        rate, decay = np.abs(values)[:, None], np.exp(np.minimum(values, 0)[:, None] * t)
        psi = np.broadcast_to(2 * t, (m, t.size)).copy()
        np.divide(-np.expm1(-2 * rate * t), rate, out=psi, where=rate > 0)
        n_in = self.start[0].shape[1]
        if small:
            both = memory.both
            np.multiply(both[:, 1], np.sqrt(psi / 2), out=both[:, 0])
            both[:, 1] *= decay
            np.matmul(basis.vectors, divide_small(memory, diagonal), out=memory.q)
            q = memory.by_time
            q[:] = memory.q.transpose(2, 1, 0)
            w1, w2 = observables.transpose(q[:, :n_in]), q[:, n_in:]
        else:
            x = divide_large(k_hat * np.sqrt(psi / 2), k_hat * decay, diagonal)
            w1, w2 = basis.layers(np.moveaxis(x, -1, 0))
            w2 = observables.transpose(w2)
        return self._whole(w1, w2)

    def _whole(self, w1, w2):
        """The layers with the hidden directions that K does not have, which stay zero."""
        if (spare := self.start[0].shape[0] - self._k.shape[1]) == 0:
            return w1, w2
        return np.pad(w1, ((0, 0), (0, spare), (0, 0))), np.pad(w2, ((0, 0), (0, 0), (0, spare)))

    @property
    def _small(self):
        return self._k.size <= SMALL

    def _over_time(self, observable, times=None, out=None):
        times = self.times if times is None else times
        chunk = max(1, min(CHUNK_SIZE // max(1, self._k.size), times.size))
        memory = room(*self._k.shape[::-1], chunk) if self._small else None
        for first in range(0, times.size, chunk):
            part = observable(*self._weights_at(times[first : first + chunk], memory))
            if out is None:
                if part.shape[0] == times.size and part.base is None:  # all of it, and not a view of `memory`
                    return part
                out = np.empty((times.size, *part.shape[1:]))
            out[first : first + chunk] = part
        return out

    @property
    def _fastest(self):
        return float(self._basis.values[0]) * self._rate

    def _curve(self, observable, parts=(...,)):
        width = 0.4 / self._fastest if self._fastest > 0 else np.inf
        least = LEAST_SIZE // max(1, self._k.size) if self._small else self.least_times
        return over_panels(partial(self._over_time, observable), self.times, width, least, parts)

    @property
    def w1(self) -> Floats:
        """W1 at every time up to one hidden rotation a time, (T, n_hidden, n_in)."""
        return self._over_time(lambda w1, w2: w1)

    @property
    def w2(self) -> Floats:
        """W2 at every time up to the same rotations, (T, n_out, n_hidden)."""
        return self._over_time(lambda w1, w2: w2)

    def weights(self, k: int | slice) -> tuple[Floats, Floats]:
        """A (w1, w2) at times[k], fixed up to a rotation of the hidden layer: the start of a next task.

        Give the next task `lam=solution.lam`: what the weights show of a small λ is rounded.
        """
        checks.place("k", k, self.times.size)
        times = self.times[k]
        w1, w2 = (w.copy() for w in self._weights_at(np.atleast_1d(times)))
        return (w1, w2) if np.ndim(times) else (w1[0], w2[0])

    def at(self, times: ArrayLike) -> "ExactSolution":
        """The same solution at other times; nothing is factorised anew."""
        other = copy.copy(self)
        for name in ("network_function", "input_representation", "output_representation", "qqt", "balance_drift"):
            vars(other).pop(name, None)  # kept values, of the times of this one
        other.times = checks.times(times)
        return other
