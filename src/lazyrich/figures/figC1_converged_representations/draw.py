"""Draws figC1: likeness of both layers to identity and task against λ, and the approach to the lazy limits."""

from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from ...pipeline.drawing import style

LAYERS = {"input_representation": r"$W_1^TW_1$", "output_representation": r"$W_2W_2^T$"}
# identity, task, task squared: hues that stand for no sign of λ
LOOKS = (("#CC79A7", "o"), (style.GREY, "s"), ("#E69F00", "^"))
SIDES = {"input_representation": r"\tilde V", "output_representation": r"\tilde U"}


def draw(data):
    figure, grid = plt.subplots(2, 3, figsize=(style.WIDTH, 4.7))
    for axes, letter in zip(grid.flat, "ABCDEF", strict=True):
        style.panel_letter(axes, letter)
    for column, (layer, name) in enumerate(LAYERS.items()):
        _against_scale(grid[0, column], data, f"distance_{layer}", LOOKS)
        _against_scale(grid[1, column], data, f"traceless_cosine_{layer}", LOOKS[1:])
        grid[0, column].set_title(name, fontsize=9, pad=8)
        side = SIDES[layer]
        labels = (r"$I$", rf"${side}\tilde S{side}^T$", rf"${side}\tilde S^2{side}^T$")
        handles = [
            Line2D([], [], color=colour, marker=marker, markersize=4, linestyle="", label=label)
            for (colour, marker), label in zip(LOOKS, labels, strict=True)
        ]
        compact = {"handletextpad": 0, "columnspacing": 0.7, "handlelength": 1.4, "borderpad": 0}
        grid[0, column].legend(handles=handles, loc="upper center", ncols=3, **compact)
        grid[1, column].legend(handles=handles[1:], loc="center", **compact)
        grid[0, column].set_ylim(-0.004, 0.18)
        grid[1, column].set_ylim(0.9958, 1.0003)
        grid[1, column].set_xlabel(r"relative scale $\lambda$")
    grid[0, 0].set_ylabel(r"distance $1-\cos$")
    grid[1, 0].set_ylabel("cosine of traceless parts")
    _kernel(grid[0, 2], data)
    _limits(grid[1, 2], data)
    figure.align_ylabels(grid[:, 0])
    handles = [
        Line2D(
            [], [], color=style.GREY, marker="o", markersize=4, linestyle="", label="gradient descent, end of training"
        ),
        Line2D([], [], label=r"exact solution, $t\to\infty$", **style.THEORY),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, handlelength=3)
    return figure


def _against_scale(axes, data, quantity, looks):
    lams = data.numbers("curve_lam", 0, "theory")[2][:, 0]
    curves = data.numbers(f"curve_{quantity}", 0, "theory")[2].T
    for curve in curves:
        axes.plot(lams, curve, zorder=3, **style.THEORY)
    for run in data.runs:
        values = data.numbers(quantity, run.run_id, "simulation")[2][0]
        for (colour, marker), value in zip(looks, values, strict=True):
            axes.plot(run.lam, value, marker, color=colour, markersize=4.5)
    axes.set_xscale("symlog", linthresh=data.number("linear_below", 0, "theory"), linscale=0.6)
    axes.set_xticks([-1000, -10, 0, 10, 1000], ["$-10^3$", "$-10$", "$0$", "$10$", "$10^3$"])
    axes.minorticks_off()


def _far(data, side):
    """Curve positions and runs with λ of one sign, far enough from 0 for a logarithmic axis."""
    lams = data.numbers("curve_lam", 0, "theory")[2][:, 0]
    least = data.number("linear_below", 0, "theory")
    return side * lams, side * lams >= least, [run for run in data.runs if side * run.lam >= least]


def _kernel(axes, data):
    for side, marker in ((-1, "o"), (1, "x")):
        lams, far, runs = _far(data, side)
        curve = data.numbers("curve_kernel_excess", 0, "theory")[2][:, 0]
        axes.loglog(
            [abs(run.lam) for run in runs],
            [data.number("kernel_excess", run.run_id, "simulation") for run in runs],
            marker,
            color=style.colour(side),
            markersize=5,
            markerfacecolor="none",
            label=rf"$\lambda {'<' if side < 0 else '>'} 0$: slope "
            f"${data.number(f'slope_kernel_excess_{_name(side)}', 0, 'simulation'):.3f}$",
        )
        axes.loglog(lams[far], curve[far], **style.THEORY)
    axes.set_xlabel(r"$|\lambda|$")
    axes.set_ylabel(r"$\|\mathrm{NTK}-|\lambda| I\|_F$")
    axes.legend(loc="lower left", handletextpad=0.2)


def _limits(axes, data):
    """The larger layer's distance from identity, the smaller one's from the squared task, at both signs."""
    for layer, name in LAYERS.items():
        for side in (-1, 1):
            larger = (layer == "input_representation") == (side < 0)
            column, limit = (0, "$I$") if larger else (2, rf"${SIDES[layer]}\tilde S^2{SIDES[layer]}^T$")
            lams, far, runs = _far(data, side)
            curve = data.numbers(f"curve_distance_{layer}", 0, "theory")[2][:, column]
            slope = data.number(f"slope_{layer}_{_name(side)}", 0, "simulation")
            axes.loglog(
                [abs(run.lam) for run in runs],
                [data.numbers(f"distance_{layer}", run.run_id, "simulation")[2][0, column] for run in runs],
                {True: "o", False: "^"}[larger] if side < 0 else {True: "x", False: "+"}[larger],
                color=style.colour(side),
                markersize=5,
                markerfacecolor="none",
                label=rf"{name} from {limit}: ${slope:.2f}$",
            )
            axes.loglog(lams[far], curve[far], **style.THEORY)
    axes.set_xlabel(r"$|\lambda|$")
    axes.set_ylabel(r"$1-\cos$ from the limit")
    axes.legend(
        loc="lower left",
        handletextpad=0.1,
        labelspacing=0.2,
        fontsize=6,
        title="slopes",
        title_fontsize=6,
        alignment="left",
    )


def _name(side):
    return "negative" if side < 0 else "positive"
