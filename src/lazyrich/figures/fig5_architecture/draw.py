"""Draws fig5: three architectures, their final kernel distance against λ, and its course over time."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import schematic, style

SYMLOG = {"linthresh": 0.1, "linscale": 0.7}
BAND = {"color": "black", "alpha": 0.12, "linewidth": 0}
# what each side of panel B is, beside the curve: (λ, height in the axes, text)
REGIMES = {
    "funnel": [(-5, 0.99, "delayed rich"), (25, 0.16, "lazy")],
    "square": [(-25, 0.16, "lazy"), (0, 0.62, "rich"), (25, 0.16, "lazy")],
    "inverted funnel": [(-25, 0.16, "lazy"), (5, 0.99, "delayed rich")],
}


def draw(data):
    shapes = list(dict.fromkeys((run.n_in, run.n_hidden, run.n_out) for run in data.runs))
    figure, grid = plt.subplots(
        3, len(shapes), figsize=(style.WIDTH, 6.2), height_ratios=[0.95, 1, 1], sharey="row", squeeze=False
    )
    for column, shape in zip(grid.T, shapes, strict=True):
        _network(column[0], shape)
        _final(column[1], data, shape)
        _dynamics(column[2], data, shape)
    for axes, letter in zip(grid[:, 0], "ABC", strict=True):
        style.panel_letter(axes, letter)
    grid[1, 0].set_ylabel("kernel distance,\nstart to convergence")
    grid[2, 0].set_ylabel("kernel distance\nfrom the start")
    grid[1, 0].set_ylim(-0.02, 0.66)
    grid[2, 0].set_ylim(-0.02, 0.66)
    _legend(figure, data)
    return figure


def _name(shape):
    n_in, _, n_out = shape
    return "funnel" if n_in > n_out else "inverted funnel" if n_in < n_out else "square"


def _network(axes, shape):
    schematic.network(axes, shape, strengths=(0.15, 0.15))
    axes.set_title(f"{_name(shape)}\n" + "–".join(str(n) for n in shape))


def _of_shape(data, panel, shape):
    return [run for run in data.panel(panel) if (run.n_in, run.n_hidden, run.n_out) == shape]


def _note(axes, data, run):
    worst = data.number("deviation_worst", run.run_id, "simulation")
    style.note(axes, f"largest deviation {style.scientific(worst)}")


def _final(axes, data, shape):
    runs = [run for run in _of_shape(data, "final", shape) if run.draw == 0]
    lams = [run.lam for run in runs]
    mean, std = (
        np.array([data.number(f"final_distance_{name}", run.run_id, "theory") for run in runs])
        for name in ("mean", "std")
    )
    axes.fill_between(lams, mean - std, mean + std, **BAND)
    for run in runs:
        if data.number("simulated", run.run_id, "theory"):
            axes.errorbar(
                run.lam,
                data.number("final_distance_mean", run.run_id, "simulation"),
                data.number("final_distance_std", run.run_id, "simulation"),
                fmt="o",
                color=style.colour(run.lam),
                markersize=5,
                elinewidth=1.6,
            )
    axes.plot(lams, mean, **style.THEORY, zorder=3)
    for x, y, text in REGIMES[_name(shape)]:
        axes.text(x, y, text, transform=axes.get_xaxis_transform(), ha="center", va="top", color=style.GREY, fontsize=7)
    axes.set_xscale("symlog", **SYMLOG)
    axes.set_xticks([-100, -10, -1, 0, 1, 10, 100], ["$-100$", "", "$-1$", "$0$", "$1$", "", "$100$"])
    axes.minorticks_off()
    axes.set_xlabel(r"relative scale $\lambda$")
    _note(axes, data, runs[0])


def _colours(runs):
    """Shades of each sign's colour, the largest |λ| the darkest."""
    result = {}
    for sign in (-1, 0, 1):
        side = sorted({run.lam for run in runs if np.sign(run.lam) == sign}, key=abs, reverse=True)
        result |= dict(zip(side, style.shades(sign, 2 * len(side))[::2], strict=True))
    return result


def _dynamics(axes, data, shape):
    runs = _of_shape(data, "dynamics", shape)
    colours = _colours(runs)
    for source in ("simulation", "theory"):
        for run in runs:
            _, t, distance = data.numbers("kernel_distance", run.run_id, source)
            line = {"color": colours[run.lam]} if source == "simulation" else style.THEORY
            axes.semilogx(t, distance[:, 0], **line)
    axes.margins(x=0)
    axes.set_xlim(left=1e-2)
    axes.set_xlabel(r"time $t$  (units of $\tau$)")
    _note(axes, data, runs[0])


def _legend(figure, data):
    runs = data.panel("dynamics")
    handles = [
        Line2D([], [], color=colour, label=style.lam_label(lam)) for lam, colour in sorted(_colours(runs).items())
    ]
    handles += [
        Line2D([], [], color=style.GREY, marker="o", markersize=5, label="gradient descent"),
        Line2D([], [], label="exact solution", **style.THEORY),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), handlelength=1.8, columnspacing=1.2)
