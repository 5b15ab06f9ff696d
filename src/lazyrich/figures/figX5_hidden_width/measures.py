"""How claims of figX5 measure what is not one choice of numbers."""

import numpy as np


def furthest_in_standard_errors(results, figure):
    """The mean of the law over draws that is furthest from what is expected of it, where that is above 0."""
    expected = results.frame(figure, "theory/expected").set_index(["shape", "n_hidden", "lam"])["kernel_distance"]
    law = results.frame(figure, "theory/laws").groupby(expected.index.names)["kernel_distance"]
    distances = ((law.mean() - expected) / law.sem())[expected > 0]
    return distances.iloc[int(np.argmax(distances.abs()))]
