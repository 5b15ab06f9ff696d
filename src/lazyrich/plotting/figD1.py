"""Draws figD1: a chain of tasks, what is forgotten of them, at which rate, how fast against λ, and λ = 0."""

from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from . import style

TASKS = ("#332288", "#CC6677", "#999933", "#AA4499", "#88CCEE", "#661100")  # by order of learning (Tol, muted)
ENTRIES = slice(None, None, 4)  # drawn of W2W1
GAP = 0.3  # between the drawn parts of two stages, in units of time
RINGS = (30, 17, 8, 2)  # areas of the rings of panel C, one inside the other
ENSEMBLES = {"gaussian": ("-", "o"), "conditioned": ((0, (5, 2)), "s")}


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


def _has(data, quantity, run, source, task_index=0):
    return data.has(quantity, run.run_id, source, task_index)


def _shown(data):
    """The sequence of panels A and B."""
    return next(run for run in _first(data, "chain") if _has(data, "network_function", run, "theory"))


def _n_tasks(data, run):
    return data.numbers("losses", run.run_id, "theory")[2].shape[1]


def _stages(axes, data, run, quantity, title):
    """The drawn parts of all stages side by side: (k, source, x, values), theory last; ticks are times."""
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
            axes.axvspan(x[0] - GAP, x[0], color="#EBEBEB", linewidth=0)
        text = f"task {k + 1}" if title is None else title.format(k + 1)
        note = {"transform": axes.get_xaxis_transform(), "ha": "center", "va": "bottom", "fontsize": 7.5}
        axes.text(x[0] + length / 2, 1.01, text, color=TASKS[k], **note)
    axes.set_xlim(0, x[-1])
    axes.set_xticks(ticks, labels)


def _functions(axes, data):
    run = _shown(data)
    for _, source, x, values in _stages(axes, data, run, "network_function", "task {} is learned"):
        drawn = values[:, ENTRIES].T
        for column, shade in zip(drawn, style.shades(run.lam, len(drawn)), strict=True):
            axes.plot(x, column, **(style.THEORY if source == "theory" else {"color": shade}))
    axes.set_ylabel(f"entries of $W_2W_1$, {style.lam_label(run.lam)}")


def _losses(axes, data):
    run = _shown(data)
    for k, source, x, values in _stages(axes, data, run, "losses", "loss of task {}"):
        for i, column in enumerate(values.T):
            solid = {"color": TASKS[i], "linewidth": 3.2 if i == k else 1.3}
            axes.plot(x, column, **(style.THEORY if source == "theory" else solid))
    axes.set_ylim(bottom=0)
    axes.set_ylabel("loss above the least,\n" + style.lam_label(run.lam))
    axes.set_xlabel(r"time $t$  (units of $\tau$; grey: the converged rest of each task, left out)")


def _forgetting(axes, data):
    first, largest, least = _first(data, "chain"), 0.0, 0.0
    for run, area in zip(sorted(first, key=lambda run: run.lam), _ring_sizes(len(first)), strict=True):
        for sequence in data.panel("chain"):
            if sequence.lam != run.lam:
                continue
            for k in range(1, _n_tasks(data, run)):
                formula, measured = (
                    data.numbers(name, sequence.run_id, source, task_index=k)[2][0, :k]
                    for name, source in (("forgetting_formula", "theory"), ("forgetting", "simulation"))
                )
                largest, least = max(largest, *formula), min(least, *formula)
                ring = {"facecolor": "none", "edgecolor": style.colour(run.lam), "linewidth": 0.7}
                axes.scatter(formula[:-1], measured[:-1], s=area, marker="s", **ring)
                axes.scatter(formula[-1:], measured[-1:], s=area, marker="o", **ring)
    axes.axline((0, 0), slope=1, color="black", linewidth=0.5, zorder=0)
    margin = 0.06 * (largest - least)
    axes.set_xlim(least - margin, largest + margin)
    axes.set_ylim(least - margin, largest + margin)
    worst = max(data.number("deviation_forgetting", run.run_id, "simulation") for run in data.panel("chain"))
    spread = data.number("spread_forgetting", data.panel("chain")[0].run_id, "simulation")
    text = "○ the task just left   □ earlier ones\nrings, outside in: "
    text += rf"$\lambda={', '.join(f'{run.lam:g}' for run in first)}$"
    text += f"\nlargest deviation: {style.scientific(worst)}\nlargest spread over $\\lambda$: {style.scientific(spread)}"
    axes.text(0.02, 0.98, text, transform=axes.transAxes, va="top", fontsize=6.5)
    axes.set_xlabel(r"$F_i=\frac{1}{2}(\|\Sigma_k-\Sigma_i\|^2-\|\Sigma_j-\Sigma_i\|^2)$, the tasks alone")
    axes.set_ylabel(r"loss added to task $i$ by descent")


def _ring_sizes(n):
    return [RINGS[k % len(RINGS)] for k in range(n)]


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
    axes.text(
        0.98, 0.98, text + style.scientific(worst), transform=axes.transAxes, ha="right", va="top", fontsize=6.5
    )
    axes.set_xscale("log")
    axes.margins(x=0)
    axes.set_ylim(top=1.15 * axes.get_ylim()[1])
    axes.set_xlabel(r"time since the switch to task 2  (units of $\tau$)")
    axes.set_ylabel("rate at which task 1 is forgotten")


def _against_lambda(axes, data, quantity):
    """Mean and s.d. over sequences and switches: bands and dots by theory, markers by descent."""
    for panel, (_, marker) in ENSEMBLES.items():
        runs = _first(data, panel)
        for sign in (-1, 0, 1):
            side = [run for run in runs if run.lam * sign > 0 or (sign == 0 and abs(run.lam) < LINEAR_BELOW)]
            if panel == "gaussian" and sign == 0:
                continue
            lams = [run.lam for run in side]
            mean, std = _statistics(data, side, quantity, "theory")
            low, high = ([m + way * s for m, s in zip(mean, std, strict=True)] for way in (-1, 1))
            axes.fill_between(lams, low, high, color=style.colour(sign), alpha=0.2, linewidth=0)
            axes.plot(lams, mean, **style.THEORY)
        source = "chain" if panel == "gaussian" else panel
        for run in _first(data, source):
            if _has(data, f"{quantity}_mean", run, "simulation"):
                mean, std = _statistics(data, [run], quantity, "simulation")
                look = {"color": style.colour(run.lam), "markersize": 4.5, "elinewidth": 1.2}
                axes.errorbar([run.lam], mean, std, marker=marker, markerfacecolor="white", **look)
    lams = [run.lam for run in _first(data, "conditioned")]
    axes.set_xscale("symlog", linthresh=0.03, linscale=0.4)
    axes.set_xlim(lams[0], lams[-1])
    axes.set_yscale("log")
