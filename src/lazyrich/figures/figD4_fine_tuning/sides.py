"""The two sides of λ = 0: which of them is delayed, and how times go with |λ| on one."""

import numpy as np

SIDES = {"positive": 1.0, "negative": -1.0}  # of λ
DELAYED = {"funnel": -1.0, "inverted_funnel": 1.0}  # sign of λ with the delay


def is_delayed(lam, widths):
    """Whether the large layer does not span its side of the network: the side of the delayed rich regime."""
    n_in, _, n_out = widths
    return lam * (n_out - n_in) > 0


def slope(lams, means):
    """Power of |λ| with which the mean time goes."""
    order = np.argsort(np.abs(lams))
    return np.polyfit(np.log(np.abs(lams)[order]), np.log(np.asarray(means)[order]), 1)[0]
