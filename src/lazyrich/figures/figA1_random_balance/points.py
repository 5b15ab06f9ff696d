"""What is concluded from the draws of figA1: means with one standard error, and powers of the width."""

import numpy as np

from ...pipeline.frames import only

POINT = ["scheme", "series", "n_in", "n_hidden", "n_out"]  # keys of the weights that are drawn again and again
# the moment that each of these is a function of
MOMENTS = {
    "lam": "lam",
    "diagonal_std": "diagonal",
    "off_diagonal_std": "off_diagonal",
    "relative_distance": "distance",
}


def points(draws, moments, quantity):
    """The points of draws: `mean`, one standard error below and above it as `low` and `high`, and the `formula`.

    The error is that of the moment, so that the two ends are not at equal distances.
    """
    name = MOMENTS[quantity]
    found = draws.groupby(POINT, sort=False)[name].mean().rename("of_draws").reset_index().merge(moments, on=POINT)
    least = -np.inf if quantity == "lam" else 0

    def of(moment):
        if quantity == "lam":
            return moment
        if quantity == "relative_distance":
            return np.sqrt(moment / found["n_hidden"]) / found["lam"].abs()
        return np.sqrt(moment)

    error = found[f"{name}_error"]
    return found[POINT].assign(
        mean=of(found["of_draws"]),
        low=of(np.maximum(found["of_draws"] - error, least)),
        high=of(np.maximum(found["of_draws"] + error, least)),
        formula=of(found[name]),
    )


def slopes(draws):
    """Fitted powers of the width with which entries fall, on and off the diagonal of each scheme."""
    found = []
    for _, of_scheme in only(draws, series="width").groupby("scheme", sort=False):
        spread = np.sqrt(of_scheme.groupby("n_in", sort=False)[["diagonal", "off_diagonal"]].mean())
        found += [np.polyfit(np.log(spread.index), np.log(spread[name]), 1)[0] for name in spread]
    return np.array(found)
