"""Gradient flow with a tangent kernel that stays as it is at the start: what a lazy network does, balanced or not.

With A = W1ᵀW1 and B = W2W2ᵀ of the start the error E = Σyx − W2W1 of the linearised network obeys τ Ė = −(BE + EA),
so that in the eigenvectors of A and B every entry of it decays on its own, at the rate a_j + b_i. The weights move by
ΔW1 = W2ᵀ∫E dt/τ, ΔW2 = ∫E dt/τ W1ᵀ. A network is lazy if this moves its kernel by little.
"""

import numpy as np

from .. import checks
from . import observables

# rates below this part of the largest are rounding of zero
ZERO = 1e-12


class LinearisedFlow:
    """The linearised flow from w1 (n_hidden, n_in), w2 (n_out, n_hidden) with whitened inputs, τ = 1."""

    def __init__(self, w1, w2, sigma_yx):
        self.w1, self.w2 = checks.weights(w1, w2)
        sigma_yx = checks.matrix("sigma_yx", sigma_yx, (self.w2.shape[0], self.w1.shape[1]))
        inputs, self._v = np.linalg.eigh(self.w1.T @ self.w1)
        outputs, self._u = np.linalg.eigh(self.w2 @ self.w2.T)
        rates = np.maximum(inputs, 0) + np.maximum(outputs, 0)[:, None]
        self._rates = np.where(rates > ZERO * rates.max(), rates, 0.0)
        self._error = self._u.T @ (sigma_yx - self.w2 @ self.w1) @ self._v

    def error(self, time, left=None, right=None):
        """leftᵀ (Σyx − W2W1) right at a time; left and right are identities if None."""
        u = self._u if left is None else left.T @ self._u
        v = self._v if right is None else right.T @ self._v
        return u @ (np.exp(-self._rates * time) * self._error) @ v.T

    def unlearned(self):
        """Part of the squared error that is never learned, because the kernel of the start has no rate for it."""
        squares = self._error**2
        return float(squares[self._rates == 0].sum() / max(squares.sum(), np.finfo(float).tiny))

    def kernel_distance(self):
        """Distance of the kernel of the weights at the end from that of the start; not small: not lazy."""
        area = np.divide(self._error, self._rates, out=np.zeros_like(self._error), where=self._rates > 0)
        area = self._u @ area @ self._v.T
        return observables.kernel_distance(self.w1, self.w2, self.w1 + self.w2.T @ area, self.w2 + area @ self.w1.T)
