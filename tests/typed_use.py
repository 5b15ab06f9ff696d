"""What a type checker must know of the library: `make lint` checks this file, nothing runs it."""

from typing import assert_type

import numpy as np
import pandas as pd

import lazyrich as lr
from lazyrich.arrays import Floats

rng = np.random.default_rng(1)

task = lr.random_regression(n_in=4, n_out=3, n_examples=10, rng=rng)
assert_type(task, lr.Task)
assert_type(lr.Task.from_data([[1.0, 2.0]], [[3.0]], rows=True), lr.Task)
assert_type(lr.task_from_singular_values([1, 2], 4, 3, rng=rng), lr.Task)
assert_type(lr.semantic_hierarchy(3), lr.Task)

weights = lr.lambda_balanced_weights(2.0, 4, 3, 3, rng=rng, scale=0.1)
assert_type(weights, lr.Weights)
assert_type(lr.gaussian_weights(4, 3, 3, scale=(0.1, 0.2), rng=rng), lr.Weights)
assert_type(lr.standard_weights("lecun", 4, 3, 3, rng=rng), lr.Weights)
assert_type(lr.nearest_balanced(*weights), lr.Weights)
assert_type(lr.to_equal_rates(*weights, (0.1, 0.2)), lr.Weights)
w1, w2 = weights

exact = lr.exact_solution(w1, w2, task, times=[0, 1])
assert_type(exact.network_function, Floats)
assert_type(exact.loss(), Floats)
assert_type(exact.at([3.0]).kernel_distance(), Floats)
assert_type(exact.laziness(), lr.Laziness)
assert_type(lr.gradient_flow(w1, w2, task, [0, 1], rtol=1e-9), lr.Trajectory)
assert_type(lr.gradient_descent(w1, w2, task.sigma_yx, learning_rate=0.1, steps=10), lr.Trajectory)
assert_type(lr.balance_drift(w1, w2, learning_rate=0.1, batch=4, noise=0.5), Floats)
noisy = lr.stochastic_gradient_descent(w1, w2, task, learning_rate=0.1, batch=4, noise=0.5, steps=3, rng=rng)
assert_type(noisy, lr.Trajectory)
assert_type(lr.TaskSequence([task, task]).exact(w1, w2, [0, 1]), list[lr.Trajectory])
assert_type(lr.laziness(weights, exact.weights(-1), task).kernel, np.ndarray)
assert_type(lr.diagnose(w1, w2, task), lr.Diagnosis)

assert_type(lr.mode_strength([0, 1], 1.0, 0.1, 0.0), Floats)
assert_type(lr.time_to_reach(0.5, 1.0, 0.1, 0.0), Floats)
assert_type(lr.deep_mode_strength([0, 1], 1.0, 0.1, [0.0, 1.0]), Floats)
assert_type(lr.kernel_distance(w1, w2, w1, w2), Floats)
assert_type(lr.balance(w1, w2).lam, np.ndarray)
assert_type(lr.neuron_start([1.0, 0.5], 0.3), lr.Neuron)
assert_type(lr.neuron_solution([1.0, 0.5], 0.3, [1.0, 0.0], [0, 1]).beta, Floats)

assert_type(lr.load("fig5", "theory/end"), pd.DataFrame)
assert_type(lr.tables(), pd.DataFrame)
