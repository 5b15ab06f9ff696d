"""The law of figD2's reversal time: closed form, asymptote and slopes of the modes against |λ|."""

import numpy as np

from ...linear.modes import time_to_reach


def lams(config):
    """λ of the reversal times: equal ratios, alternating signs."""
    time = config["time"]
    magnitudes = np.geomspace(time["least"], time["largest"], time["n_lambdas"])
    return magnitudes * (-1.0) ** np.arange(magnitudes.size)


def asymptote(targets, lam):
    """(ln(s̃/|λ|) + (3/2) ln 2)/s̃: from −s̃ to s̃/2 as λ → 0, for `targets` (m,) and `lam` (K,); (K, m).

    The closed form 2κt = asinh((s̃a+c²)/(c(s̃−a))) between its ends, c = |λ|/2 → 0: 2s̃t → ln(8 s̃²/λ²).
    """
    return (np.log(targets / np.abs(lam)[:, None]) + 1.5 * np.log(2)) / targets


def slopes(config, magnitudes, times, above=False):
    """s̃ times the slope of each mode's time (K, m) in log(1/|λ|), fitted on slope_from ≤ |λ| ≤ slope_until·s̃.

    `above` that range: up to |λ| = s̃.
    """
    least, largest = (config["time"][name] for name in ("slope_from", "slope_until"))
    result = []
    for target, column in zip(np.array(config["singular_values"]), times.T, strict=True):
        first, last = (largest * target, target) if above else (least, largest * target)
        # of a grid of equal ratios: an end belongs to the range whatever its last digit
        fitted = (magnitudes > first * (1 - 1e-9)) & (magnitudes < last * (1 + 1e-9))
        result.append(target * np.polyfit(np.log(1 / magnitudes[fitted]), column[fitted], 1)[0])
    return np.array(result)


def _closed_form(config, s):
    """λ, and the time to reverse each mode to half of its target, (λ, m)."""
    scales = lams(config)
    return scales, time_to_reach(s / 2, s, -s, scales[:, None])


def add_closed_form(config, tables, s):
    """Reversal times of the modes by the closed form, and their asymptote."""
    scales, times = _closed_form(config, s)
    tables["closed_form"].add(
        lam=np.repeat(scales, s.size),
        mode=np.tile(np.arange(s.size), scales.size),
        time=times.ravel(),
        asymptote=asymptote(s, scales).ravel(),
    )


def of_closed_form(config, s):
    """Columns of the modes: slopes of the closed form and of what descent makes of it, distance from the asymptote."""
    scales, times = _closed_form(config, s)
    sizes, step = np.abs(scales), config["time"]["learning_rate"] * s
    apart = np.abs(times - asymptote(s, scales))[sizes <= config["time"]["slope_until"] * s.min()]
    return {
        "slope_formula": slopes(config, sizes, times),
        "slope_above": slopes(config, sizes, times, above=True),
        # descent: the difference of the layers grows as (1 + ηs̃)^k
        "expected_slope_descent": step / np.log1p(step),
        "deviation_asymptote": apart.max(0),
    }


def add_times(config, tables, s, times, **more):
    """Reversal times (λ, m) of the modes that are reversed, and their slopes."""
    scales, formula = _closed_form(config, s)
    reliable = np.abs(scales) >= config["time"]["rounding_below"]
    k, mode = np.nonzero(np.isfinite(times))
    tables["times"].add(lam=scales[k], mode=mode, time=times[k, mode], reliable=reliable[k])
    tables["slopes"].add(
        mode=np.arange(s.size),
        slope=slopes(config, np.abs(scales), times),
        deviation_time=np.abs(times - formula)[reliable].max(0),
        **more,
    )
