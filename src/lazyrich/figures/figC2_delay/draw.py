"""Draws figC2: the delay of the delayed rich regime, its law over gradient descent, and its spread over starts."""

from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from ...pipeline.frames import only


def draw(data, scatter_lambda):
    figure, grid = plt.subplots(2, 3, figsize=(style.WIDTH, 4.9))
    (loss, collapse, delays), (kernel, diagonal, scatter) = grid
    lams = data["simulation/starts"]["lam"].unique()
    colours = dict(zip(lams, style.scale_map(lams), strict=True))
    _curves(loss, data, "random", colours, "loss", time="t")
    loss.set_xscale("log")
    loss.set_xlabel(r"time $t$  (units of $\tau$)")
    loss.set_ylabel(r"loss $L/L_0$")
    loss.set_ylim(0, 1)
    _note(loss, data, "loss")
    _curves(collapse, data, "random", colours, "loss")
    collapse.set_yscale("log")
    collapse.set_ylim(1e-12, 3)
    collapse.set_ylabel(r"loss $L/L_0$")
    collapse.text(9.3, 1e-5, r"rate $2r$", fontsize=7)
    _curves(kernel, data, "random", colours, "kernel_distance")
    kernel.set_xlim(0, 6)
    kernel.set_ylabel("kernel distance")
    _note(kernel, data, "kernel_distance")
    _diagonal(diagonal, data, colours)
    _delays(delays, data, colours)
    _scatter(scatter, data, scatter_lambda, colours[scatter_lambda])
    for axes in (collapse, kernel, diagonal):
        axes.set_xlabel(r"rescaled time $r\,t$")
    for axes, letter in zip(grid.flat, "ABCDEF", strict=True):
        style.panel_letter(axes, letter)
    handles = [Line2D([], [], color=colour, label=style.lam_label(lam)) for lam, colour in colours.items()]
    handles += [
        Line2D([], [], color=style.GREY, label="gradient descent"),
        Line2D([], [], label="law", **style.THEORY),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), handlelength=1.6, columnspacing=1.0)
    return figure


def _curves(axes, data, start, colours, quantity, time="slow_time"):
    """Descent at every λ and the law on top, over r t or over t; the law where its comparison begins."""
    descent = only(data["simulation/curves"], start=start)
    if time == "t":
        descent = descent[descent["t"] > 0]  # a logarithmic axis has no 0
    for lam, curve in descent.groupby("lam"):
        axes.plot(curve[time], curve[quantity], color=colours[lam])
    for _, curve in only(data["theory/laws"], start=start).groupby("lam"):
        axes.plot(curve[time], curve[quantity], **style.THEORY)
    axes.margins(x=0)


def _note(axes, data, quantity):
    """The largest difference of descent and law over the λ of the claim, above a panel."""
    least = data["theory/slopes"]["fitted_from"].iloc[0]
    worst = only(data["simulation/starts"], start="random", lam={"from": least})[f"deviation_{quantity}_law"].max()
    style.note(
        axes,
        rf"descent $-$ law $\leq$ {style.scientific(worst)} for $\lambda \geq {least:g}$",
        fontsize=6,
    )


def _delays(axes, data, colours):
    law = data["theory/starts"].groupby(["start", "lam"])["delay_law"].mean()
    random = only(data["theory/starts"], start="random").groupby("lam")["delay"].agg(["min", "max", "mean"])
    axes.loglog(law["random"], **style.THEORY, zorder=3)
    for lam, *ends, mean in random.itertuples():
        axes.plot([lam] * 2, ends, color=colours[lam], linewidth=1.6)
        axes.plot(lam, mean, "o", color=colours[lam], markersize=4.5)
    axes.loglog(law["diagonal"], **style.THEORY, zorder=3)
    for run in only(data["simulation/starts"], start="diagonal").itertuples():
        axes.plot(run.lam, run.delay, "s", color=colours[run.lam], markersize=4.5)
    slope = only(data["theory/slopes"], start="random")["slope"].mean()
    handles = [
        Line2D([], [], color=style.GREY, linestyle="", marker="o", markersize=5, label="random starts"),
        Line2D([], [], color=style.GREY, linestyle="", marker="s", markersize=5, label="45° start, descent"),
        Line2D([], [], linestyle="", label=rf"slope ${slope:.3f}$"),
    ]
    axes.legend(handles=handles, loc="upper left", handlelength=1, borderpad=0, labelspacing=0.25)
    axes.set_ylim(1, 9e3)
    axes.set_xlabel(r"relative scale $\lambda$")
    axes.set_ylabel(r"time to half the plateau  (units of $\tau$)")


def _diagonal(axes, data, colours):
    for quantity in ("loss", "kernel_distance"):
        _curves(axes, data, "diagonal", colours, quantity)
    last = only(data["simulation/starts"], start="diagonal").iloc[-1]
    end = only(data["theory/curves"], start="diagonal", lam=last["lam"])["kernel_distance"].iloc[-1]
    for quantity, y, offset in (("slow_quarter", 0.25, (1, 22)), ("slow_kernel_half", end / 2, (9, -4))):
        x = last[quantity]
        axes.plot(x, y, "o", markersize=5.5, markerfacecolor="white", markeredgecolor="black", zorder=4)
        axes.annotate(f"{x:.3f}", (x, y), xytext=offset, textcoords="offset points", fontsize=7)
    axes.text(2.3, 0.05, "loss", fontsize=7)
    axes.text(2.6, 0.37, "kernel distance", fontsize=7, va="top")
    axes.set_xlim(0, 5)
    axes.set_ylim(0, 0.75)
    axes.set_ylabel(r"loss $L/L_0$, kernel distance")
    style.note(axes, "all angles at 45°", fontsize=7)


def _scatter(axes, data, lam, colour):
    starts = only(data["theory/starts"], start="random", lam=lam)[["slow_kernel_half", "plateau"]]
    axes.plot(*starts.to_numpy().T, "o", color=colour, markersize=3.5, alpha=0.6, markeredgewidth=0)
    (x_mean, y_mean), (x_std, y_std) = starts.mean(), starts.std(ddof=0)
    axes.errorbar(x_mean, y_mean, y_std, x_std, fmt="none", color="black", elinewidth=1.4)
    axes.axhline(data["theory/expected"]["plateau"].iloc[0], color=style.GREY, linewidth=0.8, zorder=0)
    axes.set_xlabel(r"$r\,t$ of half the kernel's change")
    axes.set_ylabel(r"plateau $L/L_0$")
    style.note(
        axes,
        rf"{len(starts)} starts: ${x_mean:.2f} \pm {x_std:.2f}$, ${y_mean:.2f} \pm {y_std:.2f}$",
        fontsize=7,
    )
