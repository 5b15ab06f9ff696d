"""Measures that the claims and the caption of figE2 take besides the general ones."""

import numpy as np


def least_share(results, figure, tables, **chosen):
    """The least, over several tables, of the share of rows in which a column is true."""
    return min(results.values(figure, table=table, **chosen).mean() for table in tables)


def scale_of_descent(results, figure):
    """The λ > 0 at which the exact solution passes when descent does at λ = 0, in the mean of opposite signs."""
    opposite = {"column": "time_to_pass", "where": {"matched": False}}
    escape = results.values(figure, table="simulation/at_zero", **opposite).mean()
    times = results.select(figure, table="theory/off_zero", **opposite, reduce={"draw": "mean"}).sort_values("value")
    if not times["value"].min() < escape < times["value"].max():
        raise ValueError(f"descent passes at {escape:g} at λ = 0, the exact solution at no λ > 0")
    return np.exp(np.interp(escape, times["value"], np.log(times["lam"])))
