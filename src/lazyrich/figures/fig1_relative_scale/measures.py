"""What only the caption of fig1 needs from its tables."""

import numpy as np

from ...linear.initialisation import layer_variances


def limit_of_distance(results, figure, table):
    """√(N_h(N_o σ2⁴ + N_i σ1⁴))/|λ*| of LeCun's variances, which depends on the ratio of the widths alone."""
    widest = results.frame(figure, table).iloc[-1]
    n_in, n_hidden, n_out = (int(widest[name]) for name in ("n_in", "n_hidden", "n_out"))
    variance1, variance2 = layer_variances("lecun", n_in, n_hidden, n_out)
    lam = n_out * variance2 - n_in * variance1
    return np.sqrt(n_hidden * (n_out * variance2**2 + n_in * variance1**2)) / abs(lam)
