"""What the block figX8 of config.yaml may hold."""

import math
from typing import Annotated

from annotated_types import Ge, Gt, Le, Len

from ...pipeline.config_types import UNIQUE, Block, Many, Positive, Shape, Width, chosen
from ...pipeline.config_values import KINDS


class Equal(Block):
    """One function and one relative scale at several ratios."""

    width: Width = chosen("inputs, hidden neurons and outputs")
    lam: Annotated[float, Ge(-100), Le(100)] = chosen("relative scale of the rescaled weights")
    function: Positive = chosen("standard deviation of the network function at the start")


class Shapes(Block):
    """Inputs, hidden neurons and outputs."""

    funnel: Shape = chosen("fewer outputs than inputs")
    square: Shape = chosen("equal widths")
    inverted: Shape = chosen("more outputs than inputs")


class Config(Block):
    """A learning rate for each layer."""

    singular_values: Annotated[list[Positive], Len(1)] = chosen("of the task")
    ratios: Annotated[list[Positive], Len(2), UNIQUE] = chosen(
        "ratios of the layers' learning rates, simulated and drawn over time"
    )
    step: Annotated[float, Gt(0), Le(1)] = chosen("size of a gradient step in units of the fastest rate")
    until: Positive = chosen("last time, in units of the common rate")
    n_records: Many = chosen("points of a curve")
    n_flow_times: Many = chosen("times compared with the integrator")
    equal: Equal
    size: Positive = chosen("singular values of both layers at the start")
    shapes: Shapes
    log_ratio: Annotated[list[Annotated[float, Ge(-6), Le(6)]], Len(2, 2)] = chosen(
        "log10 of the least and the largest ratio"
    )
    n_ratios: Many = chosen("ratios between")
    n_draws: Many = chosen("random tasks and starts")
    n_in: Width = chosen("inputs of the single neuron")
    n_neuron_times: Many = chosen("times at which the neuron is compared")

    @staticmethod
    def mistakes(block):
        """Layers that can be orthogonal, a task that they can learn, and a range of ratios."""
        for shape, (n_in, n_hidden, n_out) in block["shapes"].items():
            if not KINDS[shape](n_in, n_out):
                yield (
                    f"figX8.shapes.{shape} = {[n_in, n_hidden, n_out]} (inputs, hidden neurons, outputs) is no such "
                    "shape"
                )
            if n_hidden > min(n_in, n_out):
                widths = [n_in, n_hidden, n_out]
                yield f"figX8.shapes.{shape} = {widths} needs n_hidden ≤ n_in and n_out: its layers are orthogonal"
            if len(block["singular_values"]) > min(n_in, n_hidden, n_out):
                least = min(n_in, n_hidden, n_out)
                yield f"figX8.singular_values = {block['singular_values']} are more than the {shape} can learn: {least}"
        if len(block["singular_values"]) > block["equal"]["width"]:
            yield f"figX8.equal.width = {block['equal']['width']} must be at least the number of figX8.singular_values"
        if block["size"] > math.sqrt(max(block["singular_values"])):
            yield (
                f"figX8.size = {block['size']:g} must be at most the root of the largest of figX8.singular_values, "
                f"{math.sqrt(max(block['singular_values'])):.3g}: the step is that of the task"
            )
        if block["log_ratio"][0] >= block["log_ratio"][1]:
            yield f"figX8.log_ratio = {block['log_ratio']} must ascend"
