"""Draws figD2: reversal of an aligned start and of random ones, the phase line, and reversal times."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from ...pipeline.frames import each, only

ROUNDING = "#F4E9C8"  # behind what rounding decides
LINES = {1: 2.6, -1: 0.9}  # λ < 0 thin on λ > 0 thick: they coincide
ONE_LAYER = "#8A6FB3"
NOTE = {"fontsize": 6.5}


def draw(data, slope_until):
    figure = plt.figure(figsize=(style.WIDTH, 7.4))
    rows = figure.add_gridspec(3, 1)
    above, middle, below = (
        rows[k].subgridspec(1, 2, width_ratios=r) for k, r in enumerate(([1.45, 1], [1, 1], [1, 1]))
    )
    left, right = _stages(figure, above[0], [1, 5.5])
    _aligned(left, right, data)
    style.panel_letter(left, "A")
    _panel(figure, above[1], "B", _phase, data)
    _panel(figure, middle[0], "C", _times, data)
    left, right = _stages(figure, middle[1], [1, 1.4])
    _unaligned(left, right, data)
    style.panel_letter(left, "D")
    _panel(figure, below[0], "E", _random_times, data)
    _panel(figure, below[1], "F", _zero, data, slope_until)
    handles = [
        Line2D([], [], color=style.POSITIVE, linewidth=LINES[1], label=r"descent, $\lambda>0$"),
        Line2D([], [], color=style.NEGATIVE, linewidth=LINES[-1], label=r"$\lambda<0$"),
        Line2D([], [], color=style.ZERO, label=r"$\lambda=0$"),
        Line2D([], [], label="exact", **style.THEORY),
        plt.Rectangle((0, 0), 1, 1, color=ROUNDING, label="decided by rounding"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=5, handlelength=2.4)
    return figure


def _panel(figure, place, letter, panel, *given):
    axes = figure.add_subplot(place)
    panel(axes, *given)
    style.panel_letter(axes, letter)


def _sign(lam):
    return int(np.sign(lam))


def _colour(lam):
    """By sign alone: here a small λ is not λ = 0."""
    return {1: style.POSITIVE, 0: style.ZERO, -1: style.NEGATIVE}[_sign(lam)]


def _stages(figure, place, ratios):
    """Axes of a first task and of its reversal, side by side on one scale."""
    inner = place.subgridspec(1, 2, width_ratios=ratios, wspace=0.04)
    left = figure.add_subplot(inner[0])
    right = figure.add_subplot(inner[1], sharey=left)
    right.tick_params(labelleft=False, left=False, which="both")
    right.spines["left"].set_visible(False)
    return left, right


def _by_sign(lams):
    """λ > 0 first, which λ < 0 is drawn upon."""
    return sorted(lams, key=lambda lam: -_sign(lam))


def _both(axes, curve, **how):
    """The same loss on the axes of both stages."""
    for stage, part in enumerate(axes):
        there = curve[curve["task"] == stage]
        part.plot(there["t"], there["loss"], **how)


def _clock(axes, start, until, ticks, label):
    """Time counted from the beginning of a stage."""
    axes.set_xlim(start, start + until)
    axes.set_xticks([start + tick for tick in ticks], [f"{tick:g}" for tick in ticks])
    axes.set_xlabel(label)


def _aligned(left, right, data):
    curves, exact = data["simulation/aligned"], data["theory/aligned"]
    separatrix, end = data["theory/separatrix"].iloc[0], exact[exact["task"] == 0]["t"].max()
    for lam in _by_sign(exact["lam"].unique()):
        width = LINES.get(_sign(lam), 1.6)
        _both((left, right), only(curves, lam=lam, reliable=True), color=_colour(lam), linewidth=width)
        _both((left, right), only(exact, lam=lam, reliable=True), zorder=4, **style.THEORY)
        if lam == 0:
            rounded = only(curves, lam=lam, reliable=False)
            right.plot(rounded["t"], rounded["loss"], color=style.ZERO, linewidth=width)
            right.plot(data["theory/formula"]["t"], data["theory/formula"]["loss"], zorder=4, **style.THEORY)
            rounded = only(exact, lam=lam, reliable=False)
            right.plot(rounded["t"], rounded["loss"], zorder=3, **{**style.THEORY, "color": style.GREY})
    trusted = separatrix.trusted_until
    right.axvspan(end + trusted, 2 * end, color=ROUNDING, linewidth=0, zorder=0)
    for escape in data["theory/modes"]["expected_escape"]:
        right.plot([end + escape], [1], "v", transform=right.get_xaxis_transform(), color="black", ms=3, clip_on=False)
    left.set_yscale("log")
    left.set_ylim(3e-3, 40)
    _clock(left, 0, 5, [0, 4], "first task")
    _clock(right, end, 44, [0, 10, 20, 30, 40], r"time since the reversal  (units of $\tau$)")
    left.set_ylabel(r"loss $\mathcal{L}$, aligned start")
    text = r"$\lambda=0$, exact: $\frac{1}{2}\Vert\Sigma\Vert^2$ for ever"
    right.text(end + 43.5, separatrix.half_square * 1.2, text, ha="right", **NOTE)
    text = "rounding lets the\nmodes go, one by one\n(grey: exact solution)"
    right.text(end + trusted + 1, 0.0042, text, **NOTE)
    for x, y, text in ((1.05, 0.0042, "5"), (2.5, 0.012, "1"), (7.0, 0.012, "$10^{-2}$"), (11.2, 0.05, "$10^{-4}$")):
        right.text(end + x, y, text, **NOTE)
    right.text(end + 2.2, 20, r"numbers: $|\lambda|$", **NOTE)


def _phase(axes, data):
    for lam in _by_sign(data["theory/phase"]["lam"].unique()):
        # not yet at rest, where rounding moves it to and fro
        moving = only(data["simulation/phase"], lam=lam).query("velocity > 0")
        axes.plot(moving["strength"], moving["velocity"], color=_colour(lam), linewidth=LINES.get(_sign(lam), 1.6))
        line = only(data["theory/phase"], lam=lam)
        for side in (line["strength"] < 0, line["strength"] > 0):
            axes.plot(line["strength"][side], line["velocity"][side], zorder=4, **style.THEORY)
    axes.set_xscale("symlog", linthresh=1e-5, linscale=0.3)
    axes.set_yscale("log")
    bottom = 5e-6
    axes.plot(0, bottom, "o", color=style.ZERO, markersize=6, clip_on=False, zorder=5)
    axes.text(5e-5, 7e-6, "fixed point at $\\lambda=0$", va="bottom", **NOTE)
    for y, text in ((13, r"$|\lambda|=5$"), (1.3, "1"), (1.4e-2, "$10^{-2}$"), (1.6e-4, "$10^{-4}$")):
        axes.text(0, y, text, ha="center", va="bottom", **NOTE)
    axes.set_ylim(bottom, 60)
    axes.set_xlim(-1.3, 1.3)
    axes.set_xticks(
        [-1, -1e-2, -1e-4, 0, 1e-4, 1e-2, 1], ["$-1$", "$-10^{-2}$", "$-10^{-4}$", "0", "$10^{-4}$", "$10^{-2}$", "$1$"]
    )
    axes.minorticks_off()
    axes.set_xlabel(r"strength $a$ of the slowest mode, from $-\tilde s$ to $\tilde s$")
    axes.set_ylabel(r"its velocity $\dot a$  (units of $1/\tau$)")


def _times(axes, data):
    closed, modes = data["theory/closed_form"], data["theory/modes"]
    sizes = np.abs(closed["lam"].unique())
    asymptote, formula = (closed[name].to_numpy().reshape(sizes.size, -1) for name in ("asymptote", "time"))
    axes.plot(sizes, asymptote, color="0.75", linewidth=0.8, zorder=1)
    axes.plot(sizes, formula, zorder=4, **style.THEORY)
    for mode in modes["mode"]:
        for reliable in (True, False):
            for stage, look in (("simulation", {"s": 9, "zorder": 2}), ("theory", {"s": 1.6, "zorder": 3})):
                found = only(data[f"{stage}/times"], mode=mode, reliable=reliable)
                colours = "black" if stage == "theory" else found["lam"].map(_colour)
                axes.scatter(found["lam"].abs(), found["time"], c=colours, linewidth=0, **look)
    below = data["theory/separatrix"]["rounding_below"].iloc[0]
    axes.axvspan(sizes.min(), below, color=ROUNDING, linewidth=0, zorder=0)
    axes.set_xscale("log")
    axes.set_xlim(sizes.min(), sizes.max())
    axes.set_ylim(0, 45)
    named = np.searchsorted(sizes, 1e-11)
    for target, time in zip(modes["target"], formula[named], strict=True):
        axes.annotate(f"{target:g}", (sizes[named], time), (0, 2.5), textcoords="offset points", **NOTE)
    slopes = zip(
        modes["target"], data["theory/slopes"]["slope_formula"], data["simulation/slopes"]["slope"], strict=True
    )
    text = [r"$\tilde s\,\times$ slope in $\log(1/|\lambda|)$"]
    text += [rf"$\tilde s={s:g}$:  {a:.4f}, descent {b:.4f}" for s, a, b in reversed([*slopes])]
    axes.text(0.98, 0.97, "\n".join(text), transform=axes.transAxes, ha="right", va="top", fontsize=6.5)
    axes.set_xlabel(r"relative scale $|\lambda|$")
    axes.set_ylabel(r"reversal time, aligned  (units of $\tau$)")


def _unaligned(left, right, data):
    descent, exact = data["simulation/random_curves"], data["theory/random_curves"]
    for curve, theory in zip(each(descent, "lam", "draw"), each(exact, "lam", "draw"), strict=True):
        _both((left, right), curve, color=_colour(curve["lam"].iloc[0]), linewidth=0.8)
        _both((left, right), theory, zorder=4, **style.THEORY)
    _both((left, right), data["simulation/one_layer"], color=ONE_LAYER)
    _both((left, right), data["theory/one_layer"], zorder=4, **style.THEORY)
    end = only(data["theory/one_layer"], task=0)["t"].max()
    left.set_yscale("log")
    left.set_ylim(3e-3, 40)
    _clock(left, 0, 6, [0, 3, 6], "first task")
    _clock(right, end, 8, [0, 2, 4, 6, 8], r"time since the reversal")
    left.set_ylabel(r"loss $\mathcal{L}$, random starts")
    lams = sorted(exact["lam"].unique(), key=abs)[::-1]
    names = [("one layer", ONE_LAYER)] + [(style.lam_label(lam), _colour(lam)) for lam in lams]
    for k, (name, colour) in enumerate(names):
        right.text(0.99, 0.93 - 0.075 * k, name, color=colour, ha="right", transform=right.transAxes, **NOTE)


def _over_draws(frame, key="lam"):
    """Mean, least and largest time of the last mode over draws, in the order of a key."""
    return frame.groupby(key, sort=False)["time_last"].agg(["mean", "min", "max"])


def _random_times(axes, data):
    for stage, beside in ((0, 0.85), (1, 1.18)):  # side by side, so that the bars do not cover each other
        descent, exact = (_over_draws(only(data[f"{of}/random"], task=stage)) for of in ("simulation", "theory"))
        for lam, mean, least, largest in descent.itertuples():
            colour = _colour(lam)
            how = {"color": colour, "mfc": colour if stage else "white", "ms": 4.5, "linewidth": 1.0, "capsize": 2}
            axes.errorbar(abs(lam) * beside, mean, [[mean - least], [largest - mean]], fmt="o", **how)
        axes.plot(np.abs(exact.index) * beside, exact["mean"], zorder=4, **style.THEORY)
    std = only(data["theory/random"], task=1).groupby("lam")["time_last"].std(ddof=0).max()
    text = f"exact: every start\nreverses at one time\n(s.d. ≤ {style.scientific(std)})"
    axes.text(0.98, 0.77, text, transform=axes.transAxes, ha="right", va="top", **NOTE)
    text = "descent at small $|\\lambda|$: its finite step"
    axes.text(0.03, 0.02, text, transform=axes.transAxes, va="bottom", color=style.GREY, **NOTE)
    axes.set_xscale("log")
    axes.set_ylim(-0.5, 17)
    axes.set_xlabel(r"relative scale $|\lambda|$")
    axes.set_ylabel("time, random starts  (units of $\\tau$)")
    handles = [
        Line2D([], [], color=style.GREY, marker="o", linestyle="", markersize=4.5, label="to reverse"),
        Line2D([], [], color=style.GREY, marker="o", linestyle="", markersize=4.5, mfc="white", label="to learn first"),
    ]
    axes.legend(handles=handles, loc="upper right", fontsize=6.5)


def _zero(axes, data, slope_until):
    for table, colour, name, place in (
        ("rotated", style.ZERO, "aligned start, by rounding", 41),
        ("random_zero", style.GREY, "random starts, by finite steps", 3.5),
    ):
        descent = data[f"simulation/{table}"]
        times = _over_draws(only(descent, escaped=True), "learning_rate")
        rates = times.index.to_numpy()
        axes.fill_between(rates, times["min"], times["max"], color=colour, alpha=0.18, linewidth=0)
        axes.plot(rates, times["mean"], "o-", color=colour, markersize=4)
        imbalance = descent.groupby("learning_rate", sort=False)["imbalance"].mean()
        small, large = imbalance.iloc[-1], imbalance.iloc[0]
        fitted = rates <= slope_until
        slope = np.polyfit(np.log(1 / rates[fitted]), times["mean"][fitted], 1)[0]
        text = f"{name}; slope in $\\log(1/\\eta)$: ${slope:.2f}$\n"
        text += f"imbalance {style.scientific(small)} … {style.scientific(large)}"
        axes.annotate(text, (rates[-1], place), va="center", **NOTE)
    axes.set_xscale("log")
    axes.set_xticks(rates, [f"{1e3 * rate:g}" for rate in rates])
    axes.minorticks_off()
    axes.set_ylim(0, 45)
    axes.set_xlabel(r"learning rate $\eta$  ($10^{-3}$)")
    axes.set_ylabel(r"reversal at $\lambda=0$  (units of $\tau$)")
