"""The gradient flow of a `Whitened` problem as an integrator sees it: velocity, Jacobian, tolerances, rates.

Small problems are integrated by SciPy's LSODA (Adams and backward differences, with the exact Jacobian), which is not
slowed down by modes that are slow beside others; those of more than `MOST_IMPLICIT` numbers by `chebyshev`. What is
asked of an entry is relative to the mode's own weights, which may be far smaller than those of modes that are learned.
"""

import numpy as np

from .chebyshev import Chebyshev

# relative tolerances: of LSODA, of LSODA again where a course passes a saddle closely, and of `chebyshev`
RTOL, FINER, COARSER = 1e-6, 1e-10, 3e-5
# absolute tolerance of an entry, in parts of the relative one times the weights of its mode; these may fall to SHRUNK
# of what they were before it is set anew
BESIDE, SHRUNK = 1e-2, 1e-2
# numbers beyond which Jacobians cost more than the steps that they save
MOST_IMPLICIT = 200
# floating-point operations, some ten seconds, after which the rest is linearised; what a call costs beside its own; a
# step's part of the budget; and steps
BUDGET, CALL, PART, MOST_STEPS = 2e11, 1e6, 0.05, 20_000
# a mode passes a saddle closely where its weights have shrunk to CLOSELY of the start's and of all weights; what is
# left is the integrator's error where that is less than RESOLVED, and rounding below ROUNDED
CLOSELY, RESOLVED, ROUNDED = 1e-3, 1e-6, 1e-12


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
        # of a look at the linearised flow: eigenvectors, for each output where inputs are not isotropic
        self.look = 8 * (i**3 * (1 if np.ndim(problem.c) == 0 else o) + o**3)
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
        return self.problem.velocity(*self.unpack(y))

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
        c = self.problem.largest_variance
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
