"""What the block figD1 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Gt, Le, Len

from ...pipeline.config_types import NOT_ZERO, UNIQUE, Block, Count, Lambdas, Many, Positive, Width, chosen


class Conditioned(Block):
    """Tasks with which λ = 0 can be compared."""

    singular_values: Annotated[list[Positive], Len(2, 2)] = chosen("least and largest singular value of a task")
    lambdas: Lambdas = chosen("relative scales in ascending order, 0 among them")
    simulated_lambdas: Lambdas = chosen("those of them that descent runs too, 0 among them")
    relative_rate: Positive = chosen("learning rate times |λ|")
    largest_rate: Positive = chosen("largest learning rate η")
    until: Positive = chosen("time of each task")
    n_times: Many = chosen("times of each task recorded")


class Zero(Block):
    """A switch at λ = 0."""

    n_shown: Count = chosen("sequences drawn")
    shown: Positive = chosen("time after the switch that is drawn")
    stuck_until: Positive = chosen("time after the switch up to which descent is at the saddle")
    learning_rate: Positive = chosen("learning rate η of the sequences that meet the saddle")


class Config(Block):
    """Continual learning."""

    size: Width = chosen("input, hidden and output width")
    n_tasks: Annotated[int, Ge(3), Le(6)] = chosen("tasks learned one after the other")
    n_examples: Count = chosen("examples of a task, at least size for whitened inputs")
    target_std: Positive = chosen("standard deviation of the targets")
    scale: Positive = chosen("standard deviation of the drawn weights")
    n_draws: Many = chosen("random sequences")
    lambdas: Annotated[list[Annotated[float, Ge(-1e4), Le(1e4), NOT_ZERO]], Len(2), UNIQUE] = chosen(
        "relative scales, none of them 0"
    )
    shown_lambda: float = chosen("relative scale of panels A and B, one of lambdas")
    learning_rate: Positive = chosen("learning rate η")
    n_steps: Many = chosen("gradient steps of each task")
    shown: Positive = chosen("time after each switch that is drawn")
    difference_steps: Annotated[list[Annotated[float, Gt(0), Le(0.1)]], Len(2), UNIQUE] = chosen(
        "steps of central differences in units of the time of the fastest mode, largest first"
    )
    n_flow_times: Many = chosen("times of each task compared with the reference flow")
    conditioned: Conditioned
    zero: Zero

    @staticmethod
    def mistakes(block):
        """Tasks that can be whitened, λ that are drawn and simulated among those computed, and stages long enough."""
        if block["n_examples"] < block["size"]:
            few, size = block["n_examples"], block["size"]
            yield f"figD1.n_examples = {few} must be at least size = {size} to whiten the inputs"
        if block["shown_lambda"] not in block["lambdas"]:
            yield f"figD1.shown_lambda = {block['shown_lambda']:g} is not in figD1.lambdas"
        conditioned, zero = block["conditioned"], block["zero"]
        lams = conditioned["lambdas"]
        if lams != sorted(lams):
            yield f"figD1.conditioned.lambdas = {lams} must ascend"
        for lam in conditioned["simulated_lambdas"]:
            if lam not in lams:
                yield f"figD1.conditioned.simulated_lambdas holds {lam:g}, which is not in figD1.conditioned.lambdas"
        for name in ("lambdas", "simulated_lambdas"):
            if 0 not in conditioned[name]:
                yield f"figD1.conditioned.{name} must hold 0, which panel G draws"
        if conditioned["singular_values"][0] > conditioned["singular_values"][1]:
            yield f"figD1.conditioned.singular_values = {conditioned['singular_values']} must be the smaller one first"
        steps = block["difference_steps"]
        if steps != sorted(steps, reverse=True):
            yield f"figD1.difference_steps = {steps} must be the largest first"
        until = block["n_steps"] * block["learning_rate"]
        if not 3 * block["learning_rate"] <= block["shown"] < until:
            yield f"figD1.shown = {block['shown']:g} must be at least three steps and less than the {until:g} of a task"
        if zero["shown"] >= conditioned["until"]:
            yield f"figD1.zero.shown = {zero['shown']:g} must be less than conditioned.until = {conditioned['until']:g}"
        if zero["stuck_until"] > zero["shown"]:
            yield f"figD1.zero.stuck_until = {zero['stuck_until']:g} must be at most zero.shown = {zero['shown']:g}"
        if zero["n_shown"] > block["n_draws"]:
            yield f"figD1.zero.n_shown = {zero['n_shown']} must be at most n_draws = {block['n_draws']}"
