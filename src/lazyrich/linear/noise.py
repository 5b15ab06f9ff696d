"""What noise in the gradients does to the balance of a network that fits its task.

The law of `balance_drift` moves Δ = W2ᵀW2 − W1W1ᵀ while W2W1 stays. Of an aligned mode, with w1 w2 = s and the balance
b = (w2² − w1²)/(w2² + w1²), it leaves

    db/dt = ½ε (1 − b²) (N_o − N_i − (N_o + N_i) b),    ε = ησ²/B:

s is not in it. With θ = artanh b and b* = (N_o − N_i)/(N_o + N_i), to which b tends,

    (N_i w2² − N_o w1²) (w2/w1)^b* = 2√(N_iN_o) s sinh(θ − θ*) e^{b*θ}

falls as e^{−ht}, h = 2εN_iN_o/(N_i + N_o), exactly: ε times the harmonic mean of the widths. In equal widths that is Δ.
"""

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..arrays import Floats
from .observables import transpose
from .tasks import Task, as_task

HALVINGS = 60  # of an interval, to the rounding of its ends


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
    size, variance = checks.count("batch", batch), checks.not_negative("noise", noise) ** 2
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
    return rate / size * (w1 @ first @ transpose(w1) - transpose(w2) @ second @ w2)


def fit(task):
    """ΣyxΣxx⁺, the linear map that a task is about, (..., n_out, n_in)."""
    if np.ndim(task.sigma_xx) == 0:
        return task.sigma_yx / task.sigma_xx
    return task.sigma_yx @ np.linalg.pinv(task.sigma_xx, hermitian=True)


def resting_balance(n_in, n_out):
    """b* = (N_o − N_i)/(N_o + N_i), the balance of every mode that noise leaves as it is."""
    return (n_out - n_in) / (n_out + n_in)


def balancing_rate(n_in, n_out, learning_rate, batch, noise):
    """h = (ησ²/B) · 2N_iN_o/(N_i + N_o), at which modes approach it, a unit of flow time."""
    return learning_rate * noise**2 / batch * 2 * n_in * n_out / (n_in + n_out)


def mode_balance(passed, start, n_in, n_out):
    """b(t) of an aligned mode at the fit, broadcast: `passed` = ht ≥ 0, and −1 < `start` < 1 the balance at t = 0.

    b*θ + ln|sinh(θ − θ*)| falls as −ht and is monotone on either side of θ*: θ is found by halving.
    """
    passed, start = np.broadcast_arrays(np.asarray(passed, float), np.asarray(start, float))
    rest = resting_balance(n_in, n_out)
    here, there = np.arctanh(start), np.arctanh(rest)
    side, distance = np.sign(here - there), np.abs(here - there)

    def height(distance):  # ln sinh y + b* times the way from θ*, which is side · y
        return np.log(-np.expm1(-2 * distance) / 2) + distance + rest * side * distance

    with np.errstate(divide="ignore", invalid="ignore"):  # a mode at rest has no height
        wanted = height(distance) - passed
        # in the logarithm of the distance, so that its digits are kept when it is small
        low, high = np.full(distance.shape, -700.0), np.log(distance)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            above = height(np.exp(middle)) > wanted
            low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.where(side == 0, start, np.tanh(there + side * np.exp(high)))


def jitter(learning_rate, batch, n_in, rate):
    """x = ½ηκ(1 + (N_i + 1)/B) < 1, by which jitter around the fit quickens the law: to 1/(1 − x) of it.

    κ = w1² + w2² is the rate at which the flow removes a misfit, N_i = N_o, and all modes have one κ. A misfit's mean
    square is multiplied in a step by 1 − 2ηκ(1 − x), and label noise adds (ηκσ)²/B: it settles at ηκσ²/(2B(1 − x)),
    and the misfit's own noise adds x/(1 − x) to the noise of the labels. At x = 1 descent is no longer stable.
    """
    return learning_rate * rate * (1 + (n_in + 1) / batch) / 2


def jittering_scale(passed, lam, singular_values, learning_rate, batch):
    """λ(t) of a square network with `jitter`, (...): `passed` = ht ≥ 0, and λ ≠ 0 at t = 0.

    ht = ∫(1 − x) d ln|λ| from λ(t) to λ(0), x the mean over the modes at κ = √(λ² + 4s²), is a closed form; λ(t) is
    found by halving. Each mode has its own κ, so that this is exact to leading order where they are alike.
    """
    s = np.asarray(singular_values, float)
    passed, size = np.asarray(passed, float), abs(lam)
    per_rate = jitter(learning_rate, batch, s.size, 1.0)

    def age(lam):
        total = np.hypot(lam[..., None], 2 * s)
        return np.log(lam) - per_rate * (total + 2 * s * np.log(lam[..., None] / (total + 2 * s))).mean(-1)

    low, high = np.full(passed.shape, np.log(size) - 4 * passed.max() - 1), np.full(passed.shape, np.log(size))
    wanted = age(np.array(size)) - passed
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        above = age(np.exp(middle)) > wanted
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.sign(lam) * np.exp(high)
