"""What the values of fig5's block of config.yaml must be to each other, and how many runs they make."""

from ...linear.initialisation import infeasible


def mistakes(block):
    """Every network exists at every λ, and what is simulated is also drawn."""
    for name, lams in (("lambdas", block["lambdas"]), ("dynamics.lambdas", block["dynamics"]["lambdas"])):
        for lam in lams:
            for shape, widths in block["shapes"].items():
                if reason := infeasible(lam, *widths):
                    yield f"fig5.{name} holds {lam:g}, but no λ-balanced weights exist for the {shape}: {reason}"
    for lam in block["simulated_lambdas"]:
        if lam not in block["lambdas"]:
            yield f"fig5.simulated_lambdas holds {lam:g}, which is not in fig5.lambdas"
    for name in ("final", "dynamics"):
        if block["until"] < 2 * block[name]["largest_rate"]:
            yield f"fig5.until = {block['until']:g} must be at least two steps of fig5.{name}.largest_rate"


def n_runs(block):
    """Runs of the sweep, which need not each other."""
    return len(block["shapes"]) * len(block["lambdas"]) * block["n_draws"]
