"""Draws figZ1: the strength of a mode over time."""

from matplotlib import pyplot as plt

from ...pipeline.drawing import style


def draw(data, height):
    figure, axes = plt.subplots(figsize=(style.WIDTH / 2, height))
    mode = data["theory/mode"]
    axes.plot(mode["t"], mode["strength"], **style.THEORY)
    axes.set_xlabel(r"time $t$  (units of $\tau$)")
    axes.set_ylabel("strength of the mode")
    return figure
