"""Draws grq2: for each δ the surface on which the neuron moves, its loss, the minima, and two trajectories."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.lines import Line2D

from ...pipeline.drawing import space, style
from ...pipeline.frames import only
from .sight import behind, cells_behind, towards

LOSS = (0.05, 20.0)  # range of the colours
NAMES = {-1: "one sheet", 0: "double cone", 1: "two sheets"}
DOTTED = style.THEORY | {"linestyle": (0, (3, 2)), "linewidth": 0.8, "dash_capstyle": "butt"}
POINT = ["w_1", "w_2", "a"]


def draw(data, elevation, azimuth):
    figure = plt.figure(figsize=(style.WIDTH, 3.4))
    figure.set_layout_engine("none")
    width = 0.32
    for k, delta in enumerate(data["task/starts"]["delta"].unique()):
        axes = figure.add_axes((k * width, 0.17, width + 0.04, 0.76), projection="3d")
        _panel(axes, data, delta, elevation, azimuth)
        figure.text(0.012 + k * width, 0.93, "ABC"[k], fontsize=9, fontweight="bold")
        figure.text(
            0.022 + (k + 0.5) * width,
            0.935,
            rf"$\delta={delta:g}$: {NAMES[np.sign(delta)]}",
            ha="center",
            fontsize=10,
            color=style.colour(delta),
        )
    _key(figure)
    return figure


def _panel(axes, data, delta, elevation, azimuth):
    sheets = only(data["theory/surface"], delta=delta)
    limit = sheets["limit"].iloc[0]
    space.dress(axes, (limit, limit), ([-2, 0, 2],) * 2, elevation, azimuth, zoom=1.0)
    sight = delta, limit, towards(elevation, azimuth)
    for sheet in sheets.itertuples():
        corners = np.stack([sheet.w_1, sheet.w_2, sheet.a], axis=-1)
        hidden = cells_behind(corners, *sight)
        space.surface(axes, sheet.w_1, sheet.w_2, sheet.a, sheet.loss, hidden, LOSS)
    functions = data["theory/functions"]
    for name, colour in (("start", style.GREY), ("target", space.MINIMA)):
        for chosen in (functions["a"] > 0, functions["a"] < 0):
            branch = only(functions[chosen], function=name)[POINT].to_numpy()
            space.curve(axes, branch, behind(branch, *sight), color=colour, linewidth=1.2)
    for sign in (1, -1):
        descent, exact = (
            only(data[f"{stage}/paths"], sign=sign, delta=delta)[POINT].to_numpy() for stage in ("simulation", "theory")
        )
        line = {"color": style.colour(delta), "linewidth": 2.4}
        space.curve(axes, descent, behind(exact, *sight), zorder=6, **line)
        axes.plot(*exact.T, zorder=7, **DOTTED)
        space.dot(axes, exact[0], style.GREY)
        space.dot(axes, exact[-1], space.MINIMA)


def _key(figure):
    handles = [
        Line2D([], [], color="black", linewidth=2.4, alpha=0.5, label=r"gradient descent (colour: $\delta$)"),
        Line2D([], [], label="exact solution", **DOTTED),
        Line2D([], [], color=style.GREY, marker="o", markersize=4, label=r"$a\,w=\beta(0)$, start"),
        Line2D([], [], color=space.MINIMA, marker="o", markersize=4, label=r"$a\,w=\beta_*$: minima, end"),
    ]
    figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.01, 0.0), ncols=2, handlelength=2.4)
    bar = figure.add_axes((0.64, 0.115, 0.3, 0.022))
    figure.colorbar(ScalarMappable(LogNorm(*LOSS), space.LOSS_MAP), cax=bar, orientation="horizontal", alpha=0.6)
    bar.set_xlabel("loss on the surface", labelpad=1)
