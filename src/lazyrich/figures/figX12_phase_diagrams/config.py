"""What the block figX12 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Gt, Le, Len, Lt

from ...linear.initialisation import infeasible
from ...pipeline.config_types import UNIQUE, Block, Count, Lambda, Many, Positive, Shape, chosen

Magnitude = Annotated[float, Gt(0), Le(1e4)]
Step = Annotated[float, Gt(0), Lt(1)]


class Shapes(Block):
    """Inputs, hidden neurons and outputs."""

    square: Shape = chosen("equal widths")
    funnel: Shape = chosen("more inputs than outputs: delayed at λ < 0")
    inverted_funnel: Shape = chosen("more outputs than inputs: delayed at λ > 0")


class Scales(Block):
    """Absolute scales ‖W2W1(0)‖/‖Σyx‖ of the start."""

    least: Positive = chosen("smallest scale")
    largest: Positive = chosen("largest scale")
    number: Many = chosen("scales, equal ratios")


class Lambdas(Block):
    """Magnitudes of the relative scales."""

    least: Magnitude = chosen("smallest magnitude")
    largest: Magnitude = chosen("largest magnitude")
    number: Many = chosen("magnitudes, equal ratios")


class Delay(Block):
    """From which λ on learning is delayed."""

    factor: Annotated[float, Gt(1)] = chosen("how many times longer than at λ = 0 it then takes")
    largest: Magnitude = chosen("largest λ looked at")
    scales: Annotated[list[Positive], Len(1), UNIQUE] = chosen("absolute scales")


class Rates(Block):
    """A learning rate for each layer, whose weights are equally large at the start."""

    largest: Annotated[float, Gt(1), Le(1e12)] = chosen("largest ratio of the rates, η1/η2")
    number: Many = chosen("ratios above 1, equal ratios")
    integrated: Annotated[list[Positive], Len(1), UNIQUE] = chosen("ratios of which the flow is integrated too")
    integrated_scale: Positive = chosen("absolute scale of those starts")
    until: Positive = chosen("last time of that flow")


class Descent(Block):
    """Gradient descent beside the exact solution."""

    lambdas: Annotated[list[Lambda], Len(1), UNIQUE] = chosen("relative scales")
    step: Step = chosen("size ηκ of a gradient step")
    until: Positive = chosen("last time")
    n_records: Many = chosen("recorded steps, equal ratios of time")
    n_draws: Count = chosen("draws, of those of the theory")


class Config(Block):
    """Phase diagrams."""

    shapes: Shapes
    singular_values: Annotated[list[Positive], Len(1)] = chosen("s̃ of the tasks, as many as hidden neurons")
    n_draws: Many = chosen("tasks and starts")
    scales: Scales
    lambdas: Lambdas
    until: Positive = chosen("time at which the exact solution has converged")
    learned: Annotated[float, Gt(0), Lt(0.5)] = chosen("loss, in units of ½‖Σyx‖², at which a task counts as learned")
    time_scale: Positive = chosen("absolute scale of the starts whose times are drawn")
    delay: Delay
    rates: Rates
    descent: Descent

    @staticmethod
    def mistakes(block):
        """Ranges that ascend, shapes that are what they are called, and draws that there are."""
        for name in ("scales", "lambdas"):
            if block[name]["least"] >= block[name]["largest"]:
                yield (
                    f"figX12.{name}.least = {block[name]['least']:g} must be below figX12.{name}.largest = "
                    f"{block[name]['largest']:g}"
                )
        signs = {"square": 0, "funnel": -1, "inverted_funnel": 1}
        for name, (n_in, n_hidden, n_out) in block["shapes"].items():
            if (n_out > n_in) - (n_out < n_in) != signs[name] or n_hidden != min(n_in, n_out):
                yield (
                    f"figX12.shapes.{name} = {[n_in, n_hidden, n_out]} must be a {name.replace('_', ' ')} whose hidden "
                    "layer is as wide as the smaller of inputs and outputs"
                )
            elif reason := infeasible(block["lambdas"]["largest"], n_in, n_hidden, n_out):
                yield f"figX12.shapes.{name} = {[n_in, n_hidden, n_out]} has no balanced start: {reason}"
            elif n_hidden != len(block["singular_values"]):
                yield (
                    f"figX12.singular_values = {block['singular_values']} must be as many as the {n_hidden} hidden "
                    f"neurons of figX12.shapes.{name}"
                )
        if block["descent"]["n_draws"] > block["n_draws"]:
            yield (
                f"figX12.descent.n_draws = {block['descent']['n_draws']} must be at most figX12.n_draws = "
                f"{block['n_draws']}"
            )
        for ratio in block["rates"]["integrated"]:
            if not 1 / block["rates"]["largest"] <= ratio <= block["rates"]["largest"]:
                yield (
                    f"figX12.rates.integrated holds {ratio:g}, which is beyond figX12.rates.largest = "
                    f"{block['rates']['largest']:g}"
                )
