"""Draws figX2: raw inputs beside the theory for whitened ones, and which of its statements survive."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from ...pipeline.frames import each, only

# hues that stand for no sign of λ
LOOKS = {
    "network_function": (r"$W_2W_1$", "#CC79A7", "o"),
    "loss": ("loss", style.GREY, "s"),
    "kernel_distance": ("kernel distance", "#E69F00", "^"),
}
BAND = (0.1, 0.5, 0.9)  # quantiles over draws
DASHED = (0, (4, 1.5))
STATEMENTS = {
    "order": r"richest at $\lambda=0$, lazier with $|\lambda|$",
    "lazy": r"kernel at rest at the largest $|\lambda|$",
    "layer": r"sign of $\lambda$ decides which layer learns",
    "faster": r"a larger $|\lambda|$ learns in less time",
    "faster_in_steps": "… and in fewer stable steps",
    "structure_fitted": r"representations: those of $W^*=\Sigma_{yx}\Sigma_{xx}^{-1}$",
    "delayed_rich": "4–4–8: richer at $\\lambda=10$ than at 0 …",
    "delayed": "… and the kernel turns late",
    "plateau": "… while the loss waits on a plateau",
    "structure_measured": r"representations: those of $\Sigma_{yx}$",
    "time": r"time to learn at $\lambda=10$",
}


def draw(data, drawn_conditions):
    figure = plt.figure(figsize=(style.WIDTH, 7.4))
    top, bottom = figure.subfigures(2, 1, height_ratios=[1.65, 1])
    grid = top.subplot_mosaic([["A", "B", "C"], ["D", "D", "E"]])
    conditions = only(data["task/starts"], problem="raw")["condition"].unique()
    colours = dict(zip(conditions, style.scale_map(conditions), strict=True))
    drawn = {condition: colours[condition] for condition in conditions if condition in drawn_conditions}
    _at_zero(grid["A"], data, drawn)
    _against_condition(grid["B"], data)
    _against_scale(grid["C"], data)
    _final(grid["D"], data, colours)
    _delayed(grid["E"], data, drawn)
    handles = [Line2D([], [], label="condition number", linestyle="")]
    handles += [Line2D([], [], color=colour, label=f"{c:g}") for c, colour in colours.items()]
    handles.append(Line2D([], [], label="exact solution as if whitened", **style.THEORY))
    top.legend(handles=handles, loc="outside lower center", ncols=len(handles), handlelength=1.6, columnspacing=1.2)
    axes = bottom.subplots()
    _statements(axes, data, conditions)
    for letter, panel in {**grid, "F": axes}.items():
        style.panel_letter(panel, letter)
    return figure


def _quantiles(frame, column, along):
    """Values of a key, and quantiles over draws at each."""
    values = frame.pivot(index="draw", columns=along, values=column)
    return values.columns, *np.quantile(values, BAND, axis=0)


def _at_zero(axes, data, colours):
    """Loss over time at λ = 0."""
    for condition, colour in colours.items():
        at_zero = {"problem": "raw", "condition": condition, "lam": 0}
        _band(axes, only(data["simulation/curves"], **at_zero), "loss", color=colour, linestyle="-")
        exact = only(data["theory/curves"], **at_zero)
        axes.plot(exact["t"].unique(), _quantiles(exact, "loss", "step")[2], **style.THEORY)
    _time_axis(axes)
    axes.set_ylabel("loss, share of the start")
    axes.set_title(r"$\lambda = 0$", fontsize=8)


def _delayed(axes, data, colours):
    """Loss and kernel distance of the inverted funnel over time."""
    starts = only(data["task/starts"], problem="delayed")
    late = starts[starts["lam"] != 0].iloc[0]
    curves = only(data["simulation/curves"], problem="delayed", lam=late.lam)
    for curve in each(curves[curves["condition"].isin(colours)], "condition"):
        colour = colours[curve["condition"].iloc[0]]
        _band(axes, curve, "loss", color=colour, linestyle=DASHED)
        _band(axes, curve, "kernel_distance", color=colour, linestyle="-")
    _time_axis(axes)
    axes.set_ylabel("loss (dashed), kernel (solid)")
    axes.set_title(rf"{late.n_in}–{late.n_hidden}–{late.n_out}, {style.lam_label(late.lam)}", fontsize=8)


def _time_axis(axes):
    axes.set_xscale("log")
    axes.set_xlim(left=1e-2)
    axes.set_ylim(-0.02, 1.05)
    axes.set_xlabel(r"time $t$  (units of $\tau$)")


def _band(axes, curve, column, **line):
    _, low, middle, high = _quantiles(curve, column, "step")
    t = curve["t"].unique()
    axes.fill_between(t, low, high, color=line["color"], alpha=0.15, linewidth=0)
    axes.plot(t, middle, **line)


def _departures(axes, frame, along, **line):
    for column, (_, colour, marker) in LOOKS.items():
        places, low, middle, high = _quantiles(frame, column, along)
        axes.fill_between(places, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(places, middle, marker=marker, color=colour, markersize=4, **line)


def _against_condition(axes, data):
    for problem, line in (("raw", {}), ("whitened", {"markerfacecolor": "none", "linestyle": DASHED})):
        _departures(axes, only(data["simulation/departures"], problem=problem, lam=0), "condition", **line)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(r"condition number of $\Sigma_{xx}$")
    axes.set_ylabel("departure from theory")
    axes.set_title(r"$\lambda = 0$", fontsize=8)
    axes.set_ylim(2e-5, 5)
    axes.text(0.97, 0.52, "after whitening", transform=axes.transAxes, ha="right", fontsize=7, color=style.GREY)


def _against_scale(axes, data):
    """At the condition number at which the exact solution is followed at most λ."""
    departures = only(data["simulation/departures"], problem="raw")
    shown = departures.groupby("condition")["lam"].nunique().idxmax()
    _departures(axes, only(departures, condition=shown), "lam")
    _scale_axis(axes)
    axes.set_yscale("log")
    axes.set_ylim(2e-5, 5)
    axes.set_title(f"condition number {shown:g}", fontsize=8)
    handles = [Line2D([], [], color=c, marker=m, markersize=4, label=text) for text, c, m in LOOKS.values()]
    axes.legend(handles=handles, loc="lower center", fontsize=6, handlelength=1.6)


def _scale_axis(axes):
    axes.set_xscale("symlog", linthresh=1, linscale=0.7)
    axes.set_xticks([-30, -10, -1, 0, 1, 10, 30], ["$-30$", "", "$-1$", "$0$", "$1$", "", "$30$"])
    axes.minorticks_off()
    axes.set_xlabel(r"relative scale $\lambda$")


def _final(axes, data, colours):
    end = only(data["simulation/end"], problem="raw")
    for condition, colour in colours.items():
        distance = only(end, condition=condition).groupby("lam")["kernel_distance"].agg(["mean", "min", "max"])
        axes.fill_between(distance.index, distance["min"], distance["max"], color=colour, alpha=0.08, linewidth=0)
        axes.plot(distance.index, distance["mean"], "o-", color=colour, markersize=3)
    _scale_axis(axes)
    axes.set_yscale("log")
    axes.set_ylabel("kernel distance,\nstart to end of training")


def _statements(axes, data, conditions):
    shares = data["simulation/statements"].groupby(["statement", "condition"])["holds"].mean().unstack()
    shares = shares.reindex(index=STATEMENTS, columns=conditions).to_numpy()
    axes.imshow(shares, cmap="RdYlBu", vmin=-0.2, vmax=1.2, aspect="auto", alpha=0.5)
    for (row, column), share in np.ndenumerate(shares):
        text = "–" if np.isnan(share) else f"{100 * share:.0f}%"
        axes.text(column, row, text, ha="center", va="center", fontsize=7)
    axes.set_yticks(range(len(STATEMENTS)), STATEMENTS.values(), fontsize=7)
    axes.set_xticks(range(len(conditions)), [f"{c:g}" for c in conditions])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(r"condition number of $\Sigma_{xx}$")
    axes.set_title("share of draws in which a statement of the theory holds", fontsize=8)
