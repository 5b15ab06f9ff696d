"""Drawings that stand for a network, made of circles and lines."""

import numpy as np

from . import style

# the semantic hierarchy: its items, and what its branchings part
ITEMS = ("goldfish", "blue fish", "robin", "duck", "green alga", "red alga", "sunflower", "daisy")
KINDS = (("living thing",), ("animal", "plant"), ("fish", "bird", "alga", "flower"))


def network(axes, widths, strengths=(1.0, 1.0), colour=style.GREY, labels=(r"$x$", r"$W_1$", r"$W_2$", r"$\hat y$")):
    """A two-layer network from left to right on axes without frame.

    `widths` are the circles drawn a layer (input, hidden, output); `strengths` in [0, 1] are the thickness and
    darkness of the two layers' lines, for small and large weights; `labels` stand below input, W1, W2, output.
    """
    x = np.arange(3.0)
    tallest = max(widths)
    heights = [(np.arange(n) - (n - 1) / 2) * min(1.0, 4 / tallest) for n in widths]
    for layer, strength in enumerate(strengths):
        for start in heights[layer]:
            for end in heights[layer + 1]:
                axes.plot(
                    x[layer : layer + 2],
                    [start, end],
                    color=colour,
                    linewidth=0.3 + 1.7 * strength,
                    alpha=0.25 + 0.65 * strength,
                    zorder=1,
                )
    for position, height in zip(x, heights, strict=True):
        axes.scatter(np.full(height.size, position), height, s=34, facecolor="white", edgecolor="black", zorder=2)
    bottom = min(height.min() for height in heights) - 0.75
    for position, label in zip((0, 0.5, 1.5, 2), labels, strict=True):
        axes.text(position, bottom, label, ha="center", va="top")
    axes.set_xlim(-0.3, 2.3)
    axes.set_ylim(bottom - 0.7, max(height.max() for height in heights) + 0.5)
    axes.set_axis_off()


def heat_map(axes, matrix, limit, title=None):
    """A matrix by colour, blue negative and red positive, the same on −limit … limit; returns the image."""
    image = axes.imshow(matrix, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest", aspect="equal")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)
    if title:
        axes.set_title(title)
    return image


def item_tree(axes):
    """The semantic hierarchy from left to right, its root first; item k at height k, downwards, as in its matrices."""
    levels = [*KINDS, ITEMS]
    places = [np.arange(len(ITEMS), dtype=float)]
    for _ in KINDS:
        places.insert(0, (places[0][::2] + places[0][1::2]) / 2)
    for depth in range(len(KINDS)):
        for k, y in enumerate(places[depth + 1]):
            top = places[depth][k // 2]
            axes.plot([depth, depth + 0.28, depth + 0.28, depth + 1], [top, top, y, y], color=style.GREY, linewidth=0.8)
    backing = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
    for depth, names in enumerate(levels):
        for y, name in zip(places[depth], names, strict=True):
            last = depth == len(KINDS)
            axes.text(
                depth + (0.05 if last else 0),
                y,
                name,
                ha="left" if last else "center",
                va="center",
                fontsize=6 if last else 6.5,
                rotation=0 if last else 90,
                bbox=None if last else backing,
            )
    axes.set_xlim(-0.25, len(KINDS) + 1.35)
    axes.set_ylim(len(ITEMS) - 0.4, -0.6)
    axes.set_axis_off()
