"""Exact learning dynamics of two-layer linear networks, from lazy to rich.

Notation (Domine et al., ICLR 2025; one table for the whole package)

==================  ==================  =========================================================
paper               code                meaning
==================  ==================  =========================================================
N_i, N_h, N_o       n_in, n_hidden,     layer widths
                    n_out
W1, W2              w1, w2              weights, (n_hidden, n_in) and (n_out, n_hidden);
                                        the network is y = W2 W1 x
X, Y                x, y                data, (n_in, P) and (n_out, P): one column an example
Σyx = YXᵀ/P         sigma_yx            input-output correlation, (n_out, n_in)
Σxx = XXᵀ/P         sigma_xx            input correlation, a number c for cI or (n_in, n_in)
λ                   lam                 relative scale, W2ᵀW2 − W1W1ᵀ = λI
τ                   tau                 time constant of the gradient flow τ dW/dt = −∂L/∂W
η                   learning_rate       one gradient step advances the flow's time t by η (τ = 1)
QQᵀ                 qqt                 [[W1ᵀW1, (W2W1)ᵀ], [W2W1, W2W2ᵀ]]
==================  ==================  =========================================================

The loss is L = ‖Y − W2W1X‖²/(2P). The tangent kernel (NTK) counts outputs first: row o·P + p is
output o of example p. Randomness comes only from a ``numpy.random.Generator`` that the caller passes.

>>> import numpy as np, lazyrich as lr
>>> rng = np.random.default_rng(0)
>>> w1, w2 = lr.lambda_balanced_weights(2.0, 4, 3, 3, rng=rng, scale=0.1)
>>> solution = lr.exact_solution(w1, w2, rng.standard_normal((3, 4)), times=np.linspace(0, 5, 101))
>>> solution.network_function.shape
(101, 3, 4)
"""

from importlib import import_module

__version__ = "0.2.0"

# public name -> module; resolved on first use (PEP 562), so that `import lazyrich` costs nothing and
# a module's import closure is what it really needs (which is what makes a workflow job stale)
_PUBLIC = {
    "Task": "linear.tasks",
    "random_regression": "linear.tasks",
    "semantic_hierarchy": "linear.tasks",
    "task_from_singular_values": "linear.tasks",
    "Diagnosis": "linear.diagnosis",
    "diagnose": "linear.diagnosis",
    "Weights": "linear.initialisation",
    "aligned_weights": "linear.initialisation",
    "gaussian_weights": "linear.initialisation",
    "lambda_balanced_weights": "linear.initialisation",
    "standard_weights": "linear.initialisation",
    "unbalanced_weights_like": "linear.initialisation",
    "weights_with_function": "linear.initialisation",
    "weights_with_singular_values": "linear.initialisation",
    "zero_balanced_weights": "linear.initialisation",
    "Laziness": "linear.laziness",
    "laziness": "linear.laziness",
    "ExactSolution": "linear.riccati",
    "exact_solution": "linear.exact",
    "mode_strength": "linear.modes",
    "mode_transition": "linear.modes",
    "time_to_reach": "linear.modes",
    "TaskSequence": "linear.sequence",
    "Trajectory": "linear.trajectory",
    "deep_mode_strength": "deep.modes",
    "deep_time_to_reach": "deep.modes",
    "from_equal_rates": "linear.layer_rates",
    "to_equal_rates": "linear.layer_rates",
    "Neuron": "neuron.start",
    "neuron_descent": "neuron.simulation",
    "neuron_flow": "neuron.simulation",
    "neuron_solution": "neuron.solution",
    "neuron_start": "neuron.start",
    "gradient_flow": "linear.flow",
    "gradient_descent": "linear.descent",
    "stochastic_gradient_descent": "linear.stochastic",
    "balance_drift": "linear.noise",
    "nearest_balanced": "linear.nearly_balanced",
    "relative_imbalance": "linear.nearly_balanced",
    "balance": "linear.observables",
    "kernel_distance": "linear.observables",
    "layer_singular_values": "linear.observables",
    "ntk": "linear.observables",
    "ntk_entries": "linear.observables",
    "rsm_input": "linear.observables",
    "rsm_output": "linear.observables",
    "load": "pipeline.reading",
    "tables": "pipeline.reading",
}

# names of version 0.1, and what stands in their place
_OLD = {"simulate": "gradient_descent", "read_frame": "load"}

__all__ = ["__version__", *sorted(_PUBLIC)]


def __getattr__(name):
    if name in _OLD:
        # not an AttributeError: `from lazyrich import …` would put a line of its own in place of it
        raise ImportError(f"lazyrich.{name} is lazyrich.{_OLD[name]} since version 0.2; its help says how to call it")
    if name not in _PUBLIC:
        raise AttributeError(f"module 'lazyrich' has no attribute {name!r}; it has {', '.join(sorted(_PUBLIC))}")
    try:
        module = import_module(f"lazyrich.{_PUBLIC[name]}")
    except ModuleNotFoundError as error:
        raise ImportError(f"lazyrich.{name} needs {error.name}: pip install 'lazyrich[workflow]'") from error
    globals()[name] = value = getattr(module, name)
    return value


def __dir__():
    return __all__
