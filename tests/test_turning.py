"""How far a large layer turns at any hidden width: the limit of the exact solution, its mean, and impossible starts."""

import numpy as np
import pytest

from lazyrich.linear.exact import exact_solution
from lazyrich.linear.initialisation import weights_with_singular_values
from lazyrich.linear.tasks import task_from_singular_values
from lazyrich.linear.turning import expected_turn, kernel_turn, loss_plateau

SHAPES = [(n_in, n_hidden, n_out) for n_in, n_out in ((5, 3), (4, 4), (3, 5)) for n_hidden in range(1, 6)]


def start(lam, widths, rng, s=1e-3):
    n_in, _, n_out = widths
    task = task_from_singular_values(np.linspace(2, 1, min(n_in, n_out)), n_in, n_out, rng=rng)
    weights = weights_with_singular_values(lam, [s] * min(widths), *widths, rng=rng)
    return *weights, task.sigma_yx


@pytest.mark.parametrize("widths", SHAPES)
@pytest.mark.parametrize("lam", [-1e4, 1e4])
def test_it_is_the_limit_of_the_exact_solution(widths, lam):
    large = widths[2] if lam > 0 else widths[0]
    if widths[1] > large:
        return
    w1, w2, sigma_yx = start(lam, widths, np.random.default_rng(sum(widths)))
    solution = exact_solution(w1, w2, sigma_yx, np.array([0.0, 20 / abs(lam), 1e6]), lam=lam)
    assert kernel_turn(w1, w2, sigma_yx, lam) == pytest.approx(solution.kernel_distance()[-1], abs=1e-6)
    plateau = solution.loss()[1] / ((sigma_yx**2).sum() / 2)
    assert loss_plateau(w1, w2, sigma_yx, lam) == pytest.approx(plateau, abs=1e-5)
    if widths[1] == large:
        assert kernel_turn(w1, w2, sigma_yx, lam) == 0
        assert loss_plateau(w1, w2, sigma_yx, lam) == 0


@pytest.mark.parametrize("widths", [(5, 2, 3), (5, 4, 3), (4, 3, 4), (3, 1, 5)])
def test_means_over_random_directions(widths):
    n_in, n_hidden, n_out = widths
    for lam in (-1.0, 1.0):
        large = n_out if lam > 0 else n_in
        if n_hidden > large:
            continue
        starts = [start(lam, widths, np.random.default_rng(k)) for k in range(400)]
        for law, mean in (
            (kernel_turn, expected_turn(n_hidden, large, min(n_in, n_out))),
            (loss_plateau, 1 - n_hidden / large),
        ):
            values = np.array([law(*one, lam) for one in starts])
            assert abs(values.mean() - mean) < 4.5 * values.std() / np.sqrt(values.size)


def test_a_layer_without_full_rank_is_refused():
    w1, w2, sigma_yx = start(0.0, (4, 2, 4), np.random.default_rng(1), s=0.0)
    with pytest.raises(ValueError, match="rank n_hidden"):
        kernel_turn(w1, w2, sigma_yx, 1.0)
    w1, w2, sigma_yx = start(1.0, (4, 2, 4), np.random.default_rng(1))
    with pytest.raises(ValueError, match="λ = 0"):
        loss_plateau(w1, w2, sigma_yx, 0.0)
