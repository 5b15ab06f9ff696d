"""Initial weights: balanced as they say, feasible or refused, and reproducible."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lazyrich as lr
from cases import EPS
from lazyrich.linear import initialisation
from lazyrich.linear.initialisation import infeasible, layer_variances

LAMS = st.sampled_from([0.0, 1e-12, -1e-6, 1e-3, 1.0, -2.0, 100.0, -1e3])
WIDTHS = st.integers(1, 6)


def rng(seed=0):
    return np.random.default_rng(seed)


@given(LAMS, WIDTHS, WIDTHS, WIDTHS, st.integers(0, 1000), st.sampled_from([1e-3, 0.1, 2.0]))
def test_balanced_exactly_when_feasible(lam, n_in, n_hidden, n_out, seed, scale):
    feasible = not (lam > 0 and n_hidden > n_out) and not (lam < 0 and n_hidden > n_in)
    assert (infeasible(lam, n_in, n_hidden, n_out) == "") == feasible
    if not feasible:
        with pytest.raises(ValueError, match=r"no λ-balanced weights exist: λ = .* needs n_hidden ≤ n_"):
            lr.lambda_balanced_weights(lam, n_in, n_hidden, n_out, rng=rng(seed), scale=scale)
        return
    w1, w2 = lr.lambda_balanced_weights(lam, n_in, n_hidden, n_out, rng=rng(seed), scale=scale)
    assert w1.shape == (n_hidden, n_in)
    assert w2.shape == (n_out, n_hidden)
    size = max((w1**2).sum(), (w2**2).sum())
    assert np.abs(w2.T @ w2 - w1 @ w1.T - lam * np.eye(n_hidden)).max() <= 1e-14 * size


def test_algorithm_1_keeps_the_drawn_function():
    """The singular values of W2W1 are those of the Gaussian draw, whatever λ is."""
    functions = []
    for lam in (-3.0, 0.0, 3.0):
        w1, w2 = lr.lambda_balanced_weights(lam, 5, 3, 4, rng=rng(), scale=0.1)
        functions.append(w2 @ w1)
    first, second = lr.gaussian_weights(5, 3, 4, scale=0.1, rng=rng())
    assert np.allclose(functions[0], second @ first, atol=1e-14)
    assert np.allclose(functions, functions[0], atol=1e-14)


def test_hidden_rotation_is_uniform():
    """The mean of a Haar rotation is zero; a QR without the sign correction is biased on its diagonal."""
    mean = np.mean([initialisation.random_rotation(3, rng(k)) for k in range(2000)], axis=0)
    assert np.abs(mean).max() < 4.5 * np.sqrt(1 / 3 / 2000)


def test_aligned():
    sigma = rng().standard_normal((3, 4))
    u, _, vt = np.linalg.svd(sigma)
    w1, w2 = lr.aligned_weights(-2.0, sigma, [0.5, -0.2, 0.1], 3, rng=rng())
    assert np.allclose(u.T @ (w2 @ w1) @ vt[:3].T, np.diag([0.5, -0.2, 0.1]), atol=1e-14)
    assert lr.balance(w1, w2).lam == pytest.approx(-2.0)
    assert lr.balance(w1, w2).residual < 64 * EPS * ((w1**2).sum() + (w2**2).sum())


def test_given_singular_values():
    w1, w2 = lr.weights_with_singular_values(5.0, [2.0, 0.3], 4, 3, 6, rng=rng())
    assert np.linalg.svd(w2 @ w1, compute_uv=False)[:3] == pytest.approx([2.0, 0.3, 0.0], abs=1e-14)
    assert lr.balance(w1, w2).residual < 1e-13


@pytest.mark.parametrize("lam", [0.0, 1.0, -10.0, 1e3])
def test_given_function_keeps_it_at_every_lam(lam):
    function = rng().standard_normal((5, 5))
    w1, w2 = lr.weights_with_function(function, lam, 5, rng=rng())
    assert np.abs(w2 @ w1 - function).max() < 1e-12
    assert lr.balance(w1, w2).lam == pytest.approx(lam, rel=1e-13, abs=1e-13)


def test_given_function_of_too_high_rank_is_refused():
    with pytest.raises(ValueError, match="rank above n_hidden = 2"):
        lr.weights_with_function(np.eye(3), 0.0, 2, rng=rng())


@given(WIDTHS, WIDTHS, WIDTHS, st.sampled_from([1e-6, 1.0]))
def test_zero_balanced_of_a_variance(n_in, n_hidden, n_out, variance):
    w1, w2 = lr.zero_balanced_weights(n_in, n_hidden, n_out, rng=rng(), scale=np.sqrt(variance))
    assert np.concatenate([w1.ravel(), w2.ravel()]).var(mean=0.0) == pytest.approx(variance)
    assert lr.balance(w1, w2).residual <= 1e-14 * variance * 100


@pytest.mark.parametrize("scheme", ["lecun", "glorot", "he", "scaled"])
def test_standard_schemes_have_their_variance(scheme):
    gains = (0.5, 2.0)
    expected = {
        "lecun": (0.25 / 300, 4 / 200),
        "glorot": (0.25 * 2 / 500, 4 * 2 / 300),
        "he": (0.25 * 2 / 300, 4 * 2 / 200),
        "scaled": (0.25 / 300, 4 / 200),
    }[scheme]
    assert layer_variances(scheme, 300, 200, 100, gains) == pytest.approx(expected)
    w1, w2 = lr.standard_weights(scheme, 300, 200, 100, rng=rng(), gains=gains)
    for w, variance in zip((w1, w2), expected, strict=True):
        assert w.var() == pytest.approx(variance, rel=4.5 * np.sqrt(2 / w.size))


def test_torch_layers_are_uniform_within_the_root_of_their_fan_in():
    """The default of torch.nn.Linear: Kaiming's uniform scheme with a = √5, gain √(2/(1 + a²))."""
    w1, w2 = lr.standard_weights("torch", 400, 300, 200, rng=rng(), gains=(1.0, 2.0))
    assert (w1.shape, w2.shape) == ((300, 400), (200, 300))
    for w, bound in ((w1, 1 / np.sqrt(400)), (w2, 2 / np.sqrt(300))):
        assert 0.999 * bound < np.abs(w).max() < bound
        assert np.mean(np.abs(w) < bound / 2) == pytest.approx(0.5, abs=4.5 * 0.5 / np.sqrt(w.size))
        assert w.var() == pytest.approx(bound**2 / 3, rel=0.02)
    assert layer_variances("torch", 400, 300, 200) == pytest.approx((1 / 1200, 1 / 900))


def test_unbalanced_control_has_the_norms_and_not_the_balance():
    w1, w2 = lr.lambda_balanced_weights(3.0, 5, 5, 5, rng=rng())
    c1, c2 = lr.unbalanced_weights_like(w1, w2, rng=rng(1))
    assert np.linalg.norm(c1) == pytest.approx(np.linalg.norm(w1))
    assert np.linalg.norm(c2) == pytest.approx(np.linalg.norm(w2))
    assert lr.balance(c1, c2).residual > 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: lr.lambda_balanced_weights(np.nan, 2, 2, 2, rng=rng()), "lam must be a finite number"),
        (lambda: lr.lambda_balanced_weights(0, 2, 0, 2, rng=rng()), "n_hidden must be a whole number of at least 1"),
        (lambda: lr.lambda_balanced_weights(0, 2, 2, 2, rng=7), "rng must be a numpy.random.Generator"),
        (lambda: lr.lambda_balanced_weights(0, 2, 2, 2, rng=rng(), scale=0), "scale must be .* larger than 0"),
        (lambda: lr.standard_weights("xavier", 2, 2, 2, rng=rng()), "scheme must be one of lecun, glorot, he, scaled"),
        (lambda: lr.weights_with_singular_values(0, [1], 2, 2, 2, rng=None), "rng must be a numpy.random.Generator"),
        (lambda: lr.lambda_balanced_weights(0, None, 2, 2, rng=rng()), "n_in must be a whole number"),
        (lambda: lr.standard_weights("lecun", 0, 2, 2, rng=rng()), "n_in must be a whole number of at least 1"),
        (lambda: lr.standard_weights(["he"], 2, 2, 2, rng=rng()), "scheme must be one of"),
        (lambda: lr.standard_weights("he", 2, 2, 2, rng=rng(), gains=(1,)), "gains must be two finite numbers"),
        (
            lambda: lr.standard_weights("he", 2, 2, 2, rng=rng(), gains=(1, 0)),
            "gains must be two finite numbers larger",
        ),
        (lambda: lr.standard_weights("he", 2, 2, 2, rng=rng(), gains=(1, -2)), "gains must be two .* larger than 0"),
        (lambda: lr.standard_weights("he", 2, 2, 2, rng=rng(), gains=2.0), "gains must be two finite numbers"),
        (lambda: lr.standard_weights("torch", 2, 2, 2, rng=3), "rng must be a numpy.random.Generator"),
        (lambda: lr.gaussian_weights(2, 2, 2, scale=[1, 2, 3], rng=rng()), "one for each of the two layers"),
        (lambda: lr.layer_singular_values([-1.0], 0.0), "singular_values must be finite and not negative"),
        (lambda: lr.layer_singular_values([np.nan], 0.0), "singular_values must be finite and not negative"),
        (lambda: lr.gaussian_weights(2, 2, 2, scale=-1, rng=rng()), "scale must be finite and larger than 0"),
        (lambda: lr.weights_with_singular_values(0, [1, 2, 3], 2, 2, 2, rng=rng()), "at most 2"),
        (lambda: lr.weights_with_singular_values(0, [-1], 2, 2, 2, rng=rng()), "none negative"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
