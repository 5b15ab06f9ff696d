"""figE2: half of all zero-balanced starts fail, the parity saddle.

parity         λ = 0: det(W2W1) keeps its sign under the flow, so a start succeeds if and only if it has the
               sign of det Σyx. The others end at a saddle. Past `diagnostics.horizon` rounding takes the
               exact solution off it (quantities that end in `_rounding`). Descent leaves it earlier, because
               a finite step moves W2ᵀW2 − W1W1ᵀ away from zero by O(η).
scale          the same starts at λ > 0: every one passes, after a time ∝ log(1/λ)/s̃_min
learning rate  the time at which descent leaves the saddle of λ = 0, against η: ∝ log(1/η)/s̃_min
"""

import numpy as np

from ...linear.descent import simulate
from ...linear.initialisation import lambda_balanced_weights, random_rotation
from ...linear.observables import transpose
from ...linear.riccati import exact_solution
from ...linear.tasks import task_from_singular_values
from ...pipeline.common import RANGE, add_start, add_statistics, deviation, run_row, start, starts, time_to_fall
from ...pipeline.records import Records
from ...pipeline.sweep import in_blocks

GROUPS = {"matched": 1.0, "opposite": -1.0}  # sign of det(W2W1(0)) · det Σyx


def task(config, seeds):
    n = len(config["singular_values"])
    runs, records, tasks = [], Records(), []

    def add(panel, draw, lam, learning_rate, until):
        row = run_row(panel, lam, (n, n, n), "lambda_balanced", learning_rate, round(until / learning_rate), draw)
        runs.append(row)
        return len(runs) - 1

    def weights(draw, lam):
        return lambda_balanced_weights(lam, n, n, n, rng=seeds.rng("start", draw), scale=config["scale"])

    for draw in range(config["n_draws"]):
        run_id = add("parity", draw, 0.0, config["learning_rate"], config["until"])
        tasks.append(task_from_singular_values(config["singular_values"], n, n, rng=seeds.rng("task", draw)))
        at_zero = weights(draw, 0.0)
        add_start(records, run_id, at_zero, tasks[-1])
        records.add_matrices(run_id, "task", "rotation", random_rotation(n, seeds.rng("rotation", draw)))
        # in units of what it is made of, so that it is of order 1
        unit = config["scale"] ** (2 * n) * np.prod(config["singular_values"])
        parity = np.linalg.det(at_zero.w2 @ at_zero.w1) * np.linalg.det(tasks[-1].sigma_yx) / unit
        records.add(run_id, "task", "parity", parity)
    records.add(0, "task", "judged_at", config["judged_at"])
    records.add(0, "task", "n_shown", config["n_shown"])
    draws = np.arange(config["n_draws"])
    for lam in config["lambdas"]:
        run_id = add("scale", 0, lam, config["learning_rate"], config["until_scale"])
        starts = [weights(draw, lam) for draw in draws]
        records.add_matrices(run_id, "task", "w1", np.array([w.w1 for w in starts]), draws)
        records.add_matrices(run_id, "task", "w2", np.array([w.w2 for w in starts]), draws)
    for rate in config["learning_rates"]:
        add("learning rate", 0, 0.0, rate, config["until"])
    return runs, records


def blocks(config, data, stage):
    """Starts at λ = 0; a row has the same start at every other λ and η too."""
    return in_blocks(data.panel("parity"))


def theory_rows(config, data, runs):
    """Time to pass, horizon (0: none), time to pass of the rotated start, then at each λ time and loss at the end."""
    scale = [(run, _recorded(config, run) * run.learning_rate, *_starts(data, run)) for run in data.panel("scale")]
    rows = []
    for run in runs:
        w1, w2, sigma_yx = start(data, run)
        solution = _at_zero(config, run, w1, w2, sigma_yx)
        passed, horizon, turned = _time_to_pass(config, solution.times, solution.loss()), 0.0, 0.0
        if np.isfinite(solution.diagnostics.horizon):
            horizon, q = solution.diagnostics.horizon, data.matrix("rotation", run.run_id)
            turned = _time_to_pass(config, solution.times, _at_zero(config, run, q @ w1, w2 @ q.T, sigma_yx).loss())
        losses = [
            exact_solution(all1[run.draw], all2[run.draw], sigma_yx, times, lam=at.lam).loss()
            for at, times, all1, all2 in scale
        ]
        slow = [_time_to_pass(config, times, loss) for (_, times, *_), loss in zip(scale, losses, strict=True)]
        rows.append([passed, horizon, turned, *slow, *(loss[-1] for loss in losses)])
    return rows


def _at_zero(config, run, w1, w2, sigma_yx):
    return exact_solution(w1, w2, sigma_yx, _recorded(config, run) * run.learning_rate, lam=0.0)


def theory(config, data, rows):
    records, first = Records(), data.runs[0].run_id
    parity, groups = data.panel("parity"), _groups(data)
    for run in _shown(config, data):
        steps, solution = _recorded(config, run), _at_zero(config, run, *start(data, run))
        loss, reliable = solution.loss(), solution.times <= solution.diagnostics.horizon
        # beyond the horizon rounding decides
        for name, part in (("loss", reliable), ("loss_rounding", ~reliable)):
            if part.any():
                records.add(run.run_id, "theory", name, loss[part], steps[part], solution.times[part])
    passed, horizons, turned, *scale = np.array([rows[run.run_id] for run in parity]).T
    saddle, draws = horizons > 0, np.arange(len(parity))
    records.add(first, "theory", "saddle", saddle, draws)
    records.add(first, "theory", "time_to_pass", passed[~saddle], draws[~saddle])
    records.add(first, "theory", "time_to_pass_rounding", passed[saddle], draws[saddle])
    records.add(first, "theory", "horizon", horizons[saddle].min())
    records.add(first, "theory", "shift_rounding", np.abs(turned - passed)[saddle].max())
    _verdict(config, data, records, "theory", passed)

    slow, final = np.split(np.array(scale), 2)
    for run, times in zip(data.panel("scale"), slow, strict=True):
        _summary(data, records, run, "theory", times)
    slopes = _slope(config, "lambdas", "slope_until", slow[:, groups["opposite"]])
    add_statistics(records, first, "theory", "slope_scale", slopes, RANGE)
    records.add(first, "theory", "expected_slope", 1 / min(config["singular_values"]))
    _success(config, records, first, "theory", final)
    return records


def _descend(config, run, w1, w2, sigma_yx):
    """Loss over recorded time, (draws, K), and the time to pass, with the run's η and number of steps."""
    at, rate = _recorded(config, run), run.learning_rate
    loss = simulate(w1, w2, sigma_yx, learning_rate=rate, steps=run.n_steps, record_at=at).loss()
    return loss, _time_to_pass(config, at * rate, loss)


def simulation_rows(config, data, runs):
    """Time to pass, deviation from the exact loss, time of the rotated start, then at each η, at each λ time and loss.

    The rotated start and each η are of the starts of opposite parity, 0 for the others.
    """
    w1, w2, sigma_yx = starts(data, runs)
    loss, passed = _descend(config, runs[0], w1, w2, sigma_yx)
    # before the verdict: afterwards descent leaves the saddle and the flow does not
    known = _recorded(config, runs[0]) * runs[0].learning_rate <= config["judged_at"]
    exact = [_at_zero(config, run, *start(data, run)).loss() for run in runs]
    deviations = [deviation(values[known], of[known]) for values, of in zip(loss, exact, strict=True)]

    stuck = np.array([data.number("parity", run.run_id, "task") for run in runs]) < 0
    q = np.array([data.matrix("rotation", run.run_id) for run in runs])[stuck]
    of_stuck = w1[stuck], w2[stuck], sigma_yx[stuck]
    turned = (runs[0], q @ w1[stuck], w2[stuck] @ transpose(q), sigma_yx[stuck])
    columns = [passed, deviations]
    for case in (turned, *((run, *of_stuck) for run in data.panel("learning rate"))):
        columns.append(np.zeros(len(runs)))
        if stuck.any():
            columns[-1][stuck] = _descend(config, *case)[1]

    draws, final = [run.draw for run in runs], []
    for run in data.panel("scale"):
        loss, slow = _descend(config, run, *(w[draws] for w in _starts(data, run)), sigma_yx)
        columns.append(slow)
        final.append(loss[:, -1])
    return np.column_stack(columns + final)


def simulation(config, data, rows):
    records, first = Records(), data.runs[0].run_id
    parity, stuck = data.panel("parity"), _groups(data)["opposite"]
    shown, steps = _shown(config, data), _recorded(config, parity[0])
    for run, values in zip(shown, _descend(config, parity[0], *starts(data, shown))[0], strict=True):
        records.add(run.run_id, "simulation", "loss", values, steps, steps * run.learning_rate)
    passed, deviations, turned, *more = np.array([rows[run.run_id] for run in parity]).T
    n_rates = len(data.panel("learning rate"))
    for run, value in zip(parity, deviations, strict=True):
        records.add(run.run_id, "simulation", "deviation_loss", value)
    records.add(first, "simulation", "time_to_pass", passed, np.arange(len(parity)))
    _verdict(config, data, records, "simulation", passed)
    records.add(first, "simulation", "shift_rounding", np.abs(turned - passed)[stuck].max())

    slow, final = np.split(np.array(more[n_rates:]), 2)
    for run, times in zip(data.panel("scale"), slow, strict=True):
        _summary(data, records, run, "simulation", times)
    _success(config, records, first, "simulation", final)
    escapes = np.array(more[:n_rates])[:, stuck]
    for run, times in zip(data.panel("learning rate"), escapes, strict=True):
        add_statistics(records, run.run_id, "simulation", "time_to_pass", times, RANGE)
    slope = _slope(config, "learning_rates", "slope_rates_until", escapes.mean(1))
    records.add(first, "simulation", "slope_learning_rate", slope)
    return records


def _shown(config, data):
    """The runs whose loss is drawn: the first of either parity."""
    parity = data.panel("parity")
    chosen = [np.flatnonzero(members)[: config["n_shown"]] for members in _groups(data).values()]
    return [parity[k] for k in np.sort(np.concatenate(chosen))]


def _recorded(config, run):
    """About every `record_interval` of time, the last step included."""
    n = round(run.n_steps * run.learning_rate / config["record_interval"])
    return np.unique(np.linspace(0, run.n_steps, n + 1).round().astype(int))


def _starts(data, run):
    return (data.matrices(name, run.run_id, "task")[2] for name in ("w1", "w2"))


def _groups(data):
    """Draws of either parity, as masks."""
    parity = np.array([data.number("parity", run.run_id, "task") for run in data.panel("parity")])
    groups = {name: parity * sign > 0 for name, sign in GROUPS.items()}
    if not all(members.any() for members in groups.values()):
        raise ValueError(f"figE2.n_draws = {parity.size}: all starts drawn are of one parity; draw more")
    return groups


def _threshold(config):
    """Half the loss of the slowest mode unlearned."""
    return 0.5 * (0.5 * min(config["singular_values"]) ** 2)


def _time_to_pass(config, times, loss):
    """When the loss (..., T) first falls below the threshold; the last time if it does not."""
    return time_to_fall(times, loss, _threshold(config))


def _slope(config, name, limit, times):
    """Slopes of times (K, …) in log(1/config[name]), fitted where that is at most config[limit]."""
    x = np.array(config[name])
    fitted = x <= config[limit]
    if fitted.sum() < 2:
        raise ValueError(f"figE2.{limit} = {config[limit]:g} leaves fewer than two of figE2.{name} to fit a slope to")
    return np.polyfit(np.log(1 / x[fitted]), times[fitted], 1)[0]


def _verdict(config, data, records, source, time_to_pass):
    """Success at the time of judgement against parity, and how long either group needs."""
    first, groups = data.runs[0].run_id, _groups(data)
    agree = (time_to_pass < config["judged_at"]) == groups["matched"]
    records.add(first, source, "agreement", agree.mean())
    for name, members in groups.items():
        suffix = "_rounding" if source == "theory" and name == "opposite" else ""
        records.add(first, source, f"count_{name}", members.sum())
        records.add(first, source, f"earliest_{name}{suffix}", time_to_pass[members].min())
        records.add(first, source, f"latest_{name}{suffix}", time_to_pass[members].max())


def _success(config, records, run_id, source, final):
    """Fraction of all starts at all λ ≠ 0 below the threshold at the end, and the largest loss there."""
    records.add(run_id, source, "succeeded_scale", (final < _threshold(config)).mean())
    records.add(run_id, source, "loss_final_scale", final.max())


def _summary(data, records, run, source, time_to_pass):
    """Mean, least and largest time to pass of either group at one λ."""
    for group, members in _groups(data).items():
        add_statistics(records, run.run_id, source, f"time_to_pass_{group}", time_to_pass[members], RANGE)
