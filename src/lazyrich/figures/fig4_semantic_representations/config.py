"""What the block fig4 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Len

from ...pipeline.config_types import Block, Count, Lambdas, Many, Positive, Width, chosen


class GaussianStart(Block):
    """Gaussian weights."""

    std: Positive = chosen("standard deviation of every weight")
    n_hidden: Width = chosen("hidden width")


class Gaussian(Block):
    """Starts that are not λ-balanced, panel D."""

    n_draws: Count = chosen("starts of each kind")
    small: GaussianStart
    large: GaussianStart


class Unequal(Block):
    """A second network, of unequal widths, with as many hidden units as its task has modes."""

    n_in: Width = chosen("input width")
    n_out: Width = chosen("output width")
    singular_values: Annotated[list[Positive], Len(1)] = chosen("of its task, at most as many as the smaller width")


class Noise(Block):
    """Noise on converged networks, panel E."""

    lambdas: Annotated[Lambdas, Len(2)] = chosen("relative scales at which noise is sampled")
    std: Positive = chosen("standard deviation of the noise")
    n_draws: Many = chosen("draws of the noise at each relative scale")
    n_curve: Many = chosen("relative scales of a curve")
    until: Positive = chosen("time at which a network is taken as converged")
    unequal: Unequal


class Config(Block):
    """Representations of a semantic task, and the cost of noise."""

    lambdas: Lambdas = chosen("relative scales of panels B and C")
    scale: Positive = chosen("standard deviation of the draw whose product is the balanced start")
    learning_rate: Positive = chosen("learning rate η")
    n_steps: Many = chosen("gradient steps")
    gaussian: Gaussian
    noise: Noise
