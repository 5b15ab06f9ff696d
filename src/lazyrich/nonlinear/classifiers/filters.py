"""How smooth the filters of a first layer are: the energy that a high-pass stencil leaves of them."""

import numpy as np

# as printed (Kunin et al. 2024, Fig. 11), whose entries add up to −1; those of a Laplacian, with centre 3, add up to 0
STENCIL = np.array([[-0.25, -0.5, -0.25], [-0.5, 2.0, -0.5], [-0.25, -0.5, -0.25]])
LAPLACIAN = STENCIL + np.diag([0.0, 1.0, 0.0])


def stencil_energy(filters, stencil=STENCIL, border=1):
    """|(w/|w|) ∗ stencil|² of filters (..., r, c), (...): small for smooth ones.

    `border` pixels of zeros around: 1 keeps the filters' size, 0 only what the stencil wholly covers (the paper does
    not say which).
    """
    filters = np.asarray(filters, float)
    unit = filters / np.sqrt((filters**2).sum((-1, -2), keepdims=True))
    padded = np.pad(unit, [(0, 0)] * (filters.ndim - 2) + [(border, border)] * 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, stencil.shape, axis=(-2, -1))
    return (np.einsum("...ij,ij->...", windows, stencil) ** 2).sum((-1, -2))


def white_noise_energy(rows, columns, stencil=STENCIL, border=1):
    """Mean stencil energy of filters of independent Gaussian weights: random directions, hence over unit vectors."""
    unit = np.eye(rows * columns).reshape(-1, rows, columns)
    return stencil_energy(unit, stencil, border).mean()
