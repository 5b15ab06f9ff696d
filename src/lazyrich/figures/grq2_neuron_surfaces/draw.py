"""Draws grq2: for each δ the surface on which the neuron moves, its loss, the minima, and two trajectories."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.lines import Line2D

from ...pipeline.drawing import space, style

LOSS = (0.05, 20.0)  # range of the colours
NAMES = {-1: "one sheet", 0: "double cone", 1: "two sheets"}
DOTTED = style.THEORY | {"linestyle": (0, (3, 2)), "linewidth": 0.8, "dash_capstyle": "butt"}


def draw(data):
    upper = [run for run in data.runs if run.init == "a > 0"]
    figure = plt.figure(figsize=(style.WIDTH, 3.4))
    figure.set_layout_engine("none")
    width = 0.32
    for k, run in enumerate(upper):
        axes = figure.add_axes((k * width, 0.17, width + 0.04, 0.76), projection="3d")
        _panel(axes, data, run)
        figure.text(0.012 + k * width, 0.93, "ABC"[k], fontsize=9, fontweight="bold")
        figure.text(
            0.022 + (k + 0.5) * width,
            0.935,
            rf"$\delta={run.lam:g}$: {NAMES[np.sign(run.lam)]}",
            ha="center",
            fontsize=10,
            color=style.colour(run.lam),
        )
    _key(figure)
    return figure


def _panel(axes, data, run):
    view = (data.number(name, 0, "task") for name in ("limit", "elevation", "azimuth"))
    limit, elevation, azimuth = view
    space.dress(axes, (limit, limit), ([-2, 0, 2],) * 2, elevation, azimuth, zoom=1.0)
    coordinates = (
        data.matrices(f"surface_{name}", run.run_id, "theory")[2] for name in ("w1", "w2", "a", "loss", "hidden")
    )
    for sheet in zip(*coordinates, strict=True):
        space.surface(axes, *sheet, LOSS)
    for name, colour in (("same_function", style.GREY), ("minima", space.MINIMA)):
        for branch in (0, 1):
            points, hidden = (data.numbers(q, run.run_id, "theory", branch)[2] for q in (name, f"{name}_hidden"))
            space.curve(axes, points, hidden[:, 0] > 0, color=colour, linewidth=1.2)
    for one in data.runs:
        if one.lam != run.lam:
            continue
        hidden = data.numbers("point_hidden", one.run_id, "theory")[2][:, 0] > 0
        _, _, descent = data.numbers("point", one.run_id, "simulation")
        _, _, exact = data.numbers("point", one.run_id, "theory")
        space.curve(axes, descent, hidden, zorder=6, color=style.colour(run.lam), linewidth=2.4)
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
