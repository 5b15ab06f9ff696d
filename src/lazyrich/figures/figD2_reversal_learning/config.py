"""What the block figD2 of config.yaml may hold."""

import math
from typing import Annotated

from annotated_types import Gt, Le, Len

from ...pipeline.config_types import UNIQUE, Block, Count, Lambdas, Many, Positive, Share, chosen


class Phase(Block):
    """Velocity against strength, panel B."""

    least: Positive = chosen("least strength in units of the target")
    n_points: Many = chosen("points of the curve on either side of zero")
    n_records: Many = chosen("steps of descent")


class Time(Block):
    """Reversal time against the relative scale, panel C."""

    least: Positive = chosen("smallest |λ|")
    largest: Annotated[float, Gt(0), Le(1e4)] = chosen("largest |λ|")
    n_lambdas: Many = chosen("relative scales in equal ratios")
    learning_rate: Positive = chosen("learning rate η")
    until: Positive = chosen("last time of each of the two tasks")
    slope_from: Positive = chosen("smallest |λ| of the fitted slopes")
    slope_until: Positive = chosen("largest |λ| of the fitted slopes in units of the target")
    rounding_below: Positive = chosen("|λ| below which rounding is taken to decide")


class Unaligned(Block):
    """Random tasks and starts, panels D and E."""

    n_draws: Many = chosen("random tasks and starts")
    scale: Positive = chosen("standard deviation of the drawn weights")
    lambdas: Lambdas = chosen("relative scales, none of them 0")
    shown_lambdas: Lambdas = chosen("those of them whose losses are drawn")
    n_shown: Count = chosen("draws whose losses are drawn")
    learning_rate: Positive = chosen("learning rate η")
    until: Positive = chosen("last time of each of the two tasks")


class Zero(Block):
    """Descent at λ = 0, panel F."""

    learning_rates: Annotated[list[Positive], Len(2), UNIQUE] = chosen("learning rates η")
    until: Positive = chosen("last time of each of the two tasks")


class Draw(Block):
    """What concerns the drawing alone."""

    slope_until: Positive = chosen("largest learning rate of the fitted slopes of panel F")


class Config(Block):
    """Reversal learning."""

    singular_values: Annotated[list[Positive], Len(1)] = chosen("singular values of the square task")
    lambdas: Lambdas = chosen("relative scales of the aligned start, 0 among them")
    initial: Positive = chosen("singular values of W2W1 at the aligned start")
    learning_rate: Positive = chosen("learning rate η of the aligned start")
    until: Positive = chosen("last time of each of the two tasks")
    record_interval: Positive = chosen("time between records")
    rounding: Annotated[float, Gt(0), Le(1e-6)] = chosen("size of a relative rounding error")
    trusted: Share = chosen("fraction of the first escape time after which rounding is taken to decide")
    stuck_until: Positive = chosen("last time of the mode formula at λ = 0")
    n_stuck: Many = chosen("times of the mode formula at λ = 0")
    flow_lambdas: Lambdas = chosen("further relative scales compared with the reference flow")
    flow_fraction: Share = chosen("fraction of the first escape time compared with the reference flow at λ = 0")
    n_flow_times: Many = chosen("times of a task compared with the reference flow")
    phase: Phase
    time: Time
    unaligned: Unaligned
    zero: Zero
    draw: Draw

    @staticmethod
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
                    f"figD2.{name}until = {part['until']:g} must be at least {1.15 * escape:.4g}, 1.15 "
                    "ln(1/rounding)/s̃ of "
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
