"""Draws grq6d: accuracy over steps, steps to know the examples and the rest, and both over (τ, α)."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.colors import LogNorm
from matplotlib.ticker import NullFormatter, NullLocator

from ...pipeline.drawing import alphas, style

PARTS = {"train": "training pairs", "validation": "held-out pairs"}


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 5.6))
    (curves, steps), maps = figure.subplots(2, 2, width_ratios=[1.15, 1])
    _curves(curves, data)
    _steps(steps, data)
    for axes, part in zip(maps, PARTS, strict=True):
        _map(axes, data, part)
    for axes, letter in zip((curves, steps, *maps), "ABCD", strict=True):
        style.panel_letter(axes, letter)
    return figure


def _first(data):
    """{(τ, α): run} of the first draw, with which statistics are stored."""
    runs = [run for run in data.panel("sweep") if run.draw == 0]
    return {(data.number("tau", run.run_id, "task"), run.lam): run for run in runs}


def _values(data, name, place="simulation"):
    return data.numbers(name, 0, place)[2][0]


def _aim(data, part):
    """What is counted, in words."""
    return f"steps to {data.number('threshold', 0, 'theory'):.0%} on {PARTS[part]}"


def _curves(axes, data):
    runs, scales = _first(data), _values(data, "shown_alphas", "theory")
    shade, tau = alphas.colours(scales), data.number("shown_tau", 0, "theory")
    for alpha in scales:
        run_id = runs[tau, alpha].run_id
        for part, line in zip(PARTS, (":", "-"), strict=True):
            step, _, mean = data.numbers(f"{part}_accuracy_mean", run_id, "simulation")
            low, high = (
                data.numbers(f"{part}_accuracy_{name}", run_id, "simulation")[2][1:, 0] for name in ("min", "max")
            )
            axes.plot(step[1:], mean[1:, 0], color=shade[alpha], linestyle=line, linewidth=1.4)
            if part == "validation":
                axes.fill_between(step[1:], low, high, color=shade[alpha], alpha=0.15, linewidth=0)
    axes.set(xscale="log", xlim=(1, step[-1]), ylim=(0, 1.02), xlabel="steps", ylabel="accuracy")
    axes.legend(
        handles=alphas.handles(scales),
        title=rf"$\tau = {tau:g}$",
        loc="upper left",
        handlelength=1.6,
        labelspacing=0.25,
    )
    axes.set_title(f"dotted: {PARTS['train']}, solid: {PARTS['validation']}")


def _steps(axes, data):
    runs = _first(data)
    taus = sorted({tau for tau, _ in runs})
    for tau, colour in zip(taus, style.scale_map(taus), strict=True):
        of_tau = sorted((alpha, run.run_id) for (other, alpha), run in runs.items() if other == tau)
        alpha = [value for value, _ in of_tau]
        mean, low, high = (
            [data.number(f"validation_steps_{name}", run_id, "simulation") for _, run_id in of_tau]
            for name in ("mean", "min", "max")
        )
        axes.fill_between(alpha, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(alpha, mean, color=colour, marker="o", markersize=2.5, linewidth=1.4, label=rf"$\tau = {tau:g}$")
    axes.set(xscale="log", yscale="log", xlabel=r"relative scale $\alpha$")
    axes.set_ylabel(_aim(data, "validation"))
    axes.set_xticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    axes.xaxis.set_minor_formatter(NullFormatter())
    low, high = axes.get_ylim()
    ticks = [tick for tick in (300, 500, 1000, 2000) if low <= tick <= high]
    axes.set_yticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.legend(reverse=True, loc="upper right", handlelength=1.4, labelspacing=0.25)


def _map(axes, data, part):
    runs, scales = _first(data), sorted(_values(data, "alphas", "theory"))
    taus = sorted({tau for tau, _ in runs})
    values = np.array(
        [[data.number(f"{part}_steps_mean", runs[tau, alpha].run_id, "simulation") for tau in taus] for alpha in scales]
    )
    norm = LogNorm(values.min(), values.max())
    shown = axes.imshow(values, origin="lower", aspect="auto", cmap="viridis", norm=norm)
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if norm(value) < 0.6 else "black"
        axes.text(column, row, f"{value:,.0f}", ha="center", va="center", fontsize=6.5, color=colour)
    axes.set_xticks(range(len(taus)), [f"{tau:g}" for tau in taus])
    axes.set_yticks(range(len(scales)), [f"{alpha:g}" for alpha in scales])
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set(xlabel=r"output scale $\tau$", ylabel=r"relative scale $\alpha$")
    axes.set_title(_aim(data, part))
    bar = axes.figure.colorbar(shown, ax=axes, aspect=18, pad=0.02)
    bar.ax.yaxis.set_minor_locator(NullLocator())
    ticks = [
        tick for tick in (10, 15, 20, 30, 50, 100, 200, 500, 1000, 2000, 5000) if values.min() <= tick <= values.max()
    ]
    bar.set_ticks(ticks, labels=[f"{tick:,}" for tick in ticks])
