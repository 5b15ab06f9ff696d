"""A sequence of tasks learned one after the other: each stage starts where the one before ended.

The exact solution gives the weights at the end of a stage up to a rotation of the hidden layer, which no
observable sees, and they are λ-balanced again: so a whole curriculum has an exact solution (Domine et al. 2025,
Section 6). Gradient descent and the reference flow run the same sequence beside it.
"""

from collections.abc import Sequence
from typing import NoReturn

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from .exact import exact_solution
from .start_scale import tolerance_of
from .tasks import Task
from .trajectory import Trajectory


class TaskSequence:
    """Tasks in the order in which they are learned.

    Parameters
    ----------
    tasks : list of `Task`, or of Σyx of whitened inputs, (n_out, n_in), each perhaps with a leading axis of runs;
        an array (K, n_out, n_in) is K of them

    Each method takes weights and returns a list of K trajectories, whose clocks start at 0 with their stage.
    """

    @checks.renamed(sigma_yx="give `tasks`", sigma_xx="give a list of Task(sigma_yx, sigma_xx)")
    def __init__(self, tasks: Sequence[Task | ArrayLike] | ArrayLike) -> None:
        if isinstance(tasks, Task):
            raise ValueError("tasks must be a list of tasks; got one Task")
        try:
            tasks = list(tasks)
        except TypeError:
            raise ValueError(f"tasks must be a list of tasks, each a Task or its Σyx; got {tasks!r}") from None
        if not tasks:
            raise ValueError("a sequence needs at least one task; tasks is empty")
        self.tasks = [
            task if isinstance(task, Task) else Task(checks.matrix(f"tasks[{k}]", task, batch=True))
            for k, task in enumerate(tasks)
        ]

    @property
    def simulate(self) -> NoReturn:
        """What `descent` was called in version 0.1."""
        raise AttributeError("TaskSequence.simulate is TaskSequence.descent since version 0.2")

    def __len__(self):
        return len(self.tasks)

    def _chain(self, learn, w1, w2):
        """learn(w1, w2, task, k) for the k-th task, from where the one before ended."""
        stages = []
        for k, task in enumerate(self.tasks):
            stages.append(learn(w1, w2, task, k))
            w1, w2 = stages[-1].weights(-1)
        return stages

    def exact(
        self,
        w1: ArrayLike,
        w2: ArrayLike,
        times: ArrayLike,
        *,
        tau: float = 1.0,
        lam: ArrayLike | None = None,
        weight_decay: float = 0.0,
        balance_tolerance: float | None = None,
    ) -> list[Trajectory]:
        """Exact solutions; `times` (T,) of every stage from 0, its last the moment at which the task changes.

        λ is handed on from stage to stage as it was at the start, or as weight decay has left it: what later weights
        show of it is rounded. So is `balance_tolerance`, which follows the type of the weights as given.
        """
        if balance_tolerance is None:
            balance_tolerance = tolerance_of(w1, w2)
        how = {"tau": tau, "balance_tolerance": balance_tolerance, "weight_decay": weight_decay}
        if lam is None:
            lam = exact_solution(w1, w2, self.tasks[0], times, **how | {"weight_decay": 0.0}).lam
        last, tau, weight_decay = checks.times(times)[-1], checks.number("tau", tau), checks.weight_decay(weight_decay)

        def learn(w1, w2, task, k):
            left = np.exp(-2 * k * weight_decay * last / tau) if weight_decay else 1
            return exact_solution(w1, w2, task, times, lam=np.multiply(lam, left), **how)

        return self._chain(learn, w1, w2)

    def flow(
        self,
        w1: ArrayLike,
        w2: ArrayLike,
        times: ArrayLike,
        *,
        tau: float = 1.0,
        weight_decay: float = 0.0,
        rtol: float = 1e-12,
        atol: float | None = None,
        method: str = "DOP853",
    ) -> list[Trajectory]:
        """The same by the reference integrator; see `gradient_flow`."""
        from .flow import gradient_flow

        how = {"tau": tau, "weight_decay": weight_decay, "rtol": rtol, "atol": atol, "method": method}
        return self._chain(lambda w1, w2, task, _: gradient_flow(w1, w2, task, times, **how), w1, w2)

    def descent(
        self,
        w1: ArrayLike,
        w2: ArrayLike,
        *,
        learning_rate: ArrayLike,
        steps: int,
        weight_decay: float = 0.0,
        record_every: int | None = None,
        record_at: ArrayLike | None = None,
    ) -> list[Trajectory]:
        """The same by gradient descent, `steps` of every stage, the last of them recorded; see `gradient_descent`."""
        from .descent import gradient_descent, recorded_steps

        last = recorded_steps(steps, record_every, record_at)[-1]
        if last != steps:
            raise ValueError(f"record_at must end with the last step, {steps}, where the next task starts; got {last}")
        how = {"learning_rate": learning_rate, "steps": steps, "record_every": record_every, "record_at": record_at}
        how["weight_decay"] = weight_decay
        return self._chain(lambda w1, w2, task, _: gradient_descent(w1, w2, task, **how), w1, w2)
