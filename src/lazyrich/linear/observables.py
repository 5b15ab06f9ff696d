"""What is measured of a two-layer linear network: scale, representations, kernel, loss.

Every function takes weights with any leading axes (runs, times): w1 (..., n_hidden, n_in) and
w2 (..., n_out, n_hidden). Σxx enters as a number c (cI, whitened inputs are c = 1) or as a matrix.
"""

from typing import NamedTuple

import numpy as np

from .. import checks

MAX_DENSE_NTK_ROWS = 4096  # 128 MiB of float64; past it the factored functions are the way


class Balance(NamedTuple):
    """Nearest relative scale and how far the weights are from being balanced at it."""

    lam: np.ndarray
    residual: np.ndarray


def transpose(a):
    return np.swapaxes(a, -1, -2)


def balance(w1, w2):
    """λ* = tr(W2ᵀW2 − W1W1ᵀ)/N_h and the Frobenius norm ‖W2ᵀW2 − W1W1ᵀ − λ*I‖.

    Shapes (...): one value for each leading index. Gradient flow conserves W2ᵀW2 − W1W1ᵀ;
    weights are λ-balanced when the residual is zero (Domine et al. 2025, Definition of A2).
    """
    w1, w2 = checks.weights(w1, w2, batch=True)
    n_hidden = w1.shape[-2]
    difference = transpose(w2) @ w2 - w1 @ transpose(w1)
    lam = np.trace(difference, axis1=-2, axis2=-1) / n_hidden
    residual = np.linalg.norm(difference - lam[..., None, None] * np.eye(n_hidden), axis=(-2, -1))
    return Balance(lam[()], residual[()])


def input_representation(w1):
    """W1ᵀW1, (..., n_in, n_in)."""
    return transpose(w1) @ w1


def output_representation(w2):
    """W2W2ᵀ, (..., n_out, n_out)."""
    return w2 @ transpose(w2)


def rsm_input(w1, x):
    """Representational similarity of the hidden layer over the examples, XᵀW1ᵀW1X (..., P, P)."""
    hidden = np.asarray(w1, float) @ checks.matrix("x", x, (np.shape(w1)[-1], "P"))
    return transpose(hidden) @ hidden


def rsm_output(w2, y):
    """Yᵀ(W2W2ᵀ)⁺Y (..., P, P): similarity of the hidden activity that would give the targets."""
    w2 = np.asarray(w2, float)
    hidden = np.linalg.pinv(w2) @ checks.matrix("y", y, (w2.shape[-2], "P"))
    return transpose(hidden) @ hidden


def loss(network_function, sigma_yx, sigma_xx=1.0, sigma_yy_trace=None):
    """Mean squared error ½ tr Σyy − tr(ΣyxᵀW) + ½ tr(WΣxxWᵀ) of W = W2W1, shape (...).

    Evaluated as the distance from the least-squares map, so that nothing cancels near convergence.
    `sigma_yy_trace` = tr(YYᵀ)/P; None leaves out what no linear map can fit.
    """
    if np.ndim(sigma_xx) == 0:
        best = sigma_yx / sigma_xx
        excess = sigma_xx * ((network_function - best) ** 2).sum((-2, -1)) / 2
    else:
        best = sigma_yx @ np.linalg.pinv(sigma_xx, hermitian=True)
        error = network_function - best
        excess = ((error @ sigma_xx) * error).sum((-2, -1)) / 2
    if sigma_yy_trace is None:
        return excess
    return excess + (sigma_yy_trace - (best * sigma_yx).sum((-2, -1))) / 2


def layer_singular_values(singular_values, lam):
    """Singular values (s1, s2) of W1 and W2 from those of W2W1 (Theorem 5.2).

    s2 = √((√(λ²+4s²)+λ)/2), s1 = √((√(λ²+4s²)−λ)/2), without cancellation at either sign of λ.
    A direction with s = 0 has √λ in W2 (λ > 0) or √−λ in W1 (λ < 0).
    """
    s, lam = checks.real("singular_values", singular_values), checks.number("lam", lam)
    larger = np.sqrt((np.hypot(lam, 2 * s) + abs(lam)) / 2)
    smaller = np.divide(s, larger, out=np.zeros_like(s * larger), where=larger > 0)
    return (smaller, larger) if lam >= 0 else (larger, smaller)


def cosine_distance(a, b):
    """1 − ⟨A, B⟩/(‖A‖‖B‖) of the last two axes, shape (...): how far two kernels or representations are apart.

    It is half the squared difference of the normalised matrices, so that a small distance keeps its digits.
    """
    a, b = (matrix / np.linalg.norm(matrix, axis=(-2, -1), keepdims=True) for matrix in (a, b))
    return ((a - b) ** 2).sum((-2, -1)) / 2


def kernel_distance(w1_from, w2_from, w1_to, w2_to, sigma_xx=None):
    """1 − cosine of two neural tangent kernels (Fort et al. 2020), shape (...), in [0, 1].

    The kernel I ⊗ XᵀAX + B ⊗ XᵀX, A = W1ᵀW1, B = W2W2ᵀ, enters through A, B and Σxx only. The distance
    is half the squared difference of the normalised kernels, so that a small one keeps its digits.
    """
    w1_from, w2_from = checks.weights(w1_from, w2_from, batch=True)
    w1_to, w2_to = checks.weights(w1_to, w2_to, batch=True)
    n_in, n_out = w1_from.shape[-1], w2_from.shape[-2]
    sigma_xx = checks.input_correlation(sigma_xx, n_in)
    if np.ndim(sigma_xx) == 0:
        hidden_from, hidden_to, gram = w1_from, w1_to, np.eye(n_in)
    else:
        values, vectors = np.linalg.eigh(sigma_xx)
        root = (vectors * np.sqrt(np.maximum(values, 0))[..., None, :]) @ transpose(vectors)
        hidden_from, hidden_to, gram = w1_from @ root, w1_to @ root, sigma_xx

    def squared_norm(a, b):
        """⟨NTK, NTK⟩/P² of the kernel with factors a (inputs) and b (outputs)."""
        return (
            n_out * (a * a).sum((-2, -1))
            + 2 * (a * gram).sum((-2, -1)) * np.trace(b, axis1=-2, axis2=-1)
            + (b * b).sum((-2, -1)) * (gram * gram).sum((-2, -1))
        )

    def normalised(w1, w2):
        a, b = input_representation(w1), output_representation(w2)
        norm = np.sqrt(squared_norm(a, b))[..., None, None]
        if (norm == 0).any():
            raise ValueError("the kernel distance from weights that are all zero is not defined")
        return a / norm, b / norm

    a_from, b_from = normalised(hidden_from, w2_from)
    a_to, b_to = normalised(hidden_to, w2_to)
    return np.maximum(squared_norm(a_to - a_from, b_to - b_from) / 2, 0.0)[()]


def ntk(w1, w2, x):
    """The dense neural tangent kernel I ⊗ XᵀW1ᵀW1X + W2W2ᵀ ⊗ XᵀX, (..., n_out·P, n_out·P), outputs major.

    ValueError above `MAX_DENSE_NTK_ROWS` rows: `kernel_distance` and `ntk_entries` need no dense kernel.
    """
    w1, w2 = checks.weights(w1, w2, batch=True)
    x = checks.matrix("x", x, (w1.shape[-1], "P"))
    n_out, n_examples = w2.shape[-2], x.shape[1]
    rows = n_out * n_examples
    if rows > MAX_DENSE_NTK_ROWS:
        raise ValueError(
            f"a dense NTK of {rows} × {rows} would take {8 * rows**2 / 2**30:.1f} GiB; the limit is "
            f"{MAX_DENSE_NTK_ROWS} rows (n_out · P). Use kernel_distance or ntk_entries, or fewer examples"
        )
    hidden, inputs, outputs = rsm_input(w1, x), x.T @ x, output_representation(w2)
    kernel = np.einsum("ab,...pq->...apbq", np.eye(n_out), hidden) + np.einsum("...ab,pq->...apbq", outputs, inputs)
    return kernel.reshape(*kernel.shape[:-4], rows, rows)


def ntk_entries(w1, w2, x, rows, columns):
    """Entries (rows[k], columns[k]) of the neural tangent kernel, (..., K), without the dense kernel."""
    w1, w2 = checks.weights(w1, w2, batch=True)
    x = checks.matrix("x", x, (w1.shape[-1], "P"))
    size = w2.shape[-2] * x.shape[1]
    rows, columns = np.atleast_1d(rows), np.atleast_1d(columns)
    for name, index in (("rows", rows), ("columns", columns)):
        if index.dtype.kind not in "iu" or index.min(initial=0) < 0 or index.max(initial=0) >= size:
            raise ValueError(f"{name} must be whole numbers from 0 to n_out · P − 1 = {size - 1}; got {index}")
    (o, p), (o_, p_) = (np.divmod(index, x.shape[1]) for index in (rows, columns))
    hidden, outputs = w1 @ x, output_representation(w2)
    return (o == o_) * (hidden[..., p] * hidden[..., p_]).sum(-2) + outputs[..., o, o_] * (x[:, p] * x[:, p_]).sum(0)
