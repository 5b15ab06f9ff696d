"""What fig4's claims measure beside the general measures."""

import numpy as np


def largest_mean(results, figure, columns, **chosen):
    """The largest size of a mean over draws, among those of several columns."""
    means = [results.values(figure, column=column, reduce={"draw": "mean"}, **chosen) for column in columns]
    return np.abs(means).max()
