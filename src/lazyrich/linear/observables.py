"""What is measured of a two-layer linear network: scale, representations, kernel, loss.

Every function takes weights with any leading axes (runs, times): w1 (..., n_hidden, n_in) and
w2 (..., n_out, n_hidden). Σxx enters as a number c (cI, whitened inputs are c = 1) or as a matrix.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..arrays import Floats, host, in_units, unit

# widths from which on no square matrix of them is formed where fewer directions hold all: below, it is 72 MB at most
WIDE = 3000
RESCALE = "Give it in units of a power of ten: kernels and similarities scale as its square"
MAX_DENSE_NTK_ROWS = 4096  # 128 MiB of float64; past it the factored functions are the way


class Balance(NamedTuple):
    """Nearest relative scale and how far the weights are from being balanced at it."""

    lam: np.ndarray
    residual: np.ndarray


def transpose(a):
    return np.swapaxes(a, -1, -2)


def balance(w1: ArrayLike, w2: ArrayLike) -> Balance:
    """λ* = tr(W2ᵀW2 − W1W1ᵀ)/N_h and the Frobenius norm ‖W2ᵀW2 − W1W1ᵀ − λ*I‖.

    Shapes (...): one value for each leading index. Gradient flow conserves W2ᵀW2 − W1W1ᵀ;
    weights are λ-balanced when the residual is zero (Domine et al. 2025, Definition of A2). Of a hidden layer that is
    much wider than the others together no N_h × N_h matrix is formed. ValueError : weights whose squares overflow
    """
    w1, w2 = checks.weights(w1, w2, batch=True)
    n_hidden = w1.shape[-2]
    (w1, w2), size = in_units(w1, w2)
    checks.size("the largest entry of w1 and w2, for their squares,", size.max(), most=checks.MOST**2)
    difference, left_out = _difference(w1, w2)
    lam = np.trace(difference, axis1=-2, axis2=-1) / n_hidden
    residual = np.linalg.norm(difference - lam[..., None, None] * np.eye(difference.shape[-1]), axis=(-2, -1))
    if left_out:
        residual = np.hypot(residual, np.sqrt(left_out) * lam)
    return Balance((lam * size**2)[()], (residual * size**2)[()])


def _difference(w1, w2):
    """W2ᵀW2 − W1W1ᵀ in the directions that either layer uses, and how many others there are, on which it is zero."""
    n_hidden, used = w1.shape[-2], w1.shape[-1] + w2.shape[-2]
    if n_hidden < WIDE or n_hidden <= 2 * used:
        return transpose(w2) @ w2 - w1 @ transpose(w1), 0
    # [W2ᵀ, W1] = QR: W2ᵀW2 − W1W1ᵀ = Q R diag(I, −I) Rᵀ Qᵀ
    r = np.linalg.qr(np.concatenate([transpose(w2), w1], axis=-1), mode="r")
    second, first = r[..., : w2.shape[-2]], r[..., w2.shape[-2] :]
    return second @ transpose(second) - first @ transpose(first), n_hidden - used


def input_representation(w1):
    """W1ᵀW1, (..., n_in, n_in)."""
    return transpose(w1) @ w1


def output_representation(w2):
    """W2W2ᵀ, (..., n_out, n_out)."""
    return w2 @ transpose(w2)


def rsm_input(w1: ArrayLike, x: ArrayLike) -> Floats:
    """Representational similarity of the hidden layer over the examples, XᵀW1ᵀW1X (..., P, P)."""
    w1 = checks.matrix("w1", w1, ("n_hidden", "n_in"), batch=True)
    x = checks.matrix("x", x, (w1.shape[-1], "P"))
    _check_kernel(x, w1=w1)
    hidden = w1 @ x
    return transpose(hidden) @ hidden


def rsm_output(w2: ArrayLike, y: ArrayLike) -> Floats:
    """Yᵀ(W2W2ᵀ)⁺Y (..., P, P): similarity of the hidden activity that would give the targets."""
    w2 = checks.matrix("w2", w2, ("n_out", "n_hidden"), batch=True)
    y = checks.matrix("y", y, (w2.shape[-2], "P"))
    size = checks.entry(w2)
    checks.size("the largest entry of w2", size, checks.LEAST, checks.MOST**2, remedy=RESCALE)
    checks.size("the largest entry of y", checks.entry(y), most=checks.MOST**2, remedy=RESCALE)
    hidden = np.linalg.pinv(w2) @ y
    checks.size("the largest entry of W2⁺Y", checks.entry(hidden), most=checks.MOST**2, remedy=RESCALE)
    return transpose(hidden) @ hidden


def _check_kernel(x, **layers):
    """Refuse inputs and layers whose kernel or similarity, of their squares, is beyond float64."""
    inputs = checks.entry(x)
    checks.size("the largest entry of x", inputs, most=checks.MOST**2, remedy=RESCALE)
    for name, w in layers.items():
        size = checks.entry(w)
        checks.size(f"the largest entry of {name}", size, most=checks.MOST**2, remedy=RESCALE)
        checks.size(f"the product of those of {name} and x", size * inputs, most=checks.MOST**2, remedy=RESCALE)


def loss(network_function, sigma_yx, sigma_xx=1.0, sigma_yy_trace=None):
    """Mean squared error ½ tr Σyy − tr(ΣyxᵀW) + ½ tr(WΣxxWᵀ) of W = W2W1, shape (...).

    Evaluated as the distance from the least-squares map, so that nothing cancels near convergence: in the directions
    of Σxx = V diag(c) Vᵀ, ½‖WV c^½ − ΣyxV c^{−½}‖². The map itself, ΣyxΣxx⁺, is not formed: of an
    ill-conditioned Σxx its rounding is that of its largest entries.
    `sigma_yy_trace` = tr(YYᵀ)/P; None leaves out what no linear map can fit.
    """
    if np.ndim(sigma_xx) == 0:
        best = sigma_yx / sigma_xx
        excess = sigma_xx * ((network_function - best) ** 2).sum((-2, -1)) / 2
        if sigma_yy_trace is None:
            return excess
        return excess + (sigma_yy_trace - (best * sigma_yx).sum((-2, -1))) / 2
    values, vectors = np.linalg.eigh(sigma_xx)
    used = values > values.shape[-1] * np.finfo(float).eps * values[..., -1:]
    root = np.sqrt(np.where(used, values, 0.0))[..., None, :]
    learnable = np.divide(sigma_yx @ vectors, root, out=np.zeros(_shape(sigma_yx, vectors)), where=root > 0)
    excess = (((network_function @ vectors) * root - learnable) ** 2).sum((-2, -1)) / 2
    if sigma_yy_trace is None:
        return excess
    return excess + (sigma_yy_trace - (learnable**2).sum((-2, -1))) / 2


def _shape(a, b):
    """The shape of a @ b."""
    return (*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1])


def layer_singular_values(singular_values: ArrayLike, lam: float) -> tuple[Floats, Floats]:
    """Singular values (s1, s2) of W1 and W2 from those of W2W1 (Theorem 5.2).

    s2 = √((√(λ²+4s²)+λ)/2), s1 = √((√(λ²+4s²)−λ)/2), without cancellation at either sign of λ.
    A direction with s = 0 has √λ in W2 (λ > 0) or √−λ in W1 (λ < 0).
    """
    s, lam = checks.real("singular_values", singular_values), checks.number("lam", lam)
    if not np.isfinite(s).all() or (s < 0).any():
        raise ValueError(f"singular_values must be finite and not negative; got {singular_values!r}")
    size = max(checks.entry(s), abs(lam))
    checks.size("the largest of singular_values and lam", size, most=checks.FAR, remedy="Divide them by a power of ten")
    larger = np.sqrt((np.hypot(lam, 2 * s) + abs(lam)) / 2)
    smaller = np.divide(s, larger, out=np.zeros_like(s + larger), where=larger > 0)[()]
    return (smaller, larger) if lam >= 0 else (larger, smaller)


def cosine_distance(a, b):
    """1 − ⟨A, B⟩/(‖A‖‖B‖) of the last two axes, shape (...): how far two kernels or representations are apart.

    It is half the squared difference of the normalised matrices, so that a small distance keeps its digits.
    """
    (a,), (b,) = in_units(a)[0], in_units(b)[0]
    a, b = (matrix / np.linalg.norm(matrix, axis=(-2, -1), keepdims=True) for matrix in (a, b))
    return ((a - b) ** 2).sum((-2, -1)) / 2


def kernel_distance(
    w1_from: ArrayLike, w2_from: ArrayLike, w1_to: ArrayLike, w2_to: ArrayLike, sigma_xx: ArrayLike | None = None
) -> Floats:
    """1 − cosine of two neural tangent kernels (Fort et al. 2020), shape (...), in [0, 1].

    The kernel I ⊗ XᵀAX + B ⊗ XᵀX, A = W1ᵀW1, B = W2W2ᵀ, enters through A, B and Σxx only. The distance
    is half the squared difference of the normalised kernels, so that a small one keeps its digits. Each network is
    divided by its largest entry, which the cosine does not see: nothing over- or underflows.

    Parameters
    ----------
    w1_from, w2_from, w1_to, w2_to : (..., n_hidden, n_in), (..., n_out, n_hidden) arrays; hidden widths may differ
    sigma_xx : Σxx, the number c of cI or (..., n_in, n_in); None: whitened

    Raises
    ------
    ValueError : wrong shapes, different widths, or weights that are all zero
    """
    w1_from, w2_from = checks.weights(w1_from, w2_from, batch=True, names=("w1_from", "w2_from"))
    w1_to, w2_to = checks.weights(w1_to, w2_to, batch=True, names=("w1_to", "w2_to"))
    n_in, n_out = w1_from.shape[-1], w2_from.shape[-2]
    if (n_in, n_out) != (w1_to.shape[-1], w2_to.shape[-2]):
        raise ValueError(
            f"the kernels of two networks need the same inputs and outputs; got w1 {w1_from.shape}, w2 {w2_from.shape} "
            f"and w1 {w1_to.shape}, w2 {w2_to.shape}"
        )
    sigma_xx = checks.input_correlation(sigma_xx, n_in)
    _together("the leading axes of the two networks and sigma_xx", w1_from, w1_to, sigma_xx)
    return kernel_distance_in(n_in, n_out, (w1_from, w2_from), (w1_to, w2_to), sigma_xx)


def _together(what, *arrays):
    leading = [np.shape(a)[:-2] for a in arrays]
    try:
        np.broadcast_shapes(*leading)
    except ValueError:
        raise ValueError(f"{what} must fit together; got {', '.join(map(str, leading))}") from None


def kernel_distance_in(n_in, n_out, before, after, sigma_xx):
    """`kernel_distance` of networks with `n_in` inputs and `n_out` outputs, checked.

    `before` and `after`, (w1, w2) of each, may hold their coordinates in an orthonormal basis of fewer outputs and,
    where Σxx = cI, inputs: only its number of directions is then that of the whole network.
    """
    (w1_from, w2_from), (w1_to, w2_to) = in_units(*before)[0], in_units(*after)[0]
    w2_from, w2_to = _fewer_rows(w2_from, w2_to)
    if np.ndim(sigma_xx) == 0:
        w1_from, w1_to = (transpose(w) for w in _fewer_rows(transpose(w1_from), transpose(w1_to)))
        hidden_from, hidden_to, gram, squared_gram = w1_from, w1_to, np.eye(w1_from.shape[-1]), float(n_in)
    else:
        gram = sigma_xx / unit(sigma_xx, axes=2)[..., None, None]
        values, vectors = np.linalg.eigh(gram)
        root = (vectors * np.sqrt(np.maximum(values, 0))[..., None, :]) @ transpose(vectors)
        hidden_from, hidden_to = w1_from @ root, w1_to @ root
        squared_gram = (gram * gram).sum((-2, -1))

    def squared_norm(a, b):
        """⟨NTK, NTK⟩/P² of the kernel with factors a (inputs) and b (outputs)."""
        return (
            n_out * (a * a).sum((-2, -1))
            + 2 * (a * gram).sum((-2, -1)) * np.trace(b, axis1=-2, axis2=-1)
            + (b * b).sum((-2, -1)) * squared_gram
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


def _fewer_rows(a, b):
    """Both (..., n, h) in an orthonormal basis of their columns, where n is large beside the number of those."""
    columns = a.shape[-1] + b.shape[-1]
    if a.shape[-2] < WIDE or a.shape[-2] <= 2 * columns:
        return a, b
    leading = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    joined = [np.broadcast_to(part, (*leading, *part.shape[-2:])) for part in (a, b)]
    r = np.linalg.qr(np.concatenate(joined, axis=-1), mode="r")
    return r[..., : a.shape[-1]], r[..., a.shape[-1] :]


def ntk(w1: ArrayLike, w2: ArrayLike, x: ArrayLike) -> Floats:
    """The dense neural tangent kernel I ⊗ XᵀW1ᵀW1X + W2W2ᵀ ⊗ XᵀX, (..., n_out·P, n_out·P), outputs major.

    ValueError above `MAX_DENSE_NTK_ROWS` rows: `kernel_distance` and `ntk_entries` need no dense kernel.
    """
    w1, w2 = checks.weights(w1, w2, batch=True)
    x = checks.matrix("x", x, (w1.shape[-1], "P"))
    _check_kernel(x, w1=w1, w2=w2)
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


def ntk_entries(w1: ArrayLike, w2: ArrayLike, x: ArrayLike, rows: ArrayLike, columns: ArrayLike) -> Floats:
    """Entries (rows[k], columns[k]) of the neural tangent kernel, (..., K), without the dense kernel."""
    w1, w2 = checks.weights(w1, w2, batch=True)
    x = checks.matrix("x", x, (w1.shape[-1], "P"))
    _check_kernel(x, w1=w1, w2=w2)
    size = w2.shape[-2] * x.shape[1]
    rows, columns = np.atleast_1d(host("rows", rows)), np.atleast_1d(host("columns", columns))
    for name, index in (("rows", rows), ("columns", columns)):
        if index.size == 0:
            raise ValueError(f"{name} must hold at least one row of the kernel; got none: leave the call out instead")
        if index.dtype.kind not in "iu" or index.min() < 0 or index.max() >= size:
            raise ValueError(f"{name} must be whole numbers from 0 to n_out · P − 1 = {size - 1}; got {index}")
    (o, p), (o_, p_) = (np.divmod(index, x.shape[1]) for index in (rows, columns))
    if rows.shape != columns.shape or rows.ndim != 1:
        raise ValueError(f"rows and columns must be vectors of one length; got {rows.shape} and {columns.shape}")
    hidden, outputs = w1 @ x, (w2[..., o, :] * w2[..., o_, :]).sum(-1)
    return (o == o_) * (hidden[..., p] * hidden[..., p_]).sum(-2) + outputs * (x[:, p] * x[:, p_]).sum(0)
