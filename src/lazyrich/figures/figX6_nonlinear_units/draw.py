"""Draws figX6: tanh and ReLU networks beside the linear theory, kernel and representation against λ, drift of λ*."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style

NAMES = {"tanh": ("tanh", "#CC79A7", "s", "-"), "relu": ("ReLU", "#E69F00", "o", (0, (3, 1.2)))}
SHOWN = 3  # λ drawn over time: the ends and the middle


def draw(data):
    figure, grid = plt.subplots(2, 3, figsize=(style.WIDTH, 5.2))
    for axes, name in zip(grid[0, :2], NAMES, strict=True):
        _losses(axes, data, name)
    grid[0, 0].set_ylabel("loss, share of the start")
    grid[0, 1].sharey(grid[0, 0])
    _against_lambda(grid[0, 2], data, "kernel_distance", "kernel distance,\nstart to end of training")
    _against_lambda(grid[1, 0], data, "alignment", "hidden layer's alignment\nwith the targets")
    _sequence(grid[1, 1], data, "lam_star", r"$\lambda^*(t)$")
    _sequence(grid[1, 2], data, "residual", "residual of balance,\nshare of the weights")
    for axes, letter in zip(grid.flat, "ABCDEF", strict=True):
        style.panel_letter(axes, letter)
    _legend(figure, data)
    return figure


def _firsts(data, panel):
    """The first run of each λ, which holds the statistics, in the order of λ."""
    return sorted((run for run in data.panel(panel) if run.draw == 0), key=lambda run: run.lam)


def _shown(runs):
    return [runs[0], runs[len(runs) // 2], runs[-1]]


def _losses(axes, data, name):
    for run in _shown(_firsts(data, f"one {name}")):
        _band(axes, data, run, "loss", "simulation", style.colour(run.lam))
    for run in _shown(_firsts(data, "one linear")):
        _, t, loss = data.numbers("loss_mean", run.run_id, "theory")
        axes.plot(t[1:], loss[1:, 0] / loss[0, 0], **style.THEORY)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(1e-3, 1.5)
    axes.set_xlabel(r"time $t$  (units of $\tau$)")
    axes.set_title(NAMES[name][0], fontsize=8)


def _band(axes, data, run, quantity, source, colour):
    _, t, mean = data.numbers(f"{quantity}_mean", run.run_id, source)
    std = data.numbers(f"{quantity}_std", run.run_id, source)[2][:, 0]
    scale, mean = mean[0, 0], mean[:, 0]
    axes.fill_between(t[1:], (mean - std)[1:] / scale, (mean + std)[1:] / scale, color=colour, alpha=0.15, linewidth=0)
    axes.plot(t[1:], mean[1:] / scale, color=colour)


def _statistics(data, runs, quantity, source):
    return (
        np.array([data.number(f"{quantity}_{name}", run.run_id, source) for run in runs]) for name in ("mean", "std")
    )


def _against_lambda(axes, data, quantity, label):
    for name, (_, colour, marker, _) in NAMES.items():
        runs = _firsts(data, f"one {name}")
        mean, std = _statistics(data, runs, quantity, "simulation")
        lams = [run.lam for run in runs]
        axes.errorbar(lams, mean, std, color=colour, marker=marker, markersize=4, elinewidth=1.2, linewidth=1.2)
    runs = _firsts(data, "one linear")
    mean, std = _statistics(data, runs, quantity, "theory")
    lams = [run.lam for run in runs]
    axes.fill_between(lams, mean - std, mean + std, color="black", alpha=0.12, linewidth=0)
    axes.plot(lams, mean, **style.THEORY)
    axes.set_xscale("symlog", linthresh=0.3, linscale=0.5)
    axes.set_xticks([-10, -1, 0, 1, 10], ["−10", "−1", "0", "1", "10"])
    axes.minorticks_off()
    axes.set_ylim(bottom=-0.02 if quantity == "kernel_distance" else 0.3)
    axes.set_xlabel(r"relative scale $\lambda$ of the start")
    axes.set_ylabel(label)


def _sequence(axes, data, quantity, label):
    for name, (_, _, _, line) in NAMES.items():
        for run in _firsts(data, f"sequence {name}"):
            step, _, mean = data.numbers(f"{quantity}_mean", run.run_id, "simulation")
            std = data.numbers(f"{quantity}_std", run.run_id, "simulation")[2][:, 0]
            colour, mean = style.colour(run.lam), mean[:, 0]
            at = step * data.numbers("n_tasks", run.run_id, "simulation")[2][0, 0] / step[-1]
            axes.fill_between(at, mean - std, mean + std, color=colour, alpha=0.12, linewidth=0)
            axes.plot(at, mean, color=colour, linestyle=line, linewidth=1.4)
            axes.set_xlim(0, at[-1])
    for k in range(1, round(at[-1])):
        axes.axvline(k, color=style.GREY, linewidth=0.5)
    axes.set_xticks(range(round(at[-1]) + 1))
    axes.set_xlabel("tasks learned")
    axes.set_ylabel(label)


def _legend(figure, data):
    runs = _shown(_firsts(data, "one tanh"))
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
    for panels, drawn in ((axes[:2], runs), (axes[4:], _firsts(data, "sequence tanh"))):
        values = ", ".join(f"{run.lam:g}" for run in drawn)
        for panel in panels:
            style.note(panel, rf"$\lambda = {values}$")
