"""Full-batch gradient descent of a two-layer linear network, batched over runs.

A step is the Euler step of the gradient flow with η in place of dt (spec of the loss in `observables`):

    W1 ← W1 + η W2ᵀ(Σyx − W2W1Σxx),    W2 ← W2 + η (Σyx − W2W1Σxx) W1ᵀ,

so it needs the correlations only, never the examples, and its cost does not depend on their number.
"""

from importlib.util import find_spec

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..arrays import host, largest
from .tasks import Task, as_task
from .trajectory import Trajectory

# measured: side by side beats one after the other from 8 runs on, for products of up to 6³ multiplications
LANES, LANES_FROM, LANES_UP_TO = 32, 8, 6**3
# multiplications of one matrix product above which BLAS beats the compiled loops
COMPILED_UP_TO = 12**3
# an optional package; without it every net goes through BLAS
NUMBA = find_spec("numba") is not None
# an entry so many times larger than the flow could make any layer has diverged. Of 15,000 random descents that stayed
# bounded, at the edge of stability and past it, none went beyond 1.2 times the reach; from 10 times the reach on a step
# multiplies it by some hundred, and there is no way back
BEYOND = 10.0


def recorded_steps(steps, record_every=None, record_at=None):
    """The steps that are recorded, ascending, (K,)."""
    steps = checks.count("steps", steps, least=0)
    if record_at is not None:
        if record_every is not None:
            raise ValueError("give record_every or record_at, not both")
        records = host("record_at", record_at)
        if records.ndim != 1 or records.size == 0 or records.dtype.kind not in "iu":
            raise ValueError("record_at must be a vector of whole step numbers")
        records = records.astype(np.int64)  # differences of unsigned numbers would wrap
        if records[0] < 0 or records[-1] > steps or (np.diff(records) <= 0).any():
            raise ValueError(f"record_at must ascend strictly within 0 … steps = {steps}; got {record_at!r}")
        return records
    every = checks.count("record_every", max(1, steps // 200) if record_every is None else record_every)
    return np.unique(np.append(np.arange(0, steps + 1, every), steps)).astype(np.int64)


def learning_rates(learning_rate):
    """η > 0 as an array, () or (runs,)."""
    rate = checks.real("learning_rate", learning_rate)
    if rate.ndim > 1 or rate.size == 0 or not (np.isfinite(rate).all() and (rate > 0).all()):
        raise ValueError(
            f"learning_rate must be finite and larger than 0, one number or one a run; got {learning_rate!r}"
        )
    return rate


def _descend_blas(w1, w2, sigma_yx, sigma_xx, rate, kept, records, out1, out2):
    """The same recursion by matrix products over all runs, for nets large enough to feed BLAS."""
    step = 0
    rate, kept = rate[:, None, None], kept[:, None, None]
    for k, record in enumerate(records):
        for _ in range(step, record):
            function = w2 @ w1
            error = rate * (sigma_yx - (function * sigma_xx if sigma_xx.shape[-1] == 1 else function @ sigma_xx))
            w1, w2 = kept * w1 + w2.swapaxes(1, 2) @ error, kept * w2 + error @ w1.swapaxes(1, 2)
        step = record
        out1[:, k], out2[:, k] = w1, w2


@checks.renamed(sigma_yx="give `task`, Σyx or a Task", sigma_xx="give Task(sigma_yx, sigma_xx) as `task`")
def gradient_descent(
    w1: ArrayLike,
    w2: ArrayLike,
    task: Task | ArrayLike,
    *,
    learning_rate: ArrayLike,
    steps: int,
    weight_decay: float = 0.0,
    record_every: int | None = None,
    record_at: ArrayLike | None = None,
) -> Trajectory:
    """Full-batch gradient descent from (w1, w2).

    Parameters
    ----------
    w1, w2 : (n_hidden, n_in), (n_out, n_hidden) arrays, or with a leading axis of runs
    task : `Task`, or Σyx of whitened inputs, (n_out, n_in) or one a run
    learning_rate : η > 0, a number or one a run
    steps : number of steps
    weight_decay : γ ≥ 0 of both layers: each step is W ← (1 − ηγ)W − η ∂L/∂W
    record_every : steps between records, 0 and the last always included (default: some 200 records)
    record_at : the steps to record instead, ascending, within 0 … steps

    Returns
    -------
    Trajectory with `steps` (K,), `times` = steps · η, (K,) or (runs, K) where η differs, and w1, w2 with
    the leading axis of runs only if an argument had it

    Raises
    ------
    ValueError : wrong shapes or values, or a descent that diverges (names the run, λ and η)
    """
    w1, w2 = checks.weights(w1, w2, batch=True)
    if w1.ndim > 3:
        raise ValueError(f"w1 and w2 take one leading axis of runs; got shape {w1.shape}")
    n_hidden, n_in = w1.shape[-2:]
    n_out = w2.shape[-2]
    task = as_task(task, n_out, n_in)
    sigma_yx, sigma_xx = task.sigma_yx, task.sigma_xx
    for name, value in (("sigma_yx", sigma_yx), ("sigma_xx", sigma_xx)):
        if np.ndim(value) > 3:
            raise ValueError(f"{name} of the task takes one leading axis of runs; got shape {value.shape}")
    rate = learning_rates(learning_rate)
    weight_decay = checks.weight_decay(weight_decay)
    if (rate * weight_decay >= 1).any():
        raise ValueError(
            f"learning_rate times weight_decay must be below 1, else a step takes more than the weights; got "
            f"{rate.max():g} times {weight_decay:g}"
        )
    checks.sizes(w1, w2, task)
    records = recorded_steps(steps, record_every, record_at)
    full_xx = np.reshape(sigma_xx, (1, 1)) if np.ndim(sigma_xx) == 0 else sigma_xx

    try:
        runs = np.broadcast_shapes(w1.shape[:-2], sigma_yx.shape[:-2], full_xx.shape[:-2], rate.shape)
    except ValueError:
        raise ValueError(
            "w1, sigma_yx, sigma_xx and learning_rate must agree in their number of runs; got leading axes "
            f"{w1.shape[:-2]}, {sigma_yx.shape[:-2]}, {full_xx.shape[:-2]}, {rate.shape}"
        ) from None
    n_runs = runs[0] if runs else 1

    def spread(a, ndim=2):
        return np.broadcast_to(a, (n_runs, *np.shape(a)[np.ndim(a) - ndim :]))

    start1, start2, yx, xx = (spread(a) for a in (w1, w2, sigma_yx, full_xx))
    eta = spread(rate, 0)
    all1 = np.empty((n_runs, records.size, n_hidden, n_in))
    all2 = np.empty((n_runs, records.size, n_out, n_hidden))
    descend = _descend_compiled if NUMBA and n_out * n_hidden * n_in <= COMPILED_UP_TO else _descend_blas
    with np.errstate(over="ignore", invalid="ignore"):
        descend(start1, start2, yx, xx, eta, 1 - eta * weight_decay, records, all1, all2)
    _refuse_divergence(all1, all2, start1, start2, task, eta, records)
    if not runs:
        all1, all2 = all1[0], all2[0]
    else:
        start1, start2 = start1.copy(), start2.copy()
    times = rate[..., None] * records
    start = (start1, start2) if runs else (w1, w2)
    return Trajectory(times, start, task, weights=(all1, all2), steps=records, weight_decay=weight_decay)


def _descend_compiled(w1, w2, sigma_yx, sigma_xx, rate, kept, records, all1, all2):
    from .descent_loops import descend_lanes, descend_one  # numba takes 0.3 s to import: only who simulates pays

    n_runs = w1.shape[0]
    if n_runs < LANES_FROM or sigma_yx[0].size * w1.shape[1] > LANES_UP_TO:
        for r in range(n_runs):
            run = [a[r].copy() for a in (w1, w2, sigma_yx, sigma_xx)]
            descend_one(*run, float(rate[r]), float(kept[r]), records, all1[r], all2[r])
        return
    for first in range(0, n_runs, LANES):
        part = slice(first, first + LANES)
        run = [np.moveaxis(a[part], 0, -1).copy() for a in (w1, w2, sigma_yx, sigma_xx)]
        lanes = [np.empty((*a.shape[1:], a[part].shape[0])) for a in (all1, all2)]
        descend_lanes(*run, rate[part].copy(), kept[part].copy(), records, *lanes)
        all1[part], all2[part] = (np.moveaxis(a, -1, 0) for a in lanes)


def _refuse_divergence(all1, all2, w1, w2, task, rate, records):
    bound = BEYOND * _reach(w1, w2, task)
    with np.errstate(invalid="ignore"):  # NaN is beyond any bound
        largest = np.maximum(np.abs(all1).max((-2, -1)), np.abs(all2).max((-2, -1)))
    bad = ~(largest <= bound[:, None])
    if not bad.any():
        return
    from .observables import balance

    run = int(np.argmax(bad.any(1)))
    step = int(records[np.argmax(bad[run])])
    lam = balance(w1[run], w2[run]).lam
    raise ValueError(
        f"gradient descent diverged before step {step} (run {run}, λ = {lam:.6g}, "
        f"learning_rate η = {rate[run]:.6g}); descent is stable for η well below 2/√(λ² + 4s²), s the task's "
        "largest singular value: lower the learning rate"
    )


def _reach(w1, w2, task):
    """The norm that neither layer exceeds on the way of the flow, (runs,).

    The flow conserves D = W2ᵀW2 − W1W1ᵀ and never raises the loss, the distance of W2W1 from the fit ΣyxΣxx⁺ in the
    metric of Σxx. So ‖W2W1‖ ≤ R = ‖fit‖ + √cond(Σxx) ‖W2W1(0) − fit‖, and from ‖W2W1‖² = ‖W1W1ᵀ‖² + tr(W1ᵀDW1) and
    ‖W1‖² ≤ √N_h ‖W1W1ᵀ‖ follows ‖W1‖² ≤ N_h‖D‖ + √N_h R; likewise for W2.
    """
    n_hidden = w1.shape[-2]
    if np.ndim(task.sigma_xx) == 0:
        fit, condition = task.sigma_yx / task.sigma_xx, 1.0
    else:
        values, vectors = np.linalg.eigh(task.sigma_xx)
        used = values > values.shape[-1] * np.finfo(float).eps * values[..., -1:]
        inverse = np.divide(1.0, values, out=np.zeros_like(values), where=used)
        fit = (task.sigma_yx @ vectors * inverse[..., None, :]) @ vectors.swapaxes(-2, -1)
        condition = values[..., -1] * inverse.max(-1)
    size = np.maximum(largest(w1, axes=2), largest(w2, axes=2))
    size = np.maximum(size, np.sqrt(largest(fit, axes=2)))  # no square under- or overflows in its units
    size = np.where(size > 0, size, 1.0)
    w1, w2, fit = w1 / size[:, None, None], w2 / size[:, None, None], fit / size[:, None, None] / size[:, None, None]
    function = np.linalg.norm(fit, axis=(-2, -1))
    function = function + np.sqrt(condition) * np.linalg.norm(w2 @ w1 - fit, axis=(-2, -1))
    conserved = np.linalg.norm(w2.swapaxes(-2, -1) @ w2 - w1 @ w1.swapaxes(-2, -1), axis=(-2, -1))
    return size * np.sqrt(n_hidden * conserved + np.sqrt(n_hidden) * function)
