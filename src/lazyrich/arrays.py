"""Arrays of whatever kind as numpy's: torch, JAX, CuPy, DataFrames, lists; and how finely they are rounded."""

import re

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# what the roundings of a few operations come to, in units of that of the type: smaller is rounding
ROUNDINGS = 8
# sizes whose fourth powers are far from the ends of float64
SAFE = 1e-60, 1e60
# what brings an array to numpy, in this order: torch; pandas, polars; scipy.sparse; sparse arrays of JAX; CuPy
TO_HOST = (
    *("detach", "to_dense", "cpu", "resolve_conj", "resolve_neg", "numpy"),
    *("to_numpy", "toarray", "todense", "get"),
)
# types too coarse to judge by them what is balanced, or of which rank
COARSE = re.compile("float[468]_")


def host(name, value):
    """`value` as a numpy array: detached from a gradient, copied from a GPU, of half precision too.

    Lists may hold arrays of any kind, and whole numbers of any size: beyond float64 they are infinite. Of a table all
    of whose columns are numbers or booleans, of whatever types, what is missing is NaN.
    ValueError : masked entries, ragged lists, and what no array can be made of
    """
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ValueError(
            f"{name} has {np.ma.count_masked(value)} masked entries of {value.size}: "
            "fill them in, or leave their rows and columns out"
        )
    if COARSE.search(dtype := str(getattr(value, "dtype", ""))):
        raise ValueError(f"{name} must not be of less than half precision; got {dtype}: convert it to float32 first")
    if isinstance(value, list | tuple):
        value = [part if isinstance(part, int | float) else host(name, part) for part in value]
    try:
        if not isinstance(value, np.ndarray):
            value = _moved(value)
        array = np.asarray(value)
        return _floats(array) if array.dtype.kind == "O" else array
    except (ValueError, TypeError, RuntimeError) as error:
        if str(error).startswith(name):  # said already, of a part
            raise
        raise ValueError(
            f"{name} must be an array, or nested lists of one length at each depth; got {type(value).__name__}: {error}"
        ) from None


def _moved(value):
    """A foreign array in the memory that numpy sees."""
    for to_host in TO_HOST:
        if _is_bfloat16(value):  # numpy has none
            value = value.float() if hasattr(value, "float") else value.astype("float32")
        method = getattr(value, to_host, None)
        # a DataFrame's `get` looks a column up: only CuPy's is meant
        if callable(method) and (to_host != "get" or type(value).__module__.partition(".")[0] == "cupy"):
            array = method()
            mixed = to_host == "to_numpy" and array.dtype.kind == "O" and _is_numeric(value)
            value = method(dtype=float, na_value=np.nan) if mixed else array
    return value


def _is_numeric(table):
    """Whether all columns of a pandas table are numbers or booleans, though they have no type in common."""
    return all(getattr(dtype, "kind", "O") in "fiub" for dtype in _column_types(table) or [table.dtype])


def _column_types(value):
    """The types of the columns of a table; [] of what is none."""
    types = np.atleast_1d(np.asarray(getattr(value, "dtypes", []), dtype=object))
    return [getattr(dtype, "numpy_dtype", getattr(dtype, "subtype", dtype)) for dtype in types]


def _floats(whole):
    """Whole numbers beyond 64 bits, which numpy holds as objects, as floats; other objects as they are."""
    most = int(np.finfo(float).max)
    if not all(isinstance(x, int | float) for x in whole.flat):
        return whole
    if not any(isinstance(x, int) and abs(x) >= 2**63 for x in whole.flat):
        return whole
    values = [x if isinstance(x, float) or abs(x) <= most else np.inf if x > 0 else -np.inf for x in whole.flat]
    return np.array(values, dtype=float).reshape(whole.shape)


def _is_bfloat16(value):
    return "bfloat16" in str(getattr(value, "dtype", ""))


def epsilon(*values):
    """The coarsest relative rounding of the arrays' own types: 2.2e-16 for float64, 1.2e-7 where one is float32.

    To be asked before an array is converted: all that the library computes with is float64.
    """
    return max([float(np.finfo(float).eps), *(_epsilon(value) for value in values)])


def _epsilon(value):
    if isinstance(value, float | int):
        return 0.0
    if isinstance(value, list | tuple):
        return max(map(_epsilon, value), default=0.0)
    if _is_bfloat16(value):
        return 2.0**-7
    try:
        types = _column_types(value) or [host("array", value).dtype]
    except ValueError:  # no array: for the check of the argument to say
        return 0.0
    return max(float(np.finfo(dtype).eps) if getattr(dtype, "kind", "O") == "f" else 0.0 for dtype in types)


def largest(*arrays, axes=0):
    """The largest size of an entry of all arrays, (...), whose last `axes` are of one problem; nothing is copied."""
    over = tuple(range(-axes, 0))
    sizes = [np.maximum(a.max(over, initial=0.0), -a.min(over, initial=0.0)) if axes else np.abs(a) for a in arrays]
    return np.maximum.reduce(np.broadcast_arrays(*sizes))


def unit(*arrays, axes=0):
    """The power of two above the largest entry of all, (...), whose last `axes` are of one problem; 1 for zeros.

    Divided by it nothing over- or underflows that matters beside the largest, and no digit changes.
    """
    size = largest(*arrays, axes=axes)
    exponent = np.clip(np.frexp(size)[1], -1021, 1023)
    return np.where(size > 0, np.ldexp(1.0, exponent), 1.0)[()]


def norm(a, axis=None):
    """Euclidean norm of all of a, or along its last axis (`axis` −1), though squares may over- or underflow."""
    size = np.asarray(unit(a, axes=a.ndim if axis is None else 1))
    return size * np.linalg.norm(a / (size if axis is None else size[..., None]), axis=axis)


def in_units(*arrays):
    """(arrays, unit), each (..., n, m) array divided by the `unit` of all; as they are, and 1, where no power is lost.

    Up to the fourth power, that is, of sums of many: copies of large arrays cost more than what is done with them.
    """
    size = largest(*arrays, axes=2)
    if ((size == 0) | ((size > SAFE[0]) & (size < SAFE[1]))).all():
        return arrays, np.ones(size.shape)
    size = unit(*arrays, axes=2)
    return tuple(a / size[..., None, None] for a in arrays), size
