"""What the block fig1 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Len

from ...pipeline.config_types import UNIQUE, Block, Count, Lambdas, Many, Positive, Shape, Width, chosen, paper


class Random(Block):
    """Random initialisation, ever wider."""

    widths: Shape = chosen("input, hidden and output width of the narrowest")
    factors: Annotated[list[Width], Len(1), UNIQUE] = chosen("multiples of these widths")
    n_shown: Many = chosen("rows and columns kept")


class Draw(Block):
    """What concerns the drawing alone."""

    shown_beyond: Annotated[float, Ge(1)] = chosen("end of the time axis in units of the slowest learning time")


class Config(Block):
    """A minimal model of rich and lazy."""

    lambdas: Lambdas = paper("relative scales")
    n_in: Width = paper("input width")
    n_hidden: Width = paper("hidden width")
    n_out: Width = paper("output width")
    n_examples: Count = paper("examples, at least n_in for whitened inputs")
    target_variance: Positive = paper("variance of the targets")
    weight_variance: Positive = paper("variance of the drawn weights")
    learning_rate: Positive = paper("learning rate η")
    n_steps: Many = chosen("gradient steps")
    record_every: Count = chosen("steps between records")
    n_flow_times: Many = chosen("times compared with the reference flow")
    random: Random
    draw: Draw
