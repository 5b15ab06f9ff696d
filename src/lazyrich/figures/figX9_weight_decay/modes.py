"""A mode that is forgotten: how much of it is held is a function of |λ(t)|/2γ and ŝ/γ alone, in closed form.

A start with |λ₀| ≫ ŝ, γ learns the mode at once, and what it began with is gone as e^{−(|λ₀| − |λ|)/2γ}: only the
growing solution of `linear.decay_blocks` is left. Its strength then is, with z = |λ(t)|/4γ,

    a/γ = z (ρ − 1/ρ),    ρ = K_{½ + ŝ/2γ}(z) / K_{ŝ/2γ − ½}(z).

κ(ŝ/γ) is the |λ|/2γ = 2z at which half of what decay takes, min(ŝ, γ), is lost; so t* = ln(|λ₀|/2γκ)/2γ.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.special import kve

from ...linear.descent import gradient_descent
from ...linear.modes import mode_strength
from .falls import last_above

# |λ|/2γ between which κ is looked for: it is 0.48 to 0.61 for ŝ < γ, and rises with ŝ/γ beyond
LEAST, MOST = 1e-4, 1e3
# of a root that is found, relative
ROUNDING = 1e-12


def held(ratio, left):
    """a/γ of a mode of ŝ/γ = `ratio` when |λ|/2γ = `left`; both broadcast."""
    z = np.asarray(left) / 2
    rho = kve(0.5 + np.asarray(ratio) / 2, z) / kve(np.asarray(ratio) / 2 - 0.5, z)
    return z * (rho - 1 / rho)


def half(ratio):
    """a/γ when half of what decay takes is lost."""
    return ratio - min(ratio, 1.0) / 2


def kappa(ratio):
    """κ: the |λ|/2γ at which half is lost."""
    return brentq(lambda left: held(ratio, left) - half(ratio), LEAST, MOST, xtol=1e-15, rtol=1e-14)


def time_left(lam, gamma, left):
    """When |λ(t)| = 2γ `left`."""
    return np.log(abs(lam) / (2 * gamma * left)) / (2 * gamma)


def measured_kappa(ratio, lam, gamma):
    """|λ|/2γ at which a mode that starts at 0 from λ₀ = `lam` has lost half, by its strength over time."""

    def too_much(left):
        strength = mode_strength(time_left(lam, gamma, left), ratio * gamma, 0.0, lam, weight_decay=gamma)
        return strength / gamma - half(ratio)

    guess = kappa(ratio)
    return brentq(too_much, guess / 3, min(3 * guess, abs(lam) / (4 * gamma)), xtol=1e-15, rtol=1e-14)


def descended_time(ratio, lam, gamma, step):
    """When one mode by gradient descent from 0 has lost half."""
    target = ratio * gamma
    rate = step / np.hypot(lam, 2 * target)
    expected = time_left(lam, gamma, kappa(ratio))
    steps = np.unique((np.linspace(0.5, 1.5, 400) * expected / rate).astype(int))
    start = np.array([[0.0]]), np.array([[np.sqrt(lam)]])
    run = gradient_descent(
        *start, np.array([[target]]), learning_rate=rate, steps=int(steps[-1]), record_at=steps, weight_decay=gamma
    )
    return last_above(run.times, run.network_function[:, 0, 0], gamma * half(ratio))


def add_laws(config, forgetting, strengths, kappas):
    """Rows of panels E to G."""
    part = config["forgetting"]
    low, high = part["log_lambda"]
    for gamma in part["weight_decays"]:
        for lam in np.logspace(low, high, part["n_lambdas"]):
            law = time_left(lam, gamma, kappa(part["ratio"]))
            left = measured_kappa(part["ratio"], lam, gamma)
            found = time_left(lam, gamma, left)
            key = {"lam": float(f"{lam:.6g}"), "weight_decay": gamma}
            gone = np.exp(-lam / (2 * gamma)) + ROUNDING
            forgetting.add(**key, t=found, law=law, deviation_t=abs(found / law - 1), start_left=gone)
    part = config["collapse"]
    lefts = np.logspace(*part["log_held"], part["n_held"])
    ratios = np.linspace(*part["kappa_ratios"], part["n_kappas"])
    for gamma in part["weight_decays"]:
        for lam in part["lambdas"]:
            for ratio in part["ratios"]:
                times = time_left(lam, gamma, lefts)
                strength = mode_strength(times, ratio * gamma, 0.0, lam, weight_decay=gamma) / (ratio * gamma)
                law = held(ratio, lefts) / ratio
                key = {"ratio": ratio, "weight_decay": gamma, "lam": lam}
                columns = {"left": lefts, "strength": strength, "law": law}
                strengths.add(**key, place=np.arange(len(lefts)), **columns, deviation_strength=np.abs(strength - law))
            for ratio in ratios:
                found, law = measured_kappa(ratio, lam, gamma), kappa(ratio)
                key = {"ratio": float(f"{ratio:.6g}"), "weight_decay": gamma, "lam": lam}
                kappas.add(**key, kappa=found, law=law, deviation_kappa=abs(found / law - 1))
