"""δ in colour and in words, the same in every figure of one neuron."""

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D

from . import style

# light to dark, as |δ| grows
_RAMPS = {-1: ["#9CCBEB", style.NEGATIVE, "#003356"], 1: ["#F5B183", style.POSITIVE, "#6B2700"]}


def colours(deltas):
    """{δ: colour}: blue δ < 0, green 0, vermilion δ > 0, the darker the larger |δ| is among those given."""
    result = {delta: style.ZERO for delta in deltas}
    for sign, ramp in _RAMPS.items():
        side = sorted((delta for delta in deltas if delta * sign >= style.NEAR_ZERO), key=abs)
        shade = LinearSegmentedColormap.from_list("deltas", ramp)
        # a lone δ has the colour of its sign
        result |= {delta: shade(k / (len(side) - 1) if len(side) > 1 else 0.5) for k, delta in enumerate(side)}
    return result


def label(delta):
    """δ as text."""
    return style.lam_label(delta).replace(r"\lambda", r"\delta")


def handles(deltas):
    """A solid line for each δ, in ascending order, for a legend."""
    shade = colours(deltas)
    return [Line2D([], [], color=shade[delta], label=label(delta)) for delta in sorted(deltas)]
