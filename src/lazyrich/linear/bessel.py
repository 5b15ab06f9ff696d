"""Modified Bessel functions of neighbouring orders, as directions and growth, at every order and argument.

What weight decay needs of them (see `decay_blocks`) are the ratios K_{a−1}/K_a and I_a/I_{a−1} and the growth of
√x K_a eˣ as x falls, for orders a ≥ ½. The functions themselves leave float64 long before these do.

* At large order or argument, Debye's expansions, uniform in both (DLMF 10.41.3–6). With z = x/a, w = √(1 + z²):

      K_a(az) = √(π/2aw) e^{−aη} Σ (−1)^k u_k(1/w)/a^k,    η = w + ln(z/(1 + w)).

  In the ratio the leading terms cancel as z → 0; v_k − u_k has a factor 1 − p², which is divided out beforehand.
* At small order and argument K from SciPy; I_a/I_{a−1} from Debye's expansion at a large order by the recurrence
  downwards, which is stable (DLMF 10.29.1).
"""

from fractions import Fraction
from functools import cache

import numpy as np

# order or argument from which on Debye's expansions hold to rounding with so many terms
LARGE, TERMS = 30.0, 16
# argument below which K_a, a > 2, is its leading power
SMALL = 1e-8


@cache
def _debye():
    """Coefficients in p² of u_k/p^k, and below them of (v_k − u_k)/(1 − p²)/p^k, k = 0 … TERMS (DLMF 10.41.9–10)."""
    u, rest = [[Fraction(1)]], [[Fraction(0)]]
    for k in range(TERMS):
        last = u[-1]
        next_u, next_rest = [Fraction(0)] * (k + 2), [Fraction(0)] * (k + 2)
        for i, c in enumerate(last):
            degree = k + 2 * i
            next_u[i] += c * Fraction(degree, 2) + c / (8 * (degree + 1))
            next_u[i + 1] -= c * Fraction(degree, 2) + 5 * c / (8 * (degree + 3))
            next_rest[i] -= c * (Fraction(1, 2) + degree)
        u.append(next_u)
        rest.append(next_rest)
    whole = np.zeros((2, TERMS + 1, TERMS + 1))
    for rows, table in zip((u, rest), whole, strict=True):
        for k, row in enumerate(rows):
            table[k, : len(row)] = row
    return whole.reshape(-1, TERMS + 1)


def _sums(a, w, sign):
    """Σ sign^k u_k/a^k and Σ sign^k v_k/a^k at p = 1/w, and the second less the first over 1 − p²."""
    step, square = (sign / (a * w)).ravel(), (1 / (w * w)).ravel()
    steps, squares = np.ones((2, TERMS + 1, step.size))
    np.cumprod(np.broadcast_to(step, steps[1:].shape), axis=0, out=steps[1:])
    np.cumprod(np.broadcast_to(square, squares[1:].shape), axis=0, out=squares[1:])
    table = (_debye() @ squares).reshape(2, TERMS + 1, -1)
    u, rest = (np.einsum("kn,kn->n", part, steps).reshape(w.shape) for part in table)
    return u, u + (w - 1) * (w + 1) * rest / (w * w), rest


def i_ratio(a, x):
    """I_a/I_{a−1}(x) of orders a (m, 1) ≥ ½ and arguments x (m or 1, T) > 0, between 0 and 1."""
    steps = max(0, int(np.ceil(LARGE - a.min(initial=LARGE))))
    z = x / (a + steps)
    w = np.sqrt(1 + z * z)
    u, v, _ = _sums(a + steps, w, 1)
    ratio = z / (1 + w * v / u)
    for k in reversed(range(steps)):
        ratio = x / (2 * (a + k) + x * ratio)
    return ratio


def _k_debye(a, x):
    """K_{a−1}/K_a(x), z, w and the sum of the u_k."""
    z = x / a
    w = np.sqrt(1 + z * z)
    u, v, rest = _sums(a, w, -1)
    return z * (v / (1 + w) + rest / (w * w)) / u, z, w, u


class FallingK:
    """K_{a−1}/K_a and the growth of √x K_a(x) eˣ as x falls from x0, for orders a ≥ ½, x0 > 0, both (m, 1)."""

    def __init__(self, a, x0):
        self.a, self.x0 = a, x0
        self.large = a[:, 0] >= LARGE
        self.start_large = _k_debye(a[self.large], x0[self.large])
        self.start_small = _k_sizes(a[~self.large], x0[~self.large])[1]

    def at(self, g):
        """K_{a−1}/K_a at x = x0 e^{−g}, and ln of √x K_a(x) eˣ over its value at x0, each (m, T); g (m, T) ≥ 0."""
        ratio, growth = np.empty((2, *g.shape))
        if self.large.any():
            ratio[self.large], growth[self.large] = self._large(g[self.large])
        if not self.large.all():
            a, g = self.a[~self.large], g[~self.large]
            ratio[~self.large], size = _k_sizes(a, self.x0[~self.large] * np.exp(-g))
            growth[~self.large] = (a - 0.5) * g + size - self.start_small
        return ratio, growth

    def _large(self, g):
        """Of large orders: what differs between x and x0 is written as differences."""
        a, (_, z0, w0, u0) = self.a[self.large], self.start_large
        ratio, z, w, u = _k_debye(a, self.x0[self.large] * np.exp(-g))
        fall = z0 * np.expm1(-g)  # z − z0
        rise = fall * (z + z0) / (w + w0)  # w − w0
        beyond = -fall * (1 / (z + w) + 1 / (z0 + w0)) / (w + w0)  # rise − fall
        part = rise / (1 + w0)
        turned = np.where(z > 1, np.arcsinh(1 / z0) - np.arcsinh(1 / z), -g - np.log((1 + w) / (1 + w0)))
        turned = np.where(part > -0.5, -g - np.log1p(np.maximum(part, -0.5)), turned)
        return ratio, -a * (beyond + turned) - g / 2 - np.log(w / w0) / 2 + np.log(u / u0)


def _k_sizes(a, x):
    """K_{a−1}/K_a(x) and ln of K_a(x) eˣ (x/2)^a 2/Γ(a), which is 0 at x = 0; a (m, 1), x (m, T)."""
    from scipy.special import gamma, gammaln, kve  # takes time to import: only who has weight decay pays

    if not ((far := x >= LARGE) | (power := (a > 2) & (x < SMALL))).any():
        k = kve(a, x)
        return kve(np.abs(a - 1), x) / k, np.log(k * (x / 2) ** a * (2 / gamma(a)))
    ratio, size, a = np.empty(x.shape), np.empty(x.shape), np.broadcast_to(a, x.shape)
    n, y = a[far], x[far]
    ratio[far], _, w, u = _k_debye(n, y)
    size[far] = np.log(u * np.sqrt(2 * np.pi / (n * w))) - n / (w + y / n) + n * np.log((1 + w) * n / 2) - gammaln(n)
    ratio[power], size[power] = x[power] / (2 * (a[power] - 1)), x[power]
    near = ~(far | power)
    n, y = a[near], x[near]
    k = kve(n, y)
    ratio[near], size[near] = kve(np.abs(n - 1), y) / k, np.log(k * (y / 2) ** n * (2 / gamma(n)))
    return ratio, size
