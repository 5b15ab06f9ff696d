"""What the values of figD2's block of config.yaml must be to each other."""

import math


def mistakes(block):
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
    most = block["draw"]["slope_until"]
    if sum(rate <= most for rate in zero["learning_rates"]) < 2:
        yield f"figD2.draw.slope_until = {most:g} leaves fewer than two of figD2.zero.learning_rates"
