"""How many runs figA2's block of config.yaml makes."""


def n_runs(block):
    """Runs of the sweep, which need not each other."""
    return (2 * block["lambdas"]["map"] + 1) * block["n_draws"] * block["scales"]["map"]
