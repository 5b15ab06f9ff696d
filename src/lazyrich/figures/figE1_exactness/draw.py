"""Draws figE1: deviation of descent against η and λ, and the floor of the exact solution."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style

MARKERS = ("o", "s", "^", "D", "v", "P")


def draw(data):
    figure, (left, middle, right) = plt.subplots(
        1, 3, figsize=(style.WIDTH, 3.0), gridspec_kw={"width_ratios": [1, 1.15, 1]}
    )
    _order(left, data)
    _scale(middle, data)
    _floor(right, data)
    for axes, letter in zip((left, middle, right), "ABC", strict=True):
        style.panel_letter(axes, letter)
    return figure


def _summaries(data, panel, quantity):
    """The runs that carry their group's summary, with (mean, least, largest)."""
    for run in data.panel(panel):
        if run.draw == 0:
            yield (
                run,
                [data.numbers(f"{quantity}_{s}", run.run_id, "simulation")[2][:, 0] for s in ("mean", "min", "max")],
            )


def _order(axes, data):
    sizes, lams = [], []
    for run, (mean, least, largest) in _summaries(data, "order", "deviation"):
        _, _, rates = data.numbers("learning_rate", run.run_id, "simulation")
        sizes += [run.n_in] * (run.n_in not in sizes)
        lams += [run.lam] * (run.lam not in lams)
        axes.fill_between(rates[:, 0], least, largest, color=style.colour(run.lam), alpha=0.10, linewidth=0)
        axes.loglog(
            rates[:, 0],
            mean,
            color=style.colour(run.lam),
            marker=MARKERS[sizes.index(run.n_in) % len(MARKERS)],
            markersize=3.5,
            linewidth=0.9,
        )
    least, largest = data.numbers("order_range", data.panel("order")[0].run_id, "simulation")[2][0]
    axes.set_title(f"measured order {least:.3f} … {largest:.3f}", loc="right", fontsize=7, color=style.GREY)
    handles = [Line2D([], [], color=style.colour(lam), label=style.lam_label(lam)) for lam in lams]
    handles += [
        Line2D([], [], color=style.GREY, linestyle="", marker=m, markersize=3.5, label=f"$n = {n}$")
        for n, m in zip(sizes, MARKERS, strict=False)
    ]
    axes.legend(handles=handles, loc="lower right", labelspacing=0.2, handlelength=1.4, borderpad=0)
    axes.set_ylim(bottom=2e-5)
    axes.set_xticks(rates[:, 0], [f"{1e3 * rate:g}" for rate in rates[:, 0]])
    axes.minorticks_off()
    axes.set_xlabel(r"learning rate $\eta$  ($10^{-3}$)")
    axes.set_ylabel(r"$\max|W_2W_1^{\rm GD}-W_2W_1^{\rm exact}|\;/\;\max|W_2W_1|$")


def _scale(axes, data):
    for run, (mean, least, largest) in _summaries(data, "scale", "deviation_absolute"):
        axes.plot([run.lam] * 2, [least[0], largest[0]], color=style.colour(run.lam), linewidth=1)
        axes.plot(run.lam, mean[0], "o", color=style.colour(run.lam), markersize=3.5)
    law = [(run.lam, mean[0]) for run, (mean, _, _) in _summaries(data, "scale", "law_absolute") if abs(run.lam) >= 1]
    for side in ([point for point in law if point[0] < 0], [point for point in law if point[0] > 0]):
        axes.plot(*np.transpose(side or np.empty((0, 2))), color="black", linestyle=(0, (4, 2)), linewidth=1)
    axes.lines[-1].set_label(r"$\eta|\lambda|\,\max|\Sigma^{yx}-W_2W_1(0)|\,/\,2e$")
    rate = data.panel("scale")[0].learning_rate
    axes.set_xscale("symlog", linthresh=0.01, linscale=0.6)
    axes.set_yscale("log")
    axes.set_xticks([-100, -1, 0, 1, 100], ["$-100$", "$-1$", "$0$", "$1$", "$100$"])
    axes.set_xlabel(r"relative scale $\lambda$")
    axes.set_ylabel(r"$\max|W_2W_1^{\rm GD}-W_2W_1^{\rm exact}|$")
    axes.set_title(rf"$\eta = {rate:g}$", loc="right", fontsize=7, color=style.GREY)
    axes.set_ylim(top=0.6)
    axes.legend(loc="upper center", handlelength=2, borderpad=0)


def _floor(axes, data):
    runs = data.panel("floor")
    for run, linestyle in zip(runs, ((0, (1, 1.2)), (0, (4, 1.5))), strict=False):
        for quantity, colour in (("error_naive", style.GREY), ("error_stable", style.POSITIVE)):
            _, t, error = data.numbers(quantity, run.run_id, "theory")
            shown = error[:, 0] < 1  # of what overflows or is singular no digit is left
            t, error = t[shown], error[shown, 0]
            axes.semilogy(t, error, color=colour, linestyle=linestyle, linewidth=1.2)
            if quantity == "error_naive":
                axes.plot(t[-1], error[-1], "x", color=colour, markersize=5, markeredgewidth=1.4)
    handles = [
        Line2D([], [], color=style.POSITIVE, label="stable evaluation"),
        Line2D([], [], color=style.GREY, label="formula as written"),
        Line2D([], [], color=style.GREY, linestyle="", marker="x", label="overflow or singular"),
    ]
    handles += [
        Line2D([], [], color="black", linestyle=ls, linewidth=1.2, label=style.lam_label(run.lam))
        for run, ls in zip(runs, ((0, (1, 1.2)), (0, (4, 1.5))), strict=False)
    ]
    axes.axhline(np.finfo(float).eps, color="black", linewidth=0.5)
    axes.text(
        0.99,
        np.finfo(float).eps * 0.75,
        "double rounding",
        transform=axes.get_yaxis_transform(),
        ha="right",
        va="top",
        fontsize=6,
    )
    axes.set_ylim(1e-17, 1e11)
    axes.set_yticks([1e-15, 1e-10, 1e-5, 1])
    axes.legend(handles=handles, loc="upper left", labelspacing=0.25)
    axes.set_xlabel(r"time $t$  (units of $\tau$)")
    axes.set_ylabel(r"$\max|QQ^T-$ 60 digits$|\;/\;\max|QQ^T|$")
