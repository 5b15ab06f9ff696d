"""What the block figX7 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Gt, Le, Len

from ...pipeline.config_types import UNIQUE, Block, Many, Positive, chosen


class Sweep(Block):
    """Shape and limit of one mode."""

    log_lambda: Annotated[list[Annotated[float, Ge(-6), Le(3)]], Len(2, 2)] = chosen(
        "log10 of the least and the largest relative scale"
    )
    n_lambdas: Many = chosen("relative scales between")
    limit_lambdas: Annotated[list[Annotated[float, Ge(1), Le(1000)]], Len(2), UNIQUE] = chosen(
        "relative scales whose distance from the limit is fitted"
    )
    n_times: Many = chosen("times compared with the limit")


class Random(Block):
    """Kernel distance from random starts."""

    lambdas: Annotated[list[Annotated[float, Ge(0), Le(1000)]], Len(2), UNIQUE] = chosen("relative scales")
    function: Positive = chosen("standard deviation of the entries of the network function at the start")
    factor: Annotated[float, Ge(1)] = chosen("time simulated, in units of that of an aligned mode")


class Config(Block):
    """Deep networks."""

    singular_values: Annotated[list[Positive], Len(1)] = chosen(
        "of the task; as many inputs, hidden neurons and outputs"
    )
    n_layers: Annotated[list[Annotated[int, Ge(2), Le(20)]], Len(1, 4), UNIQUE] = chosen(
        "numbers of layers, 2 and 3 among them"
    )
    lambdas: Annotated[list[Annotated[float, Ge(0), Le(1000)]], Len(2), UNIQUE] = chosen(
        "relative scales of all neighbouring layers, ascending from 0"
    )
    initial: Annotated[float, Ge(1e-6)] = chosen("singular values of the network function at the start")
    step: Annotated[float, Gt(0), Le(1)] = chosen("size of a gradient step in units of the fastest rate")
    n_records: Many = chosen("points of a curve")
    n_flow_times: Many = chosen("times compared with the integrator")
    sweep: Sweep
    random: Random
    n_draws: Many = chosen("random tasks and starts")

    @staticmethod
    def mistakes(block):
        """Depths that are compared, λ in the order in which they are drawn, and a mode that grows to half its
        target.
        """
        if not {2, 3} <= set(block["n_layers"]):
            yield f"figX7.n_layers = {block['n_layers']} must hold 2 and 3"
        for name, lams in (("lambdas", block["lambdas"]), ("random.lambdas", block["random"]["lambdas"])):
            if lams != sorted(lams):
                yield f"figX7.{name} = {lams} must ascend"
        if block["lambdas"][0] != 0:
            yield f"figX7.lambdas = {block['lambdas']} must begin with 0"
        if block["initial"] >= min(block["singular_values"]) / 10:
            yield (
                f"figX7.initial = {block['initial']:g} must be less than a tenth of every one of figX7.singular_values"
            )
        if block["random"]["function"] / 10 >= 0.999 * min(block["singular_values"]):
            yield f"figX7.random.function = {block['random']['function']:g} must be small beside figX7.singular_values"
        if block["sweep"]["log_lambda"][0] >= block["sweep"]["log_lambda"][1]:
            yield f"figX7.sweep.log_lambda = {block['sweep']['log_lambda']} must ascend"
