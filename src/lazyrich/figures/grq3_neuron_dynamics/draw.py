"""Draws grq3: size, alignment, kernel distance over time, and the distance from the limits against |δ|."""

from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import deltas, style
from ...pipeline.frames import one, only

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
    figure, grid = plt.subplots(2, 2, figsize=(style.WIDTH, 5.5))
    shade = deltas.colours(data["task/starts"]["delta"])
    for axes, quantity in zip(grid.flat, PANELS, strict=False):
        _over_time(axes, data, quantity, shade)
    _kernel_distances(grid[1, 0], data, shade)
    _limits(grid[1, 1], data)
    for axes, letter in zip(grid.flat, "ABCD", strict=True):
        style.panel_letter(axes, letter)
    handles = [
        *deltas.handles(shade),
        Line2D([], [], label="exact solution", **style.THEORY),
        Line2D([], [], color=style.GREY, label="C: as published", **PUBLISHED),
        Line2D([], [], color=style.GREY, linestyle="", marker="<", markersize=5, label=r"C: $S(0,\infty)$"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=5, handlelength=2.4)
    return figure


def _over_time(axes, data, quantity, shade):
    for delta, curve in data["simulation/curves"].groupby("delta", sort=False):
        axes.plot(curve["t"], curve[quantity], color=shade[delta])
    for _, curve in data["theory/curves"].groupby("delta", sort=False):
        axes.plot(curve["t"], curve[quantity], **style.THEORY)
    worst = data["simulation/agreement"].max()
    style.deviation_note(axes, worst[f"deviation_{quantity}"], worst[f"deviation_flow_{quantity}"])
    axes.set_xlim(0, curve["t"].iloc[-1])
    axes.set_xlabel(r"time $t$")
    axes.set_ylabel(PANELS[quantity])


def _kernel_distances(axes, data, shade):
    """The kernel distance as published, and that for t → ∞."""
    for delta, curve in data["theory/curves"].groupby("delta", sort=False):
        axes.plot(curve["t"], curve["published_kernel_distance"], color=shade[delta], zorder=1, **PUBLISHED)
        end, last = one(data["theory/ends"], "kernel_distance", delta=delta), curve["t"].iloc[-1]
        axes.plot(last * 1.015, end, "<", color=shade[delta], markersize=5, markeredgewidth=0, clip_on=False)
    axes.set_ylim(-0.01, 0.95)


def _limits(axes, data):
    for name, (colour, marker, text) in LIMITS.items():
        rows = only(data["theory/limits"], limit=name)
        slope = one(data["theory/limit_slopes"], "slope", limit=name)
        text = f"{text}{rows['window'].iloc[0]:g}$: slope ${slope:.3f}$"
        axes.loglog(rows["delta"].abs(), rows["distance"], color=colour, marker=marker, markersize=4, label=text)
    axes.set_xlabel(r"relative scale $|\delta|$")
    axes.set_ylabel(r"largest distance from limit")
    axes.set_ylim(1e-7, 1e1)
    axes.legend(loc="upper right", fontsize=6.3, handlelength=1.6)
