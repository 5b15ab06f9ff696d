"""What only the claims and the caption of fig2 need."""

from inspect import signature

import numpy as np

from ...linear.flow import gradient_flow
from ...pipeline.common import stacked
from ...pipeline.frames import only


def layer_singular_value_gap(results, figure, table):
    """Theorem 5.2 at every moment: the largest difference of the eigenvalues of W1ᵀW1 and W2W2ᵀ from what the singular
    values of W2W1 and λ give, relative to the largest eigenvalue.
    """
    worst = 0.0
    for run in results.frame(figure, "task/starts").itertuples():
        moments = only(results.frame(figure, table), lam=run.lam)
        (function,) = stacked(moments, "network_function")
        m = min(run.n_in, run.n_hidden, run.n_out)
        s = np.linalg.svd(function, compute_uv=False)[:, :m]
        for name, sign in (("input_representation", -1), ("output_representation", 1)):
            values = np.linalg.eigvalsh(stacked(moments, name)[0])[:, ::-1]
            expected = (np.sqrt(run.lam**2 + 4 * s**2) + sign * run.lam) / 2
            worst = max(worst, np.abs(values[:, :m] - expected).max() / values.max())
    return worst


def integrator_tolerance(results, figure):
    """The relative tolerance of the integrator that the exact solution is compared with."""
    return signature(gradient_flow).parameters["rtol"].default
