"""What the block figX6 of config.yaml may hold."""

import math
from typing import Annotated

from annotated_types import Ge, Gt, Le, Len

from ...pipeline.config_types import UNIQUE, Block, Count, Lambdas, Many, Positive, Width, chosen


class Sequence(Block):
    """Several tasks one after the other."""

    lambdas: Lambdas = chosen("relative scales of the starts")
    n_tasks: Count = chosen("tasks on the same inputs")


class Config(Block):
    """Nonlinear networks."""

    width: Annotated[Width, Ge(2)] = chosen("inputs, hidden neurons and outputs")
    n_examples: Count = chosen("whitened Gaussian inputs")
    singular_values: Annotated[list[Positive], Len(1)] = chosen("of the linear targets")
    lambdas: Annotated[list[Annotated[float, Ge(-1000), Le(1000)]], Len(3), UNIQUE] = chosen(
        "relative scales of the starts, ascending"
    )
    scale: Positive = chosen("standard deviation of the draw whose product is kept")
    step: Annotated[float, Gt(0), Le(1)] = chosen(
        "size of a gradient step in units of the linear network's fastest rate"
    )
    n_steps: Many = chosen("steps of a task")
    n_records: Many = chosen("points of a curve")
    sequence: Sequence
    n_draws: Many = chosen("random data, tasks and starts")

    @staticmethod
    def mistakes(block):
        """Inputs that can be whitened, targets that exist, and λ in the order in which they are drawn."""
        if block["n_examples"] < block["width"]:
            yield (
                f"figX6.n_examples = {block['n_examples']} must be at least width = {block['width']} to whiten the "
                "inputs"
            )
        if len(block["singular_values"]) > block["width"]:
            yield f"figX6.singular_values = {block['singular_values']} must be at most width = {block['width']} numbers"
        # 4N scale² is about the largest singular value of the start's function, by which η is too large for it
        largest = math.sqrt(max(block["singular_values"]) / (2 * block["step"] * block["width"]))
        if block["scale"] >= largest:
            yield (
                f"figX6.scale = {block['scale']:g} must be less than {largest:.3g}, or with figX6.step descent diverges"
            )
        if block["lambdas"] != sorted(block["lambdas"]):
            yield f"figX6.lambdas = {block['lambdas']} must ascend"
