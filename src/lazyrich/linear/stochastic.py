"""Stochastic gradient descent of a two-layer linear network on fresh examples, batched over runs.

A step draws B inputs X from N(0, Σxx) and labels Y = ΣyxΣxx⁺X + σE, E standard normal, and is

    W1 ← W1 + η W2ᵀG,    W2 ← W2 + η GW1ᵀ,    G = (Y − W2W1X)Xᵀ/B.
"""

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from .descent import learning_rates, recorded_steps
from .noise import fit
from .observables import transpose
from .plain_descent import descend
from .tasks import Task, as_task, input_root
from .trajectory import Trajectory


def stochastic_gradient_descent(
    w1: ArrayLike,
    w2: ArrayLike,
    task: Task | ArrayLike,
    *,
    learning_rate: ArrayLike,
    batch: int,
    noise: float,
    steps: int,
    rng: np.random.Generator,
    record_every: int | None = None,
    record_at: ArrayLike | None = None,
) -> Trajectory:
    """Gradient descent on fresh Gaussian minibatches with fresh noise on the labels.

    Parameters
    ----------
    w1, w2 : (n_hidden, n_in), (n_out, n_hidden) arrays, or with a leading axis of runs
    task : `Task`, or Σyx of whitened inputs, (n_out, n_in) or one a run
    learning_rate : η > 0, a number or one a run
    batch : B, the examples of a step; every run has its own
    noise : σ ≥ 0, standard deviation of the noise on every label
    steps : number of steps
    rng : numpy.random.Generator; all runs draw from it together, so that what a run sees depends on how many there are
    record_every : steps between records, 0 and the last always included (default: some 200 records)
    record_at : the steps to record instead, ascending, within 0 … steps

    Returns
    -------
    Trajectory with `steps` (K,), `times` = steps · η, (K,) or (runs, K) where η differs, and w1, w2 with
    the leading axis of runs only if an argument had it; its loss is that of the task, without the noise

    Raises
    ------
    ValueError : wrong shapes or values, or a descent that diverges (names the run and η): it is stable for η well below
        2/(κ(1 + (N_i + 1)/B)), κ = √(λ² + 4s²), s the task's largest singular value
    """
    w1, w2 = checks.weights(w1, w2, batch=True)
    n_in, n_out = w1.shape[-1], w2.shape[-2]
    task = as_task(task, n_out, n_in)
    rate = learning_rates(learning_rate)
    batch, noise = checks.count("batch", batch), checks.not_negative("noise", noise)
    checks.sizes(w1, w2, task)
    records = recorded_steps(steps, record_every, record_at)
    rng = checks.rng(rng)
    leading = {
        **{"w1": w1.shape[:-2], "sigma_yx": np.shape(task.sigma_yx)[:-2]},
        **{"sigma_xx": np.shape(task.sigma_xx)[:-2], "learning_rate": rate.shape},
    }
    try:
        runs = np.broadcast_shapes(*leading.values())
    except ValueError:
        runs = (0, 0)
    if len(runs) > 1:
        raise ValueError(
            f"{', '.join(leading)} must agree in one leading axis of runs; got leading axes "
            f"{', '.join(str(axes) for axes in leading.values())}"
        )
    n_runs = runs[0] if runs else 1
    target, root = fit(task), input_root(task.sigma_xx)
    starts = [np.broadcast_to(w, (n_runs, *w.shape[-2:])) for w in (w1, w2)]

    def moves(w1, w2):
        drawn = rng.standard_normal((n_runs, n_in + n_out, batch))
        x = root * drawn[:, :n_in] if np.ndim(root) == 0 else root @ drawn[:, :n_in]
        error = (target - w2 @ w1) @ x + noise * drawn[:, n_in:]
        g = error @ transpose(x) / batch
        return transpose(w2) @ g, g @ transpose(w1)

    all1, all2 = descend(moves, starts, np.broadcast_to(rate, n_runs), records)
    if not runs:
        all1, all2 = all1[0], all2[0]
    start = tuple(w.copy() for w in starts) if runs else (w1, w2)
    return Trajectory(rate[..., None] * records, start, task, weights=(all1, all2), steps=records)
