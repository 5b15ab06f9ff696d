"""Balancedness of random weights: every moment against an exact sum over quadrature nodes."""

import numpy as np
import pytest

import lazyrich as lr
from lazyrich.linear.initialisation import layer_variances
from lazyrich.linear.random_start import Balancedness, expected, measured, relative_distance, standard_deviation

SHAPES = [(1, 2, 1), (2, 2, 1), (1, 2, 2), (1, 3, 1)]


def by_quadrature(n_in, n_hidden, n_out, variances):
    """Mean and s.d. of the four: five Gauss-Hermite nodes an entry are exact to degree 9, the squares have 8."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(5)
    size = n_hidden * (n_in + n_out)
    index = np.indices((5,) * size).reshape(size, -1)
    probability = np.prod(weights[index] / np.sqrt(2 * np.pi), axis=0)
    entries = nodes[index].T
    w1 = np.sqrt(variances[0]) * entries[:, : n_hidden * n_in].reshape(-1, n_hidden, n_in)
    w2 = np.sqrt(variances[1]) * entries[:, n_hidden * n_in :].reshape(-1, n_out, n_hidden)
    difference = np.einsum("noh,nok->nhk", w2, w2) - np.einsum("nhi,nki->nhk", w1, w1)
    diagonal = np.einsum("nhh->nh", difference)
    off = difference[:, ~np.eye(n_hidden, dtype=bool)]
    nearest = diagonal.mean(1)
    distance = difference - nearest[:, None, None] * np.eye(n_hidden)
    four = [nearest, diagonal.var(1, ddof=1), (off**2).mean(1), (distance**2).sum((1, 2))]
    mean = [probability @ value for value in four]
    return mean, [np.sqrt(probability @ (value - m) ** 2) for value, m in zip(four, mean, strict=True)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("variances", [(1.0, 1.0), (0.3, 1.7)])
def test_moments_are_those_of_a_sum_over_all_weights(shape, variances):
    mean, deviation = by_quadrature(*shape, variances)
    assert expected(*shape, variances) == pytest.approx(mean, rel=1e-11, abs=1e-13)
    assert standard_deviation(*shape, variances) == pytest.approx(deviation, rel=1e-11)


@pytest.mark.parametrize("scheme", ["lecun", "glorot", "he", "scaled"])
def test_drawn_weights_have_these_moments(scheme):
    shape, gains, n_draws = (6, 9, 4), (0.5, 1.5), 2000
    rng = np.random.default_rng(5)
    draws = np.array([measured(*lr.standard_weights(scheme, *shape, rng=rng, gains=gains)) for _ in range(n_draws)])
    variances = layer_variances(scheme, *shape, gains)
    one = np.array(standard_deviation(*shape, variances))
    z = (draws.mean(0) - expected(*shape, variances)) / (one / np.sqrt(n_draws))
    assert np.abs(z).max() < 4.5
    assert draws.std(0) == pytest.approx(one, rel=0.15)


def test_measured_is_the_balance_and_its_parts():
    w1, w2 = lr.gaussian_weights(3, 5, 4, scale=(0.4, 1.1), rng=np.random.default_rng(2))
    d = w2.T @ w2 - w1 @ w1.T
    got, balance = measured(w1, w2), lr.balance(w1, w2)
    assert got.lam == pytest.approx(balance.lam, rel=1e-14)
    assert got.distance == pytest.approx(balance.residual**2, rel=1e-13)
    assert got.diagonal == pytest.approx(np.var(np.diag(d), ddof=1), rel=1e-13)
    assert got.off_diagonal == pytest.approx((d[np.triu_indices(5, 1)] ** 2).mean(), rel=1e-13)


@pytest.mark.parametrize("lam", [-2.0, 0.0, 2.0])
def test_balanced_weights_have_no_spread(lam):
    got = measured(*lr.lambda_balanced_weights(lam, 5, 4, 4, rng=np.random.default_rng(1), scale=1.0))
    assert got == pytest.approx(Balancedness(lam, 0, 0, 0), abs=1e-12)


def test_at_a_fixed_ratio_entries_settle_and_the_norm_does_not():
    """40 : 200 : 80 with LeCun's variances, and a quarter and four times as wide (λ* = −0.6)."""
    shapes = [(10, 50, 20), (40, 200, 80), (160, 800, 320)]
    means = [expected(*shape, layer_variances("lecun", *shape)) for shape in shapes]
    assert [m.lam for m in means] == pytest.approx([-0.6] * 3)
    assert [m.diagonal for m in means] == pytest.approx([0.216, 0.054, 0.0135])
    distance = [relative_distance(m.distance, shape[1], m.lam) for m, shape in zip(means, shapes, strict=True)]
    # √(N_h v)/|λ*| = 3.873 at every width, times √((N_h − 1)(N_h + 2))/N_h → 1
    assert distance == pytest.approx([3.910, 3.883, 3.875], abs=1e-3)


def test_one_hidden_unit_has_no_off_diagonal():
    with pytest.raises(ValueError, match="n_hidden must be a whole number of at least 2"):
        expected(3, 1, 2, (1.0, 1.0))
