"""figE1: how exact is exact. Deviation of gradient descent from the exact solution, and the floor below it.

learning rate  the deviation against η for several λ and sizes: first order
relative scale the deviation against |λ| at fixed η: linear in η|λ| for large |λ|, with the law
               η|λ| max|Σyx − W2W1(0)|/(2e) (the Euler step of a decay at rate |λ|, at its worst time 1/|λ|)
floor          the exact solution, and the formula as the paper writes it, against 60 digits over time
"""

import numpy as np

from ...linear.descent import simulate
from ...linear.initialisation import lambda_balanced_weights
from ...linear.reference import qqt as reference_qqt
from ...linear.riccati import eigenbasis, exact_solution
from ...linear.tasks import task_from_correlation, task_from_singular_values
from ...pipeline.common import RANGE, add_start, add_statistics, grouped, run_row, start, starts, with_matching_sign
from ...pipeline.records import Records
from ...pipeline.sweep import in_blocks

NO_DIGIT = 1.0  # relative error of a number of which no digit is right
SWEPT = ("order", "scale")  # panels of many draws, of which no curve is kept


def task(config, seeds):
    runs, records = [], Records()

    def add(panel, draw, lam, n, weights, drawn, learning_rate, n_steps):
        add_start(records, len(runs), weights, drawn)
        runs.append(run_row(panel, lam, (n, n, n), "lambda_balanced", learning_rate, n_steps, draw))

    block = config["order"]
    coarsest = max(block["learning_rates"])
    for n in block["sizes"]:
        for lam in block["lambdas"]:
            for draw in range(config["n_draws"]):
                drawn, weights = _generic(n, lam, config["start_gain"], seeds, draw)
                add("order", draw, lam, n, weights, drawn, coarsest, round(block["until"] / coarsest))
    block = config["scale"]
    for lam in block["lambdas"]:
        for draw in range(config["n_draws"]):
            drawn, weights = _generic(block["size"], lam, config["start_gain"], seeds, draw)
            n_steps = round(block["until"] / block["learning_rate"])
            add("scale", draw, lam, block["size"], weights, drawn, block["learning_rate"], n_steps)
    block = config["floor"]
    for lam in block["lambdas"]:
        n = len(block["singular_values"])
        drawn = task_from_singular_values(block["singular_values"], n, n, rng=seeds.rng("floor task"))
        weights = lambda_balanced_weights(lam, n, n, n, rng=seeds.rng("floor start"), scale=block["scale"])
        add("floor", 0, lam, n, weights, drawn, 1.0, 0)
    return runs, records


def _generic(n, lam, gain, seeds, draw):
    """A random task of size n with singular values of order 1 and a start not near a saddle.

    A start that passes a saddle is not yet in the asymptotic range: its sign is made to match the task's.
    """
    rng = seeds.rng("generic", n, draw)
    sigma_yx = rng.standard_normal((n, n)) / np.sqrt(n)
    weights = lambda_balanced_weights(lam, n, n, n, rng=rng, scale=gain / np.sqrt(n))
    return task_from_correlation(sigma_yx), with_matching_sign(weights, sigma_yx)


def blocks(config, data, stage):
    """Runs of equal size and λ of the two sweeps."""
    groups = [runs for panel in SWEPT for runs in grouped(data.panel(panel), _size_and_scale)]
    return [block for runs in groups for block in in_blocks(runs)]


def _size_and_scale(run):
    return run.n_in, run.lam


def theory_rows(config, data, runs):
    """The largest entry that W2W1 has at any recorded time, of each run."""
    return [[np.abs(_exact(config, data, run)).max()] for run in runs]


def _exact(config, data, run):
    steps = _recorded(config[run.panel], run)
    return exact_solution(*start(data, run), steps * run.learning_rate, lam=run.lam).network_function


def theory(config, data, rows):
    records = Records()
    for panel in SWEPT:
        for run in data.panel(panel):
            records.add(run.run_id, "theory", "largest_entry", rows[run.run_id][0])
    for run in data.panel("floor"):
        _floor(config["floor"], run, *start(data, run), records)
    return records


def _recorded(block, run):
    """Steps from 1 to the last, half of them equally spaced and half in ratio, for what is over early."""
    n = block["n_records"] // 2
    return np.unique(np.append(np.geomspace(1, run.n_steps, n), np.linspace(1, run.n_steps, n)).round().astype(int))


def _floor(block, run, w1, w2, sigma_yx, records):
    times = np.linspace(0, block["until"], block["n_times"])
    steps = np.arange(times.size)
    exact = reference_qqt(w1, w2, sigma_yx, run.lam, times)
    scale = np.abs(exact).max((1, 2))
    solution = exact_solution(w1, w2, sigma_yx, times, lam=run.lam)
    error = np.abs(solution.qqt - exact).max((1, 2)) / scale
    records.add(run.run_id, "theory", "error_stable", error, steps, times)
    naive = _as_written(w1, w2, sigma_yx, run.lam, times)
    with np.errstate(over="ignore", invalid="ignore"):
        error = np.abs(naive - exact).max((1, 2)) / scale
    # garbage has no size: beyond 1, singular or overflown, no digit is left
    error = np.where(np.isfinite(error), np.minimum(error, NO_DIGIT), NO_DIGIT)
    records.add(run.run_id, "theory", "error_naive", error, steps, times)


def _as_written(w1, w2, sigma_yx, lam, times):
    """P e^{Λt}K [I + ½KᵀφK]⁻¹ Kᵀe^{Λt}Pᵀ without any care (shown, not used); NaN where it overflows."""
    basis = eigenbasis(sigma_yx, lam)
    values, p = basis.values, basis.vectors
    k = p.T @ np.vstack([w1.T, w2])
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        grown = np.exp(np.multiply.outer(times, values))
        phi = (grown**2 - 1) / values
        bracket = np.eye(k.shape[1]) + np.einsum("mh,tm,mk->thk", k, phi, k) / 2
        left = np.einsum("am,tm,mh->tah", p, grown, k)
        finite = np.isfinite(bracket).all((1, 2)) & np.isfinite(left).all((1, 2))
        result = np.full((times.size, len(p), len(p)), np.nan)
        for index in np.flatnonzero(finite):
            try:
                result[index] = left[index] @ np.linalg.solve(bracket[index], left[index].T)
            except np.linalg.LinAlgError:
                continue
    return result


def _rates(config, panel):
    block = config[panel]
    return np.array(block["learning_rates"] if panel == "order" else [block["learning_rate"]])


def simulation_rows(config, data, runs):
    """max |descent − exact| over time and entries at each η, then max |Σyx − W2W1(0)|, of each run."""
    w1, w2, sigma_yx = starts(data, runs)
    exact = np.array([_exact(config, data, run) for run in runs])
    steps = _recorded(config[runs[0].panel], runs[0])
    errors = [_errors(w1, w2, sigma_yx, runs[0], rate, steps, exact) for rate in _rates(config, runs[0].panel)]
    return np.column_stack([*errors, np.abs(sigma_yx - w2 @ w1).max((1, 2))])


def simulation(config, data, rows):
    records, orders = Records(), []
    for panel in SWEPT:
        rates = _rates(config, panel)
        for runs in grouped(data.panel(panel), _size_and_scale):
            *error, gap = np.array([rows[run.run_id] for run in runs]).T
            error = np.array(error)
            scaled = error / [data.number("largest_entry", run.run_id, "theory") for run in runs]
            # step: the position of η in the config's list; the first run of a group carries its summary
            k, first = np.arange(len(rates)), runs[0].run_id
            for run, column in zip(runs, scaled.T, strict=True):
                records.add(run.run_id, "simulation", "deviation", column, k, 0.0)
            add_statistics(records, first, "simulation", "deviation", scaled, RANGE, axis=-1, step=k)
            records.add(first, "simulation", "learning_rate", rates, k)
            if panel == "order":
                order = np.polyfit(np.log(rates), np.log(scaled), 1)[:1]
                for run, value in zip(runs, order[0], strict=True):
                    records.add(run.run_id, "simulation", "order", value)
                orders.extend(order[0])
            else:
                # what the deviation should be for large |λ|
                law = rates[0] * abs(runs[0].lam) * gap / (2 * np.e)
                for run, expected, measured in zip(runs, law, error[0], strict=True):
                    records.add(run.run_id, "simulation", "law_absolute", expected)
                    records.add(run.run_id, "simulation", "deviation_absolute", measured)
                add_statistics(records, first, "simulation", "law_absolute", law, RANGE)
                add_statistics(records, first, "simulation", "deviation_absolute", error, RANGE, axis=-1)
    first = data.panel("order")[0].run_id
    records.add(first, "simulation", "order_range", [[min(orders), max(orders)]])
    return records


def _errors(w1, w2, sigma_yx, run, rate, steps, exact):
    """max |descent − exact| over time and entries, one a draw, at a learning rate that divides the run's."""
    finer = round(run.learning_rate / rate)
    descent = simulate(w1, w2, sigma_yx, learning_rate=rate, steps=int(steps[-1]) * finer, record_at=steps * finer)
    return np.abs(descent.network_function - exact).max((1, 2, 3))
