"""Draws fig3: modes from lazy to rich, the transition function, and its distance from both limits."""

from string import ascii_uppercase

from matplotlib import pyplot as plt

from ...pipeline.drawing import style


def draw(data):
    modes = data.panel("modes")
    figure = plt.figure(figsize=(style.WIDTH, 4.9))
    top, bottom = figure.subfigures(2, 1, height_ratios=[1, 1.1])
    grid = top.subplots(1, len(modes), sharey=True, squeeze=False)[0]
    letters = iter(ascii_uppercase)
    for axes, run in zip(grid, modes, strict=True):
        style.overlay(axes, data, run, "mode_strength")
        style.column_title(axes, run.lam)
        style.panel_letter(axes, next(letters))
        axes.set_xlabel(r"time $t$  (units of $\tau$)")
    grid[0].set_ylabel(r"mode strength $a_\alpha(t)$")
    style.overlay_legend(top, modes[0].learning_rate)
    left, right = bottom.subplots(1, 2, width_ratios=[1.25, 1])
    _transition(left, data)
    _limits(right, data)
    for axes in (left, right):
        style.panel_letter(axes, next(letters))
    return figure


def _transition(axes, data):
    runs = data.panel("transition")
    for run, colour in zip(runs, style.scale_map(runs), strict=True):
        _, x, gamma = data.numbers("transition", run.run_id, "theory")
        axes.plot(x, gamma[:, 0], color=colour, label=style.lam_label(run.lam), linewidth=1.6)
    for name, dashes in (("sigmoid", (0, (1, 1.5))), ("exponential", (0, (4, 2)))):
        _, x, limit = data.numbers(name, runs[0].run_id, "theory")
        text = r"$\lambda\to 0$: sigmoid" if name == "sigmoid" else r"$|\lambda|\to\infty$: exponential"
        axes.plot(x, limit[:, 0], color="black", linestyle=dashes, linewidth=1.2, label=text)
    axes.set_xlabel(r"rescaled time $t\,\sqrt{4\tilde s^2+\lambda^2}$  (units of $\tau$)")
    axes.set_ylabel(r"transition function $\gamma(t;\lambda)$")
    axes.margins(x=0)
    axes.legend(loc="lower right", labelspacing=0.25, handlelength=2.2)


def _limits(axes, data):
    first = data.panel("transition")[0].run_id
    for name, marker, lam in (("sigmoid", "o", 0), ("exponential", "s", 1)):
        runs = [run for run in data.panel("limits") if run.init == name]
        slope = data.number(f"slope_{name}", first, "theory")
        axes.loglog(
            [abs(run.lam) for run in runs],
            [data.number("distance", run.run_id, "theory") for run in runs],
            marker=marker,
            markersize=4,
            color=style.colour(lam),
            label=rf"from the {name}: slope ${slope:.3f}$",
        )
    axes.set_xlabel(r"relative scale $|\lambda|$")
    axes.set_ylabel(r"$\max_t\,|\gamma(t;\lambda)-\mathrm{limit}|$")
    axes.set_ylim(1e-10, 1)
    axes.legend(loc="upper left")
