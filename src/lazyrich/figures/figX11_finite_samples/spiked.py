"""Σ̂ = Σ + E in the limit of large widths: what becomes of modes, and of any sum over them, in closed form.

Σ has a few modes of strength s, in units of e√n_in, e the standard deviation of the entries of the Gaussian noise E;
c = n_out/n_in ≤ 1, r = s²/√c. Noise fills the bulk x² = 1 + c + 2√c cos φ. A mode with r > 1 is seen above it, at

    ŝ = √((1 + s²)(c + s²))/s,   (ũᵀû)² = 1 − c(1 + s²)/(s²(s² + c)),   (ṽᵀv̂)² = 1 − (c + s²)/(s²(s² + 1))

(Benaych-Georges and Nadakuditi 2012, Section 3.1). A sum over all modes also needs the bulk, whose 1/n_out parts add up
to something of the order of the mode itself. They follow from the same resolvent, with 1 − r e^{−iφ} below:

    Σ_β (ũᵀû_β)(ṽᵀv̂_β) f(ŝ_β)    = O f(ŝ) + ∫ f(x) 2r sin φ/(πs |1 − r e^{−iφ}|²) dx
    Σ_β f(ŝ_β) with the mode and without = f(ŝ) + ∫ f(x) (r cos φ − r²)/(π |1 − r e^{−iφ}|²) dφ,

the first terms only if r > 1. Of noise alone it is n_out ∫ f dρ, ρ of Marchenko and Pastur, and the correction of
real matrices, the mean of f at the two edges less that over φ, by two (Bai and Silverstein 2004).
"""

import numpy as np

N_NODES = 500  # midpoints in φ; all integrands are smooth in it


def _nodes(aspect):
    """(φ, x) of the quadrature."""
    angle = (np.arange(N_NODES) + 0.5) * np.pi / N_NODES
    return angle, np.sqrt(1 + aspect + 2 * np.sqrt(aspect) * np.cos(angle))


def _mean(values):
    """∫ dφ/π over the nodes."""
    return values.sum(-1) / N_NODES


def seen(strength, aspect):
    """Whether a mode is seen above the noise."""
    return strength**4 > aspect


def observed(strength, aspect):
    """ŝ of a mode that is seen."""
    return np.sqrt((1 + strength**2) * (aspect + strength**2)) / strength


def overlap(strength, aspect):
    """O = (ũᵀû)(ṽᵀv̂) of a mode that is seen."""
    square = strength**2
    left = 1 - aspect * (1 + square) / (square * (square + aspect))
    return np.sqrt(left * (1 - (aspect + square) / (square * (square + 1))))


def _at_mode(f, strength, aspect):
    return f(np.array([observed(strength, aspect)]))[..., 0]


def projected(f, strength, aspect):
    """Σ_β (ũᵀû_β)(ṽᵀv̂_β) f(ŝ_β) of a mode; f takes (N,) singular values to (..., N)."""
    angle, x = _nodes(aspect)
    ratio, sine = strength**2 / np.sqrt(aspect), np.sin(angle)
    density = 2 * ratio * sine / strength / (1 - 2 * ratio * np.cos(angle) + ratio**2)
    found = _mean(f(x) * density * np.sqrt(aspect) * sine / x)  # dx = √c sin φ dφ/x
    return found + overlap(strength, aspect) * _at_mode(f, strength, aspect) if ratio > 1 else found


def with_mode(f, strength, aspect):
    """Σ_β f(ŝ_β) with a mode less that without it."""
    angle, x = _nodes(aspect)
    ratio = strength**2 / np.sqrt(aspect)
    found = _mean(f(x) * (ratio * np.cos(angle) - ratio**2) / (1 - 2 * ratio * np.cos(angle) + ratio**2))
    return found + _at_mode(f, strength, aspect) if ratio > 1 else found


def of_noise(f, n_out, aspect):
    """Σ_β f(ŝ_β) of noise alone."""
    angle, x = _nodes(aspect)
    values, edges = f(x), f(np.array([1 - np.sqrt(aspect), 1 + np.sqrt(aspect)]))
    bulk = _mean(values * 2 * np.sin(angle) ** 2 / x**2)  # √(4c − (x² − 1 − c)²)/(πcx) dx
    return n_out * bulk + edges.mean(-1) / 2 - _mean(values) / 2


def test_loss(strength_of, strengths, n_out, aspect):
    """½‖W2W1 − Σ‖² of a network whose modes are those of Σ̂, with strengths `strength_of`(ŝ), (..., N) of (N,)."""
    total = of_noise(lambda x: strength_of(x) ** 2, n_out, aspect)
    for strength in strengths:
        total = total + with_mode(lambda x: strength_of(x) ** 2, strength, aspect)
        total = total - 2 * strength * projected(strength_of, strength, aspect) + strength**2
    return total / 2


def loss_of_seen_modes(strength_of, strengths, n_out, aspect):
    """The same if modes that are not seen had no overlap with Σ, and bulk and noise were one."""
    total = of_noise(lambda x: strength_of(x) ** 2, n_out, aspect) + np.square(strengths).sum()
    for strength in strengths:
        if seen(strength, aspect):
            a = _at_mode(strength_of, strength, aspect)
            total = total + a**2 - 2 * strength * overlap(strength, aspect) * a
    return total / 2
