"""The packaged handwritten digits: the file is the one that was published, and parts of it are disjoint."""

import gzip
import hashlib

import numpy as np
import pytest

from lazyrich.data import digits
from lazyrich.pipeline import dependencies


def test_file_is_unchanged():
    content = gzip.decompress(digits.FILE.read_bytes())
    assert hashlib.sha256(content).hexdigest() == "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"


def test_shapes_ranges_and_counts():
    images, labels = digits.load()
    assert images.shape == (1797, digits.SIDE**2)
    assert images.dtype == float
    assert (images.min(), images.max()) == (0, 1)
    assert (images * 16 == np.round(images * 16)).all()
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_images_are_row_by_row():
    """A zero is a ring: ink left and right of an empty middle."""
    images, labels = digits.load()
    zero = images[labels == 0].mean(0).reshape(8, 8)
    assert zero[3:5, 2].min() > 0.5
    assert zero[3:5, 5].min() > 0.5
    assert zero[3:5, 3:5].max() < 0.2


def test_what_is_loaded_can_be_changed():
    images, _ = digits.load()
    images[:] = 0
    assert digits.load()[0].max() == 1


def test_parts_are_disjoint_and_repeat():
    one = digits.split(np.random.default_rng(0), 1200, 597)
    two = digits.split(np.random.default_rng(0), 1200, 597)
    for (images, labels), (same, same_labels) in zip(one, two, strict=True):
        np.testing.assert_array_equal(images, same)
        np.testing.assert_array_equal(labels, same_labels)
    together = np.concatenate([np.column_stack(part) for part in one])
    everything = np.column_stack(digits.load())
    for table in (together, everything):
        table[:] = table[np.lexsort(table.T)]
    np.testing.assert_array_equal(together, everything)


def test_standardised_by_the_training_images_alone():
    (train, _), (test, _) = digits.split(np.random.default_rng(0), 1000, 500)
    found, other = digits.standardised(train, test)
    assert abs(found.mean(0)).max() < 1e-12
    np.testing.assert_allclose(other * train.std() + train.mean(0), test, atol=1e-14)
    assert train.std() ** 2 * (found**2).mean() == pytest.approx(train.var(0).mean())


def test_more_than_there_are_is_refused():
    with pytest.raises(ValueError, match="1797 digits; got sizes"):
        digits.split(np.random.default_rng(0), 1797, 1)


def test_the_data_are_an_input_of_what_loads_them():
    assert digits.FILE in dependencies.files("lazyrich.data.digits")
    assert digits.FILE not in dependencies.files("lazyrich.figures.fig2_exact_dynamics.compute")
