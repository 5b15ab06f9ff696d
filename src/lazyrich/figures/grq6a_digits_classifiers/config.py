"""What the values of grq6a's block of config.yaml must be to each other."""

from ...pipeline.config_values import classifier_mistakes


def mistakes(block):
    """What is compared is computed."""
    yield from classifier_mistakes("grq6a", block, block["alphas"])
    if 1 not in block["alphas"]:
        yield f"grq6a.alphas = {block['alphas']} must hold 1, with which the others are compared"
    if block["n_probe"] > block["n_test"]:
        yield f"grq6a.n_probe = {block['n_probe']} must be at most n_test = {block['n_test']}"
    if block["early"] > block["n_steps"]:
        yield f"grq6a.early = {block['early']} must be at most n_steps = {block['n_steps']}"
