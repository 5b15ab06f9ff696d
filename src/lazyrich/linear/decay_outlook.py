"""What weight decay makes of a network that is diagnosed: when it turns rich, what it keeps, what it forgets.

λ falls as e^{−2γt}. While |λ| is large the kernel stays and every mode is learned whole; when |λ| nears the task's
singular values the kernel turns, and in the end a mode keeps (s̃ − γ)₊ (`decay`). The numbers are those of the flow
with decay: the exact solution where the start is λ-balanced and the inputs are isotropic, else an integration.
"""

from dataclasses import dataclass

import numpy as np

from .exact import exact_solution
from .flow import integrated
from .nearly_balanced import nearest_balanced
from .tasks import Task

# times looked at, the first in units of the fastest rate; e-folds of λ, beyond its size over γ, that count as its end;
# so many times longer where the solution is exact and costs nothing
LOOKS, EARLIEST, FOLDS, LONG = 400, 1e-3, 20, 100
# weights below this, whose squares are lost, have decayed to nothing
GONE = 1e-60
# steps of integration, of about this many to a unit of the fastest rate, that are not waited for
MOST_STEPS, PER_UNIT = 50_000, 0.5
NEAREST = "the course with weight decay is that of the nearest balanced weights: an integration would take {:.0f} steps"


@dataclass(frozen=True)
class DecayOutlook:
    """What weight decay will do.

    weight_decay : γ
    turns_rich : time from which on the kernel has moved by more than is lazy; inf if it never does
    kernel_distance : from the start to the end
    kept : strength of each mode in the end, in the order of `Diagnosis.modes`
    forgotten : time from which on each has less than half of the most that it has learned; inf if it keeps that
    numbers_by : 'exact', 'integrated' or 'nearest balanced'
    """

    weight_decay: float
    turns_rich: float
    kernel_distance: float
    kept: tuple
    forgotten: tuple
    numbers_by: str

    def lines(self, shown):
        """As `Diagnosis` prints it."""
        turn = "never turns rich" if self.turns_rich == np.inf else f"is rich from t = {self.turns_rich:.3g} on"
        yield f"decay   γ = {self.weight_decay:.3g} ({self.numbers_by}): λ falls as e^(−2γt), the network {turn};"
        yield f"        the kernel moves by {self.kernel_distance:.2g} in the end. Kept of each mode, half lost at t:"
        for kept, forgotten in zip(self.kept[:shown], self.forgotten, strict=False):
            yield f"        {kept:.4g}, {forgotten:.3g}"


def decay_outlook(problem, lam, balanced, gamma, lazy, count):
    """(`DecayOutlook`, doubts) of `count` modes of a `Whitened` problem; `lazy` is the largest lazy kernel distance."""
    root = np.sqrt(np.max(np.linalg.norm(problem.c, 2) if np.ndim(problem.c) else problem.c))
    fastest = max(root * np.hypot(root * abs(lam), 2 * problem.s[0]), gamma)
    until = (FOLDS + np.log1p(abs(lam) * root / problem.s[0] + root * problem.s[0] / gamma)) / (2 * gamma)
    times = np.append(0.0, np.geomspace(min(EARLIEST / fastest, until / 2), until, LOOKS))
    steps, w1, w2, by, doubts = until * fastest * PER_UNIT, problem.w1, problem.w2, "exact", ()
    if not balanced and steps <= MOST_STEPS:
        path, by = _integrated(problem, gamma, times), "integrated"
    elif np.ndim(problem.c):
        raise ValueError(
            f"weight_decay = {gamma:g} is small beside the rates of this network: its course would take {steps:.0f} "
            f"steps of integration, more than {MOST_STEPS}. Diagnose it without weight_decay, or whiten the inputs "
            "(Task.from_data with whiten=True) and take balanced weights, which have an exact solution"
        )
    else:
        times[1:] = np.geomspace(times[1], LONG * until, LOOKS)
        if not balanced:
            w1, w2 = nearest_balanced(w1 / root, w2)
            w1, by, doubts = root * w1, "nearest balanced", (NEAREST.format(steps),)
            lam = None
        task = Task(root * problem.missing(0 * w1, w2), problem.c)
        solution = exact_solution(w1 / root, w2, task, times, lam=lam, weight_decay=gamma, balance_tolerance=1e-6)
        path = root * solution.w1, solution.w2
    # what decays to nothing keeps the direction that its kernel had
    alive = np.array([max(np.abs(a).max(), np.abs(b).max()) for a, b in zip(*path, strict=True)]) > GONE
    times, path = times[alive], tuple(part[alive] for part in path)
    moved = np.array([problem.kernel_distance(a, b) for a, b in zip(*path, strict=True)])
    strengths = np.diagonal(path[1] @ path[0], axis1=1, axis2=2)[:, :count]
    top = np.maximum.accumulate(np.minimum(np.abs(strengths), problem.s[:count]))
    forgot = [_from_then_on(times, top[:, k] / 2 - strengths[:, k]) for k in range(strengths.shape[1])]
    kept = tuple(float(x) for x in strengths[-1])
    rich = _from_then_on(times, moved - lazy)
    return DecayOutlook(gamma, rich, float(moved[-1]), kept, tuple(forgot), by), doubts


def _from_then_on(times, excess):
    """Time from which on an excess is positive, between two looks in proportion; inf if it is not in the end."""
    if not excess[-1] > 0:
        return np.inf
    if not (low := np.flatnonzero(excess <= 0)).size:
        return 0.0
    last = low[-1]
    part = excess[last] / (excess[last] - excess[last + 1])
    return float(times[last] + part * (times[last + 1] - times[last]))


def _integrated(problem, gamma, times):
    """(V1, W2) of the reduced flow V̇1 = W2ᵀEC − γV1, Ẇ2 = EV1ᵀ − γW2 at all times."""
    first, split = problem.w1.shape, problem.w1.size

    def velocity(_, state):
        a, b = state[:split].reshape(first), state[split:].reshape(problem.w2.shape)
        return problem.velocity(a, b) - gamma * state

    start = np.concatenate([problem.w1.ravel(), problem.w2.ravel()])
    states = integrated(velocity, start, times, rtol=1e-8)
    return states[:, :split].reshape(-1, *first), states[:, split:].reshape(-1, *problem.w2.shape)
