"""Weight decay in the basis of the task: the growing and the falling solution of each singular triple, in closed form.

With decay γ the relative scale falls, λ(t) = λ₀e^{−2γt}, and Q = [W1ᵀ; W2] obeys the Riccati equation of `riccati` with
F(t) = [[−λ(t)/2 I, Σyxᵀ], [Σyx, λ(t)/2 I]] − γI. F commutes with the SVD of Σyx, so each singular triple (s, u, v)
is a pair of linear equations, for x₁ along v and x₂ along u. Beside the factor e^{−γt} that all share, and for λ ≥ 0,

    p = (x₂ + x₁)/√2,  q = (x₂ − x₁)/√2:      ṗ = s p + λ/2 q,    q̇ = −s q + λ/2 p.

In ζ = λ(t)/4γ these are the recurrences of modified Bessel functions of order a = ½ + s/2γ. One solution grows, one
falls:

    (p, q) = √ζ (K_a(ζ), K_{a−1}(ζ))    and    √ζ (I_a(ζ), −I_{a−1}(ζ)),

and what the Riccati equation integrates is in closed form too, since d/dt(p q′ + p′q) = λ(t)(p p′ + q q′):

    ∫₀ᵗ e^{−2γt}(p p′ + q q′) dt = [p q′ + p′q]₀ᵗ / λ₀.

(For λ < 0 the sides change places, q → −q.) Where λ has fallen below rounding (ζ < END), and at λ₀ = 0, p and q
go their own ways as e^{±st}. Ours: neither paper has weight decay.
"""

from typing import NamedTuple

import numpy as np

from ..arrays import Floats
from .bessel import FallingK, i_ratio

# ζ below which λ is rounding of what it is added to
END = 1e-18
# s/2γ and ζ₀ below which p q of the growing solution is nearly its limit: see `_product`
SLOW, NEAR = 0.45, 1.0
# times, in units of the sum of all rates, up to which integrals are sums over so many nodes, of weights whose squares
# are so many times larger than that sum
SHORT, LARGE = 0.5, 4.0
NODES, WEIGHTS = np.polynomial.legendre.leggauss(8)


class Solutions(NamedTuple):
    """The two solutions of m triples at T times, in units of their starts, e^{−γt} included in all but `grows`.

    grows : ln of the growing one's size, beyond h − γt; grown : (2, m, T), its direction (p, q)
    falls : ln of the falling one's size; fallen : (2, m, T), its direction
    integral : ln of ∫|growing|² dt over its size squared; cross : ln of −∫growing·falling dt over the growing
        one's size
    below : ∫|falling|² dt
    """

    grows: Floats
    grown: Floats
    falls: Floats
    fallen: Floats
    integral: Floats
    cross: Floats
    below: Floats


def log_integral(rate, t):
    """ln of ∫₀ᵗ e^{rate·t} dt, over the larger of its integrand's values at 0 and t."""
    size = np.abs(rate * t)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(t) + np.log(np.where(size > 0, -np.expm1(-size) / size, 1.0))


class DecayBlocks:
    """Singular triples under weight decay γ > 0: s (m,) ≥ 0 from λ₀, |λ₀| = `lam`, a number or (m,)."""

    def __init__(self, s, lam, gamma):
        self.s, self.gamma = s[:, None], gamma
        self.lam = np.broadcast_to(lam, s.shape)[:, None]
        self.zeta = self.lam / (4 * gamma)
        self.scaled = self.zeta[:, 0] > END
        self.rate = self.s + self.lam / 2 + gamma
        with np.errstate(divide="ignore"):
            self.last = np.maximum(np.log(self.zeta / END), 0.0) / (2 * gamma)
        self.order = 0.5 + self.s[self.scaled] / (2 * gamma)
        self.falling_k = FallingK(self.order, self.zeta[self.scaled])
        # K_{a−1}/K_a and I_a/I_{a−1} at the start
        self.k, self.i = np.zeros((2, *self.s.shape))
        self.k[self.scaled], _, self.i[self.scaled] = self._ratios(np.zeros((s.size, 1)))

    def h(self, t):
        """∫|λ|/2 dt, by which directions without a task grow or fall: ((m or 1), T)."""
        return -self.zeta * np.expm1(-2 * self.gamma * t)

    def _ratios(self, g):
        """Of rows with a λ, at ζ₀e^{−g}: K_{a−1}/K_a, ln of the growth of √ζ K_a beyond h, and I_a/I_{a−1}."""
        g = g[self.scaled]
        return *self.falling_k.at(g), i_ratio(self.order, self.zeta[self.scaled] * np.exp(-g))

    @property
    def directions(self):
        """(2, m, 1) each: (p, q) of the growing and the falling solution at the start, of length 1."""
        return _unit(np.ones_like(self.k), self.k), _unit(self.i, -np.ones_like(self.i))

    def at(self, t, size=np.inf):
        """`Solutions` at times t ≥ 0, (T,) or (m, T).

        `size` : ‖Q(0)‖², a number or (m, 1), beside which the integrals count; large weights take more care
        """
        t = np.broadcast_to(t, (self.s.shape[0], np.shape(t)[-1]))
        early, late = np.minimum(t, self.last), np.maximum(t - self.last, 0.0)
        then = self._early(early)
        short = (self.rate * LARGE < size) & (self.rate * early < SHORT) & (early > 0)
        if (columns := short.any(0)).any():
            for value, value_short in zip(then[4:], self._short(np.where(short, early, 0.0)[:, columns]), strict=True):
                value[:, columns] = np.where(short[:, columns], value_short, value[:, columns])
        return self._late(then, late) if late.any() else then

    def _turned(self, t):
        """K_{a−1}/K_a, I_a/I_{a−1}, and ln of the sizes of the growing solution, beyond h, and of the falling one."""
        k, i, grows = np.zeros((3, *t.shape))
        k[self.scaled], grows[self.scaled], i[self.scaled] = self._ratios(2 * self.gamma * t)
        grows += (np.log1p(k * k) - np.log1p(self.k**2)) / 2
        return k, i, grows, np.log(_sine(self.k, self.i) / _sine(k, i)) - grows - self.h(t)

    def _short(self, t):
        """`integral`, `cross` and `below` of times that are short for every rate: by Gauss's rule.

        The closed forms are differences there, with errors of ε over the largest rate; weights that are larger than all
        rates would show them.
        """
        at = np.concatenate([t, *((1 + node) / 2 * t for node in NODES)], axis=1)
        k, i, grows, falls = self._turned(at)
        high, low = grows + self.h(at) - self.gamma * at, falls - self.gamma * at
        cosine = np.maximum(k - i, 0.0) / np.sqrt((1 + k * k) * (1 + i * i))
        values = np.stack([np.exp(2 * high), np.exp(high + low) * cosine, np.exp(2 * low)])
        nodes = values[..., t.shape[1] :].reshape(*values.shape[:2], NODES.size, -1)
        up, across, below = t * np.einsum("vmkt,k->vmt", nodes, WEIGHTS / 2)
        size = high[:, : t.shape[1]]
        with np.errstate(divide="ignore"):
            return np.log(up) - 2 * size, np.log(across) - size, below

    def _early(self, t):
        """Up to `last`, by Bessel functions."""
        (k, i, grows, falls), h, k0, i0 = self._turned(t), self.h(t), self.k, self.i
        sine0 = _sine(k0, i0)
        shrunk = np.exp(-2 * (grows + h))
        over = np.divide(2, self.lam, out=np.zeros_like(self.lam), where=self.scaled[:, None])
        with np.errstate(divide="ignore"):  # at t = 0
            gain = k / (1 + k * k) - k0 / (1 + k0 * k0) * shrunk
            integral = np.log(over * np.maximum(gain, 0.0)) + 2 * self.gamma * t
        slow = self.scaled & (self.s[:, 0] < SLOW * 2 * self.gamma) & (self.zeta[:, 0] < NEAR)
        if slow.any():
            with np.errstate(divide="ignore"):
                gain = np.log(over[slow] * self._slow_gain(slow, t[slow]))
            integral[slow] = gain + 2 * (self.gamma * t - grows - h)[slow]
        lost = np.maximum(k0 * i0 / (1 + k0 * i0) - k * i / (1 + k * i), 0.0)
        with np.errstate(divide="ignore"):
            cross = np.log(over * sine0 * lost) + self.gamma * t - grows - h
        below = np.maximum(over * (i0 / (1 + i0 * i0) - np.exp(2 * falls) * i / (1 + i * i)), 0.0)
        grown, fallen = _unit(np.ones_like(k), k), _unit(i, -np.ones_like(i))
        return Solutions(grows, grown, falls - self.gamma * t, fallen, integral, cross, below)

    def _slow_gain(self, slow, t):
        """p q of growing solutions with s < γ, less that at the start: by its distance from its limit."""
        from scipy.special import kv

        a, start = 0.5 + self.s[slow] / (2 * self.gamma), self.zeta[slow]
        size = start * (kv(a, start) ** 2 + kv(1 - a, start) ** 2)
        return np.maximum(_product(a, start * np.exp(-2 * self.gamma * t)) - _product(a, start), 0.0) / size

    def _late(self, then, t):
        """A time t after `last`: p grows and q falls, each on its own; `then` are the solutions at `last`."""
        s, gamma, (p, q) = self.s, self.gamma, then.grown
        fell = q * np.exp(-2 * s * t)
        turned = np.log(np.hypot(p, fell))
        down = log_integral(-2 * (s + gamma), t)
        with np.errstate(divide="ignore"):
            up = 2 * np.log(p) + log_integral(2 * (s - gamma), t) - 2 * np.minimum(s - gamma, 0) * t
            both = np.logaddexp(up, 2 * np.log(q) + down - 2 * (s - gamma) * t)
            integral = np.logaddexp(then.integral - 2 * (s - gamma) * t, both) - 2 * turned
            cross = np.logaddexp(then.cross, np.log(q) + then.falls + down) - (s - gamma) * t - turned
        return Solutions(
            grows=then.grows + s * t + turned,
            grown=_unit(p, fell),
            falls=then.falls - (s + gamma) * t,
            fallen=np.where(t > 0, np.stack([np.zeros(p.shape), -np.ones(p.shape)]), then.fallen),
            integral=integral,
            cross=cross,
            below=then.below + np.exp(2 * then.falls + down),
        )


def _unit(p, q):
    return np.stack([p, q]) / np.hypot(p, q)


def _sine(k, i):
    """Of the angle between the two solutions: their product of sizes is its inverse at all times."""
    return (1 + k * i) / np.sqrt((1 + k * k) * (1 + i * i))


def _product(a, x):
    """x K_a K_{1−a}(x) less its limit at x = 0, for ½ ≤ a < 1 and x < NEAR."""
    from scipy.special import iv

    c = np.pi / (2 * np.sin(np.pi * a))
    return c * c * x * (2 * iv(a, x) * iv(1 - a, x) - iv(-a, x) * iv(1 - a, x) - iv(a, x) * iv(a - 1, x))
