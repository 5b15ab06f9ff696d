"""Initial weights: λ-balanced in every feasible way, and the controls that are not balanced.

λ-balanced means W2ᵀW2 − W1W1ᵀ = λI (Domine et al. 2025, Section 3). With the singular value decomposition
W2W1 = U S Vᵀ such weights are W2 = U S2 Rᵀ, W1 = R S1 Vᵀ, S1 and S2 from Theorem 5.2 and R any rotation of
the hidden layer: one builder, `_balanced`, stands behind every variant. For λ > 0 every hidden direction
needs a direction of its own in the outputs, so n_hidden ≤ n_out; for λ < 0 one in the inputs, n_hidden ≤ n_in.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..arrays import ROUNDINGS, epsilon, norm
from .observables import WIDE, layer_singular_values

# singular values below this part of the norm of all are rounding of zero; of a function in less than double precision
# it is ROUNDINGS times its own rounding
RANK_TOLERANCE = 1e-12
# sizes of functions of weights that solvers serve, and what to do beyond
FUNCTION = checks.LEAST**2, checks.MOST**2
SCALES = (
    "c times the weights are weights of c² times lam and c² times the network function: draw a start of another size"
)


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
    checks.size("the size of lam", abs(lam), most=checks.MOST**2, remedy=SCALES)
    widths = [checks.count(k, v) for k, v in (("n_in", n_in), ("n_hidden", n_hidden), ("n_out", n_out))]
    if reason := infeasible(lam, *widths):
        raise ValueError(f"no λ-balanced weights exist: {reason}")
    return lam, *widths


def random_rotation(n, rng):
    """An n × n orthogonal matrix, uniform (Haar): QR of a Gaussian with the signs of R's diagonal undone."""
    q, r = np.linalg.qr(checks.rng(rng).standard_normal((n, n)))
    return q * np.sign(np.diag(r))


def rank_tolerance(*arrays):
    """The part of ‖W2W1‖ below which a singular value is rounding of zero, by the type of what was given."""
    return max(RANK_TOLERANCE, ROUNDINGS * epsilon(*arrays))


def _orthonormal_columns(n, k, rng):
    """At least k of the columns of a random rotation of n directions: no n × n matrix where n is large."""
    if n < WIDE or n <= 2 * k:
        return random_rotation(n, rng)
    q, r = np.linalg.qr(checks.rng(rng).standard_normal((n, k)))
    return q * np.sign(np.diag(r))


def _hidden_directions(n_in, n_hidden, n_out, rng):
    return _orthonormal_columns(n_hidden, min(n_hidden, max(n_in, n_out)), rng)


def product_directions(w1, w2):
    """(u, s, vt) of W2W1 with at least min(n_hidden, n_out) columns in u and min(n_hidden, n_in) rows in vt.

    Of large widths u and vt span what W2 and W1ᵀ do, and neither W2W1 nor a square matrix is formed.
    """
    (n_hidden, n_in), n_out = w1.shape, w2.shape[0]
    if max(n_in, n_out) < WIDE:
        u, s, vt = np.linalg.svd(w2 @ w1)
        return u, s[:n_hidden], vt
    (left, second), (right, first) = np.linalg.qr(w2), np.linalg.qr(w1.T)
    u, s, vt = np.linalg.svd(second @ first.T)
    return left @ u, s, vt @ right.T


def _directions(function, n_hidden, rng):
    """(u, s, vt) of a function, completed at random to min(n_hidden, width) directions where widths are large."""
    if max(function.shape) < WIDE:
        return np.linalg.svd(function)
    u, s, vt = np.linalg.svd(function, full_matrices=False)
    return _completed(u, n_hidden, rng), s, _completed(vt.T, n_hidden, rng).T


def _completed(basis, n_hidden, rng):
    n, m = basis.shape
    k = min(n_hidden, n)
    if m >= k:
        return basis
    more = np.linalg.qr(np.hstack([basis, checks.rng(rng).standard_normal((n, k - m))]))[0]
    return np.hstack([basis, more[:, m:]])


def _balanced(lam, u, s, vt, rotation):
    """λ-balanced weights with W2W1 = Σ_α s_α u_α v_αᵀ, s up to n_hidden of them.

    u (n_out, …), vt (…, n_in) and rotation (n_hidden, …) have as many orthonormal directions as the weights need.
    """
    n_out, n_in, n_hidden = u.shape[0], vt.shape[1], rotation.shape[0]
    padded = np.zeros(n_hidden)
    padded[: s.size] = s
    s1, s2 = layer_singular_values(padded, lam)
    a, b = min(n_hidden, n_in), min(n_hidden, n_out)
    w1 = (rotation[:, :a] * s1[:a]) @ vt[:a]
    w2 = (u[:, :b] * s2[:b]) @ rotation[:, :b].T
    return Weights(w1, w2)


def lambda_balanced_weights(
    lam: float, n_in: int, n_hidden: int, n_out: int, *, rng: np.random.Generator, scale: float = 0.1
) -> Weights:
    """λ-balanced weights of a random network function (Algorithm 1).

    `scale` is the standard deviation σ of the Gaussian W1, W2 whose product W2W1 is kept; the singular
    values of W2W1 are of order σ², whatever λ is. Returns Weights; ValueError if (λ, shape) is infeasible.
    From widths of 3,000 on no square matrix is formed: the directions that the function leaves free then lie in
    the span of the drawn weights.
    """
    lam, n_in, n_hidden, n_out = _shape(lam, n_in, n_hidden, n_out)
    scale = _scale(checks.number("scale", scale, positive=True))
    w1, w2 = gaussian_weights(n_in, n_hidden, n_out, scale=scale, rng=rng)
    u, s, vt = product_directions(w1, w2)
    return _balanced(lam, u, s, vt, _hidden_directions(n_in, n_hidden, n_out, rng))


@checks.renamed(variance="give `scale`, its square root")
def zero_balanced_weights(n_in: int, n_hidden: int, n_out: int, *, rng: np.random.Generator, scale: float) -> Weights:
    """Zero-balanced weights (λ = 0) whose entries have the root mean square `scale`, over both layers, exactly."""
    scale = _scale(checks.number("scale", scale, positive=True))
    w1, w2 = lambda_balanced_weights(0.0, n_in, n_hidden, n_out, rng=rng, scale=1.0)
    factor = scale * np.sqrt((w1.size + w2.size) / ((w1**2).sum() + (w2**2).sum()))
    return Weights(factor * w1, factor * w2)


def weights_with_singular_values(
    lam: float, singular_values: ArrayLike, n_in: int, n_hidden: int, n_out: int, *, rng: np.random.Generator
) -> Weights:
    """λ-balanced weights whose W2W1 has the given singular values, in random directions."""
    lam, n_in, n_hidden, n_out = _shape(lam, n_in, n_hidden, n_out)
    s = _singular_values(singular_values, min(n_in, n_hidden, n_out))
    u, v = (_orthonormal_columns(n, min(n, n_hidden), rng) for n in (n_out, n_in))
    return _balanced(lam, u, s, v.T, _hidden_directions(n_in, n_hidden, n_out, rng))


def aligned_weights(
    lam: float, sigma_yx: ArrayLike, singular_values: ArrayLike, n_hidden: int, *, rng: np.random.Generator
) -> Weights:
    """λ-balanced weights aligned with the task: W2W1 = Ũ diag(singular_values) Ṽᵀ, Σyx = ŨS̃Ṽᵀ.

    A negative value starts its mode opposite to the task.
    """
    sigma_yx = checks.matrix("sigma_yx", sigma_yx, ("n_out", "n_in"))
    lam, n_in, n_hidden, n_out = _shape(lam, sigma_yx.shape[1], n_hidden, sigma_yx.shape[0])
    s = _singular_values(singular_values, min(n_in, n_hidden, n_out), signed=True)
    u, _, vt = _directions(sigma_yx, n_hidden, rng)
    u[:, : s.size] *= np.where(s < 0, -1.0, 1.0)
    return _balanced(lam, u, np.abs(s), vt, _hidden_directions(n_in, n_hidden, n_out, rng))


def weights_with_function(
    network_function: ArrayLike, lam: float, n_hidden: int, *, rng: np.random.Generator
) -> Weights:
    """λ-balanced weights with W2W1 = `network_function`: the same map at another relative scale.

    ValueError if its rank exceeds n_hidden, or (λ, shape) is infeasible. Singular values count as zero below 1e-12 of
    its norm, or 8 times the rounding of its type if that is more.
    """
    tolerance = rank_tolerance(network_function)
    function = checks.matrix("network_function", network_function, ("n_out", "n_in"))
    checks.size("the largest entry of network_function", checks.entry(function), *FUNCTION, remedy=SCALES)
    lam, n_in, n_hidden, n_out = _shape(lam, function.shape[1], n_hidden, function.shape[0])
    u, s, vt = _directions(function, n_hidden, rng)
    lost = s[n_hidden:]
    if lost.size and lost[0] > tolerance * norm(s):
        raise ValueError(
            f"network_function has rank above n_hidden = {n_hidden} (its next singular value is {lost[0]:.3g}); "
            "widen the hidden layer or truncate the function first"
        )
    return _balanced(lam, u, s[:n_hidden], vt, _hidden_directions(n_in, n_hidden, n_out, rng))


def _singular_values(values, at_most, signed=False):
    s = np.atleast_1d(checks.real("singular_values", values))
    if s.ndim != 1 or s.size > at_most or not np.isfinite(s).all() or (not signed and (s < 0).any()):
        allowed = f"at most {at_most} (the smallest width) finite numbers" + ("" if signed else ", none negative")
        raise ValueError(f"singular_values must be {allowed}; got {values!r}")
    checks.size("the largest of singular_values", checks.entry(s), *FUNCTION, remedy=SCALES)
    return s


def _scale(*scales, what="scale"):
    """The one scale, or those of both layers; refused where solvers refuse its weights."""
    for scale in scales:
        checks.size(what, scale, checks.LEAST, checks.MOST, remedy=SCALES, zero=False)
    return scales if len(scales) > 1 else scales[0]


@checks.renamed(std="give `scale`")
def gaussian_weights(n_in: int, n_hidden: int, n_out: int, *, rng: np.random.Generator, scale: ArrayLike) -> Weights:
    """Independent N(0, scale²) entries; `scale` is one number, or one for each layer."""
    n_in, n_hidden, n_out = (checks.count(k, v) for k, v in (("n_in", n_in), ("n_hidden", n_hidden), ("n_out", n_out)))
    each = checks.real("scale", scale)
    if each.shape not in ((), (1,), (2,)) or not (np.isfinite(each).all() and (each > 0).all()):
        raise ValueError(
            f"scale must be finite and larger than 0, one number or one for each of the two layers; got {scale!r}"
        )
    scale1, scale2 = _scale(*np.broadcast_to(each, 2))
    rng = checks.rng(rng)
    w1 = scale1 * rng.standard_normal((n_hidden, n_in))
    return Weights(w1, scale2 * rng.standard_normal((n_out, n_hidden)))


# entry variance of a layer from its fan-in and fan-out
SCHEMES = {
    "lecun": lambda fan_in, fan_out: 1 / fan_in,
    "glorot": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "he": lambda fan_in, fan_out: 2 / fan_in,
    "scaled": lambda fan_in, fan_out: 1 / fan_in,
    "torch": lambda fan_in, fan_out: 1 / (3 * fan_in),
}


def layer_variances(scheme, n_in, n_hidden, n_out, gains=(1.0, 1.0)):
    """Entry variances (σ1², σ2²) of a named scheme; `gains` α > 0 multiply them by α² ('scaled': LeCun's)."""
    if not isinstance(scheme, str) or scheme not in SCHEMES:
        raise ValueError(f"scheme must be one of {', '.join(SCHEMES)}; got {scheme!r}")
    for name, value in (("n_in", n_in), ("n_hidden", n_hidden), ("n_out", n_out)):
        checks.count(name, value)
    each = checks.real("gains", gains)
    if each.shape != (2,) or not (np.isfinite(each).all() and (each > 0).all()):
        raise ValueError(f"gains must be two finite numbers larger than 0, one a layer; got {gains!r}")
    rule, (gain1, gain2) = SCHEMES[scheme], each.tolist()
    variances = rule(n_in, n_hidden), rule(n_hidden, n_out)
    for gain, variance in zip((gain1, gain2), variances, strict=True):
        _scale(gain * float(np.sqrt(variance)), what=f"gains times the deviation of {scheme}")
    return gain1**2 * variances[0], gain2**2 * variances[1]


def standard_weights(
    scheme: str, n_in: int, n_hidden: int, n_out: int, *, rng: np.random.Generator, gains: ArrayLike = (1.0, 1.0)
) -> Weights:
    """Random weights of a named scheme.

    Parameters
    ----------
    scheme : 'lecun', 'glorot' or 'he', Gaussian; 'scaled', Gaussian of variance α²/fan_in; or 'torch', the default of
        `torch.nn.Linear`, Kaiming's uniform one with a = √5: uniform within ±1/√fan_in
    n_in, n_hidden, n_out : widths
    rng : numpy.random.Generator
    gains : α > 0 of each layer, which multiply its weights

    Returns
    -------
    Weights; ValueError : unknown scheme, widths or gains that are not larger than 0
    """
    std = np.sqrt(layer_variances(scheme, n_in, n_hidden, n_out, gains))
    if scheme != "torch":
        return gaussian_weights(n_in, n_hidden, n_out, scale=std, rng=rng)
    bound1, bound2 = np.sqrt(3) * std
    w1 = checks.rng(rng).uniform(-bound1, bound1, (n_hidden, n_in))
    return Weights(w1, rng.uniform(-bound2, bound2, (n_out, n_hidden)))


def unbalanced_weights_like(w1: ArrayLike, w2: ArrayLike, *, rng: np.random.Generator) -> Weights:
    """Gaussian weights with the Frobenius norm of each given layer: the same size, without the balance."""
    w1, w2 = checks.weights(w1, w2)
    checks.sizes(w1, w2)
    new1, new2 = gaussian_weights(w1.shape[1], w1.shape[0], w2.shape[0], scale=1.0, rng=rng)
    return Weights(new1 * (norm(w1) / np.linalg.norm(new1)), new2 * (norm(w2) / np.linalg.norm(new2)))
