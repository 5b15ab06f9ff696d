"""Draws figD4: pre-training, fine-tuning at another relative scale; its time, steps and kernel change against λ_FT."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from ...pipeline.frames import each, only
from .sides import SIDES, is_delayed, slope

SYMLOG = {"linthresh": 1e-3, "linscale": 0.6}
BAND = {"color": "black", "alpha": 0.12, "linewidth": 0}
LIMIT = {"color": style.GREY, "linewidth": 0.9, "linestyle": (0, (5, 2)), "zorder": 1}
LIMIT_FROM = 2.0  # |λ| from which the lazy limit is drawn
SHAPES = {"funnel": "funnel", "square": "square", "inverted_funnel": "inverted funnel"}
# what each side is, beside the kernel distance: (λ, height in the axes, text)
REGIMES = {
    "funnel": [(-1, 0.99, "delayed rich"), (15, 0.34, "lazy")],
    "square": [(-15, 0.34, "lazy"), (15, 0.34, "lazy")],
    "inverted_funnel": [(-15, 0.34, "lazy"), (1, 0.99, "delayed rich")],
}


def draw(data, slope_from):
    figure = plt.figure(figsize=(style.WIDTH, 8.4))
    above, below = figure.subfigures(2, 1, height_ratios=[1, 2.4])
    left, right = above.subfigures(1, 2, width_ratios=[1, 2.75])
    lams = data["theory/pretraining_curves"]["pretraining_lam"].unique()
    pretraining = left.subplots()
    grid = right.subplots(1, len(lams), sharey=True, squeeze=False)[0]
    _pretraining(pretraining, data)
    for axes, lam in zip(grid, lams, strict=True):
        _fine_tuning(axes, data, lam)
    legend = grid[0].legend(loc="lower left", handlelength=0.9, borderpad=0, labelspacing=0.15, fontsize=6.5)
    legend.set_title(r"$\lambda_{\rm FT}$", {"size": 7})
    grid[0].set_ylabel("loss of task 2  (1 at the change)")
    _procedure(left, right, data)
    times, steps, kernels = below.subplots(3, len(SHAPES), sharex=True, sharey="row", height_ratios=[1.3, 1.1, 1])
    for shape, upper, middle, lower in zip(SHAPES, times, steps, kernels, strict=True):
        _times(upper, data, shape, slope_from)
        _steps(middle, data, shape)
        _kernels(lower, data, shape)
        _lam_axis(lower)
    times[0].set_ylabel(rf"time to ${_threshold(data):g}$ of the loss  (units of $\tau$)")
    steps[0].set_ylabel("the same, in\nstable steps")
    kernels[0].set_ylabel("kernel distance,\nchange to convergence")
    for axes, letter in zip((pretraining, grid[0], times[0], steps[0], kernels[0]), "ABCDE", strict=True):
        style.panel_letter(axes, letter)
    handles = [
        Line2D([], [], color=style.GREY, marker="o", markersize=4.5, label="gradient descent"),
        Line2D([], [], label="exact solution (bands: s.d. over pairs)", **style.THEORY),
        Line2D(
            [],
            [],
            color=style.GREY,
            linestyle="",
            marker="s",
            markersize=4,
            markerfacecolor="white",
            label=r"$\det\Sigma_1$, $\det\Sigma_2$ of opposite signs",
        ),
        Line2D([], [], label=r"lazy limit $\propto 1/|\lambda_{\rm FT}|$", **LIMIT),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), handlelength=2.2, columnspacing=1.2)
    return figure


def _threshold(data):
    return data["task/scales"]["threshold"].iloc[0]


def _label(lam, which):
    return style.lam_label(lam).replace(r"\lambda", rf"\lambda_{{\rm {which}}}")


def _curves(frame, key):
    """(λ, time, loss) of each curve, without the start."""
    for curve in each(frame, key):
        yield curve[key].iloc[0], curve["t"].iloc[1:], curve["loss"].iloc[1:]


def _pretraining(axes, data):
    for lam, t, loss in _curves(data["simulation/pretraining_curves"], "pretraining_lam"):
        # curves of ±λ coincide: the lower one is wider
        axes.plot(t, loss, color=style.colour(lam), linewidth=3.6 if lam < 0 else 1.8, label=_label(lam, "PT"))
    for _, t, loss in _curves(data["theory/pretraining_curves"], "pretraining_lam"):
        axes.plot(t, loss, **style.THEORY)
    _loss_axes(axes, data)
    axes.set_xlim(left=8e-4)
    axes.legend(loc="lower left", handlelength=1.2, borderpad=0, labelspacing=0.3, fontsize=6.5)
    axes.set_ylabel("loss of task 1  (1: nothing learned)")


def _loss_axes(axes, data):
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(3e-3, 12)
    axes.set_ylim(_threshold(data) / 10, 1.6)
    axes.set_xlabel(r"time $t$  (units of $\tau$)")


def _fine_tuning(axes, data, pretraining_lam):
    descent, exact = (
        list(_curves(only(data[f"{stage}/curves"], pretraining_lam=pretraining_lam), "lam"))
        for stage in ("simulation", "theory")
    )
    for (lam, t, loss), colour in zip(descent, style.scale_map(descent), strict=True):
        axes.plot(t, loss, color=colour, label=f"${lam:g}$")
    for _, t, loss in exact:
        axes.plot(t, loss, **style.THEORY)
    axes.axhline(_threshold(data), color="black", linewidth=0.6, linestyle=(0, (4, 2)), zorder=0)
    _loss_axes(axes, data)
    axes.set_title(_label(pretraining_lam, "PT"), color=style.colour(pretraining_lam), fontsize=9)


def _procedure(left, right, data):
    """The three steps, above the panels, and what they keep."""
    kept = style.scientific(data["theory/changes"]["deviation_function_kept"].max())
    spread = style.scientific(data["theory/spread"]["spread"].max())
    left.suptitle("1. learn task 1 at $\\lambda_{\\rm PT}$\n", fontsize=8.5)
    steps = "2. keep $W_2W_1$, set $\\lambda$ to $\\lambda_{\\rm FT}$        3. learn task 2"
    note = f"($W_2W_1$ is kept to {kept}, and the three columns differ by at most {spread})"
    right.suptitle(f"{steps}\n{note}", fontsize=8.5)


def _head(axes, text, offset, **look):
    """A line of text above a panel."""
    place = {"xycoords": "axes fraction", "textcoords": "offset points", "ha": "center", "va": "bottom"}
    axes.annotate(text, (0.5, 1), xytext=(0, offset), **place, **look)


def _over_draws(data, stage, pairs, column):
    """Mean and standard deviation over the draws, by λ."""
    found = only(data[f"{stage}/end"], pairs=pairs).groupby("lam")[column].agg(["mean", "std"])
    return found.fillna(0.0)  # of one draw there is no spread


def _against_lam(axes, data, pairs, column, square=False):
    exact = _over_draws(data, "theory", pairs, column)
    # the opposite pairs have no λ = 0: two lines
    for part in (exact[exact.index < 0], exact[exact.index > 0]) if square else (exact,):
        axes.fill_between(part.index, part["mean"] - part["std"], part["mean"] + part["std"], **BAND)
        axes.plot(part.index, part["mean"], **style.THEORY, zorder=3)
    for lam, middle, spread in _over_draws(data, "simulation", pairs, column).itertuples():
        colour = style.GREY if square else style.colour(lam)
        marker = {"marker": "s", "markerfacecolor": "white", "markersize": 3.0} if square else {"marker": "o"}
        axes.errorbar(lam, middle, spread, **{"color": colour, "markersize": 4.2, "elinewidth": 1.4, **marker})


def _times(axes, data, pairs, slope_from):
    if pairs == "square":
        _against_lam(axes, data, "opposite", "time_to_threshold", square=True)
        axes.text(0, 13, "opposite signs:\npast a saddle", ha="center", va="bottom", fontsize=6.5, color=style.GREY)
    _against_lam(axes, data, pairs, "time_to_threshold")
    means = _over_draws(data, "theory", pairs, "time_to_threshold")["mean"]
    widths = tuple(only(data["task/starts"], pairs=pairs)[["n_in", "n_hidden", "n_out"]].iloc[0])
    for side, sign in reversed(SIDES.items()):
        far = means[means.index * sign >= slope_from]
        power = slope(far.index.to_numpy(), far)
        delayed = is_delayed(sign, widths)
        if not delayed:
            limit = data["theory/limit"]
            limit = limit[limit["lam"] * sign >= LIMIT_FROM]
            axes.plot(limit["lam"], limit["time_to_threshold"], **LIMIT)
            falls = only(data["theory/sides"], pairs=pairs, side=side)["falls"]
            text = f"falls in\n{falls.sum()} of {len(falls)}\nslope ${power:.2f}$"
        else:
            text = f"rises\nslope ${power:+.2f}$"
        where = {"x": 0.19 if sign < 0 else 0.81, "ha": "left" if sign < 0 else "right"}
        where |= {"y": 0.98 if delayed else 0.04, "va": "top" if delayed else "bottom"}
        axes.text(s=text, transform=axes.transAxes, fontsize=6.5, color=style.colour(sign), **where)
    axes.set_yscale("log")
    axes.set_ylim(8e-3, 700)
    _head(axes, f"{SHAPES[pairs]} {'–'.join(map(str, widths))}", 13, fontsize=8.5)
    worst = only(data["simulation/end_agreement"], pairs=pairs)["deviation_time_to_threshold"].max()
    style.note(axes, f"descent: largest deviation {100 * worst:.1f} %")


def _steps(axes, data, pairs):
    """Stable steps to the threshold, and by which factor they change on either side."""
    _against_lam(axes, data, pairs, "steps_to_threshold")
    found = only(data["theory/sides"], pairs=pairs)
    for side, sign in SIDES.items():
        limit = data["theory/limit"]
        limit = limit[limit["lam"] * sign >= LIMIT_FROM]
        factor = np.exp(np.log(only(found, side=side)["total_steps_ratio"]).mean())
        if factor < 1:
            axes.plot(limit["lam"], limit["steps_to_threshold"], **LIMIT)
        where = {"x": 0.19 if sign < 0 else 0.81, "ha": "left" if sign < 0 else "right"}
        where |= {"y": 0.98 if factor > 1 else 0.6, "va": "top"}
        text = rf"$\times\,{factor:.2g}$" if factor < 100 else rf"$\times\,{round(factor, -1):.0f}$"
        axes.text(s=text, transform=axes.transAxes, fontsize=6.5, color=style.colour(sign), **where)
    axes.set_yscale("log")


def _kernels(axes, data, pairs):
    _against_lam(axes, data, pairs, "kernel_distance")
    for x, y, text in REGIMES[pairs]:
        axes.text(x, y, text, transform=axes.get_xaxis_transform(), ha="center", va="top", color=style.GREY, fontsize=7)
    axes.set_ylim(-0.02, 0.66)
    worst = only(data["simulation/end_agreement"], pairs=pairs)["deviation_kernel_distance"].max()
    style.note(axes, f"descent: largest deviation {style.scientific(worst)}")


def _lam_axis(axes):
    axes.set_xscale("symlog", **SYMLOG)
    ticks = {-100: "$-100$", -1: "$-1$", -0.01: "", 0: "$0$", 0.01: "", 1: "$1$", 100: "$100$"}
    axes.set_xticks(list(ticks), list(ticks.values()))
    axes.minorticks_off()
    axes.set_xlim(-180, 180)
    axes.set_xlabel(r"relative scale of fine-tuning $\lambda_{\rm FT}$")
