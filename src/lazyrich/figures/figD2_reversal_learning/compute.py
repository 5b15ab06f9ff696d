"""figD2: reversal learning. Train on Σ to convergence, then on −Σ (Domine et al. 2025, Section 6 and App. D).

A mode of the reversed task starts at a = −s̃ and must pass a = 0, where ȧ = √(λ² + 4a²)(s̃ − a) is |λ|s̃.

aligned    one start aligned with the task, at several λ. λ = 0 is the separatrix: the mode formula stays for ever.
           In floating point rounding takes solution and descent off it, mode by mode at ln(1e16)/s̃. What is later
           than `trusted` of the first of these times ends in `_rounding`.
flow       the same start at the least |λ| for which the integrator is a reference
time       the reversal time of each mode against |λ|, the sign of λ alternating
unaligned  random tasks and starts: time to learn, and time to reverse
shallow    one layer, Ẇ = Σ − W, from the first of these starts
aligned zero, random zero
           λ = 0 by descent at several η: the aligned start in rotated hidden layers, which leaves by rounding, and
           random starts, whose finite steps have moved W2ᵀW2 − W1W1ᵀ away from zero by O(η) before the reversal
"""

import numpy as np

from ...linear.initialisation import Weights, aligned_weights, lambda_balanced_weights, random_rotation
from ...linear.modes import time_to_reach
from ...linear.observables import transpose
from ...linear.sequence import TaskSequence
from ...linear.tasks import task_from_correlation, task_from_singular_values
from ...pipeline.common import add_sequence, add_statistics, deviation, run_row, sequence, with_matching_sign
from ...pipeline.records import Records
from . import reversal

ZERO = ("aligned zero", "random zero")
# panel -> its block within the config; the others use the config itself
BLOCKS = {"time": "time", "unaligned": "unaligned", "shallow": "unaligned", **dict.fromkeys(ZERO, "zero")}


def task(config, seeds):
    s, runs, records = config["singular_values"], [], Records()
    n, block = len(s), config["unaligned"]

    def both(*names):
        forward = task_from_singular_values(s, n, n, rng=seeds.rng(*names))
        return forward, task_from_correlation(-forward.sigma_yx)

    def add(panel, lam, weights, tasks, rate=None, draw=0):
        part = _block(config, panel)
        rate = part["learning_rate"] if rate is None else rate
        add_sequence(records, len(runs), weights, tasks)
        init = "lambda_balanced" if panel in ("unaligned", "shallow", ZERO[1]) else "aligned"
        runs.append(run_row(panel, lam, (n, n, n), init, rate, round(part["until"] / rate), draw))

    def aligned(lam):
        return aligned_weights(lam, one[0].sigma_yx, n * [config["initial"]], n, rng=seeds.rng("aligned"))

    def random(draw, lam):
        return lambda_balanced_weights(lam, n, n, n, rng=seeds.rng("start", draw), scale=block["scale"])

    one, tasks = both("aligned task"), [both("task", draw) for draw in range(block["n_draws"])]
    time = config["time"]
    magnitudes = np.geomspace(time["least"], time["largest"], time["n_lambdas"])
    records.add(len(config["lambdas"] + config["flow_lambdas"]), "task", "rounding_below", time["rounding_below"])
    for panel, lams in (
        ("aligned", config["lambdas"]),
        ("flow", config["flow_lambdas"]),
        ("time", magnitudes * (-1.0) ** np.arange(magnitudes.size)),
    ):
        for lam in lams:
            add(panel, lam, aligned(lam), one)
    for lam in block["lambdas"]:
        for draw, pair in enumerate(tasks):
            shown = lam in block["shown_lambdas"] and draw < block["n_shown"]
            records.add(len(runs), "task", "shown", shown)
            add("unaligned", lam, random(draw, lam), pair, draw=draw)
    add("shallow", 0.0, random(0, 0.0), tasks[0])
    for rate in config["zero"]["learning_rates"]:
        for draw, pair in enumerate(tasks):
            q, (w1, w2) = random_rotation(n, seeds.rng("rotation", draw)), aligned(0.0)
            add(ZERO[0], 0.0, Weights(q @ w1, w2 @ q.T), one, rate, draw)
            add(ZERO[1], 0.0, with_matching_sign(random(draw, 0.0), pair[0].sigma_yx), pair, rate, draw)
    return runs, records


def theory(config, data):
    records, s, first = Records(), np.array(config["singular_values"]), data.runs[0].run_id
    expected = {"expected_escape": reversal.escape_time(config), "trusted_until": reversal.trusted_until(config)}
    for name, value in {"targets": s, "half_square": 0.5 * (s**2).sum(), **expected}.items():
        records.add(first, "theory", name, value)
    least, losses = s.min(), {}
    side = np.geomspace(config["phase"]["least"] * least, least, config["phase"]["n_points"])
    for run in data.panel("aligned"):
        stages = _exact(config, data, run)
        losses[run.lam] = reversal.add_aligned(config, records, run, stages, "theory")
        reversal.add_formula(config, records, run, stages, s)
        for name, a in (("below", -side[::-1]), ("above", side[:-1])):
            records.add(run.run_id, "theory", f"phase_strength_{name}", a, np.arange(a.size))
            velocity = np.hypot(run.lam, 2 * a) * (least - a)
            records.add(run.run_id, "theory", f"phase_velocity_{name}", velocity, np.arange(a.size))
    reversal.add_asymmetry(records, first, "theory", losses)
    _closed_form(config, data, records, s)
    times = [reversal.half_times(_exact(config, data, run)[1], s) for run in data.panel("time")]
    _times(config, data, records, "theory", np.array(times))
    for lam in config["unaligned"]["lambdas"]:
        runs = _at(data, "unaligned", lam)
        formula = time_to_reach(s / 2, s, -s, lam).max()
        records.add(runs[0].run_id, "theory", "time_last_formula", formula, task_index=1)
        measured = [[reversal.measure(stage, s) for stage in _exact(config, data, run)] for run in runs]
        stages = [[np.array(part) for part in zip(*stage, strict=True)] for stage in zip(*measured, strict=True)]
        _unaligned(config, data, records, runs, "theory", stages)
    _shallow(config, data, records, "theory")
    rotated = [_exact(config, data, run)[1] for run in data.panel(ZERO[0])[: config["unaligned"]["n_draws"]]]
    escape = np.array([reversal.half_times(stage, s).max(-1) for stage in rotated])
    add_statistics(records, first, "theory", "escape_last_rounding", escape[np.isfinite(escape)])
    return records


def simulation(config, data):
    records, s, losses = Records(), np.array(config["singular_values"]), {}
    for run in data.panel("aligned"):
        w1, w2, sigmas = sequence(data, run, 2)
        how = {"learning_rate": run.learning_rate, "steps": run.n_steps}
        stages = TaskSequence(sigmas).simulate(w1, w2, record_every=1, **how)
        losses[run.lam] = reversal.add_aligned(config, records, run, stages, "simulation", data)
        a = reversal.strengths(stages[1].network_function, sigmas[1])[:, s.argmin()]
        velocity = (a[2:] - a[:-2]) / (2 * run.learning_rate)
        # denser early, when it moves fast
        at = np.unique(np.geomspace(1, velocity.size, config["phase"]["n_records"]).astype(int)) - 1
        at = at[stages[1].times[at + 1] <= reversal.trusted_until(config)]
        records.add(run.run_id, "simulation", "phase_strength", a[1:-1][at], at + 1)
        records.add(run.run_id, "simulation", "phase_velocity", velocity[at], at + 1)
    reversal.add_asymmetry(records, data.runs[0].run_id, "simulation", losses)
    _, second = _descend(config, data, data.panel("time"))
    _times(config, data, records, "simulation", reversal.half_times(second, s))
    for lam in config["unaligned"]["lambdas"]:
        runs = _at(data, "unaligned", lam)
        stages = [reversal.measure(stage, s) for stage in _descend(config, data, runs)]
        _unaligned(config, data, records, runs, "simulation", stages)
    _shallow(config, data, records, "simulation")
    for panel in ZERO:
        _zero(config, data, records, panel, s)
    for run in data.panel("aligned") + data.panel("flow") + [run for run in data.panel("unaligned") if run.draw == 0]:
        records.add(run.run_id, "flow", "deviation_qqt", _flow_deviation(config, data, run))
    return records


def _block(config, panel):
    return config[BLOCKS[panel]] if panel in BLOCKS else config


def _at(data, panel, lam):
    return [run for run in data.panel(panel) if run.lam == lam]


def _exact(config, data, run):
    w1, w2, sigmas = sequence(data, run, 2)
    return TaskSequence(sigmas).exact(w1, w2, reversal.recorded_steps(config, run) * run.learning_rate, lam=run.lam)


def _descend(config, data, runs):
    """Both stages of these runs, side by side."""
    w1, w2, sigmas = zip(*(sequence(data, run, 2) for run in runs), strict=True)
    how = {
        "learning_rate": runs[0].learning_rate,
        "steps": runs[0].n_steps,
        "record_at": reversal.recorded_steps(config, runs[0]),
    }
    return TaskSequence(np.array(sigmas).swapaxes(0, 1)).simulate(np.array(w1), np.array(w2), **how)


def _flow_deviation(config, data, run):
    """Largest deviation of QQᵀ from the integrator over both stages, as long as rounding does not decide."""
    w1, w2, sigmas = sequence(data, run, 2)
    until = _block(config, run.panel)["until"]
    if run.lam == 0:
        until = min(until, config["flow_fraction"] * reversal.escape_time(config).min())
    times, both = np.linspace(0, until, config["n_flow_times"]), TaskSequence(sigmas)
    stages = zip(both.exact(w1, w2, times, lam=run.lam), both.flow(w1, w2, times), strict=True)
    return max(deviation(flow.qqt, exact.qqt) for exact, flow in stages)


def _closed_form(config, data, records, s):
    """Reversal times of the modes by the closed form, their asymptote, and the slopes of both descent and flow."""
    runs, first = data.panel("time"), data.panel("time")[0].run_id
    lams = np.array([run.lam for run in runs])
    times, asymptote = time_to_reach(s / 2, s, -s, lams[:, None]), reversal.asymptote(s, lams)
    for name, values in (("time_formula", times), ("time_asymptote", asymptote)):
        records.add(first, "theory", name, values, np.arange(lams.size))
    records.add(first, "theory", "slope_formula", reversal.slopes(config, np.abs(lams), times))
    records.add(first, "theory", "slope_above", reversal.slopes(config, np.abs(lams), times, above=True))
    apart = np.abs(times - asymptote)[np.abs(lams) <= config["time"]["slope_until"] * s.min()]
    records.add(first, "theory", "deviation_asymptote", apart.max())
    # descent: the difference of the layers grows as (1 + ηs̃)^k
    step = runs[0].learning_rate * s
    records.add(first, "theory", "expected_slope_descent", (step / np.log1p(step)))


def _times(config, data, records, source, times):
    """Reversal times (runs, m) of each mode; those that rounding decides apart."""
    runs, s = data.panel("time"), np.array(config["singular_values"])
    lams = np.array([run.lam for run in runs])
    decided = np.abs(lams) < config["time"]["rounding_below"]
    for mode, column in enumerate(times.T):
        for suffix, part in (("", ~decided), ("_rounding", decided)):
            at = np.flatnonzero(part & np.isfinite(column))  # the step counts the runs
            records.add(runs[0].run_id, source, f"time_{mode}{suffix}", column[at], at)
    records.add(runs[0].run_id, source, "slope", reversal.slopes(config, np.abs(lams), times))
    formula = time_to_reach(s / 2, s, -s, lams[:, None])
    records.add(runs[0].run_id, source, "deviation_time", np.abs(times - formula)[~decided].max())


def _unaligned(config, data, records, runs, source, stages):
    """Time to learn and to reverse of every draw at one λ; losses of the draws that are drawn."""
    first, steps = runs[0].run_id, reversal.recorded_steps(config, runs[0])
    shown = int(sum(data.number("shown", run.run_id, "task") for run in runs))  # the first of them
    for stage, (last, losses, left) in enumerate(stages):
        records.add(first, source, "time_last", last, np.arange(last.size), task_index=stage)
        add_statistics(records, first, source, "time_last", last, task_index=stage)
        records.add(first, source, "residual", left.max(), task_index=stage)
        for run, loss in zip(runs[:shown], losses[:shown], strict=True):
            reversal.add_loss(data, records, run, source, stage, steps, loss)


def _shallow(config, data, records, source):
    """One layer: the error decays by e^{−t}, and by 1 − η at each step of descent."""
    (run,) = data.panel("shallow")
    w1, w2, sigmas = sequence(data, run, 2)
    function, steps = w2 @ w1, reversal.recorded_steps(config, run)
    per_step = np.exp(-run.learning_rate) if source == "theory" else 1 - run.learning_rate
    left = (per_step**steps)[:, None, None]
    for stage, sigma_yx in enumerate(sigmas):
        functions = sigma_yx + (function - sigma_yx) * left
        reversal.add_loss(data, records, run, source, stage, steps, 0.5 * ((functions - sigma_yx) ** 2).sum((-2, -1)))
        function = functions[-1]


def _zero(config, data, records, panel, s):
    """λ = 0 by descent at each η: imbalance at the reversal, and when the last mode is reversed."""
    rates, means, half = np.array(config["zero"]["learning_rates"]), [], 0.5 * (s**2).sum()
    suffix = "_rounding" if panel == ZERO[0] else ""
    for rate in rates:
        runs = [run for run in data.panel(panel) if run.learning_rate == rate]
        one, two = _descend(config, data, runs)
        w1, w2 = one.weights(-1)
        imbalance = np.abs(transpose(w2) @ w2 - w1 @ transpose(w1)).max((-2, -1))
        escape = reversal.half_times(two, s).max(-1)
        means.append(escape[np.isfinite(escape)].mean())
        measured = {"imbalance": imbalance, f"escape_last{suffix}": escape[np.isfinite(escape)]}
        if panel == ZERO[0]:
            measured["floor"] = two.loss()[:, two.times <= reversal.trusted_until(config)].min(-1) / half
        for name, values in measured.items():
            add_statistics(records, runs[0].run_id, "simulation", name, values)
        records.add(runs[0].run_id, "simulation", "escaped", np.isfinite(escape).mean())
    fitted = rates <= config["zero"]["slope_until"]
    slope = np.polyfit(np.log(1 / rates[fitted]), np.array(means)[fitted], 1)[0]
    records.add(data.panel(panel)[0].run_id, "simulation", "slope_learning_rate", slope)
