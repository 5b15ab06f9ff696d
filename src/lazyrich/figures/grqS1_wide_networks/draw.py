"""Draws grqS1: loss and kernel of four shapes over time, the tangent operator at isotropic δ, and deep networks."""

from functools import partial

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import deltas, style
from ...pipeline.frames import only

SHAPES = ("narrowing", "expanding", "square", "wide")
LABELS = {"loss": r"loss $\mathcal{L}$", "kernel_distance": r"kernel distance $S(0,t)$"}


def draw(data, floor):
    figure = plt.figure(figsize=(style.WIDTH, 6.6))
    top, bottom = figure.subfigures(2, 1, height_ratios=[1.55, 1])
    grid = top.subplots(2, 4, sharex=True, sharey="row")
    curves, starts = data["simulation/curves"], data["task/starts"]
    scales = sorted(starts["delta"].unique())
    for row, (quantity, letters) in zip(grid, (("loss", "ABCD"), ("kernel_distance", "EFGH")), strict=True):
        for axes, shape, letter in zip(row, SHAPES, letters, strict=True):
            band = _band if quantity == "kernel_distance" else partial(_log_band, floor=floor)
            _over_time(axes, only(curves, shape=shape), quantity, band, deltas.colours(scales))
            style.panel_letter(axes, letter)
        row[0].set_ylabel(LABELS[quantity])
    for axes, shape in zip(grid[0], SHAPES, strict=True):
        start = only(starts, shape=shape).iloc[0]
        axes.set_yscale("log")
        axes.set_ylim(1e-9, 2)
        axes.set_title(f"{shape}\n{start['n_in']}–{start['n_hidden']}–{start['n_out']}", fontsize=8)
    for axes in grid[1]:
        axes.set_ylim(0, 0.45)
        axes.set_xlabel(r"time $t$")
    top.legend(handles=deltas.handles(scales), loc="outside lower center", ncols=7, handlelength=2.0)
    left, right = bottom.subplots(1, 2, width_ratios=[1.35, 1])
    _isotropic(left, data["theory/isotropic"])
    _deep(right, data)
    style.panel_letter(left, "I")
    style.panel_letter(right, "J")
    return figure


def _band(values):
    """Mean over draws, and that less and plus one standard deviation."""
    mean, std = values.mean(0), values.std(0)
    return mean, mean - std, mean + std


def _log_band(values, floor):
    """The same of the logarithm of what is above the floor."""
    return tuple(np.exp(side) for side in _band(np.log(np.maximum(values, floor))))


def _over_time(axes, curves, quantity, band, shade):
    for delta, of_delta in curves.groupby("delta", sort=False):
        values = of_delta.pivot(index="draw", columns="t", values=quantity)
        mean, low, high = band(values.to_numpy())
        axes.fill_between(values.columns, low, high, color=shade[delta], alpha=0.15, linewidth=0)
        axes.plot(values.columns, mean, color=shade[delta], linewidth=1.6)
    axes.set_xscale("log")
    axes.set_xlim(1e-2, curves["t"].max())
    axes.set_xticks([1e-2, 1, 1e2])


def _isotropic(axes, starts):
    cases = {case: found for case, found in starts.groupby(["n_in", "n_hidden", "n_out", "delta"], sort=False)}
    for k, ((*_, delta), found) in enumerate(cases.items()):
        for quantity, shift, marker in (("mismatch_published", -0.14, "x"), ("deviation_isotropic", 0.14, "o")):
            colour = style.colour(delta)
            filled = {"facecolor": "none", "edgecolor": colour} if marker == "o" else {"color": colour}
            axes.scatter([k + shift] * len(found), found[quantity], s=12, marker=marker, linewidth=0.8, **filled)
    axes.set_yscale("log")
    axes.set_ylim(2e-17, 30)
    axes.set_xticks(range(len(cases)), [f"{delta:g}" for *_, delta in cases])
    groups = list(dict.fromkeys(case[:3] for case in cases))
    size = len(cases) / len(groups)
    for k, widths in enumerate(groups):
        text = "–".join(str(n) for n in widths)
        axes.text((k + 0.5) * size - 0.5, 3, text, ha="center", fontsize=7)
        if k:
            axes.axvline(k * size - 0.5, color=style.GREY, linewidth=0.5)
    axes.set_xlabel(r"$\delta$ of an isotropic start, below its widths")
    axes.set_ylabel(r"error of $M$ from $\beta$ (relative)")
    handles = [
        Line2D([], [], color=style.GREY, linestyle="", marker="x", markersize=4, label="as published"),
        Line2D([], [], color=style.GREY, linestyle="", marker="o", fillstyle="none", markersize=4, label="corrected"),
    ]
    axes.legend(handles=handles, loc="center left", fontsize=6, handletextpad=0.2)


def _deep(axes, data):
    learned, flow = data["theory/deep"], data["simulation/deep_flow"]
    for end, colour in zip(learned.itertuples(), style.scale_map(learned["hidden_layers"]), strict=True):
        path = only(flow, hidden_layers=end.hidden_layers)
        axes.plot(path["beta_1"], path["beta_2"], color=colour, label=rf"$L={end.hidden_layers}$")
        axes.plot(end.beta_1, end.beta_2, "ko", markersize=4, zorder=5)
    axes.plot(path["beta_1"].iloc[0], path["beta_2"].iloc[0], "o", color=style.GREY, markersize=5)
    axes.set_xlabel(r"$\beta_1$")
    axes.set_ylabel(r"$\beta_2$")
    axes.margins(0.08)
    axes.legend(loc="upper left", title="hidden layers", title_fontsize=7)
