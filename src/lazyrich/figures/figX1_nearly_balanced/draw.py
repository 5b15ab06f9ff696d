"""Draws figX1: random starts off balance, and how far the flow departs from the exact solution then."""

from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import initial_weights, style

SCHEMES = {name: initial_weights.SCHEMES[name] for name in ("lecun", "glorot", "he")}
SCHEMES["gaussian"] = ("Gaussian", "#000000", "D")
FAMILIES = {"fixed": "full", "narrow": "bottom", "wide": "none"}  # how markers are filled
QUANTITIES = {"function": "network function", "kernel": "kernel distance", "time": "time to learn"}
SHIFT = 1.06  # between the schemes at one width


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 7.6))
    top, middle, bottom = figure.subfigures(3, 1, height_ratios=[1.0, 1.15, 1.05])
    first = top.subplots(1, 3)
    _imbalance(first[0], data, "relative_imbalance", "distance relative to weights")
    _imbalance(first[1], data, "imbalance", "distance from balance")
    _curves(first[2], data)
    second = middle.subplots(1, 3, sharey=True)
    third = bottom.subplots(1, 3, sharey=True)
    for name, over_width, over_size in zip(QUANTITIES, second, third, strict=True):
        _over_width(over_width, data, name)
        _over_size(over_size, data, name)
    second[0].set_ylim(1e-3, 8)
    third[0].set_ylim(5e-5, 8)
    for row in (second, third):
        row[0].set_ylabel("error of the theory")
    for axes, letter in zip((*first, *second, *third), "ABCDEFGHI", strict=True):
        style.panel_letter(axes, letter)
    _legends(middle, bottom, data)
    return figure


def _widths(run):
    return f"{run.n_in}–{run.n_hidden}–{run.n_out}"


def _by_scheme(data, family):
    """(place among the schemes, colour, marker, runs) of each scheme."""
    for k, (scheme, (_, colour, marker)) in enumerate(SCHEMES.items()):
        runs = [run for run in data.panel(family) if run.init == scheme]
        if runs:
            yield k, colour, marker, runs


def _points(axes, data, family, quantity, source, runs, look):
    """Medians over the draws against width, with bars from the low to the high quantile."""
    k, colour, marker = look
    low, median, high = (
        [data.number(f"{quantity}_{part}", run.run_id, source) for run in runs] for part in ("low", "median", "high")
    )
    bars = [
        [middle - end for middle, end in zip(median, low, strict=True)],
        [end - middle for middle, end in zip(median, high, strict=True)],
    ]
    x = [run.n_in * SHIFT ** (k - 1.5) for run in runs]
    fill = {"fillstyle": FAMILIES[family], "markerfacecoloralt": "white"}
    axes.errorbar(x, median, bars, color=colour, marker=marker, markersize=3.6, lw=0.7, elinewidth=0.6, **fill)


def _width_axis(axes):
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks([8, 32, 128, 512], ["8", "32", "128", "512"])
    axes.set_xlabel(r"width $N_i$")


def _imbalance(axes, data, quantity, label):
    for family in FAMILIES:
        for *look, runs in _by_scheme(data, family):
            _points(axes, data, family, quantity, "simulation", runs, look)
            if quantity == "imbalance":
                formula = [data.number(quantity, run.run_id, "theory") for run in runs]
                axes.plot([run.n_in for run in runs], formula, **style.THEORY)
    _width_axis(axes)
    axes.set_ylabel(label)
    if quantity == "relative_imbalance":
        slopes = [
            data.number("slope_relative_imbalance", runs[0].run_id, "simulation")
            for *_, runs in _by_scheme(data, "fixed")
        ]
        style.note(axes, rf"fixed $N_h$: slopes ${min(slopes):.2f}$ … ${max(slopes):.2f}$", fontsize=7)


def _curves(axes, data):
    """Loss of one draw of some starts, the flow and the theory."""
    shown = [data.runs[int(k)] for k in data.numbers("shown", 0, "flow")[2][0]]
    for run, colour in zip(shown, style.scale_map(shown), strict=True):
        _, t, loss = data.numbers("relative_loss", run.run_id, "flow")
        axes.plot(t[1:], loss[1:, 0], color=colour, label=_widths(run))
        _, t, loss = data.numbers("relative_loss", run.run_id, "theory")
        axes.plot(t[1:], loss[1:, 0], **style.THEORY)
    axes.set_xscale("log")
    axes.set_xlim(1e-3, 10)
    axes.set_xlabel("time / time to learn")
    axes.set_ylabel("loss / loss at the start")
    axes.legend(loc="lower left", fontsize=6, title=SCHEMES[shown[0].init][0], title_fontsize=6)


def _over_width(axes, data, name):
    for family in FAMILIES:
        for *look, runs in _by_scheme(data, family):
            followed = [run for run in runs if data.number("followed", run.run_id, "theory")]
            _points(axes, data, family, f"departure_{name}", "flow", followed, look)
    axes.axhline(data.number("tolerance", 0, "theory"), color=style.GREY, linewidth=0.8, linestyle="--")
    _width_axis(axes)
    axes.set_title(QUANTITIES[name])


def _over_size(axes, data, name):
    """Random starts as dots, balanced starts moved off balance as lines with a band."""
    for family in FAMILIES:
        for _, colour, _, runs in _by_scheme(data, family):
            for run in (run for run in runs if data.number("followed", run.run_id, "theory")):
                x = data.numbers("relative_imbalance", run.run_id, "task")[2][0]
                y = data.numbers(f"departure_{name}", run.run_id, "flow")[2][0]
                axes.plot(x, y, ".", color=colour, markersize=2.4, alpha=0.5, markeredgewidth=0)
    orders = []
    for lam in sorted({run.lam for run in data.panel("perturbed")}):
        runs = [run for run in data.panel("perturbed") if run.lam == lam][1:]  # the first is balanced
        x = [data.number("imbalance_median", run.run_id, "flow") for run in runs]
        low, median, high = (
            [data.number(f"departure_{name}_{part}", run.run_id, "flow") for run in runs]
            for part in ("low", "median", "high")
        )
        axes.fill_between(x, low, high, color=style.colour(lam), alpha=0.18, linewidth=0)
        axes.plot(x, median, color=style.colour(lam), linestyle=_dashes(lam))
        orders.append(data.number(f"order_{name}", runs[0].run_id, "flow"))
    axes.plot([1e-3, 1], [1e-3, 1], color=style.GREY, linewidth=0.8, linestyle="--")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("distance relative to weights")
    style.note(axes, rf"orders ${min(orders):.2f}$ … ${max(orders):.2f}$", fontsize=7)


def _dashes(lam):
    """Both signs of λ may fall on one line."""
    return (0, (2, 1.4)) if lam > 0 else "-"


def _legends(middle, bottom, data):
    handles = [
        Line2D([], [], color=colour, marker=marker, markersize=4, linewidth=0.7, label=name)
        for name, colour, marker in SCHEMES.values()
    ]
    for family, fill in FAMILIES.items():
        run = data.panel(family)[0]
        ratio = f"fixed $N_h = {run.n_hidden}$" if family == "fixed" else f"ratio of {_widths(run)}"
        look = {"fillstyle": fill, "markerfacecoloralt": "white"}
        handles.append(Line2D([], [], color=style.GREY, marker="o", markersize=4, linestyle="", label=ratio, **look))
    middle.legend(handles=handles, loc="outside upper center", ncols=7, handlelength=1.4, columnspacing=1.0)
    handles = [
        Line2D(
            [], [], color=style.colour(lam), linestyle=_dashes(lam), label=rf"{style.lam_label(lam)}, moved off balance"
        )
        for lam in sorted({run.lam for run in data.panel("perturbed")})
    ]
    handles.append(Line2D([], [], color=style.GREY, linestyle="--", linewidth=0.8, label="error = distance"))
    bottom.legend(handles=handles, loc="outside upper center", ncols=4)
