"""The course of training from λ-balanced weights with isotropic inputs, by the exact solution."""

import numpy as np

from .course import Course
from .exact import exact_solution
from .integration import bounds_of
from .mode_times import times_to_learn
from .tasks import Task

# first time looked at in units of the fastest rate, last in units of the slowest, and how many in a factor of ten:
# e^1500 is more than the ratio of any two numbers
EARLIEST, LATEST, LOOKS = 1e-3, 1500.0, 24
# relative error of the weights past a saddle from which on its times are uncertain
UNSURE = 1e-3


def balanced_course(problem, lam, fraction, off, tolerance):
    """The `Course` of a `Whitened` problem of isotropic inputs whose start is λ-balanced to `tolerance`.

    `off` : by how much it is not, relative to ‖W1‖² + ‖W2‖²
    """
    root, rank = np.sqrt(problem.c), problem.s.size
    m = problem.missing(0 * problem.w1, problem.w2)
    task = Task(root * m, problem.c)
    solution = exact_solution(problem.w1 / root, problem.w2, task, [0.0], lam=lam, balance_tolerance=tolerance)
    found = solution.diagnostics
    strongest = max(problem.s[0], np.linalg.norm(problem.w2 @ problem.w1, 2)) / root
    earliest = EARLIEST / (problem.c * np.hypot(lam, 2 * strongest))
    latest = min(LATEST / _slowest(problem, lam), found.horizon / 2)
    earliest = min(earliest, latest / 2)
    times = np.append(0.0, np.geomspace(earliest, latest, int(LOOKS * np.log10(latest / earliest)) + 2))
    floor = (problem.s[problem.reach :] ** 2).sum()

    def errors(at):
        return solution._over_time(
            lambda a, b: problem.errors(m[:rank, :rank] - b[:, :rank] @ (root * a[..., :rank])), at
        )

    squares = solution._over_time(lambda a, b: ((m - root * (b @ a)) ** 2).sum((-2, -1)), times)
    end = solution.at([latest]).weights(0)
    learned = times_to_learn(errors, times, bounds_of(problem, fraction))
    return Course(
        times=learned,
        end=(root * end[0], end[1]),
        t=times,
        excess=np.maximum(squares - floor, 0.0) / 2,
        numbers_by="exact",
        saddle=found.saddle,
        horizon=found.horizon,
        sure=found.saddle or max(off * found.norm / found.sigma_min, found.relative_error) < UNSURE,
    )


def _slowest(problem, lam):
    """The slowest rate: by how much the eigenvalue of the last mode learned is above that of the first that is not.

    That one is |λ|/2 where all are learned, and √(s̃² + λ²/4) of the first that a narrow hidden layer leaves out.
    """
    last = problem.s[problem.groups[-1].first]
    left = problem.s[problem.groups[-1].last :][:1]
    next_ = left[0] if left.size else 0.0
    root, half = np.sqrt(problem.c), abs(lam) / 2
    above, below = np.hypot(last / root, half), np.hypot(next_ / root, half)
    return (last - next_) * ((last + next_) / (above + below))
