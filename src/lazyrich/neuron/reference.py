"""The exact neuron in 50-digit arithmetic: slow, plain, the oracle of `solution`.

The growing exponentials are formed as they stand and δ is taken from the start in full precision; nothing
of `solution` is used. The tests differentiate it in the flow to show that it solves it.
"""

import mpmath as mp
import numpy as np

DIGITS = 50
SPARE = 150  # digits for what cancels near a saddle: a start within 10⁻¹⁵⁰ of the separating surface counts as on it


def _vector(x):
    return [mp.mpf(v) for v in x]


def _dot(x, y):
    return mp.fsum(p * q for p, q in zip(x, y, strict=True))


def start(beta, delta, *, sign=1, rates=(1, 1)):
    """(w, a) from β, δ and sgn a, as mpmath numbers (β must not be zero)."""
    with mp.workdps(DIGITS + SPARE):
        beta, delta, (eta_w, eta_a) = _vector(beta), mp.mpf(delta), _vector(rates)
        kappa = mp.sqrt(delta**2 + 4 * eta_a * eta_w * _dot(beta, beta))
        a = sign * mp.sqrt((kappa + delta) / (2 * eta_w))
        return [x / a for x in beta], a


def neuron(w, a, xty, time, *, rates=(1, 1)):
    """(w, a) at one time for XᵀX = I as mpmath numbers: Bernoulli's equation with ν = ṗ/p (see `solution`)."""
    with mp.workdps(DIGITS + SPARE):
        (eta_w, eta_a), t = _vector(rates), mp.mpf(time)
        w, a = [mp.sqrt(eta_a) * x for x in _vector(w)], mp.sqrt(eta_w) * mp.mpf(a)
        target = [mp.sqrt(eta_a * eta_w) * x for x in _vector(xty)]
        square = _dot(target, target)
        delta = a**2 - _dot(w, w)
        root = mp.sqrt(delta**2 + 4 * square)
        slope = _dot(w, target)  # ṗ(0)
        across = [x - slope / square * y for x, y in zip(w, target, strict=True)]
        fast, slow = (root - delta) / 2, -(root + delta) / 2
        c_fast, c_slow = (slope - slow * a) / root, (fast * a - slope) / root
        p = c_fast * mp.exp(fast * t) + c_slow * mp.exp(slow * t)
        p_dot = c_fast * fast * mp.exp(fast * t) + c_slow * slow * mp.exp(slow * t)

        def integral(exponent):
            """∫₀ᵗ e^{exponent·x} dx."""
            return t if exponent == 0 else mp.expm1(exponent * t) / exponent

        total = c_fast**2 * integral(2 * delta + 2 * fast) + c_slow**2 * integral(2 * delta + 2 * slow)
        total += 2 * c_fast * c_slow * integral(delta)
        g = mp.exp(delta * t) / mp.sqrt(1 + 2 * total)
        w_t = [g * (p_dot / square * y + mp.exp(-delta * t) * x) for x, y in zip(across, target, strict=True)]
        return [x / mp.sqrt(eta_a) for x in w_t], g * p / mp.sqrt(eta_w)


def neuron_values(w, a, xty, times, *, rates=(1, 1)):
    """`neuron` at each time, rounded: w (T, d), a (T,)."""
    rows = [neuron(w, a, xty, float(t), rates=rates) for t in times]
    return np.array([[float(x) for x in w] for w, _ in rows]), np.array([float(a) for _, a in rows])
