"""What the block grq8 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Len

from ...pipeline.config_types import UNIQUE, Block, Count, Lambdas, Many, Plane, Positive, chosen, paper


class Config(Block):
    """The exact neuron beside simulation."""

    deltas: Lambdas = chosen("relative scales δ")
    directions: Annotated[list[Plane], Len(1), UNIQUE] = paper("directions of β at the start")
    target: Plane = paper("target β*")
    learning_rate: Positive = chosen("learning rate η")
    n_steps: Count = paper("gradient steps")
    record_every: Count = chosen("steps between records")
    n_flow_times: Many = chosen("times at which the flow is integrated")
