"""Full-batch gradient descent of many ReLU networks on one task, as two large matrix products a step."""

import numpy as np


def train(w, a, inputs, targets, learning_rates, record_at, dtype=np.float64):
    """Train B networks at once on the mean squared error (without ½), each with its own rate.

    Parameters
    ----------
    w (B, h, d), a (B, h) : starts; inputs (n, d); targets (n,); learning_rates (B,)
    record_at : ascending steps to keep; 0 is the start
    dtype : float32 is twice as fast; sums over a few thousand steps keep five digits of every distance

    Yields
    ------
    (step, w, a) at each of them, copies in double precision
    """
    w, a, inputs, targets = (np.array(x, dtype) for x in (w, a, inputs, targets))
    (n_nets, h, d), n = w.shape, len(inputs)
    slopes = (2 * np.asarray(learning_rates) / n).astype(dtype)[:, None]
    transposed = np.ascontiguousarray(inputs.T)
    flat, gradient = np.empty((n_nets * h, n), dtype), np.empty((n_nets * h, d), dtype)
    hidden = flat.reshape(n_nets, h, n)
    active = np.empty_like(hidden, bool)
    step = 0
    for until in record_at:
        while step < until:
            np.matmul(w.reshape(-1, d), transposed, out=flat)
            np.greater(hidden, 0, out=active)
            np.maximum(hidden, 0, out=hidden)
            residual = (np.matmul(a[:, None, :], hidden)[:, 0] - targets) * slopes
            a_step = np.matmul(hidden, residual[:, :, None])[:, :, 0]
            np.multiply(active, residual[:, None, :], out=hidden)
            np.matmul(flat, inputs, out=gradient)
            w -= gradient.reshape(w.shape) * a[:, :, None]
            a -= a_step
            step += 1
        yield step, w.astype(float), a.astype(float)
