"""What the block grq6a of config.yaml may hold."""

from typing import Annotated

from annotated_types import Ge, Le

from ...pipeline.config_types import Alphas, Block, Count, Many, Positive, Width, chosen, paper
from ...pipeline.config_values import classifier_mistakes


class Config(Block):
    """What moves in a deep ReLU network that learns digits."""

    alphas: Alphas = paper("relative scales α, in descending order")
    n_train: Many = chosen("digits to learn from")
    n_test: Many = chosen("digits to test on")
    n_probe: Many = chosen("of those, at which activations and kernel are compared")
    n_hidden: Width = chosen("neurons of a hidden layer")
    hidden_layers: Annotated[int, Ge(1), Le(20)] = chosen("hidden layers")
    learning_rate: Positive = chosen("learning rate η")
    batch: Count = chosen("digits in a step")
    n_steps: Many = chosen("steps")
    n_records: Many = chosen("recorded steps, in equal ratios")
    early: Count = chosen("step that counts as early")
    n_draws: Count = chosen("digits, starts and orders")

    @staticmethod
    def mistakes(block):
        """What is compared is computed."""
        yield from classifier_mistakes("grq6a", block, block["alphas"])
        if 1 not in block["alphas"]:
            yield f"grq6a.alphas = {block['alphas']} must hold 1, with which the others are compared"
        if block["n_probe"] > block["n_test"]:
            yield f"grq6a.n_probe = {block['n_probe']} must be at most n_test = {block['n_test']}"
        if block["early"] > block["n_steps"]:
            yield f"grq6a.early = {block['early']} must be at most n_steps = {block['n_steps']}"
