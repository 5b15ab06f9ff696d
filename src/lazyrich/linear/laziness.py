"""How lazy each part of a network was between two states: weights, representations, tangent kernel.

    weights            ‖W − W(0)‖_F/‖W(0)‖_F of each layer: 0 did not move, 1 moved by its own size, no upper bound
                       (Chizat et al. 2019)
    representations    1 − ⟨G, G(0)⟩/(‖G‖‖G(0)‖), G = Σxx^½ W1ᵀW1 Σxx^½ of the inputs and W2W2ᵀ of the outputs:
                       0 did not turn, 1 orthogonal to what it was. Of the inputs the cosine is that of HᵀH over the
                       examples, H = W1X: CKA without centring (Kornblith et al. 2019), the representation alignment
                       of Liu et al. 2024
    kernel             the same of the tangent kernel (Fort et al. 2020)

The turns are in [0, 1], since the matrices are positive semidefinite. They change neither with a rotation of the hidden
layer nor with the size of either state, and from the end to the start they are the same; a change of weights is not.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from . import observables
from .tasks import Task, as_task, input_root


class Laziness(NamedTuple):
    """What `laziness` found, each (...); 0 is lazy. NaN stands for what is not defined, which a zero layer makes so.

    w1, w2 : change of each layer relative to its size before
    input_representation, output_representation, kernel : 1 − cosine, in [0, 1]
    """

    w1: np.ndarray
    w2: np.ndarray
    input_representation: np.ndarray
    output_representation: np.ndarray
    kernel: np.ndarray

    def __str__(self):
        w1, w2, inputs, outputs, kernel = map(_span, self)
        return (
            f"weights  W1 moved by {w1} times its size, W2 by {w2}\n"
            f"inputs   W1ᵀW1 turned by {inputs} (0: not at all, 1: orthogonal)\n"
            f"outputs  W2W2ᵀ turned by {outputs}\n"
            f"kernel   turned by {kernel}"
        )


def _span(values):
    """One number, or least to largest."""
    known = np.unique(np.asarray(values)[~np.isnan(values)])
    if known.size == 0:
        return "NaN (a layer is zero)"
    least, largest = f"{known[0]:.2g}", f"{known[-1]:.2g}"
    return least if least == largest else f"{least} to {largest}"


def laziness(
    before: tuple[ArrayLike, ArrayLike],
    after: tuple[ArrayLike, ArrayLike],
    task: Task | ArrayLike | None = None,
    *,
    align: bool = False,
) -> Laziness:
    """How far weights, representations and tangent kernel have moved from one state to another.

    Parameters
    ----------
    before, after : pairs (w1, w2) of arrays (..., n_hidden, n_in) and (..., n_out, n_hidden) of one network. Leading
        axes broadcast: beside one `before` may stand an `after` of many times or runs
    task : `Task` whose Σxx are the inputs, or Σyx of whitened inputs; None: whitened
    align : whether each layer of `after` is first rotated on its hidden side to lie nearest to `before`, by a rotation
        of its own. Then its change is the least that any rotation leaves: of weights from `exact_solution`, whose
        rotation is free, a lower bound of what training changes

    Returns
    -------
    Laziness, whose fields have the shape of the leading axes. Of a layer that is zero before, its change and its
    representation's turn are NaN; of one that is zero after, the turn is

    Raises
    ------
    ValueError : no pairs, other shapes, NaN, or weights that are all zero before

    Sources and definitions: at the head of `lazyrich.linear.laziness`.
    """
    before, after = _pair("before", before), _pair("after", after)
    (n_hidden, n_in), n_out = before[0].shape[-2:], before[1].shape[-2]
    if (after[0].shape[-2:], after[1].shape[-2:]) != ((n_hidden, n_in), (n_out, n_hidden)):
        raise ValueError(
            f"before and after must be of one network; before has w1 {(n_hidden, n_in)} and w2 {(n_out, n_hidden)}, "
            f"after {after[0].shape[-2:]} and {after[1].shape[-2:]}"
        )
    sigma_xx = 1.0 if task is None else as_task(task, n_out, n_in).sigma_xx
    parts = {"before": before[0].shape[:-2], "after": after[0].shape[:-2], "sigma_xx": np.shape(sigma_xx)[:-2]}
    try:
        np.broadcast_shapes(*parts.values())
    except ValueError:
        said = ", ".join(f"{name} {axes}" for name, axes in parts.items())
        raise ValueError(f"before, after and task must agree in their leading axes; got {said}") from None
    return moved(before, after, sigma_xx, align)


def _pair(name, value):
    try:
        w1, w2 = value
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a pair (w1, w2); got {type(value).__name__}") from None
    try:
        return checks.weights(w1, w2, batch=True)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def moved(before, after, sigma_xx, align=False, shape=None):
    """`laziness` of checked weights, with Σxx in place of a task.

    `shape`, (n_out, n_in) of the whole network, where the weights hold their coordinates in fewer directions.
    """
    if (_largest(before[0]) + _largest(before[1]) == 0).any():
        raise ValueError("the weights before are all zero: nothing can be compared with them")
    nearest = aligned(before, after) if align else (before, after)
    root1, root2 = before[0], after[0]
    if np.ndim(sigma_xx):
        root = input_root(sigma_xx)
        root1, root2 = root1 @ root, root2 @ root
    return Laziness(
        *(_change(a, b) for a, b in zip(*nearest, strict=True)),
        _turn(observables.transpose(root1), observables.transpose(root2)),
        _turn(before[1], after[1]),
        _kernel(before, after, sigma_xx, shape or (before[1].shape[-2], before[0].shape[-1])),
    )


def aligned(before, after):
    """(before, after) with RW1 in place of W1 and W2Oᵀ of W2 after, R and O the rotations that bring a layer nearest.

    A rotation of both is one that each may choose, so no rotation leaves less of either layer's change. Where the
    hidden layer is much wider than the others, both are in the coordinates of the directions that they use.
    """
    before, after = in_fewer_hidden(before, after)
    (v1, v2), (w1, w2) = before, after
    return before, (_nearest(v1, w1), observables.transpose(_nearest(*map(observables.transpose, (v2, w2)))))


def _nearest(before, after):
    """The rotation R after of all R that is nearest to before (Procrustes)."""
    u, _, vt = np.linalg.svd(before @ observables.transpose(after))
    return u @ vt @ after


def in_fewer_hidden(before, after):
    """Both with the coordinates of their hidden layer in the directions that they use, where it is much wider.

    [W2ᵀ, W1] of both = QR; rows of R stand in place of hidden units.
    """
    parts = [part for w1, w2 in (before, after) for part in (observables.transpose(w2), w1)]
    n_hidden, columns = parts[0].shape[-2], [part.shape[-1] for part in parts]
    if n_hidden < observables.WIDE or n_hidden <= 2 * sum(columns):
        return before, after
    leading = np.broadcast_shapes(*(part.shape[:-2] for part in parts))
    joined = np.concatenate([np.broadcast_to(part, (*leading, *part.shape[-2:])) for part in parts], axis=-1)
    v2, v1, w2, w1 = np.split(np.linalg.qr(joined, mode="r"), np.cumsum(columns)[:-1], axis=-1)
    return (v1, observables.transpose(v2)), (w1, observables.transpose(w2))


def _largest(w):
    return np.abs(w).max((-2, -1), keepdims=True)


def _change(before, after):
    size = _largest(before)
    size = np.where(size > 0, size, np.nan)  # and no square over- or underflows
    return (np.linalg.norm((after - before) / size, axis=(-2, -1)) / np.linalg.norm(before / size, axis=(-2, -1)))[()]


def _turn(a, b):
    """1 − cosine of aaᵀ and bbᵀ, (...), a and b (..., n, n_hidden)."""
    a, b = (w / np.where(_largest(w) > 0, _largest(w), np.nan) for w in (a, b))
    n, n_hidden = a.shape[-2:]
    if n > 2 * n_hidden:  # the same in the basis of their columns, without a matrix of n by n
        lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        both = np.concatenate([np.broadcast_to(w, (*lead, n, n_hidden)) for w in (a, b)], axis=-1)
        joint = np.linalg.qr(both, mode="r")
        a, b = joint[..., :n_hidden], joint[..., n_hidden:]
    return observables.cosine_distance(*(w @ observables.transpose(w) for w in (a, b)))[()]


def _kernel(before, after, sigma_xx, shape):
    """`observables.kernel_distance`, NaN where the weights after are all zero."""
    gone = _largest(after[0]) + _largest(after[1]) == 0
    if gone.any():
        after = tuple(np.where(gone, b, a) for b, a in zip(before, after, strict=True))
    n_out, n_in = shape
    distance = observables.kernel_distance_in(n_in, n_out, before, after, sigma_xx)
    return np.where(gone[..., 0, 0], np.nan, distance)[()]
