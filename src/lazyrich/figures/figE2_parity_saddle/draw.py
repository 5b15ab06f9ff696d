"""Draws figE2: loss at λ = 0 by parity, time to pass against det, against λ, and of descent against η."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style

COLOURS = {"matched": style.ZERO, "opposite": style.GREY}
ROUNDING = "#F4E9C8"  # behind what rounding decides


def draw(data):
    figure, grid = plt.subplots(2, 2, figsize=(style.WIDTH, 5.6), width_ratios=[1.15, 1])
    for axes, letter, panel in zip(grid.flat, "ABCD", (_losses, _parity, _scale, _learning_rate), strict=True):
        panel(axes, data)
        style.panel_letter(axes, letter)
    handles = [
        Line2D([], [], color=COLOURS["matched"], label=r"sign $\det W_2W_1(0)=$ sign $\det\Sigma^{yx}$"),
        Line2D([], [], color=COLOURS["opposite"], label="opposite signs"),
        Line2D([], [], label="exact solution (lines and dots in colour: gradient descent)", **style.THEORY),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, handlelength=2.4)
    return figure


def _number(data, quantity, source):
    return data.number(quantity, data.runs[0].run_id, source)


def _parities(data):
    """The runs at λ = 0, with the group and the value of each."""
    for run in data.panel("parity"):
        value = data.number("parity", run.run_id, "task")
        yield run, "matched" if value > 0 else "opposite", value


def _losses(axes, data):
    n_shown = round(_number(data, "n_shown", "task"))
    for group in COLOURS:
        runs = [run for run, name, _ in _parities(data) if name == group][:n_shown]
        for run in runs:
            _, t, loss = data.numbers("loss", run.run_id, "simulation")
            axes.plot(t, loss[:, 0], color=COLOURS[group], linewidth=1.0, zorder=2)
        for run in runs:
            for quantity in ("loss",) if group == "matched" else ("loss", "loss_rounding"):
                _, t, loss = data.numbers(quantity, run.run_id, "theory")
                axes.plot(t, loss[:, 0], zorder=3, **style.THEORY)
    horizon = _number(data, "horizon", "theory")
    axes.axvspan(horizon, t[-1], color=ROUNDING, linewidth=0, zorder=0)
    axes.set_yscale("log")
    axes.set_xlim(0, t[-1])
    axes.set_ylim(1e-9, 30)
    axes.axvline(_number(data, "judged_at", "task"), color="black", linewidth=0.7, linestyle=(0, (4, 2)), zorder=0)
    note = {"transform": axes.get_xaxis_transform(), "fontsize": 6.5, "va": "top"}
    axes.text(16.5, 0.985, "descent leaves\nby its finite step", color=style.GREY, **note)
    axes.text(horizon + 0.5, 0.985, "solution leaves\nby rounding", **note)
    axes.set_xlabel(r"time $t$  (units of $\tau$)")
    axes.set_ylabel(r"loss $\mathcal{L}$ at $\lambda=0$")


def _parity(axes, data):
    first = data.runs[0].run_id
    groups = list(_parities(data))
    values = np.array([value for _, _, value in groups])
    colours = np.array([COLOURS[group] for _, group, _ in groups])
    draws, _, passed = data.numbers("time_to_pass", first, "simulation")
    axes.scatter(values[draws], passed[:, 0], s=11, c=colours[draws], linewidth=0, alpha=0.75)
    for quantity in ("time_to_pass", "time_to_pass_rounding"):
        draws, _, passed = data.numbers(quantity, first, "theory")
        axes.scatter(values[draws], passed[:, 0], s=1.6, c="black", linewidth=0)
    judged = _number(data, "judged_at", "task")
    axes.axhline(judged, color="black", linewidth=0.7, linestyle=(0, (4, 2)))
    axes.axvline(0, color="black", linewidth=0.5)
    horizon, top = _number(data, "horizon", "theory"), 54
    axes.axhspan(horizon, top, color=ROUNDING, linewidth=0, zorder=0)
    axes.set_xscale("symlog", linthresh=0.1, linscale=0.5)
    limit = 3 * np.abs(values).max()
    axes.set_xlim(-limit, limit)
    axes.set_ylim(0, top)
    axes.set_xticks([-100, -1, 0, 1, 100], ["$-100$", "$-1$", "$0$", "$1$", "$100$"])
    note = {"transform": axes.get_yaxis_transform(), "fontsize": 6.5, "ha": "right"}
    total = len(groups)
    agreeing = round(total * _number(data, "agreement", "simulation"))
    axes.text(0.98, judged + 0.8, f"judged at $t={judged:g}$", va="bottom", **note)
    axes.text(0.98, 24, f"success at equal signs,\nfailure at opposite ones:\n{agreeing} of {total} starts", **note)
    axes.text(0.98, horizon + 1, "beyond the horizon:\nby rounding", va="bottom", **note)
    axes.set_xlabel(r"$\det W_2W_1(0)\,\cdot\,\det\Sigma^{yx}$  (in units of $\sigma^{2n}\prod\tilde s_\alpha$)")
    axes.set_ylabel(r"time to pass at $\lambda=0$  (units of $\tau$)")


def _scale(axes, data):
    runs = data.panel("scale")
    lams = [run.lam for run in runs]

    def column(group, statistic, source):
        return [data.number(f"time_to_pass_{group}_{statistic}", run.run_id, source) for run in runs]

    for group, colour in COLOURS.items():
        band = [column(group, statistic, "simulation") for statistic in ("min", "max")]
        axes.fill_between(lams, *band, color=colour, alpha=0.18, linewidth=0)
        axes.plot(lams, column(group, "mean", "simulation"), color=colour)
        axes.plot(lams, column(group, "mean", "theory"), **style.THEORY)
    slope, least, largest = (_number(data, f"slope_scale_{s}", "theory") for s in ("mean", "min", "max"))
    axes.set_xscale("log")
    axes.set_xlim(lams[0], lams[-1])
    axes.set_ylim(0, 30)
    succeeded, n = _number(data, "succeeded_scale", "theory"), len(lams) * len(data.panel("parity"))
    text = f"slope in $\\log(1/\\lambda)$: {slope:.3f}  ({least:.2f} … {largest:.2f})\n"
    text += rf"$1/\tilde s_{{\min}}={_number(data, 'expected_slope', 'theory'):g}$"
    text += f"\n{round(succeeded * n)} of {n} starts succeed"
    axes.text(0.98, 0.97, text, transform=axes.transAxes, ha="right", va="top", fontsize=7)
    axes.text(
        0.02, 0.55, "descent: its\nfinite step", transform=axes.transAxes, va="top", fontsize=6.5, color=style.GREY
    )
    axes.set_xlabel(r"relative scale $\lambda$")
    axes.set_ylabel(r"time to pass at $\lambda>0$  (units of $\tau$)")


def _learning_rate(axes, data):
    runs = data.panel("learning rate")
    rates = [run.learning_rate for run in runs]
    mean, least, largest = (
        [data.number(f"time_to_pass_{s}", run.run_id, "simulation") for run in runs] for s in ("mean", "min", "max")
    )
    axes.fill_between(rates, least, largest, color=style.GREY, alpha=0.18, linewidth=0)
    axes.plot(rates, mean, "o-", color=style.GREY, markersize=4)
    horizon, top = _number(data, "horizon", "theory"), 42
    axes.axhspan(horizon, top, color=ROUNDING, linewidth=0, zorder=0)
    note = {"transform": axes.get_yaxis_transform(), "fontsize": 6.5, "ha": "right", "x": 0.98}
    axes.text(y=horizon + 1, s="the exact solution leaves by rounding", **note)
    slope = _number(data, "slope_learning_rate", "simulation")
    shift = style.scientific(_number(data, "shift_rounding", "simulation"))
    moved = _number(data, "shift_rounding", "theory")
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
