"""figX12: phase diagrams over the absolute scale of the start and the relative scale λ, for three shapes.

tasks       a task and a direction of W2W1(0) for each shape and draw; descents, some starts that descend too
map         kernel distance from start to convergence, by the exact solution
times, laws time to learn against λ, in time of the flow and in stable steps, and the laws of large |λ|
delay       from which λ on learning takes twice as long as at λ = 0: solved for, and by the law
rates       the map again, of layers that are equally large and have learning rates of their own
"""

import numpy as np

from ...linear.descent import gradient_descent
from ...linear.exact import exact_solution
from ...linear.layer_rates import from_equal_rates, to_equal_rates
from ...linear.layer_rates_descent import flow
from ...linear.observables import kernel_distance
from ...linear.passage import time_to_loss
from ...pipeline.common import deviation, stable_steps, stacked, time_to_fall
from ...pipeline.frames import only
from ...pipeline.stages import Rows
from . import starts

RATED = "inverted_funnel"  # the shape of which layers have rates of their own


def task(config, seeds):
    tasks, descents, block = Rows(), Rows(), config["descent"]
    for shape, widths in config["shapes"].items():
        for draw in range(config["n_draws"]):
            rng = seeds.rng(shape, draw)
            sigma_yx, direction = starts.problem(config, widths, rng)
            widths_of = dict(zip(("n_in", "n_hidden", "n_out"), widths, strict=True))
            tasks.add(
                **{"shape": shape, "draw": draw, **widths_of, "sigma_yx": sigma_yx[None]},
                **{"direction": direction[None], "hidden_seed": rng.integers(2**31)},
            )
        for lam in block["lambdas"]:
            rate = block["step"] / np.hypot(lam, 2 * max(config["singular_values"]))
            clock = {"learning_rate": rate, "n_steps": round(block["until"] / rate), "step_size": block["step"]}
            descents.add(shape=shape, lam=lam, **clock)
    return {"tasks": tasks, "descents": descents}


def theory(config, data):
    tables = {name: Rows() for name in ("map", "times", "laws", "delay", "rates")}
    for one in data["task/tasks"].itertuples():
        _add_map(config, tables["map"], one)
        _add_times(config, tables, one)
        if starts.DELAYED[one.shape]:
            _add_delay(config, tables["delay"], one)
        if one.shape == RATED:
            _add_rates(config, tables["rates"], one)
    return tables


def _distances(config, one, lam, scales):
    """Kernel distance from start to convergence of starts of one λ at these scales."""
    w1, w2 = map(np.stack, zip(*(starts.start(one, scale, lam) for scale in scales), strict=True))
    times = np.array([0.0, config["until"]])
    return exact_solution(w1, w2, one.sigma_yx, times, lam=lam).kernel_distance()[:, -1]


def _add_map(config, rows, one):
    scales = starts.scales(config)
    for lam in starts.lambdas(config):
        distances = _distances(config, one, lam, scales)
        rows.add(shape=one.shape, lam=lam, scale=scales, draw=one.draw, kernel_distance=distances)


def _time(config, one, scale, lam):
    w1, w2 = starts.start(one, scale, lam)
    return time_to_loss(w1, w2, one.sigma_yx, starts.level(config, one.sigma_yx), lam=lam)


def _add_times(config, tables, one):
    for lam in starts.lambdas(config):
        key = {"shape": one.shape, "lam": lam, "draw": one.draw}
        times = {"times": _time(config, one, config["time_scale"], lam)}
        if lam:
            times["laws"] = starts.law_of_time(config, one, lam)
        for table, time in times.items():
            tables[table].add(**key, time=time, steps=stable_steps(time, lam, max(config["singular_values"])))


def _add_delay(config, rows, one):
    """The |λ| at which learning takes `factor` times as long as at λ = 0, to 1e-6 of it, and that of the law."""
    sign, block = starts.DELAYED[one.shape], config["delay"]
    for scale in block["scales"]:
        late = block["factor"] * _time(config, one, scale, 0.0)

        def excess(lam, scale=scale, late=late):
            return np.log(_time(config, one, scale, sign * lam) / late)

        ends = config["lambdas"]["least"], block["largest"]
        found, law = starts.rising_root(excess, ends, 1e-6), starts.Delay(config, one).boundary(late, ends)
        rows.add(shape=one.shape, scale=scale, draw=one.draw, time=late, boundary=found, law=law)


def _add_rates(config, rows, one):
    for scale in starts.scales(config):
        for ratio in starts.ratios(config):
            lam = starts.layers_alike(one, scale, ratio)
            distance = _distances(config, one, lam, [scale])
            rows.add(ratio=ratio, scale=scale, draw=one.draw, lam=lam, kernel_distance=distance)


def simulation(config, data):
    tables = {name: Rows() for name in ("end", "agreement", "rates")}
    block, scale = config["descent"], config["time_scale"]
    for run in data["task/descents"].itertuples():
        tasks = only(data["task/tasks"], shape=run.shape, draw={"to": block["n_draws"] - 1})
        w1, w2 = map(np.stack, zip(*(starts.start(one, scale, run.lam) for one in tasks.itertuples()), strict=True))
        (sigma_yx,) = stacked(tasks, "sigma_yx")
        at = np.unique(np.append(0, np.geomspace(1, run.n_steps, block["n_records"]).round())).astype(int)
        descent = gradient_descent(
            w1, w2, sigma_yx, learning_rate=run.learning_rate, steps=run.n_steps, record_at=at
        )  # fmt: skip
        shares = descent.loss() / ((sigma_yx**2).sum((-2, -1)) / 2)[:, None]
        found = {"time": time_to_fall(descent.times, shares, config["learned"])}
        found["kernel_distance"] = descent.kernel_distance()[:, -1]
        key = {"shape": run.shape, "lam": run.lam}
        steps = stable_steps(found["time"], run.lam, max(config["singular_values"]))
        tables["end"].add(**key, draw=tasks["draw"], steps=steps, **found)
        exact = [
            (_time(config, one, scale, run.lam), *_distances(config, one, run.lam, [scale]))
            for one in tasks.itertuples()
        ]
        times, distances = np.transpose(exact)
        off = {"deviation_time": np.abs(found["time"] / times - 1).max()}
        off["deviation_kernel_distance"] = np.abs(found["kernel_distance"] - distances).max()
        tables["agreement"].add(**key, **off, step_size=run.step_size)
    _add_flows(config, tables["rates"], only(data["task/tasks"], shape=RATED, draw=0))
    return tables


def _add_flows(config, rows, tasks):
    """The flow of layers with their own rates, by their weights as they are, beside the exact solution at one rate."""
    block = config["rates"]
    one = next(tasks.itertuples())
    for ratio in block["integrated"]:
        rates = np.sqrt(ratio), 1 / np.sqrt(ratio)
        lam = starts.layers_alike(one, block["integrated_scale"], ratio)
        even = starts.start(one, block["integrated_scale"], lam)
        w1, w2 = flow(*from_equal_rates(*even, rates), one.sigma_yx, rates, np.array([0.0, block["until"]]))
        distance = kernel_distance(*even, *to_equal_rates(w1[-1], w2[-1], rates))
        exact = exact_solution(*even, one.sigma_yx, np.array([0.0, block["until"]]), lam=lam).kernel_distance()[-1]
        off = {"kernel_distance": distance, "deviation_flow_kernel_distance": deviation(distance, exact)}
        rows.add(ratio=ratio, lam=lam, **off)
