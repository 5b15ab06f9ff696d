"""What a new output infers: readout formula, both layers' closed form, and the compiled descent of a readout row."""

import numpy as np
import pytest

import lazyrich as lr
from cases import EPS
from lazyrich.linear import limits, transfer
from lazyrich.linear.readout import train_readout
from lazyrich.linear.tasks import semantic_hierarchy


def hierarchy_similarity(lam, depth=3):
    task, n = semantic_hierarchy(depth), 2**depth
    return limits.converged_representations(task.sigma_yx, lam, n, 1 / n).input


def random_hidden(seed=0, n_hidden=5, n_items=4):
    return np.random.default_rng(seed).standard_normal((n_hidden, n_items))


@pytest.mark.parametrize(
    ("lam", "sibling", "bird"),
    [(-10, 0.0178, 0.009), (-2, 0.1395, 0.060), (0, 0.2612, 0.108), (2, 0.3770, 0.163), (10, 0.4845, 0.236)],
)
def test_the_specified_generalisation(lam, sibling, bird):
    predicted = transfer.readout_prediction(hierarchy_similarity(lam), [0], [1.0])
    assert predicted[0] == pytest.approx(1, abs=16 * EPS)
    assert predicted[1] == pytest.approx(sibling, abs=5e-4)
    assert predicted[2:4] == pytest.approx(bird, abs=6e-4)
    assert predicted[4:] == pytest.approx(0, abs=1e-14)


def test_a_readout_is_the_interpolant_of_least_norm():
    hidden, taught, targets = random_hidden(), [2, 0], [1.0, -0.5]
    row = targets @ np.linalg.pinv(hidden[:, taught])
    predicted = transfer.readout_prediction(hidden.T @ hidden, taught, targets)
    assert predicted == pytest.approx(row @ hidden, abs=1e-13)
    assert predicted[taught] == pytest.approx(targets, abs=1e-14)


def test_predictions_batch_over_similarities():
    similarities = np.array([hierarchy_similarity(lam) for lam in (-1.0, 5.0)])
    together = transfer.readout_prediction(similarities, [1, 6], [1.0, 0.0])
    tuned = transfer.fine_tuned_prediction(similarities, 1)
    for k, similarity in enumerate(similarities):
        one = transfer.readout_prediction(similarity, [1, 6], [1.0, 0.0])
        assert together[k] == pytest.approx(one, rel=1e-13, abs=1e-14)
        alone = transfer.fine_tuned_prediction(similarity, 1)
        assert tuned.prediction[k] == pytest.approx(alone.prediction, rel=1e-13, abs=1e-14)
        assert tuned.growth[k] == pytest.approx(alone.growth, rel=1e-13)


def test_no_basis_of_a_degenerate_task_enters():
    """Items are alike as the tree says, to the last digits, whatever basis the SVD returns."""
    for lam in (-10.0, 0.0, 10.0):
        for item in range(8):
            predicted = transfer.readout_prediction(hierarchy_similarity(lam), [item], [1.0])
            swapped = predicted[np.arange(8) ^ item]  # the tree's symmetry that brings `item` to the first place
            assert swapped == pytest.approx(
                transfer.readout_prediction(hierarchy_similarity(lam), [0], [1.0]), abs=1e-14
            )


@pytest.mark.parametrize("target", [1.0, -2.0, 0.3])
@pytest.mark.parametrize("size", [0.05, 1.0, 4.0])
def test_both_layers_end_where_the_integrator_does(size, target):
    w1 = size * random_hidden(3) / np.linalg.norm(random_hidden(3)[:, 1])
    item, taught = 1, np.eye(4)[1]
    # small items wait near the saddle w = h = 0
    until = 40 + 4 * np.log(1 / size) / abs(target) + 60 / (abs(target) + size**2)
    flow = lr.gradient_flow(w1, np.zeros((1, 5)), lr.Task(target * taught[None], np.outer(taught, taught)), [0, until])
    after1, after2 = flow.weights(-1)
    expected = transfer.fine_tuned_prediction(w1.T @ w1, item, target)
    assert (after2 @ after1)[0] == pytest.approx(expected.prediction, abs=1e-9)
    assert np.linalg.norm(after1[:, item]) / size == pytest.approx(expected.growth, rel=1e-9)
    assert np.array_equal(np.delete(after1, item, 1), np.delete(w1, item, 1))


def test_large_items_are_read_and_small_ones_rescaled():
    similarity = np.array([[1.0, 0.5], [0.5, 1.0]])
    for scale, generalisation in ((1e8, 0.5), (1e-8, 0.5 * np.sqrt(1e-8))):
        tuned = transfer.fine_tuned_prediction(scale * similarity, 0)
        assert tuned.prediction[1] == pytest.approx(generalisation, rel=1e-7)
        assert tuned.prediction[1] * tuned.growth == pytest.approx(0.5, rel=1e-14)


def test_error_on_the_items_not_taught():
    assert transfer.untaught_error([1.0, 0.5, 0.0, 0.25], [1, 1, 0, 0], [0, 2]) == pytest.approx((0.25 + 0.0625) / 2)
    assert transfer.untaught_error([[9.0, 1.0], [9.0, 3.0]], [0, 1], [0]) == pytest.approx([0, 4])


def test_descent_of_a_readout_ends_at_the_formula_and_follows_its_steps():
    hidden = np.array([random_hidden(k) for k in range(3)])
    taught, targets = [0, 3], np.array([1.0, 0.0])
    rates = 0.5 / (hidden[:, :, taught] ** 2).sum((1, 2))
    rows = train_readout(hidden[:, :, taught], targets, learning_rate=rates, steps=3000)
    for h, row in zip(hidden, rows, strict=True):
        assert row @ h == pytest.approx(transfer.readout_prediction(h.T @ h, taught, targets), abs=1e-12)
    # a few steps, one matrix product each
    few = train_readout(hidden[:, :, taught], targets, learning_rate=rates, steps=3)
    for h, row, rate in zip(hidden[:, :, taught], few, rates, strict=True):
        expected = np.zeros(5)
        for _ in range(3):
            expected += rate * (targets - expected @ h) @ h.T
        assert row == pytest.approx(expected, abs=1e-15)


def test_mistakes_are_named():
    similarity = np.eye(3)
    with pytest.raises(ValueError, match="distinct items from 0 to 2"):
        transfer.readout_prediction(similarity, [0, 0], [1.0, 1.0])
    with pytest.raises(ValueError, match="distinct items from 0 to 2"):
        transfer.readout_prediction(similarity, [3], [1.0])
    with pytest.raises(ValueError, match="one number for each of 2 taught items"):
        transfer.readout_prediction(similarity, [0, 1], [1.0])
    with pytest.raises(ValueError, match="linearly dependent"):
        transfer.readout_prediction(np.ones((3, 3)), [0, 1], [1.0, 0.0])
    with pytest.raises(ValueError, match="is zero in the hidden layer"):
        transfer.fine_tuned_prediction(np.diag([1.0, 0.0]), 1)
    with pytest.raises(ValueError, match="every item is taught"):
        transfer.untaught_error([1.0, 0.0], [1, 0], [0, 1])
    with pytest.raises(ValueError, match="readout 1 diverged"):
        train_readout(np.ones((2, 1, 1)), [[1.0], [1.0]], learning_rate=[0.1, 3.0], steps=2000)
    with pytest.raises(ValueError, match="learning_rate must be finite"):
        train_readout(np.ones((1, 1, 1)), [[1.0]], learning_rate=0.0, steps=2)


@pytest.mark.parametrize(
    ("shape", "targets", "rate", "said"),
    [
        ((3, 1), [1.0], 0.1, "hidden must have the axes"),
        ((2, 3, 1), [np.nan], 0.1, "targets holds NaN"),
        ((2, 3, 1), np.ones(4), 0.1, "targets must fit the shape"),
        ((2, 3, 1), [1.0], [0.1, 0.1, 0.1], "learning_rate must fit the shape"),
    ],
)
def test_readout_names_the_argument_that_is_wrong(shape, targets, rate, said):
    with pytest.raises(ValueError, match=said):
        train_readout(np.ones(shape), targets, learning_rate=rate, steps=3)
