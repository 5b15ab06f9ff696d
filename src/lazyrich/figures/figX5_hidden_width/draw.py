"""Draws figX5: kernel distance over λ and hidden width, its law, the loss over time, delays, floors and deviations."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from ...pipeline.frames import one, only, over_draws

BAND = {"alpha": 0.15, "linewidth": 0}
OPEN = {"markersize": 3.6, "markerfacecolor": "white", "markeredgewidth": 1.0, "elinewidth": 1.0, "linestyle": ""}
MARKERS = {"funnel": "v", "square": "s", "inverted funnel": "^"}
SHIFTS = {"funnel": -0.16, "square": 0.0, "inverted funnel": 0.16}


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 7.8))
    rows = figure.subfigures(3, 1, height_ratios=[1.05, 1, 1.15])
    shapes = list(data["task/tasks"]["shape"].unique())
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


def _widths(data, shape):
    first = only(data["task/tasks"], shape=shape).iloc[0]
    return rf"{first['n_in']}-$N_h$-{first['n_out']}"


def _map(axes, data, shape):
    end = data["theory/end"]
    lams, widths = (np.sort(end[name].unique()) for name in ("lam", "n_hidden"))
    mean = only(end, shape=shape).groupby(["n_hidden", "lam"])["kernel_distance"].mean()
    cells = mean.unstack().reindex(index=widths, columns=lams)
    axes.set_facecolor("#F2F2F2")
    axes.patch.set(hatch="////", edgecolor="#C9C9C9")
    image = axes.imshow(cells, origin="lower", aspect="auto", vmin=0, vmax=0.9, cmap="viridis", interpolation="nearest")
    middle = len(lams) // 2
    outer = range(0, max(1, middle - 1), 2)
    ticks = [*outer, middle, *(len(lams) - 1 - k for k in reversed(outer))]
    axes.set_xticks(ticks, [f"{lams[k]:g}".replace("-", "−") for k in ticks])
    axes.set_yticks(range(len(widths)), widths)
    axes.set_title(f"{shape}\n{_widths(data, shape)}")
    axes.set_xlabel(r"relative scale $\lambda$")
    return image


def _law(axes, data, shapes):
    """The largest |λ| of either sign: mean and s.d. over starts, and the mean that the law expects."""
    size = data["theory/end"]["lam"].max()
    for shape in shapes:
        for lam in (-size, 0.0, size):
            x, mean, std = _over_draws(data["theory/end"], shape, lam, "kernel_distance")
            look = {"marker": MARKERS[shape], "color": style.colour(lam)}
            axes.errorbar(x + SHIFTS[shape], mean, std, zorder=3, **look, **OPEN)
            if lam:
                law = only(data["theory/expected"], shape=shape, lam=lam)
                axes.plot(law["n_hidden"], law["kernel_distance"], color=style.GREY, linewidth=0.9, zorder=1)
    law = r"$\frac{\min(N_h,\,r)}{N_h}\left(1-\frac{N_h}{N_o}\right)$ at $\lambda=" + f"{size:g}$\n"
    text = law + rf"($N_i$ for $N_o$ at $-{size:g}$; $r$: rank of $\Sigma^{{yx}}$)"
    axes.text(0.99, 0.99, text, transform=axes.transAxes, ha="right", va="top", color=style.GREY)
    _width_axis(axes, data)
    axes.set_ylabel("kernel distance")
    axes.set_ylim(-0.03, 1.08)


def _over_draws(frame, shape, lam, column):
    """Hidden widths, and mean and standard deviation over draws at each."""
    of = over_draws(only(frame, shape=shape, lam=lam), "n_hidden", column)
    return of.index.to_numpy(), of["mean"].to_numpy(), of["std"].to_numpy()


def _course(axes, data):
    runs = data["task/course"]
    for n_hidden, colour in zip(runs["n_hidden"], style.scale_map(runs), strict=True):
        descent, exact = (only(data[f"{stage}/course"], n_hidden=n_hidden) for stage in ("simulation", "theory"))
        axes.loglog(descent["t"], descent["relative_loss"], color=colour, label=rf"$N_h={n_hidden}$")
        axes.loglog(exact["t"], exact["relative_loss"], **style.THEORY, zorder=3)
        plateau = one(data["theory/plateaus"], "relative_loss", n_hidden=n_hidden)
        if plateau > 0:
            axes.axhline(plateau, color=colour, linewidth=0.7, linestyle=(0, (4, 2)), zorder=1)
    axes.set_ylim(1e-3, 1.3)
    axes.set_xlim(exact["t"].iloc[0], exact["t"].iloc[-1])
    axes.set_title(f"{_widths(data, runs['shape'].iloc[0])}, {style.lam_label(runs['lam'].iloc[0])}")
    axes.set_xlabel(r"time $t$  (units of $\tau$)")
    axes.set_ylabel(r"loss  (units of $\frac{1}{2}\|\Sigma^{yx}\|^2$)")
    axes.legend(loc="lower left", handlelength=1.4, borderpad=0)


def _delay(axes, data, shapes):
    times = data["theory/times"].assign(log_time=np.log10(data["theory/times"]["time"]))
    size = times["lam"].max()
    for shape in shapes:
        for lam in (-size, 0.0, size):
            x, mean, std = _over_draws(times, shape, lam, "log_time")
            bars = np.array([10**mean - 10 ** (mean - std), 10 ** (mean + std) - 10**mean])
            axes.errorbar(x + SHIFTS[shape], 10**mean, bars, marker=MARKERS[shape], color=style.colour(lam), **OPEN)
    axes.set_yscale("log")
    style.note(axes, rf"$\lambda=0,\,\pm{size:g}$")
    _width_axis(axes, data)
    axes.set_ylabel(r"time to learn  (units of $\tau$)")


def _width_axis(axes, data):
    axes.set_xticks(np.sort(data["theory/floors"]["n_hidden"].unique()))
    axes.set_xlabel(r"hidden width $N_h$")


def _floor(axes, data, shapes):
    end = data["theory/end"]
    size = end["lam"].max()
    for shape in shapes:
        for lam in (-size, 0.0, size):
            x, reached, _ = _over_draws(end, shape, lam, "relative_loss")
            area = {-1: 4.5, 0: 3.0, 1: 6.5}[int(np.sign(lam))]
            look = {"markerfacecolor": "none", "markeredgewidth": 1.0, "markersize": area, "linestyle": ""}
            axes.plot(x + SHIFTS[shape], reached, marker=MARKERS[shape], color=style.colour(lam), **look)
        floors = only(data["theory/floors"], shape=shape)
        axes.plot(floors["n_hidden"], floors["relative_floor"], **style.THEORY, zorder=1)
    worst = end["floor_excess"].max()
    style.note(axes, f"largest deviation {style.scientific(worst)}")
    _width_axis(axes, data)
    axes.set_ylabel(r"final loss  (units of $\frac{1}{2}\|\Sigma^{yx}\|^2$)")


def _agreement(axes, data, shapes):
    for shape in shapes:
        for lam in np.unique(data["simulation/flow"]["lam"]):
            descent = only(data["simulation/agreement"], shape=shape, lam=lam).groupby("n_hidden")["deviation_loss"]
            mean, low, high = descent.agg(["mean", "min", "max"]).to_numpy().T
            flow = only(data["simulation/flow"], shape=shape, lam=lam)
            x = flow["n_hidden"].to_numpy() + SHIFTS[shape]
            look = {"marker": MARKERS[shape], "color": style.colour(lam)}
            axes.errorbar(x, mean, [mean - low, high - mean], **look, **OPEN)
            axes.plot(x, flow["deviation_loss"], linestyle="", markersize=3, **look)
    note = {"transform": axes.get_yaxis_transform(), "fontsize": 6.5, "color": style.GREY, "ha": "center"}
    axes.text(0.5, 1.0e-5, "gradient descent", **note)
    axes.text(0.5, 1.0e-11, "integrated flow (DOP853)", **note)
    axes.set_yscale("log")
    _width_axis(axes, data)
    axes.set_ylabel("deviation of the loss\nfrom the exact solution")


def _legend(figure, data, shapes):
    handles = [
        Line2D(
            [], [], marker=MARKERS[s], color=style.GREY, linestyle="", markerfacecolor="white", label=_widths(data, s)
        )
        for s in shapes
    ]
    handles += [
        Line2D([], [], color=style.NEGATIVE, label=r"$\lambda<0$"),
        Line2D([], [], color=style.ZERO, label=r"$\lambda=0$"),
        Line2D([], [], color=style.POSITIVE, label=r"$\lambda>0$"),
        Line2D([], [], label="exact solution; E: floor", **style.THEORY),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), handlelength=1.6, columnspacing=1.2)
