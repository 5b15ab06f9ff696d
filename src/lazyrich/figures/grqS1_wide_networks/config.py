"""What the block grqS1 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Len

from ...pipeline.config_types import UNIQUE, Block, Count, Lambdas, Many, Plane, Positive, Shape, chosen


class Shapes(Block):
    """Inputs, hidden neurons and outputs."""

    narrowing: Shape = chosen("fewer outputs than inputs")
    expanding: Shape = chosen("more outputs than inputs")
    square: Shape = chosen("equal widths")
    wide: Shape = chosen("many hidden neurons")


class Flow(Block):
    """The integrated flow of the first draw."""

    until: Positive = chosen("last time")
    n_times: Many = chosen("times compared")


class Isotropic(Block):
    """The tangent operator at isotropic relative scale."""

    shapes: Annotated[list[Shape], Len(1), UNIQUE] = chosen("inputs, hidden neurons and outputs")
    deltas: Lambdas = chosen("relative scales δ")
    scale: Positive = chosen("standard deviation of the draw behind the function")


class Deep(Block):
    """Deep networks of a single example."""

    hidden_layers: Annotated[list[Count], Len(1), UNIQUE] = chosen("numbers of hidden layers")
    x: Plane = chosen("the example")
    y: float = chosen("its label")
    beta: Plane = chosen("function at the start")
    until: Positive = chosen("last time")
    n_times: Many = chosen("times drawn")


class Draw(Block):
    """What concerns the drawing alone."""

    floor: Positive = chosen("smallest loss that is averaged")


class Config(Block):
    """Wide and deep linear networks."""

    shapes: Shapes
    deltas: Lambdas = chosen("relative scales δ of every neuron")
    strength: Positive = chosen("product of the norms of the weights of a neuron")
    n_draws: Many = chosen("random starts and targets")
    step: Positive = chosen("learning rate in units of the slowest time that is safe")
    until: Positive = chosen("last time")
    until_lazy: Positive = chosen("last time of lazy networks")
    n_times: Many = chosen("recorded times")
    fitted: Positive = chosen("loss below which a network has learned")
    flow: Flow
    isotropic: Isotropic
    deep: Deep
    draw: Draw
