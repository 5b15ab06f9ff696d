"""The end of training in closed form: gradient flow with a tangent kernel that stays as it is.

With A = V1ᵀV1 and B = W2W2ᵀ held fixed the error E of a `Whitened` problem obeys Ė = −(BEC + EA). In the eigenvectors
of B each row of it then has its own matrix b C + A, in whose eigenvectors every entry decays on its own. The weights
move by ΔV1 = W2ᵀ∫E C, ΔW2 = ∫E V1ᵀ. It holds once this moves the kernel by little beside the errors that matter.
"""

import numpy as np

from .mode_times import last_crossings

# part of the task's largest singular value below which an error is rounding of zero
NOTHING = 1e-12
# rates below this part of the largest are rounding of zero
ZERO = 1e-13
# times looked at, between the first and the last in units of the fastest and the slowest rate
LOOKS, EARLIEST, LATEST = 240, 1e-2, 40.0


class LinearisedFlow:
    """The linearised flow of a `Whitened` problem from weights (w1, w2)."""

    def __init__(self, problem, w1, w2):
        self.problem, self.w1, self.w2 = problem, w1, w2
        b, self._u = np.linalg.eigh(w2 @ w2.T)
        a, b = w1.T @ w1, np.maximum(b, 0)
        if np.ndim(problem.c) == 0:
            values, self._v = np.linalg.eigh(a)
            rates = problem.c * b[:, None] + np.maximum(values, 0)
        else:
            rates, self._v = np.linalg.eigh(b[:, None, None] * problem.c + a)
        error = self._rows(self._u.T @ problem.missing(w1, w2), self._v)
        self._error = np.where(np.abs(error) > NOTHING * problem.s[0], error, 0.0)
        self._rates = np.where(rates > ZERO * rates.max(), rates, 0.0)

    @staticmethod
    def _rows(a, vectors):
        """Each row of a (..., n, m) times its own matrix of `vectors`, or the one of all."""
        return a @ vectors if vectors.ndim == 2 else (a[..., None, :] @ vectors)[..., 0, :]

    def error(self, times):
        """E at times (T,), in the modes' directions, (T, rank, rank)."""
        rank = self.problem.s.size
        decayed = self._rows(np.exp(-self._rates * times[:, None, None]) * self._error, np.swapaxes(self._v, -1, -2))
        return self._u[:rank] @ decayed[..., :rank]

    def whole_error(self, time):
        """E at a time, (outputs, inputs)."""
        return self._u @ self._rows(np.exp(-self._rates * time) * self._error, np.swapaxes(self._v, -1, -2))

    def learned(self):
        """(w1, w2) at the end, and by how much holding the kernel is wrong: errors of the groups, part of the way.

        Both are to first order in how much the kernel moves: its change times ∫E; and how that and the change of the
        weights themselves would move them, beside how far they come from the start of training.
        """
        if (self._error[self._rates == 0] != 0).any():
            return (self.w1, self.w2), (np.inf, np.inf)
        problem, area = self.problem, self._area(self._error)
        w1, w2 = self.w1 + problem.times_c(self.w2.T @ area), self.w2 + area @ self.w1.T
        wrong = problem.times_c((w2 @ w2.T - self.w2 @ self.w2.T) @ area) + area @ (w1.T @ w1 - self.w1.T @ self.w1)
        again = self._area(self._rows(self._u.T @ wrong, self._v))
        moved = (
            np.linalg.norm(problem.times_c(self.w2.T @ again))
            + np.linalg.norm(again @ self.w1.T)
            + np.linalg.norm(problem.times_c((w2 - self.w2).T @ area))
            + np.linalg.norm(area @ (w1 - self.w1).T)
        )
        way = np.linalg.norm(w1 - problem.w1) + np.linalg.norm(w2 - problem.w2)
        return (w1, w2), (problem.errors(wrong), moved / max(way, np.finfo(float).tiny))

    def _area(self, error):
        """∫ of a decaying error, given in the eigenvectors, over all times."""
        area = np.divide(error, self._rates, out=np.zeros_like(error), where=self._rates > 0)
        return self._u @ self._rows(area, np.swapaxes(self._v, -1, -2))

    def times_to_learn(self, bounds):
        """When the error of each group is below its bound for good, (groups,)."""
        rates = self._rates[(self._error != 0) & (self._rates > 0)]
        fastest, slowest = (rates.max(), rates.min()) if rates.size else (1.0, 1.0)
        times, problem = np.append(0.0, np.geomspace(EARLIEST / fastest, LATEST / slowest, LOOKS)), self.problem
        chunk = max(1, 2**22 // problem.s.size**2)
        found = [problem.errors(self.error(part)) for part in np.array_split(times, -(-times.size // chunk))]
        return last_crossings(times, np.concatenate(found), bounds)
