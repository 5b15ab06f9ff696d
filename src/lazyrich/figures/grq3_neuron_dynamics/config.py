"""What the block grq3 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Le, Len

from ...pipeline.config_types import UNIQUE, Block, Count, Lambdas, Many, Plane, Positive, chosen, paper


class Limits(Block):
    """How fast the limits of large relative scales are reached."""

    beta: Plane = chosen("function β at the start")
    sizes: Annotated[list[Annotated[float, Ge(1), Le(1e4)]], Len(2), UNIQUE] = chosen("sizes of the relative scale δ")
    window: Positive = chosen("last time, in units of the limit")
    n_times: Many = chosen("times compared")


class Config(Block):
    """One neuron over time."""

    deltas: Lambdas = paper("relative scales δ")
    beta: Plane = paper("function β at the start")
    target: Plane = paper("target β*")
    learning_rate: Positive = chosen("learning rate η")
    n_steps: Count = paper("gradient steps")
    record_every: Count = chosen("steps between records")
    n_flow_times: Many = chosen("times at which the flow is integrated")
    limits: Limits
