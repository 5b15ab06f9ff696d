"""The drift of balance under label noise and minibatches, exactly; `noisy_modes` is what follows of it for modes."""

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..arrays import Floats
from .observables import transpose
from .tasks import Task, as_task


def balance_drift(
    w1: ArrayLike,
    w2: ArrayLike,
    task: Task | ArrayLike | None = None,
    *,
    learning_rate: float,
    batch: int,
    noise: float,
) -> Floats:
    """Expected change of Δ = W2ᵀW2 − W1W1ᵀ by stochastic gradient descent, a unit of flow time.

    At the fit, with fresh whitened inputs and fresh noise on their labels,

        dΔ/dt = (ησ²/B) (N_o W1W1ᵀ − N_i W2ᵀW2).

    A step with G = (Y − W2W1X)Xᵀ/B changes Δ by η²(W1GᵀGW1ᵀ − W2ᵀGGᵀW2): what is first order in η cancels, whatever G
    is. At the fit G is noise, with E[GᵀG] = (N_oσ²/B)I and E[GGᵀ] = (N_iσ²/B)I. With a `task` the misfit
    M = ΣyxΣxx⁺ − W2W1 adds to both what Gaussian inputs give, so that the expectation is exact anywhere.

    Parameters
    ----------
    w1, w2 : (n_hidden, n_in), (n_out, n_hidden) arrays; leading axes are runs
    task : `Task`, or Σyx of whitened inputs; None: the network fits its task, and inputs are whitened
    learning_rate : η > 0
    batch : B, the examples of a step
    noise : σ ≥ 0, standard deviation of the noise on every label

    Returns
    -------
    (..., n_hidden, n_hidden) array: E[change of Δ in one step] / η

    Raises
    ------
    ValueError : wrong shapes or values

    Known elsewhere: that symmetry makes stochastic descent balance layers (Ziyin and others, "Law of Balance and
    Stationary Distribution of Stochastic Gradient Descent", 2023), and that label noise seeks the least trace of the
    Hessian (Damian, Ma, Lee, "Label Noise SGD Provably Prefers Flat Global Minimizers", 2021). Ours: the exact
    expectation for matrices, and that it rests where noise on the weights costs least (`linear.limits`, Fig. 4E of
    Domine et al. 2025), whose cost is that trace.
    """
    w1, w2 = checks.weights(w1, w2, batch=True)
    checks.sizes(w1, w2)
    n_out, n_in = w2.shape[-2], w1.shape[-1]
    rate = checks.number("learning_rate", learning_rate, positive=True)
    size, deviation = checks.count("batch", batch), checks.not_negative("noise", noise)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is an error below
        variance = np.square(deviation)
        if task is None:
            first, second = n_out * variance * np.eye(n_in), n_in * variance * np.eye(n_out)
        else:
            task = as_task(task, n_out, n_in)
            checks.sizes(w1, w2, task)
            sigma_xx = np.eye(n_in) * task.sigma_xx if np.ndim(task.sigma_xx) == 0 else task.sigma_xx
            try:
                misfit = fit(task) - w2 @ w1
            except ValueError:
                raise ValueError(
                    "w1 and task must agree in their leading axes of runs; got "
                    f"{w1.shape[:-2]} and {np.shape(task.sigma_yx)[:-2]}, {np.shape(sigma_xx)[:-2]}"
                ) from None
            seen = misfit @ sigma_xx
            total = np.trace(sigma_xx, axis1=-2, axis2=-1)[..., None, None]
            loss = (misfit * seen).sum((-2, -1))[..., None, None]  # tr(MΣxxMᵀ)
            first = (size + 1) * transpose(seen) @ seen + (loss + n_out * variance) * sigma_xx
            second = (size + 1) * seen @ transpose(seen) + total * (seen @ transpose(misfit) + variance * np.eye(n_out))
        drift = rate / size * (w1 @ first @ transpose(w1) - transpose(w2) @ second @ w2)
    if not np.isfinite(drift).all():
        raise ValueError(f"the drift of these weights, task and noise is beyond float64. {checks.ADVICE}")
    return drift


def fit(task):
    """ΣyxΣxx⁺, the linear map that a task is about, (..., n_out, n_in)."""
    if np.ndim(task.sigma_xx) == 0:
        return task.sigma_yx / task.sigma_xx
    return task.sigma_yx @ np.linalg.pinv(task.sigma_xx, hermitian=True)
