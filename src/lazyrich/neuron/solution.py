"""The exact flow of one hidden linear neuron: one formula for every δ and every start (derived here).

Kunin et al. 2024 (Section 3, Appendix A) solve the flow with a branch for each sign of δ, for a > 0. Here, at unit
rates and for XᵀX = I, with s = |β*|, b = β*/s, u = w·b at time 0, v = w(0) − u b, R = √(δ² + 4s²), ρ± = R ± δ:
ν = w·β*/a obeys the Riccati equation ν̇ = s² − δν − ν², so ν = ṗ/p with p̈ + δṗ − s²p = 0, and then

    a = g p,    w = g (ṗ/s) b + g e^{−δt} v,    g⁻² = e^{−2δt} (1 + 2 ∫₀ᵗ e^{2δx} p(x)² dx).

p = P₊ e^{ρ₋t/2} + P₋ e^{−ρ₊t/2} with P₊ = (aρ₊/2 + su)/R, P₋ = (aρ₋/2 − su)/R has no pole where a crosses zero, and
its integral is elementary. The growth e^{ρ₋t/2} is divided out of p and g⁻¹, which leaves exponentials that decay:

    p̂ = P₊(1 − e^{−Rt}) + a e^{−Rt},    q̂ = (P₊ρ₋/2s)(1 − e^{−Rt}) + u e^{−Rt},
    ĥ = e^{−ρ₊t} + 2P₊²E(ρ₊) + 2P₋²e^{−ρ₊t}E(ρ₋) + 4P₊P₋e^{−ρ₊t}(e^{δt} − 1)/δ,

E(x) = (1 − e^{−xt})/x; a(t) = p̂/√ĥ, w(t) = (q̂ b + e^{−ρ₊t/2} v)/√ĥ.

Numerical care: the smaller of ρ± is 4s²/(the larger). P₊/s is formed without dividing, so that β* = 0 is no exception.
P₊, whose sign is the final sign of a, is taken from (aρ₊/2)² − (su)² = s²|v|² + δ(s² + a²ρ₊/2) where its own terms
cancel. Where it is tiny, p̂ and √ĥ are scaled up together before they underflow, so that a start on the separating
surface (P₊ = 0) rests on the saddle at every later time.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..arrays import unit
from . import units
from .trajectory import NeuronTrajectory

# scale of p̂ and √ĥ (natural logarithm) from which they are scaled up
TINY = -300.0
# sizes of weights whose sixth powers, s²|v|², float64 holds easily: beyond, the flow is solved in other units
SAFE = 1e-30, 1e30


class Modes(NamedTuple):
    """p(t) of one start by its two exponentials; each field (...) except b and v, (..., d)."""

    delta: np.ndarray
    rate: np.ndarray  # R
    rho_plus: np.ndarray
    rho_minus: np.ndarray
    a: np.ndarray
    u: np.ndarray
    p_plus: np.ndarray
    q_plus: np.ndarray  # P₊ρ₋/(2s)
    p_minus: np.ndarray
    b: np.ndarray
    v: np.ndarray
    margin: np.ndarray  # |P₊| relative to aρ₊/2R and s|w|/R: rounding of the start moves it by ε/margin
    size: np.ndarray | float = 1.0  # a power of two: all weights above are in units of it, the rest of its square


def modes(w, a, target, delta):
    """`Modes` of unit-rate starts w (..., d), a (...) with targets (..., d) and δ (...)."""
    s = np.linalg.norm(target, axis=-1)
    b = np.divide(target, s[..., None], out=np.zeros_like(target), where=s[..., None] > 0)
    u = (w * b).sum(-1)
    v = w - u[..., None] * b
    v = v - (v * b).sum(-1)[..., None] * b  # what the first subtraction left to rounding
    rate = np.hypot(delta, 2 * s)
    large = rate + np.abs(delta)
    ratio = np.divide(2 * s, large, out=np.zeros_like(large), where=large > 0)
    small = 2 * s * ratio
    up = delta >= 0
    rho_plus, rho_minus = np.where(up, large, small), np.where(up, small, large)
    safe = np.where(rate > 0, rate, 1.0)

    first, second = a * rho_plus / 2, s * u  # R P₊ is their sum
    gap = np.abs(first) + np.abs(second)
    across, through = s**2 * (v**2).sum(-1), delta * (s**2 + a**2 * rho_plus / 2)
    cancels = (first * second < 0) & (across + np.abs(through) < second**2)
    by_conjugate = np.divide(across + through, gap, out=np.zeros_like(gap), where=cancels) * np.sign(a)
    numerator = np.where(cancels, by_conjugate, first + second)
    scale = np.abs(first) + s * np.linalg.norm(w, axis=-1)
    margin = np.divide(np.abs(numerator), scale, out=np.zeros_like(gap), where=scale > 0)

    p_plus = np.where(rate > 0, numerator / safe, a)  # δ = β* = 0: p stays a
    # δ < 0: ρ₋ is the large one, and s is taken out of P₊ before it multiplies
    per_s = np.where(cancels, np.divide(by_conjugate, s, out=np.zeros_like(gap), where=cancels), a * ratio + u) / safe
    q_plus = np.where(up, p_plus * ratio, per_s * large / 2)
    p_minus = (a * rho_minus / 2 - second) / safe
    return Modes(delta, rate, rho_plus, rho_minus, a, u, p_plus, q_plus, p_minus, b, v, margin)


def _rise(x, t):
    """E(x) = (1 − e^{−xt})/x, t at x = 0, for x ≥ 0."""
    x, t = np.broadcast_arrays(x, t)
    small = x * t < 1e-300
    return np.where(small, t, np.divide(-np.expm1(-x * t), x, out=np.zeros(x.shape), where=~small))


def evaluate(start, times):
    """(w, a) of `Modes` at the times (T,) of the unit-rate flow: (..., T, d) and (..., T)."""
    size = np.asarray(start.size)[..., None]
    w, a = _evaluate(start, np.minimum(times * size**2, checks.FAR))
    return size[..., None] * w, size * a


def _evaluate(start, t):
    """The same in the units of the modes."""
    delta, rate, rho_plus, rho_minus, a, u, p_plus, q_plus, p_minus = (x[..., None] for x in start[:9])
    fall = np.minimum(rho_plus * t, 1e300)
    rise = _rise(rho_plus, t)
    with np.errstate(divide="ignore"):
        size = np.maximum(-fall / 2, np.log(np.abs(p_plus)) + np.log(2 * rise) / 2)
    shift = np.where(size < TINY, -size, 0.0)
    p_plus, q_plus = _grown(p_plus, shift), _grown(q_plus, shift)
    decay, grown = np.exp(shift - rate * t), -np.expm1(-rate * t)
    transverse = np.exp(shift - fall / 2)
    cross = _rise(np.abs(delta), t) * np.exp(shift - np.where(delta > 0, rate * t, fall))
    h = transverse**2 * (1 + 2 * p_minus**2 * _rise(rho_minus, t)) + 2 * p_plus**2 * rise + 4 * p_plus * p_minus * cross
    root = np.sqrt(h)
    a = (p_plus * grown + a * decay) / root
    along = (q_plus * grown + u * decay) / root
    w = along[..., None] * start.b[..., None, :] + (transverse / root)[..., None] * start.v[..., None, :]
    return w, a


def _grown(x, shift):
    """x e^shift, untouched where shift is 0, without overflow of the factor where x is tiny."""
    with np.errstate(divide="ignore"):
        return np.where(shift > 0, np.sign(x) * np.exp(np.log(np.abs(x)) + shift), x)


class NeuronSolution(NeuronTrajectory):
    """The exact solution; built by `neuron_solution`. Beyond `NeuronTrajectory`:

    final_sign : (...) array, sgn a(∞); 0 on the separating surface, whose starts rest on the saddle
    margin : (...) array in [0, 1], distance from that surface; rounding of the start makes a relative error ε/margin
        while the saddle is left
    """

    def __init__(self, modes, *trajectory):
        super().__init__(*trajectory)
        self.final_sign, self.margin = np.sign(modes.p_plus)[()], modes.margin[()]


def neuron_solution(
    w: ArrayLike,
    a: ArrayLike,
    xty: ArrayLike,
    times: ArrayLike,
    *,
    xtx: ArrayLike | None = None,
    rates: tuple[float, float] = (1.0, 1.0),
    delta: ArrayLike | None = None,
) -> NeuronSolution:
    """Exact gradient flow of f(x) = a w·x where XᵀX is a multiple of the identity or of a projector.

    Whitened data: Kunin et al. 2024, Theorem 3.1 and Appendix A, in the form of this module. XᵀX = λP, which holds
    for every single example: w outside the row space stays, and (a, Pw) is the whitened problem in time λt with
    δ + |w − Pw|² (derived here; the paper has the limits δ → ±∞ only).

    Parameters
    ----------
    w : (..., d) array, a : (...) array, with no more axes than the leading ones of w, which are starts; every sign of
        a and a = 0 are allowed
    xty : Xᵀy, (..., d) array
    times : (T,) array in ascending order from 0
    xtx : None (whitened), the number c of cI, or XᵀX (d, d), a multiple of a projector
    rates : (η_w, η_a), the learning rates of w and a
    delta : η_w a² − η_a|w|², (...), where known more exactly than the weights show it

    Returns
    -------
    NeuronSolution

    Raises
    ------
    ValueError : wrong shapes or values, any other XᵀX, or sizes whose squares are beyond float64
    """
    w, a, data, layer_rates = units.problem(w, a, xty, xtx, rates)
    times = checks.times(times)
    delta = units.delta_of(w, a, layer_rates, delta)
    start = unit_modes(w, a, data, layer_rates, delta)
    with np.errstate(over="ignore"):
        w_t, a_t = evaluate(start, data.isotropic * times)
    outside = data.project(layer_rates.to_unit(w, a)[0])[1]
    lead = a_t.shape[:-1]
    w_t, a_t = layer_rates.from_unit(w_t + outside[..., None, :], a_t)
    w, a = np.broadcast_to(w, (*lead, w.shape[-1])), np.broadcast_to(a, lead)
    return NeuronSolution(start, times, w_t, a_t, (w, a), data, layer_rates, np.broadcast_to(delta, lead)[()])


def unit_modes(w, a, data, layer_rates, delta):
    """`Modes` of the neuron at unit rates within the row space of X."""
    if data.isotropic is None:
        raise ValueError(
            "xtx must be a number or a multiple of a projector: the exact solution needs equal eigenvalues. "
            "Whiten the inputs, or integrate with neuron_flow"
        )
    unit_w, unit_a = layer_rates.to_unit(w, a)
    inside, outside = data.project(unit_w)
    target = layer_rates.function_scale * data.target
    lead = units.together("w and a, xty and delta", inside.shape[:-1], target.shape[:-1], np.shape(delta))
    shape = *lead, inside.shape[-1]
    effective = np.broadcast_to(delta + (outside**2).sum(-1), lead)
    inside, target = np.broadcast_to(inside, shape), np.broadcast_to(target, shape)
    unit_a = np.broadcast_to(unit_a, lead)
    largest = np.maximum(np.abs(inside).max(-1), np.abs(unit_a))
    largest = np.maximum(largest, np.sqrt(np.maximum(np.abs(target).max(-1), np.abs(effective))))
    size = np.where((largest > SAFE[0]) & (largest < SAFE[1]), 1.0, unit(largest))
    square = size**2
    found = modes(inside / size[..., None], unit_a / size, target / square[..., None], effective / square)
    return found._replace(size=size)
