"""Arrays of whatever kind as numpy's: torch, JAX, CuPy, DataFrames, lists; and how finely they are rounded."""

import sys

import numpy as np


def host(name, value):
    """`value` as a numpy array: detached from a gradient, copied from a GPU.

    ValueError : masked entries, ragged lists, and what no array can be made of
    """
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ValueError(
            f"{name} has {np.ma.count_masked(value)} masked entries of {value.size}: "
            "fill them in, or leave their rows and columns out"
        )
    for to_host in ("detach", "cpu", "get", "to_numpy"):  # torch; torch; CuPy; pandas, polars
        method = getattr(value, to_host, None)
        # a DataFrame's `get` looks a column up: only CuPy's is meant
        if callable(method) and (to_host != "get" or type(value).__module__.partition(".")[0] == "cupy"):
            value = method()
    if "bfloat16" in str(getattr(value, "dtype", "")):  # numpy has none
        value = value.float() if hasattr(value, "float") else value.astype("float32")
    try:
        return np.asarray(value)
    except (ValueError, TypeError, RuntimeError) as error:
        raise ValueError(
            f"{name} must be an array, or nested lists of one length at each depth; got {type(value).__name__}: {error}"
        ) from None


def epsilon(*values):
    """The coarsest relative rounding of the arrays' own types: 2.2e-16 for float64, 1.2e-7 where one is float32."""
    return max([float(np.finfo(float).eps), *(_epsilon(value) for value in values)])


def _epsilon(value):
    dtype = getattr(value, "dtype", None)
    if "bfloat16" in str(dtype):
        return 2.0**-7
    if type(dtype).__module__.partition(".")[0] == "torch":
        return sys.modules["torch"].finfo(dtype).eps if dtype.is_floating_point else 0.0
    try:
        return float(np.finfo(np.dtype(dtype)).eps) if dtype is not None else 0.0
    except (TypeError, ValueError):  # whole numbers, and types that numpy does not know
        return 0.0
