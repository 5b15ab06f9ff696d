"""What the values of config.yaml must be to each other, beyond what a JSON schema can say.

What concerns one figure is said by `mistakes(block)` in the `config` module of its folder.
"""

import operator
from importlib import import_module

from ..data.digits import N_EXAMPLES
from ..linear.initialisation import infeasible
from .folders import figure, figures

# name of a shape -> whether inputs and outputs make it
KINDS = {"funnel": operator.gt, "square": operator.eq, "inverted": operator.lt, "inverted funnel": operator.lt}


def of_figure(name, what, default=None):
    """A name of the `config` module of a figure's folder, or the default if there is none."""
    folder = figure(name)
    if not (folder.folder / "config.py").is_file():
        return default
    return getattr(import_module(folder.module("config")), what, default)


def mistakes(config):
    """A sentence for each mistake, naming the key, the value and what is allowed."""
    yield from _infeasible(config)
    yield from _impossible(config)
    for name in figures():
        yield from mistakes_of(name, config[name])


def mistakes_of(name, block):
    """The same for the block of one figure alone."""
    check = of_figure(name, "mistakes")
    return check(block) if check else ()


def _infeasible(config):
    """Every block with widths and relative scales: does the start exist?"""
    for name, block in config.items():
        if not isinstance(block, dict) or not {"n_in", "n_hidden", "n_out", "lambdas"} <= set(block):
            continue
        widths = [block[k] for k in ("n_in", "n_hidden", "n_out")]
        for lam in block["lambdas"]:
            if reason := infeasible(lam, *widths):
                yield f"{name}.lambdas holds {lam:g}, but no λ-balanced weights exist: {reason}"


def _impossible(config):
    """What one block's values must be to each other."""
    for name, block in config.items():
        if isinstance(block, dict) and {"n_examples", "n_in"} <= set(block) and block["n_examples"] < block["n_in"]:
            few, n_in = block["n_examples"], block["n_in"]
            yield f"{name}.n_examples = {few} must be at least n_in = {n_in} to whiten the inputs"


def classifier_mistakes(name, block, alphas):
    """α in the order in which they are compared, digits that there are, and batches that the examples fill."""
    if alphas != sorted(alphas, reverse=True):
        yield f"{name.split('.')[0]}.alphas = {alphas} must descend"
    if "side" not in block and block["n_train"] + block["n_test"] > N_EXAMPLES:
        yield f"{name}.n_train + n_test = {block['n_train'] + block['n_test']} must be at most {N_EXAMPLES} digits"
    if block["batch"] > block["n_train"]:
        yield f"{name}.batch = {block['batch']} must be at most n_train = {block['n_train']}"
