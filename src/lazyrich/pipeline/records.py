"""Measurements being collected by a stage, and measurements read back from its tables."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa

from . import tables
from .tables import SCHEMAS, TableError

# additions that are packed together: each alone takes 9 kB, however short it is
PACKED_FROM = 1000


class Records:
    """Measurements being collected: numbers and matrices, all recorded steps of a run at once.

    NaN or infinity is a ValueError that names the run and the quantity: none ever reaches a figure.
    """

    def __init__(self):
        self._blocks, self._packed = [], []

    def add(self, run_id, source, quantity, values, step=0, t=0.0, task_index=0):
        """Numbers: `values` (K,) or (K, m) at K steps, or one number at one step."""
        step, t, flat = self._flat(run_id, source, quantity, values, step, t)
        m = flat.shape[1]
        self._add(
            len(step) * m,
            run_id=run_id,
            source=source,
            task_index=task_index,
            step=np.repeat(step, m),
            t=np.repeat(t, m),
            quantity=quantity,
            index=np.tile(np.arange(m), step.size),
            value=flat.ravel(),
        )

    def add_matrices(self, run_id, source, quantity, matrices, step=0, t=0.0, task_index=0):
        """Matrices: (K, r, c) at K steps, or (r, c) at one."""
        step, t, flat = self._flat(run_id, source, quantity, matrices, step, t)
        n_rows, n_cols = np.shape(matrices)[-2:]
        offsets = pa.array(np.arange(step.size + 1) * flat.shape[1], pa.int32())
        self._add(
            len(step),
            run_id=run_id,
            source=source,
            task_index=task_index,
            step=step,
            t=t,
            quantity=quantity,
            index=0,
            n_rows=n_rows,
            n_cols=n_cols,
            matrix=pa.ListArray.from_arrays(offsets, pa.array(flat.ravel())),
        )

    @staticmethod
    def _flat(run_id, source, quantity, values, step, t):
        step = np.atleast_1d(np.asarray(step, np.int64))
        flat = np.asarray(values, float).reshape(step.size, -1)
        if not np.isfinite(flat).all():
            raise ValueError(f"run {run_id}: {source} {quantity} holds NaN or infinity; nothing is written")
        return step, np.broadcast_to(np.asarray(t, float), step.shape), flat

    def _add(self, n, **columns):
        arrays = []
        for field in SCHEMAS["records"]:
            column = columns.get(field.name)
            if column is None:
                column = pa.nulls(n, field.type)
            elif isinstance(column, np.ndarray):
                column = pa.array(column, field.type)
            elif not isinstance(column, pa.Array):
                column = pa.repeat(pa.scalar(column, field.type), n)
            arrays.append(column)
        self._blocks.append(pa.Table.from_arrays(arrays, schema=SCHEMAS["records"]))
        if len(self._blocks) == PACKED_FROM:
            self._packed.append(pa.concat_tables(self._blocks).combine_chunks())
            self._blocks = []

    def table(self):
        """Everything collected, as a records table."""
        blocks = [*self._packed, *self._blocks]
        return pa.concat_tables(blocks).combine_chunks() if blocks else SCHEMAS["records"].empty_table()


class Data:
    """The tables of one experiment: `runs`, and every record by quantity, run, source and task."""

    def __init__(self, runs, records):
        self.runs = [SimpleNamespace(**row) for row in runs.to_pylist()]
        self._records = records = records.combine_chunks()  # else each take would combine them
        self._parts = {}
        if records.num_rows == 0:
            return
        codes, names = [], []
        for name in ("quantity", "run_id", "source", "task_index"):
            coded = records[name].combine_chunks().dictionary_encode()
            codes.append(coded.indices.to_numpy())
            names.append(coded.dictionary.to_pylist())
        order = np.lexsort([records["index"].to_numpy(), records["step"].to_numpy(), *codes])
        codes = [code[order] for code in codes]
        new = np.any([np.diff(code, prepend=-1) != 0 for code in codes], axis=0)
        for part in np.split(order, np.flatnonzero(new)[1:]):
            row = part[0]
            key = tuple(records[k][int(row)].as_py() for k in ("quantity", "run_id", "source", "task_index"))
            self._parts[key] = part

    @classmethod
    def read(cls, results, stages):
        """The runs table and the records of the given stages in folder `results`."""
        results = Path(results)
        runs = tables.read(results / "runs.parquet", "runs")
        return cls(runs, pa.concat_tables(tables.read(results / f"{s}.parquet", "records") for s in stages))

    def panel(self, name):
        """The runs of one panel, in the order of run_id."""
        return [run for run in self.runs if run.panel == name]

    def _find(self, *key):
        if key not in self._parts:
            quantity, run_id, source, task_index = key
            raise TableError(
                f"no {source} record of {quantity!r} for run {run_id}, task {task_index}: the tables are of "
                "another version of this experiment; run snakemake again"
            )
        return self._parts[key]

    def numbers(self, quantity, run_id, source, task_index=0):
        """(step (K,), t (K,), values (K, m)) in the order of step."""
        part = self._records.take(self._find(quantity, run_id, source, task_index))
        step, t, value = (part[name].to_numpy() for name in ("step", "t", "value"))
        first = np.flatnonzero(np.diff(step, prepend=step[0] - 1))
        return step[first], t[first], value.reshape(first.size, -1)

    def number(self, quantity, run_id, source, task_index=0):
        """The one number recorded under this name."""
        return float(self.numbers(quantity, run_id, source, task_index)[2].item())

    def matrices(self, quantity, run_id, source, task_index=0):
        """(step (K,), t (K,), matrices (K, r, c)) in the order of step."""
        part = self._records.take(self._find(quantity, run_id, source, task_index))
        shape = (part.num_rows, part["n_rows"][0].as_py(), part["n_cols"][0].as_py())
        flat = part["matrix"].combine_chunks().flatten().to_numpy()
        return part["step"].to_numpy(), part["t"].to_numpy(), flat.reshape(shape)

    def matrix(self, quantity, run_id, source="task", task_index=0):
        """The one matrix recorded under this name."""
        return self.matrices(quantity, run_id, source, task_index)[2][0]
