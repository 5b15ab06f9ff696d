"""Two `torch.nn.Linear`, the second applied to what the first gives."""

import torch

from ..linear.initialisation import Weights
from .inplace import as_matrix, copied, new_biases, new_weights, nonzero, write


def weights(linear1, linear2, *, ignore_bias=False):
    """`Weights` (w1, w2) of two `torch.nn.Linear` as numpy arrays: ``lr.diagnose(*weights(linear1, linear2), task)``.

    They are copies on the host in the layers' own dtype, from which `exact_solution` knows how exactly they can be
    balanced. bfloat16, which numpy has not, becomes float32: give it `balance_tolerance=0.1`.

    ValueError : other modules, layers that do not chain, or a bias that is not zero unless `ignore_bias`
    """
    pair = _chained(linear1, linear2)
    for name, bias in (("linear1", linear1.bias), ("linear2", linear2.bias)):
        if not ignore_bias and nonzero(bias):
            raise ValueError(
                f"{name}.bias is not zero, and the theory has no biases: build the layer with bias=False, set it to "
                f"zero (torch.nn.init.zeros_({name}.bias)), or give ignore_bias=True"
            )
    return Weights(*map(copied, pair))


def lambda_balanced_(linear1, linear2, lam, *, rng, scale=0.1, keep_product=False):
    """Make two `torch.nn.Linear` λ-balanced in place; they are returned.

    Parameters
    ----------
    linear1, linear2 : modules of n_in → n_hidden and n_hidden → n_out features
    lam : relative scale λ; λ > 0 needs n_hidden ≤ n_out, λ < 0 needs n_hidden ≤ n_in
    rng : numpy.random.Generator
    scale : standard deviation of the Gaussian weights whose product W2W1 the drawn ones have, as in
        `lambda_balanced_weights`
    keep_product : keep W2W1, and with the biases the whole map, instead of drawing it: the same map at another λ
        (`weights_with_function`). Then only hidden directions are drawn, and `scale` says nothing

    ValueError : other modules, layers that do not chain or share their weight, a λ that the shape forbids or the dtype
        cannot hold, or a bias of linear1 that is to be kept and that linear2 has no bias to take
    """
    new = new_weights([_chained(linear1, linear2)], lam, rng, scale, keep_product)
    write(new + new_biases(new, ("linear1", linear1.bias), ("linear2", linear2.bias), keep_product))
    return linear1, linear2


def _chained(linear1, linear2):
    """(w1, w2) of two Linear, as tensors that share their memory."""
    for name, module in (("linear1", linear1), ("linear2", linear2)):
        if not isinstance(module, torch.nn.Linear):
            raise ValueError(f"{name} must be a torch.nn.Linear; got {type(module).__name__}")
    w1, w2 = as_matrix("linear1", linear1), as_matrix("linear2", linear2)
    if w2.shape[1] != w1.shape[0]:
        turned = "; in the other order they chain" if w1.shape[1] == w2.shape[0] else ""
        raise ValueError(
            f"linear2 must take what linear1 gives; linear1 gives {w1.shape[0]} features, "
            f"linear2 takes {w2.shape[1]}{turned}"
        )
    return w1, w2
