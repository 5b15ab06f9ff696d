"""Random problems for property tests: every feasible shape, λ, rank and scale."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

import lazyrich as lr
from lazyrich.linear.initialisation import infeasible

LAMS = (0.0, 1e-12, -1e-12, 1e-6, -1e-3, 0.5, -1.0, 2.0, -5.0, 30.0, 100.0, -100.0, 1e3, -1e3)
EPS = np.finfo(float).eps


@dataclass
class Problem:
    lam: float
    w1: np.ndarray
    w2: np.ndarray
    sigma_yx: np.ndarray
    tau: float
    sigma_xx: float

    @property
    def shape(self):
        return self.w1.shape[1], self.w1.shape[0], self.w2.shape[0]

    @property
    def task(self):
        return lr.Task(self.sigma_yx, self.sigma_xx)

    def solve(self, times, **kwargs):
        return lr.exact_solution(self.w1, self.w2, self.task, times, tau=self.tau, lam=self.lam, **kwargs)


@st.composite
def problems(draw, lams=LAMS, most=5, kinds=("full", "deficient", "ill", "zero"), scales=(1e-6, 1e-3, 0.1, 1.0)):
    """A λ-balanced start and a task; `kinds` are the ranks and conditionings of Σyx."""
    width = st.integers(1, most)
    n_in, n_hidden, n_out = draw(width), draw(width), draw(width)
    feasible = [lam for lam in lams if not infeasible(lam, n_in, n_hidden, n_out)]
    if not feasible:
        n_hidden, feasible = 1, list(lams)
    lam = draw(st.sampled_from(feasible))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    u, s, vt = np.linalg.svd(rng.standard_normal((n_out, n_in)), full_matrices=False)
    kind = draw(st.sampled_from(kinds))
    if kind == "deficient":
        s[draw(st.integers(0, s.size - 1)) :] = 0
    elif kind == "ill":
        s *= 10.0 ** -rng.uniform(0, 8, s.size)
    elif kind == "zero":
        s[:] = 0
    w1, w2 = lr.lambda_balanced_weights(lam, n_in, n_hidden, n_out, rng=rng, scale=draw(st.sampled_from(scales)))
    tau, sigma_xx = draw(st.sampled_from([1.0, 2.5])), draw(st.sampled_from([1.0, 0.125, 4.0]))
    return Problem(lam, w1, w2, (u * s) @ vt, tau, sigma_xx)


def tolerance(solution, base):
    """`base`, or what the start's conditioning leaves: 100 ε‖K‖/σ_min(B) (see `Diagnostics`)."""
    error = solution.diagnostics.relative_error
    return base if solution.diagnostics.saddle else max(base, 100 * error)
