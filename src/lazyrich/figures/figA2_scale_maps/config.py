"""What the block figA2 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Gt, Le, Len

from ...pipeline.config_types import Block, Count, Many, Positive, chosen


class Scales(Block):
    """Absolute scales of the start."""

    least: Positive = chosen("smallest scale")
    largest: Positive = chosen("largest scale")
    map: Many = chosen("scales of the exact map")
    control: Many = chosen("scales of the map by descent")


class Lambdas(Block):
    """Magnitudes of the relative scales."""

    least: Positive = chosen("smallest magnitude")
    largest: Annotated[float, Gt(0), Le(1e4)] = chosen("largest magnitude")
    map: Many = chosen("magnitudes of the exact map")
    control: Many = chosen("magnitudes of the map by descent")


class Corners(Block):
    """Dynamics at the corners and the centre of the map."""

    step: Annotated[float, Gt(0), Le(1)] = chosen("learning rate times the start's bound on the curvature")
    until: Positive = chosen("last time")
    n_records: Many = chosen("times recorded")


class Config(Block):
    """Absolute and relative scale."""

    singular_values: Annotated[list[Positive], Len(1)] = chosen("singular values of the square task")
    n_draws: Count = chosen("random tasks and start functions each")
    scales: Scales
    lambdas: Lambdas
    until: Positive = chosen("time at which the exact map is evaluated")
    step: Annotated[float, Gt(0), Le(1)] = chosen("learning rate times the start's bound on the curvature")
    converged: Positive = chosen("fraction of ½‖Σyx‖² at which a descent ends")
    n_steps: Many = chosen("gradient steps before the first look")
    most_steps: Many = chosen("gradient steps after which a descent is an error")
    corners: Corners


def n_runs(block):
    """Runs of the sweep, which need not each other."""
    return (2 * block["lambdas"]["map"] + 1) * block["n_draws"] * block["scales"]["map"]
