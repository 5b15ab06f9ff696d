"""Panels of figX9 in which many λ₀ and γ follow one law."""

import numpy as np
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from ...pipeline.frames import each, only

MARKERS = ("o", "s", "^")
SHAPES = {"funnel": "o", "wide": "s", "square": "^"}
LAW = style.THEORY | {"linewidth": 1.5}
DESCENT = {"linestyle": "", "marker": "x", "color": "black", "markersize": 5, "markeredgewidth": 1.1}


def scale(axes, data):
    """|λ|/|λ₀| against 2γt: descent of linear networks, and the least and largest Δ of ReLU neurons."""
    gamma, of_relu = data["theory/curves"]["weight_decay"].max(), _relu_decay(data)
    curves = data["simulation/relu_curves"]
    for lam, runs in curves[curves["lam"].abs() == curves["lam"].abs().max()].groupby("lam"):
        for column in ("least_scale", "largest_scale"):
            few = runs[runs["draw"] == 0].iloc[::5]
            axes.plot(2 * of_relu * few["t"], few[column] / lam, "+", color="black", markersize=6, zorder=4)
    for (lam, runs), marker in zip(data["simulation/curves"].groupby("lam"), MARKERS, strict=False):
        few = only(runs, draw=0).iloc[::2]
        look = {"markersize": 4, "markerfacecolor": "white", "markeredgewidth": 1}
        axes.plot(2 * gamma * few["t"], few["nearest_lam"] / lam, marker, color=style.colour(lam), **look)
    ends = np.array([0.0, 2 * gamma * data["simulation/curves"]["t"].max()])
    axes.plot(ends, np.exp(-ends), **LAW)
    axes.set_yscale("log")
    axes.set_xlim(-0.3, 11)
    axes.set_ylim(2e-5, 2)
    axes.set_xlabel(r"$2\gamma t$")
    axes.set_ylabel(r"relative scale $\lambda(t)/\lambda_0$")
    handles = [
        Line2D([], [], label=r"$e^{-2\gamma t}$", **LAW),
        Line2D([], [], linestyle="", marker="o", color=style.GREY, markerfacecolor="white", label="linear, descent"),
        Line2D([], [], linestyle="", marker="+", color="black", markersize=6, label="ReLU, least and largest"),
    ]
    axes.legend(handles=handles, loc="lower left", handlelength=1.3, borderaxespad=0.2)


def _relu_decay(data):
    """γ of the ReLU networks."""
    falls = data["simulation/relu_falls"]
    return (falls["delay"] / falls["t"]).iloc[0] / 2


def times(axes, data):
    """When noise is forgotten, in units of 1/2γ, against λ₀."""
    laws, found = data["theory/forgetting"], data["simulation/forgetting"]
    gammas = sorted(laws["weight_decay"].unique())
    for gamma, colour, marker in zip(gammas, style.scale_map(gammas), MARKERS, strict=False):
        rows, dots = only(laws, weight_decay=gamma), only(found, weight_decay=gamma)
        axes.plot(
            rows["lam"], 2 * gamma * rows["t"], marker, color=colour, markersize=3.5, label=rf"$\gamma = {gamma:g}$"
        )
        axes.plot(rows["lam"], 2 * gamma * rows["law"], **LAW)
        axes.plot(dots["lam"], 2 * gamma * dots["t"], **DESCENT)
    falls = data["theory/network_falls"].groupby("lam")["delay"].agg(["mean", "min", "max"])
    span = [falls["mean"] - falls["min"], falls["max"] - falls["mean"]]
    look = {"markersize": 5, "markerfacecolor": "white", "elinewidth": 1}
    axes.errorbar(falls.index, falls["mean"], span, fmt="D", color=style.POSITIVE, label="test loss falls", **look)
    axes.plot([], [], label="one mode, descent", **DESCENT)
    axes.set_xscale("log")
    axes.set_ylim(0, 19)
    axes.set_yticks([0, 5, 10, 15])
    axes.set_xlabel(r"relative scale $\lambda_0$ of the start")
    axes.set_ylabel(r"forgotten at $2\gamma t$")
    axes.legend(loc="upper left", handletextpad=0.3, labelspacing=0.25, borderaxespad=0.1, ncols=2, columnspacing=0.8)


def collapse(axes, data):
    """Strength of modes against |λ|/2γ: markers of many λ₀ and γ on one line for each ŝ/γ."""
    strengths = data["theory/strengths"]
    ratios = sorted(strengths["ratio"].unique())
    for ratio, colour in zip(ratios, style.scale_map(ratios), strict=True):
        rows = only(strengths, ratio=ratio)
        for k, run in enumerate(each(rows, "weight_decay", "lam")):
            shown = run.iloc[k % 3 :: 3]  # each third, or markers hide each other
            axes.plot(shown["left"], shown["strength"], MARKERS[k // 3 % 3], color=colour, markersize=3)
        first = each(rows, "weight_decay", "lam")[0]
        axes.plot(first["left"], first["law"], **LAW)
        axes.plot([], [], "o", color=colour, markersize=3, label=rf"$\hat{{s}} = {_multiple(ratio)}\gamma$")
    axes.set_xscale("log")
    axes.invert_xaxis()
    axes.set_ylim(0, 1.05)
    axes.set_xlabel(r"relative scale left, $|\lambda(t)|/2\gamma$")
    axes.set_ylabel(r"strength of a mode, $a/\hat{s}$")
    axes.legend(loc="lower left", handletextpad=0.1, borderaxespad=0.2)


def _multiple(ratio):
    return "" if ratio == 1 else f"{ratio:g}"


def kappas(axes, data):
    """κ against ŝ/γ."""
    rows = data["theory/kappa"].groupby("ratio")[["kappa", "law"]].mean()
    axes.plot(rows["kappa"], "o", color=style.GREY, markersize=3.5, label=r"from $a(t)$, each $\lambda_0, \gamma$")
    axes.plot(rows["law"], label="closed form", **LAW)
    axes.axvline(1, ymax=0.75, color=style.GREY, linewidth=0.7)
    axes.set_xlim(0, 2)
    axes.set_ylim(0, 2)
    axes.set_xlabel(r"target of the mode, $\hat{s}/\gamma$")
    axes.set_ylabel(r"$\kappa = |\lambda|/2\gamma$ at half")
    axes.annotate("forgotten", (0.95, 0.12), fontsize=6.5, color=style.GREY, ha="right")
    axes.annotate("shrunk", (1.05, 0.12), fontsize=6.5, color=style.GREY, ha="left")
    axes.legend(loc="upper left", handlelength=1.3, borderaxespad=0.2)


def shapes(axes, data):
    """Singular values at the end against those of the task."""
    exact, found = data["theory/shapes"], data["simulation/shapes"]
    gammas = sorted(exact["weight_decay"].unique())
    most = exact["task_strength"].max()
    for gamma, colour in zip(gammas, style.scale_map(gammas), strict=True):
        for shape, marker in SHAPES.items():
            rows = only(exact, shape=shape, weight_decay=gamma)
            axes.plot(rows["task_strength"], rows["strength"], marker, color=colour, markersize=3, alpha=0.6)
        line = np.array([0, gamma, most])
        axes.plot(line, np.maximum(line - gamma, 0), **LAW)
        ends = only(found, weight_decay=gamma, draw=0).merge(exact, on=["shape", "weight_decay", "draw", "mode"])
        axes.plot(ends["task_strength"], ends["strength_x"], **DESCENT | {"markersize": 4})
    axes.set_xlim(0, 1.05 * most)
    axes.set_ylim(-0.1, 1.05 * most)
    axes.set_xlabel(r"singular value $\tilde{s}$ of $\Sigma_{yx}$")
    axes.set_ylabel(r"of $W_2W_1$, at the end")
    widths = data["task/shapes"].drop_duplicates("shape").set_index("shape")
    handles = [
        Line2D([], [], linestyle="", marker=marker, color=style.GREY, markersize=3.5,
               label="–".join(str(widths[n][shape]) for n in ("n_in", "n_hidden", "n_out")))
        for shape, marker in SHAPES.items()
    ]  # fmt: skip
    handles += [
        Line2D([], [], linestyle="", marker="o", color=colour, markersize=3.5, label=rf"$\gamma = {gamma:g}$")
        for gamma, colour in zip(gammas, style.scale_map(gammas), strict=True)
    ]
    axes.legend(handles=handles, loc="upper left", handletextpad=0.1, labelspacing=0.25, borderaxespad=0.2)
