"""What the block figZ1 of config.yaml may hold."""

from ...pipeline.config_types import Block, Many, Positive, chosen


class Draw(Block):
    """How it is drawn."""

    height: Positive = chosen("of the picture, in inches")


class Config(Block):
    """One aligned mode."""

    target: Positive = chosen("singular value of the task")
    initial: Positive = chosen("strength at the start")
    learning_rate: Positive = chosen("learning rate η")
    n_steps: Many = chosen("gradient steps")
    draw: Draw
