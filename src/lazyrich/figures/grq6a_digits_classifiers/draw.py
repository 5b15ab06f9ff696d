"""Draws grq6a: distances from the start and accuracy over training at several α, and what they are at the end."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.ticker import NullFormatter, NullLocator

from ...pipeline.drawing import alphas, style
from ...pipeline.frames import only

LABELS = {
    "parameter_distance": r"parameters $|\theta_t - \theta_0|$",
    "hamming_distance": "activations switched",
    "kernel_distance": r"kernel distance $S(0,t)$",
    "test_accuracy": "test accuracy",
}
# quantity -> marker and line of panel E, its word, and how far from the point of α = 1 that stands (points)
ENDS = {
    "parameter_distance": ("s", ":", "parameters", (-4, 6)),
    "hamming_distance": ("o", "-", "activations", (-12, 6)),
    "kernel_distance": ("^", "--", "kernel", (8, -5)),
}
TINY = np.finfo(float).tiny  # for what has not moved at all


def draw(data):
    figure, grid = plt.subplots(2, 3, figsize=(style.WIDTH, 4.7))
    curves, ends = data["simulation/curves"], data["simulation/ends"]
    shade = alphas.colours(ends["alpha"].unique())
    for axes, (quantity, label), letter in zip(grid.flat, LABELS.items(), "ABCD", strict=False):
        for alpha, colour in shade.items():
            _over_steps(axes, curves, quantity, alpha, colour)
        axes.set_xscale("log")
        axes.set_xlim(1, curves["step"].max())
        axes.set_ylim(0, 1 if quantity == "test_accuracy" else None)
        axes.set_xlabel("steps")
        axes.set_ylabel(label)
        style.panel_letter(axes, letter)
    _ends(grid[1, 1], ends, list(shade))
    style.panel_letter(grid[1, 1], "E")
    _paths(grid[1, 2], curves, shade)
    style.panel_letter(grid[1, 2], "F")
    figure.legend(handles=alphas.handles(list(shade)), loc="outside lower center", ncols=len(shade))
    return figure


def _over_draws(curves, quantity, alpha):
    """(steps, mean, standard deviation) over draws."""
    values = only(curves, alpha=alpha).pivot(index="draw", columns="step", values=quantity)
    return values.columns, values.to_numpy().mean(0), values.to_numpy().std(0)


def _over_steps(axes, curves, quantity, alpha, colour):
    step, mean, std = _over_draws(curves, quantity, alpha)
    axes.fill_between(step, mean - std, mean + std, color=colour, alpha=0.2, linewidth=0)
    axes.plot(step, mean, color=colour, linewidth=1.6)


def _ends(axes, ends, scales):
    middle = scales.index(1)
    for quantity, (marker, line, word, offset) in ENDS.items():
        values = ends.pivot(index="draw", columns="alpha", values=quantity)[scales].to_numpy()
        relative = values / max(values.mean(0).max(), TINY)
        mean, std = relative.mean(0), relative.std(0)
        style_of = {"color": style.GREY, "marker": marker, "linestyle": line, "linewidth": 1.3, "markersize": 4}
        axes.errorbar(scales, mean, std, capsize=2, elinewidth=0.8, **style_of)
        place = {"textcoords": "offset points", "fontsize": 7, "ha": "left" if offset[0] > 0 else "right"}
        axes.annotate(word, (scales[middle], mean[middle]), offset, **place)
    axes.set_xscale("log")
    axes.set_xticks(scales, [f"{scale:g}" for scale in scales])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(0, 1.25)
    axes.set_xlabel(r"relative scale $\alpha$")
    axes.set_ylabel("at the end, over the largest")


def _paths(axes, curves, shade):
    for alpha, colour in shade.items():
        moved, kernel = (_over_draws(curves, name, alpha)[1] for name in ("parameter_distance", "kernel_distance"))
        axes.plot(moved, kernel, color=colour, linewidth=1.6)
        axes.plot(moved[-1], kernel[-1], "o", color=colour, markersize=4)
    axes.set_xlim(0, None)
    axes.set_ylim(0, None)
    axes.set_xlabel(LABELS["parameter_distance"])
    axes.set_ylabel(LABELS["kernel_distance"])
