"""Weights over time and what follows from them: one class behind theory, simulation and reference flow."""

from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import checks
from ..arrays import Floats
from . import observables
from .laziness import Laziness, in_fewer_hidden, moved
from .tasks import Task

# `loss` of version 0.1 took tr(YYᵀ)/P
task_knows_trace = checks.renamed(sigma_yy_trace="the task knows it, as Task(sigma_yx, sigma_xx, sigma_yy_trace)")


class Trajectory:
    """Weights at chosen times, with the observables of the paper computed when asked for.

    Attributes
    ----------
    times : (T,) or (runs, T) array, gradient-flow time (steps · learning rate · 1/τ for a simulation)
    steps : (T,) int array or None, the recorded gradient steps
    w1, w2 : (..., T, n_hidden, n_in), (..., T, n_out, n_hidden) arrays
    start : (w1, w2) at time 0, the point from which kernel distances count
    task : the `Task` that is learned
    weight_decay, tau : γ and the time constant, with which W2ᵀW2 − W1W1ᵀ falls as e^{−2γt/τ}
    up_to_rotation : whether w1 and w2 are known up to a rotation of the hidden layer only, one at each time
    """

    times: Floats
    steps: NDArray[np.int64] | None
    w1: Floats
    w2: Floats
    start: tuple[Floats, Floats]
    task: Task
    weight_decay: float
    tau: float
    up_to_rotation: bool = False

    def __init__(self, times, start, task, *, weights=None, steps=None, weight_decay=0.0, tau=1.0):
        self.times, self.start, self.task, self.steps = times, start, task, steps
        self.weight_decay, self.tau = weight_decay, tau
        if weights is not None:
            self.w1, self.w2 = weights

    @property
    def sigma_yx(self) -> Floats:
        """The task's Σyx, (..., n_out, n_in)."""
        return self.task.sigma_yx

    @property
    def sigma_xx(self) -> float | Floats:
        """The task's Σxx, a number c for cI, or (..., n_in, n_in)."""
        return self.task.sigma_xx

    def weights(self, k: int | slice) -> tuple[Floats, Floats]:
        """(w1, w2) at times[k]."""
        checks.place("k", k, self.w1.shape[-3])
        return self.w1[..., k, :, :], self.w2[..., k, :, :]

    def _over_time(self, observable):
        """observable(w1, w2) at every time; subclasses evaluate it in chunks of times."""
        return observable(self.w1, self.w2)

    def _curve(self, observable, parts=(...,)):
        """The same for what may be interpolated in time, each of the `parts` relative to its largest entry."""
        return self._over_time(observable)

    @cached_property
    def network_function(self) -> Floats:
        """W2W1, (..., T, n_out, n_in)."""
        return self._curve(lambda w1, w2: w2 @ w1)

    @cached_property
    def input_representation(self) -> Floats:
        """W1ᵀW1, (..., T, n_in, n_in)."""
        return self._curve(lambda w1, w2: observables.input_representation(w1))

    @cached_property
    def output_representation(self) -> Floats:
        """W2W2ᵀ, (..., T, n_out, n_out)."""
        return self._curve(lambda w1, w2: observables.output_representation(w2))

    @cached_property
    def qqt(self) -> Floats:
        """[[W1ᵀW1, (W2W1)ᵀ], [W2W1, W2W2ᵀ]], (..., T, n_in + n_out, n_in + n_out)."""

        def outer(w1, w2):
            q = np.concatenate([observables.transpose(w1), w2], axis=-2)
            return q @ observables.transpose(q)

        n_in = self.start[0].shape[-1]
        first, second = slice(n_in), slice(n_in, None)
        return self._curve(outer, [(..., first, first), (..., second, first), (..., second, second)])

    def _along_times(self, value, ndim):
        """What belongs to a run, with an axis for its times; `ndim` are the axes of one run's."""
        return value if np.ndim(value) <= ndim else np.expand_dims(value, -1 - ndim)

    @task_knows_trace
    def loss(self) -> Floats:
        """½ mean squared error ‖Y − W2W1X‖²/(2P), (..., T); see `observables.loss`.

        Of a task that does not know tr(YYᵀ)/P what no linear map can fit is left out.
        """
        task = self.task
        trace = None if task.sigma_yy_trace is None else self._along_times(task.sigma_yy_trace, 0)
        sigma_yx, sigma_xx = self._along_times(task.sigma_yx, 2), self._along_times(task.sigma_xx, 2)
        return observables.loss(self.network_function, sigma_yx, sigma_xx, trace)

    def kernel_distance(self) -> Floats:
        """Distance of the tangent kernel from that of the start, (..., T); see `observables.kernel_distance`."""
        w1, w2 = (w[..., None, :, :] for w in self.start)
        sigma_xx = self._along_times(self.sigma_xx, 2)
        return self._over_time(lambda w1_t, w2_t: observables.kernel_distance(w1, w2, w1_t, w2_t, sigma_xx))

    def laziness(self) -> Laziness:
        """How far weights, representations and kernel have moved from the start, a `Laziness` of (..., T).

        Where the weights are known up to a rotation of the hidden layer (`up_to_rotation`: the exact solution), each
        layer's change is the least that any rotation of it leaves, and training's is no smaller. The rest sees no
        rotation.
        """
        return self._moved(self.task.shape)

    def _moved(self, shape):
        """`laziness`, with the kernel of a network of this shape, (n_out, n_in)."""
        start = tuple(w[..., None, :, :] for w in self.start)
        sigma_xx = self._along_times(self.task.sigma_xx, 2)

        def fields(w1, w2):
            return np.stack(moved(start, (w1, w2), sigma_xx, self.up_to_rotation, shape), axis=-1)

        return Laziness(*np.moveaxis(self._over_time(fields), -1, 0))

    def ntk_entries(self, x: ArrayLike, rows: ArrayLike, columns: ArrayLike) -> Floats:
        """Entries of the tangent kernel over time, (..., T, K); see `observables.ntk_entries`."""
        x = checks.matrix("x", x)
        return self._over_time(lambda w1, w2: observables.ntk_entries(w1, w2, x, rows, columns))

    def balance(self) -> observables.Balance:
        """λ*(t) and the residual, each (..., T)."""
        lam, residual = (
            self._over_time(lambda w1, w2, part=part: np.asarray(observables.balance(w1, w2)[part])) for part in (0, 1)
        )
        return observables.Balance(lam, residual)

    @cached_property
    def balance_drift(self) -> Floats:
        """max over time of ‖(W2ᵀW2 − W1W1ᵀ)(t) − e^{−2γt/τ}(W2ᵀW2 − W1W1ᵀ)(0)‖_F, which the flow keeps at 0.

        Of a hidden layer much wider than the others no N_h × N_h matrix is formed.
        """
        start = tuple(w[..., None, :, :] for w in self.start)

        def difference(w1, w2):
            return observables.transpose(w2) @ w2 - w1 @ observables.transpose(w1)

        def drift(w1, w2):
            before, after = in_fewer_hidden(start, (w1, w2))
            return np.linalg.norm(difference(*after) - difference(*before), axis=(-2, -1))

        if self.weight_decay:
            left = np.exp(-self.weight_decay / self.tau * self.times)[..., None, None]
            start = tuple(left * w for w in start)
            return drift(self.w1, self.w2).max(-1)
        return self._over_time(drift).max(-1)
