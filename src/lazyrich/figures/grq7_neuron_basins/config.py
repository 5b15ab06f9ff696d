"""What the block grq7 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Le, Len, Lt

from ...pipeline.config_types import UNIQUE, Block, Count, Lambdas, Many, Plane, Positive, Share, Width, chosen, paper


class Draw(Block):
    """What concerns the drawing alone."""

    elevation: Annotated[float, Ge(0), Le(90)] = chosen("elevation of the eye in degrees")
    azimuth: Annotated[float, Ge(-360), Le(360)] = chosen("azimuth of the eye in degrees")
    map_delta: float = chosen("relative scale δ of the starts drawn")


class Config(Block):
    """Basins and their separating surface."""

    target: Plane = paper("target β*")
    deltas: Annotated[list[Annotated[float, Ge(-1e4), Le(0)]], Len(1), UNIQUE] = paper(
        "relative scales δ beside the surface"
    )
    a: Annotated[float, Lt(0)] = paper("readout on the surface")
    offset: Positive = paper("how far the readout is moved off it")
    until: Positive = paper("last time")
    from_t: Positive = chosen("first time after zero")
    n_times: Many = chosen("times in logarithmic steps")
    aligned: Share = chosen("alignment that counts as aligned")
    least_delta: Annotated[float, Lt(0)] = paper("least δ of the surface drawn")
    limit_a: Positive = paper("largest readout drawn")
    n_along: Many = chosen("points of the surface along δ")
    n_across: Many = chosen("points of the surface along the readout")
    saddle_deltas: Annotated[list[Annotated[float, Ge(-1e4), Lt(0)]], Len(1), UNIQUE] = chosen(
        "relative scales δ of starts on the surface"
    )
    n_saddle: Many = chosen("starts at each of them on either side")
    saddle_until: Positive = chosen("time at which they are at the saddle")
    random_deltas: Lambdas = chosen("relative scales δ of random starts")
    n_draws: Many = chosen("random starts at each of them")
    n_in: Width = chosen("inputs of the random starts")
    scale: Positive = chosen("standard deviation of their readout")
    random_until: Positive = chosen("time at which their branch is read off")
    learning_rate: Positive = chosen("learning rate η from random starts")
    n_flow: Count = chosen("starts nearest to the surface that are also integrated")
    draw: Draw

    @staticmethod
    def mistakes(block):
        """What is drawn is among what is computed."""
        delta = block["draw"]["map_delta"]
        if delta not in block["random_deltas"] or delta > 0:
            yield f"grq7.draw.map_delta = {delta:g} must be one of grq7.random_deltas, and not positive"
        if block["from_t"] >= block["until"]:
            yield f"grq7.from_t = {block['from_t']:g} must be before grq7.until = {block['until']:g}"
