"""Draws figX9: the course of a noisy task under weight decay, its end, and ReLU networks; the laws in `draw_laws`."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from ...pipeline.frames import only, over_draws
from . import draw_laws

TRAINING, KERNEL = "#56B4E9", "#CC79A7"
DOT = {"linestyle": "", "marker": "o", "markersize": 3, "markeredgecolor": "black", "markeredgewidth": 0.5}
WITHOUT = {"linestyle": (0, (3, 1.5)), "linewidth": 1.4}


def draw(data):
    figure, grid = plt.subplots(3, 3, figsize=(style.WIDTH, 7.4))
    draw_laws.scale(grid[0, 0], data)
    _story(grid[0, 1], data)
    _alternatives(grid[0, 2], data)
    _ends(grid[1, 0], data)
    draw_laws.times(grid[1, 1], data)
    draw_laws.collapse(grid[1, 2], data)
    draw_laws.kappas(grid[2, 0], data)
    draw_laws.shapes(grid[2, 1], data)
    _relu(grid[2, 2], data)
    for axes, letter in zip(grid.flat, "ABCDEFGHI", strict=True):
        style.panel_letter(axes, letter)
    return figure


def _band(axes, of, **look):
    axes.fill_between(of.index, of["mean"] - of["std"], of["mean"] + of["std"], linewidth=0, alpha=0.2, **look)


def _decay(data):
    """The γ above 0 of the curves."""
    return data["theory/curves"]["weight_decay"].max()


def _lazy(data):
    return data["theory/curves"]["lam"].max()


def _drawn(axes, curve, column, colour, dots):
    """The exact solution of one draw, descent as dots, and the band over draws."""
    _band(axes, over_draws(curve, "t", column).iloc[1:], color=colour)
    one, descent = (only(frame, draw=0).iloc[1:] for frame in (curve, dots))
    axes.plot(one["t"], one[column], color=colour)
    axes.plot(descent["t"], descent[column], color=colour, **DOT)


def _story(axes, data):
    lam, gamma = _lazy(data), _decay(data)
    curve = only(data["theory/curves"], lam=lam, weight_decay=gamma)
    dots = only(data["simulation/curves"], lam=lam)
    other = axes.twinx()
    other.spines["right"].set_visible(True)
    _drawn(axes, curve, "loss", TRAINING, dots)
    _drawn(axes, curve, "test_loss", style.POSITIVE, dots)
    _drawn(other, curve, "kernel_distance", KERNEL, dots)
    axes.set_xscale("log")
    axes.set_ylim(0, 9)
    other.set_ylim(0, 0.75)
    other.tick_params(colors=KERNEL)
    other.set_ylabel("kernel distance", color=KERNEL, labelpad=2)
    axes.set_ylabel("loss")
    axes.set_xlabel(r"time $t$  (units of $\tau$)")
    style.note(axes, rf"$\lambda_0 = {lam:g},\ \gamma = {gamma:g}$")
    handles = [
        Line2D([], [], color=TRAINING, label="training loss"),
        Line2D([], [], color=style.POSITIVE, label="test loss"),
        Line2D([], [], color=style.GREY, label="descent", **DOT),
    ]
    axes.legend(handles=handles, loc="upper right", handlelength=1.3, borderaxespad=0)


def _alternatives(axes, data):
    gamma = _decay(data)
    for lam in (_lazy(data), 0.0):
        for decay, look in ((gamma, {}), (0.0, WITHOUT)):
            of = over_draws(only(data["theory/curves"], lam=lam, weight_decay=decay), "t", "test_loss").iloc[1:]
            if decay:
                _band(axes, of, color=style.colour(lam))
            axes.plot(of["mean"], color=style.colour(lam), **look)
            if lam == 0 and decay:
                best = of["mean"].idxmin()
                axes.plot(best, of["mean"][best], "v", color="black", markersize=4.5, zorder=4)
                axes.annotate("early\nstopping", (best, of["mean"][best]), xytext=(-26, -1), fontsize=6.5,
                              textcoords="offset points", ha="center", va="center")  # fmt: skip
    axes.set_xscale("log")
    axes.set_ylim(0, 9)
    axes.set_xlabel(r"time $t$  (units of $\tau$)")
    axes.set_ylabel("test loss")
    handles = [
        Line2D([], [], color=style.POSITIVE, label=rf"$\lambda_0 = {_lazy(data):g}$"),
        Line2D([], [], color=style.ZERO, label=r"$\lambda_0 = 0$"),
        Line2D([], [], color=style.GREY, label="no decay", **WITHOUT),
    ]
    axes.legend(handles=handles, loc="upper right", handlelength=1.6, borderaxespad=0)


def _ends(axes, data):
    ends = over_draws(data["theory/ends"], "weight_decay", "test_loss")
    _band(axes, ends, color="black")
    axes.plot(ends["mean"], **style.THEORY | {"linewidth": 1.5})
    late = data["theory/late"].groupby("weight_decay")["test_loss"].mean()
    axes.plot(late, color=style.POSITIVE, **DOT | {"markersize": 4.5})
    edge = data["theory/edges"]["noise_edge"]
    axes.axvspan(
        edge.mean() - edge.std(ddof=0), edge.mean() + edge.std(ddof=0), color=style.GREY, alpha=0.2, linewidth=0
    )
    axes.axvline(edge.mean(), color=style.GREY, linewidth=1)
    curve = only(data["theory/curves"], lam=0.0, weight_decay=_decay(data))
    stopped = over_draws(curve, "t", "test_loss")["mean"].min()
    axes.axhline(stopped, color=style.ZERO, linewidth=1.2, linestyle=(0, (5, 2)))
    axes.annotate("early stopping", (0.03, stopped), xytext=(0, -2), textcoords="offset points", fontsize=6.5,
                  color=style.ZERO, ha="left", va="top")  # fmt: skip
    axes.annotate("edge of\nthe noise", (edge.mean(), 2.95), xytext=(6, 0), textcoords="offset points", fontsize=6.5,
                  color=style.GREY, ha="left", va="top")  # fmt: skip
    axes.set_xlim(0, ends.index[-1])
    axes.set_ylim(0, 3)
    axes.set_xlabel(r"weight decay $\gamma$")
    axes.set_ylabel("test loss at the end")


def _relu(axes, data):
    """When test losses fall, draw by draw, less when they do from the largest |λ₀|."""
    falls = data["simulation/relu_falls"].assign(size=data["simulation/relu_falls"]["lam"].abs())
    largest = falls["size"].max()
    downstream = {"color": style.NEGATIVE, "linewidth": 3.2, "label": r"$\lambda_0 < 0$"}
    upstream = {"color": style.POSITIVE, "linewidth": 1.4, "linestyle": (0, (4, 2)), "label": r"$\lambda_0 > 0$"}
    for sign, marker, look in ((-1, "o", downstream), (1, "s", upstream)):
        delays = falls[np.sign(falls["lam"]) == sign].pivot(index="size", columns="draw", values="delay")
        delays -= delays.loc[largest]
        axes.plot(
            delays.index * 1.08**sign,
            delays,
            marker,
            color=look["color"],
            markersize=2.8,
            alpha=0.45,
            markeredgewidth=0,
        )
        axes.plot(delays.median(axis=1), **look)
    ends = np.array([falls["size"].min(), largest])
    axes.plot(ends, np.log(ends / largest), label="slope 1", **style.THEORY | {"linewidth": 1.5})
    axes.set_xscale("log")
    axes.set_xlabel(r"$|\lambda_0|$ of every ReLU neuron")
    axes.set_ylabel(rf"$2\gamma\,(t - t_{{{largest:g}}})$ of the test loss's fall")
    axes.set_ylim(-7.5, 2)
    axes.legend(loc="lower right", handlelength=1.8, borderaxespad=0.2)
