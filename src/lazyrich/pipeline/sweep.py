"""A stage of a sweep in parts: blocks of rows, computed in one job or in several, then gathered.

An experiment whose starts do not need each other has `blocks(config, data, stage)`, parts of a table, and for either
or both of the stages `theory_rows`, `simulation_rows`(config, data, block), a row of numbers for each row of a block;
`theory` and `simulation` then take what was computed as a third argument, {index of the row: numbers}, and conclude
from all of it. Blocks depend on the config only, never on the number of jobs: so the bytes do not either.
"""

from pathlib import Path

import numpy as np

from . import arrow, parquet
from .dictionary import Column, Table

# runs computed side by side: bounds the memory of a descent; another value may move the last bits
BLOCK = 1024


# of a part: rows of a table in order, and the numbers computed of each
PART = Table(
    "a sweep",
    "part",
    "what was computed of one row of the table that the sweep goes through",
    {
        "row": Column("row", "", True, "its index", "integer", "", (), 1.0, None, [], None),
        "values": Column("values", "", False, "its numbers", "number", "", ("any",), 1.0, None, [], None),
    },
)


def in_blocks(runs):
    """Rows of a table, at most BLOCK together."""
    return [runs[k : k + BLOCK] for k in range(0, len(runs), BLOCK)]


def write_part(results, experiment, stage, config, data, k, n):
    """Compute part k of n: blocks k, k + n, …, since what a block costs changes along the sweep."""
    computed = {}
    for block in experiment.blocks(config, data, stage)[k::n]:
        computed |= dict(zip(block.index, _rows(experiment, stage, config, data, block), strict=True))
    values = list(computed.values())
    columns = {
        "row": list(computed),
        "values": arrow.lists([len(row) for row in values], np.concatenate([[], *values])),
    }
    parquet.write(Path(results) / f"parts/{stage}-{k}-of-{n}.parquet", PART, columns, {})


def gathered(experiment, stage, config, data, parts=()):
    """{index: row of numbers} of every block, from the files of all parts, or computed here if there are none."""
    computed = {}
    for file in parts or ():
        part = parquet.read(file, PART)
        computed.update(zip(part["row"].to_pylist(), map(np.array, part["values"].to_pylist()), strict=True))
    for block in experiment.blocks(config, data, stage):
        if not parts:
            computed.update(zip(block.index, _rows(experiment, stage, config, data, block), strict=True))
        elif missing := set(block.index) - set(computed):
            raise parquet.TableError(f"no part of {stage} holds row {min(missing)} of the sweep: run snakemake again")
    return computed


def _rows(experiment, stage, config, data, runs):
    return np.asarray(getattr(experiment, f"{stage}_rows")(config, data, runs), float)
