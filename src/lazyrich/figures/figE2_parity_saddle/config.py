"""What the block figE2 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Le, Len

from ...pipeline.config_types import UNIQUE, Block, Count, Many, Positive, chosen


class Draw(Block):
    """What concerns the drawing alone."""

    slope_rates_until: Positive = chosen("largest learning rate of the fitted slope")


class Config(Block):
    """The parity saddle."""

    singular_values: Annotated[list[Positive], Len(1)] = chosen("singular values of the square task")
    scale: Positive = chosen("standard deviation of the drawn weights")
    n_draws: Many = chosen("random tasks and starts")
    n_shown: Count = chosen("losses drawn of either sign of the determinant")
    learning_rate: Positive = chosen("learning rate η")
    until: Positive = chosen("last time at λ = 0")
    judged_at: Positive = chosen("time at which a run has succeeded or failed")
    record_interval: Positive = chosen("time between records")
    lambdas: Annotated[list[Annotated[float, Ge(1e-13), Le(1e4)]], Len(2), UNIQUE] = chosen(
        "positive relative scales of panel C"
    )
    slope_until: Positive = chosen("largest relative scale of the fitted slope")
    until_scale: Positive = chosen("last time of panel C")
    learning_rates: Annotated[list[Positive], Len(2), UNIQUE] = chosen("learning rates of panel D")
    draw: Draw

    @staticmethod
    def mistakes(block):
        """Slopes need two points."""
        for name, limit, most in (
            ("lambdas", "slope_until", block["slope_until"]),
            ("learning_rates", "draw.slope_rates_until", block["draw"]["slope_rates_until"]),
        ):
            if sum(value <= most for value in block[name]) < 2:
                yield f"figE2.{limit} = {most:g} leaves fewer than two of figE2.{name} to fit a slope to"


def n_runs(block):
    """Runs of the sweep, which need not each other."""
    return block["n_draws"]
