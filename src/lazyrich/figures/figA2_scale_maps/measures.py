"""A measure of figA2's claims that takes all draws together."""

from .bands import least_ratio


def least_widening(results, figure):
    """The least ratio of half widths at neighbouring scales, on either grid."""
    return min(least_ratio(end) for _, end in results.frame(figure, "theory/end").groupby("grid"))
