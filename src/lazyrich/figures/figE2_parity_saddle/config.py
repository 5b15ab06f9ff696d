"""How many runs figE2's block of config.yaml makes."""


def n_runs(block):
    """Runs of the sweep, which need not each other."""
    return block["n_draws"]
