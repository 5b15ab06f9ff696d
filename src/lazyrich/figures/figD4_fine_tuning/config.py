"""What the block figD4 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Gt, Le, Len

from ...linear.initialisation import infeasible
from ...pipeline.config_types import Block, Count, Lambda, Lambdas, Many, Positive, Shape, chosen


class Shapes(Block):
    """Input, hidden and output width of each network."""

    funnel: Shape = chosen("more inputs than outputs")
    square: Shape = chosen("all widths equal")
    inverted_funnel: Shape = chosen("more outputs than inputs")


class Grid(Block):
    """Losses over time."""

    pretraining_lambdas: Lambdas = chosen("relative scales of pre-training")
    lambdas: Lambdas = chosen("relative scales of fine-tuning, ascending")
    n_records: Many = chosen("points of a curve")
    n_flow_times: Many = chosen("times compared with the reference flow")


class Draw(Block):
    """What concerns the drawing alone."""

    slope_from: Positive = chosen("size of the relative scale from which the slope is fitted")


class Config(Block):
    """Fine-tuning after a change of the relative scale."""

    shapes: Shapes
    singular_values: Annotated[list[Positive], Len(1)] = chosen("singular values of both tasks")
    scale: Positive = chosen("standard deviation of the drawn weights")
    n_draws: Count = chosen("random pairs of tasks for each shape")
    pretraining_lambda: Lambda = chosen("relative scale of pre-training before panels C and D")
    pretraining_until: Positive = chosen("last time of pre-training")
    threshold: Annotated[float, Gt(0), Le(0.9)] = chosen("fraction of the loss at the change that is to be reached")
    lambdas: Lambdas = chosen("relative scales of fine-tuning")
    simulated_lambdas: Lambdas = chosen("those of them that descent runs too")
    falling_from: Positive = chosen("size of the relative scale from which the time is to fall")
    until: Positive = chosen("last time of fine-tuning")
    n_looks: Many = chosen("recorded steps of descent")
    relative_rate: Annotated[float, Gt(0), Le(0.5)] = chosen("learning rate in units of the largest rate of the flow")
    delayed_relative_rate: Annotated[float, Gt(0), Le(0.5)] = chosen("the same on the delayed side")
    largest_rate: Positive = chosen("largest learning rate")
    grid: Grid
    draw: Draw

    @staticmethod
    def mistakes(block):
        """Every network exists at every λ and can learn both tasks, and there is enough to draw, to compare and to
        fit.
        """
        pretrained = [block["pretraining_lambda"]]
        for name, lams in (("pretraining_lambda", pretrained), ("lambdas", block["lambdas"])):
            for lam in lams:
                for shape, widths in block["shapes"].items():
                    if reason := infeasible(lam, *widths):
                        yield f"figD4.{name} holds {lam:g}, but no λ-balanced weights exist for the {shape}: {reason}"
        for shape, widths in block["shapes"].items():
            if len(block["singular_values"]) != min(widths):
                yield (
                    f"figD4.singular_values holds {len(block['singular_values'])}, but the smallest width of the "
                    f"{shape}, "
                    f"{widths}, is {min(widths)}: there must be as many"
                )
        if len(set(block["shapes"]["square"])) > 1:
            yield f"figD4.shapes.square = {block['shapes']['square']} must have three equal widths"
        for lam in block["simulated_lambdas"]:
            if lam not in block["lambdas"]:
                yield f"figD4.simulated_lambdas holds {lam:g}, which is not in figD4.lambdas"
        if block["grid"]["lambdas"] != sorted(block["grid"]["lambdas"]):
            yield f"figD4.grid.lambdas = {block['grid']['lambdas']} must ascend"
        if block["lambdas"] != sorted(block["lambdas"]):
            yield f"figD4.lambdas = {block['lambdas']} must ascend"
        falling_from, slope_from = block["falling_from"], block["draw"]["slope_from"]
        for name, least in (("falling_from", falling_from), ("draw.slope_from", slope_from)):
            for kind in ("lambdas", "simulated_lambdas"):
                for side in (-1, 1):
                    if sum(lam * side >= max(least, falling_from) for lam in block[kind]) < 2:
                        yield f"figD4.{name} = {least:g} must leave at least two of figD4.{kind} on either side of 0"
