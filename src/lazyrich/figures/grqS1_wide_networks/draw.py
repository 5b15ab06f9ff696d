"""Draws grqS1: loss and kernel of four shapes over time, the tangent operator at isotropic δ, and deep networks."""

from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import deltas, style

SHAPES = ("narrowing", "expanding", "square", "wide")
LABELS = {"loss": r"loss $\mathcal{L}$", "kernel_distance": r"kernel distance $S(0,t)$"}


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 6.6))
    top, bottom = figure.subfigures(2, 1, height_ratios=[1.55, 1])
    grid = top.subplots(2, 4, sharex=True, sharey="row")
    scales = sorted({run.lam for run in data.panel(SHAPES[0])})
    for row, (quantity, letters) in zip(grid, (("loss", "ABCD"), ("kernel_distance", "EFGH")), strict=True):
        for axes, shape, letter in zip(row, SHAPES, letters, strict=True):
            _over_time(axes, data, shape, quantity, deltas.colours(scales))
            style.panel_letter(axes, letter)
        row[0].set_ylabel(LABELS[quantity])
    for axes, shape in zip(grid[0], SHAPES, strict=True):
        run = data.panel(shape)[0]
        axes.set_yscale("log")
        axes.set_ylim(1e-9, 2)
        axes.set_title(f"{shape}\n{run.n_in}–{run.n_hidden}–{run.n_out}", fontsize=8)
    for axes in grid[1]:
        axes.set_ylim(0, 0.45)
        axes.set_xlabel(r"time $t$")
    top.legend(handles=deltas.handles(scales), loc="outside lower center", ncols=7, handlelength=2.0)
    left, right = bottom.subplots(1, 2, width_ratios=[1.35, 1])
    _isotropic(left, data)
    _deep(right, data)
    style.panel_letter(left, "I")
    style.panel_letter(right, "J")
    return figure


def _over_time(axes, data, shape, quantity, shade):
    end = 0.0
    for run in data.panel(shape):
        if run.draw > 0:
            continue
        _, t, mean = data.numbers(f"{quantity}_mean", run.run_id, "simulation")
        low, high = (data.numbers(f"{quantity}_{name}", run.run_id, "simulation")[2][:, 0] for name in ("low", "high"))
        axes.fill_between(t, low, high, color=shade[run.lam], alpha=0.15, linewidth=0)
        end = max(end, t[-1])
        axes.plot(t, mean[:, 0], color=shade[run.lam], linewidth=1.6)
    axes.set_xscale("log")
    axes.set_xlim(1e-2, end)
    axes.set_xticks([1e-2, 1, 1e2])


def _isotropic(axes, data):
    runs = data.panel("isotropic")
    cases = list(dict.fromkeys((run.n_in, run.n_hidden, run.n_out, run.lam) for run in runs))
    for k, case in enumerate(cases):
        chosen = [run for run in runs if (run.n_in, run.n_hidden, run.n_out, run.lam) == case]
        for quantity, shift, marker in (("mismatch_published", -0.14, "x"), ("deviation_isotropic", 0.14, "o")):
            values = [data.number(quantity, run.run_id, "theory") for run in chosen]
            colour = style.colour(case[3])
            filled = {"facecolor": "none", "edgecolor": colour} if marker == "o" else {"color": colour}
            axes.scatter([k + shift] * len(values), values, s=12, marker=marker, linewidth=0.8, **filled)
    axes.set_yscale("log")
    axes.set_ylim(2e-17, 30)
    axes.set_xticks(range(len(cases)), [f"{lam:g}" for *_, lam in cases])
    groups = list(dict.fromkeys(case[:3] for case in cases))
    size = len(cases) / len(groups)
    for k, widths in enumerate(groups):
        text = "–".join(str(n) for n in widths)
        axes.text((k + 0.5) * size - 0.5, 3, text, ha="center", fontsize=7)
        if k:
            axes.axvline(k * size - 0.5, color=style.GREY, linewidth=0.5)
    axes.set_xlabel(r"$\delta$ of an isotropic start, below its widths")
    axes.set_ylabel(r"error of $M$ from $\beta$ (relative)")
    handles = [
        Line2D([], [], color=style.GREY, linestyle="", marker="x", markersize=4, label="as published"),
        Line2D([], [], color=style.GREY, linestyle="", marker="o", fillstyle="none", markersize=4, label="corrected"),
    ]
    axes.legend(handles=handles, loc="center left", fontsize=6, handletextpad=0.2)


def _deep(axes, data):
    runs = data.panel("deep")
    for run, colour in zip(runs, style.scale_map(runs), strict=True):
        path = data.numbers("beta", run.run_id, "flow")[2].T
        axes.plot(*path, color=colour, label=rf"$L={run.draw}$")
        axes.plot(*data.numbers("learned", run.run_id, "theory")[2][0], "ko", markersize=4, zorder=5)
    axes.plot(*path[:, 0], "o", color=style.GREY, markersize=5)
    axes.set_xlabel(r"$\beta_1$")
    axes.set_ylabel(r"$\beta_2$")
    axes.margins(0.08)
    axes.legend(loc="upper left", title="hidden layers", title_fontsize=7)
