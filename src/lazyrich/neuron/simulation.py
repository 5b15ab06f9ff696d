"""One neuron by integration and by descent, through the two-layer network it is at unit rates."""

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..linear.descent import gradient_descent
from ..linear.flow import gradient_flow
from ..linear.tasks import Task
from . import units
from .trajectory import NeuronTrajectory


def _as_network(w, a, xty, xtx, rates):
    """(w, a, data, rates) as checked, and (w1, w2, Σyx) of the network at unit rates."""
    w, a, data, layer_rates = units.problem(w, a, xty, xtx, rates)
    lead = np.broadcast_shapes(a.shape, data.xty.shape[:-1])
    w, a = np.broadcast_to(w, (*lead, w.shape[-1])), np.broadcast_to(a, lead)
    w1, w2 = units.as_layers(*layer_rates.to_unit(w, a))
    return w, a, data, layer_rates, w1, w2, (layer_rates.function_scale * data.xty)[..., None, :]


def _as_neuron(times, w1, w2, start, data, layer_rates, steps=None):
    w_t, a_t = layer_rates.from_unit(w1[..., 0, :], w2[..., 0, 0])
    return NeuronTrajectory(times, w_t, a_t, start, data, layer_rates, layer_rates.delta(*start), steps)


def neuron_flow(
    w: ArrayLike,
    a: ArrayLike,
    xty: ArrayLike,
    times: ArrayLike,
    *,
    xtx: ArrayLike | None = None,
    rates: tuple[float, float] = (1.0, 1.0),
    rtol: float = 1e-12,
    atol: float | None = None,
    method: str = "DOP853",
) -> NeuronTrajectory:
    """Gradient flow of f(x) = a w·x for any XᵀX, integrated by `linear.flow.gradient_flow` (DOP853).

    Arguments as of `neuron.solution.neuron_solution`, with any positive semidefinite xtx; rtol, atol and method are
    those of the integrator. One integration for each leading index. Returns a NeuronTrajectory; its `conserved`
    says how well δ was kept. ValueError for wrong shapes or values, RuntimeError where the integrator gave up.
    """
    w, a, data, layer_rates, w1, w2, sigma_yx = _as_network(w, a, xty, xtx, rates)
    sigma_yx = np.broadcast_to(sigma_yx, (*a.shape, 1, w.shape[-1]))
    times = checks.times(times)
    all1, all2 = np.empty((*a.shape, times.size, 1, w.shape[-1])), np.empty((*a.shape, times.size, 1, 1))
    for start in np.ndindex(a.shape):
        run = gradient_flow(
            w1[start], w2[start], Task(sigma_yx[start], data.xtx), times, rtol=rtol, atol=atol, method=method
        )
        all1[start], all2[start] = run.w1, run.w2
    return _as_neuron(times, all1, all2, (w, a), data, layer_rates)


def neuron_descent(
    w: ArrayLike,
    a: ArrayLike,
    xty: ArrayLike,
    *,
    learning_rate: ArrayLike,
    steps: int,
    xtx: ArrayLike | None = None,
    rates: tuple[float, float] = (1.0, 1.0),
    record_every: int | None = None,
    record_at: ArrayLike | None = None,
) -> NeuronTrajectory:
    """Full-batch gradient descent on |Xβ − y|²/2, steps η·η_w of w and η·η_a of a (`linear.descent.gradient_descent`).

    Parameters
    ----------
    w : (d,) or (runs, d) array, a : () or (runs,), xty : (d,) or (runs, d); xtx, rates : as of `neuron_flow`
    learning_rate : η > 0, a number or one a run: one step advances the flow's time by η
    steps, record_every, record_at : as of `gradient_descent`

    Returns
    -------
    NeuronTrajectory with `steps`; ValueError as of `gradient_descent`
    """
    w, a, data, layer_rates, w1, w2, sigma_yx = _as_network(w, a, xty, xtx, rates)
    records = {"record_every": record_every, "record_at": record_at}
    run = gradient_descent(w1, w2, Task(sigma_yx, data.xtx), learning_rate=learning_rate, steps=steps, **records)
    lead = run.w1.shape[:-3]
    start = np.broadcast_to(w, (*lead, w.shape[-1])), np.broadcast_to(a, lead)
    return _as_neuron(run.times, run.w1, run.w2, start, data, layer_rates, run.steps)


def deep_flow(beta, xty, hidden_layers, times, *, xtx=None, rtol=1e-12, atol=1e-14):
    """Flow of a balanced deep network of L = hidden_layers hidden neurons, one a layer: f(x) = a_L … a_1 w·x.

    Every layer starts with the norm |β|^{1/(L+1)}, w along β. The layers themselves are integrated (DOP853), so that
    nothing of `neuron.deep` is used. Returns β at the times, (T, d); RuntimeError where the integrator gave up.
    """
    from scipy.integrate import solve_ivp  # slow to import: only who integrates pays

    beta = units.vector("beta", beta)
    data, times = units.data(xty, xtx, beta.shape[-1]), checks.times(times)
    layers = checks.count("hidden_layers", hidden_layers)
    matrix = data.xtx if np.ndim(data.xtx) else data.xtx * np.eye(beta.size)
    size = np.linalg.norm(beta)

    def velocity(_, state):
        scalars, w = state[:layers], state[layers:]
        g = matrix @ (scalars.prod() * w) - data.xty
        others = np.array([np.delete(scalars, k).prod() for k in range(layers)])
        return -np.concatenate([others * (w @ g), scalars.prod() * g])

    start = np.concatenate([np.full(layers, size ** (1 / (layers + 1))), beta * size ** (-layers / (layers + 1))])
    done = solve_ivp(velocity, (0, times[-1]), start, "DOP853", times, rtol=rtol, atol=atol)
    if not done.success:
        raise RuntimeError(f"the integrator stopped at t = {done.t[-1]:.6g}: {done.message}")
    return (done.y[:layers].prod(0) * done.y[layers:]).T
