"""What label noise makes of the modes of a network that fits its task, in closed form.

The law of `noise.balance_drift` moves Δ = W2ᵀW2 − W1W1ᵀ while W2W1 stays. Of an aligned mode, with w1 w2 = s and the
balance b = (w2² − w1²)/(w2² + w1²), it leaves

    db/dt = ½ε (1 − b²) (N_o − N_i − (N_o + N_i) b),    ε = ησ²/B:

s is not in it. With θ = artanh b and b* = (N_o − N_i)/(N_o + N_i), to which b tends,

    (N_i w2² − N_o w1²) (w2/w1)^b* = 2√(N_iN_o) s sinh(θ − θ*) e^{b*θ}

falls as e^{−ht}, h = 2εN_iN_o/(N_i + N_o), exactly: ε times the harmonic mean of the widths. In equal widths that is Δ.
"""

import numpy as np

HALVINGS = 60  # of an interval, to the rounding of its ends


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
        found = _halved(height, wanted, np.full(distance.shape, -700.0), np.log(distance))
    return np.where(side == 0, start, np.tanh(there + side * found))


def _halved(function, wanted, low, high):
    """e^y between `low` and `high` at which a rising function of it is as wanted, element by element."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        above = function(np.exp(middle)) > wanted
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.exp(high)


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

    least, most = np.full(passed.shape, np.log(size) - 4 * passed.max() - 1), np.full(passed.shape, np.log(size))
    return np.sign(lam) * _halved(age, age(np.array(size)) - passed, least, most)
