"""How wide in λ the band of rich starts is, at each absolute scale: from mean distances over draws."""

import numpy as np


def mean_distances(end):
    """Final kernel distance, mean over draws: a row for each scale, a column for each λ."""
    return end.groupby(["scale", "lam"])["kernel_distance"].mean().unstack()


def half_widths(end):
    """The half width of the band at each scale."""
    return mean_distances(end).apply(lambda row: half_width(row.index.to_numpy(), row.to_numpy()), axis=1)


def least_ratio(end):
    """The least ratio of a half width to that at the next smaller scale: above 1 if a larger scale always widens."""
    widths = half_widths(end).to_numpy()
    return (widths[1:] / widths[:-1]).min()


def half_width(lams, distance):
    """The largest |λ| at which the distance, mean of both signs, is half of that at λ = 0.

    Between grid points linear in log|λ|; the largest or least |λ| of the grid where it is beyond.
    """
    middle = len(lams) // 2
    magnitudes = lams[middle + 1 :]
    values = (distance[middle + 1 :] + distance[:middle][::-1]) / 2 - distance[middle] / 2
    above = np.flatnonzero(values >= 0)
    if above.size == 0:
        return magnitudes[0]
    last = above[-1]
    if last == len(values) - 1:
        return magnitudes[-1]
    fraction = values[last] / (values[last] - values[last + 1])
    return magnitudes[last] * (magnitudes[last + 1] / magnitudes[last]) ** fraction
