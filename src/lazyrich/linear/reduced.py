"""The exact solution of tall and wide networks, in the few outputs and inputs that hold it: nothing is lost.

Gradient flow from whitened inputs never leaves the span of the columns of W2 and of Σyx, nor that of the rows of W1 and
of Σyx. In orthonormal bases U (n_out, k) and V (n_in, l) of the two the problem is W2 = U Ŵ2, W1 = Ŵ1Vᵀ,
Σyx = U Σ̂ Vᵀ, with the same loss and the same balance; of the kernel distance only the traces of the identities count
the widths of the whole network. So 10,000 outputs of 8 inputs and 30 hidden units are 38, and memory grows
as n_out·n_hidden unless a square matrix is asked for.
"""

import copy
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..arrays import Floats
from . import observables
from .laziness import Laziness
from .observables import transpose
from .tasks import Task
from .trajectory import Trajectory, task_knows_trace

# widths from which on the fewer directions are sought: below, an evaluation costs less than a tenth of a second
WIDE = 512
# singular values of the task below this part of the largest, times its larger width, are rounding of zero
EPS = np.finfo(float).eps


def bases(w1, w2, sigma_yx):
    """(U, V) of one network and its task, None for a side that is small or has no directions to spare."""
    (n_hidden, n_in), n_out = w1.shape, w2.shape[0]
    if max(n_in, n_out) < WIDE:
        return None, None
    left, right = sigma_yx, sigma_yx.T
    if min(n_in, n_out) > n_hidden and min(n_in, n_out) >= WIDE:
        u, s, vt = np.linalg.svd(sigma_yx, full_matrices=False)
        rank = np.count_nonzero(s > EPS * max(n_in, n_out) * s[0])
        left, right = u[:, :rank], vt[:rank].T
    return _basis(w2, left), _basis(w1.T, right)


def _basis(a, b):
    """Orthonormal columns that span those of both, or None where that is half of all directions or more."""
    few = a.shape[0] >= WIDE and a.shape[0] > 2 * (a.shape[1] + b.shape[1])
    return np.linalg.qr(np.hstack([a, b]))[0] if few else None


def _onto(basis, a):
    """Coordinates of the columns of a (..., n, m)."""
    return a if basis is None else basis.T @ a


def _from(basis, a):
    """Columns (..., n, m) from their coordinates."""
    return a if basis is None else basis @ a


class ReducedSolution(Trajectory):
    """An `ExactSolution` of a tall or wide network: the same observables, matrices of full width only when asked for.

    `inner` is the exact solution of the small problem, `outputs` and `inputs` the bases of its directions.
    """

    def __init__(self, solve, start, task, outputs, inputs):
        w1, w2 = start
        first, second = transpose(_onto(inputs, w1.T)), _onto(outputs, w2)
        function = transpose(_onto(inputs, _onto(outputs, task.sigma_yx).T))
        small = Task(function, task.isotropic, task.sigma_yy_trace)
        self.inner, self.outputs, self.inputs = solve(first, second, small), outputs, inputs
        inner = self.inner
        super().__init__(inner.times, start, task, weight_decay=inner.weight_decay, tau=inner.tau)

    @property
    def lam(self):
        """λ, with weight decay at each time, (T,)."""
        return self.inner.lam

    @property
    def diagnostics(self):
        """`Diagnostics` of the start."""
        return self.inner.diagnostics

    def _lifted(self, w1, w2):
        return transpose(_from(self.inputs, transpose(w1))), _from(self.outputs, w2)

    def _over_time(self, observable, times=None):
        return self.inner._over_time(lambda w1, w2: observable(*self._lifted(w1, w2)), times)

    @property
    def w1(self) -> Floats:
        """W1 at every time up to one hidden rotation a time, (T, n_hidden, n_in)."""
        return self._over_time(lambda w1, w2: w1)

    @property
    def w2(self) -> Floats:
        """W2 at every time up to the same rotations, (T, n_out, n_hidden)."""
        return self._over_time(lambda w1, w2: w2)

    def weights(self, k: int | slice) -> tuple[Floats, Floats]:
        """(w1, w2) at times[k], fixed up to a rotation of the hidden layer: the start of a next task."""
        return self._lifted(*self.inner.weights(k))

    @cached_property
    def network_function(self) -> Floats:
        """W2W1, (T, n_out, n_in)."""
        small = _from(self.outputs, self.inner.network_function)
        return transpose(_from(self.inputs, transpose(small)))

    @cached_property
    def input_representation(self):
        """W1ᵀW1, (T, n_in, n_in)."""
        return _both_sides(self.inputs, self.inner.input_representation)

    @cached_property
    def output_representation(self):
        """W2W2ᵀ, (T, n_out, n_out)."""
        return _both_sides(self.outputs, self.inner.output_representation)

    @cached_property
    def qqt(self):
        """[[W1ᵀW1, (W2W1)ᵀ], [W2W1, W2W2ᵀ]], (T, n_in + n_out, n_in + n_out)."""
        function = self.network_function
        above = np.concatenate([self.input_representation, transpose(function)], axis=-1)
        return np.concatenate([above, np.concatenate([function, self.output_representation], axis=-1)], axis=-2)

    @task_knows_trace
    def loss(self) -> Floats:
        """½ mean squared error, (T,)."""
        return self.inner.loss()

    def kernel_distance(self) -> Floats:
        """Distance of the tangent kernel from that of the start, (T,)."""
        n_out, n_in = self.task.shape
        c, start = self.task.isotropic, self.inner.start
        return self.inner._over_time(lambda w1, w2: observables.kernel_distance_in(n_in, n_out, start, (w1, w2), c))

    def laziness(self) -> Laziness:
        """How far weights, representations and kernel have moved from the start, a `Laziness` of (T,)."""
        return self.inner._moved(self.task.shape)

    def balance(self):
        """λ*(t) and the residual, each (T,)."""
        return self.inner.balance()

    @property
    def balance_drift(self):
        """Largest drift of W2ᵀW2 − W1W1ᵀ, which the flow keeps."""
        return self.inner.balance_drift

    def at(self, times: ArrayLike) -> "ReducedSolution":
        """The same solution at other times; nothing is factorised anew."""
        other = copy.copy(self)
        for name in ("network_function", "input_representation", "output_representation", "qqt"):
            vars(other).pop(name, None)  # kept values, of the times of this one
        other.times = checks.times(times)
        other.inner = self.inner.at(other.times)
        return other


def _both_sides(basis, a):
    return a if basis is None else basis @ a @ basis.T
