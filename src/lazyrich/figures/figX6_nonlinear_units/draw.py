"""Draws figX6: tanh and ReLU networks beside the linear theory, kernel and representation against λ, drift of λ*."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from ...pipeline.frames import only, over_draws

NAMES = {"tanh": ("tanh", "#CC79A7", "s", "-"), "relu": ("ReLU", "#E69F00", "o", (0, (3, 1.2)))}


def draw(data):
    figure, grid = plt.subplots(2, 3, figsize=(style.WIDTH, 5.2))
    for axes, name in zip(grid[0, :2], NAMES, strict=True):
        _losses(axes, data, name)
    grid[0, 0].set_ylabel("loss, share of the start")
    grid[0, 1].sharey(grid[0, 0])
    _against_lambda(grid[0, 2], data, "kernel_distance", "kernel distance,\nstart to end of training")
    _against_lambda(grid[1, 0], data, "alignment", "hidden layer's alignment\nwith the targets")
    _sequence(grid[1, 1], data, "nearest_lam", r"$\lambda^*(t)$")
    _sequence(grid[1, 2], data, "residual", "residual of balance,\nshare of the weights")
    for axes, letter in zip(grid.flat, "ABCDEF", strict=True):
        style.panel_letter(axes, letter)
    _legend(figure, data)
    return figure


def _shown(frame):
    """λ drawn over time: the ends and the middle."""
    lams = np.sort(frame["lam"].unique())
    return [lams[0], lams[len(lams) // 2], lams[-1]]


def _losses(axes, data, name):
    for lam in _shown(data["task/starts"]):
        curve = over_draws(only(data["simulation/curves"], activation=name, lam=lam), "t", "loss")
        curve /= curve["mean"].iloc[0]
        _band(axes, curve.iloc[1:], color=style.colour(lam), alpha=0.15)
        axes.plot(curve["mean"].iloc[1:], color=style.colour(lam))
    for lam in _shown(data["task/starts"]):
        mean = over_draws(only(data["theory/curves"], lam=lam), "t", "loss")["mean"]
        axes.plot((mean / mean.iloc[0]).iloc[1:], **style.THEORY)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(1e-3, 1.5)
    axes.set_xlabel(r"time $t$  (units of $\tau$)")
    axes.set_title(NAMES[name][0], fontsize=8)


def _band(axes, of, **look):
    axes.fill_between(of.index, of["mean"] - of["std"], of["mean"] + of["std"], linewidth=0, **look)


def _against_lambda(axes, data, quantity, label):
    for name, (_, colour, marker, _) in NAMES.items():
        of = over_draws(only(data["simulation/end"], activation=name), "lam", quantity)
        look = {"color": colour, "marker": marker, "markersize": 4, "elinewidth": 1.2, "linewidth": 1.2}
        axes.errorbar(of.index, of["mean"], of["std"], **look)
    exact = over_draws(data["theory/end"], "lam", quantity)
    _band(axes, exact, color="black", alpha=0.12)
    axes.plot(exact["mean"], **style.THEORY)
    axes.set_xscale("symlog", linthresh=0.3, linscale=0.5)
    axes.set_xticks([-10, -1, 0, 1, 10], ["−10", "−1", "0", "1", "10"])
    axes.minorticks_off()
    axes.set_ylim(bottom=-0.02 if quantity == "kernel_distance" else 0.3)
    axes.set_xlabel(r"relative scale $\lambda$ of the start")
    axes.set_ylabel(label)


def _sequence(axes, data, quantity, label):
    n_tasks = data["simulation/sequence"]["task"].max() + 1
    for name, (_, _, _, line) in NAMES.items():
        for lam, rows in only(data["simulation/sequence"], activation=name).groupby("lam"):
            of = over_draws(rows, "step", quantity)
            of.index = of.index * n_tasks / of.index[-1]
            _band(axes, of, color=style.colour(lam), alpha=0.12)
            axes.plot(of["mean"], color=style.colour(lam), linestyle=line, linewidth=1.4)
    axes.set_xlim(0, n_tasks)
    for k in range(1, n_tasks):
        axes.axvline(k, color=style.GREY, linewidth=0.5)
    axes.set_xticks(range(n_tasks + 1))
    axes.set_xlabel("tasks learned")
    axes.set_ylabel(label)


def _legend(figure, data):
    handles = [
        Line2D([], [], color=style.colour(lam), label=label)
        for lam, label in zip((-1, 0, 1), (r"$\lambda < 0$", r"$\lambda = 0$", r"$\lambda > 0$"), strict=True)
    ]
    handles += [
        Line2D([], [], color=colour, marker=marker, markersize=4, linewidth=1.2, label=label)
        for label, colour, marker, _ in NAMES.values()
    ]
    handles += [
        Line2D([], [], color=style.GREY, linestyle=line, linewidth=1.4, label=f"{label} (E, F)")
        for label, _, _, line in NAMES.values()
    ]
    handles.append(Line2D([], [], label="linear, exact", **style.THEORY))
    figure.legend(handles=handles, loc="outside lower center", ncols=4, handlelength=2.2, columnspacing=1.4)
    axes = figure.get_axes()
    in_sequence = np.sort(data["task/sequence_starts"]["lam"].unique())
    for panels, lams in ((axes[:2], _shown(data["task/starts"])), (axes[4:], in_sequence)):
        values = ", ".join(f"{lam:g}" for lam in lams)
        for panel in panels:
            style.note(panel, rf"$\lambda = {values}$")
