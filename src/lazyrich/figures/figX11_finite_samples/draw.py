"""Draws figX11: test loss over time, at the best stopping time, at the end and within a budget, and its large limit."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from ...pipeline.frames import only, over_draws

SPECTRA = {"spike": "#CC79A7", "few": "#E69F00", "power": "#56B4E9", "flat": "black"}
UNITS = {"time": ("budget of time", "#6E6E6E", "s"), "steps": ("budget of steps", "black", "o")}
UNEQUAL = {"linestyle": (0, (3, 1.5)), "linewidth": 1.0, "marker": "o", "markersize": 2, "elinewidth": 0.8}
DOT = {"linestyle": "", "marker": "o", "markersize": 3, "markeredgecolor": "black", "markeredgewidth": 0.5}
LABELLED = 1.3  # share of the start at which a curve of panel F is given its width
LEFT = 1.8  # room beside the largest |λ| of panel B


def draw(data):
    figure, grid = plt.subplots(2, 3, figsize=(style.WIDTH, 5.2))
    _curves(grid[0, 0], data)
    _best(grid[0, 1], data)
    _gains(grid[0, 2], data)
    _ends(grid[1, 0], data)
    _budgets(grid[1, 1], data)
    _large(grid[1, 2], data)
    for axes, letter in zip(grid.flat, "ABCDEF", strict=True):
        style.panel_letter(axes, letter)
    _legend(figure, data)
    return figure


def _colours(lams):
    """A colour for each |λ|: green at 0, then vermilion, lighter to darker."""
    above = sorted({abs(lam) for lam in lams if lam})
    return {0.0: style.ZERO} | dict(zip(above, style.shades(1, len(above))[::-1], strict=True))


def _curves(axes, data):
    curves, best = data["theory/curves"], data["theory/best"]
    case = only(best, spectrum=curves["spectrum"].iloc[0], n_examples=_examples(data))
    start = case["start_loss"].mean()
    colours = _colours(case["lam"])
    for lam, rows in curves[curves["lam"] >= 0].groupby("lam"):
        of = over_draws(rows, "t", "test_loss").iloc[1:] / start
        axes.fill_between(of.index, of["mean"] - of["std"], of["mean"] + of["std"], color=colours[lam], alpha=0.2, lw=0)
        axes.plot(of["mean"], color=colours[lam], label=style.lam_label(lam))
        place = of["mean"].idxmin()
        axes.plot(place, of["mean"][place], "v", color="black", markersize=4.5, zorder=4)
    for lam, rows in data["simulation/curves"].groupby("lam"):
        means = rows.groupby("t")["test_loss"].mean().iloc[1:]
        axes.plot(means / start, color=colours[lam], **DOT)
    axes.set_xscale("log")
    axes.set_xlim(1e-3, curves["t"].max())
    axes.set_ylim(0, 1.19)
    axes.set_xlabel(r"time $t$  (units of $\tau$)")
    axes.set_ylabel("test loss, share of the start")
    axes.legend(loc="lower left", handlelength=1.2, ncols=2, columnspacing=0.8, borderaxespad=0.2)


def _examples(data):
    """The P of which every λ was tried."""
    counts = data["theory/best"].groupby("n_examples").size()
    return counts.idxmax()


def _best(axes, data):
    for name, colour in SPECTRA.items():
        rows = only(data["theory/best"], spectrum=name, n_examples=_examples(data))
        of = over_draws(rows.assign(share=rows["test_loss"] / rows["start_loss"]), "lam", "share")
        axes.errorbar(of.index, of["mean"], of["error"], color=colour, marker="o", markersize=3, linewidth=1.2)
        least = of["mean"].idxmin()
        axes.plot(least, of["mean"][least], "*", color=colour, markersize=9, markeredgecolor="white", zorder=4)
    for name, rows in data["theory/unequal"].groupby("spectrum"):
        of = over_draws(rows.assign(share=rows["test_loss"] / rows["start_loss"]), "lam", "share")
        axes.errorbar(of.index, of["mean"], of["error"], color=SPECTRA[name], **UNEQUAL)
    law = data["theory/limits"].set_index("n_examples")["lazy"][_examples(data)]
    axes.axhline(law / data["theory/best"]["start_loss"].mean(), **style.THEORY)
    _lambda_axis(axes, data)
    axes.set_ylim(0, 0.5)
    axes.set_ylabel("test loss at the best stop")
    style.note(axes, rf"$P = {_examples(data)}$")


def _lambda_axis(axes, data):
    most = data["theory/best"]["lam"].max()
    axes.set_xscale("symlog", linthresh=0.1, linscale=0.5)
    axes.set_xticks([-100, -1, 0, 1, 100], ["−100", "−1", "0", "1", "100"])
    axes.set_xlim(-LEFT * most, LEFT * most)
    axes.minorticks_off()
    axes.set_xlabel(r"relative scale $\lambda$ of the start")


def _gains(axes, data):
    best = data["theory/best"]
    lazy = best["lam"].max()
    for name, colour in SPECTRA.items():
        keys = ["n_examples", "draw"]
        one, other = (only(best, spectrum=name, lam=lam).set_index(keys)["test_loss"] for lam in (0, lazy))
        logs = np.log(other / one).rename("log").reset_index()
        of = over_draws(logs, "n_examples", "log")
        bars = [
            np.exp(of["mean"]) - np.exp(of["mean"] - of["error"]),
            np.exp(of["mean"] + of["error"]) - np.exp(of["mean"]),
        ]
        axes.errorbar(of.index, np.exp(of["mean"]), bars, color=colour, marker="o", markersize=3, linewidth=1.2)
    limits = data["theory/limits"]
    axes.plot(limits["n_examples"], limits["lazy"] / limits["rich"], **style.THEORY)
    axes.axhline(1, color=style.GREY, linewidth=0.6)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(0.45, 12)
    axes.set_yticks([1, 2, 5, 10], ["1", "2", "5", "10"])
    axes.minorticks_off()
    axes.set_xlabel("examples $P$")
    axes.set_ylabel("lazy over rich, test loss\nat the best stop")
    axes.annotate("rich wins", (0.03, 0.96), xycoords="axes fraction", fontsize=6.5, color=style.GREY, va="top")
    axes.annotate("lazy wins", (0.97, 0.03), xycoords="axes fraction", fontsize=6.5, color=style.GREY, ha="right")


def _ends(axes, data):
    for name, colour in SPECTRA.items():
        start = only(data["theory/best"], spectrum=name)["start_loss"].mean()
        ends = only(data["theory/ends"], spectrum=name)
        of = over_draws(ends, "n_hidden", "test_loss") / start
        axes.errorbar(of.index, of["mean"], of["error"], color=colour, linewidth=1.2)
        late = only(data["theory/late"], spectrum=name)
        means = late.groupby("n_hidden")["test_loss"].mean()
        same = ends[ends["draw"].isin(late["draw"].unique())].groupby("n_hidden")["test_loss"].mean()
        axes.plot(means.index, of["mean"][means.index] + (means - same[means.index]) / start, color=colour, **DOT)
        stopped = only(data["theory/best"], spectrum=name, lam=0, n_examples=_examples(data))["test_loss"].mean()
        axes.plot(data["theory/ends"]["n_hidden"].max() * 1.07, stopped / start, "<", color=colour, markersize=5)
    axes.set_ylim(0, 1.06)
    axes.set_xlabel("hidden neurons")
    axes.set_ylabel("test loss at the end")


def _budgets(axes, data):
    budgets = data["theory/budgets"]
    for unit, (_, colour, marker) in UNITS.items():
        groups = only(budgets, unit=unit).groupby("budget")["best_lam"]
        low, middle, high = (groups.quantile(q) for q in (0.25, 0.5, 0.75))
        axes.fill_between(middle.index, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(middle, color=colour, marker=marker, markersize=3.5, linewidth=1.2)
    axes.set_yscale("symlog", linthresh=0.1, linscale=0.5)
    axes.set_yticks([0, 0.1, 1, 10, 100], ["0", "0.1", "1", "10", "100"])
    axes.set_ylim(-0.03, budgets["best_lam"].max() * 1.5)
    axes.set_xscale("log")
    axes.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
    axes.minorticks_off()
    axes.set_xlabel(r"budget, in steps at $\lambda = 0$")
    axes.set_ylabel(r"best $\lambda$")
    handles = [Line2D([], [], color=c, marker=m, markersize=3.5, label=label) for label, c, m in UNITS.values()]
    axes.legend(handles=handles, loc="lower left", handlelength=1.3, borderaxespad=0.2)


def _large(axes, data):
    laws, drawn = data["theory/large"], data["simulation/large"]
    widths = sorted(laws["n_out"].unique())
    for lam in sorted(laws["lam"].unique()):
        for n_out, colour in zip(widths, style.shades(lam, len(widths))[::-1], strict=True):
            law = only(laws, n_out=n_out, lam=lam)
            start = law["test_loss"].iloc[0]
            of = over_draws(only(drawn, n_out=n_out, lam=lam), "t", "test_loss") / start
            axes.errorbar(of.index, of["mean"], of["std"], color=colour, elinewidth=0.8, **DOT)
            axes.plot(law["t"], law["test_loss"] / start, **style.THEORY)
            shown = law[law["test_loss"] < LABELLED * start]
            place = (shown["t"].iloc[-1], shown["test_loss"].iloc[-1] / start)
            axes.annotate(f"{n_out}", place, xytext=(3, -1), textcoords="offset points", fontsize=6.5, color=colour)
    axes.set_ylim(0, 1.6)
    axes.set_xlabel(r"time $t$  (unit of the noise)")
    axes.set_ylabel("test loss, share of the start")
    style.note(axes, rf"$\lambda = 0, {laws['lam'].max():g}$;  widths {', '.join(f'{n}' for n in widths)}")


def _legend(figure, data):
    ranks = {"spike": "one spike", "few": "a few", "power": "power law", "flat": "flat"}
    handles = [
        Line2D([], [], color=colour, marker="o", markersize=3, linewidth=1.2, label=f"{ranks[name]} (B–D)")
        for name, colour in SPECTRA.items()
    ]
    handles.append(Line2D([], [], label="closed form", **style.THEORY))
    handles.append(
        Line2D(
            [],
            [],
            color=style.GREY,
            label="unequal widths (B)",
            **{k: v for k, v in UNEQUAL.items() if k != "elinewidth"},
        )
    )
    handles.append(Line2D([], [], color=style.GREY, label="descent (A), late (D), draws (F)", **DOT))
    figure.legend(handles=handles, loc="outside lower center", ncols=4, handlelength=2, columnspacing=1.2)
