"""Draws figX4: kernel distance over λ and size, each varied alone, and against the imbalance of any start."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style

SQUARE = "#332288"  # balanced square networks, whatever the sign of λ
WIDE, NARROW = "#CC79A7", style.GREY  # unbalanced weights of a wide and of the narrowest hidden layer
GROUPINGS = {"lambda": r"$\lambda$", "size": "size", "relative": r"$\lambda$ / size"}
BAND = {"alpha": 0.15, "linewidth": 0}
OPEN = {"markersize": 4, "markerfacecolor": "white", "markeredgewidth": 1.1, "elinewidth": 1.0, "linestyle": ""}


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 7.6))
    rows = figure.subfigures(3, 1, height_ratios=[1.1, 1, 1.22])
    widths = ([1.5, 1], [1, 1, 0.42], [1, 1])
    panels = [axes for row, w in zip(rows, widths, strict=True) for axes in row.subplots(1, len(w), width_ratios=w)]
    grid = dict(zip("ABCDEFG", panels, strict=True))
    _map(rows[0], grid["A"], data)
    _fixed_size(grid["B"], data)
    _fixed_lambda(grid["C"], data, "kernel_distance")
    _fixed_lambda(grid["D"], data, "log_time")
    _explained(grid["E"], data)
    _imbalance(grid["F"], data, "kernel_distance")
    _imbalance(grid["G"], data, "task_cosine")
    for letter, axes in grid.items():
        style.panel_letter(axes, letter)
    _legend(rows[-1], data)
    return figure


def _size(data, run):
    return data.number("size", run.run_id, "task")


def _of(data, panel, init):
    return [run for run in data.panel(panel) if run.init == init]


def _statistics(data, runs, quantity, source):
    return (np.array([data.number(f"{quantity}_{s}", run.run_id, source) for run in runs]) for s in ("mean", "std"))


def _band(axes, x, mean, std, colour, theory=True):
    axes.fill_between(x, mean - std, mean + std, color=colour, **BAND)
    axes.plot(x, mean, color=colour, linewidth=1.6)
    if theory:
        axes.plot(x, mean, **style.THEORY, zorder=3)


def _map(figure, axes, data):
    runs = data.panel("map")
    lams, sizes = sorted({run.lam for run in runs}), sorted({_size(data, run) for run in runs})
    cells = np.full((len(sizes), len(lams)), np.nan)
    for run in runs:
        mean = data.number("kernel_distance_mean", run.run_id, "theory")
        cells[sizes.index(_size(data, run)), lams.index(run.lam)] = mean
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
    balanced = _of(data, "fixed size", "balanced")
    sizes = list(dict.fromkeys(_size(data, run) for run in balanced))
    for size, colour in zip(sizes, style.scale_map(sizes), strict=True):
        runs = [run for run in balanced if _size(data, run) == size]
        x = [run.lam / size for run in runs]
        _band(axes, x, *_statistics(data, runs, "kernel_distance", "theory"), colour)
        axes.plot([], [], color=colour, label=f"{size:g}")
    unbalanced = _of(data, "fixed size", "unbalanced")
    same = _size(data, unbalanced[0])
    descended = [run for run in balanced if data.number("descended", run.run_id, "task")]
    for runs, marker, colour in (
        (descended, "o", style.scale_map(sizes)[sizes.index(same)]),
        (unbalanced, "s", NARROW),
    ):
        mean, std = _statistics(data, runs, "kernel_distance", "simulation")
        x = [run.lam / same for run in runs]
        axes.errorbar(x, mean, std, marker=marker, color=colour, zorder=4, **OPEN)
    axes.set_xlabel(r"$\lambda$ / size, at one size")
    axes.set_ylabel("kernel distance")
    axes.set_ylim(0, 0.27)
    axes.legend(title="size", loc="upper center", ncols=4, handlelength=1.0, columnspacing=0.8, title_fontsize=7)


def _fixed_lambda(axes, data, quantity):
    balanced = _of(data, "fixed lambda", "balanced")
    lams = list(dict.fromkeys(run.lam for run in balanced))
    for lam, colour in zip(lams, _colours(lams), strict=True):
        runs = [run for run in balanced if run.lam == lam]
        _curve(axes, data, runs, quantity, "theory", colour)
    groups = [([run for run in balanced if data.number("descended", run.run_id, "task")], "o", _colours(lams)[0])]
    unbalanced = _of(data, "fixed lambda", "unbalanced")
    widths = sorted({run.n_hidden for run in unbalanced})
    for width, colour in zip(widths, (NARROW, WIDE), strict=False):
        groups.append(([run for run in unbalanced if run.n_hidden == width], "s", colour))
    for runs, marker, colour in groups:
        mean, std = _statistics(data, runs, quantity, "simulation")
        x = [_size(data, run) for run in runs]
        if quantity == "log_time":
            mean, std = 10**mean, np.array([10**mean - 10 ** (mean - std), 10 ** (mean + std) - 10**mean])
        link = {"linestyle": ":" if marker == "s" else "", "linewidth": 0.8}
        axes.errorbar(x, mean, std, marker=marker, color=colour, zorder=4, **(OPEN | link))
    axes.set_xscale("log")
    axes.set_xlabel(r"size, at one $\lambda$")
    if quantity == "log_time":
        axes.set_yscale("log")
        axes.set_ylabel(r"time to learn  (units of $\tau$)")
    else:
        axes.set_ylim(0, 0.35)
        axes.set_ylabel("kernel distance")


def _colours(lams):
    """λ = 0 in its colour, the others in shades of the positive one, the largest the darkest."""
    return [style.ZERO, *style.shades(1, 2 * len(lams) - 2)[::-2][: len(lams) - 1]] if len(lams) > 1 else [style.ZERO]


def _curve(axes, data, runs, quantity, source, colour):
    x = [_size(data, run) for run in runs]
    mean, std = _statistics(data, runs, quantity, source)
    if quantity == "log_time":
        axes.fill_between(x, 10 ** (mean - std), 10 ** (mean + std), color=colour, **BAND)
        axes.plot(x, 10**mean, color=colour, linewidth=1.6)
        axes.plot(x, 10**mean, **style.THEORY, zorder=3)
    else:
        _band(axes, x, mean, std, colour)


def _explained(axes, data):
    first = data.panel("map")[0].run_id
    for k, name in enumerate(GROUPINGS):
        mean, std = (data.number(f"explained_{name}_{s}", first, "theory") for s in ("mean", "std"))
        axes.bar(k, mean, width=0.65, color=SQUARE if name == "lambda" else "#BDBDBD")
        axes.errorbar(k, mean, std, color="black", elinewidth=1.0)
        axes.text(k, mean + std + 0.02, f"{100 * mean:.0f}%", ha="center", va="bottom", fontsize=6.5)
    axes.set_xticks(range(len(GROUPINGS)), GROUPINGS.values(), rotation=60, ha="right", rotation_mode="anchor")
    axes.tick_params(axis="x", length=0)
    axes.set_ylim(0, 1)
    axes.set_ylabel("variance explained on A")


def _imbalance(axes, data, quantity):
    runs = data.panel("imbalance")
    cosine = quantity == "task_cosine"
    for lines, look in _balanced_lines(runs):
        x = [1 - data.number("imbalance_mean", run.run_id, "task") for run in lines]
        mean, std = _statistics(data, lines, quantity, "theory")
        axes.fill_between(x, mean - std, mean + std, color=look["color"], **BAND)
        axes.plot(x, mean, linewidth=1.6, **look)
        axes.plot(x, mean, **style.THEORY, zorder=3)
    unbalanced = [run for run in runs if run.init == "unbalanced"]
    for run in unbalanced:
        mean, std = _statistics(data, [run], quantity, "simulation")
        x = 1 - data.number("imbalance_mean", run.run_id, "task")
        colour = NARROW if run is unbalanced[0] else WIDE
        axes.errorbar([x], mean, std, marker="s", color=colour, zorder=4, **OPEN)
        if not cosine:
            axes.annotate(f"{run.n_hidden}", (x, mean[0]), (5, 3), textcoords="offset points", fontsize=6, color=colour)
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


def _balanced_lines(runs):
    """Runs of one shape and sign of λ, and how they are drawn."""
    for wide, sign in ((False, 1), (True, -1), (True, 1)):
        chosen = [r for r in runs if r.init == "balanced" and (r.n_out > r.n_in) == wide and r.lam * sign >= 0]
        chosen = [r for k, r in enumerate(chosen) if r.lam or not any(o.lam == 0 for o in chosen[:k])]
        shape = "-".join(str(n) for n in (chosen[0].n_in, chosen[0].n_hidden, chosen[0].n_out))
        colour = SQUARE if not wide else style.NEGATIVE if sign < 0 else style.POSITIVE
        text = f"{shape}, balanced" if not wide else rf"{shape}, $\lambda {'>' if sign > 0 else '<'} 0$"
        yield chosen, {"color": colour, "label": text}


def _legend(figure, data):
    widths = sorted({run.n_hidden for run in _of(data, "fixed lambda", "unbalanced")})
    lams = list(dict.fromkeys(run.lam for run in _of(data, "fixed lambda", "balanced")))
    handles = [Line2D([], [], label="exact solution, balanced", **style.THEORY)]
    handles += [
        Line2D([], [], color=colour, label=f"C, D: {style.lam_label(lam)}")
        for lam, colour in zip(lams, _colours(lams), strict=True)
    ]
    handles.append(_marker("o", style.GREY, "balanced, descent"))
    handles.append(_marker("s", NARROW, rf"unbalanced, descent, $N_h={widths[0]}$"))
    handles.append(_marker("s", WIDE, rf"the same, wider (C, D: $N_h={widths[-1]}$)"))
    figure.legend(handles=handles, loc="outside lower center", ncols=4, handlelength=1.8, columnspacing=1.2)


def _marker(marker, colour, text):
    look = {"markersize": 4, "markerfacecolor": "white", "markeredgewidth": 1.1, "linestyle": ""}
    return Line2D([], [], marker=marker, color=colour, label=text, **look)
