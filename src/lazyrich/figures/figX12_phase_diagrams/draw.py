"""Draws figX12: phase diagrams over λ and the absolute scale of the start, times and steps, and layer-wise rates."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.colors import PowerNorm
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from ...pipeline.frames import only
from .bands import levels, mean_distances

NAMES = {"square": "square", "funnel": "funnel", "inverted_funnel": "inverted funnel"}
COLOURS = {"square": "#332288", "funnel": "#CC79A7", "inverted_funnel": "#E69F00"}  # hues that stand for no sign of λ
SIDES = {"square": (-1, 1), "funnel": (1,), "inverted_funnel": (-1,)}  # where a large |λ| is lazy
CELLS = {"cmap": "Purples", "shading": "nearest", "rasterized": True}
HALF = {"colors": "black", "linewidths": 1.3}
STAYS = {"colors": "black", "linewidths": 1.1, "linestyles": [(0, (4, 2))]}
TWICE = {"linestyle": "", "marker": "D", "markersize": 3.2, "color": "white", "markeredgecolor": "black"}
LAW_FROM = 1.0  # |λ| from which the laws are drawn
TICKS = {-100: "$-100$", -10: "", -1: "$-1$", -0.1: "", 0: "$0$", 0.1: "", 1: "$1$", 10: "", 100: "$100$"}
# where a region's name stands: (side of λ, absolute scale)
LAZY, LATE, RICH, EVEN = "lazy", "delayed\nrich", "rich", "rich,\neven"
AT, LOW, HIGH, NEAR = 19, 0.03, 6.0, 0.25


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 5.9))
    upper, lower = figure.subfigures(2, 1, height_ratios=[1.1, 1])
    maps = upper.subplots(1, 3, sharey=True)
    time, steps, rates = lower.subplots(1, 3)
    largest = data["theory/map"].groupby(["shape", "scale", "lam"])["kernel_distance"].mean().max()
    for axes, shape in zip(maps, NAMES, strict=True):
        image = _map(axes, data, shape, largest)
    maps[0].set_ylabel(r"absolute scale $\|W_2W_1(0)\|/\|\Sigma_{yx}\|$")
    bar = upper.colorbar(image, ax=maps, pad=0.01, aspect=22)
    bar.set_label("kernel distance $S_\\infty$")
    bar.outline.set_visible(False)
    for axes, column in ((time, "time"), (steps, "steps")):
        _times(axes, data, column)
    time.set_ylabel(r"time to learn  (units of $\tau$)")
    steps.set_ylabel("the same in stable steps")
    _rates(rates, data, largest)
    for axes, letter in zip((*maps, time, steps, rates), "ABCDEF", strict=True):
        style.panel_letter(axes, letter)
    _legend(figure)
    return figure


def _place(lams, lam):
    """Where a λ is on the axis of the map, whose columns are evenly spaced."""
    middle = len(lams) // 2
    above = np.log(lams[middle + 1 :])
    return middle + np.sign(lam) * np.interp(np.log(np.maximum(np.abs(lam), 1e-300)), above, 1 + np.arange(middle))


def _lam_axis(axes, lams):
    shown = [lam for lam in TICKS if lam == 0 or lams[len(lams) // 2 + 1] <= abs(lam) <= lams[-1] * 1.001]
    axes.set_xticks([_place(lams, lam) for lam in shown], [TICKS[lam] for lam in shown])
    axes.minorticks_off()
    axes.set_xlabel(r"relative scale $\lambda$")


def _map(axes, data, shape, largest):
    distances = mean_distances(only(data["theory/map"], shape=shape))
    lams, scales = distances.columns.to_numpy(), distances.index.to_numpy()
    x = np.arange(len(lams))
    image = axes.pcolormesh(x, scales, distances, norm=PowerNorm(0.5, 0, largest), **CELLS)
    for side in SIDES[shape]:
        part = x[lams * side >= 0]
        for level, look in zip(levels(distances, side), (HALF, STAYS), strict=True):
            axes.contour(part, scales, distances.to_numpy()[:, part], levels=[level], **look)
    _delay(axes, data, shape, lams)
    for side in (-1, 1):
        text, colour = (LAZY, "black") if side in SIDES[shape] else (LATE, "white")
        axes.text(_place(lams, AT * side), LOW, text, color=colour, ha="center", va="center", fontsize=6)
        text, colour = (EVEN, "black") if side in SIDES[shape] else (RICH, "white")
        axes.text(_place(lams, NEAR * side), scales[0] * 2, text, color=colour, ha="center", va="center", fontsize=6)
    axes.text(_place(lams, 0), HIGH, RICH, color="white", ha="center", va="center", fontsize=6.5)
    axes.set_yscale("log")
    _lam_axis(axes, lams)
    first = only(data["task/tasks"], shape=shape).iloc[0]
    axes.set_title(f"{NAMES[shape]} {first.n_in}–{first.n_hidden}–{first.n_out}", fontsize=8.5)
    return image


def _delay(axes, data, shape, lams):
    """From which λ on learning takes twice as long: solved for, and by the law; geometric means over draws."""
    if len(SIDES[shape]) == 2:
        return
    found, (side,) = only(data["theory/delay"], shape=shape), {-1, 1} - set(SIDES[shape])
    means = np.exp(np.log(found.set_index("scale")[["boundary", "law"]]).groupby("scale").mean())
    axes.plot(_place(lams, side * means["boundary"]), means.index, **TWICE)
    axes.plot(_place(lams, side * means["law"]), means.index, **style.THEORY | {"color": "white", "linewidth": 1.6})


def _over_draws(frame, column):
    """exp of mean and standard deviation of the logarithm, by λ."""
    logs = np.log(frame.set_index("lam")[column]).groupby("lam")
    middle, spread = logs.mean(), logs.std(ddof=0)
    return np.exp(middle), np.exp(middle - spread), np.exp(middle + spread)


def _times(axes, data, column):
    for shape, colour in COLOURS.items():
        middle, low, high = _over_draws(only(data["theory/times"], shape=shape), column)
        lams = middle.index.to_numpy()
        x = np.arange(len(lams))
        axes.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(x, middle, color=colour, linewidth=2.4 if shape == "square" else 1.4, label=NAMES[shape])
        laws, _, _ = _over_draws(only(data["theory/laws"], shape=shape), column)
        for side in (-1, 1):
            far = laws[laws.index * side >= LAW_FROM]
            axes.plot(_place(lams, far.index.to_numpy()), far, zorder=4, **style.THEORY)
        descent, _, _ = _over_draws(only(data["simulation/end"], shape=shape), column)
        look = {"markersize": 3.2, "markeredgecolor": "black", "markeredgewidth": 0.5}
        axes.plot(_place(lams, descent.index.to_numpy()), descent, "o", color=colour, zorder=5, **look)
    axes.set_yscale("log")
    axes.margins(x=0.02)
    _lam_axis(axes, lams)


def _rates(axes, data, largest):
    distances = data["theory/rates"].groupby(["scale", "ratio"])["kernel_distance"].mean().unstack()
    x, y = distances.columns, distances.index
    axes.pcolormesh(x, y, distances, norm=PowerNorm(0.5, 0, largest), **CELLS)
    below = x <= 1
    on_map = mean_distances(only(data["theory/map"], shape="inverted_funnel"))
    for level, look in zip(levels(on_map, -1), (HALF, STAYS), strict=True):
        axes.contour(x[below], y, distances.loc[:, below], levels=[level], **look)
    axes.text(x[-1] ** -0.5, y[-1] ** 0.7, "lazy", ha="center", va="center", fontsize=6.5)
    axes.text(x[-1] ** 0.5, y[-1] ** 0.7, "delayed rich", ha="center", va="center", fontsize=6.5, color="white")
    axes.text(1, y[0] * 2, "rich", ha="center", va="center", fontsize=6.5, color="white")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(r"ratio of the layers' rates $\eta_1/\eta_2$")
    axes.set_ylabel("absolute scale")
    axes.set_title("inverted funnel,\nlayers equally large", fontsize=7.5)


def _legend(figure):
    handles = [Line2D([], [], color=colour, label=NAMES[shape]) for shape, colour in COLOURS.items()]
    handles += [
        Line2D([], [], color=style.GREY, linestyle="", marker="o", markersize=3.2, label="descent"),
        Line2D([], [], label="law of large $|\\lambda|$", **style.THEORY),
        Line2D([], [], color="black", linewidth=1.3, label=r"$S_\infty=\frac{1}{2}S_0$"),
        Line2D([], [], color="black", linewidth=1.1, linestyle=(0, (4, 2)), label="kernel stays"),
        Line2D([], [], label=r"twice as late as $\lambda=0$", **TWICE),
    ]
    figure.legend(
        handles=handles, loc="outside lower center", ncols=4, handlelength=1.6, columnspacing=1.0, fontsize=6.5
    )
