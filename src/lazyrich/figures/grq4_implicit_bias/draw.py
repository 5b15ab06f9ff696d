"""Draws grq4: paths in the plane of functions over the loss, and which fit a single example leads to."""

from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import deltas, style
from ...pipeline.frames import one, only

LEAST = "#CC3311"  # functions of least loss
LIMIT = {"color": style.GREY, "linestyle": (0, (4, 2)), "linewidth": 1.0}
BETA = ["beta_1", "beta_2"]


def draw(data):
    figure, (full, single, line) = plt.subplots(1, 3, figsize=(style.WIDTH, 3.0), width_ratios=[1.15, 1, 1])
    shade = deltas.colours(data["task/starts"]["delta"].unique())
    single.plot(*data["theory/fits"][BETA].to_numpy().T, color=LEAST, linewidth=1.2, zorder=1)
    for axes, name in ((full, "full"), (single, "single")):
        _plane(axes, data, name, shade)
    ends = data["theory/ends"]
    full.plot(*only(ends, data="full")[BETA].iloc[0], "o", color=LEAST, markersize=6, zorder=5)
    for end in only(ends, data="single")[BETA].to_numpy():
        single.plot(*end, "ko", markersize=3.5, zorder=5)
    start = only(data["theory/curves"], data="single")[BETA].iloc[0]
    for limit in data["theory/limits"].itertuples():
        single.plot([start["beta_1"], limit.beta_1], [start["beta_2"], limit.beta_2], zorder=2, **LIMIT)
    _place(line, data, shade)
    for axes, letter in zip((full, single, line), "ABC", strict=True):
        style.panel_letter(axes, letter)
    handles = [
        *deltas.handles(shade),
        Line2D([], [], label="exact solution", **style.THEORY),
        Line2D([], [], color=LEAST, label="least loss"),
        Line2D([], [], color="black", linestyle="", marker="o", markersize=3.5, label=r"predicted $\beta(\infty)$"),
        Line2D([], [], label=r"$\delta\to\pm\infty$", **LIMIT),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=6, handlelength=2.0)
    return figure


def _plane(axes, data, name, shade):
    loss = only(data["theory/loss"], data=name).pivot(index="beta_2", columns="beta_1", values="loss")
    x, y = loss.columns, loss.index
    axes.contourf(x, y, loss, levels=20, cmap="Greys", alpha=0.45, zorder=0)
    for delta, path in only(data["simulation/curves"], data=name).groupby("delta", sort=False):
        axes.plot(*path[BETA].to_numpy().T, color=shade[delta], zorder=3)
    for _, path in only(data["theory/curves"], data=name).groupby("delta", sort=False):
        axes.plot(*path[BETA].to_numpy().T, zorder=4, **style.THEORY)
    axes.plot(*path[BETA].iloc[0], "o", color=style.GREY, markersize=6, zorder=5)
    axes.set_xlim(x[0], x[-1])
    axes.set_ylim(y[0], y[-1])
    axes.set_aspect("equal")
    axes.set_xlabel(r"$\beta_1$")
    axes.set_ylabel(r"$\beta_2$")
    worst = only(data["simulation/agreement"], data=name)[["deviation_beta", "deviation_flow_beta"]].max()
    style.deviation_note(axes, *worst)


def _place(axes, data, shade):
    curve, limits = data["theory/place_curve"], data["theory/limits"]
    for place in limits["place"]:
        axes.axhline(place, **LIMIT)
    for end in data["simulation/ends"].itertuples():
        axes.plot(end.delta, end.place, "o", color=shade[end.delta], markersize=7)
    axes.plot(curve["delta"], curve["place"], **style.THEORY)
    axes.set_xscale("symlog", linthresh=1)
    axes.set_xticks([-100, -10, -1, 0, 1, 10, 100], ["$-100$", "", "$-1$", "$0$", "$1$", "", "$100$"])
    axes.set_box_aspect(1)
    axes.set_xlim(curve["delta"].min(), curve["delta"].max())
    axes.set_xlabel(r"relative scale $\delta$")
    axes.set_ylabel("place of $\\beta(\\infty)$ on the line of fits")
    note = {"fontsize": 6.5, "color": style.GREY}
    axes.text(-90, one(limits, "place", limit="nearest") + 0.01, "nearest fit", ha="left", va="bottom", **note)
    axes.text(90, one(limits, "place", limit="scaled") - 0.02, r"$\beta(0)$ scaled", ha="right", va="top", **note)
