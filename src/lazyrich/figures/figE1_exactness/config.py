"""What the block figE1 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Len

from ...pipeline.config_types import UNIQUE, Block, Count, Lambdas, Many, Positive, SingularValues, Width, chosen


class Order(Block):
    """Deviation against the learning rate."""

    sizes: Annotated[list[Width], Len(1), UNIQUE] = chosen("widths of the square nets")
    lambdas: Lambdas = chosen("relative scales")
    learning_rates: Annotated[list[Positive], Len(2), UNIQUE] = chosen("learning rates that divide the largest")
    until: Positive = chosen("last time")
    n_records: Many = chosen("times compared")


class Scale(Block):
    """Deviation against the relative scale."""

    size: Width = chosen("width of the square net")
    lambdas: Lambdas = chosen("relative scales")
    learning_rate: Positive = chosen("learning rate η")
    until: Positive = chosen("last time")
    n_records: Many = chosen("times compared")


class Floor(Block):
    """Rounding against 60 digits."""

    lambdas: Lambdas = chosen("relative scales")
    singular_values: SingularValues = chosen("singular values of the task")
    scale: Positive = chosen("standard deviation of the drawn weights")
    until: Positive = chosen("last time")
    n_times: Many = chosen("times compared")


class Config(Block):
    """How exact is exact."""

    n_draws: Count = chosen("random tasks and starts each")
    start_gain: Positive = chosen("standard deviation of the drawn weights times √n")
    order: Order
    scale: Scale
    floor: Floor

    @staticmethod
    def mistakes(block):
        """Learning rates that share their record times, and runs of some length."""
        order = block["order"]
        coarsest = max(order["learning_rates"])
        for rate in order["learning_rates"]:
            if abs(coarsest / rate - round(coarsest / rate)) > 1e-9:
                yield f"figE1.order.learning_rates holds {rate:g}, but each must divide the largest, {coarsest:g}"
        for name, rate in (("order", coarsest), ("scale", block["scale"]["learning_rate"])):
            until = block[name]["until"]
            if until < 2 * rate:
                yield f"figE1.{name}.until = {until:g} must be at least two steps of the learning rate {rate:g}"


def n_runs(block):
    """Runs of the sweep, which need not each other."""
    order, scale = block["order"], block["scale"]
    return block["n_draws"] * (len(order["sizes"]) * len(order["lambdas"]) + len(scale["lambdas"]))
