"""Draws figD1: a chain of tasks, what is forgotten of them, at which rate, how fast against λ, and λ = 0."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style

TASKS = ("#332288", "#CC6677", "#999933", "#AA4499", "#88CCEE", "#661100")  # by order of learning (Tol, muted)
ENTRIES = slice(None, None, 4)  # drawn of W2W1
GAP = 0.3  # between the drawn parts of two stages, in units of time
RINGS = (110, 58, 24, 5)  # areas of the rings of panel C, one inside the other
MARKERS = {"gaussian": "o", "conditioned": "s"}  # of the two kinds of tasks in panels E and F


def draw(data):
    figure = plt.figure(figsize=(style.WIDTH, 8.6))
    grid = figure.subplot_mosaic(
        [["A"] * 6, ["B"] * 6, ["C"] * 3 + ["D"] * 3, ["E"] * 2 + ["F"] * 2 + ["G"] * 2],
        height_ratios=[1, 1, 1.15, 1.15],
    )
    panels = (_functions, _losses, _forgetting, _rate, _half_time, _kernel_distance, _zero)
    for (letter, axes), panel in zip(grid.items(), panels, strict=True):
        panel(axes, data)
        style.panel_letter(axes, letter)
    rate = _shown(data).learning_rate
    handles = [
        Line2D([], [], color=style.GREY, label=rf"gradient descent, A to D: $\eta={rate:g}$"),
        Line2D([], [], label="exact solution", **style.THEORY),
        Line2D([], [], color=style.NEGATIVE, label=r"$\lambda<0$"),
        Line2D([], [], color=style.ZERO, label=r"$\lambda=0$"),
        Line2D([], [], color=style.POSITIVE, label=r"$\lambda>0$"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=5, handlelength=2.2)
    return figure


def _first(data, panel):
    """The first sequence at each λ, in the order of λ."""
    return sorted((run for run in data.panel(panel) if run.draw == 0), key=lambda run: run.lam)


def _shown(data):
    """The sequence of panels A and B."""
    lam = data.number("shown_lambda", 0, "task")
    return next(run for run in _first(data, "chain") if run.lam == lam)


def _n_tasks(data, run):
    return data.numbers("losses", run.run_id, "theory")[2].shape[1]


def _stages(axes, data, run, quantity):
    """The drawn parts of all stages side by side, as (k, source, x, values); ticks are times."""
    ticks, labels = [], []
    for k in range(_n_tasks(data, run)):
        for source in ("simulation", "theory"):
            _, t, values = data.numbers(quantity, run.run_id, source, task_index=k)
            length = t[-1] - t[0]
            x = t - t[0] + k * (length + GAP)
            yield k, source, x, values
        ticks += [x[0], x[0] + length / 2]
        labels += [f"{t[0]:g}", f"{t[0] + length / 2:g}"]
        if k:
            axes.axvspan(x[0] - GAP, x[0], color="#E6E6E6", linewidth=0)
    axes.set_xlim(0, x[-1])
    axes.set_xticks(ticks, labels)


def _functions(axes, data):
    run = _shown(data)
    for k, source, x, values in _stages(axes, data, run, "network_function"):
        drawn = values[:, ENTRIES].T
        for column, shade in zip(drawn, style.shades(run.lam, len(drawn)), strict=True):
            axes.plot(x, column, **(style.THEORY if source == "theory" else {"color": shade}))
        if source == "theory":
            note = {"transform": axes.get_xaxis_transform(), "ha": "center", "va": "bottom", "fontsize": 7.5}
            axes.text((x[0] + x[-1]) / 2, 1.01, f"task {k + 1} is learned", color=TASKS[k], **note)
    axes.set_ylabel(f"entries of $W_2W_1$, {style.lam_label(run.lam)}")
    descent = style.scientific(data.number("deviation_network_function", run.run_id, "simulation"))
    flow = style.scientific(data.number("deviation_qqt", run.run_id, "flow"))
    text = f"largest relative deviation from the exact solution, over all tasks: descent {descent}, DOP853 {flow}"
    axes.set_xlabel(text, fontsize=6.5, color=style.GREY, loc="right")


def _losses(axes, data):
    run = _shown(data)
    for k, source, x, values in _stages(axes, data, run, "losses"):
        for i, column in enumerate(values.T):
            solid = {"color": TASKS[i], "linewidth": 3.6 if i == k else 1.3}
            axes.plot(x, column, **(style.THEORY if source == "theory" else solid))
    axes.set_ylim(bottom=0)
    axes.set_ylabel(f"excess loss, {style.lam_label(run.lam)}")
    axes.set_xlabel(r"time $t$  (units of $\tau$; grey: the converged rest of each task, left out)")
    handles = [Line2D([], [], color=TASKS[i], label=f"loss of task {i + 1}") for i in range(_n_tasks(data, run))]
    handles.append(Line2D([], [], color=style.GREY, linewidth=3.6, label="thick: the task that is learned"))
    where = {"loc": "lower center", "bbox_to_anchor": (0.5, 0.97), "borderaxespad": 0}
    axes.legend(handles=handles, ncols=len(handles), handlelength=1.6, columnspacing=1.4, **where)


def _forgetting(axes, data):
    first = _first(data, "chain")
    for area, run in zip(RINGS, first, strict=False):
        for sequence in data.panel("chain"):
            if sequence.lam == run.lam:
                for k in range(1, _n_tasks(data, run)):
                    _costs(axes, data, sequence, k, area)
    axes.axline((0, 0), slope=1, color="black", linewidth=0.5, zorder=0)
    runs = data.panel("chain")
    worst = max(data.number("deviation_forgetting", run.run_id, "simulation") for run in runs)
    spread = data.number("spread_forgetting", runs[0].run_id, "simulation")
    text = "○ the task just left   □ earlier ones\nrings, outside in: "
    text += rf"$\lambda={', '.join(f'{run.lam:g}' for run in first)}$"
    text += f"\ndots: {len(runs) // len(first) - 1} other sequences\nlargest deviation: {style.scientific(worst)}"
    text += f"\nlargest spread over $\\lambda$: {style.scientific(spread)}"
    axes.text(0.02, 0.98, text, transform=axes.transAxes, va="top", fontsize=6.5)
    axes.set_xlabel(r"$F_i=\frac{1}{2}(\|\Sigma_k-\Sigma_i\|^2-\|\Sigma_j-\Sigma_i\|^2)$, from the tasks alone")
    axes.set_ylabel(r"loss added to task $i$ by a switch")


def _costs(axes, data, run, k, area):
    """What the switch to task k cost the tasks before it, against the formula; the first sequence as rings."""
    _, _, formula = data.numbers("forgetting_formula", run.run_id, "theory", task_index=k)
    _, _, measured = data.numbers("forgetting", run.run_id, "simulation", task_index=k)
    if run.draw:
        axes.scatter(formula[0, :k], measured[0, :k], s=7, color=style.GREY, alpha=0.5, linewidth=0, zorder=1)
        return
    ring = {"facecolor": "none", "edgecolor": style.colour(run.lam), "linewidth": 1.1, "s": area}
    axes.scatter(formula[0, : k - 1], measured[0, : k - 1], marker="s", **ring)
    axes.scatter(formula[0, k - 1], measured[0, k - 1], marker="o", **ring)


def _rate(axes, data):
    first = _first(data, "chain")
    for run in first:
        _, t, values = data.numbers("forgetting_rate", run.run_id, "simulation", task_index=1)
        since = t - run.n_steps * run.learning_rate
        # λ and −λ coincide: one broad, the other one on top of it
        width = 4.0 if run.lam < 0 else 1.6
        axes.plot(since, values[:, 0], color=style.colour(run.lam), linewidth=width, zorder=2 + (run.lam > 0))
        peak = values[:, 0].argmax()
        if run.lam > 0:
            text = rf"$\lambda=\pm{run.lam:g}$"
            axes.annotate(text, (since[peak], values[peak, 0]), (0, 4), textcoords="offset points", ha="center")
    for run in first:
        _, t, values = data.numbers("forgetting_rate", run.run_id, "theory", task_index=1)
        axes.plot(t - run.n_steps * run.learning_rate, values[:, 0], zorder=5, **style.THEORY)
    cost = data.numbers("forgetting_formula", first[0].run_id, "theory", task_index=1)[2][0, 0]
    worst = max(data.number("deviation_rate", run.run_id, "theory") for run in first)
    text = f"each adds up to $F_1={cost:.1f}$ over $t$\nformula and differences of the\nexact loss: "
    axes.text(0.98, 0.98, text + style.scientific(worst), transform=axes.transAxes, ha="right", va="top", fontsize=6.5)
    axes.set_xscale("log")
    axes.margins(x=0)
    axes.set_ylim(top=1.15 * axes.get_ylim()[1])
    axes.set_xlabel(r"time since the switch to task 2  (units of $\tau$)")
    axes.set_ylabel("rate of forgetting task 1")


def _against_lambda(axes, data, quantity):
    """Mean and s.d. over sequences and switches: bands and dots of the solution, markers of descent."""
    for panel in MARKERS:
        for part in _parts(_first(data, panel)):
            lams = [run.lam for run in part]
            mean, std = _statistics(data, part, quantity, "theory")
            look = {"color": style.colour(lams[len(lams) // 2]), "alpha": 0.22, "linewidth": 0}
            axes.fill_between(lams, mean - std, mean + std, **look)
            axes.plot(lams, mean, **style.THEORY)
    descended = {
        "gaussian": _first(data, "chain"),
        "conditioned": [
            run for run in _first(data, "conditioned") if run.lam in data.numbers("simulated_lambdas", 0, "task")[2]
        ],
    }
    for panel, runs in descended.items():
        for run in runs:
            mean, std = _statistics(data, [run], quantity, "simulation")
            look = {"color": style.colour(run.lam), "markersize": 4, "elinewidth": 1.2, "markeredgewidth": 1.2}
            axes.errorbar([run.lam], mean, std, marker=MARKERS[panel], markerfacecolor="white", **look)
    lams = [run.lam for run in _first(data, "conditioned")]
    axes.set_xscale("symlog", linthresh=min(abs(lam) for lam in lams if lam), linscale=0.5)
    axes.set_xlim(lams[0], lams[-1])
    axes.set_xticks([-10, -1, -0.1, 0, 0.1, 1, 10], ["$-10$", "$-1$", "", "$0$", "", "$1$", "$10$"])
    axes.minorticks_off()
    axes.set_yscale("log")
    axes.set_xlabel(r"relative scale $\lambda$")


def _parts(runs):
    """λ < 0, λ > 0, and from the one to the other if λ = 0 is among them."""
    negative, positive = ([run for run in runs if run.lam * sign > 0] for sign in (-1, 1))
    zero = [run for run in runs if run.lam == 0]
    return [part for part in (negative, positive) if part] + ([negative[-1:] + zero + positive[:1]] if zero else [])


def _statistics(data, runs, quantity, source):
    return (np.array([data.number(f"{quantity}_{s}", run.run_id, source) for run in runs]) for s in ("mean", "std"))


def _half_time(axes, data):
    _against_lambda(axes, data, "half_time")
    axes.set_ylim(*axes.get_ylim())
    for sign in (-1, 1):
        runs = [run for run in _first(data, "gaussian") if run.lam * sign > 0]
        limits = [data.number("half_time_limit", run.run_id, "theory") for run in runs]
        axes.plot([run.lam for run in runs], limits, color=style.GREY, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
    note = {"transform": axes.transAxes, "fontsize": 6.5, "ha": "center", "color": style.GREY}
    axes.text(0.5, 0.03, r"dashed: $\log(2+\sqrt{2})/|\lambda|$", va="bottom", **note)
    axes.set_ylabel(r"time to forget half  (units of $\tau$)")


def _kernel_distance(axes, data):
    _against_lambda(axes, data, "kernel_distance")
    handles = [
        Line2D(
            [],
            [],
            linestyle="",
            marker=MARKERS[panel],
            markersize=4,
            color=style.GREY,
            markerfacecolor="white",
            label=text,
        )
        for panel, text in (("gaussian", "tasks of A"), ("conditioned", r"$\tilde s$ within [1, 2]"))
    ]
    axes.legend(handles=handles, loc="lower center", handlelength=1, borderpad=0, labelspacing=0.3)
    axes.set_ylabel("kernel distance of a switch")


def _zero(axes, data):
    groups = {"opposite": style.GREY, "conditioned": style.ZERO}
    curves = []
    for panel, colour in groups.items():
        drawn = [run for run in data.panel(panel) if run.lam == 0][: round(data.number("n_shown", 0, "task"))]
        for run in drawn:
            for source in ("simulation", "theory"):
                _, t, values = data.numbers("loss_second", run.run_id, source, task_index=1)
                curves.append((source, colour, t - run.n_steps * run.learning_rate, values[:, 0]))
    for source, colour, t, values in curves:
        theory = source == "theory"
        axes.plot(t, values, **(style.THEORY | {"zorder": 3} if theory else {"color": colour, "linewidth": 1.0}))
    axes.set_yscale("log")
    axes.set_ylim(1e-7, 3e3)
    axes.set_xlim(0, t[-1])
    note = {"fontsize": 6.5, "va": "top"}
    text = "signs of det differ: stuck, until its\nfinite step takes descent off"
    axes.text(0.99, 0.99, text, color=style.GREY, ha="right", transform=axes.transAxes, **note)
    axes.text(4.2, 0.05, "equal\nsigns:\nlearned", color=style.ZERO, **note)
    axes.set_xlabel(r"time since the switch  ($\tau$)")
    axes.set_ylabel(r"loss of task 2 at $\lambda=0$")
