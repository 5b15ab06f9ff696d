"""The data dictionary of a figure: its tables, what one row of each is, and what every column holds.

`tables.yaml` in the folder of the figure has an entry for each table, such as `theory/end`: the file
`theory/end.parquet` that the stage `theory` writes. It says

row     what one row is, in words
keys    the columns that tell the rows apart; no two rows have the same keys
values  the columns that were measured or drawn

A column is described by

what      what it is, in words
type      number (unless said), integer, text or truth
unit      where it has one
shape     of a vector or matrix in each row: a list of integers and of names of columns of the same table
scale     its natural size, the size of change that matters: 1 for a cosine, the initial loss for a loss; not for text
floor     what rounding leaves open, relative to the scale; 1e-12 unless said
rounding  [least, most]: rounding decides the value, so it is not compared but must lie between these two
why       the reason of a floor or of rounding
but       where it is otherwise: a list of `where` (conditions on columns, see `frames`), floor or rounding, and why;
          the first one that fits a row counts
agreement how near it must be to 0, of a deviation (see `ledger.agreement`)

A key that is a text may be described by its words alone. A column of the vocabulary below needs no description.
"""

import math
import re
from functools import cache
from typing import NamedTuple

import yaml

from . import folders

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FLOOR = 1e-12
# columns that mean the same in every table; keys and values
VOCABULARY = {
    "lam": {"what": "relative scale λ of the start", "scale": 1},
    "draw": {"what": "number of the random draw", "type": "integer", "scale": 1},
    "step": {"what": "gradient step", "type": "integer", "unit": "steps", "scale": 1},
    "t": {"what": "time of the gradient flow", "unit": "τ", "scale": 1},
    "task": {"what": "number of the task in a sequence, from 0", "type": "integer", "scale": 1},
    "mode": {"what": "number of the mode, from 0, in the order of the singular values", "type": "integer", "scale": 1},
    "n_in": {"what": "input width", "type": "integer", "scale": 1},
    "n_hidden": {"what": "hidden width", "type": "integer", "scale": 1},
    "n_out": {"what": "output width", "type": "integer", "scale": 1},
    "n_steps": {"what": "gradient steps of one task", "type": "integer", "unit": "steps", "scale": 1},
    "learning_rate": {"what": "learning rate η of the gradient descent; one step is η of time t", "scale": 1},
    "w1": {"what": "first layer of weights at the start", "shape": ["n_hidden", "n_in"], "scale": 1},
    "w2": {"what": "second layer of weights at the start", "shape": ["n_out", "n_hidden"], "scale": 1},
    "sigma_yx": {"what": "input-output correlation Σyx of the task", "shape": ["n_out", "n_in"], "scale": 1},
    "step_size": {"what": "size ηκ of a step, κ = √(λ² + 4s̃²) the fastest rate of the flow", "scale": 1},
}
TYPES = ("number", "integer", "text", "truth")
_TABLE = {"row", "keys", "values"}
_COLUMN = {"what", "type", "unit", "shape", "scale", "floor", "rounding", "why", "but", "agreement"}
_BUT = {"where", "floor", "rounding", "why"}


class DictionaryError(ValueError):
    """A data dictionary that is not whole."""


class Limits(NamedTuple):
    """How far rounding may move a number: a share of its scale, or from `least` to `most` if the floor is NaN."""

    floor: float
    least: float = -math.inf
    most: float = math.inf


class Column(NamedTuple):
    """What the dictionary says of one column; `but` is a list of (conditions, Limits)."""

    name: str
    where: str
    is_key: bool
    what: str
    type: str
    unit: str
    shape: tuple
    scale: float
    limits: Limits
    but: list
    agreement: object


class Table(NamedTuple):
    """What the dictionary says of one table: its name such as `theory/end`, and its columns, keys first."""

    figure: str
    name: str
    row: str
    columns: dict

    @property
    def keys(self):
        """Names of the keys, in their order."""
        return [column.name for column in self.columns.values() if column.is_key]

    @property
    def stage(self):
        """The stage that writes it."""
        return self.name.split("/")[0]


@cache
def tables(figure):
    """{name: Table} of a figure, in the order of its dictionary; DictionaryError if that is not whole."""
    found = read_file(figure, folders.figure(figure).folder / "tables.yaml")
    if wrong := [name for name, table in found.items() if table.stage not in folders.STAGES]:
        stages = ", ".join(folders.STAGES)
        raise DictionaryError(f"tables.yaml of {figure}, {wrong[0]}: a table is named STAGE/NAME; stages are {stages}")
    return found


def read_file(owner, path):
    """{name: Table} of a file of tables; `owner` is the figure, or who else writes them."""
    try:
        said = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DictionaryError(f"{path} cannot be read: {' '.join(str(error).split())}") from error
    return read(owner, said)


def read(owner, said):
    """{name: Table} of what a dictionary says; DictionaryError names what is not whole."""
    where = f"tables.yaml of {owner}"
    if not isinstance(said, dict) or not said:
        raise DictionaryError(f"{where} must hold a mapping from tables, such as theory/end, to what they are")
    return {name: _table(owner, name, entry) for name, entry in said.items()}


def of_stage(figure, stage):
    """The tables that a stage of the figure writes."""
    return [table for table in tables(figure).values() if table.stage == stage]


def _table(figure, name, said):
    where = f"tables.yaml of {figure}, {name}"
    if not re.fullmatch(r"[a-z_0-9]+/[a-z_0-9]+", str(name)):
        raise DictionaryError(f"{where}: a table is named STAGE/NAME, in small letters")
    if not isinstance(said, dict) or set(said) - _TABLE or not said.get("row"):
        raise DictionaryError(f"{where} needs row (what one row is), keys and values, and nothing else; got {said!r}")
    columns = {}
    for part in ("keys", "values"):
        for column, entry in (said.get(part) or {}).items():
            if column in columns:
                raise DictionaryError(f"{where}: {column} is there twice")
            columns[column] = _column(f"{where}, {column}", column, part == "keys", entry)
    if not columns:
        raise DictionaryError(f"{where} has no columns")
    for column in columns.values():
        for size in column.shape:
            if not isinstance(size, int) and (size not in columns or columns[size].type != "integer"):
                raise DictionaryError(
                    f"{column.where}: shape holds {size!r}, which must be an integer or an integer column of the table"
                )
    return Table(figure, name, said["row"], columns)


def _column(where, name, is_key, said):
    if said is None and name not in VOCABULARY:
        raise DictionaryError(f"{where} must be described: only {', '.join(VOCABULARY)} need no words")
    if isinstance(said, str):
        if not is_key:
            raise DictionaryError(f"{where}: a value needs what and scale; got {said!r}")
        said = {"what": said, "type": "text"}
    if said is not None and not isinstance(said, dict):
        raise DictionaryError(f"{where} must be a mapping; got {said!r}")
    said = VOCABULARY.get(name, {}) | (said or {})
    if unknown := set(said) - _COLUMN:
        raise DictionaryError(f"{where} has unknown keys {sorted(unknown)}; allowed are {', '.join(sorted(_COLUMN))}")
    kind = said.get("type", "number")
    if kind not in TYPES:
        raise DictionaryError(f"{where}: type = {kind!r} must be one of {', '.join(TYPES)}")
    if not said.get("what"):
        raise DictionaryError(f"{where} needs what, in words")
    counted = kind in ("number", "integer")
    if (counted or is_number(said.get("scale"))) and not is_number(said.get("scale", 1 if is_key else None)):
        raise DictionaryError(f"{where} needs scale, a number above 0; got {said.get('scale')!r}")
    shape = said.get("shape", [])
    if not isinstance(shape, list) or (shape and (is_key or not counted)):
        raise DictionaryError(f"{where}: shape is a list, and of a value that is counted or measured; got {shape!r}")
    if name.startswith("deviation") and "agreement" not in said:
        raise DictionaryError(f"{where}: a deviation needs agreement, which says how near to 0 it must be")
    but = []
    for one in said.get("but", []):
        if not isinstance(one, dict) or not isinstance(one.get("where"), dict):
            raise DictionaryError(f"{where}, but: each has where, a mapping from columns to conditions; got {one!r}")
        but.append((one["where"], _limits(f"{where}, but", one, _BUT)))
    limits = _limits(where, said, _COLUMN)
    scale = float(said.get("scale", 1))
    return Column(
        name, where, is_key, said["what"], kind, said.get("unit", ""), tuple(shape), scale, limits, but,
        said.get("agreement"),
    )  # fmt: skip


def is_number(value):
    """Whether it is a number above 0, and no text that looks like one."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf


def _limits(where, said, known):
    if unknown := set(said) - known:
        raise DictionaryError(f"{where} has unknown keys {sorted(unknown)}; allowed are {', '.join(sorted(known))}")
    given = {"floor", "rounding"} & set(said)
    if len(given) > (1 if said.get("why") else 0) or (known is _BUT and not given):
        raise DictionaryError(f"{where} needs one of floor and rounding, and why; got {said!r}")
    if "rounding" in said:
        bounds = said["rounding"]
        numbers = isinstance(bounds, list) and all(isinstance(x, (int, float)) for x in bounds)
        if not numbers or len(bounds) != 2 or not bounds[0] <= bounds[1]:
            raise DictionaryError(f"{where}: rounding must be [least, most], two numbers; got {bounds!r}")
        return Limits(math.nan, *map(float, bounds))
    floor = said.get("floor", FLOOR)
    if not is_number(floor):
        raise DictionaryError(f"{where}: floor must be a number above 0, such as 1.0e-9 with the point; got {floor!r}")
    return Limits(float(floor))


def files(figure, stage):
    """Names of the files that a stage of the figure writes, in its folder of results."""
    return [f"{table.name}.parquet" for table in of_stage(figure, stage)]
