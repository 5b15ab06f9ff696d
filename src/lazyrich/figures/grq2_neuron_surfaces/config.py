"""What the block grq2 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Le, Len

from ...pipeline.config_types import UNIQUE, Block, Lambda, Many, Plane, Positive, chosen, paper


class Draw(Block):
    """What concerns the drawing alone."""

    elevation: Annotated[float, Ge(0), Le(44)] = chosen("elevation of the eye in degrees")
    azimuth: Annotated[float, Ge(-360), Le(360)] = chosen("azimuth of the eye in degrees")


class Config(Block):
    """One neuron on its surface."""

    deltas: Annotated[list[Lambda], Len(3, 3), UNIQUE] = paper("relative scales δ of the panels")
    beta: Plane = paper("function β at the start")
    target: Plane = paper("target β*")
    until: Positive = paper("last time")
    learning_rate: Positive = chosen("learning rate η")
    n_times: Many = chosen("times recorded")
    limit: Positive = paper("largest weights drawn")
    n_along: Many = chosen("points of the surface along a")
    n_around: Many = chosen("points of the surface around a")
    n_curve: Many = chosen("points of a curve of equal function")
    draw: Draw

    @staticmethod
    def mistakes(block):
        """The surface reaches into what is drawn."""
        for delta in block["deltas"]:
            if abs(delta) >= block["limit"] ** 2:
                yield (
                    f"grq2.deltas holds {delta:g}, but nothing of its surface is within grq2.limit = {block['limit']:g}"
                )
