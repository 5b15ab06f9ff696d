"""Draws grq7: the separating surface with neurons beside it, the basins of random starts, and the neurons over time."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.lines import Line2D

from ...pipeline.drawing import deltas, space, style
from ...pipeline.frames import only

LOSS = (0.3, 300.0)  # range of the colours
LIMIT_W, LIMIT_A = 8.0, 5.0
LINES = {"above": "-", "below": (0, (4, 1.6))}
POINT = ["w_1", "w_2", "a"]
UP, DOWN = "#3B3B3B", "#E3B23C"  # final sign of a random start


def draw(data, elevation, azimuth, map_delta):
    figure = plt.figure(figsize=(style.WIDTH, 5.9))
    figure.set_layout_engine("none")
    shade = deltas.colours(data["task/beside"]["delta"])
    space_axes = figure.add_axes((-0.02, 0.455, 0.64, 0.543), projection="3d")
    _space(space_axes, data, shade, elevation, azimuth)
    bar = figure.add_axes((0.045, 0.56, 0.013, 0.17))
    figure.colorbar(ScalarMappable(LogNorm(*LOSS), space.LOSS_MAP), cax=bar)
    bar.set_title("loss", fontsize=7)
    figure.text(0.012, 0.965, "A", fontsize=9, fontweight="bold")
    panels = [
        figure.add_axes(box)
        for box in (
            (0.685, 0.55, 0.3, 0.37),
            (0.085, 0.12, 0.4, 0.31),
            (0.585, 0.12, 0.4, 0.31),
        )
    ]
    _basins(panels[0], data, map_delta)
    for axes, quantity, label in (
        (panels[1], "alignment", r"alignment $\beta\cdot\beta_*/|\beta||\beta_*|$"),
        (panels[2], "mu", r"signed size $\mu=a\,|w|$"),
    ):
        _over_time(axes, data, shade, quantity)
        axes.set_ylabel(label)
    panels[2].set_ylim(-1.6, 1.35)
    for axes, letter in zip(panels, "BCD", strict=True):
        style.panel_letter(axes, letter)
    _key(figure, shade)
    return figure


def _space(axes, data, shade, elevation, azimuth):
    space.dress(axes, (LIMIT_W, LIMIT_A), ([-5, 0, 5], [-4, 0, 4]), elevation, azimuth, zoom=1.2, height=0.8)
    surface = data["theory/surface"].iloc[0]
    corners, loss = surface[POINT], surface["loss"]
    space.surface(axes, *corners, loss, np.zeros(loss.shape), LOSS, alpha=(0.6, 0.6))
    space.net(axes, *corners, every=(10, 10))
    axes.plot(*data["theory/saddles"][POINT].to_numpy().T, color="black", linewidth=1.2, zorder=3)
    minima = data["theory/minima"][POINT]
    for branch in (minima[minima["a"] > 0], minima[minima["a"] < 0]):
        axes.plot(*branch.to_numpy().T, color=space.MINIMA, linewidth=1.4, zorder=4)
    for keys, path in data["theory/paths"].groupby(["side", "delta"], sort=False):
        exact, flow = (table[POINT].to_numpy() for table in (path, _flow_of(data, *keys)))
        axes.plot(*flow.T, color=shade[keys[1]], linewidth=2.0, zorder=6)
        axes.plot(*exact.T, zorder=7, **style.THEORY)
        space.dot(axes, exact[0], style.GREY, size=16)
        space.dot(axes, exact[-1], space.MINIMA, size=16)


def _flow_of(data, side, delta):
    return only(data["simulation/flow"], side=side, delta=delta)


def _basins(axes, data, delta):
    starts = data["task/random"].merge(data["theory/random"][["delta", "draw", "toward"]])
    ends = only(starts.merge(data["simulation/random"]), delta=delta)
    for sign, colour, label in ((1, UP, r"$a(\infty)>0$"), (-1, DOWN, r"$a(\infty)<0$")):
        chosen = ends[ends["sign"] == sign]
        axes.scatter(chosen["toward"], chosen["a"], s=5, color=colour, linewidth=0, label=label)
    boundary = only(data["theory/boundary"], delta=delta)
    axes.axline(*boundary[["toward", "a"]].to_numpy(), **style.THEORY)
    axes.set_xlim(-5, 5)
    axes.set_ylim(-7, 7)
    axes.set_xlabel(r"$w\cdot\beta_*/|\beta_*|$ at the start")
    axes.set_ylabel(rf"readout $a$ at the start, $\delta={delta:g}$")
    tables = ("theory/random", "simulation/random_flow", "simulation/random")
    exact, flow, descent = (data[name]["mismatch"].sum() for name in tables)
    text = f"mispredicted of {len(starts)}: {exact + flow} (descent: {descent})"
    axes.set_title(text, loc="right", fontsize=7, pad=15)
    axes.legend(loc="lower right", bbox_to_anchor=(1.03, 0.97), ncols=2, handletextpad=0.1, columnspacing=0.8)


def _over_time(axes, data, shade, quantity):
    for (side, delta), path in data["theory/paths"].groupby(["side", "delta"], sort=False):
        flow = _flow_of(data, side, delta)
        # the first is at t = 0
        axes.plot(flow["t"][1:], flow[quantity][1:], zorder=2, color=shade[delta], linestyle=LINES[side])
        axes.plot(path["t"][1:], path[quantity][1:], zorder=3, **style.THEORY)
    axes.axhline(0, color=style.GREY, linewidth=0.5, zorder=0)
    axes.set_xscale("log")
    axes.set_xlim(0.03, path["t"].max())
    axes.set_xlabel(r"time $t$")


def _key(figure, shade):
    handles = [
        *(Line2D([], [], color=colour, label=rf"$\delta={delta:g}$") for delta, colour in shade.items()),
        Line2D([], [], color=style.GREY, linestyle=LINES["above"], label=r"$a$ moved up (flow)"),
        Line2D([], [], color=style.GREY, linestyle=LINES["below"], label=r"moved down"),
        Line2D([], [], label="exact", **style.THEORY),
        Line2D([], [], color=space.MINIMA, label="minima"),
        Line2D([], [], color="black", linewidth=1.2, label="saddles"),
    ]
    figure.legend(handles=handles, loc="lower center", ncols=8, handlelength=1.9, columnspacing=1.0)
