"""Which of the two branches of minima a neuron tends to, and the surface that separates the basins.

The minima a w = β* form two branches, one for each sign of a. At unit rates and for XᵀX = I the final sign of a is
that of w·β* + (a/2)(δ + √(δ² + 4|β*|²)), for every δ (Kunin et al. 2024, Section 3; for δ ≥ 0 it is the sign of
a at the start). It is the growing part P₊ of `solution`; where it is zero the neuron tends to the saddle a = 0.
"""

import numpy as np

from .. import checks
from . import units
from .solution import unit_modes


def final_sign(w, a, xty, *, xtx=None, rates=(1.0, 1.0), delta=None):
    """sgn a(∞), (...), of starts w (..., d), a (...); 0 on the separating surface.

    For XᵀX that is no multiple of a projector the surface is not known; there a keeps its sign if δ > 0, or
    δ = 0 (a² ≥ δ + |w|², and a = 0 = w is not reached in finite time), and else ValueError asks for the flow.
    """
    w, a, data, layer_rates = units.problem(w, a, xty, xtx, rates)
    delta = units.delta_of(w, a, layer_rates, delta)
    if data.isotropic is not None:
        return np.sign(unit_modes(w, a, data, layer_rates, delta).p_plus)[()]
    if (delta < 0).any():
        raise ValueError(
            "the final sign of a is not known in closed form where delta < 0 and xtx is no multiple of a projector: "
            "read it off the end of neuron_flow"
        )
    return np.sign(np.broadcast_to(a, np.broadcast_shapes(a.shape, delta.shape, data.xty.shape[:-1])))[()]


def separating_surface(a, target_norm, delta):
    """The surface between the basins at unit rates: (w·b, |w − (w·b) b|) of its points with readout a.

    w·b = −(a/2s)(δ + √(δ² + 4s²)), s = |β*|, b = β*/s, and the rest of w has any direction with |w|² = a² − δ.

    Parameters
    ----------
    a : (...) array of readouts; target_norm : s > 0; delta : (...) array, δ ≤ 0 (at δ = 0 it is the ray w = −a b)

    Returns
    -------
    along, across : (...) arrays; in two dimensions w = along·b ± across·e with e orthonormal to b

    Raises
    ------
    ValueError : δ > 0, where the sign of a at the start is the final one, or target_norm not positive
    """
    a, delta = units.numbers("a", a), units.numbers("delta", delta)
    s = checks.number("target_norm", target_norm, positive=True)
    if (delta > 0).any():
        raise ValueError("delta must not be positive: upstream, a keeps its sign, and a = 0 is never on the way")
    large = np.hypot(delta, 2 * s) - delta
    ratio = 2 * s / large  # (δ + R)/(2s), without cancellation
    # |w|² − (w·b)² = −δ + a²(1 − ratio²), and 1 − ratio² = −2δ/large
    return -a * ratio, np.sqrt(-delta * (1 + 2 * a**2 / large))
