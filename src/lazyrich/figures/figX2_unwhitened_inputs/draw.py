"""Draws figX2: raw inputs beside the theory for whitened ones, and which of its statements survive."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style

# function, loss, kernel: hues that stand for no sign of λ
LOOKS = {
    "function": (r"$W_2W_1$", "#CC79A7", "o"),
    "loss": ("loss", style.GREY, "s"),
    "kernel": ("kernel distance", "#E69F00", "^"),
}
STATEMENTS = {
    "order": r"richest at $\lambda=0$, lazier with $|\lambda|$",
    "lazy": r"kernel at rest at the largest $|\lambda|$",
    "layer": r"sign of $\lambda$ decides which layer learns",
    "faster": r"a larger $|\lambda|$ learns faster",
    "structure_fitted": r"representations: those of $W^*=\Sigma_{yx}\Sigma_{xx}^{-1}$",
    "delayed_rich": "4–4–8: richer at $\\lambda=10$ than at 0 …",
    "delayed": "… and the kernel turns late",
    "plateau": "… while the loss waits on a plateau",
    "structure_measured": r"representations: those of $\Sigma_{yx}$",
    "time": r"time to learn at $\lambda=10$",
}


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 7.4))
    top, bottom = figure.subfigures(2, 1, height_ratios=[1.65, 1])
    grid = top.subplot_mosaic([["A", "B", "C"], ["D", "D", "E"]])
    colours = _colours(data)
    _over_time(grid["A"], data, "raw", 0.0, ("loss",), colours)
    grid["A"].set_ylabel("loss, share of the start")
    grid["A"].set_title(r"$\lambda = 0$", fontsize=8)
    _against_condition(grid["B"], data)
    _against_scale(grid["C"], data)
    _final(grid["D"], data, colours)
    _over_time(grid["E"], data, "delayed", None, ("loss", "kernel_distance"), colours)
    grid["E"].set_ylabel("loss (dashed), kernel (solid)")
    run = _late(data, "delayed")[0]
    widths = "–".join(str(n) for n in (run.n_in, run.n_hidden, run.n_out))
    grid["E"].set_title(rf"{widths}, {style.lam_label(run.lam)}", fontsize=8)
    handles = [Line2D([], [], label="condition number", linestyle="")]
    handles += [Line2D([], [], color=colour, label=f"{c:g}") for c, colour in colours.items()]
    handles.append(Line2D([], [], label="exact solution as if whitened", **style.THEORY))
    top.legend(handles=handles, loc="outside lower center", ncols=len(handles), handlelength=1.6, columnspacing=1.2)
    axes = bottom.subplots()
    _statements(axes, data)
    for letter, panel in {**grid, "F": axes}.items():
        style.panel_letter(panel, letter)
    return figure


def _first(data, kind):
    """The run of each panel of a kind and λ that holds its statistics, with its condition number."""
    runs = [run for run in data.runs if run.draw == 0 and run.panel.split()[0] == kind]
    return [(run, data.number("condition", run.run_id, "task")) for run in runs]


def _late(data, kind):
    return [run for run, _ in _first(data, kind) if run.lam]


def _colours(data):
    conditions = list(dict.fromkeys(condition for _, condition in _first(data, "raw")))
    return dict(zip(conditions, style.scale_map(conditions), strict=True))


def _over_time(axes, data, kind, lam, quantities, colours):
    drawn = data.numbers("drawn_conditions", 0, "task")[2][0]
    for run, condition in _first(data, kind):
        if condition not in drawn or (run.lam != lam if lam is not None else run.lam == 0):
            continue
        for quantity in quantities:
            dashes = (0, (4, 1.5)) if quantity == "loss" and len(quantities) > 1 else "-"
            _band(axes, data, run, "simulation", quantity, color=colours[condition], linestyle=dashes)
            if kind == "raw":
                _, t, middle = data.numbers(f"{quantity}_mid", run.run_id, "theory")
                axes.plot(t, middle[:, 0], **style.THEORY)
    axes.set_xscale("log")
    axes.set_xlim(left=1e-2)
    axes.set_ylim(-0.02, 1.05)
    axes.set_xlabel(r"time $t$  (units of $\tau$)")


def _band(axes, data, run, source, quantity, **line):
    t = data.numbers(f"{quantity}_mid", run.run_id, source)[1]
    low, mid, high = (
        data.numbers(f"{quantity}_{part}", run.run_id, source)[2][:, 0] for part in ("low", "mid", "high")
    )
    axes.fill_between(t, low, high, color=line["color"], alpha=0.15, linewidth=0)
    axes.plot(t, mid, **line)


def _departures(axes, data, places, runs, look, style_of):
    low, mid, high = (
        np.array([data.number(f"departure_{look}_{part}", run.run_id, "simulation") for run in runs])
        for part in ("low", "mid", "high")
    )
    _, colour, marker = LOOKS[look]
    axes.fill_between(places, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.plot(places, mid, marker=marker, color=colour, markersize=4, **style_of)


def _against_condition(axes, data):
    for kind, look in (("raw", {}), ("whitened", {"markerfacecolor": "none", "linestyle": (0, (4, 1.5))})):
        chosen = [(run, c) for run, c in _first(data, kind) if run.lam == 0]
        runs, conditions = zip(*chosen, strict=True)
        for name in LOOKS:
            _departures(axes, data, conditions, runs, name, look)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(r"condition number of $\Sigma_{xx}$")
    axes.set_ylabel("departure from theory")
    axes.set_title(r"$\lambda = 0$", fontsize=8)
    axes.set_ylim(2e-5, 5)
    axes.text(0.97, 0.52, "after whitening", transform=axes.transAxes, ha="right", fontsize=7, color=style.GREY)


def _against_scale(axes, data):
    shown = data.number("shown_condition", 0, "task")
    runs = [run for run, condition in _first(data, "raw") if condition == shown]
    for name in LOOKS:
        _departures(axes, data, [run.lam for run in runs], runs, name, {})
    _scale_axis(axes)
    axes.set_yscale("log")
    axes.set_ylim(2e-5, 5)
    axes.set_title(f"condition number {shown:g}", fontsize=8)
    handles = [Line2D([], [], color=c, marker=m, markersize=4, label=text) for text, c, m in LOOKS.values()]
    axes.legend(handles=handles, loc="lower center", fontsize=6, handlelength=1.6)


def _scale_axis(axes):
    axes.set_xscale("symlog", linthresh=1, linscale=0.7)
    axes.set_xticks([-30, -10, -1, 0, 1, 10, 30], ["$-30$", "", "$-1$", "$0$", "$1$", "", "$30$"])
    axes.minorticks_off()
    axes.set_xlabel(r"relative scale $\lambda$")


def _final(axes, data, colours):
    for condition, colour in colours.items():
        runs = [run for run, c in _first(data, "raw") if c == condition]
        lams = [run.lam for run in runs]
        mean, low, high = (
            np.array([data.number(f"final_distance_{name}", run.run_id, "simulation") for run in runs])
            for name in ("mean", "min", "max")
        )
        axes.fill_between(lams, low, high, color=colour, alpha=0.08, linewidth=0)
        axes.plot(lams, mean, "o-", color=colour, markersize=3)
    _scale_axis(axes)
    axes.set_yscale("log")
    axes.set_ylabel("kernel distance,\nstart to end of training")


def _statements(axes, data):
    conditions = list(dict.fromkeys(condition for _, condition in _first(data, "raw")))
    shares = np.full((len(STATEMENTS), len(conditions)), np.nan)
    for kind, names in (
        ("raw", ("order", "lazy", "layer", "faster", "structure_fitted", "structure_measured", "time")),
        ("delayed", ("delayed_rich", "delayed", "plateau")),
    ):
        for run, condition in _first(data, kind):
            if run.lam == 0:
                for name in names:
                    place = list(STATEMENTS).index(name), conditions.index(condition)
                    shares[place] = data.number(f"share_{name}", run.run_id, "simulation")
    axes.imshow(shares, cmap="RdYlBu", vmin=-0.2, vmax=1.2, aspect="auto", alpha=0.5)
    for (row, column), share in np.ndenumerate(shares):
        text = "–" if np.isnan(share) else f"{100 * share:.0f}%"
        axes.text(column, row, text, ha="center", va="center", fontsize=7)
    axes.set_yticks(range(len(STATEMENTS)), STATEMENTS.values(), fontsize=7)
    axes.set_xticks(range(len(conditions)), [f"{c:g}" for c in conditions])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(r"condition number of $\Sigma_{xx}$")
    axes.set_title("share of draws in which a statement of the theory holds", fontsize=8)
