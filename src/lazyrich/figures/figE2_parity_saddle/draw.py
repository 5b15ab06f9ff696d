"""Draws figE2: loss at λ = 0 by parity, time to pass against det, against λ, and of descent against η."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from ...pipeline.frames import each, only

COLOURS = {True: style.ZERO, False: style.GREY}  # by whether the signs of det W2W1 and det Σyx are equal
ROUNDING = "#F4E9C8"  # behind what rounding decides


def draw(data, slope_rates_until):
    figure, grid = plt.subplots(2, 2, figsize=(style.WIDTH, 5.6), width_ratios=[1.15, 1])
    _losses(grid[0, 0], data)
    _parity(grid[0, 1], data)
    _scale(grid[1, 0], data)
    _learning_rate(grid[1, 1], data, slope_rates_until)
    for axes, letter in zip(grid.flat, "ABCD", strict=True):
        style.panel_letter(axes, letter)
    handles = [
        Line2D([], [], color=COLOURS[True], label=r"sign $\det W_2W_1(0)=$ sign $\det\Sigma^{yx}$"),
        Line2D([], [], color=COLOURS[False], label="opposite signs"),
        Line2D([], [], label="exact solution (lines and dots in colour: gradient descent)", **style.THEORY),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, handlelength=2.4)
    return figure


def _losses(axes, data):
    theory, descent, at_zero = data["theory/curves"], data["simulation/curves"], data["theory/at_zero"]
    for matched, colour in COLOURS.items():
        draws = only(at_zero, matched=matched)["draw"]
        for curve in each(descent[descent["draw"].isin(draws)], "draw"):
            axes.plot(curve["t"], curve["loss"], color=colour, linewidth=1.0, zorder=2)
        for part in each(theory[theory["draw"].isin(draws)], "draw", "reliable"):
            axes.plot(part["t"], part["loss"], zorder=3, **style.THEORY)
    horizon, last = data["theory/saddles"]["horizon"].min(), theory["t"].max()
    axes.axvspan(horizon, last, color=ROUNDING, linewidth=0, zorder=0)
    axes.set_yscale("log")
    axes.set_xlim(0, last)
    axes.set_ylim(1e-9, 30)
    axes.axvline(at_zero["judged_at"].iloc[0], color="black", linewidth=0.7, linestyle=(0, (4, 2)), zorder=0)
    note = {"transform": axes.get_xaxis_transform(), "fontsize": 6.5, "va": "top"}
    axes.text(16.5, 0.985, "descent leaves\nby its finite step", color=style.GREY, **note)
    axes.text(horizon + 0.5, 0.985, "solution leaves\nby rounding", **note)
    axes.set_xlabel(r"time $t$  (units of $\tau$)")
    axes.set_ylabel(r"loss $\mathcal{L}$ at $\lambda=0$")


def _parity(axes, data):
    values = data["task/draws"].set_index("draw")["parity"]
    descent, theory = data["simulation/at_zero"], data["theory/at_zero"]
    colours = descent["matched"].map(COLOURS)
    axes.scatter(values[descent["draw"]], descent["time_to_pass"], s=11, c=colours, linewidth=0, alpha=0.75)
    for saddle in (False, True):
        part = only(theory, saddle=saddle)
        axes.scatter(values[part["draw"]], part["time_to_pass"], s=1.6, c="black", linewidth=0)
    judged = descent["judged_at"].iloc[0]
    axes.axhline(judged, color="black", linewidth=0.7, linestyle=(0, (4, 2)))
    axes.axvline(0, color="black", linewidth=0.5)
    horizon, top = data["theory/saddles"]["horizon"].min(), 54
    axes.axhspan(horizon, top, color=ROUNDING, linewidth=0, zorder=0)
    axes.set_xscale("symlog", linthresh=0.1, linscale=0.5)
    limit = 3 * np.abs(values).max()
    axes.set_xlim(-limit, limit)
    axes.set_ylim(0, top)
    axes.set_xticks([-100, -1, 0, 1, 100], ["$-100$", "$-1$", "$0$", "$1$", "$100$"])
    note = {"transform": axes.get_yaxis_transform(), "fontsize": 6.5, "ha": "right"}
    agreeing, total = descent["agrees"].sum(), len(descent)
    axes.text(0.98, judged + 0.8, f"judged at $t={judged:g}$", va="bottom", **note)
    axes.text(0.98, 24, f"success at equal signs,\nfailure at opposite ones:\n{agreeing} of {total} starts", **note)
    axes.text(0.98, horizon + 1, "beyond the horizon:\nby rounding", va="bottom", **note)
    axes.set_xlabel(r"$\det W_2W_1(0)\,\cdot\,\det\Sigma^{yx}$  (in units of $\sigma^{2n}\prod\tilde s_\alpha$)")
    axes.set_ylabel(r"time to pass at $\lambda=0$  (units of $\tau$)")


def _over_draws(frame, key):
    """Mean, least and largest time to pass over draws, in the order of a key."""
    return frame.groupby(key, sort=False)["time_to_pass"].agg(["mean", "min", "max"])


def _scale(axes, data):
    theory = data["theory/off_zero"]
    for matched, colour in COLOURS.items():
        descent = _over_draws(only(data["simulation/off_zero"], matched=matched), "lam")
        exact = _over_draws(only(theory, matched=matched), "lam")
        axes.fill_between(descent.index, descent["min"], descent["max"], color=colour, alpha=0.18, linewidth=0)
        axes.plot(descent.index, descent["mean"], color=colour)
        axes.plot(exact.index, exact["mean"], **style.THEORY)
    lams, saddles = theory["lam"].unique(), data["theory/saddles"]
    slope, least, largest = saddles["slope"].agg(["mean", "min", "max"])
    axes.set_xscale("log")
    axes.set_xlim(lams[0], lams[-1])
    axes.set_ylim(0, 30)
    text = f"slope in $\\log(1/\\lambda)$: {slope:.3f}  ({least:.2f} … {largest:.2f})\n"
    text += rf"$1/\tilde s_{{\min}}={saddles['expected_slope'].iloc[0]:g}$"
    text += f"\n{theory['learned'].sum()} of {len(theory)} starts succeed"
    axes.text(0.98, 0.97, text, transform=axes.transAxes, ha="right", va="top", fontsize=7)
    axes.text(
        0.02, 0.55, "descent: its\nfinite step", transform=axes.transAxes, va="top", fontsize=6.5, color=style.GREY
    )
    axes.set_xlabel(r"relative scale $\lambda$")
    axes.set_ylabel(r"time to pass at $\lambda>0$  (units of $\tau$)")


def _learning_rate(axes, data, slope_rates_until):
    times = _over_draws(data["simulation/escape"], "learning_rate")
    rates = times.index.to_numpy()
    axes.fill_between(rates, times["min"], times["max"], color=style.GREY, alpha=0.18, linewidth=0)
    axes.plot(rates, times["mean"], "o-", color=style.GREY, markersize=4)
    horizon, top = data["theory/saddles"]["horizon"].min(), 42
    axes.axhspan(horizon, top, color=ROUNDING, linewidth=0, zorder=0)
    note = {"transform": axes.get_yaxis_transform(), "fontsize": 6.5, "ha": "right", "x": 0.98}
    axes.text(y=horizon + 1, s="the exact solution leaves by rounding", **note)
    fitted = rates <= slope_rates_until
    slope = np.polyfit(np.log(1 / rates[fitted]), times["mean"][fitted], 1)[0]
    shift = style.scientific(data["simulation/saddles"]["shift"].max())
    moved = data["theory/saddles"]["shift"].max()
    text = f"slope in $\\log(1/\\eta)$: {slope:.2f}\n"
    text += f"rotating the hidden layer of the start moves\ndescent's escape by at most {shift},\n"
    text += f"the exact solution's by up to {moved:.1f}"
    axes.text(0.98, 0.03, text, transform=axes.transAxes, ha="right", va="bottom", fontsize=6.5)
    axes.set_xscale("log")
    axes.set_xticks(rates, [f"{1e3 * rate:g}" for rate in rates])
    axes.minorticks_off()
    axes.set_ylim(8, top)
    axes.set_xlabel(r"learning rate $\eta$  ($10^{-3}$)")
    axes.set_ylabel(r"escape of descent at $\lambda=0$  (units of $\tau$)")
