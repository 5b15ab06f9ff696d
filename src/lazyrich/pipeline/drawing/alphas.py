"""The relative scale α in colour and in words: δ has the sign of log α."""

import math

from matplotlib.lines import Line2D

from . import deltas


def colours(alphas):
    """{α: colour}: blue α < 1 (downstream), green 1, vermilion α > 1 (upstream), the darker the further from 1."""
    shade = deltas.colours([math.log(alpha) for alpha in alphas])
    return {alpha: shade[math.log(alpha)] for alpha in alphas}


def handles(alphas, **look):
    """A solid line for each α, the largest first, for a legend."""
    shade = colours(alphas)
    ordered = sorted(alphas, reverse=True)
    return [Line2D([], [], color=shade[alpha], label=rf"$\alpha = {alpha:g}$", **look) for alpha in ordered]
