"""figX3: two real data sets as regressions for linear networks, each with its inputs raw and whitened.

digits    the leading principal components of the pixels, in their own directions, towards centred one-hot labels.
          Three of the 64 pixels never change and others hardly do: all 61 components have a condition number of 4e5
diabetes  ten measurements, each centred and divided by its standard deviation, towards the progression likewise

Raw inputs are scaled as a whole so that the mean eigenvalue of Σxx is 1. Whitening turns none of them into noise to be
learned: it acts on the components kept.
"""

from typing import NamedTuple

import numpy as np

from ...data import diabetes, digits
from ...linear.tasks import Task, whitened_inputs


class Problem(NamedTuple):
    """The same targets with whitened and with raw inputs; `kept`, the share of the inputs' variance in both."""

    whitened: Task
    raw: Task
    kept: float


def leading_components(x, n):
    """(scores (n, P), share of the variance) of the n leading principal components of centred x (m, P)."""
    values, vectors = np.linalg.eigh(x @ x.T / x.shape[1])
    chosen = np.argsort(values)[::-1][:n]
    # each with the sign of its largest entry: the solver's is arbitrary
    leading = vectors[:, chosen]
    leading *= np.sign(leading[np.abs(leading).argmax(0), np.arange(n)])
    return leading.T @ x, values[chosen].sum() / values.sum()


def digits_problem(n_components):
    """Ten classes from the leading components of the pixels."""
    images, labels = digits.load()
    one_hot = np.eye(digits.N_CLASSES)[labels].T
    scores, kept = leading_components((images - images.mean(0)).T, n_components)
    return _problem(scores, one_hot - one_hot.mean(1, keepdims=True), kept)


def diabetes_problem():
    """The progression of the disease from ten measurements, both standardised."""
    measured, progression = diabetes.load()
    table = np.column_stack([measured, progression])
    standardised = ((table - table.mean(0)) / table.std(0)).T
    return _problem(standardised[:-1], standardised[-1:], 1.0)


def _problem(x, targets, kept):
    raw = Task.from_data(x / np.sqrt((x**2).sum() / x.size), targets, rows=False)
    return Problem(Task.from_data(whitened_inputs(x), targets, rows=False), raw, kept)
