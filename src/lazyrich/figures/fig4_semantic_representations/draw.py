"""Draws fig4: the semantic task, representations after training, and the loss that noise adds."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from ...pipeline.drawing.schematic import heat_map, item_tree

LAYERS = {"input_representation": r"$W_1^TW_1$", "output_representation": r"$W_2W_2^T$"}
NETWORKS = {"noise_square": ("8-8-8, this task", "o", "-"), "noise_unequal": ("3-3-6", "s", (0, (4, 1.5)))}
GAUSSIAN = {"small_gaussian": "small Gaussian", "large_gaussian": "large Gaussian"}
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
    shown = {
        r"$\tilde U$": (data.matrix("u", 0), "mode", "property"),
        r"$\tilde S$": (data.matrix("s", 0), "mode", "mode"),
        r"$\tilde V^T$": (data.matrix("vt", 0), "item", "mode"),
        r"$\tilde U\tilde S\tilde U^T$": (data.matrix("structure_output_representation", 0), "property", "property"),
        r"$\tilde V\tilde S\tilde V^T$": (data.matrix("structure_input_representation", 0), "item", "item"),
    }
    for axes, (title, (matrix, across, down)) in zip(grid, shown.items(), strict=True):
        heat_map(axes, matrix, np.abs(matrix).max(), title)
        axes.set_xlabel(across, fontsize=SMALL_TEXT, labelpad=2)
        axes.set_ylabel(down, fontsize=SMALL_TEXT, labelpad=2)


def _trained(part, data):
    runs = data.panel("balanced")
    n = len(runs)
    widths = [*[1] * n, 0.12, *[1] * n, 0.16]
    grid = part.subplots(len(LAYERS), len(widths), width_ratios=widths, squeeze=False)
    for axes in grid[:, n]:
        axes.set_axis_off()
    for row, (layer, label) in zip(grid, LAYERS.items(), strict=True):
        for by_descent, by_theory, run in zip(row, row[n + 1 :], runs, strict=False):
            limit = data.number(f"largest_{layer}", run.run_id, "theory")
            heat_map(by_descent, data.matrix(layer, run.run_id, "simulation"), limit)
            image = heat_map(by_theory, data.matrix(f"limit_{layer}", run.run_id, "theory"), limit)
            gap = data.number(f"deviation_{layer}", run.run_id, "simulation")
            _note(by_descent, f"deviation {style.scientific(gap)}")
            _note(by_theory, f"max {limit:.3g}")
        row[0].set_ylabel(label)
    for first, letter, title in ((0, "B", "gradient descent"), (n + 1, "C", r"exact solution, $t\to\infty$")):
        for axes, run in zip(grid[0, first:], runs, strict=False):
            axes.set_title(style.lam_label(run.lam), color=style.colour(run.lam), fontsize=8)
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
    for column, (init, title) in zip(grid.T, GAUSSIAN.items(), strict=True):
        run = _of_kind(data, init)[0]
        for axes, layer in zip(column, LAYERS, strict=True):
            limit = data.number(f"largest_{layer}", run.run_id, "simulation")
            heat_map(axes, data.matrix(layer, run.run_id, "simulation"), limit)
            _note(axes, f"max {limit:.3g}")
        column[0].set_title(f"{title}\n$N_h = {run.n_hidden}$", fontsize=7.5)
    for axes, label in zip(grid[:, 0], LAYERS.values(), strict=True):
        axes.set_ylabel(label)
    style.panel_letter(grid[0, 0], "D")

    upper, lower = right.subplots(2, 1, sharex=True, height_ratios=[1.3, 1])
    kinds = [[run] for run in data.panel("balanced")] + [_of_kind(data, init) for init in GAUSSIAN]
    for place, runs in enumerate(kinds):
        colour = style.colour(runs[0].lam) if runs[0].panel == "balanced" else style.GREY
        for axes, quantity in ((upper, "traceless_cosine"), (lower, "traceless_share")):
            for shift, layer in zip((-0.17, 0.17), LAYERS, strict=True):
                values = [data.numbers(f"{quantity}_{layer}", run.run_id, "simulation")[2][0, 0] for run in runs]
                across = place + shift + np.linspace(-0.1, 0.1, len(values)) * (len(values) > 1)
                axes.plot(across, values, **_marker(layer, colour))
    upper.axhline(0, color="black", linewidth=0.6)
    names = [style.lam_label(runs[0].lam) for runs in kinds if runs[0].panel == "balanced"]
    lower.set_xticks(range(len(kinds)), [*names, *(title.replace(" ", "\n") for title in GAUSSIAN.values())])
    upper.set_ylim(-0.5, 1.12)
    lower.set_ylim(-0.05, 0.6)
    upper.set_ylabel("cosine with task\n(traceless parts)")
    lower.set_ylabel("share that is\nnot identity")
    handles = [Line2D([], [], label=label, **_marker(layer, style.GREY)) for layer, label in LAYERS.items()]
    upper.legend(handles=handles, loc="center left", bbox_to_anchor=(0, 0.6), handletextpad=0.2)
    right.align_ylabels()


def _of_kind(data, init):
    """The draws of one kind of Gaussian start."""
    return [run for run in data.panel("gaussian") if run.init == init]


def _marker(layer, colour):
    filled = layer == "input_representation"
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
        for panel, (name, marker, dashes) in NETWORKS.items():
            runs = data.panel(panel)
            lams = data.numbers("curve_lam", runs[0].run_id, "theory")[2][:, 0]
            curve = data.numbers(f"curve_{kind}_noise", runs[0].run_id, "theory")[2][:, 0]
            axes.plot(lams, curve, color="black", linewidth=1, linestyle=dashes, zorder=1)
            for run in runs:
                mean, error = (data.number(f"{kind}_noise_{k}", run.run_id, "simulation") for k in ("mean", "error"))
                bars = {"marker": marker, "markersize": 3.5, "elinewidth": 1, "capsize": 2}
                axes.errorbar(run.lam, mean, 2 * error, color=style.colour(run.lam), linestyle="", **bars)
            if kind == "parameter":
                best, least = (
                    data.number(quantity, runs[0].run_id, "theory")
                    for quantity in ("least_noise_lam", "least_parameter_noise")
                )
                label = rf"{name}: least at $\lambda = {best:.3g}$"
                edge = {"markeredgecolor": "white", "markeredgewidth": 0.5}
                axes.plot(best, least, "*", color="black", markersize=8, zorder=5, label=label, **edge)
            else:
                axes.plot(
                    [], [], color="black", linewidth=1, linestyle=dashes, marker=marker, markersize=3.5, label=name
                )
        largest = data.number(f"largest_{kind}_noise_z", data.panel("noise_square")[0].run_id, "simulation")
        axes.set_title(rf"sampled noise over formula: largest $|z| = {largest:.1f}$", **NOTE)
        axes.set_ylim(bottom=0)
        axes.set_xticks([-10, -5, 0, 5, 10])
        axes.set_xlabel(r"relative scale $\lambda$")
        axes.set_ylabel(f"loss added by noise\non the {'inputs' if kind == 'input' else 'weights'}")
        axes.legend(loc="center left" if kind == "input" else "upper center")
    style.panel_letter(left, "E")
