"""A sequence of tasks learned one after the other: each stage starts where the one before ended.

The exact solution gives the weights at the end of a stage up to a rotation of the hidden layer, which no
observable sees, and they are λ-balanced again: so a whole curriculum has an exact solution (Domine et al. 2025,
Section 6). Gradient descent and the reference flow run the same sequence beside it.
"""

from .. import checks
from .riccati import exact_solution


class TaskSequence:
    """Tasks with a common Σxx = cI, in the order in which they are learned.

    Parameters
    ----------
    sigma_yx : (K, n_out, n_in) array, or K arrays, one a task; for `simulate` each may have a leading axis of runs
    sigma_xx : the number c of Σxx = cI (whitened: 1)

    Each method takes weights and returns a list of K trajectories, whose clocks start at 0 with their stage.
    """

    def __init__(self, sigma_yx, sigma_xx=1.0):
        self.sigma_yx = [checks.matrix(f"sigma_yx[{k}]", sigma, batch=True) for k, sigma in enumerate(sigma_yx)]
        if not self.sigma_yx:
            raise ValueError("a sequence needs at least one task; sigma_yx is empty")
        self.sigma_xx = checks.number("sigma_xx", sigma_xx, positive=True)

    def __len__(self):
        return len(self.sigma_yx)

    def _chain(self, learn, w1, w2):
        stages = []
        for sigma_yx in self.sigma_yx:
            stages.append(learn(w1, w2, sigma_yx))
            w1, w2 = stages[-1].weights(-1)
        return stages

    def exact(self, w1, w2, times, tau=1.0, lam=None):
        """Exact solutions; `times` (T,) of every stage from 0, its last the moment at which the task changes.

        λ is handed on from stage to stage as it was at the start: what later weights show of it is rounded.
        """
        if lam is None:
            lam = exact_solution(w1, w2, self.sigma_yx[0], times, tau, self.sigma_xx).lam
        return self._chain(lambda w1, w2, sigma: exact_solution(w1, w2, sigma, times, tau, self.sigma_xx, lam), w1, w2)

    def flow(self, w1, w2, times, tau=1.0, **integrator):
        """The same by the reference integrator; see `gradient_flow`."""
        from .flow import gradient_flow

        return self._chain(
            lambda w1, w2, sigma: gradient_flow(w1, w2, sigma, times, tau, self.sigma_xx, **integrator), w1, w2
        )

    def simulate(self, w1, w2, *, learning_rate, steps, **recording):
        """The same by gradient descent, `steps` of every stage; see `simulate`."""
        from .descent import simulate

        descent = {"learning_rate": learning_rate, "steps": steps, "sigma_xx": self.sigma_xx, **recording}
        stages = self._chain(lambda w1, w2, sigma: simulate(w1, w2, sigma, **descent), w1, w2)
        last = stages[0].steps[-1]
        if last != steps:
            raise ValueError(f"record_at must end with the last step, {steps}, where the next task starts; got {last}")
        return stages
