"""Draws figX4: kernel distance over λ and size, each varied alone, and against the imbalance of any start."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from ...pipeline.frames import only

SQUARE = "#332288"  # balanced square networks, whatever the sign of λ
WIDE, NARROW = "#CC79A7", style.GREY  # unbalanced weights of a wide and of the narrowest hidden layer
LONG = {"time": r"time to learn  (units of $\tau$)", "steps": "the same in stable steps"}  # spans decades
BAND = {"alpha": 0.15, "linewidth": 0}
OPEN = {"markersize": 4, "markerfacecolor": "white", "markeredgewidth": 1.1, "elinewidth": 1.0, "linestyle": ""}


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 7.6))
    rows = figure.subfigures(3, 1, height_ratios=[1.1, 1, 1.22])
    widths = ([1.5, 1], [1, 1, 1], [1, 1])
    panels = [axes for row, w in zip(rows, widths, strict=True) for axes in row.subplots(1, len(w), width_ratios=w)]
    grid = dict(zip("ABCDEFG", panels, strict=True))
    _map(rows[0], grid["A"], data)
    _fixed_size(grid["B"], data)
    _fixed_lambda(grid["C"], data, "kernel_distance")
    _fixed_lambda(grid["D"], data, "time")
    _fixed_lambda(grid["E"], data, "steps")
    _imbalance(grid["F"], data, "kernel_distance")
    _imbalance(grid["G"], data, "task_cosine")
    for letter, axes in grid.items():
        style.panel_letter(axes, letter)
    _legend(rows[-1], data)
    return figure


def _over_draws(frame, by, quantity):
    """A key, and mean and standard deviation over draws for each of its values; of a time those of its logarithm."""
    values = np.log10(frame[quantity]) if quantity in LONG else frame[quantity]
    draws = values.groupby(frame[by], sort=False)
    return (np.array(of) for of in (draws.mean().index, draws.mean(), draws.std(ddof=0)))


def _band(axes, x, mean, std, **look):
    axes.fill_between(x, mean - std, mean + std, color=look["color"], **BAND)
    axes.plot(x, mean, linewidth=1.6, **look)
    axes.plot(x, mean, **style.THEORY, zorder=3)


def _map(figure, axes, data):
    cells = data["theory/map"].groupby(["size", "lam"])["kernel_distance"].mean().unstack()
    sizes, lams = cells.index, cells.columns
    axes.set_facecolor("#F2F2F2")
    axes.patch.set(hatch="////", edgecolor="#C9C9C9")
    image = axes.imshow(cells, origin="lower", aspect="auto", vmin=0, cmap="viridis", interpolation="nearest")
    middle = len(lams) // 2
    outer = range(0, middle - 1, 3)
    ticks = [*outer, middle, *(len(lams) - 1 - k for k in reversed(outer))]
    axes.set_xticks(ticks, [f"{lams[k]:.3g}".replace("-", "−") for k in ticks])
    rows = range(len(sizes) % 2 == 0, len(sizes), 2)
    axes.set_yticks(rows, [f"{sizes[k]:g}" for k in rows])
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.85}
    note = {"transform": axes.transAxes, "fontsize": 6.5, "va": "bottom", "color": style.GREY, "bbox": box}
    axes.text(0.02, 0.04, "no balanced weights:\n" r"$|\lambda|\geq$ size", ha="left", **note)
    axes.set_xlabel(r"relative scale $\lambda$")
    axes.set_ylabel(r"size $(\|W_1\|^2+\|W_2\|^2)/N$")
    bar = figure.colorbar(image, ax=axes, pad=0.01, aspect=25)
    bar.set_label("kernel distance")
    bar.outline.set_visible(False)


def _fixed_size(axes, data):
    exact, descent = data["theory/fixed_size"], data["simulation/fixed_size"]
    sizes = list(exact["size"].unique())
    for size, colour in zip(sizes, style.scale_map(sizes), strict=True):
        _band(axes, *_over_draws(only(exact, size=size), "share", "kernel_distance"), color=colour)
        axes.plot([], [], color=colour, label=f"{size:g}")
    same = descent["size"].iloc[0]
    for start, marker, colour in (
        ("balanced", "o", style.scale_map(sizes)[sizes.index(same)]),
        ("unbalanced", "s", NARROW),
    ):
        x, mean, std = _over_draws(only(descent, start=start), "share", "kernel_distance")
        axes.errorbar(x, mean, std, marker=marker, color=colour, zorder=4, **OPEN)
    axes.set_xlabel(r"$\lambda$ / size, at one size")
    axes.set_ylabel("kernel distance")
    axes.set_ylim(0, 0.27)
    axes.legend(title="size", loc="upper center", ncols=4, handlelength=1.0, columnspacing=0.8, title_fontsize=7)


def _fixed_lambda(axes, data, quantity):
    exact, descent = data["theory/fixed_lambda"], data["simulation/fixed_lambda"]
    lams = exact["lam"].unique()
    for lam, colour in zip(lams, _colours(lams), strict=True):
        _curve(axes, *_over_draws(only(exact, lam=lam), "size", quantity), quantity, colour)
    unbalanced = only(descent, start="unbalanced")
    groups = [(only(descent, start="balanced"), "o", _colours(lams)[0])]
    for width, colour in zip(sorted(unbalanced["n_hidden"].unique()), (NARROW, WIDE), strict=False):
        groups.append((only(unbalanced, n_hidden=width), "s", colour))
    for rows, marker, colour in groups:
        x, mean, std = _over_draws(rows, "size", quantity)
        if quantity in LONG:
            mean, std = 10**mean, np.array([10**mean - 10 ** (mean - std), 10 ** (mean + std) - 10**mean])
        link = {"linestyle": ":" if marker == "s" else "", "linewidth": 0.8}
        axes.errorbar(x, mean, std, marker=marker, color=colour, zorder=4, **(OPEN | link))
    axes.set_xscale("log")
    axes.set_xlabel(r"size, at one $\lambda$")
    if quantity in LONG:
        axes.set_yscale("log")
        axes.set_ylabel(LONG[quantity])
    else:
        axes.set_ylim(0, 0.35)
        axes.set_ylabel("kernel distance")


def _colours(lams):
    """λ = 0 in its colour, the others in shades of the positive one, the largest the darkest."""
    return [style.ZERO, *style.shades(1, 2 * len(lams) - 2)[::-2][: len(lams) - 1]] if len(lams) > 1 else [style.ZERO]


def _curve(axes, x, mean, std, quantity, colour):
    if quantity in LONG:
        axes.fill_between(x, 10 ** (mean - std), 10 ** (mean + std), color=colour, **BAND)
        axes.plot(x, 10**mean, color=colour, linewidth=1.6)
        axes.plot(x, 10**mean, **style.THEORY, zorder=3)
    else:
        _band(axes, x, mean, std, color=colour)


def _imbalance(axes, data, quantity):
    cosine = quantity == "task_cosine"
    for line, look in _balanced_lines(only(data["task/imbalance"], start="balanced"), data["theory/imbalance"]):
        _, mean, std = _over_draws(line, "lam", quantity)
        _band(axes, 1 - line["imbalance"].groupby(line["lam"], sort=False).mean(), mean, std, **look)
    unbalanced = data["simulation/imbalance"].merge(data["task/imbalance"])
    imbalances = unbalanced.groupby("n_hidden", sort=False)["imbalance"].mean()
    for width, mean, std in zip(*_over_draws(unbalanced, "n_hidden", quantity), strict=True):
        x, colour = 1 - imbalances[width], NARROW if width == imbalances.index[0] else WIDE
        axes.errorbar([x], mean, std, marker="s", color=colour, zorder=4, **OPEN)
        if not cosine:
            axes.annotate(f"{width}", (x, mean), (5, 3), textcoords="offset points", fontsize=6, color=colour)
    axes.set_xscale("log")
    axes.invert_xaxis()
    axes.set_xlabel(r"1 $-$ imbalance of the start  (balanced: $1-|\lambda|/$size)")
    if cosine:
        axes.set_ylim(-0.25, 1.05)
        axes.axhline(0, color=style.GREY, linewidth=0.5, zorder=0)
        axes.set_ylabel("cosine with the rich\nsolution's structure")
    else:
        axes.set_yscale("log")
        axes.set_ylabel("kernel distance")
        axes.legend(loc="lower left", handlelength=1.6)


def _balanced_lines(starts, exact):
    """Rows of one shape and sign of λ, and how they are drawn."""
    rows = exact.merge(starts)
    for wide, sign in ((False, 1), (True, -1), (True, 1)):
        line = rows[((rows["n_out"] > rows["n_in"]) == wide) & (rows["lam"] * sign >= 0)]
        shape = "-".join(str(n) for n in line[["n_in", "n_hidden", "n_out"]].iloc[0])
        colour = SQUARE if not wide else style.NEGATIVE if sign < 0 else style.POSITIVE
        text = f"{shape}, balanced" if not wide else rf"{shape}, $\lambda {'>' if sign > 0 else '<'} 0$"
        yield line, {"color": colour, "label": text}


def _legend(figure, data):
    widths = sorted(only(data["simulation/fixed_lambda"], start="unbalanced")["n_hidden"].unique())
    lams = data["theory/fixed_lambda"]["lam"].unique()
    handles = [Line2D([], [], label="exact solution, balanced", **style.THEORY)]
    handles += [
        Line2D([], [], color=colour, label=f"C–E: {style.lam_label(lam)}")
        for lam, colour in zip(lams, _colours(lams), strict=True)
    ]
    handles.append(_marker("o", style.GREY, "balanced, descent"))
    handles.append(_marker("s", NARROW, rf"unbalanced, descent, $N_h={widths[0]}$"))
    handles.append(_marker("s", WIDE, rf"the same, wider (C–E: $N_h={widths[-1]}$)"))
    figure.legend(handles=handles, loc="outside lower center", ncols=4, handlelength=1.8, columnspacing=1.2)


def _marker(marker, colour, text):
    look = {"markersize": 4, "markerfacecolor": "white", "markeredgewidth": 1.1, "linestyle": ""}
    return Line2D([], [], marker=marker, color=colour, label=text, **look)
