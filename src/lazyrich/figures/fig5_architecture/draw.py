"""Draws fig5: three architectures, their final kernel distance against λ, and its course over time."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import schematic, style
from ...pipeline.frames import only

SYMLOG = {"linthresh": 0.1, "linscale": 0.7}
BAND = {"color": "black", "alpha": 0.12, "linewidth": 0}
# what each side of panel B is, beside the curve: (λ, height in the axes, text)
REGIMES = {
    "funnel": [(-5, 0.99, "delayed rich"), (25, 0.16, "lazy")],
    "square": [(-25, 0.16, "lazy"), (0, 0.62, "rich"), (25, 0.16, "lazy")],
    "inverted funnel": [(-25, 0.16, "lazy"), (5, 0.99, "delayed rich")],
}


def draw(data):
    shapes = list(data["task/starts"]["shape"].unique())
    figure, grid = plt.subplots(
        3, len(shapes), figsize=(style.WIDTH, 6.2), height_ratios=[0.95, 1, 1], sharey="row", squeeze=False
    )
    for column, shape in zip(grid.T, shapes, strict=True):
        widths = tuple(only(data["task/starts"], shape=shape)[["n_in", "n_hidden", "n_out"]].iloc[0])
        _network(column[0], widths)
        _final(column[1], data, shape, REGIMES[_name(widths)])
        _dynamics(column[2], data, shape)
    for axes, letter in zip(grid[:, 0], "ABC", strict=True):
        style.panel_letter(axes, letter)
    grid[1, 0].set_ylabel("kernel distance,\nstart to convergence")
    grid[2, 0].set_ylabel("kernel distance\nfrom the start")
    grid[1, 0].set_ylim(-0.02, 0.66)
    grid[2, 0].set_ylim(-0.02, 0.66)
    _legend(figure, data)
    return figure


def _name(widths):
    n_in, _, n_out = widths
    return "funnel" if n_in > n_out else "inverted funnel" if n_in < n_out else "square"


def _network(axes, widths):
    schematic.network(axes, widths, strengths=(0.15, 0.15))
    axes.set_title(f"{_name(widths)}\n" + "–".join(str(n) for n in widths))


def _note(axes, compared):
    style.note(axes, f"largest deviation {style.scientific(compared['deviation_absolute'].max())}")


def _final(axes, data, shape, regimes):
    exact = _over_draws(only(data["theory/end"], shape=shape))
    axes.fill_between(exact.index, exact["mean"] - exact["std"], exact["mean"] + exact["std"], **BAND)
    for lam, mean, std in _over_draws(only(data["simulation/end"], shape=shape)).itertuples():
        axes.errorbar(lam, mean, std, fmt="o", color=style.colour(lam), markersize=5, elinewidth=1.6)
    axes.plot(exact.index, exact["mean"], **style.THEORY, zorder=3)
    for x, y, text in regimes:
        axes.text(x, y, text, transform=axes.get_xaxis_transform(), ha="center", va="top", color=style.GREY, fontsize=7)
    axes.set_xscale("symlog", **SYMLOG)
    axes.set_xticks([-100, -10, -1, 0, 1, 10, 100], ["$-100$", "", "$-1$", "$0$", "$1$", "", "$100$"])
    axes.minorticks_off()
    axes.set_xlabel(r"relative scale $\lambda$")
    _note(axes, only(data["simulation/end_agreement"], shape=shape))


def _over_draws(frame):
    """Mean and standard deviation of the kernel distance over draws, by λ."""
    return frame.groupby("lam")["kernel_distance"].agg(["mean", "std"]).fillna(0.0)  # of one draw there is no spread


def _colours(lams):
    """Shades of each sign's colour, the largest |λ| the darkest."""
    result = {}
    for sign in (-1, 0, 1):
        side = sorted({lam for lam in lams if np.sign(lam) == sign}, key=abs, reverse=True)
        result |= dict(zip(side, style.shades(sign, 2 * len(side))[::2], strict=True))
    return result


def _dynamics(axes, data, shape):
    for stage in ("simulation", "theory"):
        curves = only(data[f"{stage}/dynamics"], shape=shape)
        colours = _colours(curves["lam"])
        for lam, curve in curves.groupby("lam", sort=False):
            line = {"color": colours[lam]} if stage == "simulation" else style.THEORY
            axes.semilogx(curve["t"], curve["kernel_distance"], **line)
    axes.margins(x=0)
    axes.set_xlim(left=1e-2)
    axes.set_xlabel(r"time $t$  (units of $\tau$)")
    _note(axes, only(data["simulation/dynamics_agreement"], shape=shape))


def _legend(figure, data):
    colours = _colours(data["task/dynamics"]["lam"])
    handles = [Line2D([], [], color=colour, label=style.lam_label(lam)) for lam, colour in sorted(colours.items())]
    handles += [
        Line2D([], [], color=style.GREY, marker="o", markersize=5, label="gradient descent"),
        Line2D([], [], label="exact solution", **style.THEORY),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), handlelength=1.8, columnspacing=1.2)
