"""NumPy arrays as columns of Arrow and back, by their buffers.

`pyarrow.array` and `to_numpy` import pandas before they do anything, which takes 0.2 s of a job that needs none.
"""

import numpy as np
import pyarrow as pa

TYPES = {"number": pa.float64(), "integer": pa.int64(), "text": pa.string(), "truth": pa.bool_()}


def column(values, kind):
    """A column of one of TYPES from a one-dimensional array."""
    if kind == "text":
        encoded = [str(value).encode() for value in values]
        ends = np.cumsum([0, *map(len, encoded)]).astype(np.int32)
        return pa.StringArray.from_buffers(len(encoded), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded)))
    dtype = {"number": np.float64, "integer": np.int64, "truth": bool}[kind]
    values = np.ascontiguousarray(values, dtype)
    buffer = np.packbits(values, bitorder="little") if kind == "truth" else values
    return pa.Array.from_buffers(TYPES[kind], len(values), [None, pa.py_buffer(buffer)])


def lists(lengths, flat, kind="number"):
    """A column of lists: the first takes as many entries of `flat` as lengths[0] says, and so on."""
    ends = column(np.concatenate([[0], np.cumsum(lengths)]), "integer").cast(pa.int32())
    return pa.ListArray.from_arrays(ends, column(flat, kind))


def numbers(array):
    """The values of a column of numbers, integers or truths without nulls, or of the entries of its lists."""
    if pa.types.is_list(array.type):
        array = array.flatten()
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.uint8())
    dtype = {pa.float64(): np.float64, pa.int64(): np.int64, pa.int32(): np.int32, pa.uint8(): np.uint8}[array.type]
    values = np.frombuffer(array.buffers()[1] or b"", dtype)
    return values[array.offset : array.offset + len(array)]
