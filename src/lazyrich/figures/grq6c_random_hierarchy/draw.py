"""Draws grq6c: a string and what it is made from, error against examples, and how many examples each α needs."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from ...pipeline.drawing import alphas, style
from ...pipeline.frames import only


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 2.9))
    tree, errors, needed = figure.subplots(1, 3, width_ratios=[1, 1.35, 1.15])
    _tree(tree, data)
    _errors(errors, data)
    _needed(needed, data)
    for axes, letter in zip((tree, errors, needed), "ABC", strict=True):
        style.panel_letter(axes, letter)
    return figure


def _tree(axes, data):
    levels = [level.to_numpy() for _, level in data["theory/example"].groupby("level")["symbol"]]
    depth = len(levels) - 1
    places = [(np.arange(level.size) + 0.5) / level.size for level in levels]
    for k, (level, place) in enumerate(zip(levels, places, strict=True)):
        if k:
            for x, above in zip(place, np.repeat(places[k - 1], level.size // levels[k - 1].size), strict=True):
                axes.plot([above, x], [depth - k + 1, depth - k], color=style.GREY, linewidth=0.8, zorder=1)
        axes.scatter(
            place, np.full(level.size, depth - k), s=95, color="white", edgecolor="black", linewidth=0.8, zorder=2
        )
        for x, symbol in zip(place, level, strict=True):
            axes.text(x, depth - k, f"{symbol:g}", ha="center", va="center", fontsize=6.5, zorder=3)
    names = ["class", *(f"level {k}" for k in range(1, depth)), "string"]
    for k, name in enumerate(names):
        axes.text(-0.05, depth - k, name, ha="right", va="center", fontsize=7)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.4, depth + 0.4))
    axes.axis("off")
    axes.set_title("one of the strings", pad=6)


def _errors(axes, data):
    total = data["theory/model"]["n_strings"].iloc[0]
    networks = data["simulation/networks"]
    shade = alphas.colours(networks["alpha"].unique())
    for alpha, colour in shade.items():
        error = only(networks, alpha=alpha).groupby("n_examples")["test_error"].agg(["mean", "min", "max"])
        share = error.index / total
        axes.fill_between(share, error["min"], error["max"], color=colour, alpha=0.25, linewidth=0)
        axes.plot(share, error["mean"], color=colour, marker="o", markersize=2.5, linewidth=1.4)
    threshold = data["simulation/needed"]["threshold"].iloc[0]
    axes.axhline(threshold, color="black", linewidth=0.8, linestyle=":")
    axes.set(xscale="log", yscale="log", xlabel=r"examples $P/P_{\max}$", ylabel="error on new strings")
    axes.set_xticks([0.01, 0.02, 0.05, 0.1], ["0.01", "0.02", "0.05", "0.1"])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.legend(handles=alphas.handles(list(shade)), loc="lower left", handlelength=1.4, labelspacing=0.25)


def _needed(axes, data):
    needed, published = data["simulation/needed"], data["theory/published"]
    shade = alphas.colours(needed["alpha"].unique())
    for one in needed.itertuples():
        point = {"marker": "o", "markersize": 3.5, "markeredgewidth": 0}
        axes.plot(one.alpha, one.needed, color=shade[one.alpha], zorder=3, **point)
    mean = needed.groupby("alpha")["needed"].mean()
    axes.plot(mean.index, mean, color=style.GREY, linewidth=1, zorder=1)
    axes.plot(published["alpha"], published["needed"], linestyle="", marker="x", color="black", markersize=5)
    handles = [
        Line2D([], [], color=style.GREY, linewidth=1, marker="o", markersize=3.5, label="here: each draw, mean"),
        Line2D([], [], color="black", linestyle="", marker="x", markersize=5, label="published figure"),
    ]
    axes.legend(handles=handles, loc="upper right")
    axes.set(xscale="log", yscale="log", xlabel=r"relative scale $\alpha$")
    axes.set_ylabel(rf"examples for {needed['threshold'].iloc[0]:.0%} error, $P^*$")
    low, high = axes.get_ylim()
    ticks = [tick for tick in (50, 100, 200, 500, 1000, 2000, 4000, 6000, 10000, 15000) if low <= tick <= high]
    axes.set_yticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
