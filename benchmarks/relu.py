"""Seconds of one step of one ReLU network, and the two numbers of lazyrich.nonlinear.relu.cost.

`OPENBLAS_NUM_THREADS=1 python benchmarks/relu.py`

Batches of 17 networks, single precision, one BLAS thread; of several rounds the least processor time counts.
"""

from time import process_time

import numpy as np

from lazyrich.nonlinear.relu import cost, network
from lazyrich.nonlinear.relu.descent import descend

NETWORKS, ROUNDS, BUDGET = 17, 5, 2e9  # multiplications a round
SIZES = ((10, 50, 1000), (30, 16, 300), (30, 50, 1000), (100, 16, 300), (100, 50, 1000), (100, 100, 1000))


def seconds(n_in, n_hidden, n_examples):
    """Of one step of one network."""
    rng = np.random.default_rng(1)
    w, a = rng.standard_normal((NETWORKS, n_hidden, n_in)), rng.standard_normal((NETWORKS, n_hidden))
    x, y = network.on_the_sphere(rng, n_examples, n_in), rng.standard_normal(n_examples)
    steps = max(5, round(BUDGET / (NETWORKS * n_in * n_hidden * n_examples)))
    least = np.inf
    for _ in range(ROUNDS):
        started = process_time()
        list(descend(w, a, x, y, np.full(NETWORKS, 1e-4), [steps], dtype=np.float32))
        least = min(least, process_time() - started)
    return least / steps / NETWORKS


def main():
    entries = np.array([n_hidden * n_examples for _, n_hidden, n_examples in SIZES])
    products = np.array([np.prod(size) for size in SIZES])
    measured = np.array([seconds(*size) for size in SIZES])
    design = np.column_stack([entries, products]) / measured[:, None]
    fitted = np.linalg.lstsq(design, np.ones(len(SIZES)), rcond=None)[0]
    for size, value, model in zip(SIZES, measured, design @ fitted, strict=True):
        print(
            "inputs {:3}, neurons {:3}, examples {:4}:".format(*size), f"{1e3 * value:.4f} ms, fit over it {model:.2f}"
        )
    for name, value in zip(("SECONDS_PER_ENTRY", "SECONDS_PER_PRODUCT"), fitted, strict=True):
        print(f"{name} = {value:.2e}, in lazyrich.nonlinear.relu.cost {getattr(cost, name):.2e}")


if __name__ == "__main__":
    main()
