"""How far a large layer must turn, at any hidden width: the final kernel distance for |λ| → ∞, and the plateau.

For λ → +∞ the tangent kernel is λPPᵀ ⊗ I, P an orthonormal basis of span W2, and training ends with the leading
k = min(N_h, rank Σyx) left singular vectors Ũ_k of the task in that span. The span turns no further than it must: the
k principal angles between P(0) and Ũ_k are closed, and N_h − k directions stay. So, with Σ cos² = ‖Ũ_kᵀP‖²,

    kernel distance   S = (k − ‖Ũ_kᵀP(0)‖²) / N_h            mean over random starts  (k/N_h)(1 − N_h/N_o)
    loss meanwhile    L/L(0) = ‖(I − PPᵀ)Σyx‖²/‖Σyx‖²        mean over random starts  1 − N_h/N_o

and both vanish if and only if N_h = N_o, where nothing is left to turn. λ → −∞ is the same with the network transposed,
N_i in place of N_o. The laws are ours; for N_i = N_h and equal singular values `linear.delay` has their course in time.
"""

import numpy as np

from .. import checks
from ..arrays import unit


def _large_layer(w1, w2, sigma_yx, lam):
    """Basis of the span of the large layer, and the task as that layer sees it."""
    w1, w2 = checks.weights(w1, w2)
    sigma_yx = checks.matrix("sigma_yx", sigma_yx, (w2.shape[0], w1.shape[1]))
    layer, task = (w2, sigma_yx) if lam > 0 else (w1.T, sigma_yx.T)
    basis, s, _ = np.linalg.svd(layer, full_matrices=False)
    if lam == 0 or layer.shape[1] > layer.shape[0] or s[-1] <= 1e-12 * s[0]:
        raise ValueError(f"the large layer must have rank n_hidden, which λ ≠ 0 gives it; got λ = {lam:g} and {s}")
    return basis, task


def _spans_everything(basis):
    return basis.shape[0] == basis.shape[1]


def kernel_turn(w1, w2, sigma_yx, lam):
    """Final kernel distance for |λ| → ∞ of λ-balanced weights with these directions of the large layer."""
    basis, task = _large_layer(w1, w2, sigma_yx, lam)
    u, s, _ = np.linalg.svd(task, full_matrices=False)
    k = min(basis.shape[1], int((s > 1e-12 * s[0]).sum()))
    if _spans_everything(basis):
        return 0.0
    turned = u[:, :k] - basis @ (basis.T @ u[:, :k])  # k − ‖UᵀP‖² without the subtraction
    return float((turned**2).sum() / basis.shape[1])


def loss_plateau(w1, w2, sigma_yx, lam):
    """Loss, in units of ½‖Σyx‖², that is left when the small layer has learned and the large one has not turned."""
    basis, task = _large_layer(w1, w2, sigma_yx, lam)
    if _spans_everything(basis):
        return 0.0
    task = task / unit(task, axes=2)
    left = task - basis @ (basis.T @ task)
    return float((left**2).sum() / (task**2).sum())


def expected_turn(n_hidden, n_large, rank):
    """Mean of `kernel_turn` over uniformly random directions; n_large is N_o for λ > 0, N_i for λ < 0."""
    return min(rank, n_hidden) / n_hidden * (1 - n_hidden / n_large)
