"""The look of every figure, and the one way to save it.

Colour means the sign of λ everywhere: blue λ < 0, green λ = 0 (or too near to tell), vermilion λ > 0
(Okabe & Ito's palette, told apart by colour-blind readers). Gradient descent is a solid coloured line,
the exact solution a black dotted one on top of it.
"""

from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from ..files import replacing
from ..frames import only

NEGATIVE, ZERO, POSITIVE = "#0072B2", "#009E73", "#D55E00"
GREY = "#6E6E6E"
NEAR_ZERO = 0.01  # |λ| below which a scale is drawn as λ = 0
THEORY = {"color": "black", "linestyle": (0, (0.1, 2.6)), "linewidth": 1.1, "dash_capstyle": "round"}
WIDTH = 7.0  # inches: a page's text width
PLACES = 6  # digits of a panel's place, in units of the figure: what the layout's solver repeats

# file dates, tool versions and random ids would differ between identical runs
_METADATA = {
    ".pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    ".svg": {"Date": None, "Creator": None},
    ".png": {"Software": None},
}


def use():
    """Apply the project's style."""
    plt.style.use(["default", str(Path(__file__).with_name("lazyrich.mplstyle"))])


def settle(figure):
    """Lay `figure` out for good: every format has the same layout, and every run the same bytes.

    The solver behind constrained layout orders its equations by address in memory, so that positions differ in their
    last bits from run to run: they are rounded.
    """
    figure.dpi = matplotlib.rcParams["savefig.dpi"]  # as the PNG, which then measures no text again
    layout = figure.get_layout_engine()
    figure.set_layout_engine(None)  # with "none" every format would be laid out again by a draw of its own
    if not isinstance(layout, ConstrainedLayoutEngine):
        return
    # one execution is enough where no panel has a shape of its own
    shaped = any(axes.get_aspect() != "auto" for axes in figure.get_axes())
    for _ in range(2 if shaped else 1):
        layout.execute(figure)
    parts = [figure]
    for part in parts:  # grows as it is walked
        parts.extend(part.subfigs)
    for part in parts[1:]:
        part.bbox_relative.set_points(np.round(part.bbox_relative.get_points(), PLACES))
    for axes in figure.get_axes():
        position = axes.get_position(original=True)
        position.set_points(np.round(position.get_points(), PLACES))
        axes.set_position(position)


def save(figure, path):
    """Write `figure` as .pdf, .svg or .png: the same bytes for the same figure, whole or not at all."""
    path = Path(path)
    if path.suffix not in _METADATA:
        raise ValueError(f"a figure is written as {', '.join(_METADATA)}; got {path.name!r}")
    # None would mean constrained layout
    with plt.rc_context({"figure.constrained_layout.use": False}), replacing(path) as partial:
        settle(figure)
        figure.savefig(partial, format=path.suffix.lstrip("."), metadata=_METADATA[path.suffix])


def colour(lam):
    """The colour of a relative scale."""
    return ZERO if abs(lam) < NEAR_ZERO else NEGATIVE if lam < 0 else POSITIVE


def shades(lam, n):
    """n shades of λ's colour, from the colour itself to a light tint, for the entries of one matrix."""
    base = to_rgb(colour(lam))
    light = tuple(1 - 0.4 * (1 - c) for c in base)
    ramp = LinearSegmentedColormap.from_list("shades", [light, base])
    return [ramp(1 - k / max(1, n - 1)) for k in range(n)]


def scale_map(lams):
    """Colours of positive λ in ascending order, along viridis (dark to light, its pale end left out)."""
    return [plt.get_cmap("viridis")(0.92 * k / max(1, len(lams) - 1)) for k in range(len(lams))]


def lam_label(lam):
    """λ as text: −2, 0.001, 10⁻⁴."""
    if lam != 0 and not 1e-3 <= abs(lam) < 1e4:
        mantissa, exponent = f"{abs(lam):.0e}".split("e")
        power = rf"10^{{{int(exponent)}}}"
        text = power if mantissa == "1" else rf"{mantissa}\cdot {power}"
        return rf"$\lambda = {'-' if lam < 0 else ''}{text}$"
    return rf"$\lambda = {lam:g}$"


def scientific(value):
    """A number as 2.5·10⁻⁴ in mathtext."""
    mantissa, exponent = f"{value:.1e}".split("e")
    return rf"${mantissa}\cdot 10^{{{int(exponent)}}}$"


def panel_letter(axes, letter):
    """The panel's letter, bold, at its upper left corner outside the axes."""
    axes.annotate(
        letter,
        (0, 1),
        xycoords="axes fraction",
        xytext=(-4, 5),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=9,
        fontweight="bold",
    )


def column_title(axes, lam):
    """λ in its colour above a column of panels."""
    axes.annotate(
        lam_label(lam),
        (0.5, 1),
        xycoords="axes fraction",
        xytext=(0, 17),
        textcoords="offset points",
        ha="center",
        fontsize=10,
        color=colour(lam),
    )


def note(axes, text, fontsize=6):
    """A line in grey above a panel's right end."""
    axes.set_title(text, loc="right", fontsize=fontsize, color=GREY, pad=3)


def deviation_note(axes, descent, flow):
    """How far descent and the reference flow are from the exact solution, above a panel's right end."""
    text = f"descent {scientific(descent)}, flow {scientific(flow)}"
    note(axes, text)


def overlay(axes, data, table, column, lam, entries=slice(None)):
    """Descent as solid lines in shades of λ's colour, the exact solution dotted on top, and the deviations.

    They are the numbers `column` of one λ in simulation/`table` and theory/`table`, where each moment has one row or
    equally many, and the deviations in simulation/agreement.
    """
    for stage in ("simulation", "theory"):
        curves = only(data[f"{stage}/{table}"], lam=lam)
        times = curves["t"].unique()
        values = np.array(curves[column].to_list()).reshape(len(times), -1)[:, entries]
        colours = shades(lam, values.shape[1])
        for k, line in enumerate(values.T):
            axes.plot(times, line, **({"color": colours[k]} if stage == "simulation" else THEORY))
    compared = only(data["simulation/agreement"], lam=lam).iloc[0]
    deviation_note(axes, compared[f"deviation_{column}"], compared[f"deviation_flow_{column}"])
    axes.margins(x=0)


def overlay_legend(figure, learning_rate):
    """The key that every overlay shares, below the panels."""
    handles = [
        Line2D([], [], color=GREY, label=rf"gradient descent, $\eta = {learning_rate:g}$"),
        Line2D([], [], label="exact solution", **THEORY),
        Line2D(
            [],
            [],
            linestyle="",
            label="above each panel: largest relative deviation",
        ),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, handlelength=3)
