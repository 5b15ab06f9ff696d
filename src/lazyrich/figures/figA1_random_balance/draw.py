"""Draws figA1: random initialisations, their relative scale, and how near to balanced they are."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import initial_weights, style
from ...pipeline.drawing.schematic import heat_map
from ...pipeline.frames import only
from .points import points, slopes

LIMIT = 2.5  # of the heat maps' colours, in |λ*|


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 8.6))
    top, bottom = figure.subfigures(2, 1, height_ratios=[1.12, 1])
    first = _heat_maps(top, data)
    grid = bottom.subplots(2, 2)
    (outputs, hidden), (spread, distance) = grid
    _scale(outputs, data, "outputs", "n_out", r"$r = N_o/N_i$  (at $N_h = N_i$)")
    net = only(data["theory/moments"], series="hidden").iloc[0]
    label = rf"$k = N_h/N_i$  (at $N_o = {net['n_out'] / net['n_in']:g}\,N_i$)"
    _scale(hidden, data, "hidden", "n_hidden", label)
    _spread(spread, data)
    _distance(distance, data)
    for axes, letter in zip((first, *grid.flat), "ABCDE", strict=True):
        style.panel_letter(axes, letter)
    handles = [
        Line2D([], [], color=colour, marker=marker, linestyle="", markersize=4, label=name)
        for name, colour, marker in initial_weights.SCHEMES.values()
    ]
    handles += [Line2D([], [], label="formula", **style.THEORY)]
    bottom.legend(handles=handles, loc="outside lower center", ncols=5)
    return figure


def _heat_maps(figure, data):
    """A column a scheme, a row a width, and λ*I below."""
    drawn = points(only(data["task/draws"], series="maps"), data["theory/moments"], "relative_distance")
    drawn = drawn.merge(data["task/maps"]).merge(data["theory/moments"])
    schemes, widths = (drawn[key].unique() for key in ("scheme", "n_in"))
    grid = figure.subplots(len(widths) + 1, len(schemes), squeeze=False)
    for column, scheme in zip(grid.T, schemes, strict=True):
        name, colour, _ = initial_weights.SCHEMES[scheme]
        for axes, net in zip(column, only(drawn, scheme=scheme).itertuples(), strict=False):
            heat_map(axes, net.balance, LIMIT)
            axes.set_xlabel(f"relative distance {net.mean:.2f}", fontsize=7, labelpad=2)
        image = heat_map(column[-1], np.sign(net.lam) * np.eye(net.n_shown), LIMIT)
        column[-1].set_xlabel(rf"$\lambda^* = {net.lam:.2f}$", fontsize=7, labelpad=2)
        column[0].set_title(name, color=colour, fontweight="bold")
    for axes, net in zip(grid[:, 0], only(drawn, scheme=schemes[0]).itertuples(), strict=False):
        axes.set_ylabel(f"{net.n_in} : {net.n_hidden} : {net.n_out}")
    grid[-1, 0].set_ylabel(r"$\lambda^*I$")
    label = r"entry of $W_2^TW_2 - W_1W_1^T$, in $|\lambda^*|$"
    figure.colorbar(image, ax=grid, shrink=0.6, aspect=22, pad=0.01, extend="both", label=label)
    return grid[0, 0]


def _points(axes, data, series, quantity, varied=None, filled=True):
    """Measured means with one standard error, the formula dotted on top, over N_i or over a width in units of N_i."""
    drawn = points(only(data["task/draws"], series=series), data["theory/moments"], quantity)
    for scheme, (_, colour, marker) in initial_weights.SCHEMES.items():
        of_scheme = drawn[drawn["scheme"] == scheme]
        if of_scheme.empty:
            continue
        x = of_scheme[varied] / of_scheme["n_in"] if varied else of_scheme["n_in"]
        mean, face = of_scheme["mean"], colour if filled else "white"
        bars = [(of_scheme[end] - mean).abs() for end in ("low", "high")]
        axes.errorbar(x, mean, bars, color=colour, marker=marker, markersize=4.5, mfc=face, ls="", lw=1)
        axes.plot(x, of_scheme["formula"], **style.THEORY)


def _scale(axes, data, series, varied, label):
    axes.axhline(0, color=style.GREY, linewidth=0.5)
    _points(axes, data, series, "lam", varied)
    axes.set_xscale("log", base=2)
    ticks = [0.25, 0.5, 1, 2, 4]
    axes.set_xticks(ticks, ["1/4", "1/2", "1", "2", "4"])
    axes.set_xlabel(label)
    axes.set_ylabel(r"relative scale $\lambda^*$")


def _spread(axes, data):
    _points(axes, data, "width", "diagonal_std")
    _points(axes, data, "width", "off_diagonal_std", filled=False)
    found = slopes(data["task/draws"])
    style.note(axes, f"slopes ${found.min():.3f}$ … ${found.max():.3f}$", fontsize=7)
    _legend(axes, "on the diagonal", "off the diagonal")
    net = only(data["theory/moments"], series="width").iloc[0]
    ratio = rf"$N_i:N_h:N_o = 1:{net['n_hidden'] / net['n_in']:g}:{net['n_out'] / net['n_in']:g}$"
    _log_log(axes, rf"width $N_i$  (at {ratio})")
    axes.set_ylabel("s.d. of the entries")


def _distance(axes, data):
    _points(axes, data, "width", "relative_distance")
    _points(axes, data, "narrow", "relative_distance", filled=False)
    fixed = only(data["theory/moments"], series="narrow")["n_hidden"].iloc[0]
    _legend(axes, "fixed ratio", rf"fixed $N_h = {fixed}$")
    _log_log(axes, r"width $N_i$")
    axes.set_ylabel("relative distance")


def _legend(axes, filled, hollow):
    handles = [
        Line2D([], [], color=style.GREY, marker="o", markersize=4.5, mfc=face, linestyle="", label=label)
        for face, label in ((style.GREY, filled), ("white", hollow))
    ]
    axes.legend(handles=handles, loc="lower left", handletextpad=0.3)


def _log_log(axes, label):
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(label)
