"""One table, one Parquet file: written whole or not at all, and checked against the data dictionary on both sides.

A vector or matrix of a row is a list, row-major; the dictionary names its shape. What the dictionary says of the table
and of each column stands in the file's metadata too, with what made it.
"""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from . import arrow
from .files import replacing

VERSION = 3  # 3: one file a table, one column a quantity
REMEDY = "delete it and run snakemake again"


class TableError(ValueError):
    """A table that is missing, unreadable or not what the dictionary says."""


def schema(table):
    """The pyarrow schema of a dictionary's Table, with the description of each column."""
    fields = []
    for column in table.columns.values():
        kind = arrow.TYPES[column.type]
        kind = pa.list_(kind) if column.shape else kind
        said = {"description": column.what, "unit": column.unit, "shape": " × ".join(map(str, column.shape))}
        said = {name: text for name, text in said.items() if text}
        fields.append(pa.field(column.name, kind, metadata=said | ({"key": "yes"} if column.is_key else {})))
    return pa.schema(fields)


def provenance(figure, stage, config, seed):
    """What made a table, as Parquet metadata: nothing that differs between identical runs."""
    block = json.dumps({"seed": seed, figure: config}, sort_keys=True)
    packages = ("lazyrich", "numpy", "scipy", "numba", "pyarrow")
    return {
        "figure": figure,
        "stage": stage,
        "config_sha256": hashlib.sha256(block.encode()).hexdigest(),
        "versions": json.dumps({name: version(name) for name in packages}),
    }


def content(table):
    """A hash of a pyarrow table's columns and nothing else: the same after writing and reading."""
    digest = hashlib.sha256()
    for field in table.schema:
        column = table[field.name].combine_chunks()
        digest.update(field.name.encode() + arrow.numbers(column.is_null()).tobytes())
        if pa.types.is_list(field.type):
            digest.update(arrow.numbers(column.value_lengths()).tobytes() + arrow.numbers(column).tobytes())
        elif pa.types.is_string(field.type):
            coded = column.dictionary_encode()
            digest.update(arrow.numbers(_filled(coded.indices, -1)).tobytes())
            digest.update("\0".join(map(str, coded.dictionary.to_pylist())).encode())
        else:
            digest.update(arrow.numbers(_filled(column, False if pa.types.is_boolean(field.type) else 0)).tobytes())
    return digest.hexdigest()


def _filled(column, value):
    """Without nulls, which only a file has that something else has changed."""
    return column.fill_null(value) if column.null_count else column


def write(path, table, columns, metadata):
    """Write columns {name: values} of a dictionary's Table; ValueError for what it does not allow, and no file then."""
    made = _checked(table, columns)
    own = {
        "lazyrich_table": f"{table.figure} {table.name}",
        "schema_version": str(VERSION),
        "row": table.row,
        "content_sha256": content(made),
    }
    made = made.replace_schema_metadata({**own, **metadata})
    # of measured numbers no two are equal, so that a dictionary of them is no help
    numbers = [name for name, column in table.columns.items() if column.type == "number" and not column.is_key]
    coded = [name for name in table.columns if name not in numbers]
    with replacing(path) as partial:
        pq.write_table(made, partial, compression="zstd", use_dictionary=coded)


def _checked(table, columns):
    """A pyarrow table of what the dictionary declares."""
    where = f"{table.figure}, {table.name}"
    if missing := [name for name in table.columns if name not in columns]:
        raise TableError(f"{where}: no column {', '.join(missing)}, which tables.yaml declares")
    if unknown := [name for name in columns if name not in table.columns]:
        raise TableError(f"{where}: column {', '.join(unknown)} is not in tables.yaml")
    arrays = [_array(f"{where}, {name}", column, columns[name]) for name, column in table.columns.items()]
    if len(lengths := {len(array) for array in arrays}) > 1:
        raise TableError(f"{where}: columns of {sorted(lengths)} rows")
    made = pa.table(arrays, schema=schema(table))
    for column in table.columns.values():
        if column.type == "number":
            _finite(where, table, made, column.name)
        if column.shape and column.shape != ("any",):
            _shaped(where, table, made, column)
    _distinct(where, table, made)
    return made


def _array(where, column, values):
    if isinstance(values, pa.Array):
        kind = arrow.TYPES[column.type]
        return values.cast(pa.list_(kind) if column.shape else kind)
    values = np.asarray(values)
    fits = {"number": "fiu", "integer": "iu", "text": "UO", "truth": "b"}[column.type]
    if values.ndim != 1 or (values.size and values.dtype.kind not in fits):
        raise TableError(f"{where}: expected a column of {column.type}; got {values.dtype} of shape {values.shape}")
    return arrow.column(values, column.type)


def _column(made, name):
    return made[name].combine_chunks()


def _place(table, made, row):
    """The keys of a row, for messages."""
    return ", ".join(f"{name} = {made[name][row].as_py()!r}" for name in table.keys) or "the one row"


def _finite(where, table, made, name):
    column = _column(made, name)
    wrong = ~np.isfinite(arrow.numbers(column))
    if wrong.any():
        lengths = arrow.numbers(column.value_lengths()) if pa.types.is_list(column.type) else np.ones(len(column), int)
        row = int(np.searchsorted(np.cumsum(lengths), np.argmax(wrong), side="right"))
        raise TableError(f"{where}: {name} holds NaN or infinity at {_place(table, made, row)}; nothing is written")


def _shaped(where, table, made, column):
    lengths = arrow.numbers(_column(made, column.name).value_lengths())
    sizes = [arrow.numbers(_column(made, size)) if isinstance(size, str) else size for size in column.shape]
    expected = np.broadcast_to(np.prod(np.broadcast_arrays(*sizes), axis=0), lengths.shape)
    if (lengths != expected).any():
        row = int(np.argmax(lengths != expected))
        shape = " × ".join(map(str, column.shape))
        raise TableError(
            f"{where}: {column.name} should hold {shape} = {expected[row]} numbers, holds {lengths[row]} at "
            f"{_place(table, made, row)}"
        )


def _distinct(where, table, made):
    """No two rows have the same keys."""
    codes = [arrow.numbers(_column(made, name).dictionary_encode().indices) for name in table.keys]
    if not codes:
        if made.num_rows > 1:
            raise TableError(f"{where} has {made.num_rows} rows and no keys to tell them apart")
        return
    order = np.lexsort(codes)
    same = np.all([np.diff(code[order]) == 0 for code in codes], axis=0)
    if same.any():
        row = int(order[int(np.argmax(same))])
        raise TableError(f"{where}: two rows have the same keys, {_place(table, made, row)}")


def read(path, table):
    """The pyarrow table in a file, checked against the dictionary; TableError names file, column and remedy."""
    path, name = Path(path), f"{table.figure} {table.name}"
    made, found = _opened(path)
    if found.get("schema_version") != str(VERSION):
        raise TableError(
            f"{path} has schema version {found.get('schema_version', 'none')}, this code reads {VERSION}: make every "
            "table anew with: snakemake --forceall"
        )
    if found.get("lazyrich_table") != name:
        raise TableError(
            f"{path} should hold the table {name}, but its metadata say {found.get('lazyrich_table', 'nothing')!r}; "
            f"{REMEDY}"
        )
    for field in schema(table):
        if field.name not in made.column_names:
            raise TableError(f"{path} lacks column {field.name!r} ({field.type}); {REMEDY}")
        if made.schema.field(field.name).type != field.type:
            raise TableError(
                f"{path}: column {field.name!r} should be {field.type}, "
                f"is {made.schema.field(field.name).type}; {REMEDY}"
            )
    if extra := set(made.column_names) - set(table.columns):
        raise TableError(f"{path} has unknown columns {sorted(extra)}; {REMEDY}")
    if found.get("content_sha256") != content(made):
        raise TableError(f"{path} holds other numbers than were written: something else has changed it; {REMEDY}")
    return made


def metadata(path):
    """What stands in a file beside the table, {name: text}."""
    return _opened(Path(path))[1]


def _opened(path):
    if not path.is_file():
        raise TableError(f"no table {path}; build it with: snakemake {path}")
    try:
        with pq.ParquetFile(path) as file:  # pq.read_table would import pyarrow.dataset too
            made = file.read()
    except (pa.ArrowException, OSError) as error:
        raise TableError(f"{path} is not a readable Parquet file ({error}); {REMEDY}") from error
    return made, {k.decode(): v.decode() for k, v in (made.schema.metadata or {}).items()}


def read_frame(path, table):
    """The same as a DataFrame: each vector or matrix an array of its shape."""
    made = read(path, table)
    listed = [column for column in table.columns.values() if column.shape]
    frame = made.drop_columns([column.name for column in listed]).to_pandas()
    for place, column in enumerate(table.columns.values()):
        if column.shape:
            frame.insert(place, column.name, _cells(made, column))
    frame.attrs = {"table": f"{table.figure}, {table.name}"}
    return frame


def _cells(made, column):
    """The arrays of a list column, one a row."""
    values = _column(made, column.name)
    flat, ends = arrow.numbers(values), np.cumsum(arrow.numbers(values.value_lengths()))
    sizes = [
        arrow.numbers(_column(made, size)) if isinstance(size, str) else np.full(len(ends), size)
        for size in column.shape
    ]
    cells = np.empty(len(ends), object)
    for row, (end, shape) in enumerate(zip(ends, zip(*sizes, strict=True), strict=True)):
        cells[row] = flat[end - int(np.prod(shape)) : end].reshape(shape)
    return cells
