"""The tables under one folder of results, and numbers of them by name: what claims and checks are computed from."""

from pathlib import Path

import numpy as np

from .. import dictionary, frames, parquet


def geometric_mean(values, axis):
    """exp of the mean logarithm."""
    return np.exp(np.log(values).mean(axis=axis))


# over the draws of a key, say; np.std is that of the draws themselves (ddof = 0)
STATISTICS = {
    **{"mean": np.mean, "std": np.std, "min": np.min, "max": np.max, "median": np.median, "sum": np.sum},
    "geometric_mean": geometric_mean,
}


class Results:
    """Every table under one folder of results, read once, when it is asked for."""

    def __init__(self, folder):
        self.folder, self._read = Path(folder), {}

    def frame(self, figure, table):
        """A table, such as theory/end of fig5, as a DataFrame."""
        if (figure, table) not in self._read:
            known = dictionary.tables(figure)
            if table not in known:
                raise parquet.TableError(f"{figure} has no table {table!r}; it has {', '.join(known)}")
            path = self.folder / figure / f"{table}.parquet"
            self._read[figure, table] = parquet.read_frame(path, known[table])
        return self._read[figure, table]

    def select(self, figure, table, column, where=None, reduce=None, per=None, absolute=False, log10=False):
        """A DataFrame of the keys of the chosen rows and the numbers `column`, which are changed in this order:

        per       divided by another column of the same row
        absolute  without their sign
        log10     their decimal logarithm
        reduce    {key: statistic}: one of STATISTICS over a key, such as {draw: mean}
        """
        known = dictionary.tables(figure)
        frame = frames.only(self.frame(figure, table), **(where or {}))
        for name in (column, *([per] if per else [])):
            if name not in frame:
                raise ValueError(f"{figure}, {table} has no column {name!r}; it has {', '.join(frame.columns)}")
        keys = [key for key in known[table].keys if key != column]
        chosen = frame[[*keys, column]].copy()
        if per:
            chosen[column] = frame[column] / frame[per]
        if absolute:
            chosen[column] = chosen[column].map(np.abs)
        if log10:
            chosen[column] = chosen[column].map(np.log10)
        for key, statistic in (reduce or {}).items():
            keys.remove(key)
            chosen = self._reduced(chosen, keys, column, statistic)
        return chosen.rename(columns={column: "value"})

    @staticmethod
    def _reduced(frame, keys, column, statistic):
        if statistic not in STATISTICS:
            raise ValueError(f"reduce takes one of {', '.join(STATISTICS)}; got {statistic!r}")

        def together(values):
            return STATISTICS[statistic](np.stack(values.to_list()), axis=0)

        if not keys:
            return frame.iloc[:1].assign(**{column: [together(frame[column])]})[[column]]
        return frame.groupby(keys, sort=False)[column].agg(together).reset_index()

    def values(self, figure, of=None, **chosen):
        """The numbers alone, those of vectors and matrices entry by entry; `of` are several choices together."""
        return np.concatenate([numbers(self.select(figure, **chosen, **one)) for one in of or [{}]])


def numbers(frame):
    """The column `value` as one vector."""
    values = frame["value"].to_list()
    return np.concatenate([np.ravel(value) for value in values]).astype(float)
