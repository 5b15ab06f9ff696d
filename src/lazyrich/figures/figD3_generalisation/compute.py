"""figD3: transfer of a new property to items that were not taught (Domine et al. 2025, Section 6 and Appendix D).

transfer   the semantic task from λ-balanced starts, then a new output learned from one item: its readout row alone
           (formula and descent), both layers on the new output alone (`new_alone`, with a formula of its own), and both
           layers with the taught item's old properties as targets beside it (`with_old`, by descent and DOP853 only).
           One item's input correlation is not isotropic and a new row of zeros not λ-balanced: no Riccati solution.
depth d    trees of 2^d items, and at every level a property that one subtree has (1) and the others have not (0),
           learned by the readout from one random member and one random non-member: mean squared error on the others

A run is a relative scale; its draws (starts, taught pairs) are the `step` of what is recorded of each.
"""

import numpy as np

from ...linear import transfer
from ...linear.flow import gradient_flow
from ...linear.observables import balance, input_representation
from ...linear.riccati import exact_solution
from ...linear.tasks import semantic_hierarchy
from ...pipeline import semantic
from ...pipeline.common import deviation, run_row
from ...pipeline.records import Records
from . import teaching
from .teaching import TAUGHT

SIBLING = 1
LESSON = np.array([1.0, 0.0])  # what is said of the taught member and of the taught non-member


def task(config, seeds):
    runs, records = [], Records()

    def add(panel, depth, block, rate):
        hierarchy = semantic_hierarchy(depth)
        n, draws = 2**depth, np.arange(block["n_draws"])
        for j, lam in enumerate(block["lambdas"]):
            starts = [
                semantic.balanced_start(lam, hierarchy, config["scale"], seeds.rng(panel, "start", j, draw))
                for draw in draws
            ]
            for layer in ("w1", "w2"):
                records.add_matrices(len(runs), "task", layer, np.array([getattr(w, layer) for w in starts]), draws)
            records.add_matrices(len(runs), "task", "sigma_yx", hierarchy.sigma_yx)
            runs.append(run_row(panel, lam, (n, n, n), "lambda_balanced", rate, block["n_steps"]))

    add("transfer", 3, config, config["learning_rate"])
    trees = config["trees"]
    for depth in trees["depths"]:
        first = len(runs)
        add(_panel(depth), depth, trees, trees["rate_per_item"] * 2**depth)
        for level in range(1, depth + 1):
            for draw in range(trees["n_draws"]):
                lesson = _lesson(2**depth, 2 ** (depth - level), seeds.rng("lesson", depth, level, draw))
                records.add(first, "task", f"lesson_level{level}", [lesson], draw)
    for run_id, row in enumerate(runs):
        if row["panel"] == "transfer":
            records.add(run_id, "task", "in_bars", row["lam"] in config["bars"])
    return runs, records


def _panel(depth):
    return f"depth {depth}"


def _lesson(n_items, size, rng):
    """First item of a random subtree of `size` items, a random member of it and a random item outside."""
    first = size * rng.integers(n_items // size)
    outside = (first + size + rng.integers(n_items - size)) % n_items
    return first, first + rng.integers(size), outside


def theory(config, data):
    records = Records()
    hierarchy = semantic_hierarchy()
    c, first = semantic.input_scale(hierarchy), data.panel("transfer")[0].run_id
    for run in data.panel("transfer"):
        similarity = teaching.similarity(hierarchy, [run.lam])[0]
        predicted = transfer.readout_prediction(similarity, [TAUGHT], [1.0])
        tuned = transfer.fine_tuned_prediction(similarity, TAUGHT)
        records.add(run.run_id, "theory", "readout", [predicted])
        records.add(run.run_id, "theory", "new_alone", [tuned.prediction])
        records.add(run.run_id, "theory", "old_change_new_alone", tuned.growth - 1)
        w1, w2, sigma_yx = (values[0] for values in teaching.starts(data, run))
        end = run.n_steps * run.learning_rate
        trained = exact_solution(w1, w2, sigma_yx, [end], sigma_xx=c, lam=run.lam)
        flow = gradient_flow(w1, w2, sigma_yx, [0, end], sigma_xx=c)
        gap = deviation(flow.qqt[-1], trained.qqt[-1])
        records.add(run.run_id, "flow", "deviation_qqt", gap, run.n_steps, end)
        gap = deviation(trained.input_representation[0], similarity)
        records.add(run.run_id, "theory", "deviation_limit_similarity", gap)
        _fine_tuned_flow(config["fine_tuning"], records, run, trained.weights(-1), tuned, hierarchy.y)

    lams = np.linspace(min(config["lambdas"]), max(config["lambdas"]), config["n_curve"])
    similarity, index = teaching.similarity(hierarchy, lams), np.arange(lams.size)
    readout = transfer.readout_prediction(similarity, [TAUGHT], [1.0])
    alone = transfer.fine_tuned_prediction(similarity, TAUGHT).prediction
    for name, curve in {"lam": lams, "readout": readout, "new_alone": alone}.items():
        records.add(first, "theory", f"curve_{name}", curve, index)
    records.add(first, "theory", "least_increase_sibling", np.diff(readout[:, SIBLING]).min())
    records.add(first, "theory", "peak_lam_new_alone", lams[alone[:, SIBLING].argmax()])
    records.add(first, "theory", "peak_new_alone", alone[:, SIBLING].max())
    # λ → ∞: K becomes a multiple of YᵀY
    limit = transfer.readout_prediction(hierarchy.y.T @ hierarchy.y, [TAUGHT], [1.0])
    records.add(first, "theory", "readout_limit", [limit])
    for depth in config["trees"]["depths"]:
        _tree_theory(config["trees"], data, depth, records)
    return records


def _fine_tuned_flow(block, records, run, weights, formula, y):
    """Both kinds of fine-tuning by DOP853, and how far the formula of the first is."""
    end = block["n_steps"] * block["learning_rate"]
    w1, w2 = weights
    for kind, output, sigma_yx in teaching.fine_tunings(w1, w2, y[:, TAUGHT]):
        flow = gradient_flow(w1, output, sigma_yx, [0, end], sigma_xx=teaching.taught_correlation(w1.shape[1]))
        new1, new2 = flow.weights(-1)
        records.add(run.run_id, "flow", kind, [new2[-1] @ new1], block["n_steps"], end)
        old_rows = w2 if kind == "new_alone" else new2[:-1]
        records.add(
            run.run_id, "flow", f"old_change_{kind}", teaching.old_change(new1, old_rows, y), block["n_steps"], end
        )
        if kind == "new_alone":
            gap = deviation(new2[-1] @ new1, formula.prediction)
            records.add(run.run_id, "flow", f"deviation_{kind}", gap, block["n_steps"], end)


def _properties(data, depth):
    """Level, property (P,) and taught pair of every draw; the lessons stand with the first run of the depth."""
    first = data.panel(_panel(depth))[0].run_id
    for level in range(1, depth + 1):
        size = 2 ** (depth - level)
        draws, _, lessons = data.numbers(f"lesson_level{level}", first, "task")
        for draw, (start, member, outside) in zip(draws, lessons.astype(int), strict=True):
            values = np.zeros(2**depth)
            values[start : start + size] = 1.0
            yield level, draw, values, [member, outside]


def _tree_theory(block, data, depth, records):
    """Error on the untaught items over λ, mean and s.d. over the lessons, and what λ does between the ends."""
    runs, hierarchy = data.panel(_panel(depth)), semantic_hierarchy(depth)
    first = runs[0].run_id
    curve = np.linspace(min(block["lambdas"]), max(block["lambdas"]), block["n_curve"])
    lams = np.concatenate([[run.lam for run in runs], curve])
    similarity = teaching.similarity(hierarchy, lams)
    errors, one_example = {}, {}
    for level, _, values, taught in _properties(data, depth):
        predicted = transfer.readout_prediction(similarity, taught, LESSON)
        errors.setdefault(level, []).append(transfer.untaught_error(predicted, values, taught))
        predicted = transfer.readout_prediction(similarity, taught[:1], LESSON[:1])
        one_example.setdefault(level, []).append(transfer.untaught_error(predicted, values, taught[:1]))
    records.add(first, "theory", "curve_lam", curve, np.arange(curve.size))
    for level, error in errors.items():
        error, alone = np.array(error), np.array(one_example[level])
        for k, run in enumerate(runs):
            records.add(run.run_id, "theory", f"error_level{level}", error[:, k], np.arange(len(error)))
        on_curve = error[:, len(runs) :]
        mean = on_curve.mean(0)
        for name, value in (("mean", mean), ("std", on_curve.std(0))):
            records.add(first, "theory", f"curve_error_{name}_level{level}", value, np.arange(curve.size))
        summary = {
            "members": 2 ** (depth - level),
            "error_lowest_lam": mean[0],
            "error_highest_lam": mean[-1],
            "log_ratio": np.log10(mean[-1] / mean[0]),
            "best_lam": curve[mean.argmin()],
            "best_error": mean.min(),
            "one_example_lowest_lam": alone[:, len(runs)].mean(),
            "one_example_highest_lam": alone[:, -1].mean(),
        }
        for name, value in summary.items():
            records.add(first, "theory", f"{name}_level{level}", value)


def simulation(config, data):
    records = Records()
    hierarchy = semantic_hierarchy()
    runs = data.panel("transfer")
    first, draws = runs[0].run_id, np.arange(config["n_draws"])
    w1, w2, misfit = teaching.learn_hierarchy(data, runs)
    similarity = input_representation(w1)
    readout = teaching.readout_by_descent(
        config["readout"], w1, np.broadcast_to([TAUGHT], (*w1.shape[:2], 1)), np.ones(1)
    )
    reached = {"readout": readout}
    end = config["fine_tuning"]["n_steps"] * config["fine_tuning"]["learning_rate"]
    for kind, output, sigma_yx in teaching.fine_tunings(w1, w2, hierarchy.y[:, TAUGHT]):
        new1, new2 = teaching.fine_tune(config["fine_tuning"], w1, output, sigma_yx)
        reached[kind] = (new2[..., -1:, :] @ new1)[..., 0, :]
        change = teaching.old_change(new1, w2 if kind == "new_alone" else new2[..., :-1, :], hierarchy.y)
        for run, values in zip(runs, change, strict=True):
            records.add(
                run.run_id, "simulation", f"old_change_{kind}", values.max(), config["fine_tuning"]["n_steps"], end
            )
    references = {"readout": "theory", "new_alone": "theory", "with_old": "flow"}
    for k, run in enumerate(runs):
        exact = teaching.similarity(hierarchy, [run.lam])[0]
        records.add(run.run_id, "simulation", "deviation_similarity", deviation(similarity[k], exact))
        records.add(run.run_id, "simulation", "misfit", misfit[k].max())
        records.add(run.run_id, "simulation", "lam_end", balance(w1[k], w2[k]).lam.mean())
        for kind, values in reached.items():
            records.add(run.run_id, "simulation", kind, values[k], draws)
            records.add(run.run_id, "simulation", f"{kind}_mean", [values[k].mean(0)])
            records.add(run.run_id, "simulation", f"{kind}_std", [values[k].std(0)])
            known = data.numbers(kind, run.run_id, references[kind])[2]
            records.add(run.run_id, "simulation", f"deviation_{kind}", deviation(values[k], known))
    sibling = readout[..., SIBLING]
    # from the largest of all starts at one λ to the least at the next
    records.add(first, "simulation", "least_increase_sibling", (sibling[1:].min(1) - sibling[:-1].max(1)).min())
    for depth in config["trees"]["depths"]:
        _tree_simulation(config, data, depth, records)
    return records


def _tree_simulation(config, data, depth, records):
    """The same errors of readouts and representations trained by descent, each draw from its own start."""
    runs = data.panel(_panel(depth))
    w1, _, misfit = teaching.learn_hierarchy(data, runs)
    for k, run in enumerate(runs):
        records.add(run.run_id, "simulation", "misfit", misfit[k].max())
    lessons = {}
    for level, _, values, taught in _properties(data, depth):
        lessons.setdefault(level, []).append((values, taught))
    for level, taught_of in lessons.items():
        taught = np.broadcast_to([pair for _, pair in taught_of], (len(runs), len(taught_of), 2))
        predicted = teaching.readout_by_descent(config["readout"], w1, taught, LESSON)
        for k, run in enumerate(runs):
            pairs = zip(predicted[k], taught_of, strict=True)
            error = np.array([transfer.untaught_error(row, values, pair) for row, (values, pair) in pairs])
            exact = data.numbers(f"error_level{level}", run.run_id, "theory")[2][:, 0]
            records.add(run.run_id, "simulation", f"error_mean_level{level}", error.mean())
            records.add(run.run_id, "simulation", f"error_std_level{level}", error.std())
            records.add(run.run_id, "simulation", f"deviation_error_level{level}", deviation(error, exact))
