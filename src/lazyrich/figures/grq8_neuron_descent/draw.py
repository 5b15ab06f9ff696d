"""Draws grq8: ν, a and both entries of w over time, a row for each start."""

from string import ascii_uppercase

from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import deltas, style
from ...pipeline.frames import only

# column of the curves, what was compared of it, and its name
COLUMNS = [
    ("nu", "nu", r"$\nu=w\cdot\beta_*/a$"),
    ("a", "a", r"readout $a$"),
    ("w_1", "w", r"input weight $w_1$"),
    ("w_2", "w", r"input weight $w_2$"),
]
POLE = 3.0  # |ν| drawn: it is infinite where a crosses zero


def draw(data):
    starts = data["task/starts"]
    directions = starts["direction"].unique()
    shade = deltas.colours(starts["delta"].unique())
    figure, grid = plt.subplots(len(directions), 4, figsize=(style.WIDTH, 5.6), sharex=True, squeeze=False)
    letters = iter(ascii_uppercase)
    for line, direction in zip(grid, directions, strict=True):
        names = ("simulation/curves", "theory/curves", "simulation/agreement")
        tables = [only(data[name], direction=direction) for name in names]
        for axes, column in zip(line, COLUMNS, strict=True):
            _panel(axes, *tables, shade, *column)
            style.panel_letter(axes, next(letters))
        start = only(starts, direction=direction).iloc[0]
        text = rf"$\beta(0)=({start['beta_1']:.2g},\,{start['beta_2']:.2g})$"
        line[0].annotate(
            text, (0, 0.5), xycoords="axes fraction", xytext=(-42, 0), textcoords="offset points",
            ha="right", va="center", rotation=90, fontsize=9,
        )  # fmt: skip
    for axes in grid[-1]:
        axes.set_xlabel(r"time $t$")
    handles = [
        *deltas.handles(shade),
        Line2D([], [], label="exact solution", **style.THEORY),
        Line2D([], [], linestyle="", label="above panels: deviation of descent, of flow"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=5, handlelength=1.8, columnspacing=1.2)
    return figure


def _panel(axes, descent, exact, agreement, shade, column, compared, name):
    for curves, look in ((descent, {"linewidth": 1.8}), (exact, style.THEORY)):
        for delta, curve in curves.groupby("delta", sort=False):
            colour = {"color": shade[delta]} if curves is descent else {}
            axes.plot(curve["t"], _drawn(curve[column]), **colour, **look)
    worst = agreement.max()
    descent, flow = (style.scientific(worst[f"{prefix}_{compared}"]) for prefix in ("deviation", "deviation_flow"))
    style.note(axes, f"{descent}, {flow}")
    axes.set_xlim(0, exact["t"].max())
    if column == "nu" and _drawn(exact["nu"]).abs().max() > POLE:
        axes.set_ylim(-POLE, POLE)
    axes.set_ylabel(name)


def _drawn(values):
    """The values of a curve, of ν without those about its pole: no line goes across it."""
    return values.where(values.abs() < 2 * POLE) if values.name == "nu" else values
