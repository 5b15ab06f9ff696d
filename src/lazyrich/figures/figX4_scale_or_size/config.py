"""What the block figX4 of config.yaml may hold."""

import math
from typing import Annotated

from annotated_types import Ge, Gt, Le, Len, Lt

from ...pipeline.config_types import UNIQUE, Block, Many, Positive, Share, Width, Widths, chosen


class FixedSize(Block):
    """Over the relative scale at one size."""

    sizes: Annotated[list[Positive], Len(1), UNIQUE] = chosen("sizes drawn")
    shares: Annotated[list[Annotated[float, Gt(-1), Lt(1)]], Len(2), UNIQUE] = chosen(
        "λ in units of the size, ascending and 0 among them"
    )
    simulated_size: Positive = chosen("size that is also simulated, one of sizes")
    simulated_shares: Annotated[list[Annotated[float, Gt(-1), Lt(1)]], Len(1), UNIQUE] = chosen(
        "shares that are also simulated, of shares"
    )


class FixedLambda(Block):
    """Over the size at one relative scale."""

    lambdas: Annotated[list[Annotated[float, Ge(0), Le(1e4)]], Len(2), UNIQUE] = chosen("relative scales, 0 first")
    least: Positive = chosen("least size")
    largest: Positive = chosen("largest size")
    n_sizes: Many = chosen("sizes of each relative scale")
    unbalanced_widths: Annotated[Widths, Len(0, 2)] = chosen("hidden widths of the unbalanced weights, ascending")
    simulated_sizes: Annotated[list[Positive], Len(1), UNIQUE] = chosen("sizes that are simulated, of those at λ = 0")


class Imbalance(Block):
    """Balanced and unbalanced starts by their imbalance."""

    size: Positive = chosen("size of all these starts")
    gaps: Annotated[list[Annotated[float, Gt(0), Le(1)]], Len(2), UNIQUE] = chosen(
        "1 − |λ|/size of the balanced starts, descending from 1"
    )
    widths: Widths = chosen("hidden widths of the unbalanced weights, ascending")
    wide_out: Width = chosen("outputs of the second shape")


class Descent(Block):
    """Gradient descent until converged."""

    step: Annotated[float, Gt(0), Le(1)] = chosen("learning rate times the largest curvature of the start")
    n_steps: Many = chosen("steps at first, then as many again, doubling")
    most_steps: Positive = chosen("steps after which a descent is given up")
    converged: Share = chosen("loss, in units of ½‖Σyx‖², at which a descent ends")
    n_records: Many = chosen("records in each stretch of steps")


class Config(Block):
    """Is it λ, or just large weights."""

    singular_values: Annotated[list[Positive], Len(2)] = chosen(
        "singular values of the task, as many as inputs, outputs and hidden units"
    )
    n_draws: Many = chosen("tasks and starts")
    until: Positive = chosen("time at which the exact solution has converged")
    learned: Annotated[float, Gt(0), Le(0.5)] = chosen("loss, in units of ½‖Σyx‖², at which a task counts as learned")
    edge: Share = chosen("largest |λ| of the map in units of the size, at which W2W1 would be 0")
    sizes: Annotated[list[Positive], Len(2), UNIQUE] = chosen("sizes of the map, ascending")
    fixed_size: FixedSize
    fixed_lambda: FixedLambda
    imbalance: Imbalance
    descent: Descent
    flow_until: Positive = chosen("last time of the integrated flow")

    @staticmethod
    def mistakes(block):
        """Starts that exist, and what is simulated or compared among what is computed."""
        n = len(block["singular_values"])
        shares, sizes, imbalance = (block[name] for name in ("fixed_size", "fixed_lambda", "imbalance"))
        for name, values in (("sizes", block["sizes"]), ("fixed_size.shares", shares["shares"])):
            if values != sorted(values):
                yield f"figX4.{name} = {values} must ascend"
        if 0 not in shares["shares"]:
            yield f"figX4.fixed_size.shares = {shares['shares']} must hold 0, with which the others are compared"
        if shares["simulated_size"] not in shares["sizes"]:
            yield f"figX4.fixed_size.simulated_size = {shares['simulated_size']:g} is not in figX4.fixed_size.sizes"
        for share in shares["simulated_shares"]:
            if share not in shares["shares"]:
                yield f"figX4.fixed_size.simulated_shares holds {share:g}, which is not in figX4.fixed_size.shares"
        lams, widths = sizes["lambdas"], sizes["unbalanced_widths"]
        if lams != sorted(lams) or lams[0] != 0:
            yield f"figX4.fixed_lambda.lambdas = {lams} must ascend from 0"
        if sizes["largest"] <= max(sizes["least"], lams[-1] / block["edge"]):
            yield (
                f"figX4.fixed_lambda.largest = {sizes['largest']:g} must be above least = {sizes['least']:g} and above "
                f"{lams[-1] / block['edge']:g}, the least size at λ = {lams[-1]:g}: balanced weights need |λ| < size"
            )
            return
        apart = max(math.log(sizes["largest"]) - math.log(sizes["least"]), 1e-300) / (sizes["n_sizes"] - 1)
        for size in sizes["simulated_sizes"]:
            place = (math.log(size) - math.log(sizes["least"])) / apart
            if not -0.5 < place < sizes["n_sizes"] - 0.5 or abs(place - round(place)) > 1e-6:
                yield f"figX4.fixed_lambda.simulated_sizes holds {size:g}, which is none of the sizes at λ = 0"
        for name, values in (("fixed_lambda.unbalanced_widths", widths), ("imbalance.widths", imbalance["widths"])):
            if values != sorted(values):
                yield f"figX4.{name} = {values} must ascend"
            if min(values) < n:
                yield (
                    f"figX4.{name} = {values} must be at least {n}: a narrower layer cannot learn as many singular "
                    "values"
                )
        if block["descent"]["most_steps"] < block["descent"]["n_steps"]:
            least = block["descent"]["n_steps"]
            yield f"figX4.descent.most_steps = {block['descent']['most_steps']:g} must be at least n_steps = {least}"
        gaps = imbalance["gaps"]
        if gaps != sorted(gaps, reverse=True) or gaps[0] != 1:
            yield f"figX4.imbalance.gaps = {gaps} must descend from 1, which is λ = 0"
        if imbalance["wide_out"] <= n:
            yield (
                f"figX4.imbalance.wide_out = {imbalance['wide_out']} must be above the {n} inputs, one a singular value"
            )
