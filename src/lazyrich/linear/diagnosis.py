"""What awaits a network that is about to be trained: scale, balance, regime, times, saddles. Balanced or not.

The numbers are those of the flow itself: the exact solution (Domine et al. 2025, Theorem 4.3) where the weights are
λ-balanced to rounding and the inputs isotropic, else an integration (`course`) after a reduction that loses nothing
(`whitened`). The theory gives the words, by the nearest scale λ* = tr(W2ᵀW2 − W1W1ᵀ)/N_h.

Where the cuts are, and why (s̃ the largest singular value of the task, with whitened inputs):

LARGE    |λ| ≥ 2s̃ is a large scale: every aligned mode then is an exponential 1 − e^{−|λ|t} to 4.4% (to 13% at |λ| = s̃;
         fig3, Theorem 5.1), and the kernels of 5-5-5, 10-5-5 and 5-5-10 networks of 20 random tasks (σ = 0.1, as fig5)
         move by at most 0.006 where the larger layer has full rank, and by at least 0.33 where it has not.
LAZY     a kernel distance of up to 0.05 is lazy: about the geometric mean, 0.045, of the largest of lazy and the least
         of rich networks of fig5 (0.01 and 0.2, claims F5). It sees how a kernel turns, not how it grows.
GROWN    a kernel whose norm grows by more than a factor of 10 is not lazy, even if it does not turn: lazy is one that
         stays as it is, in size too (Chizat et al. 2019). The rate of the loss, relative to what is left of it, is
         linear in the kernel: where this grows tenfold without turning, the start is beside a saddle by SLOW.
NEARLY   weights are nearly balanced if what is off is up to 0.2 of their size, or of the size that the task will give
         them: a tiny start is as good as balanced.
SLOW     a saddle is passed if the loss falls, relative to what is left of it, at less than 0.1 of its rate later on; a
         mode waits if it takes more than 10 times as long as it would at its own last rate.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..arrays import ROUNDINGS, epsilon
from . import observables
from .balanced_course import balanced_course
from .course import integrated_course
from .decay_outlook import DecayOutlook, decay_outlook
from .nearly_balanced import nearest_scale, relative_imbalance
from .tasks import Task, as_task
from .verdicts import doubts, plateau, saddles
from .whitened import whitened

LARGE, LAZY, GROWN, NEARLY = 2.0, 0.05, 10.0, 0.2
SHOWN = 8  # modes in the text
MOST = 1e20  # largest entry of the weights, and 1/MOST the least, whose sixth powers are within float64; squared: Σyx
# weights off balance by less than this part of ‖W1‖² + ‖W2‖² are balanced to rounding, if they are in double precision
BALANCED = 1e-12
# a fraction nearer to 1 asks for errors that integration does not resolve
NEAREST_TO_1 = 1e-6


@dataclass(frozen=True)
class Mode:
    """A singular value of the task, and when its mode is learned; times are steps · η for τ = 1.

    target : s̃; start : its strength before training; time : when it is learned for good, inf if never
    time_aligned : in closed form, of a start that is aligned with the task, at λ*. Equal singular values share their
        numbers
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
    imbalance : the residual over ‖W2ᵀW2 + W1W1ᵀ‖_F of the start or of what the task makes of it, the larger
    lam_used : λ*, or 0 where no λ*-balanced weights exist
    regime : 'rich', 'delayed rich', 'lazy' or 'semi-structured lazy'
    lazy_layer : 'w1' or 'w2', the layer that stays as it is in the semi-structured lazy regime, else ''
    scale_ratio : |lam_used|/s̃, in whitened units
    kernel_distance, kernel_growth : 1 − cosine of the tangent kernel at the start and at the end of training, and its
        norm at the end over that at the start
    numbers_by : 'exact' or 'integrated', what times and kernel distance come from
    plateau : part of the loss that waits for the kernel to turn (delayed rich, else 0)
    modes, fraction : `Mode` of each that is learned, largest first, and how much of it counts as learned
    unlearned : loss that the hidden layer leaves because it is too narrow, or partly zero
    saddles : a sentence for each reason why a saddle awaits
    horizon : time past which rounding decides, inf where it does not
    decay : `DecayOutlook` where weight decay is on, else None; all above are of the flow without it
    uncertain : a sentence for each number that is not to be trusted
    """

    lam: float
    residual: float
    relative_residual: float
    imbalance: float
    lam_used: float
    regime: str
    lazy_layer: str
    scale_ratio: float
    kernel_distance: float
    kernel_growth: float
    numbers_by: str
    plateau: float
    modes: tuple
    fraction: float
    unlearned: float
    saddles: tuple
    horizon: float
    uncertain: tuple
    decay: DecayOutlook | None = None

    if not TYPE_CHECKING:

        def __getattr__(self, name):
            new = f"; numbers_by stands in the place of {name}" if name in ("kernel_by", "times_by") else ""
            raise AttributeError(f"'Diagnosis' object has no attribute {name!r}{new}")

    @property
    def nearly_balanced(self):
        """Whether λ* and the theory's words are to be believed: imbalance ≤ 0.2. The numbers do not rest on it."""
        return self.imbalance <= NEARLY

    def __str__(self):
        near = "nearly balanced" if self.nearly_balanced else "NOT balanced, λ* is an average"
        if self.nearly_balanced and self.relative_residual > NEARLY:
            near = f"{self.imbalance:.1%} of what the task makes of them: {near}"
        else:
            near = f"of the weights: {near}"
        off = f"off balance by {self.relative_residual:.1%} "
        lines = [f"scale   λ* = {self.lam:.4g}, {off}{'of the weights, ' if near[0] != 'o' else ''}{near}"]
        if self.lam_used != self.lam:
            lines.append("        no such balanced weights exist in this shape: λ = 0 is used")
        regime = self.regime + {"": "", "w1": " (W1 stays)", "w2": " (W2 stays)"}[self.lazy_layer]
        moved = f"the kernel moves by {self.kernel_distance:.2g} ({self.numbers_by})"
        lines.append(f"regime  {regime}: |λ|/s̃ = {self.scale_ratio:.3g}, {moved}")
        if self.kernel_distance <= LAZY and self.kernel_growth > GROWN:
            lines.append(f"        it keeps its direction, and grows to {self.kernel_growth:.3g} times its size")
        if self.plateau:
            lines.append(f"        {self.plateau:.0%} of the loss waits for the kernel to turn")
        lines.append(f"modes   s̃: its start, time to {100 * self.fraction:.8g}% ({self.numbers_by}); η times the steps")
        for mode in self.modes[:SHOWN]:
            lines.append(f"        {mode.target:.4g}: {mode.start:+.3g}, {mode.time:.4g}")
        if len(self.modes) > SHOWN:
            lines.append(f"        and {len(self.modes) - SHOWN} smaller ones")
        if self.decay:
            lines.extend(self.decay.lines(SHOWN))
        lines.extend(f"saddle  {reason}" for reason in self.saddles or ("none ahead",))
        lines.extend(f"unsure  {reason}" for reason in self.uncertain)
        return "\n".join(lines)


@checks.renamed(sigma_yx="give `task`, Σyx or a Task", sigma_xx="give `task` as Task(sigma_yx, sigma_xx)")
def diagnose(
    w1: ArrayLike, w2: ArrayLike, task: Task | ArrayLike, *, fraction: float = 0.9, weight_decay: float = 0.0
) -> Diagnosis:
    """Regime, times and saddles of a two-layer linear network that is about to be trained.

    Parameters
    ----------
    w1 : (n_hidden, n_in), w2 : (n_out, n_hidden) arrays, the weights before training; balanced or not
    task : `Task` with any Σxx, or Σyx of whitened inputs, (n_out, n_in)
    fraction : of a mode that counts as learned, between 0 and 1 − 1e-6: |s̃ − its strength| ≤ (1 − fraction) s̃ from
        then on
    weight_decay : γ ≥ 0 of both layers: when the network will turn rich, and what of each mode it will keep

    Returns
    -------
    Diagnosis; `print` it. Modes are those of the whitened task Σyx Σxx^{−½} = Ũ S̃ Ṽᵀ; the strength of one is
    ũᵀW2W1Σxx^½ṽ. Its numbers change neither with rotations of the hidden layer nor with those of inputs or outputs that
    are applied to the task too. Of equal singular values all are learned when their block is; of those that a
    narrow hidden layer has no room for, as many as it has room for are, whichever they are

    Raises
    ------
    ValueError : wrong shapes, NaN, weights or a task that are all zero or beyond 1e±20 and 1e±40 in size, a task with
        leading axes, Σyx where the inputs do not vary

    Some 0.1 ms a step of integration, hundreds of them for small networks. Large ones take a budget of operations; what
    it does not reach is linearised, and `uncertain` says so. Measured on one core: 11 s at 784-128-10 with correlated
    inputs, 14 s at 300-300-300 (22 s with correlated inputs), 35 s at 1000-1000-1000; narrow layers cost little.

    Sources: the exact solution, Domine et al. 2025, Theorem 4.3; regimes, its Section 5 and Appendix C; the cuts, and
    what they rest on, at the head of `lazyrich.linear.diagnosis`.
    """
    rounding = epsilon(w1, w2)
    w1, w2, task = _checked(w1, w2, task)
    fraction = checks.number("fraction", fraction, positive=True)
    if fraction > 1 - NEAREST_TO_1:
        raise ValueError(
            f"fraction must be at most 1 − {NEAREST_TO_1:g}: a mode is learned whole only for t → ∞; got {fraction!r}"
        )
    weight_decay = checks.weight_decay(weight_decay)
    size = (w1**2).sum() + (w2**2).sum()
    lam, residual = observables.balance(w1, w2)
    lam = 0.0 if abs(lam) <= ROUNDINGS * rounding * size else float(lam)
    used = nearest_scale(w1, w2) if lam else 0.0
    problem = whitened(w1, w2, task)
    tolerance = max(BALANCED, ROUNDINGS * rounding)
    balanced = task.isotropic is not None and lam == used and residual <= tolerance * size
    if balanced:
        course = balanced_course(problem, lam, fraction, residual / size, 2 * tolerance)
    else:
        course = integrated_course(problem, fraction)

    distance, growth = problem.kernel_distance(*course.end), problem.kernel_growth(*course.end)
    ratio = float(abs(used) * np.sqrt(problem.variance(0)) / problem.s[0])
    large, lazy = ratio >= LARGE, distance <= LAZY and growth <= GROWN
    regime = "rich"
    if large or lazy:
        regime = ("semi-structured lazy" if large else "lazy") if lazy else "delayed rich"
    relative = float(relative_imbalance(w1, w2))
    made = 2 * np.linalg.norm([problem.s[k] / np.sqrt(problem.variance(k)) for k in range(problem.reach)])
    modes = _modes(problem, course, used, fraction, min(problem.s.size, w1.shape[0]))
    decay, doubted = None, ()
    if weight_decay:
        decay, doubted = decay_outlook(problem, lam, balanced, weight_decay, LAZY, len(modes))
    return Diagnosis(
        lam=lam,
        residual=float(residual),
        relative_residual=relative,
        imbalance=float(min(relative, residual / made)),
        lam_used=used,
        regime=regime,
        lazy_layer=("w2" if used > 0 else "w1") if large and lazy else "",
        scale_ratio=ratio,
        kernel_distance=distance,
        kernel_growth=growth,
        numbers_by=course.numbers_by,
        plateau=plateau(problem, used) if regime == "delayed rich" else 0.0,
        modes=modes,
        fraction=fraction,
        unlearned=float((problem.s[problem.reach :] ** 2).sum() / 2),
        saddles=tuple(saddles(problem, course, modes, fraction, regime)),
        horizon=course.horizon,
        uncertain=(*doubts(problem, course, rounding), *doubted),
        decay=decay,
    )


def _checked(w1, w2, task):
    """(w1, w2, task) of one network, neither zero nor of a size whose powers leave float64."""
    w1, w2 = checks.weights(w1, w2)
    task = as_task(task, w2.shape[0], w1.shape[1])
    if task.sigma_yx.ndim > 2 or np.ndim(task.sigma_xx) > 2:
        raise ValueError(f"task must be one task; got Σyx of shape {task.sigma_yx.shape}. Diagnose one run at a time")
    sigma_yx = task.sigma_yx
    for name, value in (("w1 and w2 are", (w1, w2)), ("Σyx of the task is", (sigma_yx,))):
        if not any(a.any() for a in value):
            raise ValueError(f"{name} all zero: gradient flow never leaves such a start, or has nothing to learn")
    for name, value, most in (("w1 and w2", (w1, w2), MOST), ("Σyx", (sigma_yx,), MOST**2)):
        if not 1 / most <= (size := max(np.abs(a).max() for a in value)) <= most:
            raise ValueError(
                f"the largest entry of {name} must be from {1 / most:g} to {most:g}; got {size:g}. "
                "c times the weights and c² times Σyx is the same problem in other units"
            )
    return w1, w2, task


def _modes(problem, course, lam, fraction, asked):
    """`Mode` of each that the hidden layer has room for; those that it has no living units for are never learned."""
    function, modes = problem.w2 @ problem.w1, []
    for group, time in zip(problem.groups, course.times, strict=True):
        block = function[group.first : group.last, group.first : group.last]
        target, start = float(problem.s[group.first : group.last].mean()), float(group.strength(block))
        aligned = problem.aligned_time(group.first, start, lam, fraction)
        modes.extend([Mode(target, start, float(time), aligned)] * group.kept)
    for k in range(problem.reach, asked):
        modes.append(Mode(float(problem.s[k]), float(function[k, k]), np.inf, np.inf))
    return tuple(modes)
