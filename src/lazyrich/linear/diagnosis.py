"""What the theory says of a given network before it is trained: scale, balance, regime, times, saddles.

The weights need not be balanced. Their function is kept, the nearest scale λ* = tr(W2ᵀW2 − W1W1ᵀ)/N_h taken
(`nearly_balanced`), and the exact solution of Domine et al. 2025, Theorem 4.3, started there. The errors of doing
so are measured in figX1: for nine of ten random starts that of the function is no larger than the relative residual.

Where the cuts are, and why (s̃ the largest singular value of Σyx that is learned):

LARGE    |λ| ≥ 2s̃ is a large scale: every aligned mode then is an exponential 1 − e^{−|λ|t} to 4.4% (to 13% at |λ| = s̃;
         fig3, Theorem 5.1), and the kernels of 5-5-5, 10-5-5 and 5-5-10 networks of 20 random tasks (σ = 0.1, as fig5)
         move by at most 0.006 where the larger layer has full rank, and by at least 0.33 where it has not.
LAZY     a kernel distance of up to 0.05 is lazy: about the geometric mean, 0.045, of the largest of lazy and the least
         of rich networks of fig5 (0.01 and 0.2, claims F5).
NEARLY   a relative residual of up to 0.2 is nearly balanced. Beyond it the kernel distance is not taken from the
         solution but from the linearised flow of the weights as they are: the change that learns the task with a kernel
         that does not move. Where that is LAZY it is the better of the two, and the times are taken from it too.
SLOW     a start is beside a saddle if the loss falls at first at less than 0.1 of its rate at the end, 2√(λ² + 4s̃²); a
         mode waits if it takes more than 10 times as long as it would at its own last rate √(λ² + 4s̃²).
"""

from dataclasses import dataclass

import numpy as np

from .. import checks
from . import observables
from .linearised import LinearisedFlow
from .mode_times import EQUAL, LATEST, equal_groups, errors_by, errors_of, times_to_learn
from .modes import time_to_reach
from .nearly_balanced import nearest_balanced, nearest_scale, relative_imbalance
from .riccati import LAM_ROUNDING, exact_solution

LARGE, LAZY, NEARLY, SLOW = 2.0, 0.05, 0.2, 0.1
SHOWN = 8  # modes in the text
MOST = 1e20  # largest entry of the weights, and 1/MOST the least, whose sixth powers are within float64; squared: Σyx


@dataclass(frozen=True)
class Mode:
    """A singular value of the task, and when its mode is learned; times are steps · η for τ = 1.

    target : s̃; start : ũᵀW2W1ṽ; time : by the solution that `Diagnosis.times_by` names, inf if never;
    time_aligned : in closed form, of a start aligned with the task. Equal singular values share their numbers.
    """

    target: float
    start: float
    time: float
    time_aligned: float


@dataclass(frozen=True)
class Diagnosis:
    """What `diagnose` found.

    lam : λ*, the nearest relative scale
    residual, relative_residual : ‖W2ᵀW2 − W1W1ᵀ − λ*I‖_F, and over ‖W2ᵀW2 + W1W1ᵀ‖_F: from 0 (balanced) to 1
    lam_used : λ*, or 0 where no λ*-balanced weights exist
    regime : 'rich', 'delayed rich', 'lazy' or 'semi-structured lazy'
    lazy_layer : 'w1' or 'w2', the layer that stays as it is in the semi-structured lazy regime, else ''
    scale_ratio : |lam_used|/s̃
    kernel_distance, kernel_by : from start to end of training, as 'exact' or 'linearised' predicts
    plateau : part of the loss that waits for the kernel to turn (delayed rich, else 0)
    modes, fraction : `Mode` of each that is learned, largest first, and how much of it counts as learned
    unlearned : loss that a bottleneck leaves
    saddles : a sentence for each reason why a saddle awaits
    horizon : time past which rounding decides, inf where it does not
    """

    lam: float
    residual: float
    relative_residual: float
    lam_used: float
    regime: str
    lazy_layer: str
    scale_ratio: float
    kernel_distance: float
    kernel_by: str
    plateau: float
    modes: tuple
    fraction: float
    unlearned: float
    saddles: tuple
    horizon: float

    @property
    def times_by(self):
        """Whether the times are by the 'exact' solution from the nearest balanced weights or the 'linearised' flow."""
        return "linearised" if self.kernel_by == "linearised" and self.kernel_distance <= LAZY else "exact"

    @property
    def nearly_balanced(self):
        """Whether the theory is near enough to be believed: relative_residual ≤ 0.2."""
        return self.relative_residual <= NEARLY

    def __str__(self):
        rough = "NOT balanced" + (": the times are rough" if self.times_by == "exact" else "")
        near = "nearly balanced" if self.nearly_balanced else rough
        lines = [f"scale   λ* = {self.lam:.4g}, off balance by {self.relative_residual:.1%} of the weights: {near}"]
        if self.lam_used != self.lam:
            lines.append("        no such balanced weights exist in this shape: λ = 0 is used")
        regime = self.regime + {"": "", "w1": " (W1 stays)", "w2": " (W2 stays)"}[self.lazy_layer]
        moved = f"the kernel moves by {self.kernel_distance:.2g} ({self.kernel_by})"
        lines.append(f"regime  {regime}: |λ|/s̃ = {self.scale_ratio:.3g}, {moved}")
        if self.plateau:
            lines.append(f"        {self.plateau:.0%} of the loss waits for the kernel to turn")
        lines.append(f"modes   s̃: its start, time to {self.fraction:.0%} ({self.times_by}); η times the steps")
        for mode in self.modes[:SHOWN]:
            lines.append(f"        {mode.target:.4g}: {mode.start:+.3g}, {mode.time:.4g}")
        if len(self.modes) > SHOWN:
            lines.append(f"        and {len(self.modes) - SHOWN} smaller ones")
        lines.extend(f"saddle  {reason}" for reason in self.saddles or ("none ahead",))
        return "\n".join(lines)


def diagnose(w1, w2, sigma_yx, *, fraction=0.9):
    """Regime, times and saddles of a two-layer linear network that is about to be trained.

    Parameters
    ----------
    w1 : (n_hidden, n_in), w2 : (n_out, n_hidden) arrays, the weights before training; balanced or not
    sigma_yx : (n_out, n_in) array, YXᵀ/P of whitened inputs
    fraction : of a mode that counts as learned, between 0 and 1: |s̃ − ũᵀW2W1ṽ| ≤ (1 − fraction) s̃ from then on

    Returns
    -------
    Diagnosis; `print` it. Its numbers change neither with rotations of the hidden layer nor with those
    of inputs or outputs that are applied to the task too

    Raises
    ------
    ValueError : wrong shapes, NaN, weights or a task that are all zero or beyond 1e±20 and 1e±40 in size

    Sources: the exact solution, Domine et al. 2025, Theorem 4.3; regimes, its Section 5 and Appendix C; the cuts, and
    what they rest on, at the head of `lazyrich.linear.diagnosis`.
    """
    w1, w2 = checks.weights(w1, w2)
    sigma_yx = checks.matrix("sigma_yx", sigma_yx, (w2.shape[0], w1.shape[1]))
    fraction = checks.number("fraction", fraction, positive=True)
    if fraction >= 1:
        raise ValueError(f"fraction must be less than 1: a mode is learned whole only for t → ∞; got {fraction:g}")
    for name, value in (("w1 and w2 are", (w1, w2)), ("sigma_yx is", (sigma_yx,))):
        if not any(a.any() for a in value):
            raise ValueError(f"{name} all zero: gradient flow never leaves such a start, or has nothing to learn")
    for name, value, most in (("w1 and w2", (w1, w2), MOST), ("sigma_yx", (sigma_yx,), MOST**2)):
        if not 1 / most <= (size := max(np.abs(a).max() for a in value)) <= most:
            raise ValueError(
                f"the largest entry of {name} must be from {1 / most:g} to {most:g}; got {size:g}. "
                "c times the weights and c² times sigma_yx is the same problem in other units"
            )
    lam, residual = observables.balance(w1, w2)
    lam = 0.0 if abs(lam) <= LAM_ROUNDING * ((w1**2).sum() + (w2**2).sum()) else float(lam)
    used = nearest_scale(w1, w2) if lam else 0.0
    start, relative = nearest_balanced(w1, w2, used), float(relative_imbalance(w1, w2))
    u, s, vt = np.linalg.svd(sigma_yx, full_matrices=False)
    rank = np.count_nonzero(s > EQUAL * s[0])
    learned = min(rank, w1.shape[0])
    task = u[:, :learned], s[:learned], vt[:learned].T

    unit = 1 / np.hypot(used, 2 * max(s[0], np.linalg.norm(w2 @ w1, 2)))
    found = exact_solution(*start, sigma_yx, [0.0], lam=used).diagnostics
    linearised = LinearisedFlow(w1, w2, (task[0] * task[1]) @ task[2].T)
    exists = bool(start.w1.any() or start.w2.any())  # a function of zero may leave no other balanced weights
    if exists and (relative <= NEARLY or linearised.unlearned() > LAZY):
        end = exact_solution(*start, sigma_yx, [min(unit * LATEST, found.horizon / 2)], lam=used)
        distance, by = end.kernel_distance()[0], "exact"
    else:
        distance, by = linearised.kernel_distance(), "linearised"
    large, lazy = bool(abs(used) >= LARGE * s[0]), bool(distance <= LAZY)
    regime = "rich"
    if large or lazy:
        regime = ("semi-structured lazy" if large else "lazy") if lazy else "delayed rich"

    groups = equal_groups(task[1])
    if by == "linearised" and lazy:
        errors = errors_by(linearised, task, groups)
    else:
        errors = errors_of(start, used, (u[:, :rank] * s[:rank], vt[:rank].T), task, groups)
    times = times_to_learn(errors, unit, (1 - fraction) * np.array([np.linalg.norm(task[1][g]) for g in groups]))
    if by == "exact" or not lazy:
        times = np.where((times > found.horizon / 2) | (not exists), np.inf, times)
    modes = _modes(w2 @ w1, used, groups, task, fraction, times)
    return Diagnosis(
        lam=lam,
        residual=float(residual),
        relative_residual=relative,
        lam_used=used,
        regime=regime,
        lazy_layer=("w2" if used > 0 else "w1") if large and lazy else "",
        scale_ratio=float(abs(used) / s[0]),
        kernel_distance=float(distance),
        kernel_by=by,
        plateau=_plateau(start, used, sigma_yx) if regime == "delayed rich" else 0.0,
        modes=modes,
        fraction=fraction,
        unlearned=float((s[learned:] ** 2).sum() / 2),
        saddles=tuple(_saddles(found, (w1, w2, sigma_yx), used, regime, modes, rank, fraction)),
        horizon=found.horizon,
    )


def _modes(function, lam, groups, task, fraction, times):
    u, s, v = task
    modes = []
    for group, time in zip(groups, times, strict=True):
        target, first = s[group].mean(), float(np.mean([u[:, k] @ function @ v[:, k] for k in group]))
        aligned = 0.0
        if abs(target - first) > (1 - fraction) * target:
            aligned = time_to_reach(target * (2 - fraction if first > target else fraction), target, first, lam)
        modes.extend([Mode(float(target), first, float(time), float(aligned))] * len(group))
    return tuple(modes)


def _plateau(start, lam, sigma_yx):
    """Part of the loss that is out of the reach of the larger layer as it is at the start."""
    left = sigma_yx - start.w2 @ start.w1
    large, reached = (start.w2, left) if lam > 0 else (start.w1.T, left.T)
    basis = np.linalg.qr(large)[0]
    return float(((reached - basis @ (basis.T @ reached)) ** 2).sum() / (left**2).sum())


def _saddles(found, network, lam, regime, modes, rank, fraction):
    """A sentence for each reason to wait."""
    w1, w2, sigma_yx = network
    if found.saddle:
        yield f"the start tends to one that only rounding leaves, from t = {found.horizon:.3g} on"
    error = sigma_yx - w2 @ w1
    fall = ((w2.T @ error) ** 2).sum() + ((error @ w1.T) ** 2).sum()  # of the loss, at the start
    squares, unlearned = (error**2).sum(), (np.linalg.svd(sigma_yx, compute_uv=False)[w1.shape[0] :] ** 2).sum()
    if squares - unlearned > EQUAL * (sigma_yx**2).sum():  # else the loss has nowhere to fall
        share = fall / (squares * np.hypot(lam, 2 * modes[0].target))
        if share < SLOW:
            yield f"the start is beside one: the loss falls at {share:.2g} of its last rate"
    own = [-np.log1p(-fraction) / np.hypot(lam, 2 * mode.target) for mode in modes]
    late = [k for k, mode in enumerate(modes) if own[k] / SLOW < mode.time < np.inf]
    if late and regime != "delayed rich":
        factor = max(modes[k].time / own[k] for k in late)
        yield f"{len(late)} of {len(modes)} modes wait, up to {factor:.2g} times as long as they take to be learned"
    if w1.shape[0] < rank:
        yield f"{w1.shape[0]} hidden units for {rank} modes: every other choice of {w1.shape[0]} is one"
