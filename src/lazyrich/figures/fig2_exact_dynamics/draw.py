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
    starts = data["task/starts"]
    figure, grid = plt.subplots(len(ROWS), len(starts), figsize=(style.WIDTH, 8.6), sharex=True, squeeze=False)
    letters = iter(ascii_uppercase)
    for panels, (observable, label) in zip(grid, ROWS.items(), strict=True):
        for axes, start in zip(panels, starts.itertuples(), strict=True):
            style.overlay(axes, data, "dynamics", observable, start.lam, _entries(observable, start))
            style.panel_letter(axes, next(letters))
        panels[0].set_ylabel(label)
    for axes, lam in zip(grid[0], starts["lam"], strict=True):
        style.column_title(axes, lam)
    for axes in grid[-1]:
        axes.set_xlabel(r"time $t$ = step · $\eta$  (units of $\tau$)")
    figure.align_ylabels(grid[:, 0])
    style.overlay_legend(figure, starts["learning_rate"].iloc[0])
    return figure


def _entries(observable, start):
    """A symmetric matrix is drawn by its upper triangle, everything else whole."""
    width = {"input_representation": start.n_in, "output_representation": start.n_out}.get(observable)
    return slice(None) if width is None else np.ravel_multi_index(np.triu_indices(width), (width, width))
