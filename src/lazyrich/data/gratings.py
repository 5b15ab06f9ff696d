"""Noisy oriented gratings: images whose class is an orientation, a task for convolutional filters."""

import numpy as np


def draw(rng, n, *, n_classes, side, frequency, jitter, noise):
    """n images (n, side, side) and their labels (n,).

    Class c is a cosine along the angle π c/n_classes, off by N(0, jitter²); frequency in cycles per pixel, uniform
    between the two given, and phase are random; white noise of standard deviation `noise` is added to every pixel.
    """
    labels = rng.integers(n_classes, size=n)
    angle = np.pi * labels / n_classes + jitter * rng.standard_normal(n)
    wave = 2 * np.pi * rng.uniform(*frequency, n)
    phase = rng.uniform(0, 2 * np.pi, n)
    y, x = np.mgrid[:side, :side]
    along = np.cos(angle)[:, None, None] * x + np.sin(angle)[:, None, None] * y
    images = np.cos(wave[:, None, None] * along + phase[:, None, None])
    return images + noise * rng.standard_normal(images.shape), labels
