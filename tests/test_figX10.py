"""figX10: label noise makes networks balanced: its tables, numbers and drawing."""

import matplotlib
import numpy as np
import pytest

from figures import assert_mistakes, assert_nothing_is_clipped, changed, config_block, fixtures
from lazyrich.figures.figX10_noise import breaks, measures, shapes, square
from lazyrich.linear.initialisation import weights_with_function
from lazyrich.pipeline.config import mistakes_of
from lazyrich.pipeline.frames import only
from lazyrich.pipeline.ledger.results import Results

matplotlib.use("Agg")
WHOLE = config_block("figX10")
CONFIG = {
    **WHOLE, "n_records": 7, "n_draws": 8,
    "others": {"learning_rate": [0.02], "batch": [], "noise": [], "lam": [-4.0]},
    "shapes": WHOLE["shapes"] | {"n_curve": 9, "n_draws": 6},
    "kernel": WHOLE["kernel"] | {"learning_rate": 0.02, "batch": 8, "n_draws": 3},
    "jitter": WHOLE["jitter"] | {"batches": [1, 4], "shares": [0.1, 0.4], "n_curve": 5, "n_runs": 64},
    "misfit": WHOLE["misfit"] | {"n_losses": 4, "n_curve": 4, "n_steps": 20_000},
}  # fmt: skip

results, data, figure = fixtures("figX10", CONFIG)


def test_the_config_holds_together():
    assert not list(mistakes_of("figX10", CONFIG))
    wide = changed(WHOLE["shapes"], ("widths", "square"), [2, 3, 4])
    assert_mistakes("figX10", {"shapes": wide}, ["widths.square = .* must have as many hidden neurons as"])
    narrow = changed(WHOLE["shapes"], ("widths", "expanding"), [1, 2, 8])
    assert_mistakes("figX10", {"shapes": narrow}, ["widths.expanding = .* and no fewer inputs"])
    jitter, misfit = WHOLE["jitter"] | {"shares": [0.4, 0.1]}, WHOLE["misfit"] | {"log_loss": [1.0, -1.0]}
    assert_mistakes("figX10", {"jitter": jitter}, [r"figX10.jitter.shares = \[0.4, 0.1\] must ascend"])
    assert_mistakes("figX10", {"misfit": misfit}, [r"figX10.misfit.log_loss = \[1.0, -1.0\] must ascend"])


def test_settings_differ_from_the_first_by_one_number():
    found = [setting for _, setting in square.settings(CONFIG)]
    assert len(found) == 4
    for other in found[1:-1]:
        assert sum(other[name] != found[0][name] for name in square.SETTING) == 1
    assert found[-1] == {name: CONFIG["kernel"][name] for name in square.SETTING}


def test_the_scale_falls_by_the_law_and_by_that_with_jitter_nearer(data):
    found = data["simulation/agreement"]
    assert (found["deviation_law"] < 0.4 * found["step_size"]).all()
    assert (found["deviation_jitter"] < 5 * found["standard_error"]).all()
    assert (found["deviation_jitter"] < found["deviation_law"] / 2).all()
    curve = only(data["theory/curves"], setting=0)
    assert curve["law"].to_numpy() == pytest.approx(4 * np.exp(-curve["passed"].to_numpy()), rel=1e-12)


def test_modes_are_measured_where_they_are():
    s = np.array([2.0, 1.0])
    u, v = (np.linalg.qr(np.random.default_rng(k).standard_normal((n, n)))[0] for k, n in enumerate((3, 5)))
    sigma_yx = (u[:, :2] * s) @ v[:, :2].T
    w1, w2 = weights_with_function(sigma_yx, 3.0, 2, rng=np.random.default_rng(2))
    first, second = shapes.squares(w1[None, None], w2[None, None], sigma_yx[None], 2)
    assert (second - first)[0, 0] == pytest.approx([3.0, 3.0], abs=1e-12)
    assert np.sqrt(first * second)[0, 0] == pytest.approx(s, abs=1e-12)


def test_modes_of_every_shape_follow_the_law_to_their_rest(data):
    assert data["simulation/mode_agreement"]["deviation_balance"].max() < 0.06
    rests = data["theory/rests"].set_index("shape")
    assert rests.loc["expanding", "rest"] == 0.6
    assert rests["deviation_rest"].max() < 1e-15
    for shape, costs in data["theory/costs"].groupby("shape"):
        assert costs["cost"].min() >= 1 - 1e-12
        best = costs.loc[costs["cost"].idxmin(), "balance"]
        assert best == pytest.approx(rests.loc[shape, "rest"], abs=0.13)
    modes = data["simulation/modes"]
    start = only(modes, shape="expanding", lam=-4.0, mode=0, step=0)
    assert start["balance"].to_numpy() == pytest.approx(-1 / np.sqrt(2), abs=1e-12)
    assert start["cost"].to_numpy() == pytest.approx((10 * np.sqrt(2) + 6) / 8, abs=1e-12)


def test_the_kernel_moves_and_the_function_stays(data):
    last = data["simulation/curves"]["setting"].max()
    runs = only(data["simulation/curves"], setting=last)
    end = runs[runs["passed"] > 2.9]
    theory = only(data["theory/curves"], setting=last)["kernel_distance"].iloc[-1]
    assert end["kernel_distance"].mean() == pytest.approx(theory, abs=0.02)
    assert theory < only(data["theory/balanced"], setting=last)["kernel_distance"].iloc[0]
    assert runs["relative_loss"].max() < 0.05
    assert only(runs, step=0)["relative_loss"].max() < 1e-20


def test_the_law_breaks_by_what_theory_says(data):
    found = data["simulation/jitter"]
    theory = data["theory/jitter"]["speed_up"].to_numpy()
    assert (np.abs(found["speed_up"] - theory) < 4.5 * found["standard_error"] + 0.01).all()
    assert data["theory/jitter_curve"]["speed_up"].iloc[0] == pytest.approx(1, abs=1e-9)
    assert data["simulation/misfit"]["standard_errors"].abs().max() < 4.5
    misfit = data["theory/misfit"]["speed_up"].to_numpy()
    assert (np.diff(misfit) > 0).all()
    assert 1 < misfit[0] < 1.05


def test_a_misfit_has_the_loss_it_is_named_by(data):
    start = data["task/misfit_starts"].iloc[0]
    misfit = breaks.misfit_task(CONFIG, start, 2.5) - start.w2 @ start.w1
    noise = CONFIG["noise"] ** 2 * start.n_out
    assert (misfit**2).sum() == pytest.approx(2.5 * noise, rel=1e-12)


def test_the_ends_of_all_runs_are_near_balance(results, tmp_path):
    (tmp_path / "figX10").symlink_to(results)
    share = measures.largest_share(Results(tmp_path), "figX10", statistic="max")
    assert np.exp(-3) / 2 < share < 0.1


def test_draws(figure):
    assert len(figure.get_axes()) == 6
    assert_nothing_is_clipped(figure)
