"""Tasks: data with its correlations. Columns of X and Y are examples; Σ carries 1/P."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .. import checks
from .initialisation import random_rotation


@dataclass(frozen=True, eq=False)
class Task:
    """x (n_in, P), y (n_out, P), and what gradient flow sees of them."""

    x: np.ndarray
    y: np.ndarray

    def __post_init__(self):
        x = checks.matrix("x", self.x, ("n_in", "P"))
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", checks.matrix("y", self.y, ("n_out", x.shape[1])))

    @cached_property
    def sigma_yx(self):
        """YXᵀ/P, (n_out, n_in)."""
        return self.y @ self.x.T / self.x.shape[1]

    @cached_property
    def sigma_xx(self):
        """XXᵀ/P, (n_in, n_in)."""
        return self.x @ self.x.T / self.x.shape[1]

    @cached_property
    def sigma_yy_trace(self):
        """tr(YYᵀ)/P."""
        return float((self.y**2).sum() / self.x.shape[1])


def whiten(x):
    """X with XXᵀ/P = I: the nearest such matrix in the least-squares sense. Needs P ≥ n_in, full rank."""
    n_in, n_examples = x.shape
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    if n_examples < n_in or s[-1] <= 1e-12 * s[0]:
        raise ValueError(f"inputs of shape {x.shape} cannot be whitened: they need rank n_in = {n_in}")
    return np.sqrt(n_examples) * u @ vt


def random_regression(n_in, n_out, n_examples, *, rng, target_std=1.0):
    """Whitened Gaussian inputs and independent Gaussian targets of the given standard deviation."""
    for name, value in (("n_in", n_in), ("n_out", n_out)):
        checks.count(name, value)
    checks.count("n_examples", n_examples, least=n_in)
    rng = checks.rng(rng)
    x = whiten(rng.standard_normal((n_in, n_examples)))
    return Task(x, checks.number("target_std", target_std) * rng.standard_normal((n_out, n_examples)))


def task_from_correlation(sigma_yx):
    """The noiseless task with whitened inputs and the given Σyx: X = √n_in I, Y = Σyx X."""
    sigma_yx = checks.matrix("sigma_yx", sigma_yx, ("n_out", "n_in"))
    x = np.sqrt(sigma_yx.shape[1]) * np.eye(sigma_yx.shape[1])
    return Task(x, sigma_yx @ x)


def task_from_singular_values(singular_values, n_in, n_out, *, rng):
    """A noiseless whitened task Σyx = Ũ S̃ Ṽᵀ with the given s̃ and random directions."""
    n_in, n_out = checks.count("n_in", n_in), checks.count("n_out", n_out)
    s = np.atleast_1d(checks.real("singular_values", singular_values))
    if s.ndim != 1 or s.size > min(n_in, n_out) or not np.isfinite(s).all() or (s < 0).any():
        raise ValueError(
            f"singular_values must be at most {min(n_in, n_out)} finite numbers, none negative; got {singular_values!r}"
        )
    rng = checks.rng(rng)
    u, v = random_rotation(n_out, rng), random_rotation(n_in, rng)
    return task_from_correlation((u[:, : s.size] * s) @ v[:, : s.size].T)


def semantic_hierarchy(depth=3):
    """A binary tree of 2^depth items with one-hot inputs (Saxe et al. 2019; Domine et al. 2025, Fig. 4).

    One ±1 property a branching, 0 off its branch, and one root property that all items have: for depth 3
    eight items, eight properties. X = I gives Σxx = I/P, isotropic.
    """
    depth = checks.count("depth", depth)
    n_items = 2**depth
    rows = [np.ones(n_items)]
    for level in range(depth):
        size = n_items >> level
        for start in range(0, n_items, size):
            row = np.zeros(n_items)
            row[start : start + size // 2], row[start + size // 2 : start + size] = 1.0, -1.0
            rows.append(row)
    return Task(np.eye(n_items), np.array(rows))
