"""ReLU networks without biases, B of them side by side: every layer is one stacked matrix product.

A network is a list of weights (B, fan_in, fan_out), one a layer, and its fixed factors `gains`, one a layer:

    z_0 = x,  z_l = max(g_l z_{l−1} W_l, 0),  outputs g_L z_{L−1} W_L

Rows are examples: inputs (B, n, fan_in), or (n, fan_in) where all networks see the same. σ'(0) = 0.
The arrays' precision is that of the weights and inputs.
"""

import numpy as np


def normal(rng, widths, stds, dtype=np.float64):
    """Weights of one network, entries N(0, std²) layer by layer; `widths` from inputs to outputs."""
    shapes = zip(widths[:-1], widths[1:], stds, strict=True)
    return [(std * rng.standard_normal((a, b))).astype(dtype) for a, b, std in shapes]


def relative_scale(weights, alpha):
    """The network with first layer / α and last layer · α: the same function, α > 1 upstream, α < 1 downstream."""
    first, *between, last = weights
    return [first / alpha, *(w.copy() for w in between), last * alpha]


def stacked(networks):
    """Networks side by side, from a list of lists of weights."""
    return [np.stack(layer) for layer in zip(*networks, strict=True)]


def forward(weights, inputs, gains=None):
    """(activities [z_0, …, z_{L−1}], outputs (B, n, fan_out))."""
    activities = [inputs]
    gains = [1.0] * len(weights) if gains is None else gains
    for w, gain in zip(weights[:-1], gains[:-1], strict=True):
        z = np.matmul(activities[-1], w)
        if gain != 1:
            z *= gain
        activities.append(np.maximum(z, 0, out=z))
    outputs = np.matmul(activities[-1], weights[-1])
    if gains[-1] != 1:
        outputs *= gains[-1]
    return activities, outputs


def gradients(weights, activities, slope, gains=None):
    """Gradients of every layer from ∂loss/∂outputs, `slope` (B, n, fan_out), which may be overwritten."""
    gains = [1.0] * len(weights) if gains is None else gains
    found = []
    for k in reversed(range(len(weights))):
        if gains[k] != 1:
            slope *= gains[k]
        found.append(np.matmul(np.swapaxes(activities[k], -1, -2), slope))
        if k:
            slope = np.matmul(slope, np.swapaxes(weights[k], -1, -2))
            slope *= activities[k] > 0
    return found[::-1]


def cross_entropy(outputs, labels):
    """(mean loss (B,), its gradient (B, n, C)) of the softmax of `outputs` for labels (B, n) or (n,)."""
    # classes before examples: sums over few classes are slow along the last axis
    shifted = np.swapaxes(outputs, -1, -2).copy()
    shifted -= shifted.max(-2, keepdims=True)
    right = np.asarray(labels)[..., None, :] == np.arange(outputs.shape[-1])[:, None]
    of_right = np.where(right, shifted, 0).sum(-2)
    slope = np.exp(shifted, out=shifted)
    total = slope.sum(-2, keepdims=True)
    loss = (np.log(total[..., 0, :]) - of_right).mean(-1)
    slope /= total
    slope -= right
    slope *= slope.dtype.type(1 / outputs.shape[-2])
    return loss, np.swapaxes(slope, -1, -2)


def accuracy(outputs, labels):
    """Fraction of the examples whose largest output is the label's, (B,)."""
    return (outputs.argmax(-1) == labels).mean(-1)
