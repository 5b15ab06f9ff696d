"""Draws figA2: final kernel distance over λ and absolute scale, its control, and dynamics at the corners."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from ...pipeline.frames import each, only
from .bands import half_widths, mean_distances

MARKERS = ("v", "^", "s", "D", "o")  # corners as their rows come: small scale, large scale, centre
BALANCED = "#CC79A7"  # reddish purple of the same palette: all λ together
TITLES = (r"$\lambda$-balanced, exact solution", "unbalanced, same layer norms, descent")  # of the maps


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 5.4))
    top, bottom = figure.subfigures(2, 1, height_ratios=[1.12, 1])
    maps = top.subplots(1, 2)
    ends = only(data["theory/end"], grid="map"), only(data["simulation/end"], start="unbalanced")
    means = [mean_distances(end) for end in ends]
    limit = max(mean.max(axis=None) for mean in means)
    for axes, mean, title in zip(maps, means, TITLES, strict=True):
        image = _heat_map(axes, mean, limit)
        axes.set_title(title)
    corners = data["task/corners"]
    _mark_corners(maps[0], corners, means[0].columns, means[0].index)
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
    for corner, marker in zip(corners.itertuples(), MARKERS, strict=True):
        label = f"{style.lam_label(corner.lam)}\nscale {corner.scale:.2g}"
        look = {"color": style.colour(corner.lam), "marker": marker, "markersize": 4, "linestyle": ""}
        handles.append(Line2D([], [], label=label, **look))
    bottom.legend(handles=handles, loc="outside lower center", ncols=7, handlelength=1.6, columnspacing=0.9, fontsize=6)
    return figure


def _heat_map(axes, means, limit):
    """Cells of equal size; ticks at the λ and scales that are nearest to powers of ten."""
    lams, scales = means.columns, means.index
    image = axes.imshow(
        means, origin="lower", cmap="viridis", vmin=0, vmax=limit, aspect="auto", interpolation="nearest"
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


def _mark_corners(axes, corners, lams, scales):
    for corner, marker in zip(corners.itertuples(), MARKERS, strict=True):
        x = np.interp(corner.lam, lams, np.arange(len(lams)))
        y = np.interp(np.log(corner.scale), np.log(scales), np.arange(len(scales)))
        # inside the map's edge
        x, y = (min(max(v, 1), n - 2) for v, n in ((x, len(lams)), (y, len(scales))))
        axes.plot(x, y, marker, color=style.colour(corner.lam), markersize=6, markeredgecolor="white")


def _half_widths(axes, data):
    for end, look in (
        (
            only(data["simulation/end"], start="unbalanced"),
            {"marker": "s", "color": style.GREY, "label": "unbalanced"},
        ),
        (
            only(data["simulation/end"], start="balanced"),
            {"marker": "o", "color": BALANCED, "label": r"$\lambda$-balanced"},
        ),
        (only(data["theory/end"], grid="control"), style.THEORY),
    ):
        widths = half_widths(end)
        axes.loglog(widths.index, widths, markersize=3.5, **look)
    axes.set_xlabel(r"absolute scale of $W_2W_1(0)$")
    axes.set_ylabel(r"half width of the rich band in $\lambda$")
    axes.legend(loc="lower right")


def _dynamics(axes, data, quantity):
    curves = (each(data[f"{stage}/corners"], "lam", "scale") for stage in ("simulation", "theory"))
    for k, (descent, exact, marker) in enumerate(zip(*curves, MARKERS, strict=True)):
        t, values, lam = descent["t"].to_numpy(), descent[quantity].to_numpy(), descent["lam"].iloc[0]
        colour = style.colour(lam)
        # the two signs of λ nearly coincide: one is drawn inside the other
        width, zorder = (2.2, 2.2) if lam < 0 else (3.6, 2)
        axes.loglog(t[1:], values[1:], color=colour, linewidth=width, zorder=zorder)
        axes.loglog(*exact[["t", quantity]].to_numpy()[1:].T, zorder=3, **style.THEORY)
        shown = len(t) * ((2 if quantity == "loss" else 6) + k % 2) // 10  # where a curve's marker stands
        axes.plot(t[shown], values[shown], marker, color=colour, markersize=5, markeredgecolor="white", zorder=4)
    deviation = data["simulation/corners_agreement"][f"deviation_{quantity}"].max()
    style.note(axes, f"deviation {style.scientific(deviation)}")
    axes.set_ylim(bottom=1e-9)
    axes.set_xlabel(r"time $t$  (units of $\tau$)")
