"""Draws figP1: time and error of the exact solution and of its rivals, against width and number of times."""

from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style
from . import tables

METHODS = {
    "exact": (style.NEGATIVE, "o", "exact solution"),
    "time by time": ("#56B4E9", "D", "the same, time by time"),
    "stepwise": (style.GREY, "s", "formula as written"),
    "DOP853": (style.POSITIVE, "^", "DOP853"),
    "LSODA": (style.ZERO, "v", "LSODA"),
}
DESCENT = {
    "Python loop": ("#999999", "P", "Python loop"),
    "one run": ("#E69F00", "X", "one run"),
    "side by side": ("#CC79A7", "*", "32 runs side by side"),
}
FIT = {"color": "black", "linestyle": (0, (4, 2)), "linewidth": 0.9, "zorder": 5}
TIME_LABEL = "CPU seconds"
MOST_WIDTHS = 3
NO_ERROR = 1e-17  # where an error of exactly 0 is drawn


def draw(folder):
    """The figure of the tables in a folder."""
    times, errors, _, fits = (frame.to_dict("records") for frame in tables.read(folder))
    solution = [row for row in times if row["group"] == "exact solution"]
    equal = [row for row in solution if _equal(row)]
    sizes, widths = (sorted({row[k] for row in equal}) for k in ("size", "n_in"))
    size, width = sizes[len(sizes) // 2], widths[len(widths) // 2]
    figure, ((a, b, c), (d, e, f)) = plt.subplots(2, 3, figsize=(style.WIDTH, 5.2))
    _against_width(a, equal, fits, size)
    _against_times(b, equal, fits, widths)
    _beside_integrator(c, solution, sizes)
    errors = [row for row in errors if _equal(row)]
    _errors(d, [row for row in errors if row["size"] == size], "n_in", rf"$T = {size}$ times")
    _errors(e, [row for row in errors if row["n_in"] == width], "size", rf"widths $n = {width}$")
    _descent(f, [row for row in times if row["group"] == "descent"])
    for axes, letter in zip((a, b, c, d, e, f), "ABCDEF", strict=True):
        style.panel_letter(axes, letter)
    handles = [_handle(colour, marker, label) for colour, marker, label in METHODS.values()]
    handles.append(Line2D([], [], label="fitted power", **FIT))
    figure.legend(handles=handles, loc="outside lower center", ncols=6, handlelength=1.8, columnspacing=1.2)
    figure.suptitle(tables.machine(folder), fontsize=6, color=style.GREY, x=0.995, ha="right")
    return figure


def _equal(row):
    return row["n_in"] == row["n_hidden"] == row["n_out"]


def _handle(colour, marker, label):
    return Line2D([], [], color=colour, marker=marker, markersize=3.5, linewidth=1.2, label=label)


def _line(axes, rows, along, value, colour, marker, **more):
    points = sorted((row[along], row[value]) for row in rows)
    look = {"color": colour, "marker": marker, "markersize": 3.5, "linewidth": 1.2, **more}
    if points:
        axes.plot(*zip(*points, strict=True), **look)


def _of(rows, method):
    return [row for row in rows if row["method"] == method]


def _logarithmic(axes, rows, along, label):
    values = sorted({row[along] for row in rows})
    axes.set(xscale="log", yscale="log", ylabel=label)
    axes.set_xlabel(r"width $n$ of every layer" if along == "n_in" else r"number of times $T$")
    axes.set_xticks(values, [f"{value}" for value in values])
    axes.minorticks_off()


def _fit(axes, rows, group, method, along, **where):
    """Draw a fitted line, and give its power."""
    ends = [row for row in _of(rows, method) if row["group"] == group]
    ends = [row for row in ends if all(row[name] == value for name, value in where.items())]
    axes.plot([row[along] for row in ends], [row["cpu"] for row in ends], **FIT)
    return ends[0]["exponent"] if ends else None


def _against_width(axes, equal, rows, size):
    here = [row for row in equal if row["size"] == size]
    for method, (colour, marker, _) in METHODS.items():
        _line(axes, _of(here, method), "n_in", "cpu", colour, marker)
    powers = []
    for method in ("exact", "time by time"):
        power = _fit(axes, rows, "fit in n", method, "n_in", size=size)
        powers += [] if power is None else [_handle(*METHODS[method][:2], rf"$\propto n^{{{power:.1f}}}$")]
    _logarithmic(axes, here, "n_in", TIME_LABEL)
    style.note(axes, rf"$T = {size}$ times", 7)
    axes.legend(handles=powers, loc="upper left", labelspacing=0.2, borderpad=0)


def _against_times(axes, equal, rows, widths):
    shown = widths[::-2][:MOST_WIDTHS][::-1]
    key = []
    for n, shade in zip(shown, style.scale_map(shown), strict=True):
        here = [row for row in equal if row["n_in"] == n]
        _line(axes, _of(here, "exact"), "size", "cpu", shade, "o")
        _line(axes, _of(here, "time by time"), "size", "cpu", shade, "D", markerfacecolor="white", linewidth=0.7)
        powers = [_fit(axes, rows, "fit in T", method, "size", n_in=n) for method in ("exact", "time by time")]
        said = ", ".join("–" if power is None else rf"$T^{{{power:.1f}}}$" for power in powers)
        key.append(_handle(shade, "", rf"$n = {n}$:  {said}"))
    _logarithmic(axes, equal, "size", TIME_LABEL)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** 0.45)
    style.note(axes, "exact, and time by time (open)", 7)
    axes.legend(handles=key[::-1], loc="upper left", labelspacing=0.2, borderpad=0)


def _beside_integrator(axes, solution, sizes):
    rivals = [{**row, "widest": max(row["n_in"], row["n_hidden"], row["n_out"])} for row in _of(solution, "DOP853")]
    for size, shade in zip(sizes, style.scale_map(sizes), strict=True):
        here = [row for row in rivals if row["size"] == size]
        _line(axes, [row for row in here if _equal(row)], "widest", "ratio", shade, "o", label=f"$T = {size}$")
        unequal = [row for row in here if not _equal(row)]
        _line(axes, unequal, "widest", "ratio", shade, "D", linestyle="", markerfacecolor="white")
    axes.axhline(1, color="black", linewidth=0.7)
    _logarithmic(axes, [row for row in rivals if _equal(row)], "widest", "time of DOP853 / exact solution")
    axes.set_xlabel("width of the widest layer")
    axes.set_ylim(0.5, 2 * max(row["ratio"] for row in rivals))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.text(0.98, 1, "as fast", transform=axes.get_yaxis_transform(), ha="right", va="top", fontsize=6)
    style.note(axes, "open: unequal widths", 7)
    axes.legend(loc="upper right", labelspacing=0.2, borderpad=0)


def _errors(axes, rows, along, note):
    rows = [row for row in rows if row["method"] != "time by time"]  # what the others are compared with
    for method, (colour, marker, _) in METHODS.items():
        found = sorted((row[along], row["error"]) for row in _of(rows, method))
        for none, face in ((False, colour), (True, "white")):
            points = [(x, max(y, NO_ERROR)) for x, y in found if (y < NO_ERROR) == none]
            look = {"color": colour, "marker": marker, "markersize": 3.5, "linewidth": 1.2, "markerfacecolor": face}
            if points:
                axes.plot(*zip(*points, strict=True), **look)
    axes.axhline(2.0**-52, color="black", linewidth=0.5)
    axes.text(0.98, 1.6e-16, "double rounding", transform=axes.get_yaxis_transform(), ha="right", va="top", fontsize=6)
    _logarithmic(axes, rows, along, "largest relative error of $W_2W_1$")
    axes.set_ylim(NO_ERROR / 2, 1e-10)
    axes.set_yticks([NO_ERROR, 1e-15, 1e-13, 1e-11], ["0", "$10^{-15}$", "$10^{-13}$", "$10^{-11}$"])
    style.note(axes, f"{note}; open: exactly 0", 7)


def _descent(axes, rows):
    for method, (colour, marker, label) in DESCENT.items():
        _line(axes, _of(rows, method), "n_in", "cpu", colour, marker, markersize=5, label=label)
    _logarithmic(axes, rows, "n_in", "CPU seconds a run and step")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * 30)
    style.note(axes, "gradient descent", 7)
    if rows:
        axes.legend(loc="upper left", labelspacing=0.2, borderpad=0)
