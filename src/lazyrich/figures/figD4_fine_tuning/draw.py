"""Draws figD4: pre-training, fine-tuning at another relative scale, and its time and kernel change against λ_FT."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style

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


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 7.2))
    above, below = figure.subfigures(2, 1, height_ratios=[1, 1.75])
    left, right = above.subfigures(1, 2, width_ratios=[1, 2.75])
    runs = data.panel("pretraining grid")
    pretraining = left.subplots()
    grid = right.subplots(1, len(runs), sharey=True, squeeze=False)[0]
    _pretraining(pretraining, data)
    for axes, run in zip(grid, runs, strict=True):
        _fine_tuning(axes, data, run)
    grid[0].set_ylabel("loss of task 2  (1 at the change)")
    _procedure(left, right, data)
    times, kernels = below.subplots(2, len(SHAPES), sharex=True, sharey="row", height_ratios=[1.3, 1])
    for shape, upper, lower in zip(SHAPES, times, kernels, strict=True):
        _times(upper, data, shape)
        _kernels(lower, data, shape)
        _lam_axis(lower)
    times[0].set_ylabel(
        rf"time to ${data.number('threshold', _first(data), 'theory'):g}$ of the loss  (units of $\tau$)"
    )
    kernels[0].set_ylabel("kernel distance,\nchange to convergence")
    for axes, letter in zip((pretraining, grid[0], times[0], kernels[0]), "ABCD", strict=True):
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


def _first(data):
    return data.panel("grid")[0].run_id


def _label(lam, which):
    return style.lam_label(lam).replace(r"\lambda", rf"\lambda_{{\rm {which}}}")


def _note(axes, text):
    style.note(axes, text)


def _pretraining(axes, data):
    runs = data.panel("pretraining grid")
    for run in runs:
        _, t, loss = data.numbers("loss", run.run_id, "simulation")
        # curves of ±λ coincide: the lower one is wider
        width = 3.6 if run.lam < 0 else 1.8
        axes.plot(t[1:], loss[1:, 0], color=style.colour(run.lam), linewidth=width, label=_label(run.lam, "PT"))
    for run in runs:
        _, t, loss = data.numbers("loss", run.run_id, "theory")
        axes.plot(t[1:], loss[1:, 0], **style.THEORY)
    _loss_axes(axes, data)
    axes.set_xlim(left=8e-4)
    axes.legend(loc="lower left", handlelength=1.2, borderpad=0, labelspacing=0.3, fontsize=6.5)
    axes.set_ylabel("loss of task 1  (1: nothing learned)")


def _loss_axes(axes, data):
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(3e-3, 12)
    axes.set_ylim(data.number("threshold", _first(data), "theory") / 10, 1.6)
    axes.set_xlabel(r"time $t$  (units of $\tau$)")


def _fine_tuning(axes, data, pretrained):
    runs = [run for run in data.panel("grid") if data.number("pretrained_by", run.run_id, "task") == pretrained.run_id]
    for run, colour in zip(runs, style.scale_map(runs), strict=True):
        _, t, loss = data.numbers("loss", run.run_id, "simulation", task_index=1)
        axes.plot(t[1:], loss[1:, 0], color=colour, label=f"${run.lam:g}$")
    for run in runs:
        _, t, loss = data.numbers("loss", run.run_id, "theory", task_index=1)
        axes.plot(t[1:], loss[1:, 0], **style.THEORY)
    threshold = data.number("threshold", _first(data), "theory")
    axes.axhline(threshold, color="black", linewidth=0.6, linestyle=(0, (4, 2)), zorder=0)
    _loss_axes(axes, data)
    axes.set_title(_label(pretrained.lam, "PT"), color=style.colour(pretrained.lam), fontsize=9)
    if pretrained is data.panel("pretraining grid")[0]:
        legend = axes.legend(loc="lower left", handlelength=0.9, borderpad=0, labelspacing=0.15, fontsize=6.5)
        legend.set_title(r"$\lambda_{\rm FT}$", {"size": 7})


def _procedure(left, right, data):
    """The three steps, above the panels, and what they keep."""
    kept, spread = (
        style.scientific(data.number(name, _first(data), "theory"))
        for name in ("deviation_function_kept", "spread_pretraining")
    )
    left.suptitle("1. learn task 1 at $\\lambda_{\\rm PT}$\n", fontsize=8.5)
    steps = "2. keep $W_2W_1$, set $\\lambda$ to $\\lambda_{\\rm FT}$        3. learn task 2"
    note = f"($W_2W_1$ is kept to {kept}, and the three columns differ by at most {spread})"
    right.suptitle(f"{steps}\n{note}", fontsize=8.5)


def _head(axes, text, offset, **look):
    """A line of text above a panel."""
    place = {"xycoords": "axes fraction", "textcoords": "offset points", "ha": "center", "va": "bottom"}
    axes.annotate(text, (0.5, 1), xytext=(0, offset), **place, **look)


def _summary(data, group, quantity, source):
    """λ, mean and s.d. over the pairs, where the source has them."""
    runs = [run for run in data.panel(group) if run.draw == 0]
    if source == "simulation":
        runs = [run for run in runs if data.number("simulated", run.run_id, "theory")]
    mean, std = (
        np.array([data.number(f"{quantity}_{name}", run.run_id, source) for run in runs]) for name in ("mean", "std")
    )
    return np.array([run.lam for run in runs]), mean, std


def _against_lam(axes, data, group, quantity, square=False):
    lams, mean, std = _summary(data, group, quantity, "theory")
    # the opposite pairs have no λ = 0: two lines
    for side in (lams < 0, lams > 0) if square else (lams == lams,):
        axes.fill_between(lams[side], (mean - std)[side], (mean + std)[side], **BAND)
        axes.plot(lams[side], mean[side], **style.THEORY, zorder=3)
    for lam, middle, spread in zip(*_summary(data, group, quantity, "simulation"), strict=True):
        colour = style.GREY if square else style.colour(lam)
        marker = {"marker": "s", "markerfacecolor": "white", "markersize": 3.0} if square else {"marker": "o"}
        axes.errorbar(lam, middle, spread, **{"color": colour, "markersize": 4.2, "elinewidth": 1.4, **marker})


def _times(axes, data, group):
    if group == "square":
        _against_lam(axes, data, "opposite", "time_to_threshold", square=True)
        axes.text(0, 13, "opposite signs:\npast a saddle", ha="center", va="bottom", fontsize=6.5, color=style.GREY)
    _against_lam(axes, data, group, "time_to_threshold")
    runs = [run for run in data.panel(group) if run.draw == 0]
    first, n_pairs = runs[0], sum(run.lam == runs[0].lam for run in data.panel(group))
    for side, sign in (("negative", -1), ("positive", 1)):
        slope = data.number(f"slope_{side}", first.run_id, "theory")
        delayed = sign * (first.n_out - first.n_in) > 0
        if not delayed:
            limit = [run for run in runs if run.lam * sign >= LIMIT_FROM]
            values = [data.number("time_to_threshold_lazy", run.run_id, "theory") for run in limit]
            axes.plot([run.lam for run in limit], values, **LIMIT)
            falling = round(n_pairs * data.number(f"falling_{side}", first.run_id, "theory"))
            text = f"falls in\n{falling} of {n_pairs}\nslope ${slope:.2f}$"
        else:
            text = f"rises\nslope ${slope:+.2f}$"
        where = {"x": 0.19 if sign < 0 else 0.81, "ha": "left" if sign < 0 else "right"}
        where |= {"y": 0.98 if delayed else 0.04, "va": "top" if delayed else "bottom"}
        axes.text(s=text, transform=axes.transAxes, fontsize=6.5, color=style.colour(sign), **where)
    axes.set_yscale("log")
    axes.set_ylim(8e-3, 700)
    _head(axes, f"{SHAPES[group]} {first.n_in}–{first.n_hidden}–{first.n_out}", 13, fontsize=8.5)
    worst = data.number("deviation_time_to_threshold_worst", first.run_id, "simulation")
    _note(axes, f"descent: largest deviation {100 * worst:.1f} %")


def _kernels(axes, data, group):
    _against_lam(axes, data, group, "kernel_distance")
    for x, y, text in REGIMES[group]:
        axes.text(x, y, text, transform=axes.get_xaxis_transform(), ha="center", va="top", color=style.GREY, fontsize=7)
    axes.set_ylim(-0.02, 0.66)
    worst = data.number("deviation_kernel_distance_worst", data.panel(group)[0].run_id, "simulation")
    _note(axes, f"descent: largest deviation {style.scientific(worst)}")


def _lam_axis(axes):
    axes.set_xscale("symlog", **SYMLOG)
    ticks = {-100: "$-100$", -1: "$-1$", -0.01: "", 0: "$0$", 0.01: "", 1: "$1$", 100: "$100$"}
    axes.set_xticks(list(ticks), list(ticks.values()))
    axes.minorticks_off()
    axes.set_xlim(-180, 180)
    axes.set_xlabel(r"relative scale of fine-tuning $\lambda_{\rm FT}$")
