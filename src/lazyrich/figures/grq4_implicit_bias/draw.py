"""Draws grq4: paths in the plane of functions over the loss, and which fit a single example leads to."""

from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import deltas, style

LEAST = "#CC3311"  # functions of least loss
LIMIT = {"color": style.GREY, "linestyle": (0, (4, 2)), "linewidth": 1.0}


def draw(data):
    figure, (full, single, line) = plt.subplots(1, 3, figsize=(style.WIDTH, 3.0), width_ratios=[1.15, 1, 1])
    shade = deltas.colours([run.lam for run in data.panel("full")])
    first = data.panel("single")[0].run_id
    fits = data.numbers("fits", first, "theory")[2][0]
    single.plot(fits[::2], fits[1::2], color=LEAST, linewidth=1.2, zorder=1)
    for axes, panel in ((full, "full"), (single, "single")):
        _plane(axes, data, data.panel(panel), shade)
    end = data.numbers("learned", data.panel("full")[0].run_id, "theory")[2][0]
    full.plot(*end, "o", color=LEAST, markersize=6, zorder=5)
    for run in data.panel("single"):
        single.plot(*data.numbers("learned", run.run_id, "theory")[2][0], "ko", markersize=3.5, zorder=5)
    start = data.numbers("beta", first, "theory")[2][0]
    for name in ("nearest", "scaled"):
        point = data.numbers(name, first, "theory")[2][0]
        single.plot([start[0], point[0]], [start[1], point[1]], zorder=2, **LIMIT)
    _place(line, data, first, shade)
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


def _plane(axes, data, runs, shade):
    first = runs[0].run_id
    x, y = (data.numbers(name, first, "theory")[2][0] for name in ("grid_x", "grid_y"))
    axes.contourf(x, y, data.matrix("loss", first, "theory"), levels=20, cmap="Greys", alpha=0.45, zorder=0)
    for run in runs:
        axes.plot(*data.numbers("beta", run.run_id, "simulation")[2].T, color=shade[run.lam], zorder=3)
    for run in runs:
        path = data.numbers("beta", run.run_id, "theory")[2].T
        axes.plot(*path, zorder=4, **style.THEORY)
    axes.plot(*path[:, 0], "o", color=style.GREY, markersize=6, zorder=5)
    axes.set_xlim(x[0], x[-1])
    axes.set_ylim(y[0], y[-1])
    axes.set_aspect("equal")
    axes.set_xlabel(r"$\beta_1$")
    axes.set_ylabel(r"$\beta_2$")
    style.deviation_note(
        axes, *(max(data.number("deviation_beta", r.run_id, s) for r in runs) for s in ("simulation", "flow"))
    )


def _place(axes, data, first, shade):
    scale, place = (data.numbers(name, first, "theory")[2][0] for name in ("curve_delta", "curve_place"))
    for name in ("nearest", "scaled"):
        axes.axhline(data.number(f"place_{name}", first, "theory"), **LIMIT)
    for run in data.panel("single"):
        axes.plot(run.lam, data.number("place", run.run_id, "simulation"), "o", color=shade[run.lam], markersize=7)
    axes.plot(scale, place, **style.THEORY)
    axes.set_xscale("symlog", linthresh=1)
    axes.set_xticks([-100, -10, -1, 0, 1, 10, 100], ["$-100$", "", "$-1$", "$0$", "$1$", "", "$100$"])
    axes.set_box_aspect(1)
    axes.set_xlim(scale[0], scale[-1])
    axes.set_xlabel(r"relative scale $\delta$")
    axes.set_ylabel("place of $\\beta(\\infty)$ on the line of fits")
    note = {"fontsize": 6.5, "color": style.GREY}
    axes.text(-90, data.number("place_nearest", first, "theory") + 0.01, "nearest fit", ha="left", va="bottom", **note)
    axes.text(
        90, data.number("place_scaled", first, "theory") - 0.02, r"$\beta(0)$ scaled", ha="right", va="top", **note
    )
