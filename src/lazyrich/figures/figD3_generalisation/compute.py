"""figD3: transfer of a new property to items that were not taught (Domine et al. 2025, Section 6 and Appendix D).

answers  the semantic task from λ-balanced starts, then a new output learned from one item: its readout row alone
         (formula and descent), both layers on the new output alone (`new_alone`, with a formula of its own), and both
         layers with the taught item's old properties as targets beside it (`with_old`, by descent and DOP853 only).
         One item's input correlation is not isotropic and a new row of zeros not λ-balanced: no Riccati solution.
errors   trees of 2^depth items, and at every level a property that one subtree has (1) and the others have not (0),
         learned by the readout from one random member and one random non-member: mean squared error on the others
"""

import numpy as np

from ...linear import transfer
from ...linear.exact import exact_solution
from ...linear.flow import gradient_flow
from ...linear.observables import balance, input_representation
from ...linear.tasks import Task, semantic_hierarchy
from ...pipeline import semantic
from ...pipeline.common import deviation, drawn, step_size
from ...pipeline.frames import each, only
from ...pipeline.stages import Rows
from . import teaching
from .teaching import TAUGHT

LESSON = np.array([1.0, 0.0])  # what is said of the taught member and of the taught non-member


def task(config, seeds):
    tables = {"starts": Rows(), "tree_starts": Rows(), "lessons": Rows()}
    for lam, draw, start in _starts(seeds, "transfer", 3, config, config["scale"]):
        tables["starts"].add(lam=lam, draw=draw, learning_rate=config["learning_rate"], **start)
    trees = config["trees"]
    for depth in trees["depths"]:
        n_items = 2**depth
        for lam, draw, start in _starts(seeds, f"depth {depth}", depth, trees, config["scale"]):
            rate = trees["rate_per_item"] * n_items
            tables["tree_starts"].add(depth=depth, lam=lam, draw=draw, learning_rate=rate, **start)
        for level in range(1, depth + 1):
            for draw in range(trees["n_draws"]):
                rng, size = seeds.rng("lesson", depth, level, draw), 2 ** (depth - level)
                lesson = zip(("first", "member", "outside"), _lesson(n_items, size, rng), strict=True)
                tables["lessons"].add(depth=depth, level=level, draw=draw, size=size, **dict(lesson))
    return tables


def _starts(seeds, stream, depth, block, scale):
    """λ, draw and the other columns of every start on the tree of this depth."""
    hierarchy = semantic_hierarchy(depth)
    for j, lam in enumerate(block["lambdas"]):
        for draw in range(block["n_draws"]):
            weights = semantic.balanced_start(lam, hierarchy, scale, seeds.rng(stream, "start", j, draw))
            yield lam, draw, {"n_steps": block["n_steps"], **drawn(weights, hierarchy.sigma_yx)}


def _lesson(n_items, size, rng):
    """First item of a random subtree of `size` items, a random member of it and a random item outside."""
    first = size * rng.integers(n_items // size)
    outside = (first + size + rng.integers(n_items - size)) % n_items
    return first, first + rng.integers(size), outside


def theory(config, data):
    tables = {name: Rows() for name in ("answers", "networks", "curves", "limit", "errors", "error_curves")}
    hierarchy = semantic_hierarchy()
    items = np.arange(hierarchy.x.shape[0])
    for run in only(data["task/starts"], draw=0).itertuples():
        answers, network = _transfer_theory(config, run, hierarchy)
        tables["answers"].add(lam=run.lam, item=items, **answers)
        tables["networks"].add(lam=run.lam, **network)

    lams = np.linspace(min(config["lambdas"]), max(config["lambdas"]), config["n_curve"])
    similarity = teaching.similarity(hierarchy, lams)
    readout = transfer.readout_prediction(similarity, [TAUGHT], [1.0])
    alone = transfer.fine_tuned_prediction(similarity, TAUGHT).prediction
    for lam, *curves in zip(lams, readout, alone, strict=True):
        tables["curves"].add(lam=lam, item=items, **dict(zip(("readout", "new_alone"), curves, strict=True)))
    # λ → ∞: K becomes a multiple of YᵀY
    limit = transfer.readout_prediction(hierarchy.y.T @ hierarchy.y, [TAUGHT], [1.0])
    tables["limit"].add(item=items, readout=limit)
    for lessons in each(data["task/lessons"], "depth"):
        _tree_theory(config["trees"], data, lessons, tables["errors"], tables["error_curves"])
    return tables


def _transfer_theory(config, run, hierarchy):
    """Columns of the answers, by formula and by DOP853, and of how the network comes to them."""
    c = semantic.input_scale(hierarchy)
    similarity = teaching.similarity(hierarchy, [run.lam])[0]
    tuned = transfer.fine_tuned_prediction(similarity, TAUGHT)
    end = run.n_steps * run.learning_rate
    trained = exact_solution(run.w1, run.w2, Task(run.sigma_yx, c), [end], lam=run.lam)
    flow = gradient_flow(run.w1, run.w2, Task(run.sigma_yx, c), [0, end])
    answers = {
        "readout": transfer.readout_prediction(similarity, [TAUGHT], [1.0]),
        "new_alone": tuned.prediction,
    }
    network = {
        "deviation_flow_qqt": deviation(flow.qqt[-1], trained.qqt[-1]),
        "deviation_limit_similarity": deviation(trained.input_representation[0], similarity),
        "old_change_new_alone": tuned.growth - 1,
    }
    block, y, (w1, w2) = config["fine_tuning"], hierarchy.y, trained.weights(-1)
    end = block["n_steps"] * block["learning_rate"]
    for kind, output, sigma_yx in teaching.fine_tunings(w1, w2, y[:, TAUGHT]):
        flow = gradient_flow(w1, output, Task(sigma_yx, teaching.taught_correlation(w1.shape[1])), [0, end])
        new1, new2 = flow.weights(-1)
        answers[f"flow_{kind}"] = new2[-1] @ new1
        old_rows = w2 if kind == "new_alone" else new2[:-1]
        network[f"flow_old_change_{kind}"] = teaching.old_change(new1, old_rows, y)
    network["deviation_flow_new_alone"] = deviation(answers["flow_new_alone"], answers["new_alone"])
    return answers, network


def _property(lesson, n_items):
    """The property (P,) of a lesson and its taught pair of items."""
    values = np.zeros(n_items)
    values[lesson.first : lesson.first + lesson.size] = 1.0
    return values, [lesson.member, lesson.outside]


def _tree_theory(block, data, lessons, errors, error_curves):
    """Error on the untaught items of one tree, at each λ that descent runs and along a curve."""
    depth = int(lessons["depth"].iloc[0])
    simulated = only(data["task/tree_starts"], depth=depth)["lam"].unique()
    curve = np.linspace(min(block["lambdas"]), max(block["lambdas"]), block["n_curve"])
    similarity = teaching.similarity(semantic_hierarchy(depth), np.concatenate([simulated, curve]))
    for lesson in lessons.itertuples():
        values, taught = _property(lesson, 2**depth)
        predicted = transfer.readout_prediction(similarity, taught, LESSON)
        error = transfer.untaught_error(predicted, values, taught)
        predicted = transfer.readout_prediction(similarity, taught[:1], LESSON[:1])
        alone = transfer.untaught_error(predicted, values, taught[:1])
        place = {"depth": depth, "level": lesson.level, "draw": lesson.draw}
        errors.add(**place, lam=simulated, error=error[: simulated.size])
        on_curve = {"error": error[simulated.size :], "one_example_error": alone[simulated.size :]}
        error_curves.add(**place, lam=curve, size=lesson.size, **on_curve)


def simulation(config, data):
    names = "answers", "networks", "agreement", "errors", "tree_networks", "error_agreement"
    tables = {name: Rows() for name in names}
    hierarchy, starts = semantic_hierarchy(), data["task/starts"]
    items = np.arange(hierarchy.x.shape[0])
    w1, w2, misfit = teaching.learn_hierarchy(starts)
    taught = np.broadcast_to([TAUGHT], (len(starts), 1))
    answers = {"readout": teaching.readout_by_descent(config["readout"], w1, taught, np.ones(1))}
    networks = {"lam_end": balance(w1, w2).lam, "misfit": misfit}
    for kind, output, sigma_yx in teaching.fine_tunings(w1, w2, hierarchy.y[:, TAUGHT]):
        new1, new2 = teaching.fine_tune(config["fine_tuning"], w1, output, sigma_yx)
        answers[kind] = (new2[:, -1:] @ new1)[:, 0]
        old_rows = w2 if kind == "new_alone" else new2[:, :-1]
        networks[f"old_change_{kind}"] = teaching.old_change(new1, old_rows, hierarchy.y)
    tables["networks"].add(lam=starts["lam"], draw=starts["draw"], **networks)
    for k, start in enumerate(starts.itertuples()):
        found = {kind: values[k] for kind, values in answers.items()}
        tables["answers"].add(lam=start.lam, draw=start.draw, item=items, **found)

    similarity, references = input_representation(w1), ("readout", "new_alone", "flow_with_old")
    for part in each(starts, "lam"):
        run, known = next(part.itertuples()), only(data["theory/answers"], lam=part["lam"].iloc[0])
        gaps = {
            f"deviation_{kind}": deviation(values[part.index], known[reference].to_numpy())
            for (kind, values), reference in zip(answers.items(), references, strict=True)
        }
        tables["agreement"].add(
            lam=run.lam,
            deviation_similarity=deviation(similarity[part.index], teaching.similarity(hierarchy, [run.lam])[0]),
            **gaps,
            step_size=step_size(run.learning_rate, run.lam, run.sigma_yx),
        )
    for starts in each(data["task/tree_starts"], "depth"):
        _tree_simulation(config, data, starts, tables)
    return tables


def _tree_simulation(config, data, starts, tables):
    """The same errors of readouts and representations trained by descent, each draw from its own start."""
    starts = starts.reset_index(drop=True)
    depth = int(starts["depth"].iloc[0])
    w1, _, misfit = teaching.learn_hierarchy(starts)
    tables["tree_networks"].add(depth=depth, lam=starts["lam"], draw=starts["draw"], misfit=misfit)
    sizes = {run.lam: step_size(run.learning_rate, run.lam, run.sigma_yx) for run in only(starts, draw=0).itertuples()}
    for lessons in each(only(data["task/lessons"], depth=depth), "level"):
        level = int(lessons["level"].iloc[0])
        properties = {lesson.draw: _property(lesson, 2**depth) for lesson in lessons.itertuples()}
        learned = [properties[draw] for draw in starts["draw"]]
        taught = np.array([pair for _, pair in learned])
        predicted = teaching.readout_by_descent(config["readout"], w1, taught, LESSON)
        error = [transfer.untaught_error(row, *one) for row, one in zip(predicted, learned, strict=True)]
        tables["errors"].add(depth=depth, level=level, lam=starts["lam"], draw=starts["draw"], error=error)
        found = starts[["lam", "draw"]].assign(error=error)
        found = found.merge(only(data["theory/errors"], depth=depth, level=level), on=["lam", "draw"], how="left")
        for part in each(found, "lam"):
            lam, gap = part["lam"].iloc[0], deviation(part["error_x"].to_numpy(), part["error_y"].to_numpy())
            place = {"depth": depth, "level": level, "lam": lam}
            tables["error_agreement"].add(**place, deviation_error=gap, step_size=sizes[lam])
