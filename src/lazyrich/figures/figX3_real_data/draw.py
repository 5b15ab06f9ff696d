"""Draws figX3: two real data sets, whitened and raw: loss, singular values, final kernel distance, departures."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from ...pipeline.frames import each, only

SETS = ("digits", "diabetes")
MARKERS = {"digits": "o", "diabetes": "D"}
BAND = (0.1, 0.5, 0.9)  # quantiles over draws


def draw(data, drawn_lambdas):
    figure, grid = plt.subplots(3, 3, figsize=(style.WIDTH, 7.0))
    for axes, letter in zip(grid.flat, "ABCDEFGHI", strict=True):
        style.panel_letter(axes, letter)
    for row, name in zip(grid, SETS, strict=False):
        _loss(row[0], data, name, "whitened", drawn_lambdas)
        _strengths(row[1], data, name, [0] if name == "digits" else drawn_lambdas)
        _loss(row[2], data, name, "raw", drawn_lambdas)
        start = only(data["task/starts"], data_set=name).iloc[0]
        widths = "–".join(str(start[n]) for n in ("n_in", "n_hidden", "n_out"))
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
    _legend(figure, drawn_lambdas)
    return figure


def _curves(frame, column):
    """Times (T,), and the quantiles over draws of each curve (3, T, curves)."""
    times = frame["t"].unique()
    values = frame[column].to_numpy().reshape(frame["draw"].nunique(), len(times), -1)
    return times, np.quantile(values, BAND, axis=0)


def _overlay(axes, data, table, column, **chosen):
    t, (low, mid, high) = _curves(only(data[f"simulation/{table}"], **chosen), column)
    colours = style.shades(chosen["lam"], mid.shape[1])
    for k, colour in enumerate(colours):
        axes.fill_between(t, low[:, k], high[:, k], color=colour, alpha=0.2, linewidth=0)
        axes.plot(t, mid[:, k], color=colour)
    t, (_, exact, _) = _curves(only(data[f"theory/{table}"], **chosen), column)
    for curve in exact.T:
        axes.plot(t, curve, **style.THEORY)


def _time_axis(axes):
    axes.set_xscale("log")
    axes.set_xlim(0.05, 400)
    axes.set_xlabel(r"time $t$  (units of $\tau$)")


def _loss(axes, data, name, inputs, lams):
    for lam in lams:
        _overlay(axes, data, "curves", "loss", data_set=name, inputs=inputs, lam=lam)
    learned = only(data["task/data"], data_set=name, inputs=inputs).iloc[0]
    axes.axhline(learned["floor"], color=style.GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    _time_axis(axes)
    raw = f"raw, condition number {learned['condition']:.3g}"
    axes.set_title(raw if inputs == "raw" else inputs, fontsize=8)


def _strengths(axes, data, name, lams):
    for lam in lams:
        _overlay(axes, data, "modes", "strength", data_set=name, lam=lam)
    _time_axis(axes)
    axes.set_ylabel(r"singular values of $W_2W_1$")


def _by_lam(frame, column):
    """λ, and the numbers of each in its own row (λ, draws)."""
    return frame["lam"].unique(), np.array([part[column] for part in each(frame, "lam")])


def _final(axes, data, name):
    for inputs, marker, line in (
        ("whitened", {"fmt": "o"}, {**style.THEORY, "zorder": 3}),
        ("raw", {"fmt": "s", "markerfacecolor": "white"}, {"color": style.GREY, "linewidth": 0.9, "zorder": 1}),
    ):
        chosen = {"data_set": name, "inputs": inputs}
        lams, exact = _by_lam(only(data["theory/end"], **chosen), "kernel_distance")
        mean, std = exact.mean(1), exact.std(1)
        axes.plot(lams, mean, **line)
        if inputs == "whitened":
            axes.fill_between(lams, mean - std, mean + std, color="black", alpha=0.12, linewidth=0)
        for lam, found in zip(*_by_lam(only(data["simulation/end"], **chosen), "kernel_distance"), strict=True):
            spread = [[found.mean() - found.min()], [found.max() - found.mean()]]
            look = {"color": style.colour(lam), "markersize": 4, "elinewidth": 1, **marker}
            axes.errorbar(lam, found.mean(), spread, **look)
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
        for inputs in ("whitened", "raw"):
            end = only(data["simulation/end"], data_set=name, inputs=inputs)
            lams, departures = _by_lam(end, "departure_network_function")
            low, mid, high = np.quantile(departures, BAND, axis=1)
            colour = "#CC79A7" if name == "digits" else "#E69F00"
            look = {"markerfacecolor": "white"} if inputs == "raw" else {}
            axes.fill_between(lams, low, high, color=colour, alpha=0.2, linewidth=0)
            axes.plot(lams, mid, color=colour, marker=MARKERS[name], markersize=4, label=f"{name}, {inputs}", **look)
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
