"""The exact solution with weight decay: λ-balanced networks that drift from lazy to rich, in closed form.

With the loss L + (γ/2)(‖W1‖² + ‖W2‖²) the flow is

    τ Ẇ1 = W2ᵀ(Σyx − W2W1) − γW1,    τ Ẇ2 = (Σyx − W2W1)W1ᵀ − γW2.

1. W2ᵀW2 − W1W1ᵀ falls as e^{−2γt/τ}, from any start: a λ-balanced network stays balanced, at λ(t) = λ₀e^{−2γt/τ}.
2. So Q = [W1ᵀ; W2] obeys the Riccati equation of `riccati` with F(t), whose λ is λ(t), less γI. With Φ̇ = F(t)Φ,
   Φ(0) = I, its solution is Q(t) = Φ(t) Q(0) R⁻¹ with RᵀR = I + Q(0)ᵀ N Q(0) and N = ∫₀ᵗ ΦᵀΦ.
3. Φ and N are closed forms in modified Bessel functions, one 2×2 block for each singular triple of the task
   (`decay_blocks`). The directions that the task does not use are numbers, e^{−γt ± h} with h = ∫λ/2 dt = (λ₀ − λ)/4γ.
4. Its evaluation is that of `riccati`: K holds Q(0) in the basis of the growing and falling solutions, in echelon form;
   column j in units of (1 + its growing integral)^{½}, so that nothing ever overflows; R from a QR factorisation.
5. For t → ∞, λ → 0 and W2W1 → Ũ(S̃ − γ)₊Ṽᵀ, cut at the rank that fits the hidden layer: soft thresholding.

There is no step, no panel and no quadrature: the cost of a time depends neither on γ nor on λ. Ours: neither Domine et
al. (2025) nor Kunin et al. (2024) has weight decay. Decay on one layer only breaks 1, and with it the solution.
"""

from functools import cached_property

import numpy as np

from .. import checks
from . import observables
from .decay_blocks import END, DecayBlocks, log_integral
from .factor import divide_large, divide_small, room
from .riccati import EPS, ExactSolution

# exponents up to which a product of exponentials is as good as one of the sum
SAFE, HIGHEST = 600.0, 100.0


class DecayingSolution(ExactSolution):
    """QQᵀ(t) with weight decay γ > 0; built by `exact_solution`.

    Attributes beyond those of `ExactSolution`: `weight_decay`; `lam` is λ at each time, (T,).
    """

    least_times = 30

    def _factorise(self, sigma_yx, lam):
        self._gamma = self.weight_decay / self.task.isotropic
        self._u, self._s, vt = np.linalg.svd(sigma_yx)
        self._v = vt.T
        self._blocks = DecayBlocks(self._s, abs(lam), self._gamma)

    @property
    def lam(self):
        """λ at each time, (T,)."""
        return self._lam_start * np.exp(-2 * self.weight_decay * self.times / self.tau)

    @cached_property
    def _size(self):
        """‖Q(0)‖²."""
        return np.linalg.norm(self._k, 2) ** 2 if self._k.size else 0.0

    @property
    def _fastest(self):
        return float(max(np.hypot(self._s[0], self._lam_start / 2), self._gamma)) * self._rate

    @property
    def _lasting(self):
        """s of the triples that grow beside what falls, and 0 for the other rows of K."""
        return np.pad(np.where(self._s > 8 * EPS * self._s[0], self._s, 0.0), (0, len(self._k) - self._s.size))

    def _time_to_leave(self, row):
        """Time in which the rounding of a row of K grows to the size of the weights, to a percent; inf if it decays."""
        if self._s[row] <= self._gamma:
            return np.inf
        t = np.append(0.0, np.geomspace(1e-4, 1e10, 3200)) / (self._s[row] - self._gamma)
        grown = (self._blocks.at(t).grows + self._blocks.h(t))[row] - self._gamma * t
        return np.append(t, np.inf)[np.argmax(np.append(grown, np.inf) >= np.log(1 / EPS))] / self._rate

    def _start_in_basis(self):
        """K: Q(0) in the basis of the growing solutions, the directions without a task, the falling solutions."""
        (w1, w2), m = self.start, self._s.size
        first, second = self._v.T @ w1.T, self._u.T @ w2
        p, q = _turned(first[:m], second[:m], self._lam_start)
        (p1, q1), (p2, q2) = self._blocks.directions
        area = p1 * q2 - q1 * p2
        return np.concatenate([(p * q2 - q * p2) / area, first[m:], second[m:], (q * p1 - p * q1) / area])

    def _spare(self, t, h):
        """Of the directions without a task: whether they grow, ln of ∫|·|²dt, over its last value if they do."""
        n_out, n_in = self._u.shape[0], self._v.shape[0]
        up = (n_out - n_in) * self._lam_start >= 0
        if abs(self._lam_start) <= END * self._gamma:
            integral = log_integral(-2 * self._gamma, t)
        else:
            with np.errstate(divide="ignore"):  # at t = 0
                integral = np.log(-np.expm1(-2 * h) / abs(self._lam_start))
        return up, integral + 2 * self._gamma * t if up else integral

    def _weights_at(self, times, memory=None):
        """(w1, w2) up to one hidden rotation a time, (T, n_hidden, n_in) and (T, n_out, n_hidden)."""
        m, t = self._s.size, np.minimum(times * self._rate, checks.FAR)
        n_rows, r = self._k.shape
        if small := self._small:
            memory = memory.of(t.size) if memory else room(r, n_rows, t.size)
            a, x = memory.both[:, 0], memory.both[:, 1]
        else:
            a, x = np.moveaxis(np.empty((2, t.size, r, n_rows)), 1, -1)
        of = self._blocks.at(t, self._size)
        diagonal = self._fill(a, x, t, of)
        x = divide_small(memory, diagonal) if small else divide_large(a, x, diagonal)
        (p1, q1), (p2, q2) = of.grown, of.fallen
        grown, rest, fallen = x[:, :m], x[:, m : n_rows - m], x[:, n_rows - m :]
        first, second = _turned_back(p1 * grown + p2 * fallen, q1 * grown + q2 * fallen, self._lam_start)
        if self._v.shape[0] > m:
            first = np.concatenate([first, rest], axis=1)
        elif self._u.shape[0] > m:
            second = np.concatenate([second, rest], axis=1)
        w1 = np.moveaxis(first, -1, 0) @ self._v.T
        return self._whole(w1, observables.transpose(np.moveaxis(second, -1, 0) @ self._u.T))

    def _fill(self, a, x, t, of):
        """Fill A and X of `factor`, (r, M, T), from the `Solutions` at t; returns the diagonal (r, T)."""
        k, m, h = self._k, self._s.size, self._blocks.h(t)[0]
        n_rows = len(k)
        up, spare = self._spare(t, h)
        # growing rows: ln of size beyond h − γt, ln of integral over size squared
        few = n_rows - 2 * m if up else 0
        rows = m + few
        grows = np.concatenate([of.grows, np.zeros((few, t.size))])
        integral = np.concatenate([of.integral, np.broadcast_to(spare, (few, t.size))])
        # columns in units of (1 + ∫)^½ of the row in which they start: ln of that over the row's size, and one over it
        lead = np.argmax(k != 0, axis=0)
        first = np.minimum(lead, rows - 1)
        size = grows[first] + h - self._gamma * t
        unit = np.logaddexp(-2 * size, integral[first]) / 2
        starts_high = (lead < rows)[:, None]
        diagonal = np.where(starts_high, np.exp(-np.logaddexp(0, integral[first] + 2 * size) / 2), 1.0)
        there = k.T[:, :rows, None] != 0
        relative = np.where(there, grows - grows[first][:, None] - unit[:, None], 0.0)
        x[:, :rows] = k.T[:, :rows, None] * np.exp(relative)

        def times(factor):
            """The rows of X that grow, times e^factor."""
            few = slice(len(factor))
            if factor.max(initial=0) < SAFE:
                return x[:, few] * np.exp(factor)
            # the sum is never far above 0: only rounding, of exponents beyond 1e16, makes it so
            both = np.minimum(relative[:, few] + factor, HIGHEST)
            return k.T[:, few, None] * np.exp(np.where(there[:, few], both, 0.0))

        below, shared, apart = _split(of)
        integral[:m] += apart
        falling = k.T[:, rows:, None] * diagonal[:, None]
        a[:, :rows] = times(integral / 2)
        a[:, n_rows - m :] = below * falling[:, -m:] - times(shared)
        x[:, n_rows - m :] = falling[:, -m:] * np.exp(of.falls)
        if rows < n_rows - m:
            a[:, rows : n_rows - m] = falling[:, :-m] * np.exp(spare / 2)
            x[:, rows : n_rows - m] = falling[:, :-m] * np.exp(-h - self._gamma * t)
        return diagonal


def _split(of):
    """The integrals of a triple as a square root, whose falling row holds what both share.

    Root of the falling one's; ln of what the growing one has in that row; ln of the share that is left of its own.
    """
    below = np.sqrt(of.below)
    with np.errstate(divide="ignore", invalid="ignore"):  # at t = 0
        shared = of.cross - np.where(below > 0, np.log(below), 0.0)
        # between directions at least 45° apart
        cosine = np.exp(np.minimum(shared - of.integral / 2, -np.log(2) / 2))
        cosine = np.where(of.integral > -np.inf, cosine, 0.0)
    return below, shared, np.log1p(-(cosine**2))


def _turned(first, second, lam):
    """(p, q) from the coordinates of inputs and of outputs."""
    return (second + first) / np.sqrt(2), (second - first if lam >= 0 else first - second) / np.sqrt(2)


def _turned_back(p, q, lam):
    low, high = (p - q) / np.sqrt(2), (p + q) / np.sqrt(2)
    return (low, high) if lam >= 0 else (high, low)
