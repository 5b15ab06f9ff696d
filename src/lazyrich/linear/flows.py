"""Gradient flow of many runs at once, by the integrator of `flow` (DOP853) on all of them as one system."""

import numpy as np

from .. import checks
from .tasks import Task
from .trajectory import Trajectory


def gradient_flows(w1, w2, sigma_yx, times, rtol=1e-9, atol=1e-11):
    """Integrate τ Ẇ1 = W2ᵀ(Σyx − W2W1), τ Ẇ2 = (Σyx − W2W1)W1ᵀ (whitened inputs, τ = 1) for runs of one shape.

    Parameters
    ----------
    w1 : (runs, n_hidden, n_in), w2 : (runs, n_out, n_hidden), sigma_yx : (runs, n_out, n_in) arrays
    times : (runs, T) array, the times of a run, all the same multiples of its last one, ascending from 0
    rtol, atol : of `scipy.integrate.solve_ivp`; between its steps an interpolant of order 7 is read

    Returns
    -------
    Trajectory with w1 (runs, T, n_hidden, n_in), w2 (runs, T, n_out, n_hidden)
    """
    from scipy.integrate import solve_ivp  # takes half a second to import: only who integrates pays

    w1, w2 = checks.weights(w1, w2, batch=True)
    (runs, n_hidden, n_in), n_out = w1.shape, w2.shape[-2]
    sigma_yx = checks.matrix("sigma_yx", sigma_yx, (n_out, n_in), batch=True)
    times = checks.real("times", times)
    if times.ndim != 2 or len(times) != runs or not np.isfinite(times).all() or (times[:, -1] <= 0).any():
        raise ValueError(f"times must be ({runs}, T), finite and ending after 0; got shape {times.shape}")
    last = times[:, -1:]
    places = times / last
    if not np.allclose(places, places[0], rtol=1e-12, atol=0):
        raise ValueError("times of every run must be the same multiples of its last one")
    split = w1.size

    def velocity(_, state):
        a, b = state[:split].reshape(w1.shape), state[split:].reshape(w2.shape)
        error = last[:, None] * (sigma_yx - b @ a)
        return np.concatenate([(b.swapaxes(1, 2) @ error).ravel(), (error @ a.swapaxes(1, 2)).ravel()])

    state = np.concatenate([w1.ravel(), w2.ravel()])
    done = solve_ivp(velocity, (0.0, 1.0), state, method="DOP853", t_eval=places[0], rtol=rtol, atol=atol)
    if not done.success:
        raise RuntimeError(f"the reference integrator stopped at {done.t[-1]:.6g} of the last time: {done.message}")
    path = done.y.T
    first = np.moveaxis(path[:, :split].reshape(-1, runs, n_hidden, n_in), 0, 1)
    second = np.moveaxis(path[:, split:].reshape(-1, runs, n_out, n_hidden), 0, 1)
    return Trajectory(times, (w1, w2), Task(sigma_yx), weights=(first, second))
