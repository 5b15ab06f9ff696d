"""Draws grq3: size, alignment, kernel distance over time, and the distance from the limits against |δ|."""

from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import deltas, style

PANELS = {
    "mu": r"signed size $\mu=a\,|w|$",
    "phi": r"alignment $\varphi=\cos\angle(w,\beta_*)$",
    "kernel_distance": r"kernel distance $S(0,t)$",
}
PUBLISHED = {"linestyle": (0, (1, 1.2)), "linewidth": 0.9}
LIMITS = {
    "upstream": (style.POSITIVE, "o", r"$\delta>0$, fit: $|\beta-\beta_{\rm lim}|$, $\delta\,t\leq"),
    "fast": (style.NEGATIVE, "s", r"$\delta<0$, fit: $|\beta-\beta_{\rm lim}|$, $|\delta|\,t\leq"),
    "slow": ("#56B4E9", "^", r"$\delta<0$, turn: $|\varphi-\varphi_{\rm lim}|$, $t/|\delta|\leq"),
}


def draw(data):
    runs = data.panel("neuron")
    figure, grid = plt.subplots(2, 2, figsize=(style.WIDTH, 5.5))
    shade = deltas.colours([run.lam for run in runs])
    for axes, quantity in zip(grid.flat, PANELS, strict=False):
        _over_time(axes, data, runs, quantity, shade)
    _published(grid[1, 0], data, runs, shade)
    _limits(grid[1, 1], data)
    for axes, letter in zip(grid.flat, "ABCD", strict=True):
        style.panel_letter(axes, letter)
    handles = [
        *deltas.handles([run.lam for run in runs]),
        Line2D([], [], label="exact solution", **style.THEORY),
        Line2D([], [], color=style.GREY, label="C: as published", **PUBLISHED),
        Line2D([], [], color=style.GREY, linestyle="", marker="<", markersize=5, label=r"C: $S(0,\infty)$"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=5, handlelength=2.4)
    return figure


def _over_time(axes, data, runs, quantity, shade):
    for run in runs:
        _, t, values = data.numbers(quantity, run.run_id, "simulation")
        axes.plot(t, values[:, 0], color=shade[run.lam])
    for run in runs:
        _, t, values = data.numbers(quantity, run.run_id, "theory")
        axes.plot(t, values[:, 0], **style.THEORY)
    worst = (max(data.number(f"deviation_{quantity}", run.run_id, s) for run in runs) for s in ("simulation", "flow"))
    style.deviation_note(axes, *worst)
    axes.set_xlim(0, t[-1])
    axes.set_xlabel(r"time $t$")
    axes.set_ylabel(PANELS[quantity])


def _published(axes, data, runs, shade):
    for run in runs:
        _, t, values = data.numbers("published_kernel_distance", run.run_id, "theory")
        axes.plot(t, values[:, 0], color=shade[run.lam], zorder=1, **PUBLISHED)
        limit = data.number("kernel_distance_limit", run.run_id, "theory")
        axes.plot(t[-1] * 1.015, limit, "<", color=shade[run.lam], markersize=5, markeredgewidth=0, clip_on=False)
    axes.set_ylim(-0.01, 0.95)


def _limits(axes, data):
    window = data.number("window", data.panel("limits")[0].run_id, "theory")
    for name, (colour, marker, text) in LIMITS.items():
        runs = [run for run in data.panel("limits") if run.init == name]
        errors = [data.number("limit_error", run.run_id, "theory") for run in runs]
        slope = data.number("limit_slope", runs[0].run_id, "theory")
        text = f"{text}{window:g}$: slope ${slope:.3f}$"
        axes.loglog([abs(run.lam) for run in runs], errors, color=colour, marker=marker, markersize=4, label=text)
    axes.set_xlabel(r"relative scale $|\delta|$")
    axes.set_ylabel(r"largest distance from limit")
    axes.set_ylim(1e-7, 1e1)
    axes.legend(loc="upper right", fontsize=6.3, handlelength=1.6)
