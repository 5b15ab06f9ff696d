"""Draws figD3: one taught item, what the others are said to have, and when a large λ helps or hurts."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ...pipeline.drawing import style
from ...pipeline.drawing.schematic import ITEMS, item_tree
from ...pipeline.frames import each, only

SMALL_TEXT = 6.5
SATURATED = 0.7  # powers of ten between two errors at which the colours of F end
SIBLING, BIRDS, PLANTS = 1, 2, 4  # one item of each kind: the others are as far from goldfish
GROUPS = {"sibling (blue fish)": (SIBLING, "o"), "birds": (BIRDS, "s"), "plants": (PLANTS, "^")}
FINE_TUNING = {"new_alone": "o", "with_old": "D"}
POINT = {"linestyle": "", "markersize": 4, "markerfacecolor": "white", "markeredgewidth": 0.9}


def draw(data, bars):
    figure = plt.figure(figsize=(style.WIDTH, 8.4))
    items, scale, trees = figure.subfigures(3, 1, height_ratios=[1.0, 1.15, 1.6])
    _items(items, data, bars)
    _against_scale(scale, data)
    _trees(trees, data)
    return figure


def _items(part, data, bars):
    tree, *grid = part.subplots(1, 1 + len(bars), width_ratios=[2.75, *[1] * len(bars)])
    item_tree(tree)
    style.panel_letter(tree, "A")
    left, right = tree.get_xlim()
    tree.set_xlim(left, right + 0.75)
    answers = {"ha": "center", "va": "center", "fontsize": SMALL_TEXT}
    tree.text(right + 0.2, -1.1, "eats worms?", **answers)
    for place in range(len(ITEMS)):
        tree.text(right + 0.2, place, "?" if place else "yes", fontweight="normal" if place else "bold", **answers)
    for axes, lam in zip(grid, bars, strict=True):
        formula = only(data["theory/answers"], lam=lam)["readout"].to_numpy()
        draws = only(data["simulation/answers"], lam=lam).groupby("item")["readout"]
        places, colour = np.arange(formula.size), style.colour(lam)
        axes.barh(places, formula, color=colour, alpha=0.45, height=0.72)
        axes.errorbar(
            draws.mean(), places, xerr=draws.std(ddof=0), fmt="o", color=colour, zorder=3, clip_on=False, **_point()
        )
        for place in (SIBLING, BIRDS):
            note = {"fontsize": 6, "va": "center", "xytext": (5, 0), "textcoords": "offset points"}
            axes.annotate(f"{formula[place]:.4f}", (formula[place], place), **note)
        axes.set_title(style.lam_label(lam), color=colour)
        axes.set_xlim(0, 1.08)
        axes.set_xticks([0, 0.5, 1], ["0", "½", "1"])
        axes.set_ylim(*tree.get_ylim())
        axes.set_yticks(places, [])
        axes.tick_params(axis="y", length=2)
    style.panel_letter(grid[0], "B")
    middle = 0.5 if len(grid) % 2 else -0.1  # of all panels, seen from the one at or right of it
    label = "new output, its readout row trained on goldfish"
    grid[len(grid) // 2].set_xlabel(label, x=middle)
    n_draws = data["simulation/answers"]["draw"].nunique()
    descent = f"gradient descent (mean of {n_draws} starts; their s.d. is too small to be seen)"
    handles = [
        Patch(facecolor=style.GREY, alpha=0.45, label=r"formula $h_i\cdot h_j/\|h_i\|^2$"),
        Line2D([], [], marker="o", color=style.GREY, label=descent, **POINT),
    ]
    part.legend(handles=handles, loc="outside lower right", ncols=2)


def _point():
    return {name: value for name, value in POINT.items() if name != "linestyle"}


def _against_scale(part, data):
    readout, tuned = part.subplots(1, 2)
    means = data["simulation/answers"].groupby(["item", "lam"])[["readout", *FINE_TUNING]].mean()
    curves = data["theory/curves"].set_index("item")

    def points(axes, kind, item, marker):
        for lam, value in means.loc[item, kind].items():
            axes.plot(lam, value, marker, color=style.colour(lam), zorder=4, **POINT)

    limit = data["theory/limit"].set_index("item")["readout"]
    for item, marker in GROUPS.values():
        readout.axhline(limit[item], color=style.GREY, linewidth=0.7, linestyle=(0, (4, 2)), zorder=1)
        points(readout, "readout", item, marker)
        readout.plot(curves.loc[item, "lam"], curves.loc[item, "readout"], zorder=3, **style.THEORY)
    readout.text(curves["lam"].min(), limit[SIBLING], r"limit $\lambda\to\infty$", fontsize=SMALL_TEXT, va="bottom")
    readout.texts[-1].set_color(style.GREY)
    handles = [
        Line2D([], [], marker=marker, color=style.GREY, label=name, **POINT) for name, (_, marker) in GROUPS.items()
    ]
    readout.legend(handles=handles, loc="upper left", bbox_to_anchor=(0, 0.88), handletextpad=0.2)
    readout.set_title("readout row alone, representation fixed")

    sibling, flow = curves.loc[SIBLING], only(data["theory/answers"], item=SIBLING)
    tuned.plot(sibling["lam"], sibling["readout"], color=style.GREY, linewidth=0.9)
    tuned.plot(sibling["lam"], sibling["new_alone"], zorder=3, **style.THEORY)
    dashed = {"color": "black", "linewidth": 0.7, "linestyle": (0, (5, 1.5))}
    tuned.plot(flow["lam"], flow["flow_with_old"], zorder=3, **dashed)
    for kind, marker in FINE_TUNING.items():
        points(tuned, kind, SIBLING, marker)
    handles = [
        Line2D([], [], color=style.GREY, linewidth=0.9, label="readout row alone, as in C"),
        Line2D([], [], marker="D", label="both layers, goldfish's old properties kept", **_point(), **dashed),
        Line2D([], [], marker="o", label="both layers, the new property alone", **{**style.THEORY, **_point()}),
    ]
    tuned.legend(handles=handles, loc="upper left", handlelength=2.6)
    tuned.set_title("both layers: the sibling")
    for axes, letter in ((readout, "C"), (tuned, "D")):
        axes.set_xlabel(r"relative scale $\lambda$ of the semantic task")
        axes.set_ylabel("new output of items not taught")
        axes.set_ylim(-0.02, 0.54 if axes is readout else 0.72)
        style.panel_letter(axes, letter)


def _trees(part, data):
    curves = _curves(data)
    depths = each(curves, "depth")
    left, right = part.subfigures(1, 2, width_ratios=[1.5, 1])
    columns = min(2, len(depths))
    grid = left.subplots(-(-len(depths) // 2), columns, sharex=True, sharey=True, squeeze=False)
    sizes = sorted(curves["size"].unique())
    colours = dict(zip(sizes, style.scale_map(sizes), strict=True))
    for axes in grid.flat[len(depths) :]:
        axes.set_axis_off()
    for axes, depth in zip(grid.flat, depths, strict=False):
        _errors(axes, data, depth, colours)
    for axes in grid.flat[: len(depths)][-columns:]:
        axes.tick_params(labelbottom=True)
    style.panel_letter(grid[0, 0], "E")
    left.supxlabel(r"relative scale $\lambda$ of the semantic task", fontsize=8)
    left.supylabel("mean squared error on items not taught", fontsize=8)
    handles = [Line2D([], [], color=colour, label=f"{size}") for size, colour in colours.items()]
    handles.append(Line2D([], [], color="black", marker="*", markersize=6, linestyle="", label="least error"))
    left.legend(
        handles=handles,
        loc="outside upper center",
        ncols=len(handles),
        title="items that have the property",
        title_fontsize=7,
        handlelength=1.2,
        columnspacing=1.2,
    )
    _summary(right.subplots(), depths, sizes)


def _curves(data):
    """Mean and s.d. of the error over lessons, by depth, level (and with it size) and λ."""
    errors = data["theory/error_curves"].groupby(["depth", "level", "size", "lam"])["error"]
    return errors.mean().to_frame("mean").assign(std=errors.std(ddof=0)).reset_index()


def _errors(axes, data, curves, colours):
    depth = curves["depth"].iloc[0]
    for curve in each(curves, "level"):
        colour, lams = colours[curve["size"].iloc[0]], curve["lam"]
        axes.fill_between(
            lams, curve["mean"] - curve["std"], curve["mean"] + curve["std"], color=colour, alpha=0.2, linewidth=0
        )
        axes.plot(lams, curve["mean"], color=colour, linewidth=1.4)
        draws = only(data["simulation/errors"], depth=depth, level=curve["level"].iloc[0])
        for lam, value in draws.groupby("lam")["error"].mean().items():
            axes.plot(lam, value, "o", color=colour, **{**POINT, "markersize": 3})
        best = curve.loc[curve["mean"].idxmin()]
        if lams.min() < best["lam"] < lams.max():
            axes.plot(best["lam"], best["mean"], "*", color="black", markersize=6, zorder=4)
    axes.set_yscale("log")
    axes.set_ylim(1e-5, 1)
    axes.set_title(f"depth {depth}: {2**depth} items")


def _summary(axes, depths, sizes):
    """Error at both ends of λ for every tree and property, coloured by their ratio."""
    ratio = np.full((len(depths), len(sizes)), np.nan)
    for row, curves in enumerate(depths):
        for curve in each(curves, "level"):
            column, (low, high) = sizes.index(curve["size"].iloc[0]), curve["mean"].iloc[[0, -1]]
            ratio[row, column] = np.log10(high / low)
            text = "\n".join(style.scientific(v) if v < 1e-3 else f"{v:.3f}" for v in (low, high))
            shade = "white" if abs(ratio[row, column]) > SATURATED else "black"
            axes.text(column, row, text, color=shade, ha="center", va="center", fontsize=6, linespacing=1.3)
    image = axes.imshow(ratio, cmap="PuOr_r", vmin=-SATURATED, vmax=SATURATED, aspect="auto")
    axes.set_xticks(range(len(sizes)), sizes)
    axes.set_yticks(range(len(depths)), [curves["depth"].iloc[0] for curves in depths])
    axes.tick_params(length=0)
    axes.set_xlabel("items that have the property")
    axes.set_ylabel("depth of the tree")
    above, below = (style.lam_label(lam) for lam in curves["lam"].iloc[[0, -1]])
    axes.set_title(f"error at {above}\nand below it at {below}")
    bar = axes.figure.colorbar(
        image, ax=axes, orientation="horizontal", ticks=[-SATURATED, 0, SATURATED], aspect=30, pad=0.02
    )
    bar.ax.set_xticklabels(["large λ helps", "same", "hurts"])
    bar.ax.tick_params(length=0)
    bar.outline.set_visible(False)
    style.panel_letter(axes, "F")
