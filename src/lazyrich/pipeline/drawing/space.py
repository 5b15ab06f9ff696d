"""Drawing in three dimensions: axes, surfaces coloured by a value, and curves of which the hidden part is fainter.

What is hidden is given; here it is only drawn so: nothing is ever covered, because curves are drawn after surfaces in
the order of their `zorder`. Surfaces are pixels within a vector file.
"""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from mpl_toolkits.mplot3d.art3d import Poly3DCollection

from . import style

LOSS_MAP = LinearSegmentedColormap.from_list("loss", ["#FFE58F", "#F6C9A4", "#D3A9C0", "#8C8EC0", "#46578F"])
MINIMA = "#B0307A"


def dress(axes, limits, ticks, elevation, azimuth, zoom=1.0, height=1.0):
    """Axes ±limits of w and of a, seen from a distant eye, without panes; the drawing order is that of `zorder`."""
    axes.set_proj_type("ortho")
    axes.view_init(elev=elevation, azim=azimuth)
    axes.set_box_aspect((1, 1, height), zoom=zoom)
    axes.computed_zorder = False
    axes.patch.set_visible(False)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_pane_color((1, 1, 1, 0))
        axis._axinfo["grid"].update(color="#E4E4E4", linewidth=0.4)
        axis.line.set(color=style.GREY, linewidth=0.5)
    labels = {"x": "$w_1$", "y": "$w_2$", "z": ""}
    for (name, label), limit, at in zip(labels.items(), (limits[0], *limits), (ticks[0], *ticks), strict=True):
        getattr(axes, f"set_{name}lim")(-limit, limit, view_margin=0)
        getattr(axes, f"set_{name}ticks")(at)
        axes.tick_params(axis=name, pad=-4, labelsize=6, width=0.5)
        getattr(axes, f"{name}axis").set_rotate_label(False)
        getattr(axes, f"set_{name}label")(label, labelpad=-10, rotation=0)
    axes.text(limits[0], limits[0], 1.16 * limits[1], "$a$", ha="center", va="center")


def surface(axes, w1, w2, a, value, hidden, limits, alpha=(0.8, 0.55)):
    """One sheet, (r, c) coordinates with a value (r − 1, c − 1) a cell, on a logarithmic scale of colours.

    The cells that others hide are one layer and the rest another, each as opaque as `alpha` says: nothing adds up
    where neighbouring cells meet.
    """
    corners = np.stack([w1, w2, a], axis=-1)
    cells = np.stack([corners[:-1, :-1], corners[1:, :-1], corners[1:, 1:], corners[:-1, 1:]], axis=2)
    colours = LOSS_MAP(LogNorm(*limits, clip=True)(value))
    for zorder, (chosen, opacity) in enumerate(zip((hidden > 0, hidden == 0), alpha, strict=True), start=1):
        if chosen.any():
            layer = Poly3DCollection(
                cells[chosen], facecolors=colours[chosen], edgecolors=colours[chosen], linewidths=0.3
            )
            layer.set(rasterized=True, zorder=zorder, agg_filter=_faded(opacity))
            axes.add_collection3d(layer, autolim=False)


def net(axes, w1, w2, a, every, zorder=3):
    """Every so-many-th line of a surface's grid (rows, columns), the edges included."""
    grid = np.stack([w1, w2, a], axis=-1)
    for lines, step in ((grid, every[0]), (grid.swapaxes(0, 1), every[1])):
        for k in range(0, len(lines), step):
            edge = k in (0, len(lines) - 1)
            axes.plot(
                *lines[k].T, color=style.GREY, linewidth=0.6 if edge else 0.3, alpha=0.9 if edge else 0.6, zorder=zorder
            )


def _faded(opacity):
    def fade(pixels, dpi):
        pixels[..., 3] *= opacity
        return pixels, 0, 0

    return fade


def curve(axes, points, hidden, zorder=5, **line):
    """A curve (K, 3); the part that is behind a surface is thinner and fainter."""
    points = np.where(hidden[:, None], np.nan, points), np.where(_widened(hidden)[:, None], points, np.nan)
    line = {"linewidth": 1.6, "solid_capstyle": "butt"} | line
    axes.plot(*points[1].T, zorder=zorder - 2, alpha=0.55, **line | {"linewidth": 0.55 * line["linewidth"]})
    axes.plot(*points[0].T, zorder=zorder, **line)


def _widened(hidden):
    """One point more at either end of each hidden part, so that the line has no gap."""
    padded = np.pad(hidden, 1)
    return padded[:-2] | padded[1:-1] | padded[2:]


def dot(axes, point, colour, zorder=8, size=20):
    axes.scatter(*point, s=size, color=colour, edgecolor="white", linewidth=0.7, depthshade=False, zorder=zorder)
