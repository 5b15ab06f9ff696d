"""Draws figD2: reversal of an aligned start and of random ones, the phase line, and reversal times."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style

ROUNDING = "#F4E9C8"  # behind what rounding decides
LINES = {1: 2.6, -1: 0.9}  # λ < 0 thin on λ > 0 thick: they coincide
ONE_LAYER = "#8A6FB3"
NOTE = {"fontsize": 6.5}
SLOPES = (("_formula", "theory"), ("", "simulation"))


def draw(data):
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
    _panel(figure, below[1], "F", _zero, data)
    handles = [
        Line2D([], [], color=style.POSITIVE, linewidth=LINES[1], label=r"descent, $\lambda>0$"),
        Line2D([], [], color=style.NEGATIVE, linewidth=LINES[-1], label=r"$\lambda<0$"),
        Line2D([], [], color=style.ZERO, label=r"$\lambda=0$"),
        Line2D([], [], label="exact", **style.THEORY),
        plt.Rectangle((0, 0), 1, 1, color=ROUNDING, label="decided by rounding"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=5, handlelength=2.4)
    return figure


def _panel(figure, place, letter, panel, data):
    axes = figure.add_subplot(place)
    panel(axes, data)
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


def _both(axes, data, run, quantity, source, **how):
    """The same curve on the axes of both stages."""
    for stage, part in enumerate(axes):
        _, t, values = data.numbers(quantity, run.run_id, source, stage)
        part.plot(t, values[:, 0], **how)


def _clock(axes, start, until, ticks, label):
    """Time counted from the beginning of a stage."""
    axes.set_xlim(start, start + until)
    axes.set_xticks([start + tick for tick in ticks], [f"{tick:g}" for tick in ticks])
    axes.set_xlabel(label)


def _aligned(left, right, data):
    runs = data.panel("aligned")
    first, end = runs[0].run_id, runs[0].n_steps * runs[0].learning_rate
    for run in sorted(runs, key=lambda run: -_sign(run.lam)):
        width = LINES.get(_sign(run.lam), 1.6)
        _both((left, right), data, run, "loss", "simulation", color=_colour(run.lam), linewidth=width)
        _both((left, right), data, run, "loss", "theory", zorder=4, **style.THEORY)
        if run.lam == 0:
            _, t, loss = data.numbers("loss_rounding", run.run_id, "simulation", 1)
            right.plot(t, loss[:, 0], color=style.ZERO, linewidth=width)
            _, t, loss = data.numbers("loss_formula", run.run_id, "theory", 1)
            right.plot(t, loss[:, 0], zorder=4, **style.THEORY)
            _, t, loss = data.numbers("loss_rounding", run.run_id, "theory", 1)
            right.plot(t, loss[:, 0], zorder=3, **{**style.THEORY, "color": style.GREY})
    trusted = data.number("trusted_until", first, "theory")
    right.axvspan(end + trusted, 2 * end, color=ROUNDING, linewidth=0, zorder=0)
    for escape in data.numbers("expected_escape", first, "theory")[2][0]:
        right.plot([end + escape], [1], "v", transform=right.get_xaxis_transform(), color="black", ms=3, clip_on=False)
    left.set_yscale("log")
    left.set_ylim(3e-3, 40)
    _clock(left, 0, 5, [0, 4], "first task")
    _clock(right, end, 44, [0, 10, 20, 30, 40], r"time since the reversal  (units of $\tau$)")
    left.set_ylabel(r"loss $\mathcal{L}$, aligned start")
    half = data.number("half_square", first, "theory")
    text = r"$\lambda=0$, exact: $\frac{1}{2}\Vert\Sigma\Vert^2$ for ever"
    right.text(end + 43.5, half * 1.2, text, ha="right", **NOTE)
    right.text(
        end + trusted + 1,
        0.0042,
        "rounding lets the\nmodes go, one by one\n(grey: exact solution)",
        **NOTE,
    )
    for x, y, text in ((1.05, 0.0042, "5"), (2.5, 0.012, "1"), (7.0, 0.012, "$10^{-2}$"), (11.2, 0.05, "$10^{-4}$")):
        right.text(end + x, y, text, **NOTE)
    right.text(end + 2.2, 20, r"numbers: $|\lambda|$", **NOTE)


def _phase(axes, data):
    runs = data.panel("aligned")
    for run in sorted(runs, key=lambda run: -_sign(run.lam)):
        a, velocity = (
            data.numbers(f"phase_{part}", run.run_id, "simulation")[2][:, 0] for part in ("strength", "velocity")
        )
        moving = velocity > 0  # not yet at rest, where rounding moves it to and fro
        axes.plot(a[moving], velocity[moving], color=_colour(run.lam), linewidth=LINES.get(_sign(run.lam), 1.6))
        for side in ("below", "above"):
            a, velocity = (
                data.numbers(f"phase_{part}_{side}", run.run_id, "theory")[2][:, 0] for part in ("strength", "velocity")
            )
            axes.plot(a, velocity, zorder=4, **style.THEORY)
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
    runs = data.panel("time")
    first, lams = runs[0].run_id, np.array([run.lam for run in runs])
    asymptote, formula = (data.numbers(f"time_{name}", first, "theory")[2] for name in ("asymptote", "formula"))
    axes.plot(np.abs(lams), asymptote, color="0.75", linewidth=0.8, zorder=1)
    axes.plot(np.abs(lams), formula, zorder=4, **style.THEORY)
    for mode in range(formula.shape[1]):
        for suffix in ("", "_rounding"):
            at, _, times = data.numbers(f"time_{mode}{suffix}", first, "simulation")
            colours = [_colour(lam) for lam in lams[at]]
            axes.scatter(np.abs(lams[at]), times[:, 0], s=9, c=colours, linewidth=0, zorder=2)
            at, _, times = data.numbers(f"time_{mode}{suffix}", first, "theory")
            axes.scatter(np.abs(lams[at]), times[:, 0], s=1.6, c="black", linewidth=0, zorder=3)
    axes.axvspan(
        np.abs(lams).min(), data.number("rounding_below", first, "task"), color=ROUNDING, linewidth=0, zorder=0
    )
    axes.set_xscale("log")
    axes.set_xlim(np.abs(lams).min(), np.abs(lams).max())
    axes.set_ylim(0, 45)
    slopes = zip(*(data.numbers(f"slope{name}", first, source)[2][0] for name, source in SLOPES), strict=True)
    targets = data.numbers("targets", data.runs[0].run_id, "theory")[2][0]
    named = np.searchsorted(np.abs(lams), 1e-11)
    for s, time in zip(targets, formula[named], strict=True):
        axes.annotate(f"{s:g}", (abs(lams[named]), time), (0, 2.5), textcoords="offset points", **NOTE)
    text = [r"$\tilde s\,\times$ slope in $\log(1/|\lambda|)$"]
    text += [
        rf"$\tilde s={s:g}$:  {a:.4f}, descent {b:.4f}" for s, (a, b) in reversed([*zip(targets, slopes, strict=True)])
    ]
    axes.text(0.98, 0.97, "\n".join(text), transform=axes.transAxes, ha="right", va="top", fontsize=6.5)
    axes.set_xlabel(r"relative scale $|\lambda|$")
    axes.set_ylabel(r"reversal time, aligned  (units of $\tau$)")


def _unaligned(left, right, data):
    runs = data.panel("unaligned")
    (one,) = data.panel("shallow")
    end = one.n_steps * one.learning_rate
    shown = [run for run in runs if data.number("shown", run.run_id, "task")]
    for run in shown:
        _both((left, right), data, run, "loss", "simulation", color=_colour(run.lam), linewidth=0.8)
        _both((left, right), data, run, "loss", "theory", zorder=4, **style.THEORY)
    _both((left, right), data, one, "loss", "simulation", color=ONE_LAYER)
    _both((left, right), data, one, "loss", "theory", zorder=4, **style.THEORY)
    left.set_yscale("log")
    left.set_ylim(3e-3, 40)
    _clock(left, 0, 6, [0, 3, 6], "first task")
    _clock(right, end, 8, [0, 2, 4, 6, 8], r"time since the reversal")
    left.set_ylabel(r"loss $\mathcal{L}$, random starts")
    names = {run.lam: _colour(run.lam) for run in shown}
    names = [("one layer", ONE_LAYER)] + [(style.lam_label(lam), names[lam]) for lam in sorted(names, key=abs)[::-1]]
    for k, (name, colour) in enumerate(names):
        right.text(0.99, 0.93 - 0.075 * k, name, color=colour, ha="right", transform=right.transAxes, **NOTE)


def _random_times(axes, data):
    runs = [run for run in data.panel("unaligned") if run.draw == 0]
    for stage, beside in ((0, 0.85), (1, 1.18)):  # side by side, so that the bars do not cover each other
        lams = np.array([abs(run.lam) * beside for run in runs])
        for lam, run in zip(lams, runs, strict=True):
            mean, least, largest = (
                data.number(f"time_last_{name}", run.run_id, "simulation", stage) for name in ("mean", "min", "max")
            )
            colour = _colour(run.lam)
            how = {"color": colour, "mfc": colour if stage else "white", "ms": 4.5, "linewidth": 1.0, "capsize": 2}
            axes.errorbar(lam, mean, [[mean - least], [largest - mean]], fmt="o", **how)
        means = [data.number("time_last_mean", run.run_id, "theory", stage) for run in runs]
        axes.plot(lams, means, zorder=4, **style.THEORY)
    std = max(data.number("time_last_std", run.run_id, "theory", 1) for run in runs)
    text = f"exact: every start\nreverses at one time\n(s.d. ≤ {style.scientific(std)})"
    axes.text(0.98, 0.77, text, transform=axes.transAxes, ha="right", va="top", **NOTE)
    axes.text(
        0.03,
        0.02,
        "descent at small $|\\lambda|$: its finite step",
        transform=axes.transAxes,
        va="bottom",
        color=style.GREY,
        **NOTE,
    )
    axes.set_xscale("log")
    axes.set_ylim(-0.5, 17)
    axes.set_xlabel(r"relative scale $|\lambda|$")
    axes.set_ylabel("time, random starts  (units of $\\tau$)")
    handles = [
        Line2D([], [], color=style.GREY, marker="o", linestyle="", markersize=4.5, label="to reverse"),
        Line2D([], [], color=style.GREY, marker="o", linestyle="", markersize=4.5, mfc="white", label="to learn first"),
    ]
    axes.legend(handles=handles, loc="upper right", fontsize=6.5)


def _zero(axes, data):
    for panel, suffix, colour, name, place in (
        ("aligned zero", "_rounding", style.ZERO, "aligned start, by rounding", 41),
        ("random zero", "", style.GREY, "random starts, by finite steps", 3.5),
    ):
        runs = [run for run in data.panel(panel) if run.draw == 0]
        rates = [run.learning_rate for run in runs]
        mean, least, largest = (
            [data.number(f"escape_last{suffix}_{name}", run.run_id, "simulation") for run in runs]
            for name in ("mean", "min", "max")
        )
        axes.fill_between(rates, least, largest, color=colour, alpha=0.18, linewidth=0)
        axes.plot(rates, mean, "o-", color=colour, markersize=4)
        small, large = (data.number("imbalance_mean", run.run_id, "simulation") for run in (runs[-1], runs[0]))
        slope = data.number("slope_learning_rate", runs[0].run_id, "simulation")
        text = f"{name}; slope in $\\log(1/\\eta)$: ${slope:.2f}$\n"
        text += f"imbalance {style.scientific(small)} … {style.scientific(large)}"
        axes.annotate(text, (rates[-1], place), va="center", **NOTE)
    axes.set_xscale("log")
    axes.set_xticks(rates, [f"{1e3 * rate:g}" for rate in rates])
    axes.minorticks_off()
    axes.set_ylim(0, 45)
    axes.set_xlabel(r"learning rate $\eta$  ($10^{-3}$)")
    axes.set_ylabel(r"reversal at $\lambda=0$  (units of $\tau$)")
