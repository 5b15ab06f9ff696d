"""Tasks: what gradient flow sees of the data. In the paper's layout columns of X and Y are examples; Σ carries 1/P."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..arrays import epsilon
from .initialisation import RANK_TOLERANCE, _orthonormal_columns, rank_tolerance

# entries of Σxx this near cI, relative to c, are it; in less than double precision those that are within the rounding
# of sums of products in the spectral norm: small entries that agree in sign add up over many inputs
ISOTROPIC = 1e-12


@dataclass(frozen=True, eq=False)
class Task:
    """The correlations of a task; gradient flow sees nothing else of the data.

    Parameters
    ----------
    sigma_yx : (..., n_out, n_in) array, YXᵀ/P; leading axes are runs
    sigma_xx : the number c of isotropic inputs Σxx = cI (whitened: 1), or XXᵀ/P, (..., n_in, n_in)
    sigma_yy_trace : tr(YYᵀ)/P, a number or (...), or None: `loss` then leaves out what no linear map can fit

    `Task.from_data` makes one of examples; it then holds them too:

    x, y : (n_in, P), (n_out, P) arrays, a column an example, or None
    whitening : (n_in, n_in) array M with x = M · (inputs as given), or None if they were not whitened

    rounding : relative rounding of what Σxx was made of; None: that of its type

    Raises
    ------
    ValueError : wrong shapes, NaN, Σxx not symmetric or not positive semidefinite
    """

    sigma_yx: np.ndarray = field(default=None)  # so that a task of x and y alone is told the way
    sigma_xx: float | np.ndarray = 1.0
    sigma_yy_trace: float | np.ndarray | None = None
    x: np.ndarray | None = field(default=None, repr=False, kw_only=True)
    y: np.ndarray | None = field(default=None, repr=False, kw_only=True)
    whitening: np.ndarray | None = field(default=None, repr=False, kw_only=True)
    rounding: float | None = field(default=None, repr=False, kw_only=True)

    def __post_init__(self):
        if self.sigma_yx is None and self.x is not None:
            raise TypeError("Task takes sigma_yx; a task of examples is Task.from_data(x, y, rows=False)")
        sigma_yx = checks.matrix("sigma_yx", self.sigma_yx, ("n_out", "n_in"), batch=True)
        if self.rounding is None:
            object.__setattr__(self, "rounding", epsilon(self.sigma_xx))
        object.__setattr__(self, "sigma_yx", sigma_yx)
        object.__setattr__(self, "sigma_xx", checks.input_correlation(self.sigma_xx, sigma_yx.shape[-1]))
        if self.sigma_yy_trace is not None:
            trace = checks.real("sigma_yy_trace", self.sigma_yy_trace)
            if not np.isfinite(trace).all() or (trace < 0).any():
                raise ValueError(f"sigma_yy_trace must be finite and not negative; got {self.sigma_yy_trace!r}")
            object.__setattr__(self, "sigma_yy_trace", trace[()])
        leading = sigma_yx.shape[:-2], np.shape(self.sigma_xx)[:-2]
        try:
            runs = np.broadcast_shapes(*leading)
            fits = self.sigma_yy_trace is None or np.broadcast_shapes(runs, np.shape(self.sigma_yy_trace)) == runs
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(
                "leading axes of sigma_yx and sigma_xx, and the shape of sigma_yy_trace, are runs and must agree; got "
                f"{leading[0]}, {leading[1]} and {np.shape(self.sigma_yy_trace)}"
            )

    @classmethod
    def from_data(cls, x: ArrayLike, y: ArrayLike, *, rows: bool, whiten: bool = False) -> "Task":
        """The task of examples.

        Parameters
        ----------
        x, y : inputs and targets, (P, n_in) and (P, n_out) if `rows`, else (n_in, P) and (n_out, P)
        rows : whether a row is an example, as in torch, scikit-learn and DataFrames; else a column is, as in the paper
        whiten : give the network M·x instead, with M = (XXᵀ/P)^{−½}, so that Σxx = I. First-layer weights of the
            inputs as given are then `w1 @ task.whitening`. Inputs are not centred

        ValueError : wrong shapes, NaN, or inputs of less than full rank that are to be whitened
        """
        rounding = epsilon(x)
        tolerance = rank_tolerance(x)
        x, y = checks.matrix("x", x), checks.matrix("y", y)
        if not isinstance(rows, bool | np.bool):
            raise ValueError(f"rows must be True, where a row is an example, or False; got {rows!r}")
        checks.size(
            "the largest entry of x", checks.entry(x), checks.LEAST, checks.MOST**2, remedy=checks.UNITS, zero=False
        )
        checks.size("the largest entry of y", checks.entry(y), most=checks.MOST**2, remedy=checks.UNITS)
        if rows:
            x, y = x.T, y.T
        if x.shape[1] != y.shape[1]:
            other = f"; with rows={not rows} they would agree" if x.shape[0] == y.shape[0] else ""
            raise ValueError(f"x and y must hold the same number of examples; got {x.shape[1]} and {y.shape[1]}{other}")
        if not whiten:
            sigma_xx = x @ x.T / x.shape[1]
            task = _of_examples(x, y, rounding=rounding)
            object.__setattr__(task, "sigma_xx", sigma_xx)  # symmetric and semidefinite by its making: not checked anew
            return task
        u, s, _ = np.linalg.svd(x, full_matrices=False)
        return _of_examples(whitened_inputs(x, tolerance), y, whitening=(u * (np.sqrt(x.shape[1]) / s)) @ u.T)

    @property
    def shape(self):
        """(n_out, n_in)."""
        return self.sigma_yx.shape[-2:]

    @cached_property
    def isotropic(self):
        """The number c where Σxx is cI to rounding, else None."""
        if np.ndim(self.sigma_xx) == 0:
            return self.sigma_xx
        n_in = self.shape[1]
        diagonal = np.diagonal(self.sigma_xx, axis1=-2, axis2=-1)
        c = np.trace(self.sigma_xx, axis1=-2, axis2=-1).mean() / n_in
        coarse = checks.rounding_of_sums(self.rounding, n_in)
        allowed = (coarse or ISOTROPIC) * c
        if np.abs(diagonal - c).max() > allowed:  # before the square matrices
            return None
        beyond = self.sigma_xx.copy()
        np.einsum("...ii->...i", beyond)[...] -= c
        if max(beyond.max(), -beyond.min()) > allowed:
            return None
        return None if coarse and np.abs(np.linalg.eigvalsh(beyond)).max() > allowed else float(c)

    def run(self, index, runs=None):
        """The task of one of the `runs`, the leading axes of a batch (None: those of Σyx)."""
        runs = self.sigma_yx.shape[:-2] if runs is None else runs

        def of_run(value, ndim):
            if np.ndim(value) <= ndim:
                return value
            return np.broadcast_to(value, (*runs, *np.shape(value)[np.ndim(value) - ndim :]))[index]

        if max(np.ndim(self.sigma_yx), np.ndim(self.sigma_xx)) <= 2 and np.ndim(self.sigma_yy_trace) == 0:
            return self
        yx, xx, trace = of_run(self.sigma_yx, 2), of_run(self.sigma_xx, 2), of_run(self.sigma_yy_trace, 0)
        return replace(self, sigma_yx=yx, sigma_xx=xx, sigma_yy_trace=trace)


def _of_examples(x, y, sigma_xx=1.0, **known):
    """The task of examples in columns, whose Σxx is known."""
    n_examples = x.shape[1]
    trace = float((y**2).sum() / n_examples)
    return Task(y @ x.T / n_examples, sigma_xx, trace, x=x, y=y, **known)


def input_root(sigma_xx):
    """Σxx^½, (..., n_in, n_in), or a number where Σxx is one."""
    if np.ndim(sigma_xx) == 0:
        return np.sqrt(sigma_xx)
    values, vectors = np.linalg.eigh(sigma_xx)
    return (vectors * np.sqrt(np.maximum(values, 0))[..., None, :]) @ np.swapaxes(vectors, -1, -2)


def as_task(task, n_out, n_in):
    """A `Task`, or a plain Σyx of whitened inputs as one, for a network of n_in inputs and n_out outputs."""
    if not isinstance(task, Task):
        task = Task(checks.matrix("task, a Task or Σyx,", task, (n_out, n_in), batch=True))
    if task.shape != (n_out, n_in):
        hint = "; its transpose would fit: Σyx is (n_out, n_in)" if task.shape == (n_in, n_out) else ""
        raise ValueError(f"the weights have {n_in} inputs and {n_out} outputs; Σyx of the task is {task.shape}{hint}")
    return task


def runs_of(w1, w2, task):
    """(w1, w2, leading axes) with the leading axes that weights and task have together."""
    parts = {"w1 and w2": w1.shape[:-2], "sigma_yx": task.sigma_yx.shape[:-2], "sigma_xx": np.shape(task.sigma_xx)[:-2]}
    try:
        runs = np.broadcast_shapes(*parts.values())
    except ValueError:
        said = ", ".join(f"{name} {axes}" for name, axes in parts.items())
        raise ValueError(f"weights and task must agree in their leading axes, the runs; got {said}") from None
    if w1.shape[:-2] != runs:
        w1, w2 = (np.broadcast_to(w, (*runs, *w.shape[-2:])).copy() for w in (w1, w2))
    return w1, w2, runs


def whitened_inputs(x, tolerance=RANK_TOLERANCE):
    """X with XXᵀ/P = I: the nearest such matrix in the least-squares sense. Needs P ≥ n_in, full rank."""
    n_in, n_examples = x.shape
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    if n_examples < n_in or s[-1] <= tolerance * s[0]:
        raise ValueError(f"inputs of shape {x.shape} cannot be whitened: they need rank n_in = {n_in}")
    return np.sqrt(n_examples) * u @ vt


def random_regression(
    n_in: int, n_out: int, n_examples: int, *, rng: np.random.Generator, target_std: float = 1.0
) -> Task:
    """Whitened Gaussian inputs and independent Gaussian targets of the given standard deviation."""
    for name, value in (("n_in", n_in), ("n_out", n_out)):
        checks.count(name, value)
    checks.count("n_examples", n_examples, least=n_in)
    rng = checks.rng(rng)
    x = whitened_inputs(rng.standard_normal((n_in, n_examples)))
    return _of_examples(x, checks.number("target_std", target_std) * rng.standard_normal((n_out, n_examples)))


def task_from_correlation(sigma_yx):
    """The noiseless task with whitened inputs and the given Σyx: X = √n_in I, Y = Σyx X."""
    sigma_yx = checks.matrix("sigma_yx", sigma_yx, ("n_out", "n_in"))
    n_in = sigma_yx.shape[1]
    root = np.sqrt(n_in)
    x = np.zeros((n_in, n_in))  # its pages stay unwritten but for the diagonal
    np.fill_diagonal(x, root)
    y = sigma_yx * root + 0.0  # no −0, as in Σyx X
    return Task(y * root / n_in, 1.0, float((y**2).sum() / n_in), x=x, y=y)


def task_from_singular_values(singular_values: ArrayLike, n_in: int, n_out: int, *, rng: np.random.Generator) -> Task:
    """A noiseless whitened task Σyx = Ũ S̃ Ṽᵀ with the given s̃ and random directions.

    Of a width from 3,000 on no more directions are drawn than there are singular values.
    """
    n_in, n_out = checks.count("n_in", n_in), checks.count("n_out", n_out)
    s = np.atleast_1d(checks.real("singular_values", singular_values))
    if s.ndim != 1 or s.size > min(n_in, n_out) or not np.isfinite(s).all() or (s < 0).any():
        raise ValueError(
            f"singular_values must be at most {min(n_in, n_out)} finite numbers, none negative; got {singular_values!r}"
        )
    rng = checks.rng(rng)
    u, v = (_orthonormal_columns(n, s.size, rng) for n in (n_out, n_in))
    return task_from_correlation((u[:, : s.size] * s) @ v[:, : s.size].T)


def semantic_hierarchy(depth: int = 3) -> Task:
    """A binary tree of 2^depth items with one-hot inputs (Saxe et al. 2019; Domine et al. 2025, Fig. 4).

    One ±1 property a branching, 0 off its branch, and one root property that all items have: for depth 3
    eight items, eight properties. X = I gives Σxx = I/P.
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
    return _of_examples(np.eye(n_items), np.array(rows), 1 / n_items)
