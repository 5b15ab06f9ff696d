"""What the block grq4 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Len

from ...pipeline.config_types import Block, Count, Lambdas, Many, Plane, Positive, chosen, paper


class Single(Block):
    """The panels of a single example."""

    x: Plane = paper("the example")
    y: float = paper("its label")
    beta: Plane = paper("function β at the start")


class Windows(Block):
    """What is drawn, limits of β1 and of β2."""

    full: Annotated[list[Plane], Len(2, 2)] = chosen("of the full data")
    single: Annotated[list[Plane], Len(2, 2)] = paper("of the single example")


class Config(Block):
    """One neuron in the plane of functions."""

    deltas: Lambdas = paper("relative scales δ")
    beta: Plane = paper("function β at the start")
    target: Plane = paper("target β*")
    single: Single
    learning_rate: Positive = chosen("learning rate η")
    n_steps: Count = paper("gradient steps")
    record_every: Count = chosen("steps between records")
    n_flow_times: Many = chosen("times at which the flow is integrated")
    until_flow: Positive = chosen("time at which the flow has converged")
    late: Positive = chosen("time at which the exact solution has converged")
    windows: Windows
    n_grid: Many = chosen("points of the loss along each axis")
    largest: Positive = chosen("largest relative scale of panel C")
    n_curve: Many = chosen("points of the curve of panel C on each side of zero")
