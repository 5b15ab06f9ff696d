"""One aligned mode in closed form, at every λ and from every start.

When the start is aligned with the task, each singular value a(t) of W2W1 obeys on its own

    τ ȧ = √(λ² + 4a²) (s − a),    s the target

(Domine et al. 2025, Section 5; the paper gives the limits λ → 0, a sigmoid, and |λ| → ∞, an
exponential). With c = |λ|/2, κ = √(s² + c²), ρ = √(a₀² + c²), θ = 2κt/τ, s > 0 the solution is

    γ = N/(N + κ²),    N = D sinh θ + s a₀ (e^{±θ} − 1) + c² (cosh θ − 1),    D = κρ − s|a₀|,
    a(t) = a₀ + (s − a₀) γ,

± the sign of a₀. It is the closed form in sinh(θ + asinh(…)) with the addition theorem applied, which
removes its division by c and leaves sums of terms that are not negative: one expression for λ = 0,
|λ| → ∞, starts below, above, at, and opposite to the target, s = 0 included. D is evaluated as
c² (κ² + a₀²)/(κρ + s|a₀|), and everything is scaled by e^{−θ}, so that nothing cancels or overflows.
"""

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..arrays import Floats, unit
from .decayed_modes import strengths, times_to_reach

# 2κt from which on e^{−θ} is 0 in float64
LATEST = 800.0


def _sinhc(kappa, t):
    """e^{−θ} sinh(θ)/κ and expm1(−θ)/κ at θ = 2κt, continuous to κ = 0."""
    with np.errstate(over="ignore"):  # late
        theta = 2 * np.minimum(kappa * t, LATEST)
    safe = np.where(kappa > 0, kappa, 1.0)
    sinh = np.where(kappa > 0, -np.expm1(-2 * theta) / (2 * safe), 2 * t)
    fall = np.where(kappa > 0, np.expm1(-theta) / safe, -2 * t)
    return theta, sinh, fall


def _finite(**arguments):
    """Each argument as a float64 array without NaN or infinity; all of them broadcast."""
    arrays = {name: checks.real(name, value) for name, value in arguments.items()}
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds NaN or infinity; every entry must be finite")
    try:
        np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        shapes = ", ".join(str(array.shape) for array in arrays.values())
        raise ValueError(f"{', '.join(arrays)} must broadcast; got shapes {shapes}") from None
    return arrays.values()


def _units(*arrays, room=1.0):
    """The arrays, broadcast, over the power of two that makes the largest of each problem about `room`; and it."""
    arrays = np.broadcast_arrays(*arrays)
    size = np.maximum(unit(*arrays, axes=0) / room, 2.0**-1000)
    return *(array / size for array in arrays), size


def _parts(times, target, initial, lam, tau):
    """(a·(N + κ²), N, κ²), each in units of κ² and on one common scale."""
    t, target, initial, lam = _finite(times=times, target=target, initial=initial, lam=lam)
    t = t / checks.number("tau", tau, positive=True)
    if (t < 0).any():
        raise ValueError("times must not be negative")
    # one unit for strengths and rates, its inverse for times: the largest square is 2^1000, which leaves the small ones
    # as much room as there is
    target, initial, lam, size = _units(target, initial, lam, room=2.0**500)
    with np.errstate(over="ignore"):  # later than any number
        t = np.minimum(t * size, np.finfo(float).max / 4)
    mirror = np.where(target < 0, -1.0, 1.0)
    s, a0, c = np.abs(target), mirror * initial, np.abs(lam) / 2
    # units of κ: ŝ² + ĉ² = 1; at κ = 0 the direction does not matter
    kappa = np.hypot(s, c)
    safe = np.where(kappa > 0, kappa, 1.0)
    s_hat, c_hat = np.where(kappa > 0, s / safe, 1.0), c / safe
    rho = np.hypot(a0, c)
    bottom = rho + s_hat * np.abs(a0)
    d = c_hat * (kappa**2 + a0**2) * np.divide(c_hat, bottom, out=np.zeros(np.shape(bottom)), where=c_hat > 0)
    theta, sinh, fall = _sinhc(kappa, t)
    # every term is divided by the e^θ that the largest of them grows as; where none grows (λ = 0 from a
    # start opposite to the target) dividing would end in 0/0
    still = (d == 0) & (c_hat**2 * kappa == 0) & (a0 <= 0)
    scale = np.where(still, 1.0, np.exp(-theta))
    up = a0 > 0
    e = np.where(up, 1.0, np.exp(-theta) * scale)  # e^{±θ}
    e_minus_1 = -fall * np.where(up, 1.0, scale)  # |e^{±θ} − 1|/κ
    d_sinh = np.where(still, 0.0, d * sinh)
    cosh_minus_1 = np.where(still, 0.0, kappa * fall * fall / 2)  # (cosh θ − 1)/κ
    n = d_sinh + s_hat * np.abs(a0) * e_minus_1 + c_hat**2 * kappa * cosh_minus_1
    a = s_hat * (kappa * d_sinh + s_hat * a0 * e + (c_hat * kappa) ** 2 * cosh_minus_1) + c_hat**2 * a0 * scale
    return mirror * a * size, n, scale


def _mirrored(modes, weight_decay):
    """(signs of the targets, unit, (|s̃|, a(0), λ, γ) in that unit) of modes with weight decay, in vectors."""
    target, initial, lam = (np.ravel(part) for part in modes)
    mirror = np.where(target < 0, -1.0, 1.0)
    size = unit(target, initial, lam, np.array([weight_decay]), axes=1)
    return mirror, size, (np.abs(target) / size, mirror * initial / size, lam / size, weight_decay / size)


def mode_strength(
    times: ArrayLike,
    target: ArrayLike,
    initial: ArrayLike,
    lam: ArrayLike,
    *,
    tau: float = 1.0,
    weight_decay: float = 0.0,
) -> Floats:
    """Strength a(t) of an aligned mode of W2W1; all arguments broadcast.

    Parameters
    ----------
    times : array, from 0; target : s̃, any sign; initial : a(0), any sign; lam : λ at t = 0, any; tau : number
    weight_decay : γ ≥ 0 of both layers (`lazyrich.linear.decayed_modes`)

    All sizes are served, as long as the three are within some 200 decades of each other; |λ| below some 1e-150 of the
    target counts as 0. At λ = 0 a start at or beyond zero (a(0)·s̃ ≤ 0) stays on its side
    for ever: a = 0 is a saddle there. With weight decay a(t) is right to rounding of the largest of target, start
    and λ, not of itself.
    """
    if weight_decay := checks.weight_decay(weight_decay):
        t, *modes = np.broadcast_arrays(*_finite(times=times, target=target, initial=initial, lam=lam))
        if (t < 0).any():
            raise ValueError("times must not be negative")
        mirror, size, modes = _mirrored(modes, weight_decay)
        with np.errstate(over="ignore"):  # later than any number
            times = np.minimum(t.reshape(-1, 1) / checks.number("tau", tau, positive=True) * size, checks.FAR)
        return (size * mirror * strengths(times, *modes)[:, 0]).reshape(t.shape)[()]
    a, n, scale = _parts(times, target, initial, lam, tau)
    return (a / (n + scale))[()]


def mode_transition(
    times: ArrayLike, target: ArrayLike, initial: ArrayLike, lam: ArrayLike, *, tau: float = 1.0
) -> Floats:
    """Transition function γ(t; λ) = (a(t) − a(0))/(s̃ − a(0)), 0 at the start and 1 at the end; broadcasts."""
    _, n, scale = _parts(times, target, initial, lam, tau)
    return (n / (n + scale))[()]


def time_to_reach(
    value: ArrayLike,
    target: ArrayLike,
    initial: ArrayLike,
    lam: ArrayLike,
    *,
    tau: float = 1.0,
    weight_decay: float = 0.0,
) -> Floats:
    """First time at which the mode reaches `value`; inf for a value it never has. All arguments broadcast.

    Sizes as in `mode_strength`: all, within some 200 decades of each other; |λ| below 1e-150 of the target counts as 0.
    The inverse of `mode_strength`: N = κ²γ/(1 − γ) is a quadratic in e^θ. With weight decay it is sought, some 1 ms a
    mode, and values that are rounding beside λ have no sure time.
    """
    tau = checks.number("tau", tau, positive=True)
    arguments = _finite(value=value, target=target, initial=initial, lam=lam)
    value, target, initial, lam = np.broadcast_arrays(*arguments)
    if weight_decay := checks.weight_decay(weight_decay):
        mirror, size, modes = _mirrored((target, initial, lam), weight_decay)
        found = times_to_reach(mirror * value.ravel() / size, *modes)
        return (found * (tau / size)).reshape(value.shape)[()]
    value, target, initial, lam, size = _units(value, target, initial, lam, room=2.0**250)  # for fourth powers
    mirror = np.where(target < 0, -1.0, 1.0)
    a, s, a0, c = mirror * value, np.abs(target), mirror * initial, np.abs(lam) / 2
    reached = (np.sign(a - a0) == np.sign(s - a)) & (a != a0)  # strictly between start and target
    # at λ = 0 zero is never crossed
    reached &= (c**2 > 0) | (np.sign(a) * np.sign(a0) > 0)
    time = np.where(a == a0, 0.0, np.inf)
    parts = (part[reached] for part in (a, s, a0, c))
    time[reached] = _time_between(*parts) * (tau / size[reached])
    return time[()]


def _time_between(a, s, a0, c):
    """Time from a0 to a, which lies between it and s ≥ 0, in vectors (K,)."""
    kappa = np.hypot(s, c)
    if (decays := kappa == 0).any():  # as a power
        time = 1 / np.abs(a) - 1 / np.abs(a0)
        time[~decays] = 2 * _time_between(*(part[~decays] for part in (a, s, a0, c)))
        return time / 2
    bottom = kappa * np.hypot(a0, c) + s * np.abs(a0)
    d = np.divide(c**2 * (kappa**2 + a0**2), bottom, out=np.zeros_like(c), where=c**2 > 0)
    n = kappa**2 * (a - a0) / (s - a)
    # α x² + β x = n in x = e^θ − 1; for a start below zero s|a₀| leaves α for the e^{−θ} term, and
    # s|a₀| − n is written out, since it cancels near the crossing of zero
    below = a0 < 0
    alpha = (d + c**2) / 2 + np.where(below, 0.0, s * a0)
    crossing = (a * s * (s - a0) + c**2 * (a - a0)) / (a - s)
    beta = d + np.where(below, crossing, s * a0 - n)
    scale = unit(alpha, beta, n, axes=0)
    alpha, beta, n = alpha / scale, beta / scale, n / scale
    root = np.hypot(beta, 2 * np.sqrt(alpha * n))
    up, time = beta >= 0, np.empty_like(a)
    time[up] = np.log1p(2 * n[up] / (beta[up] + root[up]))
    top, over = (root - beta)[~up], 2 * alpha[~up]
    with np.errstate(over="ignore", divide="ignore"):  # x beyond float64: its logarithm is one of a quotient
        x = top / over
        time[~up] = np.where(np.isinf(x), np.log(top) - np.log(over), np.log1p(x))
    return time / (2 * kappa)
