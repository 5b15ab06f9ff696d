"""Initial weights: λ-balanced in every feasible way, and the controls that are not balanced.

λ-balanced means W2ᵀW2 − W1W1ᵀ = λI (Domine et al. 2025, Section 3). With the singular value decomposition
W2W1 = U S Vᵀ such weights are W2 = U S2 Rᵀ, W1 = R S1 Vᵀ, S1 and S2 from Theorem 5.2 and R any rotation of
the hidden layer: one builder, `_balanced`, stands behind every variant. For λ > 0 every hidden direction
needs a direction of its own in the outputs, so n_hidden ≤ n_out; for λ < 0 one in the inputs, n_hidden ≤ n_in.
"""

from typing import NamedTuple

import numpy as np

from .. import checks
from .observables import layer_singular_values


class Weights(NamedTuple):
    """w1 (n_hidden, n_in) and w2 (n_out, n_hidden)."""

    w1: np.ndarray
    w2: np.ndarray


def infeasible(lam, n_in, n_hidden, n_out):
    """Why no λ-balanced weights of this shape exist, as a sentence; '' if they do."""
    if lam > 0 and n_hidden > n_out:
        return (
            f"λ = {lam:g} > 0 needs n_hidden ≤ n_out (W2ᵀW2 = W1W1ᵀ + λI must have full rank), "
            f"but n_hidden = {n_hidden} and n_out = {n_out}"
        )
    if lam < 0 and n_hidden > n_in:
        return (
            f"λ = {lam:g} < 0 needs n_hidden ≤ n_in (W1W1ᵀ = W2ᵀW2 − λI must have full rank), "
            f"but n_hidden = {n_hidden} and n_in = {n_in}"
        )
    return ""


def _shape(lam, n_in, n_hidden, n_out):
    lam = checks.number("lam", lam)
    widths = [checks.count(k, v) for k, v in (("n_in", n_in), ("n_hidden", n_hidden), ("n_out", n_out))]
    if reason := infeasible(lam, *widths):
        raise ValueError(f"no λ-balanced weights exist: {reason}")
    return lam, *widths


def random_rotation(n, rng):
    """An n × n orthogonal matrix, uniform (Haar): QR of a Gaussian with the signs of R's diagonal undone."""
    q, r = np.linalg.qr(checks.rng(rng).standard_normal((n, n)))
    return q * np.sign(np.diag(r))


def _balanced(lam, u, s, vt, rotation):
    """λ-balanced weights with W2W1 = Σ_α s_α u_α v_αᵀ; u (n_out, n_out), vt (n_in, n_in), s up to n_hidden."""
    n_out, n_in, n_hidden = u.shape[0], vt.shape[0], rotation.shape[0]
    padded = np.zeros(n_hidden)
    padded[: s.size] = s
    s1, s2 = layer_singular_values(padded, lam)
    a, b = min(n_hidden, n_in), min(n_hidden, n_out)
    w1 = (rotation[:, :a] * s1[:a]) @ vt[:a]
    w2 = (u[:, :b] * s2[:b]) @ rotation[:, :b].T
    return Weights(w1, w2)


def lambda_balanced_weights(lam, n_in, n_hidden, n_out, *, rng, scale=0.1):
    """λ-balanced weights of a random network function (Algorithm 1).

    `scale` is the standard deviation σ of the Gaussian W1, W2 whose product W2W1 is kept; the singular
    values of W2W1 are of order σ², whatever λ is. Returns Weights; ValueError if (λ, shape) is infeasible.
    """
    lam, n_in, n_hidden, n_out = _shape(lam, n_in, n_hidden, n_out)
    scale = checks.number("scale", scale, positive=True)
    w1, w2 = gaussian_weights(n_in, n_hidden, n_out, std=scale, rng=rng)
    u, s, vt = np.linalg.svd(w2 @ w1)
    return _balanced(lam, u, s[:n_hidden], vt, random_rotation(n_hidden, rng))


def zero_balanced_weights(n_in, n_hidden, n_out, *, rng, variance):
    """Zero-balanced weights (λ = 0) whose mean squared entry over both layers is exactly `variance`."""
    variance = checks.number("variance", variance, positive=True)
    w1, w2 = lambda_balanced_weights(0.0, n_in, n_hidden, n_out, rng=rng, scale=1.0)
    factor = np.sqrt(variance / (((w1**2).sum() + (w2**2).sum()) / (w1.size + w2.size)))
    return Weights(factor * w1, factor * w2)


def weights_with_singular_values(lam, singular_values, n_in, n_hidden, n_out, *, rng):
    """λ-balanced weights whose W2W1 has the given singular values, in random directions."""
    lam, n_in, n_hidden, n_out = _shape(lam, n_in, n_hidden, n_out)
    s = _singular_values(singular_values, min(n_in, n_hidden, n_out))
    u, v = random_rotation(n_out, rng), random_rotation(n_in, rng)
    return _balanced(lam, u, s, v.T, random_rotation(n_hidden, rng))


def aligned_weights(lam, sigma_yx, singular_values, n_hidden, *, rng):
    """λ-balanced weights aligned with the task: W2W1 = Ũ diag(singular_values) Ṽᵀ, Σyx = ŨS̃Ṽᵀ.

    A negative value starts its mode opposite to the task.
    """
    sigma_yx = checks.matrix("sigma_yx", sigma_yx, ("n_out", "n_in"))
    lam, n_in, n_hidden, n_out = _shape(lam, sigma_yx.shape[1], n_hidden, sigma_yx.shape[0])
    s = _singular_values(singular_values, min(n_in, n_hidden, n_out), signed=True)
    u, _, vt = np.linalg.svd(sigma_yx)
    u[:, : s.size] *= np.where(s < 0, -1.0, 1.0)
    return _balanced(lam, u, np.abs(s), vt, random_rotation(n_hidden, rng))


def weights_with_function(network_function, lam, n_hidden, *, rng):
    """λ-balanced weights with W2W1 = `network_function`: the same map at another relative scale.

    ValueError if its rank exceeds n_hidden, or (λ, shape) is infeasible.
    """
    function = checks.matrix("network_function", network_function, ("n_out", "n_in"))
    lam, _, n_hidden, _ = _shape(lam, function.shape[1], n_hidden, function.shape[0])
    u, s, vt = np.linalg.svd(function)
    lost = s[n_hidden:]
    if lost.size and lost[0] > 1e-12 * s[0]:
        raise ValueError(
            f"network_function has rank above n_hidden = {n_hidden} (its next singular value is {lost[0]:.3g}); "
            "widen the hidden layer or truncate the function first"
        )
    return _balanced(lam, u, s[:n_hidden], vt, random_rotation(n_hidden, rng))


def _singular_values(values, at_most, signed=False):
    s = np.atleast_1d(checks.real("singular_values", values))
    if s.ndim != 1 or s.size > at_most or not np.isfinite(s).all() or (not signed and (s < 0).any()):
        allowed = f"at most {at_most} (the smallest width) finite numbers" + ("" if signed else ", none negative")
        raise ValueError(f"singular_values must be {allowed}; got {values!r}")
    return s


def gaussian_weights(n_in, n_hidden, n_out, *, std, rng):
    """Independent N(0, std²) entries; `std` one number, or one for each layer."""
    n_in, n_hidden, n_out = (checks.count(k, v) for k, v in (("n_in", n_in), ("n_hidden", n_hidden), ("n_out", n_out)))
    std1, std2 = np.broadcast_to(checks.real("std", std), 2)
    if not (np.isfinite([std1, std2]).all() and min(std1, std2) > 0):
        raise ValueError(f"std must be finite and larger than 0; got {std!r}")
    rng = checks.rng(rng)
    w1 = std1 * rng.standard_normal((n_hidden, n_in))
    return Weights(w1, std2 * rng.standard_normal((n_out, n_hidden)))


# entry variance of a layer from its fan-in and fan-out
SCHEMES = {
    "lecun": lambda fan_in, fan_out: 1 / fan_in,
    "glorot": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "he": lambda fan_in, fan_out: 2 / fan_in,
}


def layer_variances(scheme, n_in, n_hidden, n_out, gains=(1.0, 1.0)):
    """Entry variances (σ1², σ2²) of a named scheme; `gains` α multiply them by α² ('scaled': LeCun's)."""
    if scheme not in (*SCHEMES, "scaled"):
        raise ValueError(f"scheme must be one of {', '.join([*SCHEMES, 'scaled'])}; got {scheme!r}")
    for name, value in (("n_in", n_in), ("n_hidden", n_hidden), ("n_out", n_out)):
        checks.count(name, value)
    if np.shape(gains) != (2,) or not np.isfinite(checks.real("gains", gains)).all():
        raise ValueError(f"gains must be two finite numbers, one a layer; got {gains!r}")
    rule = SCHEMES.get(scheme, SCHEMES["lecun"])
    return gains[0] ** 2 * rule(n_in, n_hidden), gains[1] ** 2 * rule(n_hidden, n_out)


def standard_weights(scheme, n_in, n_hidden, n_out, *, rng, gains=(1.0, 1.0)):
    """Gaussian weights of a named scheme: 'lecun', 'glorot', 'he', or 'scaled' (variance α²/fan_in)."""
    variances = layer_variances(scheme, n_in, n_hidden, n_out, gains)
    return gaussian_weights(n_in, n_hidden, n_out, std=np.sqrt(variances), rng=rng)


def unbalanced_weights_like(w1, w2, *, rng):
    """Gaussian weights with the Frobenius norm of each given layer: the same size, without the balance."""
    w1, w2 = checks.weights(w1, w2)
    new1, new2 = gaussian_weights(w1.shape[1], w1.shape[0], w2.shape[0], std=1.0, rng=rng)
    return Weights(
        new1 * (np.linalg.norm(w1) / np.linalg.norm(new1)), new2 * (np.linalg.norm(w2) / np.linalg.norm(new2))
    )
