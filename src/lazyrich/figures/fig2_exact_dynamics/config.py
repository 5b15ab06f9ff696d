"""What the block fig2 of config.yaml may hold."""

from ...pipeline.config_types import Block, Count, Lambdas, Many, Positive, Width, chosen, paper


class Config(Block):
    """Exact dynamics over gradient descent."""

    lambdas: Lambdas = paper("relative scales")
    n_in: Width = chosen("input width")
    n_hidden: Width = chosen("hidden width")
    n_out: Width = chosen("output width")
    n_examples: Count = chosen("examples, at least n_in for whitened inputs")
    target_std: Positive = chosen("standard deviation of the targets")
    scale: Positive = chosen("standard deviation of the drawn weights")
    learning_rate: Positive = chosen("learning rate η")
    n_steps: Many = chosen("gradient steps")
    record_every: Count = chosen("steps between records")
    n_ntk_entries: Count = chosen("entries of the tangent kernel drawn")
    n_flow_times: Many = chosen("times compared with the reference flow")
