"""One aligned mode of a deep linear network, at every relative scale of its layers, by one integral (derived here).

With W_{l+1}ᵀW_{l+1} − W_lW_lᵀ = λ_l I for l = 1 … L − 1 and a start aligned with the task (whitened inputs), the
singular value s = Π a_l of a mode and its layers' shares a_l obey ȧ_l = (s/a_l)(s̃ − s). So every a_l² grows alike,

    a_l² = u + d_l,    u̇ = 2 s(u) (s̃ − s(u)),    s(u) = Π √(u + d_l),    d_l = Σ_{k<l} λ_k − its least value,

one equation for any depth, which for L = 2 is that of `linear.modes` (Domine et al. 2025, Section 5). In
y = ln(u/(u* − u)), u* the end, dt/dy is smooth: constant at the end, an exponential at the start. Gauss–Legendre panels
give t(y) to rounding, and Newton's method its inverse.

Where only one layer has d_l = 0 and the others are large, s follows ṡ = R (s̃ − s), R their Π d_l: the exponential of a
network with one layer. Where m layers have d_l = 0, the limit is the network of those m layers at λ = 0.
"""

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..arrays import Floats

WIDTH, NODES = 2.0, 16  # of a panel in y; singularities lie π away, so that 16 nodes leave (√(1 + π²) + π)⁻³² ≈ 1e-26
LATEST = 45.0  # y at which u is u* to rounding


def offsets(lams):
    """d_l ≥ 0 of the layers, (L,), from the relative scales λ_l of L − 1 neighbours."""
    lams = np.atleast_1d(checks.real("lams", lams))
    if lams.ndim != 1 or lams.size == 0 or not np.isfinite(lams).all():
        raise ValueError(f"lams must be finite numbers, one for each pair of neighbouring layers; got {lams!r}")
    d = np.append(0.0, np.cumsum(lams))
    return d - d.min()


def layer_squares(strength, lams):
    """a_l² (..., L) of modes of the given strength s > 0, (...): Π a_l² = s² and a_{l+1}² − a_l² = λ_l."""
    s, d = checks.real("strength", strength), offsets(lams)
    if not (np.isfinite(s).all() and (s > 0).all()):
        raise ValueError(f"strength must be finite and larger than 0; got {strength!r}")
    # ½ Σ ln(u + d_l) = ln s rises and is convex in ln u: Newton falls onto its root from u = s^{2/L}, no smaller
    log_u = 2 / d.size * np.log(s)[..., None]
    for _ in range(200):
        u = np.exp(log_u)
        excess = 0.5 * np.log(u + d).sum(-1, keepdims=True) - np.log(s)[..., None]
        step = excess / (0.5 * (u / (u + d)).sum(-1, keepdims=True))
        log_u = log_u - step
        if np.abs(step).max(initial=0) <= 4e-16 * (1 + np.abs(log_u).max(initial=0)):
            break
    return np.exp(log_u) + d


def fastest_rate(strength, lams):
    """Σ_l Π_{k≠l} a_k², the rate at which a mode of this strength approaches a target near it; (...)."""
    squares = layer_squares(strength, lams)
    return checks.real("strength", strength) ** 2 * (1 / squares).sum(-1)


class _Mode:
    """t(y) of one mode: panels and the integrals over them."""

    def __init__(self, initial, target, lams):
        initial, target = (checks.number(k, v, positive=True) for k, v in (("initial", initial), ("target", target)))
        if initial >= target:
            raise ValueError(f"initial must be less than target: a mode grows towards it; got {initial!r}, {target!r}")
        self.d, self.initial, self.target = offsets(lams), initial, target
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # what comes of it is refused below
            self.end = layer_squares(target, lams).min()
            start = layer_squares(initial, lams).min()
            self.y0 = np.log(start / (self.end - start))
            ends = self.strength(np.array([self.y0, np.inf]))
        apart = target - initial > 64 * np.finfo(float).eps * target  # a log of what is nearer is rounding
        self._hold(apart and np.isfinite(self.y0) and np.allclose(ends, [initial, target], rtol=1e-6, atol=0))
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        self.nodes, self.weights = (nodes + 1) / 2, weights / 2

    def _hold(self, representable):
        if not representable:
            raise ValueError(
                f"initial = {self.initial:g}, target = {self.target:g} and lams must be nearer to each other, and "
                "initial not within rounding of target: the layers' strengths or the times are beyond float64"
            )

    def strength(self, y):
        """s at y."""
        return np.sqrt(self.end / (1 + np.exp(-y))[..., None] + self.d).prod(-1)

    def slowness(self, y):
        """dt/dy = u (u* − u)/(2u* s (s̃ − s)); s̃ − s from how far u is from u*, so that no digits cancel."""
        below = self.end / (1 + np.exp(y))
        with np.errstate(divide="ignore"):  # beside a tiny start nothing is reached: log 0, and all is missing
            missing = -np.expm1(0.5 * np.log1p(-below[..., None] / (self.end + self.d)).sum(-1))
        # the target last: beside a small strength their product may underflow
        return below / (1 + np.exp(-y)) / (2 * self.strength(y) * missing) / self.target

    def integral(self, start, width):
        """∫ dt over [start, start + width], elementwise."""
        at = start[..., None] + width[..., None] * self.nodes
        return width * (self.slowness(at) * self.weights).sum(-1)

    def times(self):
        """Edges of panels in y, to the end, and the times there."""
        edges = np.arange(self.y0, max(self.y0, LATEST) + WIDTH, WIDTH)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # what comes of it is refused below
            panels = self.integral(edges[:-1], np.diff(edges))
        self._hold((panels > 0).all() and np.isfinite(panels.sum()))
        return edges, np.append(0.0, np.cumsum(panels))


def deep_mode_strength(times: ArrayLike, target: float, initial: float, lams: ArrayLike) -> Floats:
    """s(t) of one aligned mode, (T,), from `initial` in (0, target) at t = 0.

    Parameters
    ----------
    times : (T,) array, t/τ ≥ 0
    target, initial : s̃ and s(0), 0 < initial < target
    lams : (L − 1,) relative scales λ_l, of any sign

    Raises
    ------
    ValueError : wrong shapes or values, or such that strengths or times are beyond float64
    """
    mode = _Mode(initial, target, lams)
    t = np.atleast_1d(checks.real("times", times))
    if t.ndim != 1 or not np.isfinite(t).all() or (t < 0).any():
        raise ValueError("times must be a vector of finite numbers, none negative")
    edges, at = mode.times()
    k = np.clip(np.searchsorted(at, t, side="right") - 1, 0, edges.size - 2)
    left, low, high = edges[k], np.zeros(t.shape), np.diff(edges)[k]
    t = np.minimum(t, at[-1])
    x = high * np.clip((t - at[k]) / np.maximum(np.diff(at)[k], np.finfo(float).tiny), 0.0, 1.0)
    for _ in range(60):
        excess = at[k] + mode.integral(left, x) - t
        low, high = np.where(excess < 0, x, low), np.where(excess > 0, x, high)
        newton = x - excess / mode.slowness(left + x)
        new = np.where((newton >= low) & (newton <= high), newton, (low + high) / 2)
        if (np.abs(new - x) <= 1e-15 * (1 + np.abs(left))).all():
            break
        x = new
    return np.where(t >= at[-1], mode.target, mode.strength(left + x))


def deep_time_to_reach(strength: ArrayLike, target: float, initial: float, lams: ArrayLike) -> Floats:
    """Time t/τ at which the mode has the given strength, (...): initial ≤ strength < target."""
    mode = _Mode(initial, target, lams)
    s = checks.real("strength", strength)
    if not (np.isfinite(s).all() and (s >= mode.initial).all() and (s < mode.target).all()):
        raise ValueError(f"strength must lie in [initial, target) = [{initial}, {target}); got {strength!r}")
    edges, at = mode.times()
    u = layer_squares(s, lams).min(-1)
    with np.errstate(divide="ignore"):  # of a strength within rounding of the target
        y = np.clip(np.log(u / np.maximum(mode.end - u, 0.0)), mode.y0, edges[-1])
    k = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, edges.size - 2)
    return at[k] + mode.integral(edges[k], y - edges[k])
