"""Draws grq6d: accuracy over steps, steps to know the examples and the rest, and both over (τ, α)."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.colors import LogNorm
from matplotlib.ticker import NullFormatter, NullLocator

from ...pipeline.drawing import alphas, style
from ...pipeline.frames import only

PARTS = {"train": "training pairs", "validation": "held-out pairs"}


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 5.6))
    (curves, steps), maps = figure.subplots(2, 2, width_ratios=[1.15, 1])
    networks = data["simulation/networks"]
    _curves(curves, data["simulation/curves"])
    _steps(steps, networks)
    for axes, part in zip(maps, PARTS, strict=True):
        _map(axes, networks, part)
    for axes, letter in zip((curves, steps, *maps), "ABCD", strict=True):
        style.panel_letter(axes, letter)
    return figure


def _aim(networks, part):
    """What is counted, in words."""
    return f"steps to {networks['threshold'].iloc[0]:.0%} on {PARTS[part]}"


def _curves(axes, curves):
    shade = alphas.colours(curves["alpha"].unique())
    curves = curves[curves["step"] > 0]  # the axis is logarithmic
    for alpha, colour in shade.items():
        over_draws = only(curves, alpha=alpha).groupby("step")[[f"{part}_accuracy" for part in PARTS]]
        mean, low, high = over_draws.mean(), over_draws.min(), over_draws.max()
        for part, line in zip(PARTS, (":", "-"), strict=True):
            axes.plot(mean[f"{part}_accuracy"], color=colour, linestyle=line, linewidth=1.4)
        band = low["validation_accuracy"], high["validation_accuracy"]
        axes.fill_between(low.index, *band, color=colour, alpha=0.15, linewidth=0)
    axes.set(xscale="log", xlim=(1, curves["step"].max()), ylim=(0, 1.02), xlabel="steps", ylabel="accuracy")
    axes.legend(
        handles=alphas.handles(list(shade)),
        title=rf"$\tau = {curves['tau'].iloc[0]:g}$",
        loc="upper left",
        handlelength=1.6,
        labelspacing=0.25,
    )
    axes.set_title(f"dotted: {PARTS['train']}, solid: {PARTS['validation']}")


def _steps(axes, networks):
    taus = sorted(networks["tau"].unique())
    for tau, colour in zip(taus, style.scale_map(taus), strict=True):
        steps = only(networks, tau=tau).groupby("alpha")["validation_steps"].agg(["mean", "min", "max"])
        axes.fill_between(steps.index, steps["min"], steps["max"], color=colour, alpha=0.2, linewidth=0)
        look = {"color": colour, "marker": "o", "markersize": 2.5, "linewidth": 1.4}
        axes.plot(steps["mean"], label=rf"$\tau = {tau:g}$", **look)
    axes.set(xscale="log", yscale="log", xlabel=r"relative scale $\alpha$")
    axes.set_ylabel(_aim(networks, "validation"))
    axes.set_xticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    axes.xaxis.set_minor_formatter(NullFormatter())
    low, high = axes.get_ylim()
    ticks = [tick for tick in (300, 500, 1000, 2000) if low <= tick <= high]
    axes.set_yticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.legend(reverse=True, loc="upper right", handlelength=1.4, labelspacing=0.25)


def _map(axes, networks, part):
    mean = networks.groupby(["alpha", "tau"])[f"{part}_steps"].mean().unstack()
    mean = mean.dropna()  # some α are there at one τ only
    values = mean.to_numpy()
    norm = LogNorm(values.min(), values.max())
    shown = axes.imshow(values, origin="lower", aspect="auto", cmap="viridis", norm=norm)
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if norm(value) < 0.6 else "black"
        axes.text(column, row, f"{value:,.0f}", ha="center", va="center", fontsize=6.5, color=colour)
    axes.set_xticks(range(mean.columns.size), [f"{tau:g}" for tau in mean.columns])
    axes.set_yticks(range(mean.index.size), [f"{alpha:g}" for alpha in mean.index])
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set(xlabel=r"output scale $\tau$", ylabel=r"relative scale $\alpha$")
    axes.set_title(_aim(networks, part))
    bar = axes.figure.colorbar(shown, ax=axes, aspect=18, pad=0.02)
    bar.ax.yaxis.set_minor_locator(NullLocator())
    ticks = [
        tick for tick in (10, 15, 20, 30, 50, 100, 200, 500, 1000, 2000, 5000) if values.min() <= tick <= values.max()
    ]
    bar.set_ticks(ticks, labels=[f"{tick:,}" for tick in ticks])
