"""Measures of figX11's claims and caption: means over draws with their intervals, and comparisons draw by draw."""

import numpy as np

from ...pipeline.frames import TWO_SIDED, only


def _interval(values, part):
    """The mean of one number a draw, or an end of its 95% interval."""
    error = TWO_SIDED * np.std(values, ddof=1) / np.sqrt(len(values))
    return np.mean(values) + {"low": -error, "mean": 0, "high": error}[part]


def _losses(results, figure, lam, table="theory/best", **where):
    return only(results.frame(figure, table), lam=lam, **where).set_index("draw")["test_loss"].sort_index()


def gain(results, figure, lam, over, part="mean", **where):
    """Test loss from `over` as a multiple of that from `lam`, each at its best: geometric mean over draws, interval."""
    of, other = (_losses(results, figure, one, **where) for one in (lam, over))
    return np.exp(_interval(np.log((other / of).to_numpy()), part))


def wins(results, figure, lam, over, **where):
    """The share of draws in which `lam` has the smaller test loss, each at its best."""
    of, other = (_losses(results, figure, one, **where) for one in (lam, over))
    return (of < other).mean()


def best_lam(results, figure, **where):
    """The λ of the least test loss at the best stopping time, mean over draws."""
    means = only(results.frame(figure, "theory/best"), **where).groupby("lam")["test_loss"].mean()
    return means.idxmin()


def lazy_off(results, figure, column, law, lam, **where):
    """Largest difference of a lazy network's means over draws from their closed form, relative to it; t as λt."""
    best = only(results.frame(figure, "theory/best"), lam=lam, **where)
    means = best.groupby(["n_examples", "spectrum"])[column].mean() * (lam if column == "t" else 1)
    laws = results.frame(figure, "theory/limits").set_index("n_examples")[law]
    return max(abs(value / laws[examples] - 1) for (examples, _), value in means.items())


def spike_off(results, figure, lam, over, spectrum, least):
    """Largest difference of a gain from the two closed forms' ratio, relative to it, over P from `least` on."""
    limits = results.frame(figure, "theory/limits").set_index("n_examples")
    tried = results.frame(figure, "theory/best")["n_examples"].unique()
    return max(
        abs(
            gain(results, figure, lam, over, spectrum=spectrum, n_examples=n) * limits["rich"][n] / limits["lazy"][n]
            - 1
        )
        for n in tried[tried >= least]
    )


def signal_to_noise(results, figure, n_examples):
    """‖Σ‖²P/(n²σ²), by the closed form of the lazy stopping time."""
    limits = results.frame(figure, "theory/limits")
    return np.expm1(only(limits, n_examples=n_examples)["lazy_time"].iloc[0])


def sign_off(results, figure, lam):
    """Largest difference of the test losses from λ and −λ, at all times and in all draws."""
    curves = results.frame(figure, "theory/curves")
    up, down = (only(curves, lam=one).set_index(["draw", "place"])["test_loss"] for one in (lam, -lam))
    return np.abs(up - down).max()


def end_gain(results, figure, n_hidden, over, spectrum, part="mean"):
    """Test loss at the end at a hidden width `over` as a multiple of that at another: geometric mean, interval."""
    ends = only(results.frame(figure, "theory/ends"), spectrum=spectrum)
    of, other = (only(ends, n_hidden=n).set_index("draw")["test_loss"] for n in (n_hidden, over))
    return np.exp(_interval(np.log((other / of).to_numpy()), part))


def budget_gain(results, figure, budget, unit, part="mean"):
    """Test loss within a budget from λ = 0 as a multiple of the largest λ's: geometric mean, interval."""
    rows = only(results.frame(figure, "theory/budgets"), budget=budget, unit=unit)
    return np.exp(_interval(np.log((rows["rich"] / rows["lazy"]).to_numpy()), part))


def budget_lam(results, figure, budget, unit):
    """The median over draws of the λ that is best within a budget."""
    return only(results.frame(figure, "theory/budgets"), budget=budget, unit=unit)["best_lam"].median()


def _off(results, figure, n_out, column):
    """Differences (λ, times) of the simulated means over draws from the limit, as shares of the loss at the start."""
    laws = only(results.frame(figure, "theory/large"), n_out=n_out)
    found = only(results.frame(figure, "simulation/large"), n_out=n_out).groupby(["lam", "place"])[["t", "test_loss"]]
    differences = []
    for lam, rows in found.mean().reset_index().groupby("lam"):
        law = only(laws, lam=lam)
        ahead = np.interp(rows["t"], law["t"], law[column])
        differences.append(np.abs(rows["test_loss"] - ahead) / law["test_loss"].iloc[0])
    return np.array(differences)


def limit_off(results, figure, n_out, column="test_loss"):
    """The largest of them."""
    return _off(results, figure, n_out, column).max()
