"""From any learning rates and data to the flow at unit rates, and back: the one place where it is done.

The flow ȧ = −η_a w·g, ẇ = −η_w a g with g = XᵀXβ − Xᵀy is, in A = √η_w a, W = √η_a w, B = √(η_a η_w) β,

    Ȧ = −W·G,    Ẇ = −A G,    G = XᵀX B − √(η_a η_w) Xᵀy,

in the same time and with the same δ = A² − |W|² (derived here). A gradient step maps the same way. As a
two-layer network it has W1 = Wᵀ, W2 = A and one hidden unit, so that δ is its relative scale λ. Layers and their
rates come in the order of the network: w and η_w, then a and η_a.
"""

import math
from typing import NamedTuple

import numpy as np

from .. import checks
from ..arrays import ROUNDINGS, epsilon, host, norm

# eigenvalues of XᵀX this near, relative to the largest, are one; so much of Xᵀy outside its range is rounding. In less
# than double precision either is ROUNDINGS times √d times the rounding of its type, and never more than COARSEST
SPECTRUM_TOLERANCE = 1e-12
RANGE_TOLERANCE = 1e-9
COARSEST = 1e-2
ADVICE = "c times w and a, c² times xty (and delta) is the same problem in other units, its time 1/c² of that"


class Rates(NamedTuple):
    """Learning rates (η_w, η_a) and what they do to a neuron; leading axes are free."""

    eta_w: float
    eta_a: float

    @property
    def product(self):
        """η_a η_w."""
        return self.eta_a * self.eta_w

    @property
    def function_scale(self):
        """√(η_a η_w): B = √(η_a η_w) β."""
        return np.sqrt(self.eta_a) * np.sqrt(self.eta_w)

    def to_unit(self, w, a):
        """(W, A) of the unit-rate flow."""
        return np.sqrt(self.eta_a) * w, np.sqrt(self.eta_w) * a

    def from_unit(self, w, a):
        """(w, a) from (W, A)."""
        return w / np.sqrt(self.eta_a), a / np.sqrt(self.eta_w)

    def delta(self, w, a):
        """δ = η_w a² − η_a|w|² of weights w (..., d), a (...)."""
        return self.eta_w * a**2 - self.eta_a * (w**2).sum(-1)


def as_layers(w, a):
    """w (..., d), a (...) at unit rates as a network's w1 (..., 1, d), w2 (..., 1, 1)."""
    return w[..., None, :], a[..., None, None]


def rates(value):
    """The pair (η_w, η_a) of positive numbers as `Rates`."""
    try:
        eta_w, eta_a = value
    except (TypeError, ValueError):
        raise ValueError(f"rates must be the pair (eta_w, eta_a) of w and a; got {value!r}") from None
    return Rates(eta_w=checks.number("eta_w", eta_w, positive=True), eta_a=checks.number("eta_a", eta_a, positive=True))


def vector(name, value, length=None):
    """A finite (..., d) array, of `length` d where given."""
    array = checks.real(name, value)
    if array.ndim == 0 or 0 in array.shape or (length is not None and array.shape[-1] != length):
        wanted = "d" if length is None else length
        raise ValueError(f"{name} must have shape (..., {wanted}), its last axis the inputs; got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinity; every entry must be finite")
    return array


def numbers(name, value):
    """A finite array of any shape."""
    array = checks.real(name, value)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinity; every entry must be finite")
    return array


def neuron(w, a):
    """(w, a) as finite arrays of shapes (..., d) and (...) with the same leading axes.

    An a with more axes than the leading ones of w is refused, though it could be broadcast: so no (a, w) passes for
    (w, a), however long the axes are.
    """
    w, a = checks.real("w", w), numbers("a", a)
    if a.ndim >= w.ndim:
        raise ValueError(
            f"w must have shape (..., d) and one axis more than a at least; got shapes {w.shape} of w and {a.shape} "
            "of a. w comes first since version 0.2: w is (..., d), a is (...); for many a beside one w pass w[None]"
        )
    w = vector("w", w)
    lead = together("w and a", w.shape[:-1], a.shape)
    return np.broadcast_to(w, (*lead, w.shape[-1])), np.broadcast_to(a, lead)


class Data(NamedTuple):
    """XᵀX by its eigenvalues and eigenvectors, (d,) and (d, d), or a number c for cI; and Xᵀy (..., d).

    tolerance : relative to the largest eigenvalue, what is rounding of zero, or of equal eigenvalues
    """

    xtx: object
    xty: np.ndarray
    values: np.ndarray
    vectors: np.ndarray
    tolerance: float = SPECTRUM_TOLERANCE

    @property
    def seen(self):
        """Eigenvalues that are not zero, (d,) booleans: the row space of X."""
        return self.values > self.tolerance * self.values.max()

    @property
    def isotropic(self):
        """λ if XᵀX is λ times a projector, else None."""
        values = self.values[self.seen]
        largest = values.max()
        return float(largest) if np.ptp(values) <= self.tolerance * largest else None

    def project(self, w):
        """(part of w in the row space of X, part outside)."""
        if self.seen.all():
            return w, np.zeros_like(w)
        basis = self.vectors[:, self.seen]
        inside = (w @ basis) @ basis.T
        basis = self.vectors[:, ~self.seen]
        return inside, (w @ basis) @ basis.T

    @property
    def target(self):
        """(XᵀX)⁺Xᵀy, the least-squares function of least norm, (..., d)."""
        if self.isotropic is not None:
            return self.project(self.xty)[0] / self.isotropic
        basis = self.vectors[:, self.seen]
        return (self.xty @ basis / self.values[self.seen]) @ basis.T


def _rounding(d, *values):
    """What rounding leaves of sums over d, where a value is of less than double precision; else 0."""
    coarse = epsilon(*values)
    return min(COARSEST, ROUNDINGS * np.sqrt(d) * coarse) if coarse > epsilon() else 0.0


def data(xty, xtx, d):
    """Checked `Data` of d inputs; ValueError where no X has these correlations."""
    tolerance = max(SPECTRUM_TOLERANCE, _rounding(d, xtx))
    outside_range = max(RANGE_TOLERANCE, _rounding(d, xtx, xty))
    xty = vector("xty", xty, d)
    if xtx is None or host("xtx", xtx).ndim == 0:
        xtx = checks.number("xtx", 1.0 if xtx is None else xtx, positive=True)
        return Data(xtx, xty, np.full(d, xtx), np.eye(d))
    xtx = checks.matrix("xtx", xtx, (d, d))
    if not np.allclose(xtx, xtx.T, rtol=0, atol=tolerance * np.abs(xtx).max()):
        raise ValueError("xtx must be symmetric; pass X.T @ X")
    values, vectors = np.linalg.eigh(xtx)
    if values[-1] <= 0 or values[0] < -tolerance * values[-1]:
        raise ValueError("xtx must be positive semidefinite and not zero; pass X.T @ X")
    result = Data(xtx, xty, np.maximum(values, 0.0), vectors, tolerance)
    outside = norm(result.project(xty)[1], axis=-1)
    if (outside > outside_range * norm(xty, axis=-1)).any():
        raise ValueError("xty must lie in the range of xtx, as X.T @ y does; the loss has no minimum otherwise")
    return result


def problem(w, a, xty, xtx, both_rates):
    """Checked (w, a, `Data`, `Rates`) of a neuron and what it learns; ValueError : sizes that networks refuse too."""
    w, a = neuron(w, a)
    known, layer_rates = data(xty, xtx, w.shape[-1]), rates(both_rates)
    together("w, a and xty", a.shape, known.xty.shape[:-1])
    size = max(math.sqrt(layer_rates.eta_a) * checks.entry(w), math.sqrt(layer_rates.eta_w) * checks.entry(a))
    checks.size("the largest entry of w √eta_a and a √eta_w", size, checks.LEAST, remedy=ADVICE)
    xty = checks.entry(known.xty) * float(layer_rates.function_scale)
    checks.correlations("xty times √(eta_a eta_w)", xty, "xtx", float(np.max(known.xtx)), ADVICE)
    return w, a, known, layer_rates


def together(what, *shapes):
    """The shape that all broadcast to; ValueError that names `what`."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(f"{what} must agree in their leading axes; got shapes {', '.join(map(str, shapes))}") from None


def delta_of(w, a, layer_rates, delta=None):
    """δ of the weights, or the given one after a check that the weights have it.

    A δ that is known more exactly than the weights show it (0, or 1e-12 beside weights of order 1) decides
    what becomes of a start that points away from the target, and is worth giving.
    """
    shown = layer_rates.delta(w, a)
    scale = layer_rates.eta_w * a**2 + layer_rates.eta_a * (w**2).sum(-1)
    if delta is None:
        return shown
    delta = numbers("delta", delta)
    delta = np.broadcast_to(delta, together("delta and the weights", delta.shape, shown.shape))
    if (np.abs(delta - shown) > 1e-8 * scale).any():
        raise ValueError(
            f"delta must be eta_w a² − eta_a|w|² of the weights, {shown[()]}; got {delta[()]}. "
            "Leave it out, or draw the weights with neuron_start"
        )
    return delta
