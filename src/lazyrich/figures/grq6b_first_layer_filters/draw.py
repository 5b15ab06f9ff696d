"""Draws grq6b: first-layer filters at three α, how smooth they are at all α, and what the networks get right."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.ticker import NullFormatter, NullLocator

from ...pipeline.common import stacked
from ...pipeline.drawing import alphas, style
from ...pipeline.frames import one, only

ROWS = {"gratings": ("gratings, convolution", "ABC"), "digits": ("digits, dense layer", "DEF")}
SIDES = ("downstream", "", "upstream")
COLUMNS, GAP = 3, 1  # filters beside each other, pixels between two


def draw(data, n_grid):
    figure = plt.figure(figsize=(style.WIDTH, 4.3))
    parts = figure.subfigures(2, 1)
    for part, (images, (title, letters)) in zip(parts, ROWS.items(), strict=True):
        ends = only(data["simulation/ends"], images=images)
        shade = alphas.colours(sorted(ends["alpha"].unique()))
        scales = list(shade)
        grid = part.subplots(1, 5, width_ratios=[1, 1, 1, 1.8, 1.2])
        for axes, alpha, side in zip(grid, (scales[0], scales[len(scales) // 2], scales[-1]), SIDES, strict=False):
            _filters(axes, only(data["simulation/filters"], images=images, alpha=alpha))
            axes.set_title(f"{side}\n" + rf"$\alpha = {alpha:g}$", color=shade[alpha])
        grid[0].set_ylabel(title)
        style.panel_letter(grid[0], letters[0])
        _energies(grid[3], data, images, shade, n_grid)
        style.panel_letter(grid[3], letters[1])
        _accuracies(grid[4], ends)
        style.panel_letter(grid[4], letters[-1])
    return figure


def _filters(axes, filters):
    (found,) = stacked(filters, "weights")
    n, n_rows = found.shape[-1], -(-len(found) // COLUMNS)
    tiles = np.full((n_rows * (n + GAP) - GAP, COLUMNS * (n + GAP) - GAP), np.nan)
    for k, pixels in enumerate(found):
        row, column = (place * (n + GAP) for place in divmod(k, COLUMNS))
        tiles[row : row + n, column : column + n] = pixels / np.abs(pixels).max()
    axes.imshow(tiles, cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _energies(axes, data, images, shade, n_grid):
    noise = one(data["theory/white_noise"], "energy", images=images, stencil="printed")
    axes.axhline(noise, color="black", linestyle="--", linewidth=0.8)
    place = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
    axes.annotate("white noise", (1, noise), (0, 2), ha="right", fontsize=6, **place)
    energies = only(data["simulation/energies"], images=images, stencil="printed")
    grid = np.linspace(0, 1.1 * energies["energy"].max(), n_grid)
    for k, (alpha, colour) in enumerate(shade.items()):
        of_alpha = only(energies, alpha=alpha)
        over_filters = density(of_alpha["energy"].to_numpy(), grid)
        width = 0.42 * over_filters / over_filters.max()
        axes.fill_betweenx(grid, k - width, k + width, where=width > 0.004, color=colour, alpha=0.45, linewidth=0)
        medians = of_alpha.groupby("draw")["energy"].median()
        axes.plot([k] * len(medians), medians, "o", color="black", markersize=2.5)
    axes.set_xticks(range(len(shade)), [f"{alpha:g}" for alpha in shade])
    axes.set_ylim(0, None)
    axes.set_xlabel(r"relative scale $\alpha$")
    axes.set_ylabel("stencil energy")


def density(values, grid):
    """Density of values as a sum of Gaussians, of the width n^(−1/5) standard deviations (Scott's rule)."""
    width = values.std(ddof=1) * values.size ** (-1 / 5)
    z = (grid[:, None] - values) / width
    return np.exp(-(z**2) / 2).mean(1) / (width * np.sqrt(2 * np.pi))


def _accuracies(axes, ends):
    for part, marker, line in (("train", "s", ":"), ("test", "o", "-")):
        values = ends.pivot(index="draw", columns="alpha", values=f"{part}_accuracy")
        values = values[values.columns[::-1]]
        mean, std = values.to_numpy().mean(0), values.to_numpy().std(0)
        style_of = {"color": style.GREY, "marker": marker, "linestyle": line, "linewidth": 1.3, "markersize": 3.5}
        axes.errorbar(values.columns, mean, std, capsize=2, elinewidth=0.8, label=part, **style_of)
    axes.set_xscale("log")
    axes.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(0.85, 1.01)
    axes.set_yticks([0.85, 0.9, 0.95, 1])
    axes.set_xlabel(r"relative scale $\alpha$")
    axes.set_ylabel("accuracy")
    axes.legend(loc="lower right")
