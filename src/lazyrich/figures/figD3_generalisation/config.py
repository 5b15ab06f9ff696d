"""What the values of figD3's block of config.yaml must be to each other."""


def mistakes(block):
    """Relative scales and depths in the order in which they are compared, and bars of what is simulated."""
    bars = block["draw"]["bars"]
    for name, values in (
        ("lambdas", block["lambdas"]),
        ("draw.bars", bars),
        ("trees.lambdas", block["trees"]["lambdas"]),
        ("trees.depths", block["trees"]["depths"]),
    ):
        if values != sorted(values):
            yield f"figD3.{name} = {values} must ascend"
    for lam in bars:
        if lam not in block["lambdas"]:
            yield f"figD3.draw.bars holds {lam:g}, which is not in figD3.lambdas"
