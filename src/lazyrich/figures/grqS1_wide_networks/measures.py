"""What grqS1's caption measures beside the general measures."""

import numpy as np


def largest_norm(results, figure, **chosen):
    """The largest norm of the chosen matrices."""
    return max(np.linalg.norm(matrix) for matrix in results.select(figure, **chosen)["value"])
