"""fig1: a minimal model of rich and lazy (Domine et al. 2025, Fig. 1).

outputs   outputs ŷ = W2W1X over time, one an (output, example) pair, from λ-balanced starts with the same small
          network function at each λ
random    W2ᵀW2 − W1W1ᵀ of LeCun initialisation at one ratio of widths, ever wider, and what it is expected to be
"""

import numpy as np

from ...linear.descent import gradient_descent
from ...linear.exact import exact_solution
from ...linear.flow import gradient_flow
from ...linear.initialisation import lambda_balanced_weights, layer_variances, standard_weights
from ...linear.random_start import expected, measured, relative_distance
from ...linear.tasks import random_regression
from ...pipeline.common import deviation, drawn, stacked, step_size, thinned
from ...pipeline.frames import only
from ...pipeline.stages import Rows

SCHEME = "lecun"


def task(config, seeds):
    examples, starts, random = Rows(), Rows(), Rows()
    widths = {k: config[k] for k in ("n_in", "n_hidden", "n_out")}
    regression = random_regression(
        config["n_in"],
        config["n_out"],
        config["n_examples"],
        rng=seeds.rng("task"),
        target_std=np.sqrt(config["target_variance"]),
    )
    examples.add(n_in=config["n_in"], n_examples=config["n_examples"], x=regression.x[None])
    for lam in config["lambdas"]:
        # one stream for all λ: the same network function at each
        rng, scale = seeds.rng("start"), np.sqrt(config["weight_variance"])
        weights = lambda_balanced_weights(lam, **widths, rng=rng, scale=scale)
        rate, n_steps = config["learning_rate"], config["n_steps"]
        starts.add(lam=lam, learning_rate=rate, n_steps=n_steps, **drawn(weights, regression.sigma_yx))
    for factor in config["random"]["factors"]:
        shape = [factor * n for n in config["random"]["widths"]]
        w1, w2 = standard_weights(SCHEME, *shape, rng=seeds.rng("random", factor))
        found = measured(w1, w2)
        n_shown = min(config["random"]["n_shown"], shape[1])
        random.add(
            width_factor=factor,
            **dict(zip(("n_in", "n_hidden", "n_out"), shape, strict=True)),
            n_shown=n_shown,
            balance=(w2.T @ w2 - w1 @ w1.T)[None, :n_shown, :n_shown],
            **_balance(found, shape),
        )
    return {"data": examples, "starts": starts, "random": random}


def _balance(found, shape, prefix=""):
    """What is measured, or expected, of W2ᵀW2 − W1W1ᵀ: a Balancedness in columns."""
    return {
        f"{prefix}lam": found.lam,
        f"{prefix}diagonal_std": np.sqrt(found.diagonal),
        f"{prefix}off_diagonal_std": np.sqrt(found.off_diagonal),
        f"{prefix}relative_distance": relative_distance(found.distance, shape[1], found.lam),
    }


def _outputs(data, trajectory):
    """Ŷ = W2W1X as (K, n_out, P)."""
    return trajectory.network_function @ data["task/data"]["x"].iloc[0]


def theory(config, data):
    outputs, random = Rows(), Rows()
    for run in data["task/starts"].itertuples():
        steps = np.arange(0, run.n_steps + 1, config["record_every"])
        solution = exact_solution(run.w1, run.w2, run.sigma_yx, steps * run.learning_rate, lam=run.lam)
        _add(outputs, run, steps, solution.times, _outputs(data, solution))
    for run in data["task/random"].itertuples():
        shape = run.n_in, run.n_hidden, run.n_out
        moments = expected(*shape, layer_variances(SCHEME, *shape))
        random.add(width_factor=run.width_factor, **_balance(moments, shape, "expected_"))
    return {"outputs": outputs, "random": random}


def _add(rows, run, steps, times, outputs):
    rows.add(lam=run.lam, step=steps, t=times, n_out=run.n_out, n_examples=outputs.shape[-1], outputs=outputs)


def simulation(config, data):
    rows, agreement = Rows(), Rows()
    starts = data["task/starts"]
    first = only(data["theory/outputs"], lam=starts["lam"].iloc[0])
    steps, times = first["step"].to_numpy(), first["t"].to_numpy()
    few = thinned(steps, config["n_flow_times"])
    w1, w2, sigma_yx = stacked(starts, "w1", "w2", "sigma_yx")
    descent = gradient_descent(
        w1, w2, sigma_yx, learning_rate=config["learning_rate"], steps=steps[-1], record_at=steps
    )
    for k, run in enumerate(starts.itertuples()):
        outputs = descent.network_function[k] @ data["task/data"]["x"].iloc[0]
        _add(rows, run, steps, times, outputs)
        (exact,) = stacked(only(data["theory/outputs"], lam=run.lam), "outputs")
        flow = gradient_flow(run.w1, run.w2, run.sigma_yx, times[few])
        late = np.abs(outputs - outputs[-1]).max((1, 2)) > 0.01 * np.abs(outputs[-1]).max()
        agreement.add(
            lam=run.lam,
            deviation_outputs=deviation(outputs, exact),
            deviation_flow_outputs=deviation(_outputs(data, flow), exact[few]),
            learned_after=times[np.flatnonzero(late)[-1] + 1],
            step_size=step_size(run.learning_rate, run.lam, run.sigma_yx),
        )
    return {"outputs": rows, "agreement": agreement}
