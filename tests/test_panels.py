"""Large networks and dense times: what is interpolated or factored otherwise is the exact solution all the same."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lazyrich as lr
from cases import EPS, LAMS, problems, tolerance
from lazyrich.linear import initialisation, modes, panels, riccati
from lazyrich.linear.eigenbasis import eigenbasis

CASES = json.loads((Path(__file__).parent / "data/exact_qqt.json").read_text())
CASES = CASES["cases"] if isinstance(CASES, dict) else CASES


class Counted:
    """A scalar curve as `over_panels` wants it, and how often it was evaluated."""

    def __init__(self, curve):
        self.curve, self.evaluations = curve, 0

    def __call__(self, times, out=None):
        self.evaluations += times.size
        values = self.curve(times)[:, None]
        if out is None:
            return values
        out[:] = values
        return out


def one_by_one(solution, name):
    """The same observable without any panel."""
    panelled = type(solution)._curve
    try:
        type(solution)._curve = lambda self, observable, parts=(...,): self._over_time(observable)
        return getattr(solution, name)
    finally:
        type(solution)._curve = panelled


def relative(a, b):
    """Largest difference at each time relative to the largest entry at that time."""
    return np.abs(a - b).max((-2, -1)) / np.maximum(np.abs(b).max((-2, -1)), 1e-300)


@pytest.fixture
def always(monkeypatch):
    """Small nets use panels too."""
    monkeypatch.setattr(riccati, "LEAST_SIZE", 0)
    monkeypatch.setattr(riccati.ExactSolution, "least_times", 72)
    monkeypatch.setattr(riccati, "SMALL", 0)


class TestOverPanels:
    @pytest.mark.parametrize(
        "curve",
        [
            lambda t: np.exp(2 * t),
            lambda t: 1 + np.exp(-30 * t),
            lambda t: 1 / (1 + 1e6 * np.exp(-4 * t)),
            lambda t: 2 + np.cos(5 * t),
            lambda t: np.zeros_like(t),
            lambda t: np.full_like(t, 1e-300),
        ],
        ids=["growing", "transient", "sigmoid", "wave", "zero", "tiny"],
    )
    def test_smooth_curves_need_few_evaluations(self, curve):
        counted = Counted(curve)
        times = np.linspace(0, 10, 10_000)
        found = panels.over_panels(counted, times, 0.1, 72)[:, 0]
        exact = curve(times)
        assert (np.abs(found - exact) <= 1e-13 * np.abs(exact)).all()
        assert counted.evaluations < 1300

    @pytest.mark.parametrize(
        "curve", [lambda t: np.abs(t - 3), lambda t: np.sign(t - 3), np.sin], ids=["kink", "step", "zeros"]
    )
    def test_rough_curves_are_evaluated(self, curve):
        times = np.linspace(0, 10, 5000)
        found = panels.over_panels(Counted(curve), times, 1.0, 72)[:, 0]
        assert np.abs(found - curve(times)).max() <= 1e-13

    def test_noise_costs_little_more_than_its_times(self):
        rng = np.random.default_rng(0)
        counted = Counted(lambda t: 1 + 1e-9 * rng.standard_normal(t.size))
        panels.over_panels(counted, np.linspace(0, 10, 20_000), 10.0, 72)
        assert counted.evaluations < 1.1 * 20_000

    @pytest.mark.parametrize("least", [72, 500])
    def test_few_times_are_evaluated_as_they_are(self, least):
        counted = Counted(np.exp)
        times = np.linspace(0, 1, least - 1)
        assert (panels.over_panels(counted, times, 1.0, least)[:, 0] == np.exp(times)).all()
        assert counted.evaluations == times.size

    def test_any_times(self):
        """Repeated, unevenly spaced, beside each other to rounding, minute and immense ones."""
        spaced = [
            np.repeat(np.linspace(0, 3, 50), 40),
            np.zeros(500),
            np.sort(np.random.default_rng(0).exponential(1.0, 2000)),
            np.logspace(-300, 2, 3000),
            1.0 + np.arange(1000) * 2.3e-16,
            np.linspace(0, 1e-300, 1000),
            np.linspace(0, 1e300, 1000),
        ]
        for times in spaced:
            found = panels.over_panels(Counted(lambda t: np.exp(-t) + 2), times, 1.0, 72)[:, 0]
            assert np.abs(found - np.exp(-times) - 2).max() <= 1e-14

    def test_nodes_are_met_exactly(self):
        nodes = panels._nodes(0.3, 0.7)
        assert (panels._interpolation_matrix(nodes, nodes) == np.eye(panels.NODES)).all()

    def test_parts_keep_their_own_digits(self):
        """A small block beside a large one is as accurate as it would be alone."""

        def evaluate(times, out=None):
            values = np.stack([1e6 * (2 + np.sin(times)), 1e-6 * (2 + np.cos(40 * times))], axis=-1)
            if out is not None:
                out[:] = values
            return values

        times = np.linspace(0, 10, 10_000)
        found = panels.over_panels(evaluate, times, 1.0, 72, [(..., slice(1)), (..., slice(1, None))])
        assert (np.abs(found / evaluate(times) - 1) < 1e-13).all()


@given(problems(most=6), st.sampled_from([1e-6, 1e-2, 1.0, 30.0, 1e6]))
def test_dense_times_in_every_problem(problem, until):
    """Every shape, λ to ±1e3, rank, scale; saddles too: the noise of one time is not the noise of its neighbours."""
    solution = problem.solve(np.linspace(0, until, 400))
    least, small = riccati.LEAST_SIZE, riccati.SMALL
    riccati.LEAST_SIZE, riccati.SMALL = 0, 0
    try:
        found = {name: getattr(solution, name) for name in ("network_function", "qqt")}
    finally:
        riccati.LEAST_SIZE, riccati.SMALL = least, small
    again = problem.solve(solution.times)
    allowed = tolerance(again, 1e-13)
    if solution.diagnostics.saddle:
        again_qqt = one_by_one(again, "qqt")
        late = solution.times > solution.diagnostics.horizon / 4
        error = np.abs(found["qqt"] - again_qqt).max((1, 2))
        assert np.isfinite(found["qqt"]).all()
        assert (error[~late] <= 1e-6 * np.abs(again_qqt).max()).all()
        return
    assert relative(found["qqt"], one_by_one(again, "qqt")).max() <= allowed


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['n_in']}-{c['n_hidden']}-{c['n_out']} lam={c['lam']:g}")
def test_60_digit_values_within_dense_times(case, always):
    """The committed times among many others."""
    end = max(case["times"])
    times = np.sort(np.concatenate([np.linspace(0, min(end, 20.0), 1000), case["times"]]))
    qqt = lr.exact_solution(case["w1"], case["w2"], case["sigma_yx"], times, lam=case["lam"]).qqt
    found = qqt[np.searchsorted(times, case["times"])]
    assert relative(found, np.array(case["qqt"])).max() < 2e-14


@pytest.mark.parametrize("lam", LAMS)
@pytest.mark.parametrize("shape", [(30, 30, 30), (30, 12, 24), (12, 12, 40), (40, 12, 12), (20, 35, 20)])
def test_large_nets_by_two_factorisations(shape, lam, monkeypatch):
    """LAPACK's triangle-on-trapezoid QR and the factors of P against the loop over columns and P as a whole."""
    if initialisation.infeasible(lam, *shape):
        pytest.skip("no such weights")
    n_in, _, n_out = shape
    rng = np.random.default_rng(5)
    w1, w2 = lr.lambda_balanced_weights(lam, *shape, rng=rng, scale=0.1)
    sigma = rng.standard_normal((n_out, 4)) @ rng.standard_normal((4, n_in)) / 5 + np.eye(n_out, n_in)
    times = [0.0, 1e-9, 0.1, 1.0, 10.0, 1e3, 1e9]
    large = lr.exact_solution(w1, w2, sigma, times, lam=lam)
    monkeypatch.setattr(riccati, "SMALL", 10**9)
    small = lr.exact_solution(w1, w2, sigma, times, lam=lam)
    expected = small.qqt
    monkeypatch.undo()
    error = relative(large.qqt, expected)
    diagnostics = large.diagnostics
    early = np.array(times) < (1.5 if diagnostics.saddle else np.inf)
    assert error[early].max() <= (1e-12 if diagnostics.saddle else tolerance(large, 1e-13))
    assert np.isfinite(large.qqt).all()


@pytest.mark.parametrize("lam", [0.0, 1.0, -30.0])
def test_a_late_loss_keeps_its_digits(lam):
    """Interpolated, W2W1 is as far from the closed form as evaluated: so is a loss that falls to rounding squared."""
    n = 20
    rng = np.random.default_rng(1)
    u, v, r = (initialisation.random_rotation(n, rng) for _ in range(3))
    s, initial = np.linspace(2, 0.8, n), np.full(n, 0.01)
    s1, s2 = lr.layer_singular_values(initial, lam)
    sigma, times = (u * s) @ v.T, np.linspace(0, 30, 1500)
    solution = lr.exact_solution(r @ (s1[:, None] * v.T), (u * s2) @ r.T, sigma, times, lam=lam)
    exact = (u * modes.mode_strength(times[:, None], s, initial, lam)[:, None]) @ v.T
    evaluated = one_by_one(lr.exact_solution(*solution.start, sigma, times, lam=lam), "network_function")
    error, plain = (np.linalg.norm(w - exact, axis=(1, 2)) for w in (solution.network_function, evaluated))
    assert (error <= 1.2 * plain + 1e-15).all()
    assert plain.max() < 100 * EPS * np.linalg.norm(s)
    assert (solution.network_function != evaluated).any()  # it was interpolated


def test_dense_times_of_a_large_net_cost_few_evaluations(monkeypatch):
    rng = np.random.default_rng(0)
    w1, w2 = lr.lambda_balanced_weights(1.0, 20, 20, 20, rng=rng, scale=0.1)
    solution = lr.exact_solution(w1, w2, rng.standard_normal((20, 20)) / 4.5, np.linspace(0, 10, 10_000), lam=1.0)
    evaluated = []
    weights_at = riccati.ExactSolution._weights_at

    def counted(self, times, *memory):
        evaluated.append(times.size)
        return weights_at(self, times, *memory)

    monkeypatch.setattr(riccati.ExactSolution, "_weights_at", counted)
    assert solution.network_function.shape == (10_000, 20, 20)
    assert sum(evaluated) < 400
    evaluated.clear()
    solution.kernel_distance()  # small ones need their own digits: nothing is interpolated
    assert sum(evaluated) == 10_000


@pytest.mark.parametrize("shape", [(5, 5, 5), (6, 3, 4), (3, 2, 7), (1, 1, 1), (1, 2, 3)])
@pytest.mark.parametrize("lam", [0.0, 2.0, -2.0])
def test_factors_of_the_eigenbasis(shape, lam):
    n_in, n_hidden, n_out = shape
    rng = np.random.default_rng(0)
    basis = eigenbasis(rng.standard_normal((n_out, n_in)), lam)
    x = rng.standard_normal((2, n_hidden, n_in + n_out))
    assert np.abs(np.concatenate(basis.layers(x), axis=-1) - x @ basis.vectors.T).max() < 1e-14
