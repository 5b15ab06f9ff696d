"""What fig4's claims and caption measure beside the general measures."""

import numpy as np


def largest_mean(results, figure, columns, **chosen):
    """The largest size of a mean over draws, among those of several columns."""
    means = [results.values(figure, column=column, reduce={"draw": "mean"}, **chosen) for column in columns]
    return np.abs(means).max()


def cosine_with_identity(results, figure, **chosen):
    """The largest cosine of the identity with one of the chosen matrices."""
    matrices = results.select(figure, **chosen)["value"]
    return max(np.trace(matrix) / (np.linalg.norm(matrix) * np.sqrt(len(matrix))) for matrix in matrices)
