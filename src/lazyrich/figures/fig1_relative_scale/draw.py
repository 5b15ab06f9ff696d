"""Draws fig1: networks at three relative scales, what they do over time, and random initialisation."""

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


def draw(data):
    runs = data.panel("dynamics")
    figure = plt.figure(figsize=(style.WIDTH, 6.1))
    top, bottom = figure.subfigures(2, 1, height_ratios=[2.15, 1])
    schematics, outputs = top.subplots(2, len(runs), height_ratios=[1, 1.35], sharey="row", squeeze=False)
    for axes, run in zip(schematics, runs, strict=True):
        _schematic(axes, run)
    for axes, run in zip(outputs, runs, strict=True):
        style.overlay(axes, data, run, "outputs")
        axes.set_xlim(0, data.number("shown_until", runs[0].run_id, "simulation"))
        axes.set_xlabel(r"time $t$ = step · $\eta$  (units of $\tau$)")
    outputs[0].set_ylabel(r"network outputs $\hat y$")
    style.overlay_legend(top, runs[0].learning_rate)
    maps = _heat_maps(bottom, data)
    for axes, letter in zip((schematics[0], outputs[0], maps[0]), "ABC", strict=True):
        style.panel_letter(axes, letter)
    return figure


def _schematic(axes, run):
    sign = (run.lam > 0) - (run.lam < 0)
    strengths, text = STRENGTHS[sign]
    network(axes, (run.n_in, run.n_hidden, run.n_out), strengths, style.colour(run.lam))
    axes.text(1, axes.get_ylim()[1], text, ha="center", va="bottom", fontsize=7)
    style.column_title(axes, run.lam)


def _heat_maps(figure, data):
    """The narrowest network's W2ᵀW2 − W1W1ᵀ first, then wider ones, then what they are said to approach."""
    runs = data.panel("random")
    grid = figure.subplots(1, len(runs) + 1)
    for axes, run in zip(grid, runs, strict=False):
        heat_map(axes, data.matrix("balance", run.run_id), LIMIT, _shape(run))
        distance = data.number("relative_distance", run.run_id, "simulation")
        spread = data.number("off_diagonal_std", run.run_id, "simulation")
        axes.set_xlabel(f"s.d. off the diagonal {spread:.2f}\nrelative distance {distance:.2f}", fontsize=7)
    limit = data.matrix("balance", runs[-1].run_id, "theory")
    image = heat_map(grid[-1], limit, LIMIT, r"$\lambda^*I$")
    grid[-1].set_xlabel(rf"$\lambda^* = {runs[-1].lam:.1f}$" + "\n", fontsize=7)
    grid[0].set_title(f"widths {_shape(runs[0])}")
    grid[0].set_ylabel(r"$W_2^TW_2 - W_1W_1^T$")
    figure.colorbar(image, ax=grid, shrink=0.75, aspect=14, pad=0.01, extend="both", label="entry")
    return grid


def _shape(run):
    return f"{run.n_in} : {run.n_hidden} : {run.n_out}"
