"""figE2: half of all zero-balanced starts fail, the parity saddle.

at_zero   λ = 0: det(W2W1) keeps its sign under the flow, so a start succeeds if and only if it has the
          sign of det Σyx. The others end at a saddle. Past `diagnostics.horizon` rounding takes the
          exact solution off it. Descent leaves it earlier, because a finite step moves W2ᵀW2 − W1W1ᵀ
          away from zero by O(η).
off_zero  the same starts at λ > 0: every one passes, after a time ∝ log(1/λ)/s̃_min
escape    the time at which descent leaves the saddle of λ = 0, against η: ∝ log(1/η)/s̃_min
"""

import numpy as np

from ...linear.descent import gradient_descent
from ...linear.exact import exact_solution
from ...linear.initialisation import lambda_balanced_weights, random_rotation
from ...linear.observables import transpose
from ...linear.tasks import task_from_singular_values
from ...pipeline.common import deviation, stacked, step_size, time_to_fall
from ...pipeline.frames import each
from ...pipeline.stages import Rows
from ...pipeline.sweep import in_blocks


def task(config, seeds):
    draws, starts = Rows(), Rows()
    n, parities = len(config["singular_values"]), []
    for draw in range(config["n_draws"]):
        sigma_yx = task_from_singular_values(config["singular_values"], n, n, rng=seeds.rng("task", draw)).sigma_yx
        rotation = random_rotation(n, seeds.rng("rotation", draw))
        at_zero = _start(config, seeds, draw, 0.0)
        # in units of what it is made of, so that it is of order 1
        unit = config["scale"] ** (2 * n) * np.prod(config["singular_values"])
        parities.append(np.linalg.det(at_zero.w2 @ at_zero.w1) * np.linalg.det(sigma_yx) / unit)
        draws.add(draw=draw, n=n, sigma_yx=sigma_yx[None], rotation=rotation[None], parity=parities[-1])
    if min(parities) > 0 or max(parities) < 0:
        raise ValueError(f"figE2.n_draws = {len(parities)}: all starts drawn are of one parity; draw more")
    for lam in (0.0, *config["lambdas"]):
        for draw in range(config["n_draws"]):
            w1, w2 = _start(config, seeds, draw, lam)
            starts.add(lam=lam, draw=draw, n=n, w1=w1[None], w2=w2[None])
    return {"draws": draws, "starts": starts}


def _start(config, seeds, draw, lam):
    n = len(config["singular_values"])
    return lambda_balanced_weights(lam, n, n, n, rng=seeds.rng("start", draw), scale=config["scale"])


def blocks(config, data, stage):
    """Draws; a row has the start at λ = 0 and that at every other λ and η too."""
    return in_blocks(data["task/draws"])


def _starts(data):
    """w1 and w2 of every draw, (draws, n, n), at λ = 0 and at each of the other λ."""
    at_zero, *others = (stacked(starts, "w1", "w2") for starts in each(data["task/starts"], "lam"))
    return at_zero, others


def _steps(config, until, rate):
    """About every `record_interval` of time, the last step included."""
    n_steps = round(until / rate)
    n = round(n_steps * rate / config["record_interval"])
    return np.unique(np.linspace(0, n_steps, n + 1).round().astype(int))


def theory_rows(config, data, draws):
    """Time to pass, horizon (0: none), time to pass of the rotated start, then at each λ time and loss at the end."""
    (all1, all2), others = _starts(data)
    times = _steps(config, config["until_scale"], config["learning_rate"]) * config["learning_rate"]
    rows = []
    for draw in draws.itertuples():
        w1, w2 = all1[draw.draw], all2[draw.draw]
        _, solution = _at_zero(config, w1, w2, draw.sigma_yx)
        passed, horizon, turned = _time_to_pass(config, solution.times, solution.loss()), 0.0, 0.0
        if np.isfinite(solution.diagnostics.horizon):
            horizon, q = solution.diagnostics.horizon, draw.rotation
            rotated = _at_zero(config, q @ w1, w2 @ q.T, draw.sigma_yx)[1]
            turned = _time_to_pass(config, solution.times, rotated.loss())
        losses = [
            exact_solution(first[draw.draw], second[draw.draw], draw.sigma_yx, times, lam=lam).loss()
            for lam, (first, second) in zip(config["lambdas"], others, strict=True)
        ]
        slow = [_time_to_pass(config, times, loss) for loss in losses]
        rows.append([passed, horizon, turned, *slow, *(loss[-1] for loss in losses)])
    return rows


def _at_zero(config, w1, w2, sigma_yx):
    """Recorded steps and the exact solution at λ = 0."""
    steps = _steps(config, config["until"], config["learning_rate"])
    return steps, exact_solution(w1, w2, sigma_yx, steps * config["learning_rate"], lam=0.0)


def theory(config, data, rows):
    at_zero, saddles, off_zero, curves = Rows(), Rows(), Rows(), Rows()
    draws, (all1, all2) = data["task/draws"], _starts(data)[0]
    passed, horizons, turned, *more = np.array([rows[index] for index in draws.index]).T
    slow, final = np.split(np.array(more), 2)
    saddle = horizons > 0
    at_zero.add(**_verdict(config, draws, passed), saddle=saddle)
    saddles.add(
        draw=draws["draw"][saddle],
        horizon=horizons[saddle],
        shift=np.abs(turned - passed)[saddle],
        slope=_slopes(config, slow[:, saddle]),
        expected_slope=1 / min(config["singular_values"]),
    )
    _add_off_zero(off_zero, config, draws, slow, final)
    for draw in _shown(config, draws).itertuples():
        steps, solution = _at_zero(config, all1[draw.draw], all2[draw.draw], draw.sigma_yx)
        reliable = solution.times <= solution.diagnostics.horizon  # beyond it rounding decides
        curves.add(draw=draw.draw, step=steps, t=solution.times, loss=solution.loss(), reliable=reliable)
    return {"at_zero": at_zero, "saddles": saddles, "off_zero": off_zero, "curves": curves}


def _descend(config, until, rate, w1, w2, sigma_yx):
    """Loss over recorded time, (draws, K), and the time to pass."""
    steps = _steps(config, until, rate)
    loss = gradient_descent(w1, w2, sigma_yx, learning_rate=rate, steps=steps[-1], record_at=steps).loss()
    return loss, _time_to_pass(config, steps * rate, loss)


def simulation_rows(config, data, draws):
    """Time to pass, deviation from the exact loss, time of the rotated start, then at each η, at each λ time and loss.

    The rotated start and each η are of the starts of opposite parity, 0 for the others.
    """
    (all1, all2), others = _starts(data)
    sigma_yx, rotation = stacked(draws, "sigma_yx", "rotation")
    w1, w2, rate = all1[draws["draw"]], all2[draws["draw"]], config["learning_rate"]
    loss, passed = _descend(config, config["until"], rate, w1, w2, sigma_yx)
    # before the verdict: afterwards descent leaves the saddle and the flow does not
    known = _steps(config, config["until"], rate) * rate <= config["judged_at"]
    exact = [_at_zero(config, *start)[1].loss() for start in zip(w1, w2, sigma_yx, strict=True)]
    deviations = [deviation(values[known], of[known]) for values, of in zip(loss, exact, strict=True)]

    stuck = (draws["parity"] < 0).to_numpy()
    q, of_stuck = rotation[stuck], (w1[stuck], w2[stuck], sigma_yx[stuck])
    turned = (rate, q @ w1[stuck], w2[stuck] @ transpose(q), sigma_yx[stuck])
    columns, final = [passed, deviations], []
    for case in (turned, *((other, *of_stuck) for other in config["learning_rates"])):
        columns.append(np.zeros(len(draws)))
        if stuck.any():
            columns[-1][stuck] = _descend(config, config["until"], *case)[1]

    for first, second in others:
        loss, slow = _descend(
            config, config["until_scale"], rate, first[draws["draw"]], second[draws["draw"]], sigma_yx
        )
        columns.append(slow)
        final.append(loss[:, -1])
    return np.column_stack(columns + final)


def simulation(config, data, rows):
    at_zero, saddles, off_zero, escape, curves = Rows(), Rows(), Rows(), Rows(), Rows()
    draws, rate = data["task/draws"], config["learning_rate"]
    stuck = (draws["parity"] < 0).to_numpy()
    passed, deviations, turned, *more = np.array([rows[index] for index in draws.index]).T
    sizes = [step_size(rate, 0.0, sigma_yx) for sigma_yx in draws["sigma_yx"]]
    at_zero.add(**_verdict(config, draws, passed), deviation_loss=deviations, step_size=sizes)
    saddles.add(draw=draws["draw"][stuck], shift=np.abs(turned - passed)[stuck])
    n_rates = len(config["learning_rates"])
    for other, times in zip(config["learning_rates"], more[:n_rates], strict=True):
        escape.add(learning_rate=other, draw=draws["draw"][stuck], time_to_pass=times[stuck])
    _add_off_zero(off_zero, config, draws, *np.split(np.array(more[n_rates:]), 2))

    shown, steps = _shown(config, draws), _steps(config, config["until"], rate)
    starts = [w[shown["draw"]] for w in _starts(data)[0]]
    losses = _descend(config, config["until"], rate, *starts, *stacked(shown, "sigma_yx"))[0]
    for draw, loss in zip(shown["draw"], losses, strict=True):
        curves.add(draw=draw, step=steps, t=steps * rate, loss=loss)
    return {"at_zero": at_zero, "saddles": saddles, "off_zero": off_zero, "escape": escape, "curves": curves}


def _shown(config, draws):
    """The draws whose loss is drawn: the first of either parity."""
    return draws.groupby(draws["parity"] > 0).head(config["n_shown"])


def _threshold(config):
    """Half the loss of the slowest mode unlearned."""
    return 0.5 * (0.5 * min(config["singular_values"]) ** 2)


def _time_to_pass(config, times, loss):
    """When the loss (..., T) first falls below the threshold; the last time if it does not."""
    return time_to_fall(times, loss, _threshold(config))


def _slopes(config, times):
    """Slopes of times (K, …) in log(1/λ), fitted at small λ."""
    lams = np.array(config["lambdas"])
    fitted = lams <= config["slope_until"]
    return np.polyfit(np.log(1 / lams[fitted]), times[fitted], 1)[0]


def _verdict(config, draws, time_to_pass):
    """Columns of starts at λ = 0: success at the time of judgement against parity."""
    matched, learned = draws["parity"] > 0, time_to_pass < config["judged_at"]
    return {
        **{"draw": draws["draw"], "matched": matched, "time_to_pass": time_to_pass},
        **{"judged_at": config["judged_at"], "learned": learned, "agrees": learned == matched},
    }


def _add_off_zero(rows, config, draws, slow, final):
    """Time to pass and loss at the end, (λ, draws), of the starts at λ > 0."""
    for lam, times, loss in zip(config["lambdas"], slow, final, strict=True):
        matched, learned = draws["parity"] > 0, loss < _threshold(config)
        rows.add(lam=lam, draw=draws["draw"], matched=matched, time_to_pass=times, loss=loss, learned=learned)
