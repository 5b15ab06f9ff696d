"""Draws grq1: neurons of ReLU students in the plane, and five maps over (τ, δ) at four times."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.colors import LogNorm, Normalize
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, NullFormatter, NullLocator

from ...pipeline.drawing import style
from ...pipeline.frames import each, one, only

SIGNS = {1: "#56B4E9", -1: "#CC79A7"}  # of readouts: colours that mean no δ
MAPS = {
    "test_loss": ("test loss", "coolwarm"),
    "kernel_distance": ("kernel\ndistance", "viridis"),
    "hamming_distance": ("switched\n(fraction)", "PuRd"),
    "parameter_distance": ("parameter\ndistance", "GnBu"),
    "train_loss": ("training\nloss", "cividis"),
}
FLOOR = 1e-10  # least loss that is told apart


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 9.0))
    top, bottom = figure.subfigures(2, 1, height_ratios=[1, 3.1])
    paths = each(data["simulation/paths"], "tau", "delta")
    panels = top.subplots(1, len(paths))
    for axes, path, letter in zip(panels, paths, "ABCD"[: len(paths)], strict=True):
        _plane(axes, data, path)
        style.panel_letter(axes, letter)
    panels[0].set_ylabel(r"$|a|\,w_2$")
    handles = [
        Line2D([], [], color=SIGNS[s], linestyle="", marker="o", label=rf"$a_k {c} 0$")
        for s, c in ((1, ">"), (-1, "<"))
    ]
    handles += [
        Line2D([], [], color=style.GREY, linestyle="--", linewidth=0.9, label="teacher (in the colour of its sign)"),
        Line2D([], [], color=style.GREY, linewidth=0.5, label="path of a neuron"),
        Line2D([], [], color="black", linewidth=0.8, label=r"start, radius $\tau^2$"),
    ]
    top.legend(handles=handles, loc="outside lower center", ncols=5, handletextpad=0.4, columnspacing=1.2)
    _maps(bottom, data)
    return figure


def _plane(axes, data, moments):
    tau, delta = moments[["tau", "delta"]].iloc[0]
    path = np.stack(moments["path"].to_list())  # (K, h, 2)
    sign = one(data["simulation/plane"], "sign", draw=0, tau=tau, delta=delta)
    limit = 1.15 * np.abs(path).max()
    teacher = only(data["task/problems"], problem="plane", draw=0).iloc[0]
    for direction, readout in zip(teacher["teacher_w"], teacher["teacher_a"], strict=True):
        axes.plot(*np.outer(direction, [0, 2 * limit]), color=SIGNS[readout], linestyle="--", linewidth=0.9)
    axes.plot(path[:, :, 0], path[:, :, 1], color=style.GREY, linewidth=0.5, alpha=0.6)
    angle = np.linspace(0, 2 * np.pi, 121)
    axes.plot(tau**2 * np.cos(angle), tau**2 * np.sin(angle), color="black", linewidth=0.8)
    axes.scatter(*path[-1].T, s=7, c=[SIGNS[s] for s in sign], zorder=3, linewidth=0)
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal", box_aspect=1)
    axes.locator_params(nbins=4)
    axes.set_xlabel(r"$|a|\,w_1$")
    axes.set_title(rf"$\tau = {tau:g}$, $\delta = {delta:g}$", color=style.colour(delta))


def _maps(figure, data):
    keys = ["draw", "delta", "tau", "t"]
    cells = only(data["simulation/students"], problem="sweep").sort_values(keys)
    draws, deltas, taus, times = (np.unique(cells[key]) for key in keys)
    grid = figure.subplots(len(MAPS), len(times), sharex=True, sharey=True, squeeze=False)
    for axes, time in zip(grid[0], times, strict=True):
        axes.set_title(rf"$t = {time:g}$", pad=7)
    for row, (quantity, (label, colours)), letter in zip(grid, MAPS.items(), "EFGHI", strict=True):
        values = cells[quantity].to_numpy().reshape(draws.size, deltas.size, taus.size, times.size).mean(0)
        logarithmic = quantity in ("test_loss", "train_loss")
        if logarithmic:
            values = np.maximum(values, FLOOR)
        low, high = values.min(), values.max()
        levels = np.geomspace(low, high, 19) if logarithmic else np.linspace(low, high, 19)
        levels[-1] *= 1 + 1e-9  # the largest is within
        norm = LogNorm(low, high) if logarithmic else Normalize(low, high)
        for axes, shown in zip(row, np.moveaxis(values, 2, 0), strict=True):
            filled = axes.contourf(taus, deltas, shown, levels, cmap=colours, norm=norm)
            axes.contour(taus, deltas, shown, levels[::2], colors="black", linewidths=0.3)
        bar = figure.colorbar(filled, ax=row, aspect=9, pad=0.02)
        bar.ax.yaxis.set_minor_locator(NullLocator())
        if logarithmic:
            powers = 10.0 ** np.arange(-10, 1)
            bar.set_ticks([p for p in powers if low <= p <= high])
        else:
            bar.set_ticks([p for p in MaxNLocator(4).tick_values(low, high) if low <= p <= high])
        row[0].set_ylabel(rf"{label}" + "\n" + r"$\delta$")
        style.panel_letter(row[0], letter)
    for axes in grid[-1]:
        axes.set_xscale("log")
        axes.set_xlim(taus[0], taus[-1])
        axes.set_xticks([0.1, 0.3, 1], ["0.1", "0.3", "1"])
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel(r"scale $\tau$")
    grid[0, 0].set_yticks([-1, 0, 1])
