"""Draws grq5: surfaces of ReLU networks in the two colours of their regions, the regions, and loss and switching."""

from itertools import pairwise

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from mpl_toolkits.mplot3d.art3d import Poly3DCollection

from ...pipeline.drawing import style
from ...pipeline.frames import only

PARITY = ("#F2E2B6", "#6C86A6")  # of an even and of an odd number of neurons that are on
TALL = 7.0  # inches
LABELS = {1: "white", -1: "black"}  # of the points
RADIUS, RINGS = 1.4, 4
HEIGHT = 1.7
NAMES = {1: "upstream", 0: "balanced", -1: "downstream"}


def draw(data):
    surfaces, points = data["simulation/surfaces"], data["task/draws"].iloc[0]
    deltas, steps, times = (surfaces[name].unique() for name in ("delta", "step", "t"))
    figure = plt.figure(figsize=(style.WIDTH, TALL))
    figure.set_layout_engine("none")
    width, height = 0.94 / len(times), 0.215
    for row, (delta, letter) in enumerate(zip(deltas, "ABC", strict=True)):
        bottom = 0.968 - (row + 1) * height
        for column, step in enumerate(steps):
            axes = figure.add_axes((0.055 + column * width, bottom, width, height), projection="3d")
            _surface(axes, only(surfaces, delta=delta, step=step), points)
            if row == 0:
                figure.text(0.055 + (column + 0.5) * width, 0.972, rf"$t = {times[column]:g}$", ha="center")
        name = rf"{NAMES[int(np.sign(delta))]}, $\delta = {delta:g}$"
        figure.text(0.022, bottom + height / 2, name, rotation=90, va="center", color=style.colour(delta))
        figure.text(0.012, bottom + 0.93 * height, letter, fontsize=9, fontweight="bold")
    shown = ((deltas[0], steps[0]), (deltas[0], steps[-1]), (deltas[-1], steps[-1]))
    for k, ((delta, step), letter) in enumerate(zip(shown, "DEF", strict=True)):
        axes = figure.add_axes((0.028 + 0.152 * k, 0.1, 0.142, 0.142 * style.WIDTH / TALL))
        _regions(axes, only(surfaces, delta=delta, step=step), points)
        style.panel_letter(axes, letter)
    for axes, column, label, letter in (
        (figure.add_axes((0.555, 0.125, 0.165, 0.16)), "loss", "training loss", "G"),
        (figure.add_axes((0.82, 0.125, 0.165, 0.16)), "hamming_distance", "switched (fraction)", "H"),
    ):
        _over_time(axes, data["simulation/curves"], column)
        axes.set_ylabel(label)
        style.panel_letter(axes, letter)
    _key(figure, deltas)
    return figure


def _surface(axes, surface, points):
    """f over the disc, a fan of sectors: f is proportional to the distance from the origin."""
    edge = np.column_stack([np.cos(surface["angle"]), np.sin(surface["angle"]), surface["height"]])
    after = np.roll(edge, -1, 0)
    radii = RADIUS * np.arange(RINGS + 1) / RINGS
    cells = [np.stack([r * edge, R * edge, R * after, r * after], 1) for r, R in pairwise(radii)]
    colours = np.array(PARITY)[np.tile(surface["parity"], RINGS)]
    axes.set_proj_type("ortho")
    axes.view_init(elev=33, azim=-62)
    axes.set_box_aspect((1, 1, 0.75), zoom=1.42)
    axes.computed_zorder = False
    axes.set_axis_off()
    axes.patch.set_visible(False)
    fan = Poly3DCollection(np.concatenate(cells), facecolors=colours, edgecolors=colours, linewidths=0.25)
    fan.set(rasterized=True, zorder=1)
    axes.add_collection3d(fan, autolim=False)
    fan.set_clip_on(False)
    rim = np.append(edge, edge[:1], 0) * RADIUS
    axes.plot(*rim.T, color=style.GREY, linewidth=0.5, zorder=2, clip_on=False)
    axes.set(xlim=(-RADIUS, RADIUS), ylim=(-RADIUS, RADIUS), zlim=(-HEIGHT, HEIGHT))
    x, y = points["inputs"], points["targets"]
    for label, colour in LABELS.items():
        of = y == label
        axes.scatter(*x[of].T, y[of], s=3.5, c=colour, edgecolors="black", linewidths=0.35, zorder=3, depthshade=False)


def _regions(axes, surface, points):
    """The partition of the plane from above, with the points."""
    edge = RADIUS * np.column_stack([np.cos(surface["angle"]), np.sin(surface["angle"])])
    sectors = np.stack([np.zeros_like(edge), edge, np.roll(edge, -1, 0)], 1)
    colours = np.array(PARITY)[surface["parity"]]
    axes.add_collection(PolyCollection(sectors, facecolors=colours, edgecolors=colours, linewidths=0.2))
    for label, colour in LABELS.items():
        axes.scatter(
            *points["inputs"][points["targets"] == label].T, s=5, c=colour, edgecolors="black", linewidths=0.4, zorder=3
        )
    axes.set(xlim=(-RADIUS, RADIUS), ylim=(-RADIUS, RADIUS), aspect="equal")
    axes.axis("off")
    delta, step, t = (surface[name].iloc[0] for name in ("delta", "step", "t"))
    colour = "black" if step == 0 else style.colour(delta)  # the start has the same regions at every δ
    which = "" if step == 0 else rf"$\delta = {delta:g}$" + "\n"
    axes.set_title(rf"{which}$t = {t:g}$", color=colour, pad=3, fontsize=8)


def _over_time(axes, curves, column):
    for delta, of_delta in curves.groupby("delta", sort=False):
        over_draws = of_delta.groupby("t")[column].agg(["mean", "min", "max"])
        t, colour = over_draws.index, style.colour(delta)
        axes.fill_between(t, over_draws["min"], over_draws["max"], color=colour, alpha=0.2, linewidth=0)
        axes.plot(t, over_draws["mean"], color=colour, linewidth=1.6)
    axes.set_xscale("log")
    axes.set_xlim(t[1], t[-1])
    axes.set_ylim(bottom=0)
    axes.set_xlabel(r"time $t$")


def _key(figure, deltas):
    handles = [
        *(Patch(color=colour, label=f"{name} number on") for colour, name in zip(PARITY, ("even", "odd"), strict=True)),
        *(
            Line2D([], [], linestyle="", marker="o", markersize=3.5, color=colour, markeredgecolor="black", label=label)
            for colour, label in ((LABELS[1], "label +1"), (LABELS[-1], "label −1"))
        ),
        *(Line2D([], [], color=style.colour(delta), label=rf"$\delta = {delta:g}$") for delta in deltas),
    ]
    figure.legend(handles=handles, loc="lower center", ncols=7, handlelength=1.6, columnspacing=1.2)
