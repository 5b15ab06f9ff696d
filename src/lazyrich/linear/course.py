"""The course of training of any network, balanced or not: when each mode is learned, and where it ends.

The flow is integrated (`integration`), each mode's error read at every step. Near the end, when the kernel moves by
little, the linearised flow takes over and says how it ends.
"""

import warnings
from dataclasses import dataclass, replace

import numpy as np

from .integration import BUDGET, CLOSELY, COARSER, FINER, MOST_STEPS, RESOLVED, ROUNDED, RTOL, SHRUNK, Integration
from .linearised import LinearisedFlow
from .mode_times import last_crossings

# errors of the linearised flow that are allowed: in parts of an error that counts as learned, of what is left to it
# once it is, and of the way that the weights come; and the last where integration has stopped early
HOLDS, STAYS, MOVES, NEAR = 0.005, 0.3, 1e-3, 0.1
# change of the kernel's distance that does not matter
SETTLED = 0.01
# steps between looks at whether the linearised flow holds; a look waits, too, until the steps since the last have cost
# as much as it does
EVERY = 12
# part of the task that may be missing at the end of a network that cannot learn all of it
LEFT = 1e-8
# a start whose gradient is below this part of what its weights and errors allow has none
STILL = 64 * np.finfo(float).eps
# time after which nothing more is waited for, in units of the fastest rate: rates of s̃²/λ, and of inputs that hardly
# vary, are far slower than that
LATEST = 1e18
# points at which a step is read in which a mode is learned
INSIDE = 8


@dataclass(frozen=True)
class Course:
    """times : (groups,) at which each is learned for good, inf if never; end : (w1, w2) at the end of training

    t, excess : time and loss above its end, along the way; numbers_by : 'exact' or 'integrated'
    saddle : whether it ends at a saddle, up to rounding; horizon : time past which rounding decides, inf if nowhere
    stopped : time from which on the flow was linearised though its kernel still moves, None if nowhere
    sure : whether the integration resolves how closely it passes saddles
    """

    times: np.ndarray
    end: tuple
    t: np.ndarray
    excess: np.ndarray
    numbers_by: str
    saddle: bool = False
    horizon: float = np.inf
    stopped: float | None = None
    sure: bool = True


def integrated_course(problem, fraction):
    """The `Course` of a `Whitened` problem by integration, finer where it passes a saddle closely."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # where LSODA gives up, `chebyshev` goes on
        run = Integration(problem, fraction, RTOL)
        found = _integrated(run)
        if run.closest < CLOSELY and run.implicit and found.stopped is None:
            run = Integration(problem, fraction, FINER)
            found = _integrated(run)
    return replace(found, sure=found.saddle or run.closest > (RESOLVED if run.implicit else CLOSELY))


def _integrated(run):
    problem = run.problem
    w1, w2 = run.unpack(run.y)
    errors, excess = run.state(run.y)
    learned = np.where(errors > run.bounds, np.inf, 0.0)
    t, y, path = 0.0, run.y, [(0.0, excess)]

    def course(end, times, **found):
        return Course(times, end, *(np.array(part) for part in zip(*path, strict=True)), "integrated", **found)

    missing = problem.missing(w1, w2)
    reach = (np.linalg.norm(w1) + np.linalg.norm(w2)) * np.linalg.norm(missing)
    if reach and max(np.linalg.norm(w2.T @ missing), np.linalg.norm(missing @ w1.T)) <= STILL * reach:
        return course((w1, w2), learned, saddle=bool((errors > run.bounds).any()))
    unit = 1 / run.rate(w1, w2)
    solver, was, look_from = run.solver(0.0, y, LATEST * unit), run.strengths(y), 0.0
    for step in range(MOST_STEPS):
        if step % EVERY == 0 and run.spent >= look_from:
            if end := _ended(run, y, t, learned):
                return course(*end, **run.obstacle())
            look_from = run.spent + run.look
        if run.spent > BUDGET or solver.status == "finished":
            break
        solver.step()
        if solver.status == "failed":
            if not run.implicit:
                break
            run.implicit, run.rtol = False, COARSER
            solver = run.solver(t, y, LATEST * unit)
            continue
        before, (errors, excess) = errors, run.state(solver.y)
        learned = np.where(errors > run.bounds, np.inf, learned)
        fell = (before > run.bounds) & (errors <= run.bounds)
        if fell.any():
            inside = np.linspace(t, solver.t, INSIDE)
            dense = solver.dense_output()(inside).T
            read = np.array([before, *(run.state(each)[0] for each in dense[1:-1]), errors])
            learned = np.where(fell, last_crossings(inside, read, run.bounds), learned)
        t, y = solver.t, solver.y.copy()
        path.append((t, excess))
        closeness, strengths = np.where(errors > run.bounds, run.closeness(t, y), 1.0), run.strengths(y)
        run.closest = min(run.closest, closeness.min())
        if closeness.min() < ROUNDED:
            run.stuck |= closeness < ROUNDED
        if (strengths < SHRUNK * was).any():
            solver, was = run.solver(t, y, LATEST * unit), strengths
    end, times, settled = _linearised_end(run, y, t, learned)
    return course(end, times, **run.obstacle(), stopped=None if settled else t)


def _ended(run, y, t, learned):
    """(end, times) if the rest is known: the kernel has come to rest, or all that these hidden units can do is done."""
    w1, w2 = run.unpack(y)
    if run.problem.narrow or run.stuck.any():
        errors, excess = run.state(y)
        excess -= (errors[run.stuck] ** 2).sum() / 2
        done = np.isfinite(learned[~run.stuck]).all() and excess <= LEFT * (run.problem.s**2).sum()
        return ((w1, w2), np.where(run.stuck, np.inf, learned)) if done else None
    flow = LinearisedFlow(run.problem, w1, w2)
    end, (wrong, moved) = flow.learned()
    spare = run.bounds - run.state(y)[0]
    allowed = np.where(spare > 0, STAYS * spare, HOLDS * run.bounds)
    return (end, _later(flow, run, t, learned)) if moved <= MOVES and (wrong <= allowed).all() else None


def _later(flow, run, t, learned):
    """Times of the groups with those that the linearised flow from time t on adds."""
    rest = flow.times_to_learn(run.bounds)
    return np.where(rest > 0, t + rest, np.where(np.isinf(learned), t, learned))


def _linearised_end(run, y, t, learned):
    """(end, times, whether that is sure) where integration stopped early, by the linearised flow where it is near."""
    w1, w2 = run.unpack(y)
    flow = LinearisedFlow(run.problem, w1, w2)
    end, (_, moved) = flow.learned()
    times = np.where(run.stuck, np.inf, _later(flow, run, t, learned))
    if moved > NEAR:
        return (w1, w2), times, False
    rest = abs(run.problem.kernel_distance(*end) - run.problem.kernel_distance(w1, w2))
    return end, times, bool(np.isfinite(learned).all() and rest <= SETTLED)
