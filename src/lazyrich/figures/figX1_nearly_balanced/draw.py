"""Draws figX1: random starts off balance, and how far the flow departs from the exact solution then."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import initial_weights, style
from ...pipeline.frames import each, only
from . import powers

SCHEMES = {name: initial_weights.SCHEMES[name] for name in ("lecun", "glorot", "he")}
SCHEMES["gaussian"] = ("Gaussian", "#000000", "D")
FAMILIES = {"fixed": "full", "narrow": "bottom", "wide": "none"}  # how markers are filled
QUANTITIES = {name: name.replace("_", " ") for name in ("network_function", "kernel_distance", "time_to_learn")}
SHIFT = 1.06  # between the schemes at one width


def draw(data, tolerance, quantiles, fitted_until):
    figure = plt.figure(figsize=(style.WIDTH, 7.6))
    top, middle, bottom = figure.subfigures(3, 1, height_ratios=[1.0, 1.15, 1.05])
    first = top.subplots(1, 3)
    _relative_imbalance(first[0], data, quantiles)
    _imbalance(first[1], data, quantiles)
    _curves(first[2], data)
    second = middle.subplots(1, 3, sharey=True)
    third = bottom.subplots(1, 3, sharey=True)
    random = powers.with_distance(data["simulation/departures"], data["task/random"])
    perturbed = powers.with_distance(data["simulation/perturbed_departures"], data["task/perturbed"])
    for name, over_width, over_size in zip(QUANTITIES, second, third, strict=True):
        _over_width(over_width, random, name, tolerance, quantiles)
        _random_starts(over_size, random, name)
        _over_size(over_size, perturbed, name, quantiles, fitted_until)
    second[0].set_ylim(1e-3, 8)
    third[0].set_ylim(5e-5, 8)
    for row in (second, third):
        row[0].set_ylabel("error of the theory")
    for axes, letter in zip((*first, *second, *third), "ABCDEFGHI", strict=True):
        style.panel_letter(axes, letter)
    _legends(middle, bottom, data)
    return figure


def _widths(run):
    return f"{run.n_in}–{run.n_hidden}–{run.n_out}"


def _by_scheme(frame):
    """(family, scheme, its place, its rows) of each family and scheme."""
    for family in FAMILIES:
        for place, scheme in enumerate(SCHEMES):
            rows = frame[(frame["family"] == family) & (frame["scheme"] == scheme)]
            if len(rows):
                yield family, scheme, place, rows


def _quantiles(frame, column, along, quantiles):
    """Values of a key, and quantiles over draws at each."""
    values = frame.pivot(index="draw", columns=along, values=column)
    return values.columns, *np.quantile(values, quantiles, axis=0)


def _points(axes, family, scheme, place, rows, column, quantiles):
    """Medians over the draws against width, with bars from the low to the high quantile."""
    _, colour, marker = SCHEMES[scheme]
    widths, low, median, high = _quantiles(rows, column, "n_in", quantiles)
    x = widths * SHIFT ** (place - 1.5)
    look = {"color": colour, "marker": marker, "fillstyle": FAMILIES[family], "markerfacecoloralt": "white"}
    axes.errorbar(x, median, [median - low, high - median], markersize=3.6, lw=0.7, elinewidth=0.6, **look)


def _width_axis(axes):
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks([8, 32, 128, 512], ["8", "32", "128", "512"])
    axes.set_xlabel(r"width $N_i$")


def _relative_imbalance(axes, data, quantiles):
    for *look, rows in _by_scheme(data["task/random"]):
        _points(axes, *look, rows, "relative_imbalance", quantiles)
    _width_axis(axes)
    axes.set_ylabel("distance relative to weights")
    slopes = powers.of_width(only(data["task/random"], family="fixed"), "relative_imbalance")
    style.note(axes, rf"fixed $N_h$: slopes ${min(slopes):.2f}$ … ${max(slopes):.2f}$", fontsize=7)


def _imbalance(axes, data, quantiles):
    for family, scheme, place, rows in _by_scheme(data["task/random"]):
        _points(axes, family, scheme, place, rows, "imbalance", quantiles)
        formula = only(data["theory/imbalance"], family=family, scheme=scheme)
        axes.plot(formula["n_in"], formula["imbalance"], **style.THEORY)
    _width_axis(axes)
    axes.set_ylabel("distance from balance")


def _curves(axes, data):
    """Loss of one draw of some starts, the flow and the theory."""
    shown = each(data["simulation/curves"], "family", "n_in", "scheme")
    for curve, colour in zip(shown, style.scale_map(shown), strict=True):
        family, n_in, scheme = curve[["family", "n_in", "scheme"]].iloc[0]
        start = only(data["task/random"], family=family, n_in=n_in, scheme=scheme).iloc[0]
        after = curve.iloc[1:]
        axes.plot(after["relative_time"], after["loss"], color=colour, label=_widths(start))
        axes.plot(after["relative_time"], after["theory_loss"], **style.THEORY)
    axes.set_xscale("log")
    axes.set_xlim(1e-3, 10)
    axes.set_xlabel("time / time to learn")
    axes.set_ylabel("loss / loss at the start")
    axes.legend(loc="lower left", fontsize=6, title=SCHEMES[shown[0]["scheme"].iloc[0]][0], title_fontsize=6)


def _over_width(axes, departures, name, tolerance, quantiles):
    for *look, rows in _by_scheme(departures):
        _points(axes, *look, rows, name, quantiles)
    axes.axhline(tolerance, color=style.GREY, linewidth=0.8, linestyle="--")
    _width_axis(axes)
    axes.set_title(QUANTITIES[name])


def _random_starts(axes, departures, name):
    """A dot for each random start."""
    for _, scheme, _, rows in _by_scheme(departures):
        for starts in each(rows, "n_in"):
            look = {"color": SCHEMES[scheme][1], "markersize": 2.4, "alpha": 0.5, "markeredgewidth": 0}
            axes.plot(starts["relative_imbalance"], starts[name], ".", **look)


def _over_size(axes, departures, name, quantiles, fitted_until):
    """Balanced starts moved off balance as lines with a band."""
    for lam, rows in departures.groupby("lam"):
        x = rows.groupby("size")["relative_imbalance"].median()
        _, low, median, high = _quantiles(rows, name, "size", quantiles)
        axes.fill_between(x, low, high, color=style.colour(lam), alpha=0.18, linewidth=0)
        axes.plot(x, median, color=style.colour(lam), linestyle=_dashes(lam))
    axes.plot([1e-3, 1], [1e-3, 1], color=style.GREY, linewidth=0.8, linestyle="--")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("distance relative to weights")
    orders = powers.of_distance(departures[departures["size"] <= fitted_until], name)
    style.note(axes, rf"orders ${min(orders):.2f}$ … ${max(orders):.2f}$", fontsize=7)


def _dashes(lam):
    """Both signs of λ may fall on one line."""
    return (0, (2, 1.4)) if lam > 0 else "-"


def _legends(middle, bottom, data):
    handles = [
        Line2D([], [], color=colour, marker=marker, markersize=4, linewidth=0.7, label=name)
        for name, colour, marker in SCHEMES.values()
    ]
    for family, fill in FAMILIES.items():
        run = only(data["task/random"], family=family).iloc[0]
        ratio = f"fixed $N_h = {run.n_hidden}$" if family == "fixed" else f"ratio of {_widths(run)}"
        look = {"fillstyle": fill, "markerfacecoloralt": "white"}
        handles.append(Line2D([], [], color=style.GREY, marker="o", markersize=4, linestyle="", label=ratio, **look))
    middle.legend(handles=handles, loc="outside upper center", ncols=7, handlelength=1.4, columnspacing=1.0)
    handles = [
        Line2D(
            [], [], color=style.colour(lam), linestyle=_dashes(lam), label=rf"{style.lam_label(lam)}, moved off balance"
        )
        for lam in sorted(data["task/perturbed"]["lam"].unique())
    ]
    handles.append(Line2D([], [], color=style.GREY, linestyle="--", linewidth=0.8, label="error = distance"))
    bottom.legend(handles=handles, loc="outside upper center", ncols=4)
