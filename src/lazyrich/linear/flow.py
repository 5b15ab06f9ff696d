"""The gradient flow by an independent integrator: the reference that theory and simulation must meet.

Nothing here knows of λ, of the Riccati equation or of an SVD: it integrates the two weight matrices by
SciPy's explicit Runge–Kutta method of order 8 (Hairer, Nørsett & Wanner 1993, DOP853).
"""

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from .tasks import Task, as_task, runs_of
from .trajectory import Trajectory

# absolute error allowed of an entry, relative to the largest entry of the start: what grows from 1e-20 keeps its digits
ATOL = 1e-14
# powers of two, 1e±30, up to which a problem of this size and rate is integrated as it is: beyond, squares in the
# integrator are lost, and it is taken in units in which both are about 1
USUAL = 100
# of what rounding leaves, as SciPy has it
LEAST_RTOL = 100 * np.finfo(float).eps
METHODS = ("DOP853", "RK45", "RK23", "Radau", "BDF", "LSODA")


def integrated(velocity, state, times, rtol=1e-12, atol=None, method="DOP853"):
    """A state (m,) at times (T,) in ascending order from 0, (T, m), with velocity(time, state) its derivative.

    Each time is the end of a step, so that no interpolant of lower order stands between. `atol` None is 1e-14 of the
    largest entry of the start. RuntimeError : the integrator gave up.
    """
    from scipy.integrate import solve_ivp  # takes half a second to import: only who integrates pays

    if atol is None:
        atol = ATOL * (np.abs(state).max() or 1.0)
    states, previous = np.empty((len(times), state.size)), 0.0
    for k, time in enumerate(times):
        if time > previous:
            with np.errstate(over="ignore", invalid="ignore"):  # in a step tried that is too long, and refused
                done = solve_ivp(velocity, (previous, time), state, method=method, rtol=rtol, atol=atol)
            if not (done.success and np.isfinite(done.y[:, -1]).all()):
                raise RuntimeError(f"the reference integrator stopped at t = {done.t[-1]:.6g}: {done.message}")
            state, previous = done.y[:, -1], time
        states[k] = state
    return states


@checks.renamed(sigma_yx="give `task`, Σyx or a Task", sigma_xx="give Task(sigma_yx, sigma_xx) as `task`")
def gradient_flow(
    w1: ArrayLike,
    w2: ArrayLike,
    task: Task | ArrayLike,
    times: ArrayLike,
    *,
    tau: float = 1.0,
    weight_decay: float = 0.0,
    rtol: float = 1e-12,
    atol: float | None = None,
    method: str = "DOP853",
) -> Trajectory:
    """Integrate τ Ẇ1 = W2ᵀ(Σyx − W2W1Σxx) − γW1, τ Ẇ2 = (Σyx − W2W1Σxx)W1ᵀ − γW2 from (w1, w2) at t = 0.

    Parameters
    ----------
    w1 : (..., n_hidden, n_in), w2 : (..., n_out, n_hidden) arrays, balanced or not; leading axes are runs
    task : `Task`, or Σyx of whitened inputs, (n_out, n_in) or one a run
    times : (T,) array in ascending order from 0
    tau : time constant, larger than 0
    weight_decay : γ ≥ 0, of both layers
    rtol, atol, method : of `scipy.integrate.solve_ivp`. An entry's error in a step is held below rtol times itself plus
        atol, which is in the units of the weights and the same for all; None is 1e-14 of the largest entry of w1 and
        w2. Entries below that are not resolved: where they matter beside large ones, give an atol far below them (1e-45
        for weights of 1e-30 beside 1)

    Returns
    -------
    Trajectory; its `balance_drift` says how well W2ᵀW2 − W1W1ᵀ kept its law

    Raises
    ------
    ValueError : wrong shapes or values; RuntimeError : the integrator gave up
    """
    w1, w2 = checks.weights(w1, w2, batch=True)
    task = as_task(task, w2.shape[-2], w1.shape[-1])
    times = checks.times(times)
    tau = checks.number("tau", tau, positive=True)
    weight_decay = checks.weight_decay(weight_decay)
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}; got {method!r}")
    rtol = checks.number("rtol", rtol, positive=True)
    checks.size("rtol", rtol, LEAST_RTOL, 1.0, remedy="Rounding leaves no more", zero=False)
    atol = atol if atol is None else checks.number("atol", atol, positive=True)
    checks.sizes(w1, w2, task)
    w1, w2, runs = runs_of(w1, w2, task)
    ends = [
        _integrated(w1[k], w2[k], task.run(k, runs), times, tau, weight_decay, rtol, atol, method)
        for k in np.ndindex(runs)
    ]
    weights = tuple(np.array(part).reshape(*runs, times.size, *part[0].shape[1:]) for part in zip(*ends, strict=True))
    return Trajectory(times, (w1, w2), task, weights=weights, weight_decay=weight_decay, tau=tau)


def _integrated(w1, w2, task, times, tau, weight_decay, rtol, atol, method):
    """(w1, w2) of one run at all times."""
    (n_hidden, n_in), n_out, split = w1.shape, w2.shape[0], w1.size
    sigma_yx, sigma_xx, (size, inputs) = task.sigma_yx, task.sigma_xx, _units(w1, w2, task, tau)
    if (size, inputs) != (0, 0):
        w1, w2, sigma_yx = np.ldexp(w1, -size), np.ldexp(w2, -size), np.ldexp(sigma_yx, -2 * size - inputs)
        sigma_xx, shift = np.ldexp(sigma_xx, -inputs), 2 * size + inputs
        with np.errstate(over="ignore"):
            times = np.ldexp(np.ldexp(times, shift // 2) / tau, shift - shift // 2)
        times, tau, weight_decay = np.minimum(times, np.finfo(float).max), 1.0, np.ldexp(weight_decay, -shift)
        atol = atol if atol is None else max(np.ldexp(atol, -size), np.finfo(float).tiny)
    c = sigma_xx if np.ndim(sigma_xx) else sigma_xx * np.eye(n_in)

    def unpack(state):
        return state[:split].reshape(n_hidden, n_in), state[split:].reshape(n_out, n_hidden)

    def velocity(_, state):
        a, b = unpack(state)
        error = (sigma_yx - b @ (a @ c)) / tau
        moves = np.concatenate([(b.T @ error).ravel(), (error @ a.T).ravel()])
        return moves - weight_decay / tau * state if weight_decay else moves

    states = integrated(velocity, np.concatenate([w1.ravel(), w2.ravel()]), times, rtol, atol, method)
    states = np.ldexp(states, size)
    return states[:, :split].reshape(-1, n_hidden, n_in), states[:, split:].reshape(-1, n_out, n_hidden)


def _units(w1, w2, task, tau):
    """Powers of two (of weights, of Σxx) that are the units of a problem; (0, 0) where it is of usual size and rate."""

    def power(array):
        top = np.abs(array).max()
        return float(np.frexp(top)[1]) if top > 0 else -np.inf

    inputs = power(task.sigma_xx)
    size = max(power(w1), power(w2), np.ceil((power(task.sigma_yx) - inputs) / 2))
    rate = 2 * size + inputs - np.log2(tau)
    usual = size == -np.inf or max(abs(size), abs(rate)) <= USUAL
    return (0, 0) if usual else (int(size), int(inputs))
