"""Networks of one convolutional layer without padding or biases, ReLU, the mean over places, and a linear readout.

Weights are [filters (..., k², m), readout (..., m, C)]; the images are given as their patches (..., n, P, k²), so that
a convolution is one matrix product. Same functions as `network`.
"""

import numpy as np


def patches(images, size, stride):
    """The size × size patches of square images (..., r, r), row by row and each row by row, (..., P, size²)."""
    windows = np.lib.stride_tricks.sliding_window_view(images, (size, size), axis=(-2, -1))
    windows = windows[..., ::stride, ::stride, :, :]
    return windows.reshape(*images.shape[:-2], -1, size**2)


def forward(weights, inputs):
    """([patches (..., n P, k²), activities (..., n, P, m), mean over places (..., n, m)], outputs (..., n, C))."""
    filters, readout = weights
    *_, n, n_places, k2 = inputs.shape
    flat = inputs.reshape(*inputs.shape[:-3], n * n_places, k2)
    z = flat @ filters
    z = np.maximum(z, 0, out=z).reshape(*z.shape[:-2], n, n_places, -1)
    pooled = z.mean(-2)
    return [flat, z, pooled], pooled @ readout


def gradients(weights, activities, slope):
    """Gradients of both layers from ∂loss/∂outputs, `slope` (..., n, C)."""
    flat, z, pooled = activities
    *nets, n, n_places, m = z.shape
    back = (slope @ np.swapaxes(weights[1], -1, -2))[..., None, :] * ((z > 0) * z.dtype.type(1 / n_places))
    of_filters = np.swapaxes(flat, -1, -2) @ back.reshape(*nets, n * n_places, m)
    return [of_filters, np.swapaxes(pooled, -1, -2) @ slope]
