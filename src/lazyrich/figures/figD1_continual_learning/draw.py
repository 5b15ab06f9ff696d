"""Draws figD1: a chain of tasks, what is forgotten of them, at which rate, how fast against λ, and λ = 0."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.common import stacked
from ...pipeline.drawing import style
from ...pipeline.frames import each, one, only

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
    rate = only(data["task/starts"], curriculum="chain")["learning_rate"].iloc[0]
    handles = [
        Line2D([], [], color=style.GREY, label=rf"gradient descent, A to D: $\eta={rate:g}$"),
        Line2D([], [], label="exact solution", **style.THEORY),
        Line2D([], [], color=style.NEGATIVE, label=r"$\lambda<0$"),
        Line2D([], [], color=style.ZERO, label=r"$\lambda=0$"),
        Line2D([], [], color=style.POSITIVE, label=r"$\lambda>0$"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=5, handlelength=2.2)
    return figure


def _shown(data):
    """λ of panels A and B."""
    return data["theory/functions"]["lam"].iloc[0]


def _by_task(frame, column):
    """Time (T,) and numbers (T, n_tasks), a column a task whose they are."""
    table = frame.pivot(index="t", columns="of_task", values=column)
    return table.index.to_numpy(), table.to_numpy()


def _stages(axes, data, table, values_of):
    """The drawn parts of all stages side by side, as (k, stage, x, values); ticks are times."""
    ticks, labels, lam = [], [], _shown(data)
    for k in sorted(data[f"theory/{table}"]["task"].unique()):
        for stage in ("simulation", "theory"):
            t, values = values_of(only(data[f"{stage}/{table}"], lam=lam, task=k))
            length = t[-1] - t[0]
            x = t - t[0] + k * (length + GAP)
            yield k, stage, x, values
        ticks += [x[0], x[0] + length / 2]
        labels += [f"{t[0]:g}", f"{t[0] + length / 2:g}"]
        if k:
            axes.axvspan(x[0] - GAP, x[0], color="#E6E6E6", linewidth=0)
    axes.set_xlim(0, x[-1])
    axes.set_xticks(ticks, labels)


def _entries(frame):
    """Time and some entries of W2W1, a column each."""
    (function,) = stacked(frame, "network_function")
    return frame["t"].to_numpy(), function.reshape(len(frame), -1)[:, ENTRIES]


def _functions(axes, data):
    lam = _shown(data)
    for k, stage, x, values in _stages(axes, data, "functions", _entries):
        for column, shade in zip(values.T, style.shades(lam, values.shape[1]), strict=True):
            axes.plot(x, column, **(style.THEORY if stage == "theory" else {"color": shade}))
        if stage == "theory":
            note = {"transform": axes.get_xaxis_transform(), "ha": "center", "va": "bottom", "fontsize": 7.5}
            axes.text((x[0] + x[-1]) / 2, 1.01, f"task {k + 1} is learned", color=TASKS[k], **note)
    axes.set_ylabel(f"entries of $W_2W_1$, {style.lam_label(lam)}")
    run = {"curriculum": "chain", "lam": lam}
    descent = style.scientific(one(data["simulation/agreement"], "deviation_network_function", **run, draw=0))
    flow = style.scientific(one(data["simulation/flow"], "deviation_qqt", **run))
    text = f"largest relative deviation from the exact solution, over all tasks: descent {descent}, DOP853 {flow}"
    axes.set_xlabel(text, fontsize=6.5, color=style.GREY, loc="right")


def _losses(axes, data):
    for k, stage, x, values in _stages(axes, data, "curves", lambda frame: _by_task(frame, "loss")):
        for i, column in enumerate(values.T):
            solid = {"color": TASKS[i], "linewidth": 3.6 if i == k else 1.3}
            axes.plot(x, column, **(style.THEORY if stage == "theory" else solid))
    axes.set_ylim(bottom=0)
    axes.set_ylabel(f"excess loss, {style.lam_label(_shown(data))}")
    axes.set_xlabel(r"time $t$  (units of $\tau$; grey: the converged rest of each task, left out)")
    handles = [Line2D([], [], color=TASKS[i], label=f"loss of task {i + 1}") for i in range(values.shape[1])]
    handles.append(Line2D([], [], color=style.GREY, linewidth=3.6, label="thick: the task that is learned"))
    where = {"loc": "lower center", "bbox_to_anchor": (0.5, 0.97), "borderaxespad": 0}
    axes.legend(handles=handles, ncols=len(handles), handlelength=1.6, columnspacing=1.4, **where)


def _forgetting(axes, data):
    costs = only(data["simulation/forgetting"], curriculum="chain").merge(
        data["theory/formula"], on=["curriculum", "draw", "task", "of_task"], suffixes=("", "_formula")
    )
    lams = sorted(costs["lam"].unique())
    for area, lam in zip(RINGS, lams, strict=False):
        for switch in each(only(costs, lam=lam), "draw", "task"):
            _costs(axes, switch, style.colour(lam), area)
    axes.axline((0, 0), slope=1, color="black", linewidth=0.5, zorder=0)
    worst = only(data["simulation/agreement"], curriculum="chain")["deviation_forgetting"].max()
    spread = one(data["simulation/spread"], "spread", curriculum="chain")
    text = "○ the task just left   □ earlier ones\nrings, outside in: "
    text += rf"$\lambda={', '.join(f'{lam:g}' for lam in lams)}$"
    text += f"\ndots: {costs['draw'].nunique() - 1} other sequences\nlargest deviation: {style.scientific(worst)}"
    text += f"\nlargest spread over $\\lambda$: {style.scientific(spread)}"
    axes.text(0.02, 0.98, text, transform=axes.transAxes, va="top", fontsize=6.5)
    axes.set_xlabel(r"$F_i=\frac{1}{2}(\|\Sigma_k-\Sigma_i\|^2-\|\Sigma_j-\Sigma_i\|^2)$, from the tasks alone")
    axes.set_ylabel(r"loss added to task $i$ by a switch")


def _costs(axes, switch, colour, area):
    """What a switch cost the tasks before it, against the formula; the first sequence as rings."""
    task, draw = switch["task"].iloc[0], switch["draw"].iloc[0]
    of_task, formula, cost = switch[["of_task", "forgetting_formula", "forgetting"]].to_numpy().T
    ring = {"facecolor": "none", "edgecolor": colour, "linewidth": 1.1, "s": area}
    dot = {"s": 7, "color": style.GREY, "alpha": 0.5, "linewidth": 0, "zorder": 1}
    squares, circle = (of_task < task - 1, {"marker": "s", **ring}), (of_task == task - 1, {"marker": "o", **ring})
    for part, look in [(of_task < task, dot)] if draw else [squares, circle]:
        axes.scatter(formula[part], cost[part], **look)


def _rates(data, stage):
    """(λ, time since the switch to task 2, rate of forgetting task 1) of each λ, ascending."""
    switched = only(data["task/starts"], curriculum="chain", draw=0).set_index("lam")
    for lam, curve in only(data[f"{stage}/rates"], task=1, of_task=0).groupby("lam"):
        since = curve["t"] - switched["n_steps"][lam] * switched["learning_rate"][lam]
        yield lam, since.to_numpy(), curve["rate"].to_numpy()


def _rate(axes, data):
    for lam, since, rate in _rates(data, "simulation"):
        # λ and −λ coincide: one broad, the other one on top of it
        axes.plot(since, rate, color=style.colour(lam), linewidth=4.0 if lam < 0 else 1.6, zorder=2 + (lam > 0))
        peak = rate.argmax()
        if lam > 0:
            text = rf"$\lambda=\pm{lam:g}$"
            axes.annotate(text, (since[peak], rate[peak]), (0, 4), textcoords="offset points", ha="center")
    for _, since, rate in _rates(data, "theory"):
        axes.plot(since, rate, zorder=5, **style.THEORY)
    cost = one(data["theory/formula"], "forgetting", curriculum="chain", draw=0, task=1, of_task=0)
    worst = data["theory/rates_agreement"]["deviation_rate"].max()
    text = f"each adds up to $F_1={cost:.1f}$ over $t$\nformula and differences of the\nexact loss: "
    axes.text(0.98, 0.98, text + style.scientific(worst), transform=axes.transAxes, ha="right", va="top", fontsize=6.5)
    axes.set_xscale("log")
    axes.margins(x=0)
    axes.set_ylim(top=1.15 * axes.get_ylim()[1])
    axes.set_xlabel(r"time since the switch to task 2  (units of $\tau$)")
    axes.set_ylabel("rate of forgetting task 1")


def _over_draws(frame, curriculum, column):
    """Mean and standard deviation over sequences and switches, by λ."""
    found = only(frame, curriculum=curriculum, task={"from": 1}).groupby("lam")[column]
    return found.agg(mean="mean", std=lambda values: values.std(ddof=0))


def _against_lambda(axes, data, table, column):
    """Over sequences and switches: bands and dots of the solution, markers of descent."""
    for curriculum in MARKERS:
        for part in _parts(_over_draws(data[f"theory/{table}"], curriculum, column)):
            look = {"color": style.colour(part.index[len(part) // 2]), "alpha": 0.22, "linewidth": 0}
            axes.fill_between(part.index, part["mean"] - part["std"], part["mean"] + part["std"], **look)
            axes.plot(part.index, part["mean"], **style.THEORY)
    for curriculum, descended in {"gaussian": "chain", "conditioned": "conditioned"}.items():
        for lam, mean, std in _over_draws(data[f"simulation/{table}"], descended, column).itertuples():
            look = {"color": style.colour(lam), "markersize": 4, "elinewidth": 1.2, "markeredgewidth": 1.2}
            axes.errorbar([lam], mean, std, marker=MARKERS[curriculum], markerfacecolor="white", **look)
    lams = sorted(only(data["task/starts"], curriculum="conditioned")["lam"].unique())
    axes.set_xscale("symlog", linthresh=min(abs(lam) for lam in lams if lam), linscale=0.5)
    axes.set_xlim(lams[0], lams[-1])
    axes.set_xticks([-10, -1, -0.1, 0, 0.1, 1, 10], ["$-10$", "$-1$", "", "$0$", "", "$1$", "$10$"])
    axes.minorticks_off()
    axes.set_yscale("log")
    axes.set_xlabel(r"relative scale $\lambda$")


def _parts(frame):
    """λ < 0, λ > 0, and from the one to the other if λ = 0 is among them."""
    negative, positive, zero = frame[frame.index < 0], frame[frame.index > 0], frame[frame.index == 0]
    across = [pd.concat([negative[-1:], zero, positive[:1]])] if len(zero) else []
    return [part for part in (negative, positive) if len(part)] + across


def _half_time(axes, data):
    _against_lambda(axes, data, "switches", "half_time")
    for curriculum, marker in MARKERS.items():
        steps = _over_draws(data["theory/switches"], curriculum, "half_steps")["mean"]
        axes.plot(steps.index, steps, marker=marker, markersize=2.2, color=style.GREY, linewidth=0.8, zorder=1)
    axes.set_ylim(axes.get_ylim()[0], 3 * axes.get_ylim()[1])
    words = "grey: the same\nin stable steps"  # between the two dashed lines
    axes.text(0.5, 0.97, words, va="top", ha="center", fontsize=6, transform=axes.transAxes)
    limit = data["theory/limit"]
    for part in (limit[limit["lam"] < 0], limit[limit["lam"] > 0]):
        line = {"color": style.GREY, "linewidth": 0.9, "linestyle": (0, (4, 2)), "zorder": 1}
        axes.plot(part["lam"], part["half_time"], **line)
    note = {"transform": axes.transAxes, "fontsize": 6.5, "ha": "center", "color": style.GREY}
    axes.text(0.5, 0.03, r"dashed: $\log(2+\sqrt{2})/|\lambda|$", va="bottom", **note)
    axes.set_ylabel(r"time to forget half  (units of $\tau$)")


def _kernel_distance(axes, data):
    _against_lambda(axes, data, "ends", "kernel_distance")
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
    switched = only(data["task/starts"], lam=0).set_index(["curriculum", "draw"])
    switched = switched["n_steps"] * switched["learning_rate"]
    for curriculum, colour in {"opposite": style.GREY, "conditioned": style.ZERO}.items():
        for draw in sorted(only(data["theory/zero_curves"], curriculum=curriculum)["draw"].unique()):
            for stage in ("simulation", "theory"):
                curve = only(data[f"{stage}/zero_curves"], curriculum=curriculum, draw=draw)
                look = style.THEORY | {"zorder": 3} if stage == "theory" else {"color": colour, "linewidth": 1.0}
                t = curve["t"] - switched[curriculum, draw]
                axes.plot(t, curve["loss"], **look)
    axes.set_yscale("log")
    axes.set_ylim(1e-7, 3e3)
    axes.set_xlim(0, t.iloc[-1])
    note = {"fontsize": 6.5, "va": "top"}
    text = "signs of det differ: stuck, until its\nfinite step takes descent off"
    axes.text(0.99, 0.99, text, color=style.GREY, ha="right", transform=axes.transAxes, **note)
    axes.text(4.2, 0.05, "equal\nsigns:\nlearned", color=style.ZERO, **note)
    axes.set_xlabel(r"time since the switch  ($\tau$)")
    axes.set_ylabel(r"loss of task 2 at $\lambda=0$")
