"""Networks and tasks that `diagnosis` is measured on: every usual initialisation, narrow and wide, odd tasks."""

import numpy as np

from lazyrich.linear.initialisation import random_rotation, standard_weights
from lazyrich.linear.tasks import Task
from lazyrich.pipeline.seeds import Seeds


def uniform(gain):
    """Both layers uniform in ±gain/√fan_in."""

    def draw(n_in, n_hidden, n_out, rng):
        first, second = gain / np.sqrt(n_in), gain / np.sqrt(n_hidden)
        return rng.uniform(-first, first, (n_hidden, n_in)), rng.uniform(-second, second, (n_out, n_hidden))

    return draw


def named(scheme):
    return lambda n_in, n_hidden, n_out, rng: standard_weights(scheme, n_in, n_hidden, n_out, rng=rng)


def orthogonal(n_in, n_hidden, n_out, rng):
    def semi(rows, columns):
        return random_rotation(max(rows, columns), rng)[:rows, :columns]

    return semi(n_hidden, n_in), semi(n_out, n_hidden)


def small_readout(n_in, n_hidden, n_out, rng):
    """As maximal-update parametrisation has it: a readout of variance 1/n_hidden²."""
    w1, w2 = standard_weights("lecun", n_in, n_hidden, n_out, rng=rng)
    return w1, w2 / np.sqrt(n_hidden)


def scaled(first, second):
    def draw(n_in, n_hidden, n_out, rng):
        w1, w2 = standard_weights("lecun", n_in, n_hidden, n_out, rng=rng)
        return first * w1, second * w2

    return draw


FAMILIES = {
    "LeCun": named("lecun"),
    "Glorot": named("glorot"),
    "He": named("he"),
    "PyTorch": uniform(1.0),
    "uniform": uniform(np.sqrt(3)),
    "orthogonal": orthogonal,
    "small readout": small_readout,
    "small": scaled(1e-3, 1e-3),
    "w2 = 0": scaled(1.0, 0.0),
    "w1 = 0": scaled(0.0, 1.0),
}
SINGULAR_VALUES = {
    "random": lambda n, rng: None,
    "low rank": lambda n, rng: np.sort(rng.uniform(0.3, 1, min(n, rng.integers(1, 4))))[::-1],
    "equal": lambda n, rng: np.sort(rng.choice([1.0, 0.5], n))[::-1],
    "spread": lambda n, rng: np.geomspace(1, 0.03, n),
}


def shape(rng):
    """(n_in, n_hidden, n_out): mostly small, some wide in one layer or in all."""
    kind = rng.random()
    if kind < 0.6:
        return tuple(int(n) for n in rng.integers(1, 13, 3))
    if kind < 0.85:
        return tuple(int(n) for n in rng.integers(1, 33, 3))
    if kind < 0.95:
        return int(rng.integers(1, 17)), int(rng.integers(64, 257)), int(rng.integers(1, 17))
    return tuple(int(n) for n in rng.integers(16, 257, 3))


def task(n_in, n_out, rng):
    s = SINGULAR_VALUES[rng.choice(list(SINGULAR_VALUES))](min(n_in, n_out), rng)
    if s is None:
        sigma_yx = rng.standard_normal((n_out, n_in)) / np.sqrt(n_in)
    else:
        sigma_yx = (random_rotation(n_out, rng)[:, : s.size] * s) @ random_rotation(n_in, rng)[: s.size]
    sigma_yx = sigma_yx * np.exp(rng.uniform(np.log(0.3), np.log(3)))
    kind = rng.random()
    if kind < 0.8:
        return Task(sigma_yx)
    if kind < 0.9:
        return Task(sigma_yx, float(np.exp(rng.uniform(-2, 2))))
    turn, values = random_rotation(n_in, rng), np.exp(rng.uniform(-1.5, 1.5, n_in))
    sigma_xx = (turn * values) @ turn.T
    return Task(sigma_yx @ sigma_xx, (sigma_xx + sigma_xx.T) / 2)


def network(stream, k):
    """(family, w1, w2, task) number k of a named stream."""
    rng = Seeds(0, "diagnosis").rng(stream, k)
    family = list(FAMILIES)[k % len(FAMILIES)]
    n_in, n_hidden, n_out = shape(rng)
    w1, w2 = FAMILIES[family](n_in, n_hidden, n_out, rng)
    return family, w1, w2, task(n_in, n_out, rng)
