"""A measure of figX10's claims that sets the ends of all runs against their starts."""

from ...pipeline.ledger.results import STATISTICS


def largest_share(results, figure, statistic):
    """A statistic over all runs of square networks of λ* at their last step over λ₀."""
    curves, starts = results.frame(figure, "simulation/curves"), results.frame(figure, "task/starts")
    last = curves.loc[curves.groupby(["setting", "draw"])["step"].idxmax()]
    runs = last.merge(starts[["setting", "draw", "lam"]], on=["setting", "draw"])
    return STATISTICS[statistic]((runs["nearest_lam"] / runs["lam"]).to_numpy(), axis=0)
