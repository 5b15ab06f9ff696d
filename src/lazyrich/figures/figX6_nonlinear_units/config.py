"""What the values of figX6's block of config.yaml must be to each other."""

import math


def mistakes(block):
    """Inputs that can be whitened, targets that exist, and λ in the order in which they are drawn."""
    if block["n_examples"] < block["width"]:
        yield f"figX6.n_examples = {block['n_examples']} must be at least width = {block['width']} to whiten the inputs"
    if len(block["singular_values"]) > block["width"]:
        yield f"figX6.singular_values = {block['singular_values']} must be at most width = {block['width']} numbers"
    # 4N scale² is about the largest singular value of the start's function, by which η is too large for it
    largest = math.sqrt(max(block["singular_values"]) / (2 * block["step"] * block["width"]))
    if block["scale"] >= largest:
        yield f"figX6.scale = {block['scale']:g} must be less than {largest:.3g}, or with figX6.step descent diverges"
    if block["lambdas"] != sorted(block["lambdas"]):
        yield f"figX6.lambdas = {block['lambdas']} must ascend"
