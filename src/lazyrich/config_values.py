"""What the values of config.yaml must be to each other, beyond what a JSON schema can say."""

import math

from . import config_beyond, config_rich
from .initialisation import infeasible


def mistakes(config):
    """A sentence for each mistake, naming the key, the value and what is allowed."""
    yield from _infeasible(config)
    yield from _impossible(config)
    for name, check in CHECKS.items():
        yield from check(config[name])


def _infeasible(config):
    """Every block with widths and relative scales: does the start exist?"""
    for name, block in config.items():
        if not isinstance(block, dict) or not {"n_in", "n_hidden", "n_out", "lambdas"} <= set(block):
            continue
        widths = [block[k] for k in ("n_in", "n_hidden", "n_out")]
        for lam in block["lambdas"]:
            if reason := infeasible(lam, *widths):
                yield f"{name}.lambdas holds {lam:g}, but no λ-balanced weights exist: {reason}"


def _impossible(config):
    """What one block's values must be to each other."""
    for name, block in config.items():
        if isinstance(block, dict) and {"n_examples", "n_in"} <= set(block) and block["n_examples"] < block["n_in"]:
            few, n_in = block["n_examples"], block["n_in"]
            yield f"{name}.n_examples = {few} must be at least n_in = {n_in} to whiten the inputs"


def _fig5(block):
    """Every network exists at every λ, and what is simulated is also drawn."""
    for name, lams in (("lambdas", block["lambdas"]), ("dynamics.lambdas", block["dynamics"]["lambdas"])):
        for lam in lams:
            for shape, widths in block["shapes"].items():
                if reason := infeasible(lam, *widths):
                    yield f"fig5.{name} holds {lam:g}, but no λ-balanced weights exist for the {shape}: {reason}"
    for lam in block["simulated_lambdas"]:
        if lam not in block["lambdas"]:
            yield f"fig5.simulated_lambdas holds {lam:g}, which is not in fig5.lambdas"
    for name in ("final", "dynamics"):
        if block["until"] < 2 * block[name]["largest_rate"]:
            yield f"fig5.until = {block['until']:g} must be at least two steps of fig5.{name}.largest_rate"


def _fig_c2(block):
    """The widths that the law of the delay needs, and λ in an order and number that can be drawn and fitted."""
    n_in, n_hidden, n_out = (block[k] for k in ("n_in", "n_hidden", "n_out"))
    if n_in != n_hidden:
        yield f"figC2.n_in = {n_in} must be n_hidden = {n_hidden} for the law of the delay"
    if n_out < 2 * n_hidden:
        yield f"figC2.n_out = {n_out} must be at least 2 n_hidden = {2 * n_hidden} for a start at 45° to the task"
    lams = block["lambdas"]
    if lams != sorted(lams):
        yield f"figC2.lambdas = {lams} must ascend"
    if sum(lam >= block["slope_from"] for lam in lams) < 2:
        yield f"figC2.slope_from = {block['slope_from']:g} must leave at least two of figC2.lambdas to fit a slope"
    if block["scatter_lambda"] not in lams:
        yield f"figC2.scatter_lambda = {block['scatter_lambda']:g} is not in figC2.lambdas"
    if block["late_loss"][0] <= block["late_loss"][1]:
        yield f"figC2.late_loss = {block['late_loss']} must be the larger loss first"


def _fig_d1(block):
    """Tasks that can be whitened, λ that are drawn and simulated among those computed, and stages long enough."""
    if block["n_examples"] < block["size"]:
        few, size = block["n_examples"], block["size"]
        yield f"figD1.n_examples = {few} must be at least size = {size} to whiten the inputs"
    if block["shown_lambda"] not in block["lambdas"]:
        yield f"figD1.shown_lambda = {block['shown_lambda']:g} is not in figD1.lambdas"
    conditioned, zero = block["conditioned"], block["zero"]
    lams = conditioned["lambdas"]
    if lams != sorted(lams):
        yield f"figD1.conditioned.lambdas = {lams} must ascend"
    for lam in conditioned["simulated_lambdas"]:
        if lam not in lams:
            yield f"figD1.conditioned.simulated_lambdas holds {lam:g}, which is not in figD1.conditioned.lambdas"
    for name in ("lambdas", "simulated_lambdas"):
        if 0 not in conditioned[name]:
            yield f"figD1.conditioned.{name} must hold 0, which panel G draws"
    if conditioned["singular_values"][0] > conditioned["singular_values"][1]:
        yield f"figD1.conditioned.singular_values = {conditioned['singular_values']} must be the smaller one first"
    steps = block["difference_steps"]
    if steps != sorted(steps, reverse=True):
        yield f"figD1.difference_steps = {steps} must be the largest first"
    until = block["n_steps"] * block["learning_rate"]
    if not 3 * block["learning_rate"] <= block["shown"] < until:
        yield f"figD1.shown = {block['shown']:g} must be at least three steps and less than the {until:g} of a task"
    if zero["shown"] >= conditioned["until"]:
        yield f"figD1.zero.shown = {zero['shown']:g} must be less than conditioned.until = {conditioned['until']:g}"
    if zero["stuck_until"] > zero["shown"]:
        yield f"figD1.zero.stuck_until = {zero['stuck_until']:g} must be at most zero.shown = {zero['shown']:g}"
    if zero["n_shown"] > block["n_draws"]:
        yield f"figD1.zero.n_shown = {zero['n_shown']} must be at most n_draws = {block['n_draws']}"


def _fig_d2(block):
    """λ = 0 among the aligned starts and not among the others, times that suffice to pass, and ranges to fit."""
    s, time, unaligned, zero = (block[k] for k in ("singular_values", "time", "unaligned", "zero"))
    if 0 not in block["lambdas"]:
        yield f"figD2.lambdas = {block['lambdas']} must hold 0, the separatrix"
    if 0 in unaligned["lambdas"]:
        yield "figD2.unaligned.lambdas holds 0, where half of all random starts never learn the first task"
    for lam in unaligned["shown_lambdas"]:
        if lam not in unaligned["lambdas"]:
            yield f"figD2.unaligned.shown_lambdas holds {lam:g}, which is not in figD2.unaligned.lambdas"
    escape = math.log(1 / block["rounding"]) / min(s)
    for name, part in (("", block), ("time.", time), ("zero.", zero)):
        if part["until"] < 1.15 * escape:
            yield (
                f"figD2.{name}until = {part['until']:g} must be at least {1.15 * escape:.4g}, 1.15 ln(1/rounding)/s̃ of "
                "the slowest mode, for rounding to let it go at λ = 0"
            )
    if not time["least"] < time["rounding_below"] < time["slope_from"]:
        yield "figD2.time needs least < rounding_below < slope_from"
    spacing = (time["largest"] / time["least"]) ** (1 / (time["n_lambdas"] - 1))
    if time["slope_until"] * min(s) < time["slope_from"] * spacing**2:
        yield (
            f"figD2.time.n_lambdas = {time['n_lambdas']} leaves fewer than two scales from slope_from = "
            f"{time['slope_from']:g} to slope_until = {time['slope_until']:g} s̃ to fit a slope to"
        )
    if time["largest"] < max(s) or time["slope_until"] * spacing**2 > 1:
        yield "figD2.time must leave at least two scales from slope_until s̃ to s̃ to fit a slope to, for every s̃"
    if sum(rate <= zero["slope_until"] for rate in zero["learning_rates"]) < 2:
        yield f"figD2.zero.slope_until = {zero['slope_until']:g} leaves fewer than two of figD2.zero.learning_rates"


def _fig_d3(block):
    """Relative scales and depths in the order in which they are compared, and bars of what is simulated."""
    for name, values in (
        ("lambdas", block["lambdas"]),
        ("bars", block["bars"]),
        ("trees.lambdas", block["trees"]["lambdas"]),
        ("trees.depths", block["trees"]["depths"]),
    ):
        if values != sorted(values):
            yield f"figD3.{name} = {values} must ascend"
    for lam in block["bars"]:
        if lam not in block["lambdas"]:
            yield f"figD3.bars holds {lam:g}, which is not in figD3.lambdas"


def _fig_d4(block):
    """Every network exists at every λ and can learn both tasks, and there is enough to draw, to compare and to fit."""
    pretrained = [block["pretraining_lambda"]]
    for name, lams in (("pretraining_lambda", pretrained), ("lambdas", block["lambdas"])):
        for lam in lams:
            for shape, widths in block["shapes"].items():
                if reason := infeasible(lam, *widths):
                    yield f"figD4.{name} holds {lam:g}, but no λ-balanced weights exist for the {shape}: {reason}"
    for shape, widths in block["shapes"].items():
        if len(block["singular_values"]) != min(widths):
            yield (
                f"figD4.singular_values holds {len(block['singular_values'])}, but the smallest width of the {shape}, "
                f"{widths}, is {min(widths)}: there must be as many"
            )
    if len(set(block["shapes"]["square"])) > 1:
        yield f"figD4.shapes.square = {block['shapes']['square']} must have three equal widths"
    for lam in block["simulated_lambdas"]:
        if lam not in block["lambdas"]:
            yield f"figD4.simulated_lambdas holds {lam:g}, which is not in figD4.lambdas"
    if block["grid"]["lambdas"] != sorted(block["grid"]["lambdas"]):
        yield f"figD4.grid.lambdas = {block['grid']['lambdas']} must ascend"
    if block["lambdas"] != sorted(block["lambdas"]):
        yield f"figD4.lambdas = {block['lambdas']} must ascend"
    for name in ("falling_from", "slope_from"):
        for kind in ("lambdas", "simulated_lambdas"):
            for side in (-1, 1):
                if sum(lam * side >= max(block[name], block["falling_from"]) for lam in block[kind]) < 2:
                    yield f"figD4.{name} = {block[name]:g} must leave at least two of figD4.{kind} on either side of 0"


def _fig_e1(block):
    """Learning rates that share their record times, and runs of some length."""
    order = block["order"]
    coarsest = max(order["learning_rates"])
    for rate in order["learning_rates"]:
        if abs(coarsest / rate - round(coarsest / rate)) > 1e-9:
            yield f"figE1.order.learning_rates holds {rate:g}, but each must divide the largest, {coarsest:g}"
    for name, rate in (("order", coarsest), ("scale", block["scale"]["learning_rate"])):
        until = block[name]["until"]
        if until < 2 * rate:
            yield f"figE1.{name}.until = {until:g} must be at least two steps of the learning rate {rate:g}"


# figure -> the check of its block
CHECKS = {
    "fig5": _fig5,
    "figC2": _fig_c2,
    "figD1": _fig_d1,
    "figD2": _fig_d2,
    "figD3": _fig_d3,
    "figD4": _fig_d4,
    "figE1": _fig_e1,
    **config_beyond.CHECKS,
    **config_rich.CHECKS,
}
