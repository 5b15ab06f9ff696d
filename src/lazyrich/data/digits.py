"""Handwritten digits: a real data set small enough to come with the package.

`digits.csv.gz` holds the 1797 examples of the test set of E. Alpaydin & C. Kaynak (1998), Optical Recognition of
Handwritten Digits, UCI Machine Learning Repository, https://doi.org/10.24432/C50P49, CC BY 4.0: unchanged, as
scikit-learn ships it. Each line is an image of 8 × 8 pixels, row by row, from 0 to 16, and the digit that it shows.
"""

from functools import cache
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("digits.csv.gz")
N_EXAMPLES, SIDE, N_CLASSES, LARGEST = 1797, 8, 10, 16


@cache
def _table():
    table = np.loadtxt(FILE, dtype=np.uint8, delimiter=",")
    table.setflags(write=False)
    return table


def load():
    """(images (1797, 64) with pixels in [0, 1], labels (1797,) in 0 to 9), in the order of the file."""
    table = _table()
    return table[:, :-1] / LARGEST, table[:, -1].astype(int)


def split(rng, *sizes):
    """Disjoint random parts of the data, (images (n, 64), labels (n,)) for each n of `sizes`."""
    images, labels = load()
    if sum(sizes) > len(images):
        raise ValueError(f"there are {len(images)} digits; got sizes {sizes}, {sum(sizes)} in all")
    order = rng.permutation(len(images))
    parts = np.split(order[: sum(sizes)], np.cumsum(sizes)[:-1])
    return [(images[part], labels[part]) for part in parts]


def standardised(train, *others):
    """Images (n, 64) less the mean image of `train`, in units of the standard deviation of its pixels."""
    mean, size = train.mean(0), train.std()
    return [(images - mean) / size for images in (train, *others)]
