"""The semantic hierarchy as fig4 and figC1 use it: its directions, its starts, and likeness to its structure.

The hierarchy's singular values are degenerate, so that the SVD of Σyx returns an arbitrary basis. Its own
properties are orthogonal and serve instead: Y = Ũ S̃ Ṽᵀ with Ũ = I and the rows of Y, normalised, as Ṽᵀ.
"""

from typing import NamedTuple

import numpy as np

from ..linear.initialisation import lambda_balanced_weights
from ..linear.observables import cosine_distance
from .common import with_matching_sign

LAYERS = ("input", "output")  # of the representations W1ᵀW1 and W2W2ᵀ
# what a representation is compared with; those from the second on also by their traceless parts
STRUCTURES = ("identity", "task", "task_squared")


class Directions(NamedTuple):
    """Ũ (n_out, N), s̃ (N,) and Ṽᵀ (N, n_in) of the hierarchy, one mode a property."""

    u: np.ndarray
    s: np.ndarray
    vt: np.ndarray


def directions(task):
    """Singular directions that are the properties of `task`, singular values those of Σyx/c, Σxx = cI."""
    s = np.linalg.norm(task.y, axis=1)
    return Directions(np.eye(s.size), s, task.y / s[:, None])


def input_scale(task):
    """The number c of Σxx = cI."""
    return task.isotropic


def structures(task):
    """I, ṼS̃Ṽᵀ, ṼS̃²Ṽᵀ and I, ŨS̃Ũᵀ, ŨS̃²Ũᵀ by layer, each (3, N, N)."""
    u, s, vt = directions(task)
    powers = np.array([s**0, s, s**2])[:, :, None]
    return dict(zip(LAYERS, (vt.T @ (powers * vt), u @ (powers * u.T)), strict=True))


def norm(a):
    """Frobenius norm of the last two axes."""
    return np.linalg.norm(a, axis=(-2, -1))


def cosine(a, b):
    """⟨A, B⟩/(‖A‖‖B‖) of the last two axes."""
    return (a * b).sum((-2, -1)) / (norm(a) * norm(b))


def traceless(a):
    """A − (tr A/N) I: the part that is not identity."""
    n = a.shape[-1]
    return a - np.trace(a, axis1=-2, axis2=-1)[..., None, None] / n * np.eye(n)


def likeness(representations, compared):
    """{layer: columns} of both representations (..., N, N): the distance from each structure, the cosine of the
    traceless parts, and the traceless part's share of the norm: how much of the representation is not identity.
    """
    measured = {}
    for layer, matrix in zip(LAYERS, representations, strict=True):
        known, each = compared[layer], matrix[..., None, :, :]
        distances, cosines = cosine_distance(each, known), cosine(traceless(each), traceless(known[1:]))
        measured[layer] = {
            "traceless_share": norm(traceless(matrix)) / norm(matrix),
            **{f"distance_{name}": distances[..., k] for k, name in enumerate(STRUCTURES)},
            **{f"traceless_cosine_{name}": cosines[..., k] for k, name in enumerate(STRUCTURES[1:])},
        }
    return measured


def balanced_start(lam, task, scale, rng):
    """λ-balanced weights of the square network whose det(W2W1) has the sign of the task's.

    Without it a start at λ = 0 tends to a saddle, and one at small |λ| waits there.
    """
    n = task.x.shape[0]
    return with_matching_sign(lambda_balanced_weights(lam, n, n, n, rng=rng, scale=scale), task.sigma_yx)
