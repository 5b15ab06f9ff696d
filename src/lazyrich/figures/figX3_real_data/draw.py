"""Draws figX3: two real data sets, whitened and raw: loss, singular values, final kernel distance, departures."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style

SETS = ("digits", "diabetes")
MARKERS = {"digits": "o", "diabetes": "D"}


def draw(data):
    figure, grid = plt.subplots(3, 3, figsize=(style.WIDTH, 7.0))
    for axes, letter in zip(grid.flat, "ABCDEFGHI", strict=True):
        style.panel_letter(axes, letter)
    drawn = data.numbers("drawn_lambdas", 0, "task")[2][0]
    for row, name in zip(grid, SETS, strict=False):
        _loss(row[0], data, f"{name} whitened", drawn)
        _strengths(row[1], data, f"{name} whitened", [0.0] if name == "digits" else drawn)
        _loss(row[2], data, f"{name} raw", drawn)
        run = data.panel(f"{name} raw")[0]
        widths = "–".join(str(n) for n in (run.n_in, run.n_hidden, run.n_out))
        row[0].set_ylabel(rf"{name} {widths}" + "\n" + r"loss $\mathcal{L}$")
        row[1].set_title(r"whitened, $\lambda = 0$" if name == "digits" else "whitened", fontsize=8)
    for axes, name in zip(grid[2], SETS, strict=False):
        _final(axes, data, name)
    grid[2, 0].set_ylabel("kernel distance,\nstart to end")
    handles = [
        Line2D([], [], color=style.GREY, linestyle="", marker="o", markersize=4, label="whitened"),
        Line2D([], [], color=style.GREY, linestyle="", marker="s", markersize=4, markerfacecolor="white", label="raw"),
        Line2D([], [], color=style.GREY, linewidth=0.9, label="raw as if whitened"),
    ]
    grid[2, 0].legend(handles=handles, loc="lower left", fontsize=6, handlelength=1.4)
    _departures(grid[2, 2], data)
    _legend(figure, drawn)
    return figure


def _at(data, panel, lam):
    """The run of a panel and λ that holds its statistics."""
    return next(run for run in data.panel(panel) if run.lam == lam and run.draw == 0)


def _curves(data, run, quantity, source):
    """Times and the quantiles of each entry, ((T,), (m, T), (m, T), (m, T))."""
    t = data.numbers(f"{quantity}_mid", run.run_id, source)[1]
    return t, *(data.numbers(f"{quantity}_{part}", run.run_id, source)[2].T for part in ("low", "mid", "high"))


def _overlay(axes, data, run, quantity, colours):
    t, *curves = _curves(data, run, quantity, "simulation")
    for low, mid, high, colour in zip(*curves, colours, strict=True):
        axes.fill_between(t, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(t, mid, color=colour)
    t, _, exact, _ = _curves(data, run, quantity, "theory")
    for curve in exact:
        axes.plot(t, curve, **style.THEORY)


def _time_axis(axes):
    axes.set_xscale("log")
    axes.set_xlim(0.05, 400)
    axes.set_xlabel(r"time $t$  (units of $\tau$)")


def _loss(axes, data, panel, drawn):
    first = data.panel(panel)[0]
    for lam in drawn:
        _overlay(axes, data, _at(data, panel, lam), "loss", [style.colour(lam)])
    axes.axhline(data.number("floor", first.run_id, "task"), color=style.GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    _time_axis(axes)
    kind = panel.split()[1]
    condition = data.number("condition", first.run_id, "task")
    axes.set_title(kind if kind == "whitened" else f"raw, condition number {condition:.3g}", fontsize=8)


def _strengths(axes, data, panel, lams):
    for lam in lams:
        run = _at(data, panel, lam)
        n = data.numbers("strength_mid", run.run_id, "simulation")[2].shape[1]
        _overlay(axes, data, run, "strength", style.shades(lam, n))
    _time_axis(axes)
    axes.set_ylabel(r"singular values of $W_2W_1$")


def _final(axes, data, name):
    for kind, line, band in (
        ("whitened", style.THEORY, "black"),
        ("raw", {"color": style.GREY, "linewidth": 0.9}, None),
    ):
        runs = [run for run in data.panel(f"{name} {kind}") if run.draw == 0]
        lams = [run.lam for run in runs]
        mean, std = (
            np.array([data.number(f"final_distance_{part}", run.run_id, "theory") for run in runs])
            for part in ("mean", "std")
        )
        axes.plot(lams, mean, **line, zorder=3 if kind == "whitened" else 1)
        if band:
            axes.fill_between(lams, mean - std, mean + std, color=band, alpha=0.12, linewidth=0)
        for run in (run for run in runs if data.number("simulated", run.run_id, "theory")):
            mean_here, low, high = (
                data.number(f"final_distance_{part}", run.run_id, "simulation") for part in ("mean", "min", "max")
            )
            look = {} if kind == "whitened" else {"markerfacecolor": "white"}
            spread = [[mean_here - low], [high - mean_here]]
            marker = "o" if kind == "whitened" else "s"
            axes.errorbar(
                run.lam, mean_here, spread, fmt=marker, color=style.colour(run.lam), markersize=4, elinewidth=1, **look
            )
    _scale_axis(axes)
    axes.set_yscale("log")
    axes.set_ylim(1e-7, 3)
    axes.set_title(name, fontsize=8)


def _scale_axis(axes):
    axes.set_xscale("symlog", linthresh=0.1, linscale=0.5)
    axes.set_xticks([-10, -1, 0, 1, 10], ["$-10$", "$-1$", "$0$", "$1$", "$10$"])
    axes.minorticks_off()
    axes.set_xlabel(r"relative scale $\lambda$")


def _departures(axes, data):
    for name in SETS:
        for kind in ("whitened", "raw"):
            panel = data.panel(f"{name} {kind}")
            runs = [run for run in panel if run.draw == 0 and data.number("simulated", run.run_id, "theory")]
            low, mid, high = (
                np.array([data.number(f"departure_function_{part}", run.run_id, "simulation") for run in runs])
                for part in ("low", "mid", "high")
            )
            lams = [run.lam for run in runs]
            colour = "#CC79A7" if name == "digits" else "#E69F00"
            look = {"markerfacecolor": "white"} if kind == "raw" else {}
            axes.fill_between(lams, low, high, color=colour, alpha=0.2, linewidth=0)
            axes.plot(lams, mid, color=colour, marker=MARKERS[name], markersize=4, label=f"{name}, {kind}", **look)
    _scale_axis(axes)
    axes.set_yscale("log")
    axes.set_ylim(1e-4, 10)
    axes.set_ylabel(r"departure of $W_2W_1$")
    axes.legend(loc="center", bbox_to_anchor=(0.5, 0.62), fontsize=6, labelspacing=0.2)


def _legend(figure, drawn):
    handles = [Line2D([], [], color=style.colour(lam), label=style.lam_label(lam)) for lam in drawn]
    handles += [
        Line2D([], [], label="exact solution (on raw: as if whitened)", **style.THEORY),
        Line2D([], [], color=style.GREY, linewidth=0.8, linestyle=(0, (4, 3)), label="floor: least squares"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), columnspacing=1.2, handlelength=1.8)
