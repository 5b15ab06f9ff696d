"""Draws grq6b: first-layer filters at three α, how smooth they are at all α, and what the networks get right."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.ticker import NullFormatter, NullLocator

from ...pipeline.drawing import alphas, style

ROWS = {"gratings": ("gratings, convolution", "ABC"), "digits": ("digits, dense layer", "DEF")}
SIDES = ("downstream", "", "upstream")
COLUMNS, GAP = 3, 1  # filters beside each other, pixels between two


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 4.3))
    parts = figure.subfigures(2, 1)
    for part, (panel, (title, letters)) in zip(parts, ROWS.items(), strict=True):
        runs = [run for run in data.panel(panel) if run.draw == 0]
        shown = [runs[-1], runs[len(runs) // 2], runs[0]]
        shade = alphas.colours([run.lam for run in runs])
        grid = part.subplots(1, 5, width_ratios=[1, 1, 1, 1.8, 1.2])
        for axes, run, side in zip(grid, shown, SIDES, strict=False):
            _filters(axes, data, run)
            axes.set_title(f"{side}\n" + rf"$\alpha = {run.lam:g}$", color=shade[run.lam])
        grid[0].set_ylabel(title)
        style.panel_letter(grid[0], letters[0])
        _energies(grid[3], data, panel, runs, shade)
        style.panel_letter(grid[3], letters[1])
        _accuracies(grid[4], data, runs)
        style.panel_letter(grid[4], letters[-1])
    return figure


def _filters(axes, data, run):
    found = data.matrices("filters", run.run_id, "simulation")[2]
    n, n_rows = found.shape[-1], -(-len(found) // COLUMNS)
    tiles = np.full((n_rows * (n + GAP) - GAP, COLUMNS * (n + GAP) - GAP), np.nan)
    for k, one in enumerate(found):
        row, column = (place * (n + GAP) for place in divmod(k, COLUMNS))
        tiles[row : row + n, column : column + n] = one / np.abs(one).max()
    axes.imshow(tiles, cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _energies(axes, data, panel, runs, shade):
    noise = data.number("white_noise_energy", runs[0].run_id, "theory")
    axes.axhline(noise, color="black", linestyle="--", linewidth=0.8)
    place = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
    axes.annotate("white noise", (1, noise), (0, 2), ha="right", fontsize=6, **place)
    for k, run in enumerate(reversed(runs)):
        grid, density = (data.numbers(f"energy_{name}", run.run_id, "simulation")[2][0] for name in ("grid", "density"))
        width = 0.42 * density / density.max()
        axes.fill_betweenx(
            grid, k - width, k + width, where=width > 0.004, color=shade[run.lam], alpha=0.45, linewidth=0
        )
        medians = [
            data.number("energy_median", other.run_id, "simulation")
            for other in data.panel(panel)
            if other.lam == run.lam
        ]
        axes.plot([k] * len(medians), medians, "o", color="black", markersize=2.5)
    axes.set_xticks(range(len(runs)), [f"{run.lam:g}" for run in reversed(runs)])
    axes.set_ylim(0, None)
    axes.set_xlabel(r"relative scale $\alpha$")
    axes.set_ylabel("stencil energy")


def _accuracies(axes, data, runs):
    scales = [run.lam for run in runs]
    for part, marker, line in (("train", "s", ":"), ("test", "o", "-")):
        mean, std = (
            [data.number(f"{part}_accuracy_{name}", run.run_id, "simulation") for run in runs]
            for name in ("mean", "std")
        )
        style_of = {"color": style.GREY, "marker": marker, "linestyle": line, "linewidth": 1.3, "markersize": 3.5}
        axes.errorbar(scales, mean, std, capsize=2, elinewidth=0.8, label=part, **style_of)
    axes.set_xscale("log")
    axes.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(0.85, 1.01)
    axes.set_yticks([0.85, 0.9, 0.95, 1])
    axes.set_xlabel(r"relative scale $\alpha$")
    axes.set_ylabel("accuracy")
    axes.legend(loc="lower right")
