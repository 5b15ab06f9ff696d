"""Draws grq6c: a string and what it is made from, error against examples, and how many examples each α needs."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from ...pipeline.drawing import alphas, style

PANEL = "curve"


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
    depth = int(data.number("levels", 0, "theory"))
    levels = [data.numbers(f"example_level{k}", 0, "theory")[2][0] for k in range(depth + 1)]
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
    runs = [run for run in data.panel(PANEL) if run.draw == 0]
    total = data.number("n_strings", 0, "theory")
    scales = sorted({run.lam for run in runs})
    shade = alphas.colours(scales)
    for alpha in scales:
        chosen = [run for run in runs if run.lam == alpha]
        share = [data.number("n_examples", run.run_id, "task") / total for run in chosen]
        mean, low, high = (
            [data.number(f"test_error_{name}", run.run_id, "simulation") for run in chosen]
            for name in ("mean", "min", "max")
        )
        axes.fill_between(share, low, high, color=shade[alpha], alpha=0.25, linewidth=0)
        axes.plot(share, mean, color=shade[alpha], marker="o", markersize=2.5, linewidth=1.4)
    threshold = data.number("threshold", 0, "theory")
    axes.axhline(threshold, color="black", linewidth=0.8, linestyle=":")
    axes.set(xscale="log", yscale="log", xlabel=r"examples $P/P_{\max}$", ylabel="error on new strings")
    axes.set_xticks([0.01, 0.02, 0.05, 0.1], ["0.01", "0.02", "0.05", "0.1"])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.legend(handles=alphas.handles(scales), loc="lower left", handlelength=1.4, labelspacing=0.25)


def _needed(axes, data):
    runs = data.panel(PANEL)
    scales = {run.lam for run in runs}
    shade = alphas.colours(scales)
    for draw in {run.draw for run in runs}:
        for run in [run for run in runs if run.draw == draw][: len(scales)]:
            axes.plot(
                run.lam,
                data.number("needed", run.run_id, "simulation"),
                color=shade[run.lam],
                marker="o",
                markersize=3.5,
                markeredgewidth=0,
                zorder=3,
            )
    first = runs[: len(scales)]
    alpha = [run.lam for run in first]
    mean = [data.number("needed_mean", run.run_id, "simulation") for run in first]
    published = [data.number("needed_published", run.run_id, "theory") for run in first]
    axes.plot(alpha, mean, color=style.GREY, linewidth=1, zorder=1)
    axes.plot(alpha, published, linestyle="", marker="x", color="black", markersize=5)
    handles = [
        Line2D([], [], color=style.GREY, linewidth=1, marker="o", markersize=3.5, label="here: each draw, mean"),
        Line2D([], [], color="black", linestyle="", marker="x", markersize=5, label="published figure"),
    ]
    axes.legend(handles=handles, loc="upper right")
    axes.set(xscale="log", yscale="log", xlabel=r"relative scale $\alpha$")
    axes.set_ylabel(rf"examples for {data.number('threshold', 0, 'theory'):.0%} error, $P^*$")
    low, high = axes.get_ylim()
    ticks = [tick for tick in (50, 100, 200, 500, 1000, 2000, 4000, 6000, 10000, 15000) if low <= tick <= high]
    axes.set_yticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
