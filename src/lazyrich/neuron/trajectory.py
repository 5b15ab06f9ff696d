"""A neuron over time and what follows from it: one class behind theory, descent and reference flow."""

from functools import cached_property

import numpy as np

from ..arrays import Floats, norm, unit
from ..linear import observables
from . import units


def _ratio(numerator, denominator, otherwise=np.nan):
    shape = np.broadcast_shapes(np.shape(numerator), np.shape(denominator))
    return np.divide(numerator, denominator, out=np.full(shape, otherwise), where=denominator != 0)


def _in_units(x):
    """(x over the power of two above its largest entry, that power (...)) along the last axis."""
    size = np.asarray(unit(x, axes=1))
    return x / size[..., None], size


def _overlap(w, target):
    return (w @ target[..., None])[..., 0]


class NeuronTrajectory:
    """Weights of one neuron at chosen times.

    Attributes
    ----------
    times : (T,) array; steps : (T,) int array or None
    w : (..., T, d), a : (..., T) arrays; leading axes are starts
    start : (w, a) at time 0, (..., d) and (...)
    delta : (...) array, the conserved η_w a² − η_a|w|²
    rates : (η_w, η_a)
    xtx, xty, target : XᵀX as given (None became 1), Xᵀy and (XᵀX)⁺Xᵀy, (..., d)
    """

    def __init__(self, times, w, a, start, data, rates, delta, steps=None):
        self.times, self.steps, self.w, self.a = times, steps, w, a
        self.start, self.rates, self.delta = start, rates, delta
        self._data, self.xtx, self.xty, self.target = data, data.xtx, data.xty, data.target

    @property
    def beta(self) -> Floats:
        """β = a w, (..., T, d)."""
        return self.a[..., None] * self.w

    @property
    def mu(self) -> Floats:
        """Signed size a|w|, (..., T)."""
        return self.a * norm(self.w, axis=-1)

    @property
    def phi(self) -> Floats:
        """Alignment w·β*/(|w||β*|) in [−1, 1], (..., T); NaN where w or β* is zero."""
        (w, _), (target, _) = _in_units(self.w), _in_units(self.target)
        norms = np.linalg.norm(w, axis=-1) * np.linalg.norm(target, axis=-1)[..., None]
        return _ratio(_overlap(w, target), norms)

    @property
    def nu(self) -> Floats:
        """w·β*/a, (..., T); infinite where a = 0."""
        (w, size), (target, target_size) = _in_units(self.w), _in_units(self.target)
        return _ratio(_overlap(w, target), self.a / size, np.inf) * target_size[..., None]

    @property
    def conserved(self) -> Floats:
        """η_w a² − η_a|w|² of the weights at every time, (..., T): δ, up to what the integration lost."""
        return self.rates.delta(self.w, self.a)

    def loss(self) -> Floats:
        """½ squared error |Xβ − y|²/2 without what no β can fit, that is (β − β*)ᵀXᵀX(β − β*)/2, (..., T).

        The same as `Trajectory.loss` of a task that does not know tr(YYᵀ)/P, with XᵀX and Xᵀy as its Σxx and Σyx: the
        mean over examples if these were given with the 1/P. yᵀy is never known here.
        """
        return observables.loss(self.beta[..., None, :], self._row(self.xty), self.xtx)

    @property
    def tangent_operator(self) -> Floats:
        """M = η_w a² I + η_a w wᵀ, (..., T, d, d): β̇ = −M Xᵀ(Xβ − y), and the tangent kernel is X M Xᵀ."""
        w, a = self.rates.to_unit(self.w, self.a)
        return a[..., None, None] ** 2 * np.eye(w.shape[-1]) + w[..., :, None] * w[..., None, :]

    @property
    def tangent_velocity(self) -> Floats:
        """Ṁ = −η_a η_w [2(β·g) I + g βᵀ + β gᵀ], g = XᵀXβ − Xᵀy, (..., T, d, d): free of δ (derived here)."""
        beta = self.beta
        xtx_beta = beta * self.xtx if np.ndim(self.xtx) == 0 else beta @ self.xtx
        g = xtx_beta - (self.xty[..., None, :] if self.xty.ndim > 1 else self.xty)
        outer = g[..., :, None] * beta[..., None, :]
        trace = (beta * g).sum(-1)[..., None, None]
        return -self.rates.product * (2 * trace * np.eye(beta.shape[-1]) + outer + observables.transpose(outer))

    def kernel_distance(self) -> Floats:
        """Distance S(0, t) of the tangent kernel X M Xᵀ from that of the start, (..., T), in [0, 1].

        It depends on the number d of inputs: M has d − 1 directions in which only a counts (Section 3). NaN where the
        kernel is zero at the start or at t, such as long after a start on the separating surface with δ = 0.
        """
        (start, no_start), (now, none_now) = self._directions(*self.start), self._directions(self.w, self.a)
        start = (layer[..., None, :, :] for layer in start)
        distance = observables.kernel_distance(*start, *now, self.xtx)
        return np.where(no_start[..., None] | none_now, np.nan, distance)

    def _directions(self, w, a):
        """Layers at unit rates as X sees them, up to a power of 2, and where they are zero (and a = 1 stands for it).

        The distance of kernels does not depend on their size, but squares of squares of small weights underflow.
        """
        w, a = self.rates.to_unit(w, a)
        w = self._data.project(w)[0]
        size = np.maximum(np.abs(w).max(-1), np.abs(a))
        power = -np.frexp(size)[1]
        return units.as_layers(np.ldexp(w, power[..., None]), np.where(size == 0, 1.0, np.ldexp(a, power))), size == 0

    def _row(self, x):
        return x[..., None, None, :] if x.ndim > 1 else x[None]

    @cached_property
    def published_kernel_distance(self) -> Floats:
        """S(0, t) as in the paper's Figure 3c: not a distance, shown beside the correct one only.

        The squared norm of the kernel at t has 2 a_0²|w_t|² where 2 a_t²|w_t|² belongs. Whitened inputs.
        """
        (w0, a0), (w, a) = self.rates.to_unit(*self.start), self.rates.to_unit(self.w, self.a)
        d = w.shape[-1]
        size = np.maximum(np.abs(w).max((-2, -1)), np.abs(a).max(-1))
        size = unit(np.maximum(size, np.maximum(np.abs(w0).max(-1), np.abs(a0))))[..., None]
        w0, a0, w, a = w0 / size, a0 / size[..., 0], w / size[..., None], a / size
        a0, n0 = (a0**2)[..., None], (w0**2).sum(-1)[..., None]
        a, n = a**2, (w**2).sum(-1)
        overlap = (w * w0[..., None, :]).sum(-1) ** 2
        inner = d * a0 * a + a0 * n + a * n0 + overlap
        return 1 - _ratio(inner, np.sqrt((d * a0**2 + 2 * a0 * n0 + n0**2) * (d * a**2 + 2 * a0 * n + n**2)))
