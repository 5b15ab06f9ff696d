"""Wide linear networks: M by neuron and at isotropic δ against the weights; regimes; hyperbolic entropy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lazyrich as lr
from lazyrich.neuron import wide

W1 = np.array([[0.2, -0.4], [0.7, 0.1]])
W2 = np.array([[1, 0.5], [-0.3, 0.8]]).T
RATES = (2.0, 0.5)  # (η_w, η_a)


def functions(w1, w2):
    """β_k = w_k a_kᵀ, (h, d, c)."""
    return np.einsum("kd,ck->kdc", w1, w2)


def test_values():
    expected = [[2.445, -0.005, 0.52, 0], [-0.005, 2.265, 0, 0.52], [0.52, 0, 2.045, -0.005], [0, 0.52, -0.005, 1.865]]
    assert wide.neuron_deltas(W1, W2, rates=RATES) == pytest.approx([2.4, 1.21], rel=1e-14)
    assert wide.tangent_operator(W1, W2, rates=RATES) == pytest.approx(np.array(expected), abs=1e-14)
    by_neuron = wide.tangent_operator_by_neuron(functions(W1, W2), [2.4, 1.21], rates=RATES)
    assert by_neuron == pytest.approx(np.array(expected), abs=1e-14)
    outputs, inputs = wide.isotropic_roots([[1, 0.2], [-0.5, 0.7]], 1.5)
    expected = [[1.344825242602, -0.06280976724], [-0.06280976724, 1.043338359852]]
    assert outputs == pytest.approx(np.array(expected), rel=1e-10)
    expected = [[1.256891568467, -0.150743441375], [-0.150743441375, 1.131272033988]]
    assert inputs == pytest.approx(np.array(expected), rel=1e-10)


def test_entropy_values():
    got = wide.hyperbolic_entropy(1.2, 0.5)
    assert got == pytest.approx((0.875582262825394, 1.1362206636933, 0.407908508224002), rel=1e-13)
    assert wide.hyperbolic_entropy(1.2, -0.5) == got


@pytest.mark.parametrize("delta", [1e-3, 0.5, -3.0, 1e6])
def test_entropy_derivatives_and_ends(delta):
    x, h = np.array([-2.0, 0.3, 1.1]), 1e-5
    low, at, high = (wide.hyperbolic_entropy(x + k * h, delta) for k in (-1, 0, 1))
    for k in (0, 1):
        assert (high[k] - low[k]) / (2 * h) == pytest.approx(at[k + 1], rel=1e-7)
    assert wide.hyperbolic_entropy(0.0, delta)[0] == 0
    if abs(delta) > 1e5:
        assert at[0] == pytest.approx(x**2 / (2 * delta), rel=1e-10)
    with pytest.raises(ValueError, match="delta must not be zero"):
        wide.hyperbolic_entropy(x, 0.0)


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5), st.integers(0, 99), st.sampled_from([(1, 1), RATES]))
def test_operator_by_neuron_and_kernel(d, h, c, seed, rates):
    rng = np.random.default_rng(seed)
    w1, w2 = rng.standard_normal((h, d)), rng.standard_normal((c, h)) * 3
    m = wide.tangent_operator(w1, w2, rates=rates)
    by_neuron = wide.tangent_operator_by_neuron(functions(w1, w2), wide.neuron_deltas(w1, w2, rates=rates), rates=rates)
    assert np.abs(by_neuron - m).max() <= 1e-13 * np.abs(m).max()
    x = rng.standard_normal((4, d))
    if rates == (1, 1):
        spread = np.kron(np.eye(c), x)
        assert np.abs(spread @ m @ spread.T - lr.ntk(w1, w2, x.T)).max() <= 1e-12 * np.abs(m).max() * 10
    # vec(β)˙ = −M vec(G)
    g = rng.standard_normal((d, c))
    d1, d2 = -rates[0] * w2.T @ g.T, -rates[1] * g.T @ w1.T  # one layer moves with η_w, the other with η_a
    velocity = (d2 @ w1 + w2 @ d1).T
    assert np.abs(velocity.ravel("F") + m @ g.ravel("F")).max() <= 1e-12 * np.abs(m).max() * np.abs(g).max() * 10


def test_one_output_of_one_neuron_is_the_neuron():
    w, a = lr.neuron_start([0.3, -0.4], 0.7, rates=RATES)
    m = lr.neuron_solution(w, a, [1.0, 0.0], [0.0], rates=RATES).tangent_operator[0]
    assert wide.tangent_operator(w[None], [[a]], rates=RATES) == pytest.approx(m, rel=1e-14)


def isotropic(delta, d, h, c, seed):
    return lr.lambda_balanced_weights(delta, d, h, c, rng=np.random.default_rng(seed), scale=0.7)


SHAPES = [(d, h, c) for d in (1, 2, 3, 6) for h in (1, 2, 3) for c in (1, 2, 3, 6)]


@pytest.mark.parametrize("delta", [1.5, -1.5, 0.0, 30.0, -0.01])
def test_isotropic_operator_and_where_the_published_one_holds(delta):
    """Exact wherever β determines M; the printed theorem iff δ = 0, or the larger layer is square."""
    tried = 0
    for seed, (d, h, c) in enumerate(SHAPES):
        large = c if delta > 0 else d
        if delta != 0 and h > large:
            with pytest.raises(ValueError, match="n_hidden must be at most"):
                wide.isotropic_tangent_operator(np.ones((d, c)), delta, h)
            continue
        w1, w2 = isotropic(delta, d, h, c, seed)
        w1, w2 = w1 / np.sqrt(RATES[1]), w2 / np.sqrt(RATES[0])
        m, beta = wide.tangent_operator(w1, w2, rates=RATES), (w2 @ w1).T
        if delta != 0 and min(d, c) < h < large:
            with pytest.raises(ValueError, match="use tangent_operator on the weights"):
                wide.isotropic_tangent_operator(beta, delta, h, rates=RATES)
            continue
        tried += 1
        assert np.abs(wide.isotropic_tangent_operator(beta, delta, h, rates=RATES) - m).max() < 1e-12 * np.abs(m).max()
        off = np.abs(wide.published_tangent_operator(beta, delta, rates=RATES) - m).max()
        if delta == 0 or h == large:
            assert off < 1e-12 * np.abs(m).max()
        else:
            assert off > 0.1 * abs(delta)
    assert tried >= 10


def test_beta_does_not_determine_the_operator_of_a_middle_width():
    """d < h < c, δ > 0: of the h directions of W2W2ᵀ only d are seen in β. Two starts, one β, two M."""
    w1, w2 = isotropic(1.0, 2, 3, 6, 0)
    spare = np.linalg.svd(w2)[0][:, 3]  # an output that neither β nor W2 uses
    hidden = np.linalg.svd(w1)[0]  # hidden directions: the last is not fed by W1
    unseen = w2 @ hidden[:, 2]
    other = w2 + np.outer(spare * np.linalg.norm(unseen) - unseen, hidden[:, 2])
    assert lr.balance(w1, other).residual < 1e-12
    assert np.abs(other @ w1 - w2 @ w1).max() < 1e-12
    assert np.abs(wide.tangent_operator(w1, other) - wide.tangent_operator(w1, w2)).max() > 0.1


@pytest.mark.parametrize("delta", [1e3, -1e3])
@pytest.mark.parametrize(
    ("shape", "regimes"),
    [
        ((6, 3, 2), ("lazy", "delayed rich")),
        ((2, 3, 6), ("delayed rich", "lazy")),
        ((3, 3, 3), ("lazy", "lazy")),
        ((4, 5, 4), ("lazy", "lazy")),
        ((6, 6, 2), ("lazy", "lazy")),
        ((4, 2, 4), ("delayed rich", "delayed rich")),
    ],
)
def test_regimes_and_ranks(shape, regimes, delta):
    d, h, c = shape
    upstream = delta > 0
    assert wide.regime(*shape, upstream) == regimes[0 if upstream else 1]
    w1, w2 = wide.random_neurons(delta, 0.3, d, h, c, rng=np.random.default_rng(0))
    values = np.linalg.eigvalsh(wide.tangent_operator(w1, w2))
    assert (values > 1e-3 * values[-1]).sum() == wide.tangent_rank(*shape, upstream)


def test_random_neurons_have_their_scale():
    deltas = [2.0, -1.0, 0.0, 50.0]
    w1, w2 = wide.random_neurons(deltas, 0.3, 3, 4, 2, rng=np.random.default_rng(1), rates=RATES)
    assert wide.neuron_deltas(w1, w2, rates=RATES) == pytest.approx(deltas, abs=1e-13)
    assert np.linalg.norm(functions(w1, w2), axis=(1, 2)) == pytest.approx(0.3, rel=1e-13)
    with pytest.raises(ValueError, match="rng must be"):
        wide.random_neurons(1.0, 0.3, 3, 4, 2, rng=1)


def test_narrow_and_wide_nets_move_their_kernel_where_the_table_says():
    """Mean S(0, ∞) of four draws: 6-3-2 moves at δ = −16 and not at 16, 2-3-6 the other way, 4-4-4 at neither."""
    moved = {}
    for d, h, c in ((6, 3, 2), (2, 3, 6), (4, 4, 4)):
        for delta in (-16.0, 16.0):
            distances = []
            for seed in range(4):
                rng = np.random.default_rng(seed)
                w1, w2 = wide.random_neurons(delta, 0.3, d, h, c, rng=rng)
                target = rng.standard_normal((c, d))
                flow = lr.gradient_flow(w1, w2, target / np.linalg.norm(target), [1e4], method="LSODA", rtol=1e-8)
                distances.append(flow.kernel_distance()[0])
            moved[d, delta] = np.mean(distances)
    assert min(moved[6, -16.0], moved[2, 16.0]) > 0.1
    assert max(moved[6, 16.0], moved[2, -16.0], moved[4, 16.0], moved[4, -16.0]) < 1e-3


def test_singular_values_are_a_mirror_flow():
    """q′(x)˙ = −uᵀGv along the flow from λ-balanced weights with h ≥ min(d, c)."""
    w1, w2 = isotropic(0.8, 3, 3, 3, 4)
    sigma, h = np.random.default_rng(9).standard_normal((3, 3)), 1e-4
    solution = lr.exact_solution(w1, w2, sigma, [0.5 - h, 0.5, 0.5 + h], lam=0.8)
    u, x, vt = np.linalg.svd(solution.network_function)
    slope = wide.hyperbolic_entropy(x, 0.8)[1]
    force = np.diag(u[1].T @ (sigma - solution.network_function[1]) @ vt[1].T)
    assert (slope[2] - slope[0]) / (2 * h) == pytest.approx(force, rel=1e-6)


def test_bad_input():
    with pytest.raises(ValueError, match="zero neuron"):
        wide.tangent_operator_by_neuron(np.zeros((2, 3, 1)), [1.0, 1.0])
    with pytest.raises(ValueError, match=r"betas must have shape \(..., h, d, c\)"):
        wide.tangent_operator_by_neuron(np.ones((3, 1)), [1.0, 1.0])
    with pytest.raises(ValueError, match="rank at most"):
        wide.isotropic_tangent_operator(np.eye(3), 0.0, 2)
