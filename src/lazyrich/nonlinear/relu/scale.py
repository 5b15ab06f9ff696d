"""Overall scale τ and relative scale δ of a ReLU network's neurons.

Every neuron starts with |w| = τ/α and |a| = τα, so that δ = a² − |w|² = τ²(α² − α⁻²) (Kunin et al. 2024, Section 5;
one sentence of the appendix has δ² for δ).
"""

import numpy as np


def alpha(delta, tau):
    """α of δ and τ > 0: α² = (q + √(q² + 4))/2, q = δ/τ², as 2/(√(q² + 4) − q) where q < 0: no digits cancel."""
    tau = np.asarray(tau, float)
    if not (tau > 0).all():
        raise ValueError(f"tau must be larger than 0; got {tau!r}")
    q = np.asarray(delta, float) / tau**2
    larger = (np.abs(q) + np.hypot(q, 2.0)) / 2  # α² or α⁻², whichever is larger
    return np.where(q >= 0, np.sqrt(larger), 1 / np.sqrt(larger))[()]


def layer_lengths(delta, tau):
    """(|a|, |w|) of every neuron."""
    relative = alpha(delta, tau)
    return tau * relative, tau / relative
