"""figD2: reversal learning. Train on Σ to convergence, then on −Σ (Domine et al. 2025, Section 6 and App. D).

A mode of the reversed task starts at a = −s̃ and must pass a = 0, where ȧ = √(λ² + 4a²)(s̃ − a) is |λ|s̃.

aligned      one start aligned with the task, at several λ. λ = 0 is the separatrix: the mode formula stays for ever.
             In floating point rounding takes solution and descent off it, mode by mode at ln(1e16)/s̃. What is later
             than `trusted` of the first of these times is not reliable
times        the reversal time of each mode against |λ|, the sign of λ alternating
random       random tasks and starts: time to learn, and time to reverse
one_layer    one layer, Ẇ = Σ − W, from the first of these starts
rotated, random_zero
             λ = 0 by descent at several η: the aligned start in rotated hidden layers, which leaves by rounding, and
             random starts, whose finite steps have moved W2ᵀW2 − W1W1ᵀ away from zero by O(η) before the reversal
flow         the sequence by an independent integrator, down to the least |λ| for which it is a reference
"""

import numpy as np

from ...linear.initialisation import aligned_weights, lambda_balanced_weights, random_rotation
from ...linear.observables import transpose
from ...linear.tasks import task_from_singular_values
from ...pipeline.common import deviation, drawn, stacked, step_size, with_matching_sign
from ...pipeline.frames import each, only
from ...pipeline.stages import Rows
from . import aligned, law, reversal


def task(config, seeds):
    tables = {name: Rows() for name in ("aligned", "rotated", "random", "one_layer")}
    s, block = config["singular_values"], config["unaligned"]
    n, draws = len(s), range(block["n_draws"])

    def correlation(*names):
        return task_from_singular_values(s, n, n, rng=seeds.rng(*names)).sigma_yx

    def aligned_start(lam):
        return aligned_weights(lam, one, n * [config["initial"]], n, rng=seeds.rng("aligned"))

    def random_start(draw, lam):
        return lambda_balanced_weights(lam, n, n, n, rng=seeds.rng("start", draw), scale=block["scale"])

    one, tasks = correlation("aligned task"), [correlation("task", draw) for draw in draws]
    # a λ may be asked for twice
    for lam in dict.fromkeys([*config["lambdas"], *config["flow_lambdas"], *law.lams(config)]):
        tables["aligned"].add(lam=lam, **drawn(aligned_start(lam), one))
    for draw in draws:
        q, (w1, w2) = random_rotation(n, seeds.rng("rotation", draw)), aligned_start(0.0)
        tables["rotated"].add(draw=draw, **drawn((q @ w1, w2 @ q.T), one))
    for lam in block["lambdas"]:
        for draw in draws:
            tables["random"].add(lam=lam, draw=draw, **drawn(random_start(draw, lam), tasks[draw]))
    for draw in draws:
        start = with_matching_sign(random_start(draw, 0.0), tasks[draw])
        tables["random"].add(lam=0, draw=draw, **drawn(start, tasks[draw]))
    w1, w2 = random_start(0, 0.0)
    tables["one_layer"].add(n_in=n, n_out=n, w=(w2 @ w1)[None], sigma_yx=tasks[0][None])
    return tables


def _aligned(data, lams):
    """The aligned starts at these λ, in their order."""
    return data["task/aligned"].set_index("lam", drop=False).loc[list(lams)]


def theory(config, data):
    names = ("separatrix", "modes", "aligned", "strengths", "ends", "formula", "agreement", "phase")
    names += ("closed_form", "times", "slopes", "random", "random_curves", "one_layer", "rotated")
    tables, s, block = {name: Rows() for name in names}, np.array(config["singular_values"]), config["unaligned"]
    for run in _aligned(data, config["lambdas"]).itertuples():
        aligned.add_theory(config, tables, run, _exact(config, config, run))
    law.add_closed_form(config, tables, s)
    runs = _aligned(data, law.lams(config)).itertuples()
    times = [reversal.half_times(_exact(config, config["time"], run)[1], s) for run in runs]
    law.add_times(config, tables, s, np.array(times), **law.of_closed_form(config, s))
    for starts in each(only(data["task/random"], lam=block["lambdas"]), "lam"):
        measured = [[reversal.measure(part, s) for part in _exact(config, block, run)] for run in starts.itertuples()]
        stages = [[np.array(part) for part in zip(*stage, strict=True)] for stage in zip(*measured, strict=True)]
        _add_random(config, tables, starts, stages)
    _add_one_layer(config, data, tables, lambda rate: np.exp(-rate))
    at = {"learning_rate": config["zero"]["learning_rates"][0], "until": config["zero"]["until"]}
    for run in data["task/rotated"].itertuples():
        escape = reversal.half_times(_exact(config, at, run, 0.0)[1], s).max(-1)
        tables["rotated"].add(draw=run.draw, **_escaped(escape, at["until"]))
    return tables


def _exact(config, part, run, lam=None):
    """Both stages of a start by the exact solution, at the learning rate and until the time of a part of the config."""
    times = reversal.recorded_steps(config, part) * part["learning_rate"]
    return reversal.both(run.sigma_yx).exact(run.w1, run.w2, times, lam=run.lam if lam is None else lam)


def simulation(config, data):
    names = ("separatrix", "modes", "aligned", "strengths", "ends", "agreement", "phase", "times", "slopes", "random")
    names += ("random_curves", "random_agreement", "one_layer", "one_layer_agreement", "rotated", "random_zero", "flow")
    tables, s, block = {name: Rows() for name in names}, np.array(config["singular_values"]), config["unaligned"]
    for run in _aligned(data, config["lambdas"]).itertuples():
        aligned.add_descent(config, data, tables, run)
    _, second = _descend(config, config["time"], _aligned(data, law.lams(config)))
    law.add_times(config, tables, s, reversal.half_times(second, s))
    random = data["task/random"]
    for starts in each(only(random, lam=block["lambdas"]), "lam"):
        stages = [reversal.measure(stage, s) for stage in _descend(config, block, starts)]
        _add_random(config, tables, starts, stages)
        _compare_random(config, data, tables, starts, stages)
    _add_one_layer(config, data, tables, lambda rate: 1 - rate)
    _compare_one_layer(config, data, tables)
    for rate in config["zero"]["learning_rates"]:
        at = {"learning_rate": rate, "until": config["zero"]["until"]}
        for name, starts in (("rotated", data["task/rotated"]), ("random_zero", only(random, lam=0))):
            _add_zero(config, tables[name], at, starts, s, with_floor=name == "rotated")
    for run in _aligned(data, dict.fromkeys([*config["lambdas"], *config["flow_lambdas"]])).itertuples():
        tables["flow"].add(start="aligned", lam=run.lam, deviation_qqt=_flow_deviation(config, config["until"], run))
    for run in only(random, lam=block["lambdas"], draw=0).itertuples():
        tables["flow"].add(start="random", lam=run.lam, deviation_qqt=_flow_deviation(config, block["until"], run))
    return tables


def _descend(config, part, starts):
    """Both stages of these starts by descent, side by side."""
    w1, w2, sigma_yx = stacked(starts, "w1", "w2", "sigma_yx")
    steps = reversal.recorded_steps(config, part)
    how = {"learning_rate": part["learning_rate"], "steps": int(steps[-1]), "record_at": steps}
    return reversal.both(sigma_yx).descent(w1, w2, **how)


def _flow_deviation(config, until, run):
    """Largest deviation of QQᵀ from the integrator over both stages, as long as rounding does not decide."""
    if run.lam == 0:
        until = min(until, config["flow_fraction"] * reversal.escape_time(config).min())
    times, both = np.linspace(0, until, config["n_flow_times"]), reversal.both(run.sigma_yx)
    # an absolute tolerance: beside the saddle at λ = 0 the weights are small, and what is left out there decides
    flow = both.flow(run.w1, run.w2, times, atol=1e-14)
    stages = zip(both.exact(run.w1, run.w2, times, lam=run.lam), flow, strict=True)
    return max(deviation(flow.qqt, exact.qqt) for exact, flow in stages)


def _add_random(config, tables, starts, stages):
    """Time to learn and to reverse of every draw at one λ; losses of the draws that are drawn."""
    block, lam, draws = config["unaligned"], starts["lam"].iloc[0], starts["draw"].to_numpy()
    shown = block["n_shown"] if lam in block["shown_lambdas"] else 0
    for number, (last, losses, left) in enumerate(stages):
        tables["random"].add(lam=lam, draw=draws, task=number, time_last=last, residual=left)
        for draw, loss in zip(draws[:shown], losses[:shown], strict=True):
            tables["random_curves"].add(lam=lam, draw=draw, loss=loss, **reversal.moments(config, block, number))


def _compare_random(config, data, tables, starts, stages):
    block = config["unaligned"]
    if starts["lam"].iloc[0] not in block["shown_lambdas"]:
        return
    for k, run in enumerate(starts.iloc[: block["n_shown"]].itertuples()):
        for number, (_, losses, _) in enumerate(stages):
            key = {"lam": run.lam, "draw": run.draw, "task": number}
            exact = only(data["theory/random_curves"], **key)["loss"].to_numpy()
            size = step_size(block["learning_rate"], run.lam, run.sigma_yx)
            tables["random_agreement"].add(**key, deviation_loss=deviation(losses[k], exact), step_size=size)


def _add_one_layer(config, data, tables, per_step):
    """One layer: the error decays by e^{−t}, and by 1 − η at each step of descent."""
    block, run = config["unaligned"], data["task/one_layer"].iloc[0]
    left = (per_step(block["learning_rate"]) ** reversal.recorded_steps(config, block))[:, None, None]
    function = run.w
    for number, sigma_yx in enumerate((run.sigma_yx, -run.sigma_yx)):
        functions = sigma_yx + (function - sigma_yx) * left
        loss = 0.5 * ((functions - sigma_yx) ** 2).sum((-2, -1))
        tables["one_layer"].add(loss=loss, **reversal.moments(config, block, number))
        function = functions[-1]


def _compare_one_layer(config, data, tables):
    size = step_size(config["unaligned"]["learning_rate"], 0.0, data["task/one_layer"]["sigma_yx"].iloc[0])
    columns = tables["one_layer"].columns()
    for number, exact in data["theory/one_layer"].groupby("task"):
        loss = columns["loss"][columns["task"] == number]
        apart = deviation(loss, exact["loss"].to_numpy())
        tables["one_layer_agreement"].add(task=number, deviation_loss=apart, step_size=size)


def _add_zero(config, rows, at, starts, s, with_floor):
    """λ = 0 by descent at one η: imbalance at the reversal, and when the last mode is reversed."""
    one, two = _descend(config, at, starts)
    w1, w2 = one.weights(-1)
    floor = two.loss()[:, two.times <= reversal.trusted_until(config)].min(-1) / (0.5 * (s**2).sum())
    rows.add(
        learning_rate=at["learning_rate"],
        draw=starts["draw"],
        imbalance=np.abs(transpose(w2) @ w2 - w1 @ transpose(w1)).max((-2, -1)),
        **_escaped(reversal.half_times(two, s).max(-1), at["until"]),
        **({"floor": floor} if with_floor else {}),
    )


def _escaped(times, until):
    """Whether the last mode is reversed, and when; `until` if it is not."""
    return {"escaped": np.isfinite(times), "time_last": np.minimum(times, until)}
