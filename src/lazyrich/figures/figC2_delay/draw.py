"""Draws figC2: the delay of the delayed rich regime, its law over gradient descent, and its spread over starts."""

from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style


def draw(data):
    figure, grid = plt.subplots(2, 3, figsize=(style.WIDTH, 4.9))
    (loss, collapse, delays), (kernel, diagonal, scatter) = grid
    random, at_45 = ([run for run in data.panel(kind) if run.draw == 0] for kind in ("random", "diagonal"))
    colours = style.scale_map(random)
    _curves(loss, data, random, colours, "loss", slow=False)
    loss.set_xscale("log")
    loss.set_xlabel(r"time $t$  (units of $\tau$)")
    loss.set_ylabel(r"loss $L/L_0$")
    loss.set_ylim(0, 1)
    _note(loss, data, random[0], "loss")
    _curves(collapse, data, random, colours, "loss")
    collapse.set_yscale("log")
    collapse.set_ylim(1e-12, 3)
    collapse.set_ylabel(r"loss $L/L_0$")
    collapse.text(9.3, 1e-5, r"rate $2r$", fontsize=7)
    _curves(kernel, data, random, colours, "kernel_distance")
    kernel.set_xlim(0, 6)
    kernel.set_ylabel("kernel distance")
    _note(kernel, data, random[0], "kernel_distance")
    _diagonal(diagonal, data, at_45, colours)
    _delays(delays, data, random, at_45, colours)
    _scatter(scatter, data, random, colours)
    for axes in (collapse, kernel, diagonal):
        axes.set_xlabel(r"rescaled time $r\,t$")
    for axes, letter in zip(grid.flat, "ABCDEF", strict=True):
        style.panel_letter(axes, letter)
    handles = [
        Line2D([], [], color=colour, label=style.lam_label(run.lam))
        for run, colour in zip(random, colours, strict=True)
    ]
    handles += [
        Line2D([], [], color=style.GREY, label="gradient descent"),
        Line2D([], [], label="law", **style.THEORY),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), handlelength=1.6, columnspacing=1.0)
    return figure


def _curves(axes, data, runs, colours, quantity, slow=True):
    """Descent at every λ and the law on top, over r t or over t; the law where its comparison begins."""
    for run, colour in zip(runs, colours, strict=True):
        _, t, values = data.numbers(quantity, run.run_id, "simulation")
        _, _, r_t = data.numbers("slow_time", run.run_id, "theory")
        first = 0 if slow else int(t[0] == 0)  # a logarithmic axis has no 0
        axes.plot(r_t if slow else t[first:], values[first:, 0], color=colour)
    for run in runs:
        _, t, values = data.numbers(f"{quantity}_law", run.run_id, "theory")
        _, _, r_t = data.numbers("law_slow_time", run.run_id, "theory")
        axes.plot(r_t if slow else t, values[:, 0], **style.THEORY)
    axes.margins(x=0)


def _note(axes, data, run, quantity):
    """The largest difference of descent and law over the λ of the claim, above a panel."""
    worst = data.number(f"worst_{quantity}_law", run.run_id, "simulation")
    least = data.number("slope_from", run.run_id, "theory")
    style.note(
        axes,
        rf"descent $-$ law $\leq$ {style.scientific(worst)} for $\lambda \geq {least:g}$",
        fontsize=6,
    )


def _delays(axes, data, random, at_45, colours):
    for runs, marker, source in ((random, "o", "theory"), (at_45, "s", "simulation")):
        law = [data.number("delay_law_mean", run.run_id, "theory") for run in runs]
        axes.loglog([run.lam for run in runs], law, **style.THEORY, zorder=3)
        for run, colour in zip(runs, colours, strict=True):
            if source == "theory":
                mean, *ends = (data.number(f"delay_{name}", run.run_id, source) for name in ("mean", "min", "max"))
                axes.plot([run.lam] * 2, ends, color=colour, linewidth=1.6)
            else:
                mean = data.number("delay", run.run_id, source)
            axes.plot(run.lam, mean, marker, color=colour, markersize=4.5)
    slope = data.number("slope_mean", random[0].run_id, "theory")
    handles = [
        Line2D([], [], color=style.GREY, linestyle="", marker="o", markersize=5, label="random starts"),
        Line2D([], [], color=style.GREY, linestyle="", marker="s", markersize=5, label="45° start, descent"),
        Line2D([], [], linestyle="", label=rf"slope ${slope:.3f}$"),
    ]
    axes.legend(handles=handles, loc="upper left", handlelength=1, borderpad=0, labelspacing=0.25)
    axes.set_ylim(1, 9e3)
    axes.set_xlabel(r"relative scale $\lambda$")
    axes.set_ylabel(r"time to half the plateau  (units of $\tau$)")


def _diagonal(axes, data, runs, colours):
    for quantity in ("loss", "kernel_distance"):
        _curves(axes, data, runs, colours, quantity)
    last = runs[-1].run_id
    for quantity, level, offset in (("slow_quarter", 0.25, (1, 22)), ("slow_kernel_half", None, (9, -4))):
        x = data.number(quantity, last, "simulation")
        y = data.numbers("kernel_distance", last, "theory")[2][-1, 0] / 2 if level is None else level
        axes.plot(x, y, "o", markersize=5.5, markerfacecolor="white", markeredgecolor="black", zorder=4)
        axes.annotate(f"{x:.3f}", (x, y), xytext=offset, textcoords="offset points", fontsize=7)
    axes.text(2.3, 0.05, "loss", fontsize=7)
    axes.text(2.6, 0.37, "kernel distance", fontsize=7, va="top")
    axes.set_xlim(0, 5)
    axes.set_ylim(0, 0.75)
    axes.set_ylabel(r"loss $L/L_0$, kernel distance")
    style.note(axes, "all angles at 45°", fontsize=7)


def _scatter(axes, data, random, colours):
    run, colour = next(
        (run, c)
        for run, c in zip(random, colours, strict=True)
        if run.lam == data.number("scatter_lambda", random[0].run_id, "theory")
    )
    starts = [other.run_id for other in data.panel("random") if other.lam == run.lam]
    x, y = ([data.number(name, start, "theory") for start in starts] for name in ("slow_kernel_half", "plateau"))
    axes.plot(x, y, "o", color=colour, markersize=3.5, alpha=0.6, markeredgewidth=0)
    (x_mean, x_std), (y_mean, y_std) = (
        [data.number(f"{name}_{suffix}", run.run_id, "theory") for suffix in ("mean", "std")]
        for name in ("slow_kernel_half", "plateau")
    )
    axes.errorbar(x_mean, y_mean, y_std, x_std, fmt="none", color="black", elinewidth=1.4)
    axes.axhline(data.number("plateau_expected", random[0].run_id, "theory"), color=style.GREY, linewidth=0.8, zorder=0)
    axes.set_xlabel(r"$r\,t$ of half the kernel's change")
    axes.set_ylabel(r"plateau $L/L_0$")
    style.note(
        axes,
        rf"{len(starts)} starts: ${x_mean:.2f} \pm {x_std:.2f}$, ${y_mean:.2f} \pm {y_std:.2f}$",
        fontsize=7,
    )
