"""Draws fig4: the semantic task, representations after training, and the loss that noise adds."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.common import stacked
from ...pipeline.drawing import style
from ...pipeline.drawing.schematic import heat_map, item_tree
from ...pipeline.frames import one, only

LAYERS = {"input": r"$W_1^TW_1$", "output": r"$W_2W_2^T$"}
NETWORKS = {"square": ("8-8-8, this task", "o", "-"), "unequal": ("3-3-6", "s", (0, (4, 1.5)))}
GAUSSIAN = {"small": "small Gaussian", "large": "large Gaussian"}
SMALL_TEXT = 6.5
NOTE = {"loc": "right", "fontsize": SMALL_TEXT, "color": style.GREY, "pad": 3}


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 8.3))
    task, trained, gaussian, noise = figure.subfigures(4, 1, height_ratios=[1.55, 2.5, 2.3, 1.95])
    _task(task, data)
    _trained(trained, data)
    _gaussian(gaussian, data)
    _noise(noise, data)
    return figure


def _task(part, data):
    tree, *grid = part.subplots(1, 6, width_ratios=[2.2, 1, 1, 1, 1, 1])
    item_tree(tree)
    style.panel_letter(tree, "A")
    modes, structures = data["task/modes"], data["task/structures"].set_index("layer")["structure"]
    u, v = stacked(modes, "u", "v")
    shown = {
        r"$\tilde U$": (u.T, "mode", "property"),
        r"$\tilde S$": (np.diag(modes["singular_value"]), "mode", "mode"),
        r"$\tilde V^T$": (v, "item", "mode"),
        r"$\tilde U\tilde S\tilde U^T$": (structures["output"], "property", "property"),
        r"$\tilde V\tilde S\tilde V^T$": (structures["input"], "item", "item"),
    }
    for axes, (title, (matrix, across, down)) in zip(grid, shown.items(), strict=True):
        heat_map(axes, matrix, np.abs(matrix).max(), title)
        axes.set_xlabel(across, fontsize=SMALL_TEXT, labelpad=2)
        axes.set_ylabel(down, fontsize=SMALL_TEXT, labelpad=2)


def _trained(part, data):
    lams = data["task/balanced"]["lam"]
    n = len(lams)
    widths = [*[1] * n, 0.12, *[1] * n, 0.16]
    grid = part.subplots(len(LAYERS), len(widths), width_ratios=widths, squeeze=False)
    for axes in grid[:, n]:
        axes.set_axis_off()
    for row, (layer, label) in zip(grid, LAYERS.items(), strict=True):
        exact, descent = (only(data[name], layer=layer) for name in ("theory/layers", "simulation/balanced_layers"))
        found = zip(exact["limit"], descent["representation"], descent["deviation_representation"], strict=True)
        for by_descent, by_theory, (final, reached, gap) in zip(row, row[n + 1 :], found, strict=False):
            limit = np.abs(final).max()
            heat_map(by_descent, reached, limit)
            image = heat_map(by_theory, final, limit)
            _note(by_descent, f"deviation {style.scientific(gap)}")
            _note(by_theory, f"max {limit:.3g}")
        row[0].set_ylabel(label)
    for first, letter, title in ((0, "B", "gradient descent"), (n + 1, "C", r"exact solution, $t\to\infty$")):
        for axes, lam in zip(grid[0, first:], lams, strict=False):
            axes.set_title(style.lam_label(lam), color=style.colour(lam), fontsize=8)
        _group_title(grid[0, first + n // 2], title)
        style.panel_letter(grid[0, first], letter)
    for axes in grid[:, -1]:
        axes.set_axis_off()
    bar = part.colorbar(image, ax=grid[:, -1], fraction=0.9, aspect=22, ticks=[-limit, 0, limit])
    bar.ax.set_yticklabels([r"$-$max", "0", "max"])
    bar.outline.set_visible(False)


def _group_title(axes, text):
    """What the columns around `axes` have in common, above their titles."""
    axes.annotate(text, (0.5, 1), (0, 19), xycoords="axes fraction", textcoords="offset points", ha="center")


def _note(axes, text):
    axes.set_xlabel(text, fontsize=SMALL_TEXT, labelpad=3)


def _gaussian(part, data):
    left, right = part.subfigures(1, 2, width_ratios=[1, 1.75])
    grid = left.subplots(len(LAYERS), len(GAUSSIAN))
    drawn = data["simulation/gaussian_layers"]
    for column, (size, title) in zip(grid.T, GAUSSIAN.items(), strict=True):
        n_hidden = one(data["task/gaussian"], "n_hidden", size=size, draw=0)
        for axes, layer in zip(column, LAYERS, strict=True):
            matrix = one(drawn, "representation", size=size, draw=0, layer=layer)
            limit = np.abs(matrix).max()
            heat_map(axes, matrix, limit)
            _note(axes, f"max {limit:.3g}")
        column[0].set_title(f"{title}\n$N_h = {n_hidden}$", fontsize=7.5)
    for axes, label in zip(grid[:, 0], LAYERS.values(), strict=True):
        axes.set_ylabel(label)
    style.panel_letter(grid[0, 0], "D")

    upper, lower = right.subplots(2, 1, sharex=True, height_ratios=[1.3, 1])
    balanced = data["simulation/balanced_layers"]
    kinds = {style.lam_label(lam): (style.colour(lam), only(balanced, lam=lam)) for lam in balanced["lam"].unique()}
    kinds |= {title.replace(" ", "\n"): (style.GREY, only(drawn, size=size)) for size, title in GAUSSIAN.items()}
    for place, (colour, layers) in enumerate(kinds.values()):
        for axes, quantity in ((upper, "traceless_cosine_task"), (lower, "traceless_share")):
            for shift, layer in zip((-0.17, 0.17), LAYERS, strict=True):
                values = only(layers, layer=layer)[quantity]
                across = place + shift + np.linspace(-0.1, 0.1, len(values)) * (len(values) > 1)
                axes.plot(across, values, **_marker(layer, colour))
    upper.axhline(0, color="black", linewidth=0.6)
    lower.set_xticks(range(len(kinds)), list(kinds))
    upper.set_ylim(-0.5, 1.12)
    lower.set_ylim(-0.05, 0.6)
    upper.set_ylabel("cosine with task\n(traceless parts)")
    lower.set_ylabel("share that is\nnot identity")
    handles = [Line2D([], [], label=label, **_marker(layer, style.GREY)) for layer, label in LAYERS.items()]
    upper.legend(handles=handles, loc="center left", bbox_to_anchor=(0, 0.6), handletextpad=0.2)
    right.align_ylabels()


def _marker(layer, colour):
    filled = layer == "input"
    return {
        "color": colour,
        "marker": "o" if filled else "s",
        "markerfacecolor": colour if filled else "white",
        "markersize": 4,
        "linestyle": "",
    }


def _noise(part, data):
    left, right = part.subplots(1, 2)
    for axes, kind in ((left, "input"), (right, "parameter")):
        sampled = only(data["simulation/noise"], noise=kind)
        for network, (name, marker, dashes) in NETWORKS.items():
            curve = only(data["theory/noise_curves"], network=network, noise=kind)
            axes.plot(curve["lam"], curve["loss"], color="black", linewidth=1, linestyle=dashes, zorder=1)
            for point in only(sampled, network=network).itertuples():
                bars = {"marker": marker, "markersize": 3.5, "elinewidth": 1, "capsize": 2, "linestyle": ""}
                error = 2 * point.standard_error
                axes.errorbar(point.lam, point.loss, error, color=style.colour(point.lam), **bars)
            if kind == "parameter":
                best = only(data["theory/networks"], network=network).iloc[0]
                label = rf"{name}: least at $\lambda = {best.least_lam:.3g}$"
                edge = {"markeredgecolor": "white", "markeredgewidth": 0.5}
                star = {"color": "black", "markersize": 8, "zorder": 5, "label": label, **edge}
                axes.plot(best.least_lam, best.least_loss, "*", **star)
            else:
                axes.plot(
                    [], [], color="black", linewidth=1, linestyle=dashes, marker=marker, markersize=3.5, label=name
                )
        largest = sampled["z"].abs().max()
        axes.set_title(rf"sampled noise over formula: largest $|z| = {largest:.1f}$", **NOTE)
        axes.set_ylim(bottom=0)
        axes.set_xticks([-10, -5, 0, 5, 10])
        axes.set_xlabel(r"relative scale $\lambda$")
        axes.set_ylabel(f"loss added by noise\non the {'inputs' if kind == 'input' else 'weights'}")
        axes.legend(loc="center left" if kind == "input" else "upper center")
    style.panel_letter(left, "E")
