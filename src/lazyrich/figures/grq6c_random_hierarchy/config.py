"""What the values of grq6c's block of config.yaml must be to each other, and how many runs they make."""

import math

from ...data.hierarchy import n_strings

# stages that are one sum over all runs, or too short to be split
IN_ONE = ("theory",)


def mistakes(block):
    """Rules that exist, strings enough to train and to test on, and values in the order in which they are compared."""
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
        yield f"grq6c.n_test = {block['n_test']} must leave n_examples = {max(block['n_examples'])} of the {n} strings"
    for name in ("alphas", "n_examples"):
        if block[name] != sorted(block[name]):
            yield f"grq6c.{name} = {block[name]} must ascend"
    if len(block["published_needed"]) != len(block["alphas"]):
        yield f"grq6c.published_needed = {block['published_needed']} must be one for each of grq6c.alphas"


def n_runs(block):
    """Runs of the sweep; a training of some seconds counts as a hundred."""
    return 100 * len(block["n_examples"]) * len(block["alphas"]) * block["n_draws"]
