"""What the block figX3 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Gt, Le, Lt

from ...pipeline.config_types import Block, Lambdas, Many, Positive, Width, chosen, one_of


class Digits(Block):
    """Handwritten digits."""

    n_components: Annotated[int, Ge(1), Le(61)] = chosen("leading principal components of the pixels")
    n_hidden: Width = chosen("hidden width")
    scale: Positive = chosen("standard deviation of the draw behind a start")
    until: Positive = chosen("last time")


class Diabetes(Block):
    """Progression of diabetes."""

    n_hidden: Annotated[int, one_of(1)] = chosen("hidden width")
    scale: Positive = chosen("standard deviation of the draw behind a start")
    until: Positive = chosen("last time")


class Steps(Block):
    """Learning rate times the fastest rate."""

    whitened: Annotated[float, Gt(0), Lt(1.5)] = chosen("on whitened inputs")
    raw: Annotated[float, Gt(0), Lt(1.5)] = chosen("on raw inputs")


class Draw(Block):
    """What concerns the drawing alone."""

    drawn_lambdas: Lambdas = chosen("relative scales of the curves over time")


class Config(Block):
    """Real data."""

    digits: Digits
    diabetes: Diabetes
    lambdas: Lambdas = chosen("relative scales of the exact solution")
    simulated_lambdas: Lambdas = chosen("relative scales of descent")
    n_draws: Many = chosen("starts")
    steps: Steps
    from_t: Positive = chosen("first recorded time after 0")
    n_times: Many = chosen("times in logarithmic steps")
    n_compared: Many = chosen("times at which W2W1 is compared")
    draw: Draw

    @staticmethod
    def mistakes(block):
        """Networks that can learn all of the digits and exist at every λ, and what is drawn among what is computed."""
        n_in, n_hidden = block["digits"]["n_components"], block["digits"]["n_hidden"]
        least, most = min(9, n_in), min(10, n_in)
        if not least <= n_hidden <= most:
            yield (
                f"figX3.digits.n_hidden = {n_hidden} must be from {least}, to learn all of the task without a "
                "bottleneck, "
                f"to {most}, for λ-balanced weights at both signs of λ"
            )
        lams, simulated, drawn = block["lambdas"], block["simulated_lambdas"], block["draw"]["drawn_lambdas"]
        if lams != sorted(lams) or not set(drawn) <= set(simulated) <= set(lams):
            yield f"figX3.lambdas = {lams} must ascend and hold simulated_lambdas, and these hold drawn_lambdas"
        if 0 not in drawn or not any(lam > 0 and -lam in simulated for lam in simulated):
            yield "figX3 needs 0 among its drawn_lambdas, and some λ and −λ among its simulated_lambdas"
        if block["from_t"] >= min(block[name]["until"] for name in ("digits", "diabetes")):
            yield f"figX3.from_t = {block['from_t']:g} must be before the last time"
