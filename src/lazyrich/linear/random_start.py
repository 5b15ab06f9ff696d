"""How balanced Gaussian initial weights are: means and fluctuations of D = W2ᵀW2 − W1W1ᵀ, all exact.

For independent W1 ~ N(0, σ1²), W2 ~ N(0, σ2²) (Domine et al. 2025, Appendix A.3), with

    v = N_o σ2⁴ + N_i σ1⁴,    w = N_o σ2⁸ + N_i σ1⁸,

E D = λ*I with λ* = N_o σ2² − N_i σ1²; a diagonal entry has variance 2v, an off-diagonal one v. Of D one
measures (`Balancedness`) the nearest scale tr(D)/N_h, the sample variance of the diagonal, the mean square off
the diagonal and the squared distance ‖D − tr(D)/N_h·I‖²_F, whose means are λ*, 2v, v and (N_h − 1)(N_h + 2)v.

The variances of these four need the fourth moments. Columns of [W2; W1ᵀ] are independent, hence so are the
diagonal entries d_h, with fourth cumulant 48w; off-diagonal ones have fourth cumulant 6w and are uncorrelated,
but Cov(D_hk², D_hl²) = 2w (given column h both have the same variance), Cov(d_h², D_hk²) = 8w and
Cov(d_h d_k, D_hk²) = 4w. At fixed width ratios v ~ 1/width: every entry of D approaches λ*I as width^(−1/2), but
there are width² of them, so that the distance in norm relative to ‖λ*I‖ does not fall.
"""

from typing import NamedTuple

import numpy as np

from .. import checks


class Balancedness(NamedTuple):
    """What is measured of D = W2ᵀW2 − W1W1ᵀ, its mean, or its standard deviation."""

    lam: float  # tr(D)/N_h, the nearest relative scale
    diagonal: float  # sample variance of the diagonal entries
    off_diagonal: float  # mean square of the off-diagonal entries
    distance: float  # ‖D − tr(D)/N_h·I‖²_F


def measured(w1, w2):
    """Balancedness of one draw of weights w1 (n_hidden, n_in), w2 (n_out, n_hidden), n_hidden ≥ 2."""
    w1, w2 = checks.weights(w1, w2)
    difference = w2.T @ w2 - w1 @ w1.T
    n = _hidden(difference.shape[0])
    diagonal = np.diag(difference)
    spread = ((diagonal - diagonal.mean()) ** 2).sum()
    off = (difference**2).sum() - (diagonal**2).sum()
    return Balancedness(diagonal.mean(), spread / (n - 1), off / (n * (n - 1)), spread + off)


def expected(n_in, n_hidden, n_out, variances):
    """Mean Balancedness over draws; `variances` (σ1², σ2²) of the entries of W1 and W2."""
    n = _hidden(n_hidden)
    var1, var2 = variances
    v, _ = _power_sums(n_in, n_out, var1, var2)
    return Balancedness(n_out * var2 - n_in * var1, 2 * v, v, (n - 1) * (n + 2) * v)


def standard_deviation(n_in, n_hidden, n_out, variances):
    """Standard deviations of the four from draw to draw: divide by √draws for the error of a mean."""
    n = _hidden(n_hidden)
    v, w = _power_sums(n_in, n_out, *variances)
    pairs = n * (n - 1) / 2
    of_diagonal = 48 * w / n + 8 * v**2 / (n - 1)
    of_pair_sum = pairs * (2 * v**2 + 6 * w + 2 * (n - 2) * 2 * w)
    covariance = (1 - 1 / n) * 2 * pairs * 8 * w - (2 / n) * pairs * 4 * w  # of the diagonal's spread and the pair sum
    of_distance = (n - 1) ** 2 * of_diagonal + 4 * of_pair_sum + 4 * covariance
    return Balancedness(*np.sqrt([2 * v / n, of_diagonal, of_pair_sum / pairs**2, of_distance]).tolist())


def relative_distance(squared, n_hidden, lam):
    """‖D − tr(D)/N_h·I‖_F / ‖λI‖_F from its squared numerator."""
    return np.sqrt(squared / n_hidden) / abs(lam)


def _power_sums(n_in, n_out, var1, var2):
    return n_out * var2**2 + n_in * var1**2, n_out * var2**4 + n_in * var1**4


def _hidden(n_hidden):
    return checks.count("n_hidden", n_hidden, least=2)
