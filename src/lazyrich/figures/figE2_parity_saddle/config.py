"""What the values of figE2's block of config.yaml must be to each other, and how many runs it makes."""


def mistakes(block):
    """Slopes need two points."""
    for name, limit, most in (
        ("lambdas", "slope_until", block["slope_until"]),
        ("learning_rates", "draw.slope_rates_until", block["draw"]["slope_rates_until"]),
    ):
        if sum(value <= most for value in block[name]) < 2:
            yield f"figE2.{limit} = {most:g} leaves fewer than two of figE2.{name} to fit a slope to"


def n_runs(block):
    """Runs of the sweep, which need not each other."""
    return block["n_draws"]
