"""The data contract: table schemas, read and written as Parquet with a check on both sides.

`runs`     one row a run: what was drawn and how it is trained.
`records`  one row a measurement. A number or a vector's entry stands in `value` (with `index`), a matrix
           in `matrix`, row-major, with n_rows and n_cols; the other of the two is null.
`claims`, `agreement`  what is concluded from them, over all figures.

Theory, simulation and flow are joined on (run_id, task_index, step), never on a float time.
"""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from .files import replacing

SCHEMA_VERSION = 2  # 2: content_sha256


def _schema(*columns):
    return pa.schema([pa.field(name, kind, metadata={"description": text}) for name, kind, text in columns])


SCHEMAS = {
    "runs": _schema(
        ("run_id", pa.int32(), "number of the run within its experiment, from 0"),
        ("panel", pa.string(), "panel of the figure that the run belongs to"),
        ("draw", pa.int32(), "number of the random draw (task and start) within the panel"),
        ("lam", pa.float64(), "relative scale λ of the start"),
        ("n_in", pa.int32(), "input width"),
        ("n_hidden", pa.int32(), "hidden width"),
        ("n_out", pa.int32(), "output width"),
        ("init", pa.string(), "kind of initial weights"),
        ("learning_rate", pa.float64(), "η of the gradient descent; one step is η of time t"),
        ("n_steps", pa.int64(), "gradient steps of one task"),
    ),
    "records": _schema(
        ("run_id", pa.int32(), "run, as in the runs table"),
        ("source", pa.string(), "task, theory, simulation, flow or reference"),
        ("task_index", pa.int32(), "number of the task within a sequence, from 0"),
        ("step", pa.int64(), "gradient step, the key on which sources are joined"),
        ("t", pa.float64(), "gradient-flow time in units of τ"),
        ("quantity", pa.string(), "name of what was measured"),
        (
            "index",
            pa.int32(),
            "entry of a vector, or of a row-major matrix drawn entry by entry; 0 for a number",
        ),
        ("value", pa.float64(), "the number; null where `matrix` holds the measurement"),
        ("n_rows", pa.int32(), "rows of `matrix`; null for a number"),
        ("n_cols", pa.int32(), "columns of `matrix`; null for a number"),
        ("matrix", pa.list_(pa.float64()), "a matrix, row-major; null for a number"),
    ),
    "claims": _schema(
        ("id", pa.string(), "name of the claim, as in the figure's claims.yaml"),
        ("figure", pa.string(), "figure whose tables it was measured on"),
        ("claim", pa.string(), "what is claimed, in one sentence"),
        ("source", pa.string(), "where it is claimed"),
        ("expected", pa.string(), "what the measured number must be"),
        ("measured", pa.float64(), "what it is"),
        ("margin", pa.float64(), "distance to the nearest bound, negative beyond it"),
        ("holds", pa.bool_(), "whether it holds"),
        ("known_failure", pa.string(), "why it does not, where that is known; else empty"),
    ),
    "benchmarks": _schema(
        ("group", pa.string(), "what is measured; `fit in n`, `fit in T`: an end of a fitted line"),
        ("method", pa.string(), "who does it"),
        ("n_in", pa.int32(), "input width, 0 where there is none"),
        ("n_hidden", pa.int32(), "hidden width"),
        ("n_out", pa.int32(), "output width"),
        ("lam", pa.float64(), "relative scale λ"),
        ("size", pa.int64(), "times, steps or rows"),
        ("value", pa.float64(), "least CPU seconds of several calls; of descent, per run and step"),
        ("wall", pa.float64(), "the same on the clock"),
        ("ratio", pa.float64(), "CPU seconds beside those of ours, in the same run"),
        ("error", pa.float64(), "largest difference, relative to the largest entry; null where there is none"),
        ("exponent", pa.float64(), "of a fit: the power of n or T"),
    ),
    "agreement": _schema(
        ("figure", pa.string(), "figure whose tables hold the comparison"),
        ("panel", pa.string(), "panel of the run"),
        ("kind", pa.string(), "what is compared with the exact solution: simulation, flow, reference or theory"),
        ("quantity", pa.string(), "name of the recorded deviation"),
        ("lam", pa.float64(), "relative scale λ of the run"),
        ("comparisons", pa.int64(), "number of recorded deviations in this row"),
        ("largest", pa.float64(), "the one nearest to its bound"),
        ("bound", pa.float64(), "its bound"),
        ("holds", pa.bool_(), "whether all are within their bounds"),
    ),
}


# of the measured numbers no two are equal, so a dictionary of them is no help, while their leading bytes are alike
_ENCODING = {"records": {"use_dictionary": ["source", "quantity"], "column_encoding": {"value": "BYTE_STREAM_SPLIT"}}}


class TableError(ValueError):
    """A table that is missing, unreadable or not of its schema."""


def provenance(experiment, stage, config, seed):
    """What made a table, as Parquet metadata: nothing that differs between identical runs."""
    block = json.dumps({"seed": seed, experiment: config}, sort_keys=True)
    packages = ("lazyrich", "numpy", "scipy", "numba", "pyarrow")
    return {
        "experiment": experiment,
        "stage": stage,
        "config_sha256": hashlib.sha256(block.encode()).hexdigest(),
        "versions": json.dumps({name: version(name) for name in packages}),
    }


def content(table):
    """A hash of a table's columns and nothing else: the same after writing and reading."""
    digest = hashlib.sha256()
    for field in table.schema:
        column = table[field.name].combine_chunks()
        digest.update(field.name.encode() + np.asarray(column.is_null()).tobytes())
        if pa.types.is_list(field.type):
            column = column.fill_null([])
            digest.update(np.asarray(column.value_lengths()).tobytes() + np.asarray(column.flatten()).tobytes())
        elif pa.types.is_string(field.type):
            coded = column.dictionary_encode()
            digest.update(np.asarray(coded.indices.fill_null(-1)).tobytes())
            digest.update("\0".join(map(str, coded.dictionary.to_pylist())).encode())
        else:
            digest.update(np.asarray(column.fill_null(False if pa.types.is_boolean(field.type) else 0)).tobytes())
    return digest.hexdigest()


def write(path, kind, table, metadata):
    """Write `table` (of SCHEMAS[kind]) so that `path` either does not change or is whole."""
    table = table.cast(SCHEMAS[kind])
    own = {"lazyrich_table": kind, "schema_version": str(SCHEMA_VERSION), "content_sha256": content(table)}
    table = table.replace_schema_metadata({**own, **metadata})
    with replacing(path) as partial:
        pq.write_table(table, partial, compression="zstd", **_ENCODING.get(kind, {}))


def read(path, kind):
    """A pyarrow table of SCHEMAS[kind]; TableError names the file, the column and what was expected."""
    path = Path(path)
    remedy = "delete it and run snakemake again"
    if not path.is_file():
        raise TableError(f"no table {path}; build it with: snakemake {path}")
    try:
        with pq.ParquetFile(path) as file:  # pq.read_table would import pyarrow.dataset too
            table = file.read()
    except (pa.ArrowException, OSError) as error:
        raise TableError(f"{path} is not a readable Parquet file ({error}); {remedy}") from error
    found = {k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items()}
    if found.get("lazyrich_table") != kind:
        raise TableError(
            f"{path} should hold a {kind!r} table, but its metadata say "
            f"{found.get('lazyrich_table', 'nothing')!r}; {remedy}"
        )
    if found.get("schema_version") != str(SCHEMA_VERSION):
        raise TableError(
            f"{path} has schema version {found.get('schema_version')}, this code reads {SCHEMA_VERSION}: make every "
            "table anew with: snakemake --forceall"
        )
    for field in SCHEMAS[kind]:
        if field.name not in table.column_names:
            raise TableError(f"{path} lacks column {field.name!r} ({field.type}); {remedy}")
        if table.schema.field(field.name).type != field.type:
            raise TableError(
                f"{path}: column {field.name!r} should be {field.type}, "
                f"is {table.schema.field(field.name).type}; {remedy}"
            )
    if extra := set(table.column_names) - set(SCHEMAS[kind].names):
        raise TableError(f"{path} has unknown columns {sorted(extra)}; {remedy}")
    if found.get("content_sha256") != content(table):
        raise TableError(f"{path} holds other numbers than were written: something else has changed it; {remedy}")
    return table


def read_frame(path):
    """Any table of the project as a pandas DataFrame, checked against the schema that its name tells."""
    path = Path(path)
    return read(path, path.stem if path.stem in SCHEMAS else "records").to_pandas()


def runs_table(rows):
    """A runs table from dictionaries in the order of run_id, which is added."""
    rows = [{"run_id": k, **row} for k, row in enumerate(rows)]
    return pa.Table.from_pylist(rows, schema=SCHEMAS["runs"])
