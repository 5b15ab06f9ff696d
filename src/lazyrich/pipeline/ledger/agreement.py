"""One table of every comparison: descent, flow and 60 digits with the exact solution, unsigned and scaled.

Figures record a deviation where they compare (`common.deviation`). What it must keep stands beside it, as
`agreement` in the figure's tables.yaml: the name of a STANDARD bound, or a list of

kind   what is compared: simulation, flow, reference, theory
most   the bound: a number, or a column of the same table, such as step_size; the standard one unless said
times  a factor of it
why    the reason, wherever it is not the standard one
where  the rows that it holds for (conditions as in `frames`); the first that fits a row counts
none   instead of all these: why it is no comparison of two exact numbers
"""

import numpy as np
import pandas as pd

from .. import dictionary, frames

COLUMNS = ("figure", "table", "quantity", "kind", "rule", "comparisons", "largest", "bound", "at", "holds")
STANDARD = {
    # κ = √(λ² + 4s̃²), s̃ the largest singular value, is the fastest rate of the flow: ηκ is its size of a step
    "simulation": ("step_size", "descent is first order in η: figE1 measures 0.33 ηκ for W2W1"),
    "flow": (1e-9, "DOP853 at rtol 1e-12"),
    "reference": (1e-12, "60 digits; relative, largest entry"),
    "theory": (1e-12, "two exact expressions of one thing"),
}
_KEYS = {"kind", "most", "times", "why", "where"}


def rules(column, table):
    """The rules of a column of the dictionary as a list of mappings; ValueError for one that is not whole."""
    said = column.agreement
    found = said if isinstance(said, list) else [{"kind": said} if isinstance(said, str) else said]
    for rule in found:
        own = isinstance(rule, dict) and "none" not in rule and ("most" in rule or "times" in rule)
        whole = isinstance(rule, dict) and (
            set(rule) - {"where"} == {"none"}
            or (not set(rule) - _KEYS and rule.get("kind") in STANDARD and (not own or rule.get("why")))
        )
        most = rule.get("most", STANDARD.get(rule.get("kind"), [0])[0]) if whole else 0
        if not whole or (isinstance(most, str) and most not in table.columns):
            raise dictionary.DictionaryError(
                f"{column.where}: agreement is {', '.join(STANDARD)}, or a list of kind, where, and with why most (a "
                f"number or a column of the table) and times, or of none: why; got {rule!r}"
            )
    return found


def agreement(results, figures, preset="full"):
    """A row for each rule of each deviation: how many there are, and the one nearest to its bound.

    DictionaryError for a row that no rule bounds, and in the full run for a rule that fits no row.
    """
    rows = []
    for figure in figures:
        for table in dictionary.tables(figure).values():
            for column in table.columns.values():
                if column.agreement is not None:
                    rows += _of_column(results, table, column, preset)
    return pd.DataFrame(rows, columns=COLUMNS).astype({"holds": bool})


def _of_column(results, table, column, preset):
    frame = results.frame(table.figure, table.name)
    left = np.ones(len(frame), bool)
    for number, rule in enumerate(rules(column, table)):
        chosen = left & frames.meets(frame, rule.get("where", {}), column.where)
        left &= ~chosen
        if not chosen.any():
            if preset == "full":
                raise dictionary.DictionaryError(
                    f"{column.where}, agreement: fits no row, or another fits first: {rule}"
                )
            continue
        if "none" in rule:
            continue
        yield _judged(table, column, number, rule, frame[chosen])
    if left.any():
        raise dictionary.DictionaryError(f"{column.where}: no rule of agreement fits {left.sum()} rows")


def _judged(table, column, number, rule, rows):
    most = rule.get("most", STANDARD[rule["kind"]][0])
    values = rows[column.name].to_numpy(float)
    bounds = rule.get("times", 1) * (rows[most].to_numpy(float) if isinstance(most, str) else np.full(len(rows), most))
    if not (bounds > 0).all():
        raise dictionary.DictionaryError(f"{column.where}: the bound {most} must be above 0 in every row")
    worst = int(np.argmax(values / bounds))
    return (
        *(table.figure, table.name, column.name, rule["kind"], number, len(rows)),
        *(float(values[worst]), float(bounds[worst])),
        *(frames.place(rows, table.keys, worst), bool((values <= bounds).all())),
    )


def summary(table):
    """Per figure and kind: how many comparisons, the one nearest to its bound, that bound, and whether all hold."""
    share = table["largest"] / table["bound"]
    nearest = table.loc[share.groupby([table["figure"], table["kind"]], sort=False).idxmax()]
    grouped = table.groupby(["figure", "kind"], sort=False)
    return nearest.assign(
        comparisons=grouped["comparisons"].sum().to_numpy(), holds=grouped["holds"].all().to_numpy()
    ).reset_index(drop=True)


def text(table):
    """The summary for a terminal."""
    lines = ["        figure  compared with  comparisons  nearest to its bound       bound  quantity"]
    for row in summary(table).itertuples():
        mark = "holds" if row.holds else "FAILS"
        lines.append(
            f"{mark}   {row.figure:<6}  {row.kind:<13}  {row.comparisons:>11}  {row.largest:>20.2g}  "
            f"{row.bound:>10.2g}  {row.quantity}, {row.at}"
        )
    return "\n".join(lines) + "\n"
