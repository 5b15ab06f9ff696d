"""What the block figX10 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Len

from ...linear.initialisation import infeasible
from ...pipeline.config_types import (
    NOT_ZERO,
    UNIQUE,
    Block,
    Count,
    Lambda,
    Lambdas,
    Many,
    Positive,
    Shape,
    Share,
    chosen,
)

NotZero = Annotated[Lambda, NOT_ZERO]
Positives = Annotated[list[Positive], Len(1), UNIQUE]


class Others(Block):
    """What else is tried, one at a time."""

    learning_rate: Annotated[list[Positive], UNIQUE] = chosen("learning rates η")
    batch: Annotated[list[Count], UNIQUE] = chosen("examples B in a step")
    noise: Annotated[list[Positive], UNIQUE] = chosen("standard deviations σ of the labels' noise")
    lam: Annotated[list[NotZero], UNIQUE] = chosen("relative scales λ₀ of the start")


class Widths(Block):
    """Inputs, hidden neurons and outputs."""

    expanding: Shape = chosen("more outputs than inputs")
    square: Shape = chosen("as many outputs as inputs")
    contracting: Shape = chosen("fewer outputs than inputs")


class Shapes(Block):
    """Networks of unequal widths, mode by mode."""

    widths: Widths
    singular_values: Positives = chosen("of the task, one a hidden neuron")
    lambdas: Lambdas = chosen("relative scales λ₀ of the starts")
    largest_balance: Share = chosen("at which the curve of the cost ends")
    n_curve: Many = chosen("points of that curve")
    n_draws: Many = chosen("tasks and runs")


class Jitter(Block):
    """How the law breaks as steps grow."""

    singular_value: Positive = chosen("of all modes of the task")
    noise: Positive = chosen("standard deviation σ of the labels' noise")
    batches: Annotated[list[Count], Len(1), UNIQUE] = chosen("examples B in a step")
    shares: Annotated[list[Share], Len(1), UNIQUE] = chosen("η as a share of what is stable at the start, ascending")
    until: Positive = chosen("last time, in units of 1/h")
    n_curve: Many = chosen("points of the theory")
    n_runs: Many = chosen("runs of each setting")


class Kernel(Block):
    """What becomes of the tangent kernel."""

    learning_rate: Positive = chosen("learning rate η")
    batch: Count = chosen("examples B in a step")
    noise: Positive = chosen("standard deviation σ of the labels' noise")
    lam: NotZero = chosen("relative scale λ₀ of the start")
    singular_values: Positives = chosen("of the task, one a neuron")
    n_draws: Many = chosen("tasks and runs")


class Misfit(Block):
    """How the law breaks away from the fit."""

    log_loss: Annotated[list[float], Len(2, 2)] = chosen("log10 of the least and largest loss over that of the noise")
    n_losses: Many = chosen("misfits that are sampled")
    n_curve: Many = chosen("points of the theory")
    n_steps: Annotated[int, Ge(100)] = chosen("first steps that are averaged")


class Config(Block):
    """Label noise and minibatches."""

    learning_rate: Positive = chosen("learning rate η")
    batch: Count = chosen("examples B in a step")
    noise: Positive = chosen("standard deviation σ of the labels' noise")
    lam: NotZero = chosen("relative scale λ₀ of the start")
    singular_values: Positives = chosen("of the task of square networks, one a neuron")
    until: Positive = chosen("last time, in units of 1/h")
    n_records: Many = chosen("points of a curve")
    n_draws: Many = chosen("tasks and runs")
    others: Others
    shapes: Shapes
    kernel: Kernel
    jitter: Jitter
    misfit: Misfit

    @staticmethod
    def mistakes(block):
        """Shapes whose modes all fit, starts that exist, and values in the order in which they are drawn."""
        part = block["shapes"]
        for name, (n_in, n_hidden, n_out) in part["widths"].items():
            if not n_hidden == len(part["singular_values"]) <= min(n_in, n_out):
                yield (
                    f"figX10.shapes.widths.{name} = {[n_in, n_hidden, n_out]} must have as many hidden neurons as "
                    f"figX10.shapes.singular_values has numbers, {len(part['singular_values'])}, and no fewer inputs "
                    "and outputs"
                )
            elif reasons := [why for lam in part["lambdas"] if (why := infeasible(lam, n_in, n_hidden, n_out))]:
                yield f"figX10.shapes.widths.{name} = {[n_in, n_hidden, n_out]} has no balanced start: {reasons[0]}"
        if block["jitter"]["shares"] != sorted(block["jitter"]["shares"]):
            yield f"figX10.jitter.shares = {block['jitter']['shares']} must ascend"
        if block["misfit"]["log_loss"] != sorted(block["misfit"]["log_loss"]):
            yield f"figX10.misfit.log_loss = {block['misfit']['log_loss']} must ascend"
