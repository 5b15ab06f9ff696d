"""The words of a diagnosis that rest on the course of training: saddles, plateaus, and what is not to be trusted."""

import numpy as np

# cut of `diagnosis`, explained at its head
SLOW = 0.1
# loss, in parts of that at the start, below which its rate is no longer looked at, and change of it that rounding makes
REST, NOISE = 1e-6, 1e-9
# part of the loss that is still there beside the start
MOST = 0.9


def plateau(problem, lam):
    """Part of the loss that is out of the reach of the larger layer as it is at the start."""
    left = problem.missing(problem.w1, problem.w2)
    large, reached = (problem.w2, left) if lam > 0 else (problem.w1.T, left.T)
    basis = np.linalg.qr(large)[0]
    return float(((reached - basis @ (basis.T @ reached)) ** 2).sum() / (left**2).sum())


def slowness(course):
    """(share at the start, share later, its time): least rate of the loss beside its later ones.

    The rate is relative to what is left of the loss; the start lasts as long as most of it is there.
    """
    seen = np.append(True, course.excess[1:] > REST * course.excess[0])
    t, excess = course.t[seen], course.excess[seen]
    # steps over which it changes by no more than rounding are joined with the next
    kept = [0]
    for k in range(1, t.size):
        if abs(excess[k] - excess[kept[-1]]) > NOISE * excess[kept[-1]]:
            kept.append(k)
    t, excess = t[kept], excess[kept]
    if t.size < 3:
        return 1.0, 1.0, 0.0
    rates = np.maximum(-np.diff(np.log(excess)) / np.diff(t), 0.0)
    later = np.maximum(np.maximum.accumulate(rates[::-1])[::-1], np.finfo(float).tiny)
    share, start = rates / later, excess[:-1] >= MOST * excess[0]
    slow = int(np.argmin(np.where(start, np.inf, share)))
    return float(share[start].min()), 1.0 if start.all() else float(share[slow]), float(t[slow])


def saddles(problem, course, modes, fraction, regime):
    """A sentence for each reason to wait."""
    n_hidden = problem.shape[1]
    if course.saddle and np.isfinite(course.horizon):
        yield f"the start tends to one that only rounding leaves, from t = {course.horizon:.3g} on"
    elif course.saddle:
        yield "the start is one: the loss has no gradient there, and is not the least"
    beside, share, time = slowness(course)
    if beside < SLOW:
        yield f"the start is beside one: the loss falls at {beside:.2g} of its later rate"
    own = -np.log1p(-fraction) / _rates(problem, course)
    ratios = [mode.time / own[k] for k, mode in enumerate(modes[: problem.reach]) if mode.time < np.inf]
    late = [ratio for ratio in ratios if ratio * SLOW > 1]
    if regime != "delayed rich" and min(beside, share) < SLOW and late:
        count = f"{len(late)} of {len(modes)} modes wait"
        yield f"{count}, up to {max(late):.2g} times as long as they take to be learned"
    elif regime != "delayed rich" and share < SLOW:
        yield f"the loss waits at one: at t = {time:.3g} it falls at {share:.2g} of its later rate"
    dead = min(n_hidden, problem.s.size) - problem.reach
    if dead > 0:
        room = f"room for {problem.reach} of {len(modes)} modes"
        yield f"both layers leave hidden directions at zero, for ever but for rounding: {room}"
    if n_hidden < problem.s.size:
        yield f"{n_hidden} hidden units for {problem.s.size} modes: every other choice of {n_hidden} is one"


def _rates(problem, course):
    """Rate of each mode by the kernel at the end, (rank,)."""
    w1, w2 = course.end
    rank = problem.s.size
    variances = np.array([problem.variance(k) for k in range(rank)])
    rates = (w1[:, :rank] ** 2).sum(0) + variances * (w2[:rank] ** 2).sum(1)
    return np.maximum(
        rates, 1e-150
    )  # modes without a kernel are never learned: any rate that does not overflow will do


def doubts(problem, course, rounding):
    """A sentence for each number that is not to be trusted."""
    if course.stopped is not None:
        yield (
            f"integration stopped at t = {course.stopped:.3g}, its budget used up: what comes later is by a kernel "
            "that stays as it is there, and what is never learned by that one may be all the same"
        )
    if not course.sure:
        yield "a saddle is passed so closely that rounding decides how long it takes: later times are rough"
    if course.saddle and rounding > np.finfo(float).eps and course.numbers_by == "exact":
        yield f"the weights are balanced to their own rounding, {rounding:.1g}: it may lead past the saddle"
