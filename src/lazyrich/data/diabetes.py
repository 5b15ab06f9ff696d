"""Progression of diabetes: a real regression small enough to come with the package.

`diabetes.csv.gz` holds the 442 patients of B. Efron, T. Hastie, I. Johnstone & R. Tibshirani (2004), Least Angle
Regression, Annals of Statistics 32, 407–499: the values as scikit-learn ships them (BSD 3-clause, `diabetes.LICENSE`;
the data have no licence of their own). Each line: age, sex, body mass index, blood pressure, six measurements of blood
serum, and the progression of the disease a year later.
"""

from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("diabetes.csv.gz")


def load():
    """(measurements (442, 10) in their own units, progression (442,) from 25 to 346), in the order of the file."""
    table = np.loadtxt(FILE, delimiter=",")
    return table[:, :-1], table[:, -1]
