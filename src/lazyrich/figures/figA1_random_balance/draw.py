"""Draws figA1: random initialisations, their relative scale, and how near to balanced they are."""

from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import initial_weights, style
from ...pipeline.drawing.schematic import heat_map

LIMIT = 2.5  # of the heat maps' colours, in |λ*|


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 8.6))
    top, bottom = figure.subfigures(2, 1, height_ratios=[1.12, 1])
    first = _heat_maps(top, data)
    grid = bottom.subplots(2, 2)
    (outputs, hidden), (spread, distance) = grid
    _scale(outputs, data, "outputs", r"$r = N_o/N_i$  (at $N_h = N_i$)")
    run = data.panel("hidden")[0]
    _scale(hidden, data, "hidden", rf"$k = N_h/N_i$  (at $N_o = {run.n_out / run.n_in:g}\,N_i$)")
    _spread(spread, data)
    _distance(distance, data)
    for axes, letter in zip((first, *grid.flat), "ABCDE", strict=True):
        style.panel_letter(axes, letter)
    handles = [
        Line2D([], [], color=colour, marker=marker, linestyle="", markersize=4, label=name)
        for name, colour, marker in initial_weights.SCHEMES.values()
    ]
    handles += [Line2D([], [], label="formula", **style.THEORY)]
    bottom.legend(handles=handles, loc="outside lower center", ncols=5)
    return figure


def _heat_maps(figure, data):
    """A column a scheme, a row a width, and λ*I below."""
    maps = {(run.init, run.n_in): run for run in data.panel("maps")}
    schemes, widths = (list(dict.fromkeys(key[k] for key in maps)) for k in (0, 1))
    grid = figure.subplots(len(widths) + 1, len(schemes), squeeze=False)
    for column, scheme in zip(grid.T, schemes, strict=True):
        name, colour, _ = initial_weights.SCHEMES[scheme]
        for axes, n_in in zip(column, widths, strict=False):
            run = maps[scheme, n_in]
            heat_map(axes, data.matrix("balance", run.run_id), LIMIT)
            distance = data.number("relative_distance", run.run_id, "simulation")
            axes.set_xlabel(f"relative distance {distance:.2f}", fontsize=7, labelpad=2)
        image = heat_map(column[-1], data.matrix("balance", run.run_id, "theory"), LIMIT)
        column[-1].set_xlabel(rf"$\lambda^* = {run.lam:.2f}$", fontsize=7, labelpad=2)
        column[0].set_title(name, color=colour, fontweight="bold")
    for axes, n_in in zip(grid[:, 0], widths, strict=False):
        run = maps[schemes[0], n_in]
        axes.set_ylabel(f"{run.n_in} : {run.n_hidden} : {run.n_out}")
    grid[-1, 0].set_ylabel(r"$\lambda^*I$")
    label = r"entry of $W_2^TW_2 - W_1W_1^T$, in $|\lambda^*|$"
    figure.colorbar(image, ax=grid, shrink=0.6, aspect=22, pad=0.01, extend="both", label=label)
    return grid[0, 0]


def _points(axes, data, panel, quantity, filled=True, formula=True):
    """Measured means with one standard error, the formula dotted on top."""
    for scheme, (_, colour, marker) in initial_weights.SCHEMES.items():
        runs = [run for run in data.panel(panel) if run.init == scheme]
        if not runs:
            continue
        x = [data.number("ratio", run.run_id, "theory") for run in runs]
        y = [data.number(quantity, run.run_id, "simulation") for run in runs]
        bars = [data.numbers(f"{quantity}_bar", run.run_id, "simulation")[2][0] for run in runs]
        face = colour if filled else "white"
        axes.errorbar(
            x, y, list(zip(*bars, strict=True)), color=colour, marker=marker, markersize=4.5, mfc=face, ls="", lw=1
        )
        axes.plot(x, [data.number(quantity, run.run_id, "theory") for run in runs], **style.THEORY)


def _scale(axes, data, panel, label):
    axes.axhline(0, color=style.GREY, linewidth=0.5)
    _points(axes, data, panel, "lam")
    axes.set_xscale("log", base=2)
    ticks = [0.25, 0.5, 1, 2, 4]
    axes.set_xticks(ticks, ["1/4", "1/2", "1", "2", "4"])
    axes.set_xlabel(label)
    axes.set_ylabel(r"relative scale $\lambda^*$")


def _spread(axes, data):
    _points(axes, data, "width", "diagonal_std")
    _points(axes, data, "width", "off_diagonal_std", filled=False)
    runs = data.panel("width")
    slopes = [
        data.number(f"slope_{name}", next(run for run in runs if run.init == scheme).run_id, "simulation")
        for scheme in dict.fromkeys(run.init for run in runs)
        for name in ("diagonal", "off_diagonal")
    ]
    text = f"slopes ${min(slopes):.3f}$ … ${max(slopes):.3f}$"
    style.note(axes, text, fontsize=7)
    handles = [
        Line2D([], [], color=style.GREY, marker="o", markersize=4.5, mfc=face, linestyle="", label=label)
        for face, label in ((style.GREY, "on the diagonal"), ("white", "off the diagonal"))
    ]
    axes.legend(handles=handles, loc="lower left", handletextpad=0.3)
    _log_log(axes, r"width $N_i$  (at " + _ratio(runs[0]) + ")")
    axes.set_ylabel("s.d. of the entries")


def _distance(axes, data):
    _points(axes, data, "width", "relative_distance")
    _points(axes, data, "narrow", "relative_distance", filled=False)
    fixed = data.panel("narrow")[0].n_hidden
    handles = [
        Line2D([], [], color=style.GREY, marker="o", markersize=4.5, mfc=face, linestyle="", label=label)
        for face, label in ((style.GREY, "fixed ratio"), ("white", rf"fixed $N_h = {fixed}$"))
    ]
    axes.legend(handles=handles, loc="lower left", handletextpad=0.3)
    _log_log(axes, r"width $N_i$")
    axes.set_ylabel("relative distance")


def _log_log(axes, label):
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(label)


def _ratio(run):
    return rf"$N_i:N_h:N_o = 1:{run.n_hidden / run.n_in:g}:{run.n_out / run.n_in:g}$"
