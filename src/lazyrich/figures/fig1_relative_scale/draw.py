"""Draws fig1: networks at three relative scales, what they do over time, and random initialisation."""

import numpy as np
from matplotlib import pyplot as plt

from ...pipeline.drawing import style
from ...pipeline.drawing.schematic import heat_map, network

# darkness of the lines of W1 and W2, and what it stands for
STRENGTHS = {
    -1: ((1.0, 0.1), r"$\|W_1\| > \|W_2\|$"),
    0: ((0.3, 0.3), r"$\|W_1\| = \|W_2\|$, small"),
    1: ((0.1, 1.0), r"$\|W_1\| < \|W_2\|$"),
}
LIMIT = 1.5  # of the heat maps' colours


def draw(data, shown_beyond):
    starts = data["task/starts"]
    figure = plt.figure(figsize=(style.WIDTH, 6.1))
    top, bottom = figure.subfigures(2, 1, height_ratios=[2.15, 1])
    schematics, outputs = top.subplots(2, len(starts), height_ratios=[1, 1.35], sharey="row", squeeze=False)
    last = data["simulation/outputs"]["t"].max()
    shown_until = min(shown_beyond * data["simulation/agreement"]["learned_after"].max(), last)
    for axes, start in zip(schematics, starts.itertuples(), strict=True):
        _schematic(axes, start)
    for axes, lam in zip(outputs, starts["lam"], strict=True):
        style.overlay(axes, data, "outputs", "outputs", lam)
        axes.set_xlim(0, shown_until)
        axes.set_xlabel(r"time $t$ = step · $\eta$  (units of $\tau$)")
    outputs[0].set_ylabel(r"network outputs $\hat y$")
    style.overlay_legend(top, starts["learning_rate"].iloc[0])
    maps = _heat_maps(bottom, data["task/random"].merge(data["theory/random"]))
    for axes, letter in zip((schematics[0], outputs[0], maps[0]), "ABC", strict=True):
        style.panel_letter(axes, letter)
    return figure


def _schematic(axes, start):
    sign = (start.lam > 0) - (start.lam < 0)
    strengths, text = STRENGTHS[sign]
    network(axes, (start.n_in, start.n_hidden, start.n_out), strengths, style.colour(start.lam))
    axes.text(1, axes.get_ylim()[1], text, ha="center", va="bottom", fontsize=7)
    style.column_title(axes, start.lam)


def _heat_maps(figure, networks):
    """The narrowest network's W2ᵀW2 − W1W1ᵀ first, then wider ones, then what they are said to approach."""
    grid = figure.subplots(1, len(networks) + 1)
    for axes, drawn in zip(grid, networks.itertuples(), strict=False):
        heat_map(axes, drawn.balance, LIMIT, _widths(drawn))
        axes.set_xlabel(
            f"s.d. off the diagonal {drawn.off_diagonal_std:.2f}\nrelative distance {drawn.relative_distance:.2f}",
            fontsize=7,
        )
    limit = drawn.expected_lam * np.eye(drawn.n_shown)
    image = heat_map(grid[-1], limit, LIMIT, r"$\lambda^*I$")
    grid[-1].set_xlabel(rf"$\lambda^* = {drawn.expected_lam:.1f}$" + "\n", fontsize=7)
    grid[0].set_title(f"widths {_widths(networks.iloc[0])}")
    grid[0].set_ylabel(r"$W_2^TW_2 - W_1W_1^T$")
    figure.colorbar(image, ax=grid, shrink=0.75, aspect=14, pad=0.01, extend="both", label="entry")
    return grid


def _widths(network):
    return f"{network.n_in} : {network.n_hidden} : {network.n_out}"
