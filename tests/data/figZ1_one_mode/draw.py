"""Draws figZ1: the strength of a mode over time."""

from matplotlib import pyplot as plt

from ...pipeline.drawing import style


def draw(data):
    figure, axes = plt.subplots(figsize=(style.WIDTH / 2, 2.4))
    _, t, strength = data.numbers("strength", 0, "theory")
    axes.plot(t, strength[:, 0], **style.THEORY)
    axes.set_xlabel(r"time $t$  (units of $\tau$)")
    axes.set_ylabel("strength of the mode")
    return figure
