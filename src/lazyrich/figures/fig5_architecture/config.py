"""What the block fig5 of config.yaml may hold."""

from ...linear.initialisation import infeasible
from ...pipeline.config_types import Block, Count, Lambdas, Many, Positive, Shape, chosen


class Shapes(Block):
    """Widths of the three networks."""

    funnel: Shape = chosen("input, hidden and output width")
    square: Shape = chosen("input, hidden and output width")
    inverted_funnel: Shape = chosen("input, hidden and output width")


class Final(Block):
    """Learning rate of the runs to convergence."""

    relative_rate: Positive = chosen("learning rate times |λ|")
    largest_rate: Positive = chosen("largest learning rate η")


class Dynamics(Block):
    """Kernel distance over time."""

    lambdas: Lambdas = chosen("relative scales")
    relative_rate: Positive = chosen("learning rate times |λ|")
    largest_rate: Positive = chosen("largest learning rate η")
    n_records: Many = chosen("points of a curve")


class Config(Block):
    """Kernel distance of three architectures."""

    shapes: Shapes
    lambdas: Lambdas = chosen("relative scales of panel B")
    simulated_lambdas: Lambdas = chosen("those of them that descent runs too")
    n_draws: Count = chosen("random tasks and starts for each shape")
    target_std: Positive = chosen("standard deviation of the entries of the correlation")
    scale: Positive = chosen("standard deviation of the drawn weights")
    until: Positive = chosen("last time")
    final: Final
    dynamics: Dynamics

    @staticmethod
    def mistakes(block):
        """Every network exists at every λ, and what is simulated is also drawn."""
        for name, lams in (("lambdas", block["lambdas"]), ("dynamics.lambdas", block["dynamics"]["lambdas"])):
            for lam in lams:
                for shape, widths in block["shapes"].items():
                    if reason := infeasible(lam, *widths):
                        yield f"fig5.{name} holds {lam:g}, but no λ-balanced weights exist for the {shape}: {reason}"
        for lam in block["simulated_lambdas"]:
            if lam not in block["lambdas"]:
                yield f"fig5.simulated_lambdas holds {lam:g}, which is not in fig5.lambdas"
        for name in ("final", "dynamics"):
            if block["until"] < 2 * block[name]["largest_rate"]:
                yield f"fig5.until = {block['until']:g} must be at least two steps of fig5.{name}.largest_rate"


def n_runs(block):
    """Runs of the sweep, which need not each other."""
    return len(block["shapes"]) * len(block["lambdas"]) * block["n_draws"]
