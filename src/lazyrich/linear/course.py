"""The course of training of any network, balanced or not: when each mode is learned, and where it ends.

The flow is integrated by SciPy's LSODA (Adams and backward differences, with the exact Jacobian), which is not slowed
down by modes that are slow beside others; of more than `MOST_IMPLICIT` numbers by `chebyshev`. What is asked of an
entry is relative to the mode's own weights, which may be far smaller than those of modes that are learned. Near the
end, when the kernel moves by little, the linearised flow takes over and says how it ends.
"""

from dataclasses import dataclass, replace

import numpy as np

from .chebyshev import Chebyshev
from .linearised import LinearisedFlow
from .mode_times import last_crossings

# relative tolerances: of LSODA, of LSODA again where a course passes a saddle closely, and of `chebyshev`
RTOL, FINER, COARSER = 1e-6, 1e-10, 3e-5
# absolute tolerance of an entry, in parts of the relative one times the weights of its mode; these may fall to SHRUNK
# of what they were before it is set anew
BESIDE, SHRUNK = 1e-2, 1e-2
# numbers beyond which Jacobians cost more than the steps that they save
MOST_IMPLICIT = 200
# floating-point operations, some ten seconds, after which the rest is linearised; what a call costs beside its own; a
# step's part of the budget; and steps
BUDGET, CALL, PART, MOST_STEPS = 3e11, 1e6, 0.05, 20_000
# error of the linearised flow that is allowed, in parts of the least error that counts as learned
HOLDS = 0.005
# steps between looks at whether the linearised flow holds
EVERY = 12
# part of the task that may be missing at the end of a network that cannot learn all of it
LEFT = 1e-6
# a start whose gradient is below this part of what its weights and errors allow has none
STILL = 64 * np.finfo(float).eps
# a mode passes a saddle closely where its weights have shrunk to CLOSELY of the start's and of all weights; what is
# left is the integrator's error where that is less than RESOLVED, and rounding below ROUNDED
CLOSELY, RESOLVED, ROUNDED = 1e-3, 1e-6, 1e-12
# time after which nothing more is waited for, in units of the fastest rate
LATEST = 1e13
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


def bounds_of(problem, fraction):
    """Errors below which each group counts as learned, (groups,)."""
    return np.array([(1 - fraction) * problem.s[g.first] * np.sqrt(g.kept) for g in problem.groups])


class Integration:
    """One run of the integrator, step by step."""

    def __init__(self, problem, fraction, rtol):
        self.implicit = problem.w1.size + problem.w2.size <= MOST_IMPLICIT
        self.rtol, self.closest = rtol if self.implicit else COARSER, 1.0
        self.problem, self.bounds = problem, bounds_of(problem, fraction)
        self.shapes = problem.w1.shape, problem.w2.shape
        self.split = problem.w1.size
        self.y = np.concatenate([problem.w1.ravel(), problem.w2.ravel()])
        h, i, o = *problem.w1.shape, problem.w2.shape[0]
        self.operations = CALL + 8 * h * o * i + (0 if np.ndim(problem.c) == 0 else 2 * h * i * i)
        self.spent = 0.0
        rank = problem.s.size
        self.root = np.sqrt([problem.variance(k) for k in range(rank)])
        self.first = problem.gathered((self.strengths(self.y).reshape(2, rank) ** 2).sum(0))
        self.first = np.maximum(self.first, np.finfo(float).tiny)
        self.stuck = np.zeros(len(problem.groups), bool)  # modes that only rounding can bring back
        self.floor = float((problem.s[problem.reach :] ** 2).sum())

    def unpack(self, y):
        return y[: self.split].reshape(self.shapes[0]), y[self.split :].reshape(self.shapes[1])

    def velocity(self, _, y):
        self.spent += self.operations
        w1, w2 = self.unpack(y)
        error = self.problem.missing(w1, w2)
        return np.concatenate([self.problem.times_c(w2.T @ error).ravel(), (error @ w1.T).ravel()])

    def jacobian(self, _, y):
        w1, w2 = self.unpack(y)
        (h, i), o = w1.shape, w2.shape[0]
        self.spent += (y.size**3) / 2
        error, c = self.problem.missing(w1, w2), self.problem.c
        c = c * np.eye(i) if np.ndim(c) == 0 else c
        matrix = np.empty((y.size, y.size))
        first = -np.einsum("hk,ij->hikj", w2.T @ w2, c)
        cross = -np.einsum("ph,ki->hipk", w2, w1 @ c)
        cross[np.arange(h), :, :, np.arange(h)] += (error @ c).T
        back = -np.einsum("ok,hj->ohkj", w2, w1)
        back[:, np.arange(h), np.arange(h)] += error[:, None]
        last = -np.einsum("op,hk->ohpk", np.eye(o), w1 @ w1.T)
        n = self.split
        matrix[:n, :n], matrix[:n, n:] = first.reshape(n, n), cross.reshape(n, -1)
        matrix[n:, :n], matrix[n:, n:] = back.reshape(-1, n), last.reshape(y.size - n, -1)
        return matrix

    def strengths(self, y):
        """Norm of the weights of each input and each output of the modes, (2 rank,)."""
        w1, w2 = self.unpack(y)
        rank = self.problem.s.size
        return np.sqrt(np.concatenate([(w1[:, :rank] ** 2).sum(0), (w2[:rank] ** 2).sum(1)]))

    def solver(self, t, y, last):
        """The integrator from here on, its tolerances from the weights as they are or soon will be."""
        from scipy.integrate import LSODA  # takes half a second to import: only who integrates pays

        w1, w2 = self.unpack(y)
        rate = self.rate(w1, w2)
        speed1, speed2 = self.unpack(self.velocity(t, y) * (1e-2 / rate))
        inputs = np.hypot(np.linalg.norm(w1, axis=0), np.linalg.norm(speed1, axis=0))
        outputs = np.hypot(np.linalg.norm(w2, axis=1), np.linalg.norm(speed2, axis=1))
        top = max(inputs.max(), outputs.max())
        inputs, outputs = (np.where(part > 0, part, top) for part in (inputs, outputs))
        tolerance = np.concatenate([(0 * w1 + inputs).ravel(), (0 * w2 + outputs[:, None]).ravel()])
        tolerance = np.maximum(BESIDE * self.rtol * tolerance, np.finfo(float).tiny)
        if self.implicit:
            return LSODA(self.velocity, t, y, last, rtol=self.rtol, atol=tolerance, jac=self.jacobian)
        stages = max(2, int(PART * BUDGET / self.operations))
        return Chebyshev(self.velocity, self.fastest, t, y, last, self.rtol, tolerance, stages)

    def fastest(self, y):
        """An upper bound of the rates of the flow at y."""
        w1, w2 = self.unpack(y)
        c = np.linalg.norm(self.problem.c, 2) if np.ndim(self.problem.c) else self.problem.c
        return _largest(w1) + c * _largest(w2) + np.sqrt(c) * np.linalg.norm(self.problem.missing(w1, w2))

    def rate(self, w1, w2):
        """The fastest rate that is in sight: the kernel's, or the task's."""
        c = np.max(np.diagonal(self.problem.c)) if np.ndim(self.problem.c) else self.problem.c
        return max(np.linalg.norm(w1) ** 2 + c * np.linalg.norm(w2) ** 2, 2 * np.sqrt(c) * self.problem.s[0])

    def state(self, y):
        """(errors of the groups, loss above its end)."""
        w1, w2 = self.unpack(y)
        missing = self.problem.missing(w1, w2)
        return self.problem.errors(missing), max((np.vdot(missing, missing) - self.floor) / 2, 0.0)

    def growing(self, y):
        """Norm of each mode's weights in the directions in which they grow, (groups,)."""
        w1, w2 = self.unpack(y)
        both = w1[:, : self.root.size] / self.root + w2[: self.root.size].T
        return self.problem.gathered((both**2).sum(0))

    def closeness(self, t, y):
        """How closely each mode is to a saddle, (groups,): what is left of its weights or will soon be."""
        left = self.growing(y)
        if left.min() < CLOSELY * self.first.max():
            left = np.maximum(left, self.growing(self.velocity(t, y)) / self.rate(*self.unpack(y)))
        return np.maximum(left / self.first, left / np.sqrt(y @ y))

    def obstacle(self):
        """Whether modes are stuck, and from when on rounding may bring one back, as `Course` has it."""
        rates = np.array([self.problem.s[g.first] * self.root[g.first] for g in self.problem.groups])[self.stuck]
        return {
            "saddle": rates.size > 0,
            "horizon": -np.log(np.finfo(float).eps) / rates.max(initial=0) if rates.size else np.inf,
        }


def _largest(w):
    """Square of the largest singular value."""
    return np.linalg.eigvalsh(w @ w.T if w.shape[0] < w.shape[1] else w.T @ w)[-1]


def integrated_course(problem, fraction):
    """The `Course` of a `Whitened` problem by integration, finer where it passes a saddle closely."""
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
    solver, was = run.solver(0.0, y, LATEST * unit), run.strengths(y)
    for step in range(MOST_STEPS):
        if step % EVERY == 0 and (end := _ended(run, y, t, learned)):
            return course(*end, **run.obstacle())
        if run.spent > BUDGET or solver.status != "running":
            break
        solver.step()
        if solver.status == "failed":
            break
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
    return course(*_linearised_end(run, y, t, learned), **run.obstacle(), stopped=t)


def _ended(run, y, t, learned):
    """(end, times) if the rest is known: the kernel has come to rest, or all that these hidden units can do is done."""
    w1, w2 = run.unpack(y)
    if run.problem.narrow or run.stuck.any():
        errors, excess = run.state(y)
        excess -= (errors[run.stuck] ** 2).sum() / 2
        done = np.isfinite(learned[~run.stuck]).all() and excess <= LEFT * (run.problem.s**2).sum()
        return ((w1, w2), np.where(run.stuck, np.inf, learned)) if done else None
    flow = LinearisedFlow(run.problem, w1, w2)
    end, error = flow.learned()
    return (end, _later(flow, run, t, learned)) if error <= HOLDS * run.bounds.min() else None


def _later(flow, run, t, learned):
    """Times of the groups with those that the linearised flow from time t on adds."""
    rest = flow.times_to_learn(run.bounds)
    return np.where(rest > 0, t + rest, np.where(np.isinf(learned), t, learned))


def _linearised_end(run, y, t, learned):
    """(end, times) where integration stopped early: as the linearised flow has it, if it moves the kernel by little."""
    w1, w2 = run.unpack(y)
    flow = LinearisedFlow(run.problem, w1, w2)
    end, error = flow.learned()
    near = np.isfinite(error) and error <= np.linalg.norm(run.bounds)
    return end if near else (w1, w2), _later(flow, run, t, learned)
