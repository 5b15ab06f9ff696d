"""What the block figX2 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Gt, Le, Len, Lt

from ...pipeline.config_types import UNIQUE, Block, Lambdas, Many, Positive, Shape, Share, chosen


class Stiff(Block):
    """The step at large condition numbers."""

    start: Positive = chosen("least condition number", alias="from")
    step: Annotated[float, Gt(0), Lt(1.5)] = chosen("learning rate times the fastest rate")


class Delayed(Block):
    """An inverted funnel."""

    shape: Shape = chosen("inputs, as many hidden neurons, and more outputs")
    lam: Positive = chosen("relative scale at which it is rich after a delay", alias="lambda")
    singular_value: Positive = chosen("all singular values of its map")
    conditions: Annotated[list[Annotated[float, Ge(1), Le(1e8)]], Len(1), UNIQUE] = chosen("condition numbers")
    step: Annotated[float, Gt(0), Lt(1.5)] = chosen("learning rate times the fastest rate")


class Limits(Block):
    """What counts."""

    lazy: Share = chosen("largest kernel distance of a lazy network")
    fit: Share = chosen("share of the first loss at which a task is learned")
    similar: Share = chosen("least cosine of representations that are alike")
    time: Share = chosen("largest relative error of a predicted time")
    delay: Positive = chosen("half of the kernel's change over half of the loss's, in time")
    wait: Annotated[float, Gt(1)] = chosen("factor in time of a plateau")
    still: Share = chosen("share of the loss that falls on a plateau")


class Draw(Block):
    """What concerns the drawing alone."""

    drawn_conditions: Annotated[list[Annotated[float, Ge(1), Le(1e8)]], Len(1), UNIQUE] = chosen(
        "condition numbers of the curves over time"
    )


class Config(Block):
    """Inputs that are not whitened."""

    shape: Shape = chosen("inputs, hidden neurons and outputs, all equal")
    singular_values: Annotated[list[Positive], Len(1)] = chosen("singular values of the map from inputs to targets")
    scale: Positive = chosen("standard deviation of the draw behind a start")
    conditions: Annotated[list[Annotated[float, Ge(1), Le(1e8)]], Len(1), UNIQUE] = chosen(
        "condition numbers of the inputs' correlation"
    )
    lambdas: Lambdas = chosen("relative scales")
    n_draws: Many = chosen("maps, input directions and starts")
    slow_times: Annotated[float, Ge(1)] = chosen("length of training in times of its slowest mode")
    zero_times: Annotated[float, Ge(1)] = chosen("the same at λ = 0")
    zero_until: Positive = chosen("least length of training at λ = 0")
    step: Annotated[float, Gt(0), Lt(1.5)] = chosen("learning rate times the fastest rate")
    stiff: Stiff
    n_times: Many = chosen("recorded times")
    compared_condition: Annotated[float, Ge(1)] = chosen("condition number at which the theory is followed at every λ")
    compared_lambdas: Lambdas = chosen("relative scales at which the theory is followed at every condition number")
    whitened_lambdas: Lambdas = chosen("relative scales simulated on whitened inputs")
    statement_lambda: Positive = chosen("size of λ of the statements on layers and speed")
    delayed: Delayed
    limits: Limits
    draw: Draw

    @staticmethod
    def mistakes(block):
        """Networks whose end is known, and what is drawn and judged among what is computed."""
        delayed, lams, large = block["delayed"], block["lambdas"], block["statement_lambda"]
        if len(set(block["shape"])) > 1:
            yield f"figX2.shape = {block['shape']} must have three equal widths"
        if min(block["shape"]) < 2:
            yield f"figX2.shape = {block['shape']} must be at least 2 wide: one direction has no structure"
        if len(block["singular_values"]) != block["shape"][0]:
            yield f"figX2.singular_values = {block['singular_values']} must be {block['shape'][0]}, the width"
        n_in, n_hidden, n_out = delayed["shape"]
        if not n_in == n_hidden < n_out:
            yield f"figX2.delayed.shape = {delayed['shape']} must have n_in = n_hidden < n_out, an inverted funnel"
        if lams != sorted(lams) or not {0, large, -large} <= set(lams):
            yield f"figX2.lambdas = {lams} must ascend, and hold 0 and ± statement_lambda = {large:g}"
        for name, wanted in (("compared_lambdas", {0, large}), ("whitened_lambdas", {0})):
            if not wanted <= set(block[name]) <= set(lams):
                yield f"figX2.{name} = {block[name]} must hold {sorted(wanted)} and be among figX2.lambdas"
        conditions, compared = block["conditions"], block["compared_condition"]
        if conditions != sorted(conditions) or compared not in conditions:
            yield f"figX2.conditions = {conditions} must ascend, and hold compared_condition = {compared:g}"
        for part, name in (("draw", "drawn_conditions"), ("delayed", "conditions")):
            if not set(block[part][name]) <= set(conditions):
                yield f"figX2.{part}.{name} = {block[part][name]} must be among figX2.conditions"
