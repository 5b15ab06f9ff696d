"""Arrays of other libraries as their users hold them, made of what each library's classes do and no more."""

import numpy as np
import pandas as pd
from scipy import sparse


class Dtype:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"torch.{self.name}"


class Tensor:
    """Of torch: on a GPU, with a gradient, sparse or a negated view it refuses numpy, which has no bfloat16."""

    def __init__(self, values, where="cuda", grad=True, dtype=None, lazily=None):
        self.values, self.where, self.grad, self.lazily = np.asarray(values), where, grad, lazily
        self.dtype = Dtype(dtype or self.values.dtype.name)

    def _as(self, **change):
        kept = {name: vars(self)[name] for name in ("values", "where", "grad", "lazily")}
        return Tensor(**kept | change)

    def detach(self):
        return self._as(grad=False, dtype=self.dtype.name)

    def cpu(self):
        return self._as(where="cpu", dtype=self.dtype.name)

    def to_dense(self):
        return self._as(lazily=None if self.lazily == "sparse" else self.lazily, dtype=self.dtype.name)

    def resolve_neg(self):
        return self._as(lazily=None if self.lazily == "negated" else self.lazily, dtype=self.dtype.name)

    def float(self):
        return self._as(values=self.values.astype(np.float32))

    def numpy(self):
        if self.grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        if self.lazily == "negated":
            raise RuntimeError(
                "Can't call numpy() on Tensor that has negative bit set. Use tensor.resolve_neg().numpy()"
            )
        if self.where != "cpu" or self.dtype.name.startswith(("bfloat16", "float8")) or self.lazily:
            raise TypeError(f"can't convert {self.where} device type tensor of {self.dtype} to numpy")
        return self.values

    def __array__(self, dtype=None, copy=None):
        return self.numpy()


class Jax:
    """Of JAX: numpy reads it."""

    def __init__(self, values):
        self.values = np.asarray(values)
        self.dtype = self.values.dtype

    def __array__(self, dtype=None, copy=None):
        return self.values


class CuPy:
    """Of CuPy: numpy may not read it, `get` copies it to the host."""

    def __init__(self, values):
        self.values = np.asarray(values)
        self.dtype = self.values.dtype

    def get(self):
        return self.values

    def __array__(self, dtype=None, copy=None):
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Please use `.get()`")


CuPy.__module__ = "cupy._core.core"


def read_only(a):
    a = np.array(a)
    a.flags.writeable = False
    return a


def strided(a):
    """Every second entry of a larger array, backwards."""
    a = np.asarray(a)
    larger = np.full([2 * n for n in a.shape], 7, a.dtype)
    view = larger[(..., *(slice(None, None, -2) for _ in a.shape))]
    view[...] = a
    return view


KINDS = {
    "list": lambda a: np.asarray(a).tolist(),
    "tuple": lambda a: tuple(map(tuple, a.tolist())) if a.ndim == 2 else tuple(a.tolist()) if a.ndim else a.item(),
    "list of tensors": lambda a: [Tensor(row) for row in a] if a.ndim else Tensor(a),
    "tensor": Tensor,
    "JAX": Jax,
    "CuPy": CuPy,
    "masked without a mask": np.ma.masked_array,
    "read-only": read_only,
    "Fortran": lambda a: np.asarray(a, order="F"),
    "strided": strided,
    "DataFrame": lambda a: pd.DataFrame(a) if a.ndim == 2 else pd.Series(a) if a.ndim else a,
    "sparse": lambda a: sparse.csr_array(a) if a.ndim == 2 and a.dtype != np.float16 else a,
    "sparse tensor": lambda a: Tensor(a, lazily="sparse"),
    "negated view": lambda a: Tensor(a, lazily="negated"),
    "bfloat16": lambda a: Tensor(np.asarray(a, np.float32), dtype="bfloat16"),
}
DTYPES = ("float16", "float32", "float64", "longdouble", "int8", "uint8", "int64", "bool")
