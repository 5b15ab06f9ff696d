"""What a new output says of items that it was not taught: generalisation from the similarity K = XᵀW1ᵀW1X.

Readout only: a new row w of W2 is trained from 0 on the items T, with the representation H = W1X fixed. Gradient flow,
and descent with a small enough step, keep w in the span of H_T, so that they end in the interpolant of least norm,

    ŷ = K_{:,T} K_TT⁻¹ y_T,      for one item i with target 1:  ŷ_j = K_ij/K_ii = h_i·h_j/‖h_i‖²

(Domine et al. 2025, Section 6). K is all that enters, and a hidden rotation leaves it alone.

Both layers, on the new output and one item i alone (ours): the start (W1, w = 0) is not λ-balanced and the input
correlation x_i x_iᵀ not isotropic, so that the Riccati solution does not hold. With one-hot inputs only h_i and w move,
w stays along h_i, and ‖h_i‖² − ‖w‖² = ρ = K_ii is conserved. At convergence w·h_i = y, hence

    ‖w‖² = ½(√(ρ²+4y²) − ρ),     ŷ_j = y g K_ij/K_ii (j ≠ i),   g² = 2ρ/(ρ + √(ρ²+4y²)) ≤ 1,

and h_i has grown by the factor √(1 + ‖w‖²/ρ) = 1/g, and with it every answer about item i that W2 gives. Large items
(ρ ≫ |y|) are read as they are; small ones are rescaled instead, and the others learn less from it.
"""

from typing import NamedTuple

import numpy as np

from .. import checks
from ..arrays import host


class FineTuned(NamedTuple):
    """The new output of every item (..., P), and the factor (...) by which old answers about the taught one grow."""

    prediction: np.ndarray
    growth: np.ndarray


def readout_prediction(similarity, taught, targets):
    """ŷ (..., P) of a readout row trained from 0 on the items `taught` (k,), for similarities K (..., P, P).

    ValueError where the taught items are not linearly independent in the hidden layer: then not every target is met.
    """
    similarity = checks.matrix("similarity", similarity, batch=True)
    taught = _items(taught, similarity.shape[-1])
    targets = checks.real("targets", targets)
    if targets.shape != taught.shape:
        raise ValueError(
            f"targets must be one number for each of {taught.size} taught items; got shape {targets.shape}"
        )
    gram = similarity[..., taught[:, None], taught]
    if (np.linalg.matrix_rank(gram, hermitian=True) < taught.size).any():
        raise ValueError(f"the taught items {taught.tolist()} are linearly dependent in the hidden layer")
    coefficients = np.linalg.solve(gram, np.broadcast_to(targets[:, None], (*gram.shape[:-1], 1)))
    return (similarity[..., taught] @ coefficients)[..., 0]


def fine_tuned_prediction(similarity, taught, target=1.0):
    """Where both layers end that are trained on one new output of one item of one-hot inputs; see the module."""
    similarity = checks.matrix("similarity", similarity, batch=True)
    item = _items([taught], similarity.shape[-1])[0]
    size = similarity[..., item, item]
    if (size <= 0).any():
        raise ValueError(f"item {item} is zero in the hidden layer: nothing can be learned from it")
    factor = np.sqrt(2 * size / (size + np.hypot(size, 2 * checks.number("target", target))))
    prediction = target * (factor / size)[..., None] * similarity[..., item]
    prediction[..., item] = target
    return FineTuned(prediction, 1 / factor)


def untaught_error(prediction, values, taught):
    """Mean squared error (...) of predictions (..., P) of the property `values` (P,) over the items not taught."""
    prediction, values = checks.real("prediction", prediction), checks.real("values", values)
    if values.ndim != 1 or prediction.shape[-1:] != values.shape:
        raise ValueError(f"prediction (..., P) and values (P,) must fit; got {prediction.shape} and {values.shape}")
    rest = np.delete(np.arange(values.size), _items(taught, values.size))
    if rest.size == 0:
        raise ValueError("every item is taught: there is no error on the others")
    return ((prediction[..., rest] - values[rest]) ** 2).mean(-1)


def _items(taught, n_items):
    taught = host("taught", taught)
    distinct = taught.ndim == 1 and taught.dtype.kind in "iu" and np.unique(taught).size == taught.size > 0
    if not distinct or taught.min() < 0 or taught.max() >= n_items:
        raise ValueError(f"taught must hold distinct items from 0 to {n_items - 1}; got {taught.tolist()}")
    return taught
