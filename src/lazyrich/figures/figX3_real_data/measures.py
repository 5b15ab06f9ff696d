"""What only the caption of figX3 needs from its tables, and of the pixels before they are made components."""

import numpy as np

from ...data import digits


def how_many(results, figure, above, **chosen):
    """How many of the chosen numbers are larger than `above`."""
    return (results.values(figure, **chosen) > above).sum()


def pixels(results, figure):
    """How many pixels an image of a digit has."""
    return digits.load()[0].shape[1]


def still_pixels(results, figure):
    """How many of them are the same in every image."""
    return (np.ptp(digits.load()[0], axis=0) == 0).sum()


def condition_of_pixels(results, figure):
    """The condition number of the covariance of all others."""
    images = digits.load()[0]
    values = np.linalg.eigvalsh(np.cov(images[:, np.ptp(images, axis=0) > 0].T))
    return values[-1] / values[0]
