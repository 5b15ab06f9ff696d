"""What the block figC2 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Gt, Le, Len

from ...pipeline.config_types import UNIQUE, Block, Many, Positive, Width, chosen


class Draw(Block):
    """What concerns the drawing alone."""

    scatter_lambda: Positive = chosen("relative scale of the scatter, one of lambdas")


class Config(Block):
    """Delay of the delayed rich regime."""

    n_in: Width = chosen("input width, equal to n_hidden")
    n_hidden: Width = chosen("hidden width")
    n_out: Width = chosen("output width, larger than n_hidden")
    lambdas: Annotated[list[Annotated[float, Gt(0), Le(1e4)]], Len(2), UNIQUE] = chosen(
        "relative scales, in ascending order"
    )
    target: Positive = chosen("the one singular value of the task")
    scale: Positive = chosen("standard deviation of the drawn weights")
    diagonal_strength: Positive = chosen("singular values of W2W1 of the start at 45°")
    n_draws: Many = chosen("random starts")
    slope_from: Positive = chosen("least relative scale of the fitted slope")
    relative_rate: Positive = chosen("learning rate times λ")
    until: Positive = chosen("last time in units of 1/r")
    n_times: Many = chosen("times at which the solution is evaluated")
    transient: Positive = chosen("time in units of 1/λ, from which the law is compared")
    late_loss: Annotated[list[Positive], Len(2, 2)] = chosen(
        "largest and smallest relative loss of the fitted late rate"
    )
    draw: Draw

    @staticmethod
    def mistakes(block):
        """The widths that the law of the delay needs, and λ in an order and number that can be drawn and fitted."""
        n_in, n_hidden, n_out = (block[k] for k in ("n_in", "n_hidden", "n_out"))
        if n_in != n_hidden:
            yield f"figC2.n_in = {n_in} must be n_hidden = {n_hidden} for the law of the delay"
        if n_out < 2 * n_hidden:
            yield f"figC2.n_out = {n_out} must be at least 2 n_hidden = {2 * n_hidden} for a start at 45° to the task"
        lams = block["lambdas"]
        if lams != sorted(lams):
            yield f"figC2.lambdas = {lams} must ascend"
        if sum(lam >= block["slope_from"] for lam in lams) < 2:
            yield f"figC2.slope_from = {block['slope_from']:g} must leave at least two of figC2.lambdas to fit a slope"
        if (scatter := block["draw"]["scatter_lambda"]) not in lams:
            yield f"figC2.draw.scatter_lambda = {scatter:g} is not in figC2.lambdas"
        if block["late_loss"][0] <= block["late_loss"][1]:
            yield f"figC2.late_loss = {block['late_loss']} must be the larger loss first"
