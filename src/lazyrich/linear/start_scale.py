"""λ of the start of an exact solution: what the weights show, or what is given, and whether they are balanced at it."""

import numpy as np

from .. import checks
from ..arrays import ROUNDINGS, epsilon
from . import observables

# ‖W2ᵀW2 − W1W1ᵀ − λI‖ allowed, relative to ‖W1‖² + ‖W2‖²: the solution is wrong by about as much. Of weights in
# less than double precision it is ROUNDINGS times their own rounding
BALANCE_TOLERANCE = 1e-8
# a λ below the rounding of its own computation from the weights is zero: else the rounding would decide
# on which side of the λ = 0 separatrix a start lies
LAM_ROUNDING = ROUNDINGS * np.finfo(float).eps


def tolerance_of(w1, w2):
    """The `balance_tolerance` of weights as they are given, by their type."""
    return max(BALANCE_TOLERANCE, ROUNDINGS * epsilon(w1, w2))


def scale_of(w1, w2, task, lam, tolerance, rounding):
    """λ of the weights of one run, which must be balanced at it."""
    if task.isotropic is None:
        raise ValueError(
            "Σxx of the task must be cI: the exact solution needs isotropic inputs. "
            "Whiten them (Task.from_data with whiten=True), or integrate with gradient_flow"
        )
    scale = (w1**2).sum() + (w2**2).sum()
    inferred, residual = observables.balance(w1, w2)
    if lam is None:
        lam = 0.0 if abs(inferred) <= ROUNDINGS * rounding * scale else float(inferred)
    else:
        lam = checks.number("lam", lam)
        residual = np.hypot(residual, (inferred - lam) * np.sqrt(w1.shape[0]))
    # near a saddle the weights are small beside what they have been and will be: its rounding is allowed too
    if residual > tolerance * scale + LAM_ROUNDING * np.linalg.norm(task.sigma_yx) / task.isotropic:
        raise ValueError(
            f"the weights are not λ-balanced: ‖W2ᵀW2 − W1W1ᵀ − λI‖ = {residual:.3g} at λ = {lam:.6g} "
            f"(nearest λ: {inferred:.6g}), more than {tolerance:g} of ‖W1‖² + ‖W2‖² = {scale:.3g}. Draw them with "
            "lambda_balanced_weights, take nearest_balanced ones, integrate them with gradient_flow, or allow more "
            "by balance_tolerance"
        )
    return lam
