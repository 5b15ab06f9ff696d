"""Draws figX10: λ under label noise, modes of unequal widths, their cost, the kernel, and where the law breaks."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from ...pipeline.frames import TWO_SIDED, only, over_draws

SHAPES = {"contracting": ("#CC79A7", "v"), "square": ("#6E6E6E", "s"), "expanding": ("#E69F00", "^")}
SETTINGS = ("#0072B2", "#56B4E9", "#009E73", "#E69F00", "#CC79A7", "#D55E00", "#999999")
MARKERS = "osD^vP*"
LOSS = "#56B4E9"
DOT = {"linestyle": "", "markersize": 3.2, "markeredgecolor": "black", "markeredgewidth": 0.4}
ERROR = {"linestyle": "", "elinewidth": 0.9, "capsize": 0}


def draw(data):
    figure, grid = plt.subplots(2, 3, figsize=(style.WIDTH, 4.9))
    _scales(grid[0, 0], data)
    _modes(grid[0, 1], data)
    _costs(grid[0, 2], data)
    _kernel(grid[1, 0], data)
    _jitter(grid[1, 1], data)
    _misfit(grid[1, 2], data)
    for axes, letter in zip(grid.flat, "ABCDEF", strict=True):
        style.panel_letter(axes, letter)
    return figure


def _over_draws(frame, by, column):
    """(place, mean over draws, half its 95 % interval) of a column."""
    of = over_draws(frame, by, column)
    return of.index.to_numpy(), of["mean"].to_numpy(), of["error"].to_numpy()


def _points(axes, place, mean, interval, colour, marker, **more):
    look = {**DOT, **ERROR, "color": colour, "ecolor": colour, "marker": marker, **more}
    axes.errorbar(place, mean, interval, **look)


def _scales(axes, data):
    """λ*/λ₀ of every setting against ht, a few points of each, beside one another."""
    settings = data["simulation/agreement"].iloc[:-1]  # the last one is that of panel D
    first, handles = settings.iloc[0], []
    for k, setting in enumerate(settings.itertuples()):
        runs = only(data["simulation/curves"], setting=setting.setting)
        place, mean, interval = _over_draws(runs, "passed", "nearest_lam")
        every = slice(k % 5, None, 5)
        values = mean[every] / setting.lam, interval[every] / abs(setting.lam)
        _points(axes, place[every], *values, SETTINGS[k % 7], MARKERS[k % 7])
        label = _label(setting, first)
        handles.append(Line2D([], [], color=SETTINGS[k % 7], marker=MARKERS[k % 7], label=label, **DOT))
    passed = np.linspace(0, data["theory/curves"]["passed"].max(), 100)
    axes.plot(passed, np.exp(-passed), **style.THEORY)
    axes.set_ylim(0, 1.05)
    axes.set_xlabel(r"$\eta\sigma^2 N t / B$")
    axes.set_ylabel(r"$\lambda^*(t) / \lambda_0$")
    style.note(axes, _label(first, None))
    axes.legend(handles=handles, loc="upper right", handlelength=1, labelspacing=0.3)


def _label(setting, first):
    """The values of the first setting, or what another one has in their place."""
    names = {"learning_rate": r"\eta", "batch": "B", "noise": r"\sigma", "lam": r"\lambda_0"}
    if first is not None and setting.setting == 0:
        return "as above"
    changed = names if first is None else [name for name in names if getattr(setting, name) != first[name]]
    return ", ".join(rf"${names[name]} = {getattr(setting, name):g}$" for name in changed)


def _modes(axes, data):
    """The balance of modes over time, law and descent, and where it rests: weak modes from the least λ₀ only."""
    for shape, (colour, marker) in SHAPES.items():
        law, runs = (only(data[f"{stage}/modes"], shape=shape) for stage in ("theory", "simulation"))
        for lam in law["lam"].unique():
            for mode in law["mode"].unique() if lam == law["lam"].min() else [0]:
                found = _over_draws(only(runs, lam=lam, mode=mode), "passed", "balance")
                every = slice(mode, None, 4)
                face = {} if mode == 0 else {"markerfacecolor": "white", "markeredgecolor": colour}
                _points(axes, *(part[every] for part in found), colour, marker, **face)
                line = only(law, lam=lam, mode=mode)
                axes.plot(line["passed"], line["balance"], **style.THEORY)
        rest = only(data["theory/rests"], shape=shape)["rest"].iloc[0]
        axes.axhline(rest, color=colour, linewidth=0.8, zorder=0)
    axes.set_ylim(-1.05, 1.05)
    axes.set_xlabel(r"$ht$,  $h = (\eta\sigma^2/B)\, 2N_iN_o/(N_i + N_o)$")
    axes.set_ylabel(r"balance $b$ of a mode")


def _costs(axes, data):
    """What noise on the weights costs a mode against its balance; where descent starts and ends."""
    runs = data["simulation/modes"]
    for shape, (colour, marker) in SHAPES.items():
        curve = only(data["theory/costs"], shape=shape)
        axes.plot(curve["balance"], curve["cost"], color=colour)
        of = only(runs, shape=shape, mode=0)
        ends = (of["step"].min(), {"markerfacecolor": "white", "markeredgecolor": colour}), (of["step"].max(), {})
        for step, face in ends:
            points = only(of, step=step).groupby("lam")[["balance", "cost"]].mean()
            axes.plot(points["balance"], points["cost"], color=colour, marker=marker, **{**DOT, **face})
        best = only(data["theory/rests"], shape=shape)["cheapest"].iloc[0]
        axes.axvline(best, ymax=0.6, color=colour, linewidth=0.8, zorder=0)
    axes.set_yscale("log")
    axes.set_ylim(0.9, 8)
    axes.set_yticks([1, 2, 4, 8], ["1", "2", "4", "8"])
    axes.minorticks_off()
    axes.set_xlabel(r"balance $b$ of the mode")
    axes.set_ylabel("cost of noise on the weights,\nover the least")
    widths = data["task/shape_starts"].drop_duplicates("shape").set_index("shape")
    handles = [
        Line2D([], [], color=colour, marker=marker, label=_widths(widths.loc[shape]), **{**DOT, "linestyle": "-"})
        for shape, (colour, marker) in SHAPES.items()
    ]
    axes.legend(handles=handles, loc="upper center", handlelength=1.6)


def _widths(run):
    return f"{run.n_in}–{run.n_hidden}–{run.n_out}"


def _kernel(axes, data):
    """Kernel distance and loss of the last setting over time."""
    last = data["simulation/agreement"]["setting"].max()
    runs, law = (only(data[f"{stage}/curves"], setting=last) for stage in ("simulation", "theory"))
    for column, colour, marker in (("kernel_distance", style.POSITIVE, "o"), ("relative_loss", LOSS, "s")):
        _points(axes, *_over_draws(runs, "passed", column), colour, marker)
    axes.plot(law["passed"], law["kernel_distance"], **style.THEORY)
    balanced = only(data["theory/balanced"], setting=last)["kernel_distance"].iloc[0]
    axes.axhline(balanced, color=style.ZERO, linewidth=0.9, zorder=0)
    axes.annotate(r"$\lambda = 0$", (0, balanced), xytext=(0, 2), textcoords="offset points", color=style.ZERO)
    axes.set_ylim(bottom=-0.01)
    axes.set_xlabel(r"$\eta\sigma^2 N t / B$")
    axes.set_ylabel("kernel distance, relative loss")
    handles = [
        Line2D([], [], color=style.POSITIVE, marker="o", label="kernel distance", **DOT),
        Line2D([], [], color=LOSS, marker="s", label="loss, share of a zero\nnetwork's", **DOT),
    ]
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(0, 0.9), handlelength=1)


def _jitter(axes, data):
    curve, found = data["theory/jitter_curve"], data["simulation/jitter"]
    axes.plot(curve["share"], curve["speed_up"], **style.THEORY)
    handles = []
    for k, (batch, rows) in enumerate(found.groupby("batch")):
        _points(axes, rows["share"], rows["speed_up"], TWO_SIDED * rows["standard_error"], SETTINGS[2 * k], MARKERS[k])
        handles.append(Line2D([], [], color=SETTINGS[2 * k], marker=MARKERS[k], label=f"$B = {batch}$", **DOT))
    axes.axhline(1, color=style.GREY, linewidth=0.7, zorder=0)
    axes.set_xlim(left=0)
    axes.set_xlabel(r"$x = \frac{1}{2}\eta\kappa\,(1 + (N + 1)/B)$")
    axes.set_ylabel("speed, over the law's")
    axes.legend(handles=handles, loc="upper left", handlelength=1)


def _misfit(axes, data):
    curve, found = data["theory/misfit"], data["simulation/misfit"]
    axes.plot(curve["loss"], curve["speed_up"], **style.THEORY)
    _points(axes, found["loss"], found["speed_up"], TWO_SIDED * found["standard_error"], style.POSITIVE, "o")
    axes.axhline(1, color=style.GREY, linewidth=0.7, zorder=0)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_yticks([1, 3, 10, 30], ["1", "3", "10", "30"])
    axes.minorticks_off()
    axes.set_xlabel("loss of the misfit / of the noise")
    axes.set_ylabel("speed, over the law's")
