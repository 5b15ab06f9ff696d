"""Draws figE1: deviation of descent against η and λ, and the floor of the exact solution."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from ...pipeline.frames import only

MARKERS = ("o", "s", "^", "D", "v", "P")
DASHES = ((0, (1, 1.2)), (0, (4, 1.5)))


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


def _spread(groups):
    """Mean (as NumPy adds), least and largest over draws."""
    return groups.agg(mean=lambda values: values.to_numpy().mean(), least="min", largest="max")


def _order(axes, data):
    deviations, order = data["simulation/order"], data["simulation/fitted_order"]["order"]
    sizes, lams, rates = (deviations[key].unique() for key in ("size", "lam", "learning_rate"))
    for (size, lam), found in deviations.groupby(["size", "lam"], sort=False):
        spread = _spread(found.groupby("learning_rate", sort=False)["deviation"])
        axes.fill_between(rates, spread["least"], spread["largest"], color=style.colour(lam), alpha=0.10, linewidth=0)
        axes.loglog(
            rates,
            spread["mean"],
            color=style.colour(lam),
            marker=MARKERS[list(sizes).index(size) % len(MARKERS)],
            markersize=3.5,
            linewidth=0.9,
        )
    axes.set_title(f"measured order {order.min():.3f} … {order.max():.3f}", loc="right", fontsize=7, color=style.GREY)
    handles = [Line2D([], [], color=style.colour(lam), label=style.lam_label(lam)) for lam in lams]
    handles += [
        Line2D([], [], color=style.GREY, linestyle="", marker=m, markersize=3.5, label=f"$n = {n}$")
        for n, m in zip(sizes, MARKERS, strict=False)
    ]
    axes.legend(handles=handles, loc="lower right", labelspacing=0.2, handlelength=1.4, borderpad=0)
    axes.set_ylim(bottom=2e-5)
    axes.set_xticks(rates, [f"{1e3 * rate:g}" for rate in rates])
    axes.minorticks_off()
    axes.set_xlabel(r"learning rate $\eta$  ($10^{-3}$)")
    axes.set_ylabel(r"$\max|W_2W_1^{\rm GD}-W_2W_1^{\rm exact}|\;/\;\max|W_2W_1|$")


def _scale(axes, data):
    found = data["simulation/scale"].groupby("lam", sort=False)
    for lam, mean, least, largest in _spread(found["deviation_absolute"]).itertuples():
        axes.plot([lam] * 2, [least, largest], color=style.colour(lam), linewidth=1)
        axes.plot(lam, mean, "o", color=style.colour(lam), markersize=3.5)
    law = _spread(found["law_absolute"])["mean"]
    for side in (law[law.index <= -1], law[law.index >= 1]):
        axes.plot(side.index, side, color="black", linestyle=(0, (4, 2)), linewidth=1)
    axes.lines[-1].set_label(r"$\eta|\lambda|\,\max|\Sigma^{yx}-W_2W_1(0)|\,/\,2e$")
    rate = data["task/scale"]["learning_rate"].iloc[0]
    axes.set_xscale("symlog", linthresh=0.01, linscale=0.6)
    axes.set_yscale("log")
    axes.set_xticks([-100, -1, 0, 1, 100], ["$-100$", "$-1$", "$0$", "$1$", "$100$"])
    axes.set_xlabel(r"relative scale $\lambda$")
    axes.set_ylabel(r"$\max|W_2W_1^{\rm GD}-W_2W_1^{\rm exact}|$")
    axes.set_title(rf"$\eta = {rate:g}$", loc="right", fontsize=7, color=style.GREY)
    axes.set_ylim(top=0.6)
    axes.legend(loc="upper center", handlelength=2, borderpad=0)


def _floor(axes, data):
    lams = data["task/floor"]["lam"]
    for lam, linestyle in zip(lams, DASHES, strict=False):
        errors = only(data["theory/floor"], lam=lam)
        for name, colour in (("error_naive", style.GREY), ("error_stable", style.POSITIVE)):
            shown = errors[errors[name] < 1]  # of what overflows or is singular no digit is left
            axes.semilogy(shown["t"], shown[name], color=colour, linestyle=linestyle, linewidth=1.2)
            if name == "error_naive":
                axes.plot(
                    shown["t"].iloc[-1], shown[name].iloc[-1], "x", color=colour, markersize=5, markeredgewidth=1.4
                )
    handles = [
        Line2D([], [], color=style.POSITIVE, label="stable evaluation"),
        Line2D([], [], color=style.GREY, label="formula as written"),
        Line2D([], [], color=style.GREY, linestyle="", marker="x", label="overflow or singular"),
    ]
    handles += [
        Line2D([], [], color="black", linestyle=linestyle, linewidth=1.2, label=style.lam_label(lam))
        for lam, linestyle in zip(lams, DASHES, strict=False)
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
