"""Draws figX7: a mode of deep networks at several λ, how sigmoid it is, its shallow limit, and the kernel distance."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style

KINDS = {"equal": "-", "alternating": (0, (4, 1.5))}


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 5.4))
    top, bottom = figure.subfigures(2, 1, height_ratios=[1, 1.25])
    depths = sorted(int(run.panel.split()[1]) for run in data.runs if run.panel.startswith("mode") and run.draw == 0)
    depths = sorted(set(depths))
    shades = dict(zip(depths, style.scale_map(depths), strict=True))
    row = top.subplots(1, len(depths), sharey=True, squeeze=False)[0]
    for axes, depth, letter in zip(row, depths, "ABCDEFGH", strict=False):
        _mode(axes, data, depth)
        style.panel_letter(axes, letter)
    row[0].set_ylabel(r"leading mode $s(t)/\tilde s$")
    _lambda_legend(top, data, depths[0])
    panels = bottom.subplots(1, 3)
    _shape(panels[0], data, shades)
    _limit(panels[1], data, shades)
    _kernel(panels[2], data, depths, shades)
    for axes, letter in zip(panels, "ABCDEFGHIJ"[len(depths) :], strict=False):
        style.panel_letter(axes, letter)
    handles = [Line2D([], [], color=colour, label=rf"$L = {depth}$") for depth, colour in shades.items()]
    handles.append(
        Line2D(
            [],
            [],
            color=shades.get(3, style.GREY),
            linestyle=KINDS["alternating"],
            label=r"$L = 3$, $(\lambda, -\lambda)$",
        )
    )
    bottom.legend(handles=handles, loc="outside lower center", ncols=len(handles), handlelength=2.4)
    return figure


def _drawn(data, depth):
    return [run for run in data.panel(f"mode {depth}") if run.draw == 0]


def _colours(runs):
    """From λ = 0, green, along vermilion to the largest, the darkest."""
    large = [run.lam for run in runs if run.lam > 0]
    return {0.0: style.ZERO} | dict(zip(large[::-1], style.shades(1, 2 * len(large))[::2], strict=True))


def _mode(axes, data, depth):
    runs = _drawn(data, depth)
    colours = _colours(runs)
    for source in ("simulation", "theory"):
        for run in runs:
            half = data.number("time_to_half", run.run_id, "theory")
            _, t, strength = data.numbers("strength", run.run_id, source)
            line = {"color": colours[run.lam]} if source == "simulation" else style.THEORY
            target = data.numbers("target", run.run_id, "theory")[2][0, 0]
            axes.plot(t / half, strength[:, 0] / target, **line)
    axes.set_xlim(0, 3)
    axes.set_ylim(0, 1.05)
    axes.set_title(f"{depth} layers", fontsize=8)
    axes.set_xlabel(r"$t/t_{1/2}$")


def _lambda_legend(figure, data, depth):
    handles = [
        Line2D([], [], color=colour, label=style.lam_label(lam))
        for lam, colour in sorted(_colours(_drawn(data, depth)).items())
    ]
    handles.append(Line2D([], [], label="theory", **style.THEORY))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), handlelength=2.0)


def _groups(data, panel):
    """(kind, depth, runs) of a panel, in the order in which they were computed."""
    groups = {}
    for run in data.panel(panel):
        depth = data.numbers("lams", run.run_id, "task")[2].shape[1] + 1
        groups.setdefault((run.init, depth), []).append(run)
    return [(*key, runs) for key, runs in groups.items()]


def _shape(axes, data, shades):
    for kind, depth, runs in _groups(data, "shape"):
        values = [data.number("tenth_over_half", run.run_id, "theory") for run in runs]
        axes.plot([run.lam for run in runs], values, color=shades.get(depth, style.GREY), linestyle=KINDS[kind])
    axes.axhline(data.number("exponential", data.panel("shape")[0].run_id, "theory"), color=style.GREY, linewidth=0.8)
    axes.annotate("exponential", (0.02, 0.165), xycoords=("axes fraction", "data"), fontsize=7, color=style.GREY)
    axes.set_xscale("log")
    axes.set_ylim(0, 1)
    axes.set_xlabel(r"relative scale $\lambda$")
    axes.set_ylabel(r"$t_{1/10}/t_{1/2}$")


def _limit(axes, data, shades):
    for kind, depth, runs in _groups(data, "limit"):
        values = [data.number("distance_from_limit", run.run_id, "theory") for run in runs]
        lams = [run.lam for run in runs]
        axes.loglog(lams, values, "o", color=shades.get(depth, style.GREY), linestyle=KINDS[kind], markersize=3)
        slope = data.number("slope", runs[0].run_id, "theory")
        text = f"{slope:.2f}".replace("-", "−")
        axes.annotate(text, (lams[-1], values[-1]), xytext=(4, 0), textcoords="offset points", fontsize=7, va="center")
    axes.margins(x=0.22)
    axes.set_xticks([10, 30, 100], ["10", "30", "100"])
    axes.minorticks_off()
    axes.set_xlabel(r"relative scale $\lambda$")
    axes.set_ylabel("distance from the shallow limit")


def _kernel(axes, data, depths, shades):
    for depth in depths:
        for kind, line in KINDS.items():
            runs = [run for run in data.panel(f"kernel {depth}") if run.init == kind and run.draw == 0]
            if not runs:
                continue
            lams = [run.lam for run in runs]
            mean, std = (
                np.array([data.number(f"final_distance_{name}", run.run_id, "simulation") for run in runs])
                for name in ("mean", "std")
            )
            axes.fill_between(lams, mean - std, mean + std, color=shades[depth], alpha=0.12, linewidth=0)
            axes.plot(lams, mean, color=shades[depth], linestyle=line)
    axes.set_xscale("symlog", linthresh=0.03, linscale=0.5)
    axes.set_xticks([0, 0.1, 1, 10], ["0", "0.1", "1", "10"])
    axes.minorticks_off()
    axes.set_ylim(bottom=-0.01)
    axes.margins(x=0.02)
    axes.set_xlabel(r"relative scale $\lambda$")
    axes.set_ylabel("kernel distance,\nstart to convergence")
