"""What the block figD3 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Gt, Le, Len

from ...pipeline.config_types import UNIQUE, Block, Lambdas, Many, Positive, chosen


class Readout(Block):
    """Training of a readout row on a fixed representation."""

    relative_rate: Annotated[float, Gt(0), Le(1)] = chosen("η ‖H‖², H the taught items' hidden activity")
    n_steps: Many = chosen("gradient steps")


class FineTuning(Block):
    """Training of both layers on the taught item."""

    learning_rate: Positive = chosen("learning rate η")
    n_steps: Many = chosen("gradient steps")


class Trees(Block):
    """Properties that follow the tree, at several depths."""

    depths: Annotated[list[Annotated[int, Ge(2), Le(6)]], Len(1, 4), UNIQUE] = chosen("depths of the tree, ascending")
    lambdas: Annotated[Lambdas, Len(2)] = chosen("relative scales simulated, ascending")
    n_draws: Many = chosen("starts and taught pairs")
    rate_per_item: Positive = chosen("learning rate η divided by the number of items")
    n_steps: Many = chosen("gradient steps")
    n_curve: Many = chosen("relative scales of a curve")


class Draw(Block):
    """What concerns the drawing alone."""

    bars: Annotated[Lambdas, Len(0, 6)] = chosen("relative scales drawn as bars, all of them among lambdas")


class Config(Block):
    """Transfer of a new property."""

    lambdas: Annotated[Lambdas, Len(2)] = chosen("relative scales simulated, ascending")
    n_draws: Many = chosen("starts at each relative scale")
    scale: Positive = chosen("standard deviation of the drawn weights")
    learning_rate: Positive = chosen("learning rate η of the semantic task")
    n_steps: Many = chosen("gradient steps of the semantic task")
    n_curve: Many = chosen("relative scales of a curve")
    readout: Readout
    fine_tuning: FineTuning
    trees: Trees
    draw: Draw

    @staticmethod
    def mistakes(block):
        """Relative scales and depths in the order in which they are compared, and bars of what is simulated."""
        bars = block["draw"]["bars"]
        for name, values in (
            ("lambdas", block["lambdas"]),
            ("draw.bars", bars),
            ("trees.lambdas", block["trees"]["lambdas"]),
            ("trees.depths", block["trees"]["depths"]),
        ):
            if values != sorted(values):
                yield f"figD3.{name} = {values} must ascend"
        for lam in bars:
            if lam not in block["lambdas"]:
                yield f"figD3.draw.bars holds {lam:g}, which is not in figD3.lambdas"
