"""The data dictionary of a figure: what each value in its tables is, and how far rounding may move it.

`tables.yaml` in the folder of the figure has an entry for each recorded value:

what      what it is, in words
unit      where it has one
scale     its natural size, the size of change that matters: 1 for a cosine, the initial loss for a loss
floor     what rounding leaves open, relative to the scale; 1e-12 unless said
rounding  [least, most]: rounding decides the value, so it is not compared but must lie between these two
why       the reason of a floor or of rounding
but       where it is otherwise: a list of floor or rounding and why, with the source, the panels (a pattern)
          or the time t `after` which it holds; the first one that fits a number counts

An entry serves the value of its name, and the statistics of it over draws (`_mean`, `_std`, `_min`, `_max`).
A name such as "error_level?" is a pattern and serves every value that it fits.
"""

import math
from fnmatch import fnmatchcase

import numpy as np
import yaml

from .. import folders

FLOOR = 1e-12
STATISTICS = ("_mean", "_std", "_min", "_max")
# columns that every figure has; an entry of a figure's own goes before
COMMON = {
    "t": {"what": "time of the gradient flow", "unit": "τ", "scale": 1},
    "step": {"what": "gradient step", "unit": "steps", "scale": 1},
    "draw": {"what": "number of the random draw", "scale": 1},
    "lam": {"what": "relative scale λ of the start", "scale": 1},
    "n_in": {"what": "input width", "scale": 1},
    "n_hidden": {"what": "hidden width", "scale": 1},
    "n_out": {"what": "output width", "scale": 1},
    "init": {"what": "kind of initial weights", "scale": 1},
    "learning_rate": {"what": "learning rate η of the gradient descent", "scale": 1},
    "n_steps": {"what": "gradient steps of one task", "unit": "steps", "scale": 1},
}
_ENTRY = {"what", "unit", "scale", "floor", "rounding", "why", "but"}
_BUT = {"source", "panel", "after", "floor", "rounding", "why"}


class DictionaryError(ValueError):
    """A data dictionary that is not whole, or that does not say what a value is."""


class Entry:
    """What the dictionary says of one value."""

    def __init__(self, where, said):
        self.where = where
        if not isinstance(said, dict) or not said.get("what") or not _is_number(said.get("scale")):
            raise DictionaryError(f"{where} needs what (text) and scale (a number above 0); got {said!r}")
        if unknown := set(said) - _ENTRY:
            raise DictionaryError(
                f"{where} has unknown keys {sorted(unknown)}; allowed are {', '.join(sorted(_ENTRY))}"
            )
        self.what, self.unit, self.scale = said["what"], said.get("unit", ""), float(said["scale"])
        self.default = _limits(where, said, _ENTRY)
        self.exceptions = []
        for one in said.get("but", []):
            if not isinstance(one, dict) or not {"source", "panel", "after"} & set(one):
                raise DictionaryError(f"{where}, but: each names a source, a panel or a time after; got {one!r}")
            self.exceptions.append((one, _limits(f"{where}, but", one, _BUT)))
        self.unused = [one for one, _ in self.exceptions]

    def limits(self, source, panel, t):
        """(floor (K,), least (K,), most (K,)) of K numbers at times t (K,); floor is NaN where rounding decides."""
        chosen = np.full((3, np.size(t)), np.nan)
        left = np.ones(np.size(t), bool)
        for one, limits in self.exceptions:
            if fnmatchcase(source, one.get("source", "*")) and fnmatchcase(panel, one.get("panel", "*")):
                fits = left & (t > one.get("after", -math.inf))
                chosen[:, fits] = np.array(limits)[:, None]
                left &= ~fits
                if fits.any():
                    self.unused = [other for other in self.unused if other is not one]
        chosen[:, left] = np.array(self.default)[:, None]
        return chosen


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf


def _limits(where, said, known):
    """(floor, least, most); the floor is NaN if rounding decides."""
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
        return math.nan, *map(float, bounds)
    floor = said.get("floor", FLOOR)
    if not _is_number(floor):
        raise DictionaryError(f"{where}: floor must be a number above 0, such as 1.0e-9 with the point; got {floor!r}")
    return float(floor), -math.inf, math.inf


class Dictionary:
    """The entries of one figure's dictionary, found by the names of its values."""

    def __init__(self, figure, entries):
        if not isinstance(entries, dict) or not entries:
            raise DictionaryError(f"tables.yaml of {figure} must hold a mapping from values to what they are")
        self.figure = figure
        where = f"tables.yaml of {figure}"
        self.entries = {name: Entry(f"{where}, {name}", said) for name, said in (COMMON | entries).items()}
        self._own, self._used = set(entries), set()

    @classmethod
    def of(cls, figure):
        """The dictionary that ships with the figure's experiment."""
        path = folders.figure(figure).folder / "tables.yaml"
        try:
            entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise DictionaryError(f"{path} cannot be read: {' '.join(str(error).split())}") from error
        return cls(figure, entries)

    def __getitem__(self, name):
        for known in (name, *(name.removesuffix(s) for s in STATISTICS if name.endswith(s))):
            if known in self.entries:
                self._used.add(known)
                return self.entries[known]
        fitting = [pattern for pattern in self.entries if fnmatchcase(name, pattern)]
        if len(fitting) != 1:
            which = f"fits {' and '.join(fitting)}" if fitting else "is not in it"
            raise DictionaryError(
                f"tables.yaml of {self.figure}: the recorded value {name!r} {which}: give it an entry of its own"
            )
        self._used.add(fitting[0])
        return self.entries[fitting[0]]

    def unused(self):
        """Sentences that name what fitted no number: an entry, or an exception to one that another one shadows."""
        where, nowhere = f"tables.yaml of {self.figure}", sorted(self._own - self._used)
        return [f"{where}, {name}: no such value is recorded" for name in nowhere] + [
            f"{entry.where}, but: fits no number, or another one fits first: {one}"
            for name, entry in self.entries.items()
            if name in self._used
            for one in entry.unused
        ]
