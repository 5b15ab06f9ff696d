"""Exact solutions of several runs side by side, with the leading axes of the runs before those of each."""

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Floats
from . import observables
from .laziness import Laziness
from .trajectory import Trajectory, task_knows_trace


def _each(name):
    """A property of every run, stacked."""
    return property(lambda self: self._stacked(lambda one: getattr(one, name)), doc=f"`{name}` of every run, stacked.")


class Batch(Trajectory):
    """Runs with the same times and shapes. `members` is the array of their solutions; `lam` and `diagnostics` are
    stacked too.
    """

    up_to_rotation = True

    def __init__(self, members, start, task):
        first = members.flat[0]
        super().__init__(first.times, start, task, weight_decay=first.weight_decay, tau=first.tau)
        self.members = members

    w1: Floats = _each("w1")
    w2: Floats = _each("w2")
    lam: Floats = _each("lam")
    network_function: Floats = _each("network_function")
    qqt: Floats = _each("qqt")
    input_representation: Floats = _each("input_representation")
    output_representation: Floats = _each("output_representation")
    balance_drift: Floats = _each("balance_drift")

    def _stacked(self, of_one):
        values = np.array([of_one(one) for one in self.members.flat])
        return values.reshape(*self.members.shape, *values.shape[1:])

    @property
    def diagnostics(self):
        """`Diagnostics` of the starts, each field an array over the runs."""
        return type(self.members.flat[0].diagnostics)(
            *(self._stacked(lambda one, k=k: one.diagnostics[k]) for k in range(5))
        )

    def weights(self, k: int | slice) -> tuple[Floats, Floats]:
        """(w1, w2) at times[k], each run up to a rotation of its hidden layer."""
        return tuple(self._stacked(lambda one, part=part: one.weights(k)[part]) for part in (0, 1))

    def at(self, times: ArrayLike) -> "Batch":
        """The same solutions at other times; nothing is factorised anew."""
        others = np.empty(self.members.shape, dtype=object)
        for k in np.ndindex(others.shape):
            others[k] = self.members[k].at(times)
        return Batch(others, self.start, self.task)

    @task_knows_trace
    def loss(self) -> Floats:
        """½ mean squared error of every run, (..., T)."""
        return self._stacked(lambda one: one.loss())

    def kernel_distance(self) -> Floats:
        """Distance of every run's tangent kernel from that of its start, (..., T)."""
        return self._stacked(lambda one: one.kernel_distance())

    def laziness(self) -> Laziness:
        """How far weights, representations and kernel of every run have moved, a `Laziness` of (..., T)."""
        return Laziness(*np.moveaxis(self._stacked(lambda one: np.stack(one.laziness(), axis=-1)), -1, 0))

    def ntk_entries(self, x, rows, columns):
        """Entries of the tangent kernel of every run over time, (..., T, K)."""
        return self._stacked(lambda one: one.ntk_entries(x, rows, columns))

    def balance(self):
        """λ*(t) and the residual of every run, each (..., T)."""
        return observables.Balance(*(self._stacked(lambda one, part=part: one.balance()[part]) for part in (0, 1)))
