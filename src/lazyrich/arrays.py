"""Arrays of whatever kind as numpy's: torch, JAX, CuPy, DataFrames, lists; and how finely they are rounded."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# what the roundings of a few operations come to, in units of that of the type: smaller is rounding
ROUNDINGS = 8
# sizes whose fourth powers are far from the ends of float64
SAFE = 1e-60, 1e60
# what brings an array to numpy, in this order: torch; torch; torch; pandas, polars; scipy.sparse; CuPy
TO_HOST = ("detach", "cpu", "numpy", "to_numpy", "toarray", "get")


def host(name, value):
    """`value` as a numpy array: detached from a gradient, copied from a GPU, of half precision too.

    Lists may hold arrays of any kind. ValueError : masked entries, ragged lists, and what no array can be made of
    """
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ValueError(
            f"{name} has {np.ma.count_masked(value)} masked entries of {value.size}: "
            "fill them in, or leave their rows and columns out"
        )
    if isinstance(value, list | tuple):
        value = [part if isinstance(part, int | float) else host(name, part) for part in value]
    try:
        if not isinstance(value, np.ndarray):
            value = _moved(value)
        return np.asarray(value)
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
            value = method()
    return value


def _is_bfloat16(value):
    return "bfloat16" in str(getattr(value, "dtype", ""))


def epsilon(*values):
    """The coarsest relative rounding of the arrays' own types: 2.2e-16 for float64, 1.2e-7 where one is float32.

    To be asked before an array is converted: all that the library computes with is float64.
    """
    return max([float(np.finfo(float).eps), *(_epsilon(value) for value in values)])


def _epsilon(value):
    if _is_bfloat16(value):
        return 2.0**-7
    try:
        dtype = host("array", value).dtype
    except ValueError:  # no array: for the check of the argument to say
        return 0.0
    return float(np.finfo(dtype).eps) if dtype.kind == "f" else 0.0


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


def in_units(*arrays):
    """(arrays, unit), each (..., n, m) array divided by the `unit` of all; as they are, and 1, where no power is lost.

    Up to the fourth power, that is, of sums of many: copies of large arrays cost more than what is done with them.
    """
    size = largest(*arrays, axes=2)
    if ((size == 0) | ((size > SAFE[0]) & (size < SAFE[1]))).all():
        return arrays, np.ones(size.shape)
    size = unit(*arrays, axes=2)
    return tuple(a / size[..., None, None] for a in arrays), size
