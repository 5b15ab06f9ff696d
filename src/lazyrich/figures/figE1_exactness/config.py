"""What the values of figE1's block of config.yaml must be to each other, and how many runs they make."""


def mistakes(block):
    """Learning rates that share their record times, and runs of some length."""
    order = block["order"]
    coarsest = max(order["learning_rates"])
    for rate in order["learning_rates"]:
        if abs(coarsest / rate - round(coarsest / rate)) > 1e-9:
            yield f"figE1.order.learning_rates holds {rate:g}, but each must divide the largest, {coarsest:g}"
    for name, rate in (("order", coarsest), ("scale", block["scale"]["learning_rate"])):
        until = block[name]["until"]
        if until < 2 * rate:
            yield f"figE1.{name}.until = {until:g} must be at least two steps of the learning rate {rate:g}"


def n_runs(block):
    """Runs of the sweep, which need not each other."""
    order, scale = block["order"], block["scale"]
    return block["n_draws"] * (len(order["sizes"]) * len(order["lambdas"]) + len(scale["lambdas"]))
