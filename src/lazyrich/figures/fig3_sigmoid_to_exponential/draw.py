"""Draws fig3: modes from lazy to rich, the transition function, and its distance from both limits."""

from string import ascii_uppercase

from matplotlib import pyplot as plt

from ...pipeline.drawing import style
from ...pipeline.frames import each, one, only


def draw(data):
    starts = data["task/starts"]
    figure = plt.figure(figsize=(style.WIDTH, 4.9))
    top, bottom = figure.subfigures(2, 1, height_ratios=[1, 1.1])
    grid = top.subplots(1, len(starts), sharey=True, squeeze=False)[0]
    letters = iter(ascii_uppercase)
    for axes, lam in zip(grid, starts["lam"], strict=True):
        style.overlay(axes, data, "modes", "strength", lam)
        style.column_title(axes, lam)
        style.panel_letter(axes, next(letters))
        axes.set_xlabel(r"time $t$  (units of $\tau$)")
    grid[0].set_ylabel(r"mode strength $a_\alpha(t)$")
    style.overlay_legend(top, starts["learning_rate"].iloc[0])
    left, right = bottom.subplots(1, 2, width_ratios=[1.25, 1])
    _transition(left, data)
    _limits(right, data)
    for axes in (left, right):
        style.panel_letter(axes, next(letters))
    return figure


def _transition(axes, data):
    curves, limits = each(data["theory/transition"], "lam"), data["theory/limits"]
    for curve, colour in zip(curves, style.scale_map(curves), strict=True):
        label = style.lam_label(curve["lam"].iloc[0])
        axes.plot(curve["rescaled_time"], curve["share"], color=colour, label=label, linewidth=1.6)
    for limit, dashes, text in (
        ("sigmoid", (0, (1, 1.5)), r"$\lambda\to 0$: sigmoid"),
        ("exponential", (0, (4, 2)), r"$|\lambda|\to\infty$: exponential"),
    ):
        axes.plot(limits["rescaled_time"], limits[limit], color="black", linestyle=dashes, linewidth=1.2, label=text)
    axes.set_xlabel(r"rescaled time $t\,\sqrt{4\tilde s^2+\lambda^2}$  (units of $\tau$)")
    axes.set_ylabel(r"transition function $\gamma(t;\lambda)$")
    axes.margins(x=0)
    axes.legend(loc="lower right", labelspacing=0.25, handlelength=2.2)


def _limits(axes, data):
    for limit, marker, lam in (("sigmoid", "o", 0), ("exponential", "s", 1)):
        distances = only(data["theory/distances"], limit=limit)
        slope = one(data["theory/slopes"], "slope", limit=limit)
        axes.loglog(
            distances["lam"],
            distances["distance"],
            marker=marker,
            markersize=4,
            color=style.colour(lam),
            label=rf"from the {limit}: slope ${slope:.3f}$",
        )
    axes.set_xlabel(r"relative scale $|\lambda|$")
    axes.set_ylabel(r"$\max_t\,|\gamma(t;\lambda)-\mathrm{limit}|$")
    axes.set_ylim(1e-10, 1)
    axes.legend(loc="upper left")
