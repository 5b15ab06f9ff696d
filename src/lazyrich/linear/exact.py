"""`exact_solution`: checks what is given, finds λ, and solves each run, in fewer directions where a side is large."""

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..arrays import epsilon
from .batches import Batch
from .decay import DecayingSolution
from .reduced import ReducedSolution, bases
from .riccati import ExactSolution
from .start_scale import scale_of, tolerance_of
from .tasks import Task, as_task, runs_of


@checks.renamed(sigma_yx="give `task`, Σyx or a Task", sigma_xx="give Task(sigma_yx, sigma_xx) as `task`")
def exact_solution(
    w1: ArrayLike,
    w2: ArrayLike,
    task: Task | ArrayLike,
    times: ArrayLike,
    *,
    tau: float = 1.0,
    lam: ArrayLike | None = None,
    weight_decay: float = 0.0,
    balance_tolerance: float | None = None,
) -> ExactSolution | ReducedSolution | Batch:
    """Exact gradient flow of a two-layer linear network from λ-balanced weights (Theorem 4.3), also with weight decay.

    Parameters
    ----------
    w1 : (..., n_hidden, n_in), w2 : (..., n_out, n_hidden) arrays, λ-balanced; every shape is allowed, and leading
        axes are runs
    task : `Task` with isotropic inputs, or Σyx of whitened inputs, (n_out, n_in) or one a run; any rank
    times : (T,) array in ascending order from 0, in units in which a gradient step of size η is η
    tau : time constant of the flow, larger than 0
    lam : relative scale λ, a number or one a run; None infers it from the weights. Give it when it is known more
        exactly than the weights show it: λ = 1e-12 beside weights of order 1, say
    weight_decay : γ ≥ 0 of both layers, in τ Ẇ = −∂L/∂W − γW: λ then falls as e^{−2γt/τ} (`lazyrich.linear.decay`).
        All is right to rounding of the largest entry of QQᵀ, so that a W2W1 far smaller than λ has fewer digits
    balance_tolerance : largest ‖W2ᵀW2 − W1W1ᵀ − λI‖_F relative to ‖W1‖² + ‖W2‖²; None: 1e-8, and for weights in
        single or half precision 8 times their rounding

    Returns
    -------
    ExactSolution, or a `Batch` of them with the leading axes of the runs. With weight decay its `lam` is λ at each
    time. Where n_out or n_in is large (from 512 on) and more than twice n_hidden and the rank of the task it is a
    `ReducedSolution`, which has the same observables

    Raises
    ------
    ValueError : wrong shapes, NaN, times not ascending, inputs that are not isotropic, weights that are not λ-balanced,
        or sizes whose squares are beyond float64 (`checks.sizes`)
    """
    rounding, tolerance = epsilon(w1, w2), tolerance_of(w1, w2)
    w1, w2 = checks.weights(w1, w2, batch=True)
    task = as_task(task, w2.shape[-2], w1.shape[-1])
    times = checks.times(times)
    tau = checks.number("tau", tau, positive=True)
    weight_decay = checks.weight_decay(weight_decay)
    if balance_tolerance is not None:
        tolerance = checks.number("balance_tolerance", balance_tolerance, positive=True)
    checks.sizes(w1, w2, task)
    w1, w2, runs = runs_of(w1, w2, task)
    if not runs:
        return _solution(w1, w2, task, times, tau, scale_of(w1, w2, task, lam, tolerance, rounding), weight_decay)
    lams = _one_a_run(lam, runs)
    members = np.empty(runs, dtype=object)
    for k in np.ndindex(runs):
        one = w1[k], w2[k], task.run(k, runs)
        members[k] = _solution(*one, times, tau, scale_of(*one, lams[k], tolerance, rounding), weight_decay)
    return Batch(members, (w1, w2), task)


def _one_a_run(lam, runs):
    if lam is None:
        return np.full(runs, None)
    lam = checks.real("lam", lam)
    try:
        return np.broadcast_to(lam, runs)
    except ValueError:
        raise ValueError(f"lam must be one number, or one a run, {runs}; got shape {lam.shape}") from None


def _solution(w1, w2, task, times, tau, lam, weight_decay):
    """The solution of one run, in fewer directions where a side is large."""

    def solve(w1, w2, task):
        kind = DecayingSolution if weight_decay else ExactSolution
        return kind(w1, w2, task, times, tau, lam, weight_decay)

    outputs, inputs = bases(w1, w2, task.sigma_yx)
    if outputs is None and inputs is None:
        return solve(w1, w2, task)
    return ReducedSolution(solve, (w1, w2), task, outputs, inputs)
