"""What the block figC1 of config.yaml may hold."""

from ...pipeline.config_types import Block, Lambdas, Many, Positive, chosen


class Draw(Block):
    """What concerns the drawing alone."""

    linear_below: Positive = chosen("|λ| below which the axis of λ is linear")


class Config(Block):
    """Representations and kernel at convergence against the relative scale."""

    lambdas: Lambdas = chosen("relative scales simulated, at least two of each sign from slope_from on")
    scale: Positive = chosen("standard deviation of the draw whose product is the balanced start")
    learning_rate: Positive = chosen("learning rate η where |λ| is at most 1, divided by |λ| above")
    n_steps: Many = chosen("gradient steps")
    n_curve: Many = chosen("relative scales of a curve")
    linear_below: Positive = chosen("|λ| below which the curves' λ are equally spaced")
    slope_from: Positive = chosen("|λ| from which on exponents are fitted")
    draw: Draw
