"""What the values of figX8's block of config.yaml must be to each other."""

import math

from ...pipeline.config_values import KINDS


def mistakes(block):
    """Layers that can be orthogonal, a task that they can learn, and a range of ratios."""
    for shape, (n_in, n_hidden, n_out) in block["shapes"].items():
        if not KINDS[shape](n_in, n_out):
            yield f"figX8.shapes.{shape} = {[n_in, n_hidden, n_out]} (inputs, hidden neurons, outputs) is no such shape"
        if n_hidden > min(n_in, n_out):
            widths = [n_in, n_hidden, n_out]
            yield f"figX8.shapes.{shape} = {widths} needs n_hidden ≤ n_in and n_out: its layers are orthogonal"
        if len(block["singular_values"]) > min(n_in, n_hidden, n_out):
            least = min(n_in, n_hidden, n_out)
            yield f"figX8.singular_values = {block['singular_values']} are more than the {shape} can learn: {least}"
    if len(block["singular_values"]) > block["equal"]["width"]:
        yield f"figX8.equal.width = {block['equal']['width']} must be at least the number of figX8.singular_values"
    if block["size"] > math.sqrt(max(block["singular_values"])):
        yield (
            f"figX8.size = {block['size']:g} must be at most the root of the largest of figX8.singular_values, "
            f"{math.sqrt(max(block['singular_values'])):.3g}: the step is that of the task"
        )
    if block["log_ratio"][0] >= block["log_ratio"][1]:
        yield f"figX8.log_ratio = {block['log_ratio']} must ascend"
