"""Draws figX8: curves at several ratios of the layers' learning rates, kernel distance against the ratio, agreement."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style

SHAPES = ("funnel", "square", "inverted")
TITLES = {"funnel": "funnel", "square": "square", "inverted": "inverted funnel"}
AGREEMENT = {
    ("simulation", "deviation_network_function"): ("descent, two rates", "o"),
    ("flow", "deviation_network_function"): ("DOP853, two rates", "s"),
    ("theory", "deviation_equal_rates"): ("two rates beside one", "^"),
}


def draw(data):
    figure, grid = plt.subplots(2, 3, figsize=(style.WIDTH, 5.0))
    _equal(grid[0, 0], data)
    _single(grid[0, 1], data)
    _agreement(grid[0, 2], data)
    for axes, shape in zip(grid[1], SHAPES, strict=True):
        _kernel(axes, data, shape)
    grid[1, 0].set_ylabel("kernel distance,\nstart to convergence")
    for axes in grid[1, 1:]:
        axes.sharey(grid[1, 0])
        axes.tick_params(labelleft=False)
    grid[1, 0].set_ylim(-0.02, 0.74)
    for axes, letter in zip(grid.flat, "ABCDEF", strict=True):
        style.panel_letter(axes, letter)
    _legend(figure, data)
    return figure


def _shades(data):
    """Dark to light with the ratio."""
    ratios = sorted({data.number("ratio", run.run_id, "task") for run in data.panel("single")})
    return dict(zip(ratios, style.scale_map(ratios), strict=True))


def _label(ratio):
    return rf"$\eta_1/\eta_2 = {ratio:g}$"


def _equal(axes, data):
    shades = _shades(data)
    runs = data.panel("equal")
    for width, run in zip(np.linspace(4.5, 0.9, len(runs)), runs, strict=True):
        _, t, function = data.numbers("network_function", run.run_id, "simulation")
        colour = shades[data.number("ratio", run.run_id, "task")]
        for k, entry in enumerate(function.T):
            if k % (run.n_in + 1) == 0:
                axes.plot(t, entry, color=colour, linewidth=width)
    _, t, function = data.numbers("network_function", runs[0].run_id, "theory")
    axes.plot(t, function[:, :: runs[0].n_in + 1], **style.THEORY)
    axes.set_xlim(0, 6)
    axes.set_xlabel(r"time $\sqrt{\eta_1\eta_2}\;t$")
    axes.set_ylabel(r"diagonal of $W_2W_1$")
    axes.set_title(rf"one $\hat\lambda = {runs[0].lam:g}$, five ratios", fontsize=8)


def _single(axes, data):
    shades = _shades(data)
    for run in data.panel("single"):
        _, t, loss = data.numbers("loss", run.run_id, "simulation")
        axes.semilogy(t, loss[:, 0], color=shades[data.number("ratio", run.run_id, "task")])
        _, t, loss = data.numbers("loss", run.run_id, "theory")
        axes.semilogy(t, loss[:, 0], **style.THEORY)
    axes.set_xlim(0, 12)
    axes.set_ylim(1e-6, 30)
    axes.set_xlabel(r"time $\sqrt{\eta_1\eta_2}\;t$")
    axes.set_ylabel(r"loss $\mathcal{L}$")
    axes.set_title("one start, five ratios", fontsize=8)


def _agreement(axes, data):
    runs = data.panel("equal")
    ratios = [data.number("ratio", run.run_id, "task") for run in runs]
    for (source, quantity), (label, marker) in AGREEMENT.items():
        values = [data.number(quantity, run.run_id, source) for run in runs]
        axes.plot(ratios, values, marker, color=style.GREY, markersize=4, label=label)
    for run in data.panel("neuron"):
        value = data.number("deviation_neuron", run.run_id, "theory")
        axes.plot(data.number("ratio", run.run_id, "task"), value, "k.", markersize=2.5)
    axes.plot([], [], "k.", markersize=2.5, label="one neuron, two theories")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(2e-17, 1)
    axes.set_yticks([1e-16, 1e-12, 1e-8, 1e-4, 1])
    axes.set_xlabel(r"ratio of the rates $\eta_1/\eta_2$")
    axes.set_ylabel("relative deviation")
    axes.legend(loc="center", bbox_to_anchor=(0.5, 0.55), fontsize=7, handletextpad=0.1)


def _kernel(axes, data, shape):
    runs = [run for run in data.panel(shape) if run.draw == 0]
    ratios = np.array([data.number("ratio", run.run_id, "task") for run in runs])
    low, mean, high = (
        np.array([data.number(f"final_distance_{name}", run.run_id, "theory") for run in runs])
        for name in ("min", "mean", "max")
    )
    axes.fill_between(ratios, low, high, color="black", alpha=0.12, linewidth=0)
    shades = _shades(data)
    for run, ratio in zip(runs, ratios, strict=True):
        if ratio in shades:
            low, middle, high = (
                data.number(f"final_distance_{name}", run.run_id, "simulation") for name in ("min", "mean", "max")
            )
            span = [[middle - low], [high - middle]]
            axes.errorbar(ratio, middle, span, fmt="o", color=shades[ratio], markersize=5, elinewidth=1.6)
    axes.plot(ratios, mean, **style.THEORY, zorder=3)
    axes.set_xscale("log")
    axes.set_xticks([1e-4, 1e-2, 1, 1e2, 1e4])
    axes.set_xlabel(r"ratio of the rates $\eta_1/\eta_2$")
    widths = (runs[0].n_in, runs[0].n_hidden, runs[0].n_out)
    axes.set_title(f"{TITLES[shape]}  " + "–".join(map(str, widths)), fontsize=8)


def _legend(figure, data):
    handles = [Line2D([], [], color=colour, label=_label(ratio)) for ratio, colour in _shades(data).items()]
    handles.append(Line2D([], [], label="exact solution, one rate", **style.THEORY))
    figure.legend(handles=handles, loc="outside lower center", ncols=3, handlelength=1.8, columnspacing=1.2)
