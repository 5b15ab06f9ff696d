"""Draws figC1: likeness of both layers to identity and task against λ, and the approach to the lazy limits."""

from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from ...pipeline.frames import one, only

LAYERS = {"input": (r"$W_1^TW_1$", r"\tilde V"), "output": (r"$W_2W_2^T$", r"\tilde U")}
# hues that stand for no sign of λ
LOOKS = {"identity": ("#CC79A7", "o"), "task": (style.GREY, "s"), "task_squared": ("#E69F00", "^")}
SIDES = {"negative": -1, "positive": 1}


def draw(data, linear_below):
    figure, grid = plt.subplots(2, 3, figsize=(style.WIDTH, 4.7))
    for axes, letter in zip(grid.flat, "ABCDEF", strict=True):
        style.panel_letter(axes, letter)
    for column, (layer, (name, side)) in enumerate(LAYERS.items()):
        _against_scale(grid[0, column], data, layer, "distance", list(LOOKS), linear_below)
        _against_scale(grid[1, column], data, layer, "traceless_cosine", list(LOOKS)[1:], linear_below)
        grid[0, column].set_title(name, fontsize=9, pad=8)
        labels = (r"$I$", rf"${side}\tilde S{side}^T$", rf"${side}\tilde S^2{side}^T$")
        handles = [
            Line2D([], [], color=colour, marker=marker, markersize=4, linestyle="", label=label)
            for (colour, marker), label in zip(LOOKS.values(), labels, strict=True)
        ]
        compact = {"handletextpad": 0, "columnspacing": 0.7, "handlelength": 1.4, "borderpad": 0}
        grid[0, column].legend(handles=handles, loc="upper center", ncols=3, **compact)
        grid[1, column].legend(handles=handles[1:], loc="center", **compact)
        grid[0, column].set_ylim(-0.004, 0.18)
        grid[1, column].set_ylim(0.9958, 1.0003)
        grid[1, column].set_xlabel(r"relative scale $\lambda$")
    grid[0, 0].set_ylabel(r"distance $1-\cos$")
    grid[1, 0].set_ylabel("cosine of traceless parts")
    _kernel(grid[0, 2], data, linear_below)
    _limits(grid[1, 2], data, linear_below)
    figure.align_ylabels(grid[:, 0])
    handles = [
        Line2D(
            [], [], color=style.GREY, marker="o", markersize=4, linestyle="", label="gradient descent, end of training"
        ),
        Line2D([], [], label=r"exact solution, $t\to\infty$", **style.THEORY),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, handlelength=3)
    return figure


def _against_scale(axes, data, layer, quantity, structures, linear_below):
    curves, points = (only(data[name], layer=layer) for name in ("theory/layer_curves", "simulation/layers"))
    columns = [f"{quantity}_{structure}" for structure in structures]
    for column in columns:
        axes.plot(curves["lam"], curves[column], zorder=3, **style.THEORY)
    for _, point in points.iterrows():
        for structure, column in zip(structures, columns, strict=True):
            colour, marker = LOOKS[structure]
            axes.plot(point["lam"], point[column], marker, color=colour, markersize=4.5)
    axes.set_xscale("symlog", linthresh=linear_below, linscale=0.6)
    axes.set_xticks([-1000, -10, 0, 10, 1000], ["$-10^3$", "$-10$", "$0$", "$10$", "$10^3$"])
    axes.minorticks_off()


def _approach(axes, points, curve, column, side, linear_below, **look):
    """A column at the λ of one sign that are far enough from 0 for a logarithmic axis: points, and curve by theory."""
    points, curve = (rows[side * rows["lam"] >= linear_below] for rows in (points, curve))
    look |= {"color": style.colour(side), "markersize": 5, "markerfacecolor": "none", "linestyle": ""}
    axes.loglog(side * points["lam"], points[column], **look)
    axes.loglog(side * curve["lam"], curve[column], **style.THEORY)


def _kernel(axes, data, linear_below):
    for name, marker in (("negative", "o"), ("positive", "x")):
        slope = one(data["simulation/slopes"], "kernel_slope", side=name)
        label = rf"$\lambda {'<' if name == 'negative' else '>'} 0$: slope ${slope:.3f}$"
        tables = data["simulation/kernel"], data["theory/kernel_curve"]
        _approach(axes, *tables, "kernel_excess", SIDES[name], linear_below, marker=marker, label=label)
    axes.set_xlabel(r"$|\lambda|$")
    axes.set_ylabel(r"$\|\mathrm{NTK}-|\lambda| I\|_F$")
    axes.legend(loc="lower left", handletextpad=0.2)


def _limits(axes, data, linear_below):
    """The larger layer's distance from identity, the smaller one's from the squared task, at both signs."""
    for layer, (name, of) in LAYERS.items():
        for side, sign in SIDES.items():
            larger = (layer == "input") == (sign < 0)
            structure, limit = ("identity", "$I$") if larger else ("task_squared", rf"${of}\tilde S^2{of}^T$")
            slope = one(data["simulation/slopes"], f"{layer}_slope", side=side)
            look = {
                "marker": ("o" if larger else "^") if sign < 0 else ("x" if larger else "+"),
                "label": rf"{name} from {limit}: ${slope:.2f}$",
            }
            tables = (only(data[table], layer=layer) for table in ("simulation/layers", "theory/layer_curves"))
            _approach(axes, *tables, f"distance_{structure}", sign, linear_below, **look)
    axes.set_xlabel(r"$|\lambda|$")
    axes.set_ylabel(r"$1-\cos$ from the limit")
    axes.legend(
        loc="lower left",
        handletextpad=0.1,
        labelspacing=0.2,
        fontsize=6,
        title="slopes",
        title_fontsize=6,
        alignment="left",
    )
