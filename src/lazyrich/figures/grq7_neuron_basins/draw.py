"""Draws grq7: the separating surface with neurons beside it, the basins of random starts, and the neurons over time."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.lines import Line2D

from ...pipeline.drawing import deltas, space, style

LOSS = (0.3, 300.0)  # range of the colours
LIMIT_W, LIMIT_A = 8.0, 5.0
LINES = {"above": "-", "below": (0, (4, 1.6))}
UP, DOWN = "#3B3B3B", "#E3B23C"  # final sign of a random start


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 5.9))
    figure.set_layout_engine("none")
    shade = deltas.colours([run.lam for run in data.panel("surface")])
    space_axes = figure.add_axes((-0.02, 0.455, 0.64, 0.543), projection="3d")
    _space(space_axes, data, shade)
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
    _basins(panels[0], data)
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


def _space(axes, data, shade):
    elevation, azimuth = (data.number(name, 0, "task") for name in ("elevation", "azimuth"))
    space.dress(axes, (LIMIT_W, LIMIT_A), ([-5, 0, 5], [-4, 0, 4]), elevation, azimuth, zoom=1.2, height=0.8)
    parts = [data.matrix(f"surface_{name}", 0, "theory") for name in ("w1", "w2", "a", "loss")]
    space.surface(axes, *parts, np.zeros(parts[-1].shape), LOSS, alpha=(0.6, 0.6))
    space.net(axes, *parts[:3], every=(10, 10))
    axes.plot(*data.numbers("saddles", 0, "theory")[2].T, color="black", linewidth=1.2, zorder=3)
    for branch in (0, 1):
        axes.plot(*data.numbers("minima", 0, "theory", branch)[2].T, color=space.MINIMA, linewidth=1.4, zorder=4)
    for run in data.panel("surface"):
        _, _, flow = data.numbers("point", run.run_id, "flow")
        _, _, exact = data.numbers("point", run.run_id, "theory")
        axes.plot(*flow.T, color=shade[run.lam], linewidth=2.0, zorder=6)
        axes.plot(*exact.T, zorder=7, **style.THEORY)
        space.dot(axes, exact[0], style.GREY, size=16)
        space.dot(axes, exact[-1], space.MINIMA, size=16)


def _basins(axes, data):
    delta = data.number("map_delta", 0, "task")
    run = next(run for run in data.panel("random") if run.lam == delta)
    a, toward = data.numbers("a", run.run_id, "task")[2], data.numbers("toward", run.run_id, "theory")[2]
    up = data.numbers("final_sign", run.run_id, "simulation")[2] > 0
    for chosen, colour, label in ((up, UP, r"$a(\infty)>0$"), (~up, DOWN, r"$a(\infty)<0$")):
        axes.scatter(toward[chosen], a[chosen], s=5, color=colour, linewidth=0, label=label)
    along = data.numbers("boundary", 0, "theory")[2][:, 0]
    axes.axline((along[0], -1), (along[1], 1), **style.THEORY)
    axes.set_xlim(-5, 5)
    axes.set_ylim(-7, 7)
    axes.set_xlabel(r"$w\cdot\beta_*/|\beta_*|$ at the start")
    axes.set_ylabel(rf"readout $a$ at the start, $\delta={delta:g}$")
    runs = data.panel("random")
    exact, flow, descent = (
        sum(data.number("mismatches", one.run_id, source) for one in runs)
        for source in ("theory", "flow", "simulation")
    )
    total = sum(len(data.numbers("a", one.run_id, "task")[0]) for one in runs)
    text = f"mispredicted of {total}: {exact + flow:.0f} (descent: {descent:.0f})"
    axes.set_title(text, loc="right", fontsize=7, pad=15)
    axes.legend(loc="lower right", bbox_to_anchor=(1.03, 0.97), ncols=2, handletextpad=0.1, columnspacing=0.8)


def _over_time(axes, data, shade, quantity):
    for run in data.panel("surface"):
        for source, line in (
            ("flow", {"color": shade[run.lam], "linestyle": LINES[run.init]}),
            ("theory", style.THEORY),
        ):
            _, t, values = data.numbers(quantity, run.run_id, source)
            axes.plot(t[1:], values[1:, 0], zorder=2 + (source == "theory"), **line)
    axes.axhline(0, color=style.GREY, linewidth=0.5, zorder=0)
    axes.set_xscale("log")
    axes.set_xlim(0.03, t[-1])
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
