"""Draws grq8: ν, a and both entries of w over time, a row for each start."""

from string import ascii_uppercase

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import deltas, style

COLUMNS = [
    ("nu", 0, r"$\nu=w\cdot\beta_*/a$"),
    ("a", 0, r"readout $a$"),
    ("w", 0, r"input weight $w_1$"),
    ("w", 1, r"input weight $w_2$"),
]
POLE = 3.0  # |ν| drawn: it is infinite where a crosses zero


def draw(data):
    rows = sorted({run.panel for run in data.runs})
    scales = [run.lam for run in data.panel(rows[0])]
    figure, grid = plt.subplots(len(rows), 4, figsize=(style.WIDTH, 5.6), sharex=True, squeeze=False)
    letters = iter(ascii_uppercase)
    for line, row in zip(grid, rows, strict=True):
        for axes, column in zip(line, COLUMNS, strict=True):
            _panel(axes, data, data.panel(row), deltas.colours(scales), *column)
            style.panel_letter(axes, next(letters))
        start = data.numbers("beta", data.panel(row)[0].run_id, "task")[2][0]
        text = rf"$\beta(0)=({start[0]:.2g},\,{start[1]:.2g})$"
        line[0].annotate(
            text, (0, 0.5), xycoords="axes fraction", xytext=(-42, 0), textcoords="offset points",
            ha="right", va="center", rotation=90, fontsize=9,
        )  # fmt: skip
    for axes in grid[-1]:
        axes.set_xlabel(r"time $t$")
    handles = [
        *deltas.handles(scales),
        Line2D([], [], label="exact solution", **style.THEORY),
        Line2D([], [], linestyle="", label="above panels: deviation of descent, of flow"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=5, handlelength=1.8, columnspacing=1.2)
    return figure


def _panel(axes, data, runs, shade, quantity, entry, name):
    def line(run, source, **look):
        _, t, values = data.numbers(quantity, run.run_id, source)
        y = values[:, entry]
        if quantity == "nu":
            y = np.where(np.abs(y) < 2 * POLE, y, np.nan)  # no line across the pole
        axes.plot(t, y, **look)
        return t[-1], np.nanmax(np.abs(y))

    for run in runs:
        line(run, "simulation", color=shade[run.lam], linewidth=1.8)
    ends = [line(run, "theory", **style.THEORY) for run in runs]
    worst = [max(data.number(f"deviation_{quantity}", run.run_id, s) for run in runs) for s in ("simulation", "flow")]
    descent, flow = (style.scientific(value) for value in worst)
    style.note(axes, f"{descent}, {flow}")
    axes.set_xlim(0, ends[0][0])
    if quantity == "nu" and max(top for _, top in ends) > POLE:
        axes.set_ylim(-POLE, POLE)
    axes.set_ylabel(name)
