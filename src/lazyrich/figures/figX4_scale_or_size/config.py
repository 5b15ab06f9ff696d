"""What the values of figX4's block of config.yaml must be to each other."""

import math


def mistakes(block):
    """Starts that exist, and what is simulated or compared among what is computed."""
    n = len(block["singular_values"])
    shares, sizes, imbalance = (block[name] for name in ("fixed_size", "fixed_lambda", "imbalance"))
    for name, values in (("sizes", block["sizes"]), ("fixed_size.shares", shares["shares"])):
        if values != sorted(values):
            yield f"figX4.{name} = {values} must ascend"
    if 0 not in shares["shares"]:
        yield f"figX4.fixed_size.shares = {shares['shares']} must hold 0, with which the others are compared"
    if shares["simulated_size"] not in shares["sizes"]:
        yield f"figX4.fixed_size.simulated_size = {shares['simulated_size']:g} is not in figX4.fixed_size.sizes"
    for share in shares["simulated_shares"]:
        if share not in shares["shares"]:
            yield f"figX4.fixed_size.simulated_shares holds {share:g}, which is not in figX4.fixed_size.shares"
    lams, widths = sizes["lambdas"], sizes["unbalanced_widths"]
    if lams != sorted(lams) or lams[0] != 0:
        yield f"figX4.fixed_lambda.lambdas = {lams} must ascend from 0"
    if sizes["largest"] <= max(sizes["least"], lams[-1] / block["edge"]):
        yield (
            f"figX4.fixed_lambda.largest = {sizes['largest']:g} must be above least = {sizes['least']:g} and above "
            f"{lams[-1] / block['edge']:g}, the least size at λ = {lams[-1]:g}: balanced weights need |λ| < size"
        )
        return
    apart = max(math.log(sizes["largest"]) - math.log(sizes["least"]), 1e-300) / (sizes["n_sizes"] - 1)
    for size in sizes["simulated_sizes"]:
        place = (math.log(size) - math.log(sizes["least"])) / apart
        if not -0.5 < place < sizes["n_sizes"] - 0.5 or abs(place - round(place)) > 1e-6:
            yield f"figX4.fixed_lambda.simulated_sizes holds {size:g}, which is none of the sizes at λ = 0"
    for name, values in (("fixed_lambda.unbalanced_widths", widths), ("imbalance.widths", imbalance["widths"])):
        if values != sorted(values):
            yield f"figX4.{name} = {values} must ascend"
        if min(values) < n:
            yield f"figX4.{name} = {values} must be at least {n}: a narrower layer cannot learn as many singular values"
    if block["descent"]["most_steps"] < block["descent"]["n_steps"]:
        least = block["descent"]["n_steps"]
        yield f"figX4.descent.most_steps = {block['descent']['most_steps']:g} must be at least n_steps = {least}"
    gaps = imbalance["gaps"]
    if gaps != sorted(gaps, reverse=True) or gaps[0] != 1:
        yield f"figX4.imbalance.gaps = {gaps} must descend from 1, which is λ = 0"
    if imbalance["wide_out"] <= n:
        yield f"figX4.imbalance.wide_out = {imbalance['wide_out']} must be above the {n} inputs, one a singular value"
