"""What the block grq6c of config.yaml may hold."""

import math
from typing import Annotated

from annotated_types import Ge, Le, Len, Lt

from ...data.hierarchy import n_strings
from ...pipeline.config_types import UNIQUE, Alphas, Block, Count, Positive, Share, Width, chosen, paper


class Config(Block):
    """Sample complexity of the Random Hierarchy Model."""

    n_classes: Annotated[Width, Ge(2)] = paper("classes")
    n_symbols: Annotated[Width, Ge(2)] = paper("symbols at every level")
    synonyms: Annotated[Width, Ge(2)] = paper("tuples that a symbol may become")
    branching: Annotated[int, Ge(2), Le(8)] = paper("symbols of a tuple")
    levels: Annotated[int, Ge(1), Le(6)] = paper("levels of rules")
    n_hidden: Width = paper("width of a hidden layer")
    hidden_layers: Annotated[int, Ge(1), Le(20)] = paper("hidden layers")
    alphas: Alphas = paper("relative scales α")
    n_examples: Annotated[list[Count], Len(2), UNIQUE] = chosen("numbers of training examples")
    n_test: Count = paper("strings to test on")
    learning_rate: Positive = paper("learning rate at the start")
    momentum: Annotated[float, Ge(0), Lt(1)] = paper("momentum")
    batch: Count = paper("examples in a step")
    n_epochs: Count = chosen("passes through the examples, at most")
    fitted: Positive = chosen("mean loss of an epoch at which a network stops")
    threshold: Share = paper("error on new strings that is compared")
    published_needed: Annotated[list[Positive], Len(2)] = paper("examples to it in the paper, one for each α")
    n_draws: Count = chosen("rules, data and starts")

    @staticmethod
    def mistakes(block):
        """Rules that exist, strings enough to train and to test on, and values in the order in which they are
        compared.
        """
        tuples = block["n_symbols"] ** block["branching"]
        for name in ("n_classes", "n_symbols"):
            if block[name] * block["synonyms"] > tuples:
                yield (
                    f"grq6c.synonyms = {block['synonyms']} must be at most {tuples // block[name]} for {name} = "
                    f"{block[name]}: there are {tuples} tuples, and no two symbols may share one"
                )
        n = n_strings(*(block[name] for name in ("n_classes", "synonyms", "branching", "levels")))
        if n > 2**60:
            digits = math.floor(math.log10(n))  # n itself may be too long to be printed
            yield f"grq6c.levels = {block['levels']} makes some 1e{digits} strings, more than can be numbered"
        elif block["n_test"] + max(block["n_examples"]) > n:
            yield (
                f"grq6c.n_test = {block['n_test']} must leave n_examples = {max(block['n_examples'])} of the {n} "
                "strings"
            )
        for name in ("alphas", "n_examples"):
            if block[name] != sorted(block[name]):
                yield f"grq6c.{name} = {block[name]} must ascend"
        if len(block["published_needed"]) != len(block["alphas"]):
            yield f"grq6c.published_needed = {block['published_needed']} must be one for each of grq6c.alphas"


# stages that are one sum over all runs, or too short to be split
IN_ONE = ("theory",)


def n_runs(block):
    """Runs of the sweep; a training of some seconds counts as a hundred."""
    return 100 * len(block["n_examples"]) * len(block["alphas"]) * block["n_draws"]
