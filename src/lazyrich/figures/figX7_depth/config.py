"""What the values of figX7's block of config.yaml must be to each other."""


def mistakes(block):
    """Depths that are compared, λ in the order in which they are drawn, and a mode that grows to half its target."""
    if not {2, 3} <= set(block["n_layers"]):
        yield f"figX7.n_layers = {block['n_layers']} must hold 2 and 3"
    for name, lams in (("lambdas", block["lambdas"]), ("random.lambdas", block["random"]["lambdas"])):
        if lams != sorted(lams):
            yield f"figX7.{name} = {lams} must ascend"
    if block["lambdas"][0] != 0:
        yield f"figX7.lambdas = {block['lambdas']} must begin with 0"
    if block["initial"] >= min(block["singular_values"]) / 10:
        yield f"figX7.initial = {block['initial']:g} must be less than a tenth of every one of figX7.singular_values"
    if block["random"]["function"] / 10 >= 0.999 * min(block["singular_values"]):
        yield f"figX7.random.function = {block['random']['function']:g} must be small beside figX7.singular_values"
    if block["sweep"]["log_lambda"][0] >= block["sweep"]["log_lambda"][1]:
        yield f"figX7.sweep.log_lambda = {block['sweep']['log_lambda']} must ascend"
