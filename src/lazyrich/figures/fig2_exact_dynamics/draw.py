"""Draws fig2: loss, representations and kernel over time, exact solution over gradient descent."""

from string import ascii_uppercase

import numpy as np
from matplotlib import pyplot as plt

from ...pipeline.drawing import style

ROWS = {
    "loss": r"loss $\mathcal{L}$",
    "network_function": r"entries of $W_2W_1$",
    "input_representation": r"entries of $W_1^TW_1$",
    "output_representation": r"entries of $W_2W_2^T$",
    "ntk": "entries of the NTK",
}


def draw(data):
    runs = data.runs
    figure, grid = plt.subplots(len(ROWS), len(runs), figsize=(style.WIDTH, 8.6), sharex=True, squeeze=False)
    letters = iter(ascii_uppercase)
    for panels, (quantity, label) in zip(grid, ROWS.items(), strict=True):
        for axes, run in zip(panels, runs, strict=True):
            style.overlay(axes, data, run, quantity, _entries(quantity, run))
            style.panel_letter(axes, next(letters))
        panels[0].set_ylabel(label)
    for axes, run in zip(grid[0], runs, strict=True):
        style.column_title(axes, run.lam)
    for axes in grid[-1]:
        axes.set_xlabel(r"time $t$ = step · $\eta$  (units of $\tau$)")
    figure.align_ylabels(grid[:, 0])
    style.overlay_legend(figure, runs[0].learning_rate)
    return figure


def _entries(quantity, run):
    """A symmetric matrix is drawn by its upper triangle, everything else whole."""
    width = {"input_representation": run.n_in, "output_representation": run.n_out}.get(quantity)
    return slice(None) if width is None else np.ravel_multi_index(np.triu_indices(width), (width, width))
