"""Draws grq6a: distances from the start and accuracy over training at several α, and what they are at the end."""

from matplotlib import pyplot as plt
from matplotlib.ticker import NullFormatter, NullLocator

from ...pipeline.drawing import alphas, style

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


def draw(data):
    figure, grid = plt.subplots(2, 3, figsize=(style.WIDTH, 4.7))
    runs = [run for run in data.panel("digits") if run.draw == 0]
    shade = alphas.colours([run.lam for run in runs])
    for axes, (quantity, label), letter in zip(grid.flat, LABELS.items(), "ABCD", strict=False):
        for run in runs:
            _over_steps(axes, data, run, quantity, shade[run.lam])
        axes.set_xscale("log")
        axes.set_xlim(1, run.n_steps)
        axes.set_ylim(0, 1 if quantity == "test_accuracy" else None)
        axes.set_xlabel("steps")
        axes.set_ylabel(label)
        style.panel_letter(axes, letter)
    _ends(grid[1, 1], data, runs)
    style.panel_letter(grid[1, 1], "E")
    _paths(grid[1, 2], data, runs, shade)
    style.panel_letter(grid[1, 2], "F")
    figure.legend(handles=alphas.handles(list(shade)), loc="outside lower center", ncols=len(shade))
    return figure


def _band(data, run, quantity):
    step, _, mean = data.numbers(f"{quantity}_mean", run.run_id, "simulation")
    low, high = (data.numbers(f"{quantity}_{side}", run.run_id, "simulation")[2][:, 0] for side in ("low", "high"))
    return step, mean[:, 0], low, high


def _over_steps(axes, data, run, quantity, colour):
    step, mean, low, high = _band(data, run, quantity)
    axes.fill_between(step, low, high, color=colour, alpha=0.2, linewidth=0)
    axes.plot(step, mean, color=colour, linewidth=1.6)


def _ends(axes, data, runs):
    scales = [run.lam for run in runs]
    middle = scales.index(1)
    for quantity, (marker, line, word, offset) in ENDS.items():
        mean, std = (
            [data.number(f"relative_{quantity}_{name}", run.run_id, "simulation") for run in runs]
            for name in ("mean", "std")
        )
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


def _paths(axes, data, runs, shade):
    for run in runs:
        moved, kernel = (_band(data, run, name)[1] for name in ("parameter_distance", "kernel_distance"))
        axes.plot(moved, kernel, color=shade[run.lam], linewidth=1.6)
        axes.plot(moved[-1], kernel[-1], "o", color=shade[run.lam], markersize=4)
    axes.set_xlim(0, None)
    axes.set_ylim(0, None)
    axes.set_xlabel(LABELS["parameter_distance"])
    axes.set_ylabel(LABELS["kernel_distance"])
