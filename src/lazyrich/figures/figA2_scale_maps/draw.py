"""Draws figA2: final kernel distance over λ and absolute scale, its control, and dynamics at the corners."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style

MARKERS = ("v", "^", "s", "D", "o")  # corners as the runs come: small scale, large scale, centre
BALANCED = "#CC79A7"  # reddish purple of the same palette: all λ together
INITS = {
    "theory": r"$\lambda$-balanced, exact solution",
    "balanced": r"$\lambda$-balanced, gradient descent",
    "unbalanced": "unbalanced, same layer norms, descent",
}


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 5.4))
    top, bottom = figure.subfigures(2, 1, height_ratios=[1.12, 1])
    maps = top.subplots(1, 2)
    panels = [("map", "balanced", "theory"), ("control", "unbalanced", "simulation")]
    means = [_map(data, *panel) for panel in panels]
    limit = max(mean.max() for _, _, mean in means)
    for axes, (lams, scales, mean), panel in zip(maps, means, panels, strict=True):
        image = _heat_map(axes, lams, scales, mean, limit)
        axes.set_title(INITS["theory" if panel[0] == "map" else "unbalanced"])
    _mark_corners(maps[0], data, *means[0][:2])
    maps[0].set_ylabel(r"absolute scale of $W_2W_1(0)$")
    bar = top.colorbar(image, ax=maps, pad=0.01, aspect=25)
    bar.set_label("final kernel distance")
    bar.outline.set_visible(False)
    lower = bottom.subplots(1, 3)
    _half_widths(lower[0], data)
    for axes, quantity, label in zip(
        lower[1:], ("loss", "kernel_distance"), (r"loss $\mathcal{L}$", "kernel distance $S(t)$"), strict=True
    ):
        _dynamics(axes, data, quantity)
        axes.set_ylabel(label)
    for axes, letter in zip([*maps, *lower], "ABCDE", strict=True):
        style.panel_letter(axes, letter)
    handles = [
        Line2D([], [], color=style.GREY, label="gradient descent"),
        Line2D([], [], label="exact solution", **style.THEORY),
    ]
    handles += [
        Line2D(
            [],
            [],
            color=style.colour(run.lam),
            marker=marker,
            markersize=4,
            linestyle="",
            label=_point_label(data, run),
        )
        for run, marker in zip(data.panel("corners"), MARKERS, strict=True)
    ]
    bottom.legend(handles=handles, loc="outside lower center", ncols=7, handlelength=1.6, columnspacing=0.9, fontsize=6)
    return figure


def _point_label(data, run):
    scale = data.number("scale", run.run_id, "task")
    return f"{style.lam_label(run.lam)}\nscale {scale:.2g}"


def _first(data, panel, init):
    return next(run for run in data.panel(panel) if run.init == init)


def _map(data, panel, init, source):
    """λ, scales, and mean distances (scales, λ)."""
    runs = [run for run in data.panel(panel) if run.init == init and run.draw == 0]
    scales = data.numbers("scale", runs[0].run_id, source)[2][:, 0]
    mean = [data.numbers("kernel_distance_mean", run.run_id, source)[2][:, 0] for run in runs]
    return np.array([run.lam for run in runs]), scales, np.array(mean).T


def _heat_map(axes, lams, scales, mean, limit):
    """Cells of equal size; ticks at the λ and scales that are nearest to powers of ten."""
    image = axes.imshow(
        mean, origin="lower", cmap="viridis", vmin=0, vmax=limit, aspect="auto", interpolation="nearest"
    )
    middle, every = len(lams) // 2, max(1, (len(lams) // 2 - 1) // 3)
    sides = range(len(lams) - 1, middle + every, -every)
    ticks = sorted([*(2 * middle - k for k in sides), middle, *sides])
    axes.set_xticks(ticks, [_power(lams[k]) for k in ticks])
    exponents = np.log10(scales)
    decades = [d for d in (-3, -2, -1, 0, 1) if exponents[0] - 1e-9 <= d <= exponents[-1]]
    axes.set_yticks(np.interp(decades, exponents, np.arange(len(scales))), [f"$10^{{{d}}}$" for d in decades])
    axes.set_xlabel(r"relative scale $\lambda$")
    for spine in axes.spines.values():
        spine.set_visible(False)
    return image


def _power(lam):
    if lam == 0:
        return "0"
    return rf"${'-' if lam < 0 else ''}10^{{{np.log10(abs(lam)):.0f}}}$"


def _mark_corners(axes, data, lams, scales):
    for run, marker in zip(data.panel("corners"), MARKERS, strict=True):
        x = np.interp(run.lam, lams, np.arange(len(lams)))
        y = np.interp(np.log(data.number("scale", run.run_id, "task")), np.log(scales), np.arange(len(scales)))
        # inside the map's edge
        x, y = (min(max(v, 1), n - 2) for v, n in ((x, len(lams)), (y, len(scales))))
        axes.plot(x, y, marker, color=style.colour(run.lam), markersize=6, markeredgecolor="white")


def _half_widths(axes, data):
    for panel, init, source, look in (
        ("control", "unbalanced", "simulation", {"marker": "s", "color": style.GREY, "label": "unbalanced"}),
        ("control", "balanced", "simulation", {"marker": "o", "color": BALANCED, "label": r"$\lambda$-balanced"}),
        ("control", "balanced", "theory", style.THEORY),
    ):
        first = _first(data, panel, init).run_id
        scales, widths = (data.numbers(q, first, source)[2][:, 0] for q in ("scale", "half_width"))
        axes.loglog(scales, widths, markersize=3.5, **look)
    axes.set_xlabel(r"absolute scale of $W_2W_1(0)$")
    axes.set_ylabel(r"half width of the rich band in $\lambda$")
    axes.legend(loc="lower right")


def _dynamics(axes, data, quantity):
    runs = data.panel("corners")
    for k, (run, marker) in enumerate(zip(runs, MARKERS, strict=True)):
        _, t, values = data.numbers(quantity, run.run_id, "simulation")
        # the two signs of λ nearly coincide: one is drawn inside the other
        axes.loglog(
            t[1:],
            values[1:, 0],
            color=style.colour(run.lam),
            linewidth=2.2 if run.lam < 0 else 3.6,
            zorder=2.2 if run.lam < 0 else 2,
        )
        _, t, exact = data.numbers(quantity, run.run_id, "theory")
        axes.loglog(t[1:], exact[1:, 0], zorder=3, **style.THEORY)
        shown = len(t) * ((2 if quantity == "loss" else 6) + k % 2) // 10  # where a curve's marker stands
        axes.plot(
            t[shown],
            values[shown, 0],
            marker,
            color=style.colour(run.lam),
            markersize=5,
            markeredgecolor="white",
            zorder=4,
        )
    deviation = max(data.number(f"deviation_{quantity}", run.run_id, "simulation") for run in runs)
    style.note(axes, f"deviation {style.scientific(deviation)}")
    axes.set_ylim(bottom=1e-9)
    axes.set_xlabel(r"time $t$  (units of $\tau$)")
