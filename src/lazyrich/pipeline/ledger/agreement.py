"""One table of every comparison: descent, reference flow and 60 digits with the exact solution, unsigned and scaled.

Figures record a deviation where they compare (`common.deviation`); here each is collected with
the bound that it must keep, as `workflow/ledger/agreement.yaml` states it.
"""

from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from .. import folders
from .measures import step_sizes

COLUMNS = ("figure", "panel", "kind", "quantity", "lam", "comparisons", "largest", "bound", "holds")


def check(rules):
    """The rules as they are, or ValueError for one that is not whole."""
    for rule in rules:
        unknown = set(rule) - {"kind", "figure", "panel", "source", "quantity", "lam", "bound", "times", "why"}
        missing = {"kind", "quantity", "why"} - set(rule)
        bounded = rule.get("bound") == "eta kappa" or isinstance(rule.get("bound"), (int, float))
        if unknown or missing or not (bounded or rule.get("kind") == "left out"):
            raise ValueError(
                f"agreement.yaml: a rule has kind, quantity, why and, unless left out, a bound (number or eta kappa); "
                f"missing {sorted(missing)}, unknown {sorted(unknown)}: {rule}"
            )
    return rules


def _rule(rules, record):
    """The first rule whose conditions the record meets."""
    for rule in rules:
        conditions = {k: v for k, v in rule.items() if k not in ("kind", "bound", "times", "why")}
        if all(fnmatchcase(str(record[column]), str(pattern)) for column, pattern in conditions.items()):
            return rule
    return None


def agreement(rules, results, figures, preset="full"):
    """A row for each figure, panel, kind of comparison, quantity and λ: the deviation nearest to its bound.

    ValueError for a deviation that no rule bounds, or that needs the ηκ of a run without a task or learning rate, and
    in the full run of all figures for a rule that fits no record, or that others shadow.
    """
    rows, exactly = [], {rule["quantity"] for rule in check(rules)}
    unused = list(rules)
    for figure in figures:
        records = results.records(figure)
        rates = step_sizes(records)
        named = records["quantity"].str.startswith("deviation") | records["quantity"].isin(exactly)
        for keys, group in records[named].groupby(["panel", "source", "quantity", "lam"], sort=True):
            panel, source, quantity, lam = keys
            what = {"figure": figure, "panel": panel, "source": source, "quantity": quantity, "lam": lam}
            rule = _rule(rules, what)
            if rule is None:
                raise ValueError(f"no rule of agreement.yaml bounds {what}")
            unused = [other for other in unused if other is not rule]
            if rule["kind"] == "left out":
                continue
            bound = rule["bound"]
            if bound == "eta kappa":
                bound = rule.get("times", 1) * group["run_id"].map(rates).to_numpy(float)
                if not (bound > 0).all():
                    raise ValueError(f"no ηκ to bound {what}: the run's table has no Σyx or no learning rate")
            largest, bound = _nearest(group["value"].to_numpy(), bound)
            rows.append((figure, panel, rule["kind"], quantity, lam, len(group), largest, bound, largest <= bound))
    if unused and preset == "full" and set(folders.figures()) <= set(figures):
        raise ValueError(f"agreement.yaml: fits no record, or another rule fits first: {unused[0]}")
    return pd.DataFrame(rows, columns=COLUMNS).astype({"holds": bool})


def _nearest(values, bounds):
    """The value with the largest share of its bound, and that bound."""
    bounds = np.broadcast_to(bounds, values.shape)
    worst = int(np.argmax(values / bounds))
    return float(values[worst]), float(bounds[worst])


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
            f"{row.bound:>10.2g}  {row.quantity}, λ = {row.lam:g}"
        )
    return "\n".join(lines) + "\n"
