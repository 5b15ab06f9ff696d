"""Draws figX5: kernel distance over λ and hidden width, its law, the loss over time, delays, floors and deviations."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style

BAND = {"alpha": 0.15, "linewidth": 0}
OPEN = {"markersize": 3.6, "markerfacecolor": "white", "markeredgewidth": 1.0, "elinewidth": 1.0, "linestyle": ""}
MARKERS = {"funnel": "v", "square": "s", "inverted funnel": "^"}
SHIFTS = {"funnel": -0.16, "square": 0.0, "inverted funnel": 0.16}


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 7.8))
    rows = figure.subfigures(3, 1, height_ratios=[1.05, 1, 1.15])
    shapes = list(dict.fromkeys(run.init for run in data.panel("map")))
    maps = rows[0].subplots(1, len(shapes), sharey=True, squeeze=False)[0]
    middle, lower = rows[1].subplots(1, 2, width_ratios=[1, 1]), rows[2].subplots(1, 3)
    for axes, shape in zip(maps, shapes, strict=True):
        image = _map(axes, data, shape)
    maps[0].set_ylabel(r"hidden width $N_h$")
    bar = rows[0].colorbar(image, ax=maps, pad=0.01, aspect=25)
    bar.set_label("kernel distance")
    bar.outline.set_visible(False)
    _law(middle[0], data, shapes)
    _course(middle[1], data)
    _delay(lower[0], data, shapes)
    _floor(lower[1], data, shapes)
    _agreement(lower[2], data, shapes)
    for axes, letter in zip([maps[0], *middle, *lower], "ABCDEF", strict=True):
        style.panel_letter(axes, letter)
    _legend(rows[2], data, shapes)
    return figure


def _of(data, panel, shape, lam=None):
    return [run for run in data.panel(panel) if run.init == shape and (lam is None or run.lam == lam)]


def _widths(run):
    return rf"{run.n_in}-$N_h$-{run.n_out}"


def _map(axes, data, shape):
    runs = _of(data, "map", shape)
    lams, widths = (sorted({getattr(run, name) for run in data.panel("map")}) for name in ("lam", "n_hidden"))
    cells = np.full((len(widths), len(lams)), np.nan)
    for run in runs:
        mean = data.number("final_distance_mean", run.run_id, "theory")
        cells[widths.index(run.n_hidden), lams.index(run.lam)] = mean
    axes.set_facecolor("#F2F2F2")
    axes.patch.set(hatch="////", edgecolor="#C9C9C9")
    image = axes.imshow(cells, origin="lower", aspect="auto", vmin=0, vmax=0.9, cmap="viridis", interpolation="nearest")
    middle = len(lams) // 2
    outer = range(0, max(1, middle - 1), 2)
    ticks = [*outer, middle, *(len(lams) - 1 - k for k in reversed(outer))]
    axes.set_xticks(ticks, [f"{lams[k]:g}".replace("-", "−") for k in ticks])
    axes.set_yticks(range(len(widths)), widths)
    axes.set_title(f"{shape}\n{_widths(runs[0])}")
    axes.set_xlabel(r"relative scale $\lambda$")
    return image


def _law(axes, data, shapes):
    """The largest |λ| of either sign: mean and s.d. over starts, and the mean that the law expects."""
    size = max(run.lam for run in data.panel("map"))
    for shape in shapes:
        for lam in (-size, 0.0, size):
            runs = _of(data, "map", shape, lam)
            x = [run.n_hidden + SHIFTS[shape] for run in runs]
            mean, std = _statistics(data, runs, "final_distance", "theory")
            axes.errorbar(x, mean, std, marker=MARKERS[shape], color=style.colour(lam), zorder=3, **OPEN)
            if lam:
                law = [data.number("expected_distance", run.run_id, "theory") for run in runs]
                axes.plot([run.n_hidden for run in runs], law, color=style.GREY, linewidth=0.9, zorder=1)
    law = r"$\frac{\min(N_h,\,r)}{N_h}\left(1-\frac{N_h}{N_o}\right)$ at $\lambda=" + f"{size:g}$\n"
    text = law + rf"($N_i$ for $N_o$ at $-{size:g}$; $r$: rank of $\Sigma^{{yx}}$)"
    axes.text(0.99, 0.99, text, transform=axes.transAxes, ha="right", va="top", color=style.GREY)
    _width_axis(axes, data)
    axes.set_ylabel("kernel distance")
    axes.set_ylim(-0.03, 1.08)


def _statistics(data, runs, quantity, source):
    return (np.array([data.number(f"{quantity}_{s}", run.run_id, source) for run in runs]) for s in ("mean", "std"))


def _course(axes, data):
    runs = data.panel("course")
    for run, colour in zip(runs, style.scale_map(runs), strict=True):
        _, t, loss = data.numbers("loss", run.run_id, "simulation")
        axes.loglog(t, loss[:, 0], color=colour, label=rf"$N_h={run.n_hidden}$")
        axes.loglog(t, data.numbers("loss", run.run_id, "theory")[2][:, 0], **style.THEORY, zorder=3)
        plateau = data.number("plateau", run.run_id, "theory")
        if plateau > 0:
            axes.axhline(plateau, color=colour, linewidth=0.7, linestyle=(0, (4, 2)), zorder=1)
    axes.set_ylim(1e-3, 1.3)
    axes.set_xlim(t[0], t[-1])
    axes.set_title(f"{_widths(runs[0])}, {style.lam_label(runs[0].lam)}")
    axes.set_xlabel(r"time $t$  (units of $\tau$)")
    axes.set_ylabel(r"loss  (units of $\frac{1}{2}\|\Sigma^{yx}\|^2$)")
    axes.legend(loc="lower left", handlelength=1.4, borderpad=0)


def _delay(axes, data, shapes):
    size = data.number("delay_lambda", 0, "theory")
    for shape in shapes:
        for lam in (-size, 0.0, size):
            runs = _of(data, "map", shape, lam)
            mean, std = _statistics(data, runs, "log_time", "theory")
            bars = np.array([10**mean - 10 ** (mean - std), 10 ** (mean + std) - 10**mean])
            x = [run.n_hidden + SHIFTS[shape] for run in runs]
            axes.errorbar(x, 10**mean, bars, marker=MARKERS[shape], color=style.colour(lam), **OPEN)
    axes.set_yscale("log")
    style.note(axes, rf"$\lambda=0,\,\pm{size:g}$")
    _width_axis(axes, data)
    axes.set_ylabel(r"time to learn  (units of $\tau$)")


def _width_axis(axes, data):
    axes.set_xticks(sorted({run.n_hidden for run in data.panel("map")}))
    axes.set_xlabel(r"hidden width $N_h$")


def _floor(axes, data, shapes):
    size = max(run.lam for run in data.panel("map"))
    for shape in shapes:
        for lam in (-size, 0.0, size):
            runs = _of(data, "map", shape, lam)
            reached = [data.number("floor_reached", run.run_id, "theory") for run in runs]
            area = {-1: 4.5, 0: 3.0, 1: 6.5}[int(np.sign(lam))]
            look = {"markerfacecolor": "none", "markeredgewidth": 1.0, "markersize": area, "linestyle": ""}
            x = [run.n_hidden + SHIFTS[shape] for run in runs]
            axes.plot(x, reached, marker=MARKERS[shape], color=style.colour(lam), **look)
        runs = _of(data, "map", shape, 0.0)
        floor = [data.number("floor", run.run_id, "theory") for run in runs]
        axes.plot([run.n_hidden for run in runs], floor, **style.THEORY, zorder=1)
    worst = max(data.number("floor_excess", run.run_id, "theory") for run in data.panel("map"))
    style.note(axes, f"largest deviation {style.scientific(worst)}")
    _width_axis(axes, data)
    axes.set_ylabel(r"final loss  (units of $\frac{1}{2}\|\Sigma^{yx}\|^2$)")


def _agreement(axes, data, shapes):
    for shape in shapes:
        for lam in sorted({run.lam for run in data.panel("agreement")}):
            runs = _of(data, "agreement", shape, lam)
            x = [run.n_hidden + SHIFTS[shape] for run in runs]
            mean, low, high = (
                np.array([data.number(f"deviation_loss_{s}", run.run_id, "simulation") for run in runs])
                for s in ("mean", "min", "max")
            )
            look = {"marker": MARKERS[shape], "color": style.colour(lam)}
            axes.errorbar(x, mean, [mean - low, high - mean], **look, **OPEN)
            flow = [data.number("deviation_loss", run.run_id, "flow") for run in runs]
            axes.plot(x, flow, linestyle="", markersize=3, **look)
    note = {"transform": axes.get_yaxis_transform(), "fontsize": 6.5, "color": style.GREY, "ha": "center"}
    axes.text(0.5, 1.0e-5, "gradient descent", **note)
    axes.text(0.5, 1.0e-11, "integrated flow (DOP853)", **note)
    axes.set_yscale("log")
    _width_axis(axes, data)
    axes.set_ylabel("deviation of the loss\nfrom the exact solution")


def _legend(figure, data, shapes):
    first = {shape: _of(data, "map", shape)[0] for shape in shapes}
    handles = [
        Line2D([], [], marker=MARKERS[s], color=style.GREY, linestyle="", markerfacecolor="white", label=_widths(run))
        for s, run in first.items()
    ]
    handles += [
        Line2D([], [], color=style.NEGATIVE, label=r"$\lambda<0$"),
        Line2D([], [], color=style.ZERO, label=r"$\lambda=0$"),
        Line2D([], [], color=style.POSITIVE, label=r"$\lambda>0$"),
        Line2D([], [], label="exact solution; E: floor", **style.THEORY),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), handlelength=1.6, columnspacing=1.2)
