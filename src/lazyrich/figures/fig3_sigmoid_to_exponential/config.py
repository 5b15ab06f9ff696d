"""What the block fig3 of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Le, Len

from ...pipeline.config_types import UNIQUE, Block, Count, Lambdas, Many, Positive, SingularValues, chosen, paper


class Config(Block):
    """Singular values from lazy to rich."""

    lambdas: Lambdas = paper("relative scales of panels A to C")
    singular_values: SingularValues = chosen("singular values of the task, largest first")
    initial: Positive = chosen("singular values of W2W1 at the start")
    learning_rate: Positive = chosen("learning rate η")
    n_steps: Many = chosen("gradient steps")
    record_every: Count = chosen("steps between records")
    n_flow_times: Many = chosen("times compared with the reference flow")
    transition_target: Positive = chosen("singular value of the transition function")
    transition_lambdas: Lambdas = chosen("relative scales of panel D")
    transition_until: Positive = chosen("end of panel D in rescaled time")
    n_transition_times: Many = chosen("points of a curve in panel D")
    sigmoid_lambdas: Annotated[list[Annotated[float, Ge(1e-6), Le(1e4)]], Len(2), UNIQUE] = chosen(
        "small relative scales of panel E"
    )
    exponential_lambdas: Annotated[list[Annotated[float, Ge(1e-6), Le(1e4)]], Len(2), UNIQUE] = chosen(
        "large relative scales of panel E"
    )
