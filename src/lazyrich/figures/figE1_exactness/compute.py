"""figE1: how exact is exact. Deviation of gradient descent from the exact solution, and the floor below it.

learning rate  the deviation against η for several λ and sizes: first order
relative scale the deviation against |λ| at fixed η: linear in η|λ| for large |λ|, with the law
               η|λ| max|Σyx − W2W1(0)|/(2e) (the Euler step of a decay at rate |λ|, at its worst time 1/|λ|)
floor          the exact solution, and the formula as the paper writes it, against 60 digits over time
"""

import numpy as np
import pandas as pd

from ...linear.descent import gradient_descent
from ...linear.eigenbasis import eigenbasis
from ...linear.exact import exact_solution
from ...linear.initialisation import lambda_balanced_weights
from ...linear.reference import qqt as reference_qqt
from ...linear.tasks import task_from_correlation, task_from_singular_values
from ...pipeline.common import drawn, stacked, step_size, with_matching_sign
from ...pipeline.frames import each, only
from ...pipeline.stages import Rows
from ...pipeline.sweep import in_blocks

NO_DIGIT = 1.0  # relative error of a number of which no digit is right
SWEPT = ("order", "scale")  # tables of many draws, of which no curve is kept


def task(config, seeds):
    block = config["order"]
    order = _starts(config, seeds, block["sizes"], block["lambdas"], max(block["learning_rates"]), block["until"])
    block = config["scale"]
    scale = _starts(config, seeds, [block["size"]], block["lambdas"], block["learning_rate"], block["until"])
    block, floor = config["floor"], Rows()
    n = len(block["singular_values"])
    for lam in block["lambdas"]:
        sigma_yx = task_from_singular_values(block["singular_values"], n, n, rng=seeds.rng("floor task")).sigma_yx
        weights = lambda_balanced_weights(lam, n, n, n, rng=seeds.rng("floor start"), scale=block["scale"])
        floor.add(lam=lam, **drawn(weights, sigma_yx))
    return {"order": order, "scale": scale, "floor": floor}


def _starts(config, seeds, sizes, lams, learning_rate, until):
    starts = Rows()
    for n in sizes:
        for lam in lams:
            for draw in range(config["n_draws"]):
                starts.add(
                    **{"size": n, "lam": lam, "draw": draw},
                    **{"learning_rate": learning_rate, "n_steps": round(until / learning_rate)},
                    **drawn(*_generic(n, lam, config["start_gain"], seeds, draw)),
                )
    return starts


def _generic(n, lam, gain, seeds, draw):
    """A start of size n that is not near a saddle, and Σyx of a random task with singular values of order 1.

    A start that passes a saddle is not yet in the asymptotic range: its sign is made to match the task's.
    """
    rng = seeds.rng("generic", n, draw)
    sigma_yx = rng.standard_normal((n, n)) / np.sqrt(n)
    weights = lambda_balanced_weights(lam, n, n, n, rng=rng, scale=gain / np.sqrt(n))
    return with_matching_sign(weights, sigma_yx), task_from_correlation(sigma_yx).sigma_yx


def _swept(data):
    """The starts of both sweeps under one index."""
    return pd.concat([data[f"task/{sweep}"].assign(sweep=sweep) for sweep in SWEPT], ignore_index=True)


def _groups(data):
    """Starts of equal size and λ of a sweep."""
    return each(_swept(data), "sweep", "size", "lam")


def _keys(run):
    return {"size": run.size, "lam": run.lam, "draw": run.draw}


def blocks(config, data, stage):
    """The same, at most as many as are computed side by side."""
    return [block for starts in _groups(data) for block in in_blocks(starts)]


def theory_rows(config, data, starts):
    """The largest entry that W2W1 has at any recorded time, of each start."""
    return [[np.abs(_exact(config, run)).max()] for run in starts.itertuples()]


def _exact(config, run):
    steps = _recorded(config[run.sweep], run)
    return exact_solution(run.w1, run.w2, run.sigma_yx, steps * run.learning_rate, lam=run.lam).network_function


def _recorded(block, run):
    """Steps from 1 to the last, half of them equally spaced and half in ratio, for what is over early."""
    n = block["n_records"] // 2
    return np.unique(np.append(np.geomspace(1, run.n_steps, n), np.linspace(1, run.n_steps, n)).round().astype(int))


def theory(config, data, rows):
    entries = {sweep: Rows() for sweep in SWEPT}
    for run in _swept(data).itertuples():
        entries[run.sweep].add(**_keys(run), largest_entry=rows[run.Index][0])
    return {**entries, "floor": _floor(config["floor"], data["task/floor"])}


def _floor(block, starts):
    """Errors of both evaluations of the exact solution against 60 digits."""
    floor, times = Rows(), np.linspace(0, block["until"], block["n_times"])
    for run in starts.itertuples():
        exact = reference_qqt(run.w1, run.w2, run.sigma_yx, run.lam, times)
        scale = np.abs(exact).max((1, 2))
        solution = exact_solution(run.w1, run.w2, run.sigma_yx, times, lam=run.lam)
        stable = np.abs(solution.qqt - exact).max((1, 2)) / scale
        as_written = _as_written(run.w1, run.w2, run.sigma_yx, run.lam, times)
        with np.errstate(over="ignore", invalid="ignore"):
            naive = np.abs(as_written - exact).max((1, 2)) / scale
        # garbage has no size: beyond 1, singular or overflown, no digit is left
        naive = np.where(np.isfinite(naive), np.minimum(naive, NO_DIGIT), NO_DIGIT)
        floor.add(lam=run.lam, t=times, error_stable=stable, error_naive=naive)
    return floor


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


def _rates(config, sweep):
    block = config[sweep]
    return np.array(block["learning_rates"] if sweep == "order" else [block["learning_rate"]])


def simulation_rows(config, data, starts):
    """max |descent − exact| over time and entries at each η, then max |Σyx − W2W1(0)|, of each start."""
    w1, w2, sigma_yx = stacked(starts, "w1", "w2", "sigma_yx")
    exact = np.array([_exact(config, run) for run in starts.itertuples()])
    first = next(starts.itertuples())
    steps = _recorded(config[first.sweep], first)
    errors = [_errors(w1, w2, sigma_yx, first, rate, steps, exact) for rate in _rates(config, first.sweep)]
    return np.column_stack([*errors, np.abs(sigma_yx - w2 @ w1).max((1, 2))])


def simulation(config, data, rows):
    order, fitted, scale = Rows(), Rows(), Rows()
    for starts in _groups(data):
        first = next(starts.itertuples())
        rates = _rates(config, first.sweep)
        *error, gap = np.array([rows[index] for index in starts.index]).T
        entries = only(data[f"theory/{first.sweep}"], size=first.size, lam=first.lam)["largest_entry"].to_numpy()
        deviations = np.array(error) / entries
        sizes = np.array([step_size(rates, first.lam, sigma_yx) for sigma_yx in starts["sigma_yx"]])
        if first.sweep == "order":
            powers = np.polyfit(np.log(rates), np.log(deviations), 1)[0]
            for k, run in enumerate(starts.itertuples()):
                order.add(**_keys(run), learning_rate=rates, deviation=deviations[:, k], step_size=sizes[k])
                fitted.add(**_keys(run), order=powers[k])
        else:
            scale.add(
                **{"size": first.size, "lam": first.lam, "draw": starts["draw"]},
                deviation=deviations[0],
                deviation_absolute=error[0],
                # what that should be for large |λ|
                law_absolute=rates[0] * abs(first.lam) * gap / (2 * np.e),
                step_size=sizes[:, 0],
            )
    return {"order": order, "fitted_order": fitted, "scale": scale}


def _errors(w1, w2, sigma_yx, run, rate, steps, exact):
    """max |descent − exact| over time and entries, one a draw, at a learning rate that divides the run's."""
    finer = round(run.learning_rate / rate)
    descent = gradient_descent(
        w1, w2, sigma_yx, learning_rate=rate, steps=int(steps[-1]) * finer, record_at=steps * finer
    )
    return np.abs(descent.network_function - exact).max((1, 2, 3))
