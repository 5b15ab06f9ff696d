"""Numbers of the result tables by name: what claims, agreement and drift are computed from."""

from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from ..folders import STAGES
from ..tables import TableError, read_frame


class Results:
    """The tables under one folder of results, each read once and joined with its runs."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.runs = cache(self._runs)
        self.records = cache(self._records)

    def _runs(self, figure):
        return read_frame(self.folder / figure / "runs.parquet")

    def _records(self, figure):
        """Every record of a figure with the columns of its run, and the `stage` that wrote it."""
        parts = []
        for stage in STAGES:
            part = read_frame(self.folder / figure / f"{stage}.parquet")
            parts.append(part.assign(stage=stage))
        return pd.concat(parts, ignore_index=True).merge(self.runs(figure), on="run_id", validate="many_to_one")

    def select(self, figure, quantity, **conditions):
        """Records of `figure` whose columns meet the conditions, in the order of λ, run, task, step and entry.

        A condition is a value, a list of values, a {from, to} range, or for text a pattern such as `deviation_*`.
        TableError if nothing meets them: a claim about no numbers would always hold.
        """
        records = self.records(figure)
        kept = np.ones(len(records), bool)
        for column, wanted in {"quantity": quantity, **conditions}.items():
            if column not in records:
                raise TableError(f"{figure}: no column {column!r} to choose by; there are {', '.join(records.columns)}")
            kept &= _meets(records[column], wanted)
        if not kept.any():
            asked = ", ".join(f"{k} = {v!r}" for k, v in {"quantity": quantity, **conditions}.items())
            raise TableError(
                f"{figure}: no record with {asked}; the tables are of another version: run snakemake again"
            )
        order = ["lam", "run_id", "task_index", "step", "index"]
        return records[kept].sort_values(order, kind="stable")

    def values(self, figure, quantity, **conditions):
        """The numbers alone, matrices entry by entry, as a vector."""
        return numbers(self.select(figure, quantity, **conditions))


def numbers(records):
    """Values of records as one vector, matrices row-major."""
    if records["matrix"].notna().any():
        return np.concatenate(records["matrix"].to_numpy())
    return records["value"].to_numpy(float)


def _meets(column, wanted):
    text = not pd.api.types.is_numeric_dtype(column)
    if isinstance(wanted, str) != text and not isinstance(wanted, list) and not (isinstance(wanted, dict) and not text):
        raise ValueError(f"column {column.name!r} holds {'text' if text else 'numbers'}; cannot choose by {wanted!r}")
    if isinstance(wanted, dict):
        if unknown := set(wanted) - {"from", "to"}:
            raise ValueError(f"a range of {column.name!r} has from and to; got {sorted(unknown)}")
        low, high = wanted.get("from", -np.inf), wanted.get("to", np.inf)
        return ((column >= low) & (column <= high)).to_numpy()
    if isinstance(wanted, list):
        return np.any([_meets(column, one) for one in wanted], axis=0)
    if isinstance(wanted, str):
        matching = [name for name in column.unique() if fnmatchcase(name, wanted)]
        return column.isin(matching).to_numpy()
    return (column == wanted).to_numpy()
