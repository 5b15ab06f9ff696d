"""Draws figX7: a mode of deep networks at several λ, how sigmoid it is, its shallow limit, and the kernel distance."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from ...pipeline.frames import one, only

KINDS = {"equal": "-", "alternating": (0, (4, 1.5))}


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 5.4))
    top, bottom = figure.subfigures(2, 1, height_ratios=[1, 1.25])
    depths = np.sort(data["theory/halves"]["depth"].unique())
    colours = _colours(data)
    shades = dict(zip(depths, style.scale_map(depths), strict=True))
    row = top.subplots(1, len(depths), sharey=True, squeeze=False)[0]
    for axes, depth, letter in zip(row, depths, "ABCDEFGH", strict=False):
        _mode(axes, data, depth, colours)
        style.panel_letter(axes, letter)
    row[0].set_ylabel(r"leading mode $s(t)/\tilde s$")
    _lambda_legend(top, colours)
    panels = bottom.subplots(1, 3)
    _shape(panels[0], data, shades)
    _limit(panels[1], data, shades)
    _kernel(panels[2], data, shades)
    for axes, letter in zip(panels, "ABCDEFGHIJ"[len(depths) :], strict=False):
        style.panel_letter(axes, letter)
    handles = [Line2D([], [], color=colour, label=rf"$L = {depth}$") for depth, colour in shades.items()]
    handles.append(
        Line2D(
            [],
            [],
            color=shades.get(3, style.GREY),
            linestyle=KINDS["alternating"],
            label=r"$L = 3$, $(\lambda, -\lambda)$",
        )
    )
    bottom.legend(handles=handles, loc="outside lower center", ncols=len(handles), handlelength=2.4)
    return figure


def _colours(data):
    """From λ = 0, green, along vermilion to the largest, the darkest."""
    lams = np.sort(data["theory/halves"]["lam"].unique())
    large = lams[lams > 0]
    return {0.0: style.ZERO} | dict(zip(large[::-1], style.shades(1, 2 * len(large))[::2], strict=True))


def _mode(axes, data, depth, colours):
    target = one(data["task/targets"], "target", mode=0)
    for stage in ("simulation", "theory"):
        for lam, mode in only(data[f"{stage}/modes"], depth=depth, mode=0).groupby("lam"):
            half = one(data["theory/halves"], "time", depth=depth, lam=lam)
            line = {"color": colours[lam]} if stage == "simulation" else style.THEORY
            axes.plot(mode["t"] / half, mode["strength"] / target, **line)
    axes.set_xlim(0, 3)
    axes.set_ylim(0, 1.05)
    axes.set_title(f"{depth} layers", fontsize=8)
    axes.set_xlabel(r"$t/t_{1/2}$")


def _lambda_legend(figure, colours):
    handles = [Line2D([], [], color=colour, label=style.lam_label(lam)) for lam, colour in sorted(colours.items())]
    handles.append(Line2D([], [], label="theory", **style.THEORY))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), handlelength=2.0)


def _look(kind, depth, shades):
    return {"color": shades.get(depth, style.GREY), "linestyle": KINDS[kind]}


def _shape(axes, data, shades):
    for (kind, depth), of in data["theory/shapes"].groupby(["scales", "depth"], sort=False):
        axes.plot(of["lam"], of["tenth_over_half"], **_look(kind, depth, shades))
    axes.axhline(data["theory/exponential"]["tenth_over_half"].iloc[0], color=style.GREY, linewidth=0.8)
    axes.annotate("exponential", (0.02, 0.165), xycoords=("axes fraction", "data"), fontsize=7, color=style.GREY)
    axes.set_xscale("log")
    axes.set_ylim(0, 1)
    axes.set_xlabel(r"relative scale $\lambda$")
    axes.set_ylabel(r"$t_{1/10}/t_{1/2}$")


def _limit(axes, data, shades):
    for (kind, depth), of in data["theory/limits"].groupby(["scales", "depth"], sort=False):
        axes.loglog(of["lam"], of["distance"], marker="o", markersize=3, **_look(kind, depth, shades))
        slope = one(data["theory/slopes"], "slope", scales=kind, depth=depth)
        last, text = of.iloc[-1], f"{slope:.2f}".replace("-", "−")
        place = {"xytext": (4, 0), "textcoords": "offset points", "va": "center"}
        axes.annotate(text, (last["lam"], last["distance"]), fontsize=7, **place)
    axes.margins(x=0.22)
    axes.set_xticks([10, 30, 100], ["10", "30", "100"])
    axes.minorticks_off()
    axes.set_xlabel(r"relative scale $\lambda$")
    axes.set_ylabel("distance from the shallow limit")


def _kernel(axes, data, shades):
    """Mean and standard deviation over the draws that have learned the task."""
    learned = only(data["simulation/end"], learned=True)
    for depth, networks in learned.groupby("depth"):
        for kind, of in networks.groupby("scales", sort=False):
            distance = of.groupby("lam")["kernel_distance"]
            mean, std = distance.mean(), distance.std(ddof=0)
            axes.fill_between(mean.index, mean - std, mean + std, color=shades[depth], alpha=0.12, linewidth=0)
            axes.plot(mean, color=shades[depth], linestyle=KINDS[kind])
    axes.set_xscale("symlog", linthresh=0.03, linscale=0.5)
    axes.set_xticks([0, 0.1, 1, 10], ["0", "0.1", "1", "10"])
    axes.minorticks_off()
    axes.set_ylim(bottom=-0.01)
    axes.margins(x=0.02)
    axes.set_xlabel(r"relative scale $\lambda$")
    axes.set_ylabel("kernel distance,\nstart to convergence")
