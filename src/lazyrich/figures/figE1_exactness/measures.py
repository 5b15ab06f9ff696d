"""What only the caption of figE1 needs from its tables, and the digits of its reference."""

import numpy as np

from ...linear.reference import DIGITS


def reference_digits(results, figure):
    """Digits of the arithmetic that the exact solution is compared with."""
    return DIGITS


def _over_law(results, figure):
    """(|λ| > 0 ascending, the deviation of descent over the law at each, means over signs and draws)."""
    found = results.frame(figure, "simulation/scale")
    found = found[found["lam"] != 0]
    means = found.groupby(found["lam"].abs())[["deviation_absolute", "law_absolute"]].mean().sort_index()
    return means.index.to_numpy(), (means["deviation_absolute"] / means["law_absolute"]).to_numpy()


def _held(results, figure, within):
    """Places in these of the first and the last |λ| where the law holds."""
    sizes, ratios = _over_law(results, figure)
    held = np.flatnonzero(np.abs(ratios - 1) <= within)
    if not held.size or not np.array_equal(held, np.arange(held[0], held[-1] + 1)):
        raise ValueError(f"the law holds within {within:g} at |λ| = {sizes[held]}, which is no range of those measured")
    return held[0], held[-1]


def law_holds(results, figure, within, end):
    """The least |λ| of the range where the law holds (end: from), the largest (until), or the next below (below)."""
    first, last = _held(results, figure, within)
    sizes = _over_law(results, figure)[0]
    if end == "below" and not first:
        raise ValueError("the law holds at the least |λ| that was measured")
    return sizes[{"from": first, "until": last, "below": first - 1}[end]]


def law_error(results, figure, within):
    """The largest relative error of the law where it holds."""
    first, last = _held(results, figure, within)
    return np.abs(_over_law(results, figure)[1][first : last + 1] - 1).max()


def ratio_below_law(results, figure, within):
    """Measured over law at the next |λ| below those where it holds."""
    sizes, ratios = _over_law(results, figure)
    return ratios[sizes == law_holds(results, figure, within, "below")][0]


def ratio_at_largest(results, figure):
    """Measured over law at the largest |λ|."""
    return _over_law(results, figure)[1][-1]
