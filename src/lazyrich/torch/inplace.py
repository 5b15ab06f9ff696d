"""Weights of modules read and written: new numbers are computed for all tensors before any of them changes."""

import numpy as np
import torch

from .. import checks
from ..arrays import host
from ..linear.initialisation import gaussian_weights, weights_with_function


def as_matrix(name, module):
    """The weight of a Linear, or a tensor, as a matrix that shares its memory."""
    tensor = module.weight if isinstance(module, torch.nn.Linear) else module
    if not isinstance(tensor, torch.Tensor):
        raise ValueError(f"{name} must be a torch.nn.Linear or a torch tensor; got {type(module).__name__}")
    if tensor is not module and not isinstance(tensor, torch.nn.Parameter):
        raise ValueError(f"{name}.weight is made by a parametrization, and cannot be set: remove it first")
    if torch.nn.parameter.is_lazy(tensor) or tensor.is_meta:
        raise ValueError(f"the weight of {name} has no numbers yet: run a lazy module once, move one off 'meta'")
    if tensor.ndim != 2 or not tensor.is_floating_point():
        raise ValueError(f"{name} must be a matrix of real numbers; got {tensor.dtype}, shape {tuple(tensor.shape)}")
    return tensor.detach()


def bias_of(module):
    return module.bias if isinstance(module, torch.nn.Linear) else None


def nonzero(bias):
    return bias is not None and bool((bias != 0).any())


def zeros(*biases):
    """Zeros as the new numbers of the biases that there are."""
    return [(bias, np.zeros(tuple(bias.shape))) for bias in biases if bias is not None]


def copied(tensor):
    """Numpy's, on the host; what training does to the tensor later changes nothing in it."""
    return np.array(host("weight", tensor))


def new_weights(pairs, lam, rng, scale, keep_product):
    """[(tensor, its new numbers), …]: both tensors of every pair (w1, w2), in this order."""
    checks.rng(rng)
    scale = checks.number("scale", scale, positive=True)
    lams = checks.real("lam", lam)
    if lams.ndim > 1 or (lams.ndim and lams.shape != (len(pairs),)):
        raise ValueError(f"lam must be one number, or one for each of {len(pairs)} heads; got shape {lams.shape}")
    new = []
    for (first, second), one in zip(pairs, np.broadcast_to(lams, len(pairs)), strict=True):
        if first.data_ptr() == second.data_ptr():
            raise ValueError("the two layers share one weight: give each its own, since only λ = 0 could hold of it")
        (n_hidden, n_in), n_out = first.shape, second.shape[0]
        if keep_product:
            w1, w2 = checks.weights(first, second)
        else:
            w1, w2 = gaussian_weights(n_in, n_hidden, n_out, scale=scale, rng=rng)
        new += zip((first, second), _balanced(w1, w2, float(one), rng), strict=True)
    return new


def _balanced(w1, w2, lam, rng):
    """λ-balanced weights of the same product, found in the bases of W1ᵀ and W2: no matrix of n_out by n_in is made."""
    (inputs, r1), (outputs, r2) = np.linalg.qr(w1.T), np.linalg.qr(w2)
    core1, core2 = weights_with_function(r2 @ r1.T, lam, w1.shape[0], rng=rng)
    return core1 @ inputs.T, outputs @ core2


def new_biases(new, inner, outer, keep_product):
    """The same of two biases, each (name, bias or None): zero, or W2 b1 into b2 where the map is kept."""
    (name1, b1), (name2, b2) = inner, outer
    if not keep_product:
        return zeros(b1, b2)
    if not nonzero(b1):
        return []
    if b2 is None:
        raise ValueError(
            f"the bias of {name1} is not zero, and {name2} has none to take it, so that the map would change: "
            f"set it to zero first, or build {name2} with a bias"
        )
    w2 = np.hstack([checks.real(name2, tensor) for tensor, _ in new[1::2]])  # as it is, of all heads
    return [*zeros(b1), (b2, w2 @ checks.real(name1, b1) + checks.real(name2, b2))]


def write(new):
    """Give every tensor its new numbers; ValueError, before any is written, where its dtype cannot hold them."""
    with torch.no_grad():
        ready = [(tensor, torch.from_numpy(numbers).to(tensor)) for tensor, numbers in new]
        for tensor, numbers in ready:
            if not torch.isfinite(numbers).all():
                raise ValueError(f"the weights are too large for {tensor.dtype}: choose a smaller λ or scale")
        for tensor, numbers in ready:
            tensor.copy_(numbers)
