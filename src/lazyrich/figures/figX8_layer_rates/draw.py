"""Draws figX8: curves at several ratios of the layers' learning rates, kernel distance against the ratio, agreement."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from ...pipeline.frames import each, only

SHAPES = ("funnel", "square", "inverted")
TITLES = {"funnel": "funnel", "square": "square", "inverted": "inverted funnel"}
AGREEMENT = {
    "deviation_network_function": ("descent, two rates", "o"),
    "deviation_flow_network_function": ("DOP853, two rates", "s"),
    "deviation_equal_rates": ("two rates beside one", "^"),
}


def draw(data):
    figure, grid = plt.subplots(2, 3, figsize=(style.WIDTH, 5.0))
    _equal(grid[0, 0], data)
    _single(grid[0, 1], data)
    _agreement(grid[0, 2], data)
    for axes, shape in zip(grid[1], SHAPES, strict=True):
        _kernel(axes, data, shape)
    grid[1, 0].set_ylabel("kernel distance,\nstart to convergence")
    for axes in grid[1, 1:]:
        axes.sharey(grid[1, 0])
        axes.tick_params(labelleft=False)
    grid[1, 0].set_ylim(-0.02, 0.74)
    for axes, letter in zip(grid.flat, "ABCDEF", strict=True):
        style.panel_letter(axes, letter)
    _legend(figure, data)
    return figure


def _shades(data):
    """Dark to light with the ratio."""
    ratios = sorted(data["task/curves"]["ratio"].unique())
    return dict(zip(ratios, style.scale_map(ratios), strict=True))


def _curves(data, stage, same):
    """(ratio, curve) of one kind, in their order."""
    return [(curve["ratio"].iloc[0], curve) for curve in each(only(data[f"{stage}/curves"], same=same), "ratio")]


def _label(ratio):
    return rf"$\eta_1/\eta_2 = {ratio:g}$"


def _equal(axes, data):
    shades, curves = _shades(data), _curves(data, "simulation", "function")
    for width, (ratio, curve) in zip(np.linspace(4.5, 0.9, len(curves)), curves, strict=True):
        axes.plot(curve["t"], _diagonal(curve), color=shades[ratio], linewidth=width)
    _, exact = _curves(data, "theory", "function")[0]
    axes.plot(exact["t"], _diagonal(exact), **style.THEORY)
    axes.set_xlim(0, 6)
    axes.set_xlabel(r"time $\sqrt{\eta_1\eta_2}\;t$")
    axes.set_ylabel(r"diagonal of $W_2W_1$")
    lam = only(data["task/curves"], same="function")["lam"].iloc[0]
    axes.set_title(rf"one $\hat\lambda = {lam:g}$, five ratios", fontsize=8)


def _diagonal(curve):
    """Of the network function over time, (T, n)."""
    return np.array([function.diagonal() for function in curve["network_function"]])


def _single(axes, data):
    shades = _shades(data)
    both = zip(_curves(data, "simulation", "start"), _curves(data, "theory", "start"), strict=True)
    for (ratio, descent), (_, exact) in both:
        axes.semilogy(descent["t"], descent["loss"], color=shades[ratio])
        axes.semilogy(exact["t"], exact["loss"], **style.THEORY)
    axes.set_xlim(0, 12)
    axes.set_ylim(1e-6, 30)
    axes.set_xlabel(r"time $\sqrt{\eta_1\eta_2}\;t$")
    axes.set_ylabel(r"loss $\mathcal{L}$")
    axes.set_title("one start, five ratios", fontsize=8)


def _agreement(axes, data):
    compared = only(data["simulation/agreement"], same="function")
    for column, (label, marker) in AGREEMENT.items():
        axes.plot(compared["ratio"], compared[column], marker, color=style.GREY, markersize=4, label=label)
    for neuron in data["theory/neurons"].itertuples():
        axes.plot(neuron.ratio, neuron.deviation_network_function, "k.", markersize=2.5)
    axes.plot([], [], "k.", markersize=2.5, label="one neuron, two theories")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(2e-17, 1)
    axes.set_yticks([1e-16, 1e-12, 1e-8, 1e-4, 1])
    axes.set_xlabel(r"ratio of the rates $\eta_1/\eta_2$")
    axes.set_ylabel("relative deviation")
    axes.legend(loc="center", bbox_to_anchor=(0.5, 0.55), fontsize=7, handletextpad=0.1)


def _over_draws(data, stage, shape):
    """Mean, least and largest kernel distance at each ratio."""
    return only(data[f"{stage}/end"], shape=shape).groupby("ratio")["kernel_distance"].agg(["mean", "min", "max"])


def _kernel(axes, data, shape):
    exact, shades = _over_draws(data, "theory", shape), _shades(data)
    axes.fill_between(exact.index, exact["min"], exact["max"], color="black", alpha=0.12, linewidth=0)
    for ratio, middle, low, high in _over_draws(data, "simulation", shape).itertuples():
        span = [[middle - low], [high - middle]]
        axes.errorbar(ratio, middle, span, fmt="o", color=shades[ratio], markersize=5, elinewidth=1.6)
    axes.plot(exact.index, exact["mean"], **style.THEORY, zorder=3)
    axes.set_xscale("log")
    axes.set_xticks([1e-4, 1e-2, 1, 1e2, 1e4])
    axes.set_xlabel(r"ratio of the rates $\eta_1/\eta_2$")
    widths = only(data["task/starts"], shape=shape)[["n_in", "n_hidden", "n_out"]].iloc[0]
    axes.set_title(f"{TITLES[shape]}  " + "–".join(map(str, widths)), fontsize=8)


def _legend(figure, data):
    handles = [Line2D([], [], color=colour, label=_label(ratio)) for ratio, colour in _shades(data).items()]
    handles.append(Line2D([], [], label="exact solution, one rate", **style.THEORY))
    figure.legend(handles=handles, loc="outside lower center", ncols=3, handlelength=1.8, columnspacing=1.2)
