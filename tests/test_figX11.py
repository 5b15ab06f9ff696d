"""Finite samples: the closed forms of a lazy network and of large aligned ones, and figX11's tables and drawing."""

import matplotlib
import numpy as np
import pytest

import lazyrich as lr
from figures import assert_mistakes, assert_nothing_is_clipped, changed, config_block, fixtures
from lazyrich.figures.figX11_finite_samples import large, measures, networks, spiked
from lazyrich.pipeline.config import mistakes_of
from lazyrich.pipeline.frames import only
from lazyrich.pipeline.ledger.results import Results

matplotlib.use("Agg")
WHOLE = config_block("figX11")
CONFIG = {
    **WHOLE, "examples": [40, 100, 600], "lambdas": [0, 1, 10, 100], "n_times": 61, "n_draws": 6,
    "ends": WHOLE["ends"] | {"widths": [4, 16], "n_draws": 1},
    "large": WHOLE["large"] | {"widths": [16, 48], "n_draws": 40},
    "descent": WHOLE["descent"] | {"n_draws": 6, "n_flow_draws": 1},
}  # fmt: skip

results, data, figure = fixtures("figX11", CONFIG)


@pytest.fixture(scope="module")
def tables(results, tmp_path_factory):
    folder = tmp_path_factory.mktemp("all")
    (folder / "figX11").symlink_to(results)
    return Results(folder)


@pytest.mark.parametrize("aspect", [1.0, 0.5, 0.1])
@pytest.mark.parametrize("strength", [3.0, 1.2, 0.4])
def test_sums_over_the_modes_of_a_spiked_matrix_obey_their_sum_rules(strength, aspect):
    """tr Σ̂ᵀΣ̂ and tr Σ̂ᵀΣ have means that are known at every width: n_out + s² and s²."""
    assert spiked.with_mode(np.square, strength, aspect) == pytest.approx(strength**2, abs=1e-12)
    assert spiked.projected(lambda x: x, strength, aspect) == pytest.approx(strength, abs=1e-12)
    assert spiked.of_noise(np.square, 20, aspect) == pytest.approx(20, abs=1e-12)
    assert spiked.with_mode(np.ones_like, strength, aspect) == pytest.approx(0, abs=1e-12)


def test_the_fourth_moment_of_noise_with_its_correction():
    """E tr (EEᵀ)² = n_out (1 + c) + c of real Gaussian noise, exactly."""
    assert spiked.of_noise(lambda x: x**4, 20, 0.5) == pytest.approx(20 * 1.5 + 0.5, abs=1e-11)


def test_a_mode_is_seen_where_benaych_georges_and_nadakuditi_say():
    rng = np.random.default_rng(1)
    n_out, n_in, strength = 200, 400, 2.0
    found = []
    for _ in range(8):
        noisy = rng.standard_normal((n_out, n_in)) / np.sqrt(n_in)
        noisy[0, 0] += strength
        u, s, vt = np.linalg.svd(noisy, full_matrices=False)
        found.append((s[0], u[0, 0] * vt[0, 0]))
    observed, overlap = np.mean(found, 0)
    assert observed == pytest.approx(spiked.observed(strength, 0.5), abs=0.05)
    assert overlap == pytest.approx(spiked.overlap(strength, 0.5), abs=0.03)
    assert spiked.overlap(0.5**0.25 * 1.0001, 0.5) < 0.02
    assert not spiked.seen(0.8, 0.5)


def test_the_limit_is_the_mean_over_draws(data, tables):
    for n_out in (16, 48):
        assert measures.limit_off(tables, "figX11", n_out) < 0.04
        assert measures.limit_off(tables, "figX11", n_out, column="modes_alone") > 0.2
    assert data["simulation/large_agreement"]["deviation_network_function"].max() < 1e-12


def test_a_large_network_that_has_learned_all_has_the_loss_of_the_noise():
    part = WHOLE["large"]
    loss = spiked.test_loss(lambda x: x, part["strengths"], 30, 0.5)
    assert loss == pytest.approx(15, abs=1e-10)
    assert large.shape(part, 16) == (16, 32)


def test_all_spectra_have_one_norm():
    for name, part in WHOLE["spectra"].items():
        s = np.linalg.svd(networks.teacher(WHOLE, name, np.random.default_rng(1)), compute_uv=False)
        assert np.linalg.norm(s) == pytest.approx(WHOLE["norm"], rel=1e-12)
        assert (s > 1e-9).sum() == part["rank"]


def test_starts_of_one_draw_have_one_function(data):
    for _, starts in data["task/starts"].groupby(["draw", "n_hidden"]):
        functions = np.stack([start.w2 @ start.w1 for start in starts.itertuples()])
        assert np.abs(functions - functions[0]).max() < 1e-12


def test_the_exact_solution_is_the_flow_and_descent_follows(data, tables):
    assert data["simulation/flow"]["deviation_flow_network_function"].max() < 1e-10
    compared = data["simulation/agreement"]
    assert (compared["deviation_network_function"] < 0.4 * compared["step_size"]).all()
    assert measures.sign_off(tables, "figX11", lam=10) < 1e-12


def test_a_lazy_network_only_shrinks(tables):
    """Its least loss is that of the best multiple of Σ̂, in each draw."""
    draws = networks.Draws(CONFIG, {f"task/{name}": tables.frame("figX11", f"task/{name}") for name in
                                    ("teachers", "noises", "starts")})  # fmt: skip
    for spectrum in CONFIG["spectra"]:
        sigma, sigma_hat = draws.task(spectrum, 100, 0)
        best = (sigma**2).sum() / 2 - (sigma * sigma_hat).sum() ** 2 / (sigma_hat**2).sum() / 2
        found = only(tables.frame("figX11", "theory/best"), spectrum=spectrum, n_examples=100, lam=100, draw=0)
        assert found["test_loss"].item() == pytest.approx(best, rel=0.01)


def test_who_wins(tables):
    gains = {name: measures.gain(tables, "figX11", 0, 100, spectrum=name, n_examples=100) for name in WHOLE["spectra"]}
    assert gains["spike"] > 4
    assert 1.3 < gains["few"] < 1.7
    assert 1 < gains["power"] < 1.3
    assert gains["flat"] < 0.8
    assert measures.best_lam(tables, "figX11", spectrum="power", n_examples=100) == 1
    assert measures.wins(tables, "figX11", 0, 100, spectrum="spike", n_examples=100) == 1
    low, middle, high = (
        measures.gain(tables, "figX11", 0, 100, part=part, spectrum="few", n_examples=100)
        for part in ("low", "mean", "high")
    )
    assert low < middle < high
    assert measures.gain(tables, "figX11", 0, 100, spectrum="power", n_examples=600) < 1
    assert measures.budget_gain(tables, "figX11", 1, "steps") > 2
    assert measures.budget_gain(tables, "figX11", 8, "steps") < 1
    assert measures.budget_lam(tables, "figX11", 1, "steps") == 100
    assert measures.lazy_off(tables, "figX11", "t", "lazy_time", 100, n_examples=100) < 0.15
    assert measures.spike_off(tables, "figX11", 0, 100, "spike", 100) < 0.2
    assert measures.signal_to_noise(tables, "figX11", 100) == pytest.approx(9 / (256 * 1.44 / 100), rel=1e-9)


def test_the_end_does_not_know_the_relative_scale(data, tables):
    assert data["theory/late"]["deviation_network_function"].max() < 1e-11
    assert measures.end_gain(tables, "figX11", 4, 16, "few") > 1.7
    assert measures.end_gain(tables, "figX11", 8, 16, "flat") < 0.7


def test_a_delayed_network_filters_less_and_later(data, tables):
    unequal = {"table": "theory/unequal"}
    assert measures.gain(tables, "figX11", 0, -10, spectrum="few", **unequal) > 1.1
    assert measures.gain(tables, "figX11", 10, -10, spectrum="few", **unequal) > 1.1
    assert measures.gain(tables, "figX11", -10, 10, spectrum="spike", **unequal) > 1
    times = only(data["theory/unequal"], spectrum="few").groupby("lam")["t"].mean()
    assert 7 < times[-100] / times[-10] < 14


def test_budgets_are_read_off_the_best_so_far():
    rows = Collected()
    moments = np.array([0.0, 1.0, 2.0, 3.0])
    found = {0.0: np.array([4.0, 3.0, 1.0, 2.0]), 3.0: np.array([4.0, 2.0, 3.0, 3.0])}
    networks._add_budgets({"step": 0.5, "steps": [4, 8], "time": [4, 12]}, moments, found, 4.0, 0, rows)
    steps, more, time, _ = rows.added
    assert (steps["rich"], steps["lazy"], steps["best_lam"]) == (3.0, pytest.approx(4 - 2 * 0.8), 3.0)
    assert (more["best_lam"], more["test_loss"]) == (0.0, 1.0)
    assert (time["best_lam"], time["test_loss"]) == (3.0, 2.0)


class Collected:
    """The rows that were added."""

    def __init__(self):
        self.added = []

    def add(self, **columns):
        self.added.append(columns)


def test_a_row_for_each_run(data):
    assert len(data["theory/best"]) == 4 * 6 * (4 + 2 * 2)
    assert len(data["theory/curves"]) == 5 * 6 * 61
    assert len(data["theory/unequal"]) == 3 * 7 * 6
    assert len(data["theory/ends"]) == 4 * 6 * 16
    assert len(data["theory/late"]) == 4 * 2 * 3
    assert len(data["simulation/large"]) == 2 * 2 * 40 * 13


def test_impossible_values_are_refused():
    assert not list(mistakes_of("figX11", CONFIG))
    spectra = changed(WHOLE, ["spectra", "few", "rank"], 17)["spectra"]
    assert_mistakes("figX11", {"spectra": spectra}, ["spectra.few.rank = 17 must be at most figX11.width = 16"])
    assert_mistakes("figX11", {"spectrum": "many"}, ["spectrum = many must be one of spike, few, power, flat"])
    assert_mistakes("figX11", {"examples": [8, 100]}, [r"examples = \[8, 100\] must be at least figX11.width = 16"])
    assert_mistakes("figX11", {"n_examples": 99}, [r"examples = \[.*\] must hold figX11.n_examples = 99"])
    assert_mistakes("figX11", {"log_first": 2}, ["log_first = 2 must be below log10 of figX11.until = 30"])
    assert_mistakes("figX11", {"curves": [0, 2, 10]}, [r"lambdas = \[.*\] must hold figX11.curves' 2"])
    assert_mistakes("figX11", {"curves": [0]}, [r"curves = \[0\] must hold figX11.descent.lambdas' 10"])
    unequal = WHOLE["unequal"]
    assert_mistakes("figX11", {"unequal": unequal | {"widths": [8, 16, 8]}}, ["has no start balanced at"] * 6)
    assert_mistakes("figX11", {"unequal": unequal | {"spectra": ["many"]}}, [r"names \['many'\]; they must be of"])
    assert_mistakes("figX11", {"unequal": unequal | {"n_examples": 9}}, ["n_examples = 9 must be at least its inputs"])
    ends = WHOLE["ends"]
    assert_mistakes("figX11", {"ends": ends | {"widths": [17]}}, ["ends.widths' 17 has no start balanced"] * 2)
    assert_mistakes("figX11", {"ends": ends | {"n_draws": 200}}, ["ends.n_draws = 200 must be at most"])
    large_block = WHOLE["large"] | {"widths": [2, 16]}
    assert_mistakes("figX11", {"large": large_block}, [r"large.widths = \[2, 16\] must be at least the number"])


def test_an_aligned_network_of_one_mode_that_is_seen_does_what_the_best_shrinkage_does():
    """Its best strength is sO, whatever λ is: the test loss then is ½s²(1 − O²), as far as the bulk is not learned."""
    strength, aspect = 2.0, 1.0
    observed, overlap = spiked.observed(strength, aspect), spiked.overlap(strength, aspect)
    t = lr.time_to_reach(strength * overlap, observed, 1e-30, 0.0)
    found = spiked.test_loss(lambda s: lr.mode_strength(np.array([[t]]), s, 1e-30, 0.0), [strength], 10, aspect)
    assert found[0] == pytest.approx(strength**2 / 2 * (1 - overlap**2), rel=1e-3)


def test_figure(figure):
    axes = figure.get_axes()
    assert [len(a.lines) for a in axes[:2]] == [4 + 4 + 2, 4 * 2 + 3 + 1]
    assert_nothing_is_clipped(figure)
