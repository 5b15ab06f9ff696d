"""One aligned mode with weight decay in closed form: it is learned, held while λ is large, and forgotten when λ falls.

Aligned with the task, each singular value a(t) of W2W1 obeys on its own, λ(t) = λ₀e^{−2γt/τ},

    τ ȧ = √(λ(t)² + 4a²) (s − a) − 2γa,    s the target.

While |λ| ≫ s its effective decay is 2γa/|λ|: nothing is lost, s < γ is learned as well as any. For λ → 0 what is
left is (s − γ)₊. The solution is that of `decay` for one triple and one hidden unit. Ours.
"""

import numpy as np

from .decay_blocks import DecayBlocks

# times at which a mode is looked at before its crossing is refined, and the first and last, in units of its rates
LOOKS, EARLIEST, LATEST = 240, 1e-6, 1e13
# modes looked at side by side
MANY = 2000


def strengths(t, s, a0, lam, gamma):
    """a(t), (N, T), of N modes: t (N, T) or (T,), targets s (N,) ≥ 0, a(0), λ₀ (N,)."""
    c, blocks = np.abs(lam) / 2, DecayBlocks(s, np.abs(lam), gamma)
    # x₁x₂ = a₀ and x₂² − x₁² = |λ₀|: the larger of p and q from their sizes, the other from p q = |λ₀|/2
    large = np.sqrt(np.hypot(a0, c) + np.abs(a0))
    other = np.divide(c, large, out=np.zeros(large.shape), where=large > 0)
    p, q = np.where(a0 >= 0, large, other), np.where(a0 >= 0, other, large)
    (p1, q1), (p2, q2) = (direction[..., 0] for direction in blocks.directions)
    area = p1 * q2 - q1 * p2
    up, down = (((p * q2 - q * p2) / area)[:, None], ((q * p1 - p * q1) / area)[:, None])
    of = blocks.at(t, 2 * np.hypot(a0, c)[:, None])
    with np.errstate(divide="ignore"):
        size = of.grows + blocks.h(t) - gamma * t + np.log(np.abs(up))  # ln of its growing part
    unit = np.maximum(size + np.maximum(of.integral, 0.0) / 2, 0.0)
    p, q = np.sign(up) * np.exp(size - unit) * of.grown + down * np.exp(of.falls - unit) * of.fallen
    total = np.exp(-2 * unit) * (1 + down**2 * of.below) + np.exp(of.integral + 2 * (size - unit))
    total -= 2 * np.sign(up) * down * np.exp(of.cross + size - 2 * unit)
    return (p - q) * (p + q) / (2 * total)


def times_to_reach(value, s, a0, lam, gamma):
    """First times at which N modes have the strength `value`, (N,); inf if they never have. All (N,), s ≥ 0.

    A mode rises to one largest value and falls from there: its nullcline falls with λ, so once above it stays above.
    """
    from scipy.optimize import elementwise

    if value.size > MANY:
        parts = (slice(k, k + MANY) for k in range(0, value.size, MANY))
        return np.concatenate([times_to_reach(value[k], s[k], a0[k], lam[k], gamma) for k in parts])
    if not value.size:
        return np.zeros(0)
    rate = np.maximum(np.sqrt(s**2 + a0**2 + lam**2 / 4), gamma)[:, None]
    t = np.append(0.0, np.geomspace(EARLIEST, LATEST, LOOKS)) / rate
    a = strengths(t, s, a0, lam, gamma)
    rows, peak = np.arange(len(t)), a.argmax(1)

    def negative(at, s, a0, lam):
        return -_each(at, s, a0, lam, gamma)

    before, after = t[rows, np.maximum(peak - 1, 0)], t[rows, np.minimum(peak + 1, LOOKS)]
    inside = (peak > 0) & (peak < LOOKS)
    top, at_top = a[rows, peak], t[rows, peak]
    if inside.any():
        few = [x[inside] for x in (before, at_top, after)]
        found = elementwise.find_minimum(negative, few, args=tuple(x[inside] for x in (s, a0, lam)))
        at_top[inside], top[inside] = found.x, np.maximum(top[inside], -found.f_x)
    rising = (value > a0) & (value <= top)
    falling = (value < a0) & (value > a[:, -1])
    result = np.where(value == a0, 0.0, np.inf)
    for some, low, high in ((rising, np.zeros(len(t)), at_top), (falling, at_top, t[:, -1])):
        if some.any():
            arguments = tuple(x[some] for x in (value, s, a0, lam))
            found = elementwise.find_root(
                lambda at, value, s, a0, lam: _each(at, s, a0, lam, gamma) - value,
                (low[some], high[some]),
                args=arguments,
            )
            result[some] = np.where(found.success, found.x, np.inf)
    return result


def _each(t, s, a0, lam, gamma):
    """Strengths of modes each at its own times, of any shape."""
    t, s, a0, lam = (np.ravel(x) for x in np.broadcast_arrays(t, s, a0, lam))
    return strengths(t[:, None], s, a0, lam, gamma)[:, 0]
